package gs1

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseLink(t *testing.T) {
	link, err := ParseLink("https://Example.com:8443/goods/01/9521234543213/10/VAI-5?17=260131;3103=001250&&linkType=gs1%3Apip&x=a+b&x=c#f")
	if err != nil {
		t.Fatal(err)
	}
	want := Link{
		Key:        mustParse(t, "(01)09521234543213(10)VAI-5"),
		Host:       "example.com:8443",
		Base:       "/goods",
		Attributes: map[string]string{"17": "260131", "3103": "001250"},
		Params:     map[string][]string{"linkType": {"gs1:pip"}, "x": {"a b", "c"}},
	}
	if !reflect.DeepEqual(link, want) {
		t.Errorf("got %+v\nwant %+v", link, want)
	}
	link, err = ParseLink("https://id.gs1.org/01/09521234543213?10=a%2Fb%2B1+2")
	if err != nil || link.Attributes["10"] != "a/b+1+2" || link.Params != nil || link.Key.Lot() != "" {
		t.Errorf("%+v, %v", link, err)
	}
}

func TestParseLinkRefusals(t *testing.T) {
	const gtin = "https://id.gs1.org/01/09521234543213"
	for _, c := range []struct{ uri, reason string }{
		{gtin + "?17=260230", "is no date YYMMDD"},
		{gtin + "?17", "has 0 characters, must have 6"},
		{gtin + "?21=7", "cannot be a data attribute"},
		{gtin + "?999=7", "there is no such application identifier"},
		{gtin + "?01=09521234543213", "is in the path already"},
		{gtin + "/10/L?10=L", "is in the path already"},
		{gtin + "?17=260131&17=260131", "is given twice"},
		{gtin + "?10=%2", "is not percent-encoded properly"},
		{gtin + "?a=%2", "is no parameter of a web address"},
		{gtin[:len(gtin)-1] + "4", "the check digit is 4, must be 3"},
		{gtin + "?" + strings.Repeat("x", MaxLength), "is longer than 2048 characters"},
	} {
		if _, err := ParseLink(c.uri); err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("ParseLink(%.80q) = %v; want %q", c.uri, err, c.reason)
		}
	}
	for _, s := range []string{"urn:epc:id:sgln:9521234.00001.0", "https://example.com/?17=260131"} {
		if _, err := ParseLink(s); !errors.Is(err, ErrNotKey) {
			t.Errorf("ParseLink(%q) = %v", s, err)
		}
	}
}

func TestParseElements(t *testing.T) {
	got, err := ParseElements(`(01)9521234543213(17)260131(10)a\(01)b(8200)https://example.com/`)
	want := []Element{{"01", "09521234543213"}, {"17", "260131"}, {"10", "a(01)b"}, {"8200", "https://example.com/"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "01", "x(01)09521234543213", strings.Repeat("(10)L", MaxLength/5+1)} {
		if _, err := ParseElements(s); err == nil {
			t.Errorf("ParseElements(%.40q) is accepted", s)
		}
	}
}
