package trace

import "testing"

func TestCanonical(t *testing.T) {
	gtin, code := "https://id.gs1.org/01/09521234543213", "/t/VNTR00001"+check("VNTR00001")
	for _, c := range []struct {
		id   string
		want bool
	}{
		{gtin, true},
		{gtin + "/10/L-1_a.b", true},
		{gtin + "/21/7", true},
		{gtin + "/10/21/21/10", true},
		{code, true},
		{code + "/10/L1/21/7", true},
		{"https://id.gs1.org/414/9521234000013", true},
		{"https://id.gs1.org/00/095212340000000013", true},

		{gtin + "/", false},
		{gtin + "/10/", false},
		{gtin + "/21/7/10/L", false},
		{gtin + "/10/.", false},
		{gtin + "/10/..", false},
		{gtin + "/10/A%2FB", false},
		{gtin + "/10/a~b", false},
		{gtin + "/10/123456789012345678901", false},
		{"https://id.gs1.org/01/09521234543214", false},
		{"https://id.gs1.org/414/9521234000014", false},
		{"https://id.gs1.org/00/09521234000000001", false},
		{"https://id.gs1.org.example/01/09521234543213", false},
		{"/t/vntr00001" + check("VNTR00001"), false},
		{"/t/VNTR", false},
		{"urn:x:1", false},
	} {
		if canonical(c.id) != c.want {
			t.Errorf("canonical(%q) = %t", c.id, !c.want)
		}
	}
}

// FuzzCanonical holds what is known at a glance against the parser.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		"https://id.gs1.org/01/09521234543213/10/21/21/7", "https://id.gs1.org/01/09521234543213/10/..", "https://id.gs1.org/414/9521234000013/254/1",
		"https://id.gs1.org/00/095212340000000013", "/t/VNTR00001" + check("VNTR00001") + "/10/L/21/~", "/t/VNTR00001" + check("VNTR00001") + "/10/.", "urn:x:1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !canonical(s) {
			return
		}
		if id, err := parseAny(s); err != nil || id.s != s {
			t.Errorf("%q is canonical, but is read as %q, %v", s, id, err)
		}
	})
}

func BenchmarkParseID(b *testing.B) {
	const lot = "https://id.gs1.org/01/09521234543213/10/VAI-5"
	for name, parse := range map[string]func(string) (ID, error){"canonical": ParseID, "any": parseAny} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(lot); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
