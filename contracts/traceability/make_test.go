package traceability_test

import (
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestCommissioning(t *testing.T) {
	run(t, []row{
		{"by the owner", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Commission(Of(Lot(p.lychee, "L2"), "1.5 TNE")))
			if !out.Managed || len(out.Parties) != 1 || len(out.Balances) != 1 || out.Balances[0].Quantity != Q("1500 KGM") {
				t.Errorf("outcome %+v", out)
			}
			p.has(t, Lot(p.lychee, "L2"), p.coop.Holder(), "1500 KGM")
			return nil
		}, "", ""},
		{"by a maker", func(t *testing.T, p *province) error {
			return p.try(p.house, p.Commission(Of(Lot(p.lychee, "L2"), "100 KGM")))
		}, "", ""},
		{"by a stranger", func(t *testing.T, p *province) error {
			return p.try(p.trader, p.Commission(Of(Lot(p.lychee, "L2"), "100 KGM")))
		}, ledger.Forbidden, objects},
		{"under a prefix without a described product", func(t *testing.T, p *province) error {
			return p.try(p.trader, p.Commission(Of(Lot(p.trader.GTIN(9), "L2"), "100 KGM")))
		}, "", ""},
		{"a lot added to", func(t *testing.T, p *province) error {
			p.Record(p.house, p.Commission(Of(p.lot, "50 KGM")))
			p.has(t, p.lot, p.coop.Holder(), "100 KGM")
			p.has(t, p.lot, p.house.Holder(), "50 KGM")
			p.has(t, p.lot, "made", "-150 KGM")
			return nil
		}, "", ""},
		{"a lot without a quantity", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Commission(All(Lot(p.lychee, "L2"))...))
		}, ledger.Invalid, "items[0].qty"},
		{"a lot of nothing", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Commission(Of(Lot(p.lychee, "L2"), "0 KGM")))
		}, ledger.Invalid, "items[0].qty"},
		{"a lot in another dimension", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Commission(Of(Lot(p.lychee, "L2"), "10 LTR")))
		}, ledger.Invalid, "items[0].qty"},
		{"less than nothing", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Commission(Of(Lot(p.lychee, "L2"), "-1 KGM")))
		}, ledger.Invalid, "items[0].qty"},
		{"a piece", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Commission(All(Piece(p.jam, "1"), Piece(p.jam, "2"))...))
		}, "", ""},
		{"a piece twice", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Commission(All(Piece(p.jam, "1"))...))
			return p.try(p.coop, p.Commission(All(Piece(p.jam, "1"))...))
		}, ledger.Conflict, objects},
		{"a piece with a quantity", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Commission(Of(Piece(p.jam, "1"), "3")))
		}, ledger.Invalid, "items[0].qty"},
		{"a container that its owner shipped: it stays where it is", func(t *testing.T, p *province) error {
			box := p.coop.SSCC(1)
			p.Record(p.coop, p.Pack(box, Of(p.lot, "10 KGM")))
			p.Record(p.coop, p.Ship(p.shop.Place, All(box)...))
			p.Record(p.shop, p.Receive(All(box)...))
			return p.try(p.coop, p.Commission(All(box)...))
		}, ledger.Conflict, objects},
		{"a container that is in use by its owner", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "10 KGM")))
			return p.try(p.coop, p.Commission(All(p.coop.SSCC(1))...))
		}, "", ""},
	})
}

