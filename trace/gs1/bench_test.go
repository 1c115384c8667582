package gs1

import "testing"

func BenchmarkParse(b *testing.B) {
	for name, s := range map[string]string{
		"link":    "https://example.com/01/09521234543213/10/VAI-5/21/000123",
		"escaped": "https://example.com/01/09521234543213/21/a%2F7",
		"sgtin":   "urn:epc:id:sgtin:9521234.054321.000123",
		"lgtin":   "urn:epc:class:lgtin:9521234.054321.VAI-5",
		"sgln":    "urn:epc:id:sgln:9521234.00001.0",
		"opaque":  "https://example.com/ns/orders/PO-2026-000123",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s); err != nil && err != ErrNotKey {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkURN(b *testing.B) {
	key := mustParse(b, "(01)09521234543213(21)000123")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.URN(7); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrefixCandidates(b *testing.B) {
	key := mustParse(b, "(01)09521234543213(21)000123")
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, prefix := range key.PrefixCandidates() {
			n += len(prefix)
		}
		if n != 72 {
			b.Fatal(n)
		}
	}
}

func BenchmarkParseLink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseLink("https://example.com/01/09521234543213/10/VAI-5?17=260131&linkType=gs1:pip"); err != nil {
			b.Fatal(err)
		}
	}
}
