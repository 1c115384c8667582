package trace

import (
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	for in, want := range map[string]string{
		"urn:epc:id:sgtin:9521234.054321.7":                              "https://id.gs1.org/01/09521234543213/21/7",
		"https://example.vn/01/09521234543213/10/L-1":                    "https://id.gs1.org/01/09521234543213/10/L-1",
		"https://id.gs1.org/00/095212340000000013":                       "https://id.gs1.org/00/095212340000000013",
		"https://truyxuat.example.vn/t/vnlN-00012-" + check("VNLN00012"): "/t/VN1N00012" + check("VN1N00012"),
		"/t/VNTR00001" + check("VNTR00001") + "/10/A%2FB/21/7":           "/t/VNTR00001" + check("VNTR00001") + "/10/A%2FB/21/7",
		"urn:uuid:5f1c0f2e-9f0c-4f0e-8f57-1e0f5a3b2c1d":                  "urn:uuid:5f1c0f2e-9f0c-4f0e-8f57-1e0f5a3b2c1d",
		"https://farm.example.org/lot/7":                                 "https://farm.example.org/lot/7",
	} {
		id, err := ParseID(in)
		if err != nil || id.String() != want {
			t.Errorf("ParseID(%q) = %q, %v; want %q", in, id, err, want)
			continue
		}
		again, err := ParseID(id.String())
		if err != nil || again != id {
			t.Errorf("ParseID(%q) is not stable: %q, %v", want, again, err)
		}
	}
}

func check(s string) string {
	return string(codeAlphabet[luhn32(strings.NewReplacer("L", "1").Replace(s))])
}

func TestParseIDRefuses(t *testing.T) {
	for _, in := range []string{
		"", "lot 7", "https://id.gs1.org/01/09521234543214", "urn:epc:id:sgtin:95212340.54321.", "/t/VNTR000019",
		"(01)09521234543213", "/t/VNTR00001" + check("VNTR00001") + "/21/7/10/A", "https://x.example/" + strings.Repeat("a", MaxID),
	} {
		if id, err := ParseID(in); err == nil {
			t.Errorf("ParseID(%q) = %q, want an error", in, id)
		}
	}
}

func TestIDParts(t *testing.T) {
	id := MustID("https://id.gs1.org/01/09521234543213/10/A%2FB/21/7")
	if id.Lot() != "A/B" || id.Serial() != "7" || !id.Instance() {
		t.Errorf("lot %q, serial %q, instance %v", id.Lot(), id.Serial(), id.Instance())
	}
	if got := id.Batch().String(); got != "https://id.gs1.org/01/09521234543213/10/A%2FB" {
		t.Errorf("Batch = %s", got)
	}
	if got := id.Product().String(); got != "https://id.gs1.org/01/09521234543213" {
		t.Errorf("Product = %s", got)
	}
	if got := id.Link("https://truyxuat.example.vn/"); got != "https://truyxuat.example.vn/01/09521234543213/10/A%2FB/21/7" {
		t.Errorf("Link = %s", got)
	}
	sscc := MustID("https://id.gs1.org/00/095212340000000013")
	if !sscc.Instance() || sscc.Product() != sscc || sscc.Batch() != sscc {
		t.Errorf("an SSCC is a piece of itself")
	}
}

func TestCodeCatchesTyping(t *testing.T) {
	code, err := NewCode("VNTR", "00042")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseCode(strings.ToLower(code.Spoken())); err != nil || got != code {
		t.Errorf("spoken %s reads as %s, %v", code.Spoken(), got, err)
	}
	for i := range codeLength {
		for _, c := range codeAlphabet {
			wrong := string(code[:i]) + string(c) + string(code[i+1:])
			if _, err := ParseCode(wrong); err == nil && wrong != string(code) {
				t.Errorf("%s passes for %s", wrong, code)
			}
		}
	}
	for i := range codeLength - 1 {
		a, b := code[i], code[i+1]
		swapped := string(code[:i]) + string(b) + string(a) + string(code[i+2:])
		if _, err := ParseCode(swapped); err == nil && a != b && !(a == '0' && b == 'Z') && !(a == 'Z' && b == '0') {
			t.Errorf("swapped %s passes for %s", swapped, code)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("urn:epc:class:lgtin:9521234.054321.L1")
	f.Add("/t/VNTR00001X/10/L")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			return
		}
		if again, err := ParseID(id.String()); err != nil || again != id {
			t.Fatalf("%q -> %q -> %q, %v", s, id, again, err)
		}
		id.Product()
		id.Batch()
		id.Link("https://h.example")
	})
}

