package gs1

import (
	"errors"
	"strings"
	"testing"
)

// things has one thing a row: its canonical path, its level and the length of
// its company prefix, then other ways to write it. A URN comes first where the
// thing has one.
var things = []struct {
	path   string
	kind   Kind
	level  Level
	prefix int
	forms  []string
}{
	{"/01/09521234543213", GTIN, Class, 7, []string{
		"urn:epc:idpat:sgtin:9521234.054321.*",
		"urn:epc:idpat:upui:9521234.054321.*",
		"urn:epc:idpat:sgtin:952123454321.0.*",
		"https://id.gs1.org/01/9521234543213",
		"http://example.com/01/09521234543213/",
		"HTTPS://EXAMPLE.COM:8443/some/01/path/01/09521234543213?17=260131#top",
		"(01)9521234543213", "(17)260131(01)09521234543213(3103)001250",
		"(01)09521234543213(01)9521234543213",
	}},
	{"/01/09521234543213/10/VAI-5", GTIN, Class, 7, []string{
		"urn:epc:class:lgtin:9521234.054321.VAI-5",
		"https://example.com/01/09521234543213/10/VAI%2D5",
		"(10)VAI-5(01)09521234543213",
	}},
	{"/01/09521234543213/21/a%2F7%26%2B", GTIN, Instance, 7, []string{
		"urn:epc:id:sgtin:9521234.054321.a%2F7%26+",
		"https://example.com/01/09521234543213/21/a%2f7&+",
		"(01)09521234543213(21)a/7&+",
	}},
	{"/01/09521234543213/22/2A/10/L%281%29/21/7", GTIN, Instance, 7, []string{
		"", "(21)7(10)L\\(1)(22)2A(01)09521234543213", "https://x/01/09521234543213/22/2A/10/L(1)/21/7",
	}},
	{"/01/09521234543213/235/AB12", GTIN, Instance, 7, []string{"urn:epc:id:upui:9521234.054321.AB12"}},
	{"/01/00000096385074", GTIN, Class, 0, []string{"", "https://x/01/96385074", "(01)96385074"}},
	{"/01/00614141777778/10/987", GTIN, Class, 7, []string{"urn:epc:class:lgtin:0614141.077777.987", "https://x/01/614141777778/10/987"}},
	{"/00/095212340000000013", SSCC, Instance, 7, []string{"urn:epc:id:sscc:9521234.0000000001", "(00)095212340000000013(02)09521234543213(37)12"}},
	{"/414/9521234000013", GLN, Instance, 7, []string{
		"urn:epc:id:sgln:9521234.00001.0", "urn:epc:id:sgln:952123400001..0",
		"https://x/414/9521234000013/254/0", "(414)9521234000013(254)0",
	}},
	{"/414/9521234000013/254/d2.3", GLN, Instance, 7, []string{"urn:epc:id:sgln:9521234.00001.d2.3"}},
	{"/414/9521234000013/7040/1A1b", GLN, Instance, 7, []string{""}},
	{"/417/9521234000013", PGLN, Instance, 7, []string{"urn:epc:id:pgln:9521234.00001", "urn:epc:id:pgln:952123400001."}},
	{"/8003/09521234000013", GRAI, Class, 7, []string{"urn:epc:idpat:grai:9521234.00001.*"}},
	{"/8003/0952123400001387", GRAI, Instance, 7, []string{"urn:epc:id:grai:9521234.00001.87"}},
	{"/8004/9521234A.b%2F", GIAI, Instance, 7, []string{"urn:epc:id:giai:9521234.A.b%2F"}},
	{"/8018/952123400000000017", GSRN, Instance, 7, []string{"urn:epc:id:gsrn:9521234.0000000001"}},
	{"/8017/952123400000000017/8019/3", GSRNP, Instance, 7, []string{""}},
	{"/8017/952123400000000017", GSRNP, Instance, 7, []string{"urn:epc:id:gsrnp:9521234.0000000001"}},
	{"/253/9521234000013", GDTI, Class, 7, []string{"urn:epc:idpat:gdti:9521234.00001.*"}},
	{"/253/952123400001398", GDTI, Instance, 7, []string{"urn:epc:id:gdti:9521234.00001.98"}},
	{"/255/9521234000013", GCN, Class, 7, []string{"urn:epc:idpat:sgcn:9521234.00001.*"}},
	{"/255/952123400001344", GCN, Instance, 7, []string{"urn:epc:id:sgcn:9521234.00001.44"}},
	{"/8010/9521234AB%23-%2FC", CPI, Class, 7, []string{"urn:epc:idpat:cpi:9521234.AB%23-%2FC.*", "(8010)9521234AB#-/C"}},
	{"/8010/9521234AB/8011/123", CPI, Instance, 7, []string{"urn:epc:id:cpi:9521234.AB.123"}},
	{"/401/9521234x3", GINC, Instance, 7, []string{"urn:epc:id:ginc:9521234.x3"}},
	{"/402/95212340000000013", GSIN, Instance, 7, []string{"urn:epc:id:gsin:9521234.000000001"}},
	{"/8006/095212345432130102", ITIP, Class, 7, []string{"urn:epc:idpat:itip:9521234.054321.01.02.*"}},
	{"/8006/095212345432130102/21/999.1", ITIP, Instance, 7, []string{"urn:epc:id:itip:9521234.054321.01.02.999.1"}},
	{"/8006/095212345432130102/10/L", ITIP, Class, 7, []string{""}},
	{"/8013/1987654Ad4X4bL5ttr2310c2K", GMN, Class, 7, []string{""}},
	{"/415/9521234000013/8020/INV-1", PaymentSlip, Instance, 7, []string{""}},
}

