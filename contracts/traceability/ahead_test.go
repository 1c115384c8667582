package traceability_test

import (
	"strings"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// aheadReader notes what is asked for ahead, and what is read.
type aheadReader struct {
	mapReader
	ahead, read map[string]bool
}

func (r aheadReader) Get(key string) ([]byte, error) {
	r.read[key] = true
	return r.mapReader.Get(key)
}

func (r aheadReader) ReadAhead(keys func() []string) {
	for _, k := range keys() {
		r.ahead[k] = true
	}
}

// TestReadAhead: what is fetched ahead is read, since on Fabric it counts as read;
// and few keys are left that are asked for one by one.
func TestReadAhead(t *testing.T) {
	p := newProvince(t)
	piece, box := Piece(p.lychee, "S1"), p.coop.SSCC(1)
	p.Record(p.coop, p.Commission(All(piece, box)...))
	shipped := Lot(p.lychee, "L3")
	p.Record(p.coop, p.Commission(Of(shipped, "100 KGM")))
	p.Record(p.coop, p.Ship(p.shop.Place, Of(shipped, "40 KGM")))
	p.Mandate(p.house.Member, p.coop)
	state := mapReader(p.State())
	for _, c := range []struct {
		name  string
		by    *Org
		f     trace.Fact
		alone int // keys that are read and not ahead
	}{
		{"commission a lot", p.coop, p.Commission(Of(Lot(p.lychee, "L2"), "100 KGM")), 2},
		{"add to a lot", p.coop, p.Commission(Of(p.lot, "100 KGM")), 4},
		{"commission a piece", p.coop, p.Commission(All(Piece(p.lychee, "S2"))...), 2},
		{"ship", p.coop, p.Ship(p.shop.Place, Of(p.lot, "40 KGM")), 6},
		{"ship a piece", p.coop, p.Ship(p.shop.Place, All(piece)...), 6},
		{"receive", p.shop, p.Receive(All(shipped)...), 6},
		{"sell", p.coop, p.Sell(Of(p.lot, "1 KGM")), 6},
		{"destroy", p.coop, p.Destroy(Of(p.lot, "1 KGM")), 6},
		{"pack", p.coop, p.Pack(box, Of(p.lot, "40 KGM")), 6},
		{"boil", p.coop, p.Transform([]trace.Stock{Of(p.lot, "10 KGM")}, []trace.Stock{Of(Lot(p.jam, "J1"), "5 KGM")}), 6},
		{"commission a lot on behalf", p.coop, on(p.house.Member, p.Commission(Of(Lot(p.lychee, "L4"), "100 KGM")))[0], 3},
		{"look at", p.coop, p.Observe("storing", All(p.lot, piece)...), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := aheadReader{state, map[string]bool{}, map[string]bool{}}
			call := ledger.Call{
				Signer: c.by.Address(), Contract: trace.Contract, Action: trace.ActionCapture, Summary: trace.Summary([]trace.Fact{c.f}),
				Items: [][]byte{trace.Encode(c.f)}, Time: p.Now, Rules: 1,
			}
			if _, err := (traceability.Contract{}).Execute(ledger.NewOverlay(r), call); err != nil {
				t.Fatal(err)
			}
			for key := range r.ahead {
				// Of a GS1 key's prefixes one is found; the shorter ones hold nothing.
				if !r.read[key] && !strings.HasPrefix(key, "rg|gs1|") {
					t.Errorf("%s is asked for ahead, and not read", key)
				}
				delete(r.read, key)
			}
			if len(r.read) > c.alone {
				t.Errorf("%d keys are asked for one by one, more than %d: %v", len(r.read), c.alone, r.read)
			}
		})
	}
}