func TestIDQualifiers(t *testing.T) {
	const gtin = "https://id.gs1.org/01/09521234543213"
	code := "/t/VNTR00001" + check("VNTR00001")
	for _, c := range []struct{ id, product, batch, lot, serial string }{
		{gtin, "", "", "", ""},
		{gtin + "/10/L-1", gtin, "", "L-1", ""},
		{gtin + "/10/L-1/21/7", gtin, gtin + "/10/L-1", "L-1", "7"},
		{gtin + "/21/7", gtin, gtin, "", "7"},
		{gtin + "/10/21/21/7", gtin, gtin + "/10/21", "21", "7"},
		{gtin + "/10/10", gtin, "", "10", ""},
		{gtin + "/22/10/10/L", gtin, "", "L", ""},
		{gtin + "/22/21/10/L", gtin, "", "L", ""},
		{gtin + "/10/A%2FB/21/10", gtin, gtin + "/10/A%2FB", "A/B", "10"},
		{gtin + "/x/y", "", "", "", ""}, // not a Digital Link, and so not of the product
		{code + "/10/21/21/10", code, code + "/10/21", "21", "10"},
		{"https://id.gs1.org.example/10/L/21/7", "", "", "", ""},
		{"https://id.gs1.org/00/095212340000000013", "", "", "", ""},
	} {
		id := MustID(c.id)
		if c.product == "" {
			c.product = c.id
		}
		if c.batch == "" {
			c.batch = c.id
		}
		if id.Product().String() != c.product || id.Batch().String() != c.batch || id.Lot() != c.lot || id.Serial() != c.serial {
			t.Errorf("%s: product %s, batch %s, lot %q, serial %q", c.id, id.Product(), id.Batch(), id.Lot(), id.Serial())
		}
	}
}

func TestIDsAreASCII(t *testing.T) {
	for _, in := range []string{"urn:x:a|b", "urn:x:vải", "urn:x:a b", "urn:x:\x7f", "urn:x:\xff", "https://x.example/a|b", "urn:x:\n"} {
		if id, err := ParseID(in); err == nil {
			t.Errorf("ParseID(%q) = %q, want an error", in, id)
		}
	}
}

func FuzzIDQualifiers(f *testing.F) {
	for _, s := range []string{"urn:epc:id:sgtin:9521234.054321.7", "https://id.gs1.org/01/09521234543213/10/21/21/7", "/t/VNTR00001", "urn:x:1", "https://id.gs1.org/01/09521234543213/22/a/10/b/21/c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			return
		}
		if again, err := ParseID(id.String()); err != nil || again != id {
			t.Fatalf("%q is not stable: %q, %v", id, again, err)
		}
		if strings.ContainsFunc(id.String(), func(r rune) bool { return r <= ' ' || r > '~' || r == '|' }) {
			t.Fatalf("%q has a character that state keys do not", id)
		}
		if !strings.HasPrefix(id.String(), id.Batch().String()) || !strings.HasPrefix(id.Batch().String(), id.Product().String()) {
			t.Fatalf("%q: batch %q, product %q", id, id.Batch(), id.Product())
		}
		if key, ok := id.Key(); ok && strings.HasPrefix(id.Path(), "/01/") && (key.Lot() != id.Lot() || key.Serial() != id.Serial()) {
			t.Fatalf("%q: lot %q and serial %q, but the key has %q and %q", id, id.Lot(), id.Serial(), key.Lot(), key.Serial())
		}
	})
}