func TestThings(t *testing.T) {
	for _, thing := range things {
		key, err := Parse("https://id.gs1.org" + thing.path)
		if err != nil {
			t.Error(err)
			continue
		}
		if key.Canonical() != thing.path || key.Kind() != thing.kind || key.Level() != thing.level {
			t.Errorf("%s: got %s, %s, level %d", thing.path, key.Canonical(), key.Kind(), key.Level())
		}
		for _, form := range append(thing.forms, "https://example.com/a"+thing.path, key.ElementString()) {
			if form == "" {
				continue
			}
			if other, err := Parse(form); err != nil || other != key {
				t.Errorf("%s: %q gives %v, %v", thing.path, form, other, err)
			}
		}
		urn, err := key.URN(thing.prefix)
		if want := thing.forms[0]; urn != want || (err != nil) != (want == "") {
			t.Errorf("%s: URN %q, %v; want %q", thing.path, urn, err, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ in, reason string }{
		{"https://id.gs1.org/01/09521234543214", "AI 01 \"09521234543214\": the check digit is 4, must be 3"},
		{"https://example.com/01/09521234543214", "the check digit is 4, must be 3"},
		{"https://id.gs1.org/01/123", "has 3 characters, must have 14"},
		{"https://id.gs1.org/01/09521234543213/21/7/10/L", "cannot stand here: after AI 01 may follow, in this order, 22, 10, 21 or 235"},
		{"https://id.gs1.org/01/09521234543213/21/7/235/8", "cannot stand here"},
		{"https://id.gs1.org/00/095212340000000013/10/L", "may follow, in this order, nothing"},
		{"https://id.gs1.org/01/09521234543213/10/a%20b", "may have digits, letters"},
		{"https://id.gs1.org/01/09521234543213/10/a<b", "must be percent-encoded in a web address"},
		{"https://id.gs1.org/01/09521234543213/10/a%2", "must be percent-encoded in a web address"},
		{"https://id.gs1.org/01/09521234543213/10/%2E%2E", "means another path in a web address"},
		{"https://id.gs1.org/01/09521234543213/10//", "has 0 characters"},
		{"https://id.gs1.org/415/9521234000013", "needs the reference number of the slip"},
		{"(01)09521234543213(00)095212340000000013", "is a second key beside AI 01"},
		{"(10)L", "there is no primary GS1 key"},
		{"(01)09521234543213(10)L(10)M", "is given twice, first as L"},
		{"(01)09521234543213(21)7(235)8", "cannot stand here"},
		{"(01", "is no element string"},
		{"(01)09521234543213(", "is no element string"},
		{"(09)1", "there is no such application identifier"},
		{"urn:epc:id:sgtin:9521234.054321", "has too few parts"},
		{"urn:epc:id:sgtin:9521234.054321.", "has no last part"},
		{"urn:epc:id:sgtin:9521234.05432.7", "must have 13 digits together"},
		{"urn:epc:id:sgtin:95212.05432101.7", "the company prefix must have 6 to 12 digits"},
		{"urn:epc:id:sgtin:9521234.054321.a/b", "must be percent-encoded in an EPC URN"},
		{"urn:epc:id:sgtin:9521234.054321.%zz", "must be percent-encoded in an EPC URN"},
		{"urn:epc:idpat:sgtin:9521234.054321.7", "a pattern must end in .* to name a class"},
		{"urn:epc:idpat:sgtin:9521234.*.*", "must have 13 digits together"},
		{"urn:epc:id:sgtin:9521234.054321.123456789012345678901", "has 21 characters, must have 1 to 20"},
		{"urn:epc:id:giai:9521234.", "has no reference after the company prefix"},
		{"urn:epc:id:itip:9521234.054321.1.2.999", "piece and total have two digits each"},
	} {
		key, err := Parse(c.in)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), c.reason) || errors.Is(err, ErrNotKey) || !key.IsZero() {
			t.Errorf("Parse(%q) = %v, %v; want %q", c.in, key, err, c.reason)
		}
	}
}

