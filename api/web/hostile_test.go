package web

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/sogoc/sogoc/trace"
)

// hostile tries to leave text, attributes, addresses and the direction of
// reading. Scheme first: a field that is an address must not become a script.
const hostile = "javascript:alert('x')\"><script>alert(1)</script><img src=x onerror=alert(1)>\u202Eevil\u2066\u0007{{.}}&amp;"

// enumerations have one of a few values, which whoever fills a view takes from
// this package; an unknown one is an error and not text.
var enumerations = map[reflect.Type]bool{
	reflect.TypeFor[Level](): true, reflect.TypeFor[State](): true, reflect.TypeFor[Custody](): true, reflect.TypeFor[InputKind](): true,
	reflect.TypeFor[Direction](): true, reflect.TypeFor[ProblemKind](): true, reflect.TypeFor[trace.EdgeKind](): true,
	reflect.TypeFor[PieceState](): true, reflect.TypeFor[FateKind](): true,
}

// poison sets every string below v and returns how many it set.
func poison(v reflect.Value) (n int) {
	if enumerations[v.Type()] || v.Type() == reflect.TypeFor[trace.ID]() || v.Type() == reflect.TypeFor[trace.Quantity]() || v.Type().PkgPath() == "github.com/sogoc/sogoc/ledger" && v.Kind() == reflect.String {
		return 0
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
		return 1
	case reflect.Pointer:
		if v.IsNil() {
			if !v.CanSet() || v.Type().Elem().Kind() != reflect.Struct || v.Type().Elem() == reflect.TypeFor[trace.Quantity]() {
				return 0
			}
			v.Set(reflect.New(v.Type().Elem()))
		} else if v.CanSet() { // the samples share what they point to
			own := reflect.New(v.Type().Elem())
			own.Elem().Set(v.Elem())
			v.Set(own)
		}
		return poison(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += poison(v.Index(i))
		}
	}
	return n
}

func TestHostileText(t *testing.T) {
	hostileSite := New(Options{PublicURL: "https://sogoc.example", RegisterName: hostile})
	// Words that choose a text or a class of their own are set back.
	fix := func(p *Passport) *Passport {
		for i := range p.Journey {
			for j := range p.Journey[i].Readings {
				p.Journey[i].Readings[j].Kind = "humidity"
			}
		}
		p.Piece.State, p.Fate.Kind = PieceIssued, FateSold
		return p
	}
	pages := map[string]struct {
		view   any
		render func(*bytes.Buffer, Lang, any) error
		least  int
	}{
		"passport": {lycheePassport(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Passport(b, l, fix(v.(*Passport))) }, 200},
		"red":      {redPassport(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Passport(b, l, fix(v.(*Passport))) }, 200},
		"product":  {productPassport(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Passport(b, l, fix(v.(*Passport))) }, 60},
		"box":      {containerPassport(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Passport(b, l, fix(v.(*Passport))) }, 100},
		"home":     {sampleHome(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Home(b, l, v.(*Home)) }, 30},
		"dataset":  {sampleDataset(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Dataset(b, l, v.(*Dataset)) }, 40},
		"trace":    {sampleGraph(), func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Trace(b, l, v.(*Graph)) }, 40},
		"problem":  {&Problem{Kind: ProblemMistyped}, func(b *bytes.Buffer, l Lang, v any) error { return hostileSite.Problem(b, l, v.(*Problem)) }, 2},
	}
	for name, p := range pages {
		if n := poison(reflect.ValueOf(p.view)); n < p.least {
			t.Errorf("%s: only %d strings were set", name, n)
		}
		for _, lang := range Languages {
			var b bytes.Buffer
			if err := p.render(&b, lang, p.view); err != nil {
				t.Errorf("%s in %s: %v", name, lang, err)
				continue
			}
			checkHarmless(t, name, b.String())
		}
	}
}

func checkHarmless(t *testing.T, name, page string) {
	for _, bad := range []string{"\u202E", "\u2066", "\u0007"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s holds %+q", name, bad)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Errorf("%s shows nothing of the text", name)
	}
	walk(parse(t, []byte(page)), func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		if n.Data == "script" && attr(n, "type") != "application/ld+json" && (n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), AssetBase)) {
			t.Errorf("%s runs a script", name)
		}
		if n.Data == "img" && attr(n, "src") == "x" {
			t.Errorf("%s holds an element out of the text", name)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("%s: <%s> has the attribute %s", name, n.Data, a.Key)
			}
			if (a.Key == "href" || a.Key == "src" || a.Key == "action") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("%s: <%s> goes to %q", name, n.Data, a.Val)
			}
		}
	})
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("a\u202Eb\u2066c\u061Cd\u0007 \u00a0é€"))
	f.Add([]byte{0xE2, 0x80})
	f.Fuzz(func(t *testing.T, page []byte) {
		in := string(page)
		got := string(plain([]byte(in)))
		for _, bad := range "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\u061C\u0000\u001B\u007F" {
			if strings.Contains(got, string(bad)) && strings.ToValidUTF8(in, "") == in {
				t.Errorf("%q keeps %U", got, bad)
			}
		}
		if clean := "sạch \u00a0 — 1.250,5\u00a0kg\n\t"; string(plain([]byte(clean))) != clean {
			t.Error("plain text is changed")
		}
	})
}
