package gs1

import (
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, thing := range things {
		f.Add("https://example.com/a" + thing.path)
		for _, form := range thing.forms {
			f.Add(form)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := Parse(s)
		if err != nil {
			if !key.IsZero() {
				t.Fatalf("%q: both %v and %v", s, key, err)
			}
			_ = err.Error()
			return
		}
		for _, form := range []string{key.String(), key.DigitalLink("http://example.com/a/01/"), key.ElementString()} {
			if back, err := Parse(form); err != nil || back != key {
				t.Fatalf("%q: %s gives %v, %v", s, form, back, err)
			}
		}
		link, err := ParseLink(key.String())
		if err != nil || link.Key != key || link.Base != "" {
			t.Fatalf("%q: as a link %+v, %v", s, link, err)
		}
		for _, candidate := range key.PrefixCandidates() {
			urn, err := key.URN(len(candidate))
			if err != nil {
				continue
			}
			if back, err := Parse(urn); err != nil || back != key {
				t.Fatalf("%q: %s gives %v, %v", s, urn, back, err)
			}
		}
		class := key.Class()
		if class.Class() != class || class.Serial() != "" || key.EPC().EPC() != key.EPC() {
			t.Fatalf("%q: class %v, EPC %v", s, class, key.EPC())
		}
		for _, derived := range []Key{class, key.Primary(), key.EPC()} {
			if back, err := Parse(derived.String()); err != nil || back != derived {
				t.Fatalf("%q: derived %v, %v", s, derived, err)
			}
		}
	})
}

func FuzzParseLink(f *testing.F) {
	f.Add("https://Example.com/goods/01/9521234543213/10/VAI-5?17=260131;3103=001250&linkType=gs1%3Apip&x=a+b#f")
	f.Add("https://id.gs1.org/01/09521234543213?7003=2601312359&8008=26013123&4309=00000000000000000000")
	f.Add("https://id.gs1.org/01/09521234543213?21=7")
	f.Fuzz(func(t *testing.T, s string) {
		link, err := ParseLink(s)
		if err != nil {
			_ = err.Error()
			return
		}
		if key, err := Parse(s); err != nil || key != link.Key {
			t.Fatalf("%q: Parse gives %v, %v", s, key, err)
		}
		for ai, value := range link.Attributes {
			if err := Validate(ai, value); err != nil {
				t.Fatal(err)
			}
		}
		// Base may end in what looks like a key; what follows it decides.
		again, err := ParseLink(link.Key.DigitalLink("https://" + link.Host + link.Base))
		if err != nil && len(s) < MaxLength/2 || err == nil && again.Key != link.Key {
			t.Fatalf("%q: again %+v, %v", s, again, err)
		}
	})
}

func FuzzDate(f *testing.F) {
	f.Add("260131", 2026)
	f.Add("000229", 2099)
	f.Fuzz(func(t *testing.T, s string, year int) {
		if year < 1000 || year > 9000 {
			return
		}
		date, err := Date(s, year)
		if err != nil {
			return
		}
		if Validate("17", s) != nil || date.Year()-year < -49 || date.Year()-year > 50 || date.Format("0601") != s[:4] {
			t.Fatalf("%s in %d is %v", s, year, date)
		}
	})
}