func TestNotKeys(t *testing.T) {
	for _, s := range []string{
		"", "9521234543213", "urn:uuid:4c2a5a0e-0000-4000-8000-000000000000",
		"urn:epc:id:gid:1.2.3", "urn:epc:class:sgtin:9521234.054321.*", "urn:epc:idpat:sscc:9521234.*", "urn:epc:",
		"https://example.com", "https://example.com/", "https:///01/09521234543213", "ftp://x/01/09521234543213",
		"https://exa mple.com/01/09521234543213",
		"https://example.com/po/12345678", "https://example.com/gtin/09521234543213",
		"https://example.com/01/09521234543213/info/x", "https://example.com/01/09521234543213/x",
		"https://example.com/01/09521234543213/22/a/10/b/21/c/21/d",
		"https://example.com/2026/01/15", "https://example.com/users/8004/x1", // in doubt
		"https://example.com/01/09521234543213?" + strings.Repeat("x", MaxLength),
	} {
		if key, err := Parse(s); !errors.Is(err, ErrNotKey) || !key.IsZero() {
			t.Errorf("Parse(%q) = %v, %v", s, key, err)
		}
	}
	_, err := Parse("https://example.com/2026/01/15")
	if e, ok := err.(*Error); !ok || e.AI != "01" {
		t.Errorf("in doubt the reason is still given, not %v", err)
	}
}

func TestNew(t *testing.T) {
	key, err := New("21", "7", "10", "VAI-5", "01", "9521234543213")
	if err != nil || key.Canonical() != "/01/09521234543213/10/VAI-5/21/7" {
		t.Error(key, err)
	}
	for _, pairs := range [][]string{nil, {"01"}, {"10", "L"}, {"01", "09521234543213", "17", "260131"},
		{"01", "09521234543213", "10", "a", "10", "b"}, {"01", "09521234543214"}, {"00", "095212340000000013", "21", "7"}} {
		if key, err := New(pairs...); err == nil || !key.IsZero() {
			t.Errorf("New(%q) = %v, %v", pairs, key, err)
		}
	}
}

func TestAccessors(t *testing.T) {
	full := mustParse(t, "https://id.gs1.org/01/09521234543213/22/2A/10/a%2Fb/21/7")
	for name, c := range map[string][2]string{
		"GTIN":      {full.GTIN(), "09521234543213"},
		"value":     {full.Value(), "09521234543213"},
		"lot":       {full.Lot(), "a/b"},
		"serial":    {full.Serial(), "7"},
		"variant":   {full.Qualifier("22"), "2A"},
		"extension": {full.Qualifier("254"), ""},
		"class":     {full.Class().Canonical(), "/01/09521234543213/22/2A/10/a%2Fb"},
		"primary":   {full.Primary().Canonical(), "/01/09521234543213"},
		"EPC":       {full.EPC().Canonical(), "/01/09521234543213/21/7"},
		"lot's EPC": {full.Class().EPC().Canonical(), "/01/09521234543213/10/a%2Fb"},
		"link":      {full.Primary().DigitalLink("https://example.com/x/"), "https://example.com/x/01/09521234543213"},
		"string":    {full.Primary().String(), "https://id.gs1.org/01/09521234543213"},
		"zero":      {Key{}.String() + Key{}.Canonical() + Key{}.Value() + Key{}.GTIN() + Key{}.Serial() + Key{}.Class().String() + Key{}.EPC().ElementString(), ""},
		"kind":      {GSRNP.String() + Kind(0).String() + Kind(99).String() + Kind(99).AI() + GCN.AI(), "GSRNPno GS1 keyno GS1 key255"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", name, c[0], c[1])
		}
	}
	for in, class := range map[string]string{
		"urn:epc:id:grai:9521234.00001.87":             "urn:epc:idpat:grai:9521234.00001.*",
		"urn:epc:id:gdti:9521234.00001.87":             "urn:epc:idpat:gdti:9521234.00001.*",
		"urn:epc:id:cpi:9521234.AB.123":                "urn:epc:idpat:cpi:9521234.AB.*",
		"urn:epc:id:upui:9521234.054321.AB12":          "urn:epc:idpat:sgtin:9521234.054321.*",
		"urn:epc:id:itip:9521234.054321.01.02.999":     "urn:epc:idpat:itip:9521234.054321.01.02.*",
		"urn:epc:id:sgln:9521234.00001.d2":             "urn:epc:id:sgln:9521234.00001.d2",
		"urn:epc:class:lgtin:9521234.054321.VAI-5":     "urn:epc:class:lgtin:9521234.054321.VAI-5",
		"https://x/415/9521234000013/8020/INV-1":       "https://y/415/9521234000013/8020/INV-1",
		"https://x/8017/952123400000000017/8019/3":     "https://x/8017/952123400000000017/8019/3",
		"https://x/01/09521234543213/10/VAI-5/21/7%25": "urn:epc:class:lgtin:9521234.054321.VAI-5",
	} {
		if got := mustParse(t, in).Class(); got != mustParse(t, class) {
			t.Errorf("the class of %s is %s", in, got)
		}
	}
}

func mustParse(t testing.TB, s string) Key {
	t.Helper()
	key, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
