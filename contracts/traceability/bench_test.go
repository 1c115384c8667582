package traceability_test

import (
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// BenchmarkCapture executes a transaction of one fact over a map: decoding,
// rules, outcome, without signature and store.
func BenchmarkCapture(b *testing.B) {
	p := newProvince(b)
	lot := Lot(p.lychee, "L2")
	state := mapReader(p.State())
	for _, c := range []struct {
		name string
		f    trace.Fact
	}{
		{"commissioning", p.Commission(Of(lot, "100 KGM"))},
		{"shipping", p.Ship(p.shop.Place, Of(p.lot, "40 KGM"))},
		{"observation", p.Observe("storing", All(p.lot)...)},
	} {
		b.Run(c.name, func(b *testing.B) {
			call := ledger.Call{
				Signer: p.coop.Address(), Action: trace.ActionCapture, Summary: trace.Summary([]trace.Fact{c.f}),
				Items: [][]byte{trace.Encode(c.f)}, Time: p.Now, Rules: 1,
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (traceability.Contract{}).Execute(ledger.NewOverlay(state), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("pack 10,000 pieces", func(b *testing.B) {
		things := make([]trace.Stock, 10_000)
		for i := range things {
			things[i] = trace.Stock{ID: p.coop.SSCC(i + 1)}
		}
		make, pack := p.Commission(things...), p.Pack(p.coop.SSCC(0), things...)
		facts := []trace.Fact{make, pack}
		call := ledger.Call{
			Signer: p.coop.Address(), Action: trace.ActionCapture, Summary: trace.Summary(facts),
			Items: [][]byte{trace.Encode(make), trace.Encode(pack)}, Time: p.Now, Rules: 1,
		}
		for b.Loop() {
			if _, err := (traceability.Contract{}).Execute(ledger.NewOverlay(state), call); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type mapReader map[string]string

func (m mapReader) Get(key string) ([]byte, error) {
	if v, ok := m[key]; ok {
		return []byte(v), nil
	}
	return nil, nil
}
