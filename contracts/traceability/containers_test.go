package traceability_test

import (
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestCrates: a container of nobody's prefix is its packer's as long as something is
// in it, and the next packer's after that.
func TestCrates(t *testing.T) {
	crate := trace.MustID("urn:x:crate")
	// The trader gets 10 KGM to pack in its turn.
	supplied := func(p *province) {
		p.Record(p.coop, p.Ship(p.trader.Place, Of(p.lot, "10 KGM")))
		p.Record(p.trader, p.Receive(Of(p.lot, "10 KGM")))
	}
	theirs := func(p *province) error { return p.try(p.trader, p.Pack(crate, Of(p.lot, "2 KGM"))) }
	const parent = "items[0].parent"
	run(t, []row{
		{"while something is in it", func(t *testing.T, p *province) error {
			supplied(p)
			p.Record(p.coop, p.Pack(crate, Of(p.lot, "5 KGM")))
			p.Record(p.coop, p.Unpack(crate, Of(p.lot, "4 KGM")))
			p.Refused(p.try(p.trader, p.Unpack(crate)), ledger.Forbidden, parent)
			return theirs(p)
		}, ledger.Forbidden, parent},
		{"once it is empty", func(t *testing.T, p *province) error {
			supplied(p)
			p.Record(p.coop, p.Pack(crate, Of(p.lot, "5 KGM")))
			p.Record(p.coop, p.Unpack(crate))
			if out := p.Record(p.shop, p.Observe(trace.StepInspecting, All(crate)...)); out.Managed {
				t.Error("what anybody says about an empty crate is a statement")
			}
			p.Must(theirs(p))
			p.Refused(p.try(p.coop, p.Unpack(crate)), ledger.Forbidden, parent)
			p.Record(p.trader, p.Ship(p.shop.Place, All(crate)...))
			p.Refused(p.try(p.coop, p.Pack(crate, Of(p.lot, "1 KGM"))), ledger.Forbidden, parent)
			p.Record(p.shop, p.Receive(All(crate)...))
			p.Record(p.shop, p.Unpack(crate))
			p.has(t, p.lot, p.shop.Holder(), "2 KGM")
			return p.try(p.coop, p.Pack(crate, Of(p.lot, "1 KGM")))
		}, "", ""},
		{"that nothing of weight was packed in", func(t *testing.T, p *province) error {
			supplied(p)
			p.Record(p.coop, p.Pack(crate, All(p.jam)...)) // a kind of things, not things
			return theirs(p)
		}, "", ""},
		{"packed in a pallet, empty or not", func(t *testing.T, p *province) error {
			supplied(p)
			first := p.Pack(crate, Of(p.lot, "5 KGM"))
			p.Record(p.coop, first)
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), All(crate)...))
			p.Record(p.coop, p.Wrong(first))
			return theirs(p)
		}, ledger.Forbidden, parent},
		{"with one of two packings declared wrong", func(t *testing.T, p *province) error {
			supplied(p)
			first, second := p.Pack(crate, Of(p.lot, "5 KGM")), p.Pack(crate, Of(p.lot, "3 KGM"))
			p.Record(p.coop, first)
			p.Record(p.coop, second)
			p.Record(p.coop, p.Wrong(first))
			p.Refused(theirs(p), ledger.Forbidden, parent)
			p.Record(p.coop, p.Wrong(second))
			p.has(t, p.lot, p.coop.Holder(), "90 KGM")
			return theirs(p)
		}, "", ""},
		{"with an unpacking declared wrong after its packing", func(t *testing.T, p *province) error {
			supplied(p)
			packed := p.Pack(crate, Of(p.lot, "5 KGM"))
			p.Record(p.coop, packed)
			p.Record(p.coop, p.Pack(crate, Of(p.lot, "3 KGM")))
			unpacked := p.Unpack(crate)
			p.Record(p.coop, unpacked)
			p.Record(p.coop, p.Wrong(packed))
			p.Record(p.coop, p.Wrong(unpacked))
			p.has(t, p.lot, "in "+crate.String(), "3 KGM")
			return theirs(p)
		}, ledger.Forbidden, parent},
		{"in doubt in its last use", func(t *testing.T, p *province) error {
			supplied(p)
			packed := p.Pack(crate, Of(p.lot, "5 KGM"))
			p.Record(p.coop, packed)
			p.Record(p.coop, p.Ship(p.shop.Place, All(crate)...))
			p.Record(p.shop, p.Receive(All(crate)...))
			p.wantFlags(t, p.Record(p.coop, p.Wrong(packed)), "blocked ")
			p.Must(theirs(p))
			return p.try(p.trader, p.Ship(p.shop.Place, All(crate)...))
		}, "", ""},
	})
}

// TestCorrectionLeavesTheNextUse: whatever was done with a crate before it came to
// the next, no error declaration reaches into its use.
func TestCorrectionLeavesTheNextUse(t *testing.T) {
	p := newProvince(t)
	crate, jar := trace.MustID("urn:x:crate"), Piece(p.jam, "1")
	p.Record(p.coop, p.Commission(All(jar)...))
	p.Record(p.coop, p.Ship(p.shop.Place, Of(p.lot, "20 KGM")))
	p.Record(p.shop, p.Receive(Of(p.lot, "20 KGM")))

	early := []trace.Fact{p.Pack(crate, Of(p.lot, "10 KGM"), trace.Stock{ID: jar}), p.Pack(crate, Of(p.lot, "1 KGM"))}
	late := []trace.Fact{p.Receive(All(crate)...), p.Unpack(crate)}
	shipped := p.Ship(p.trader.Place, trace.Stock{ID: crate}, Of(p.lot, "7 KGM"))
	for _, f := range append(early, shipped) {
		p.Record(p.coop, f)
	}
	for _, f := range late {
		p.Record(p.trader, f)
	}
	p.Record(p.shop, p.Pack(crate, Of(p.lot, "20 KGM")))

	for _, f := range early {
		p.Record(p.coop, p.Wrong(f))
	}
	for _, f := range late {
		p.Record(p.trader, p.Wrong(f))
	}
	p.has(t, p.lot, "in "+crate.String(), "20 KGM")
	p.has(t, p.lot, p.trader.Holder(), "11 KGM")
	p.has(t, p.lot, p.coop.Holder(), "62 KGM")
	// The rest of an event is taken back.
	p.Record(p.coop, p.Wrong(shipped))
	p.has(t, p.lot, p.coop.Holder(), "69 KGM")

	p.Record(p.shop, p.Ship(p.house.Place, All(crate)...))
	p.Record(p.house, p.Receive(All(crate)...))
	p.Record(p.house, p.Unpack(crate))
	p.has(t, p.lot, p.house.Holder(), "20 KGM")
	p.Record(p.trader, p.Sell(trace.Stock{ID: jar}))
}