func TestTransformation(t *testing.T) {
	jar := func(p *province) trace.ID { return Lot(p.jam, "J1") }
	run(t, []row{
		{"uses up and makes", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "30 KGM")}))
			p.wantFlags(t, out, "")
			if len(out.Edges) != 1 || out.Edges[0].Kind != trace.MadeInto || out.Edges[0].From != p.lot || out.Edges[0].To != jar(p) {
				t.Errorf("edges %+v", out.Edges)
			}
			p.has(t, p.lot, p.coop.Holder(), "40 KGM")
			p.has(t, p.lot, "used", "60 KGM")
			p.has(t, jar(p), p.coop.Holder(), "30 KGM")
			return nil
		}, "", ""},
		{"all of an input", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Transform(All(p.lot), []trace.Stock{Of(jar(p), "50 KGM")}))
			p.has(t, p.lot, p.coop.Holder(), "0 KGM")
			return nil
		}, "", ""},
		{"a little more input than there is is silent", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Transform([]trace.Stock{Of(p.lot, "102 KGM")}, []trace.Stock{Of(jar(p), "10 KGM")}))
			p.wantFlags(t, out, "")
			p.has(t, p.lot, "over", "-2 KGM")
			return nil
		}, "", ""},
		{"beyond the tolerance is flagged", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Transform([]trace.Stock{Of(p.lot, "102.1 KGM")}, []trace.Stock{Of(jar(p), "10 KGM")}))
			p.wantFlags(t, out, "over ")
			return nil
		}, "", ""},
		{"at the hard cap", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Transform([]trace.Stock{Of(p.lot, "110 KGM")}, []trace.Stock{Of(jar(p), "10 KGM")}))
		}, "", ""},
		{"beyond the hard cap", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Transform([]trace.Stock{Of(p.lot, "110.000001 KGM")}, nil))
		}, ledger.Conflict, objects},
		{"the cap is for all holders together", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Ship(p.trader.Place, Of(p.lot, "10 KGM")))
			p.Record(p.trader, p.Receive(Of(p.lot, "10 KGM")))
			p.Record(p.trader, p.Ship(p.shop.Place, Of(p.lot, "19 KGM")))
			p.Record(p.shop, p.Receive(All(p.lot)...))
			return p.try(p.shop, p.Sell(Of(p.lot, "21 KGM")))
		}, ledger.Conflict, objects},
		{"used up", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Transform(All(p.lot), nil))
			return p.try(p.coop, p.Transform([]trace.Stock{Of(p.lot, "0.1 KGM")}, nil))
		}, ledger.Conflict, objects},
		{"a stranger's lot", func(t *testing.T, p *province) error {
			return p.try(p.trader, p.Transform([]trace.Stock{Of(p.lot, "1 KGM")}, nil))
		}, ledger.Forbidden, objects},
		{"within the yield", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "30.5 KGM")}))
			p.wantFlags(t, out, "")
			return nil
		}, "", ""},
		{"more than the yield is flagged", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "32 KGM")}))
			p.wantFlags(t, out, "over ")
			return nil
		}, "", ""},
		{"far more than the yield", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "34 KGM")}))
		}, ledger.Conflict, objects},
		{"far more than the yield beside something that is counted", func(t *testing.T, p *province) error {
			boxes := Of(Lot(p.coop.GTIN(8), "B"), "3")
			return p.try(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "34 KGM"), boxes}))
		}, ledger.Conflict, objects},
		{"two lots out of one input", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "20 KGM"), Of(Lot(p.jam, "J2"), "20 KGM")}))
		}, ledger.Conflict, objects},
		{"a harvest does not use up what stands", func(t *testing.T, p *province) error {
			for _, day := range []string{"H1", "H2"} {
				p.Record(p.coop, p.Transform(All(p.plot), []trace.Stock{Of(Lot(p.lychee, day), "5 TNE")}))
			}
			p.has(t, p.plot, p.coop.Holder(), "2 HAR")
			return nil
		}, "", ""},
		{"a harvest of another's orchard", func(t *testing.T, p *province) error {
			return p.try(p.house, p.Transform(All(p.plot), []trace.Stock{Of(Lot(p.lychee, "H1"), "5 TNE")}))
		}, ledger.Forbidden, objects},
		{"a lot is added to from the same origin", func(t *testing.T, p *province) error {
			for range 2 {
				p.Record(p.coop, p.Transform(All(p.plot), []trace.Stock{Of(Lot(p.lychee, "H1"), "5 TNE")}))
			}
			p.has(t, Lot(p.lychee, "H1"), p.coop.Holder(), "10000 KGM")
			return nil
		}, "", ""},
		{"but not from another", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Transform(All(p.plot), []trace.Stock{Of(Lot(p.lychee, "H1"), "5 TNE")}))
			return p.try(p.coop, p.Commission(Of(Lot(p.lychee, "H1"), "1 KGM")))
		}, ledger.Conflict, objects},
		{"a process of several events", func(t *testing.T, p *province) error {
			in := p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, nil)
			out := p.Transform(nil, []trace.Stock{Of(jar(p), "30 KGM")})
			in.Process, out.Process = "urn:x:boil", "urn:x:boil"
			p.Record(p.coop, in)
			if o := p.Record(p.coop, out); len(o.Edges) != 1 || o.Edges[0].From != p.lot {
				t.Errorf("edges %+v", o.Edges)
			}
			return nil
		}, "", ""},
		{"a process does not yield twice", func(t *testing.T, p *province) error {
			in := p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "30 KGM")})
			more := p.Transform(nil, []trace.Stock{Of(Lot(p.jam, "J2"), "30 KGM")})
			in.Process, more.Process = "urn:x:boil", "urn:x:boil"
			p.Record(p.coop, in)
			return p.try(p.coop, more)
		}, ledger.Conflict, objects},
		{"a stranger's process of the same name is another", func(t *testing.T, p *province) error {
			bad := Lot(p.trader.GTIN(1), "BAD")
			p.Record(p.trader, p.Commission(Of(bad, "10 KGM")))
			theirs := p.Transform([]trace.Stock{Of(bad, "10 KGM")}, nil)
			mine := p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jar(p), "30 KGM")})
			theirs.Process, mine.Process = "urn:x:boil", "urn:x:boil"
			p.Record(p.trader, theirs)
			if o := p.Record(p.coop, mine); len(o.Edges) != 1 {
				t.Errorf("edges %+v", o.Edges)
			}
			p.Must(p.Recall(p.trader, bad))
			return p.try(p.coop, p.Ship(p.shop.Place, Of(jar(p), "1 KGM")))
		}, "", ""},
		{"shipping is not part of a transformation", func(t *testing.T, p *province) error {
			f := p.Transform(All(p.lot), nil)
			f.Step = trace.StepShipping
			return p.try(p.coop, f)
		}, ledger.Invalid, "items[0].step"},
	})
}

func TestTransformationBoundsLineage(t *testing.T) {
	p := newProvince(t)
	var in, out []trace.Stock
	for i := range 101 {
		in = append(in, trace.Stock{ID: trace.MustID("urn:x:" + string(rune('a'+i%26)) + Q("1").String() + string(rune('a'+i/26)))})
		out = append(out, trace.Stock{ID: trace.MustID("urn:y:" + string(rune('a'+i%26)) + string(rune('a'+i/26)))})
	}
	p.Refused(p.try(p.coop, p.Transform(in, out)), ledger.TooLarge, "items[0].inputs")
	_, err := p.Capture(p.coop, p.Transform(in[:100], out[:60]), p.Transform(in[:100], out[:60]))
	p.Refused(err, ledger.TooLarge, "items[1].inputs")
}
