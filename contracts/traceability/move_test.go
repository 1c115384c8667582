package traceability_test

import (
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestShipping(t *testing.T) {
	run(t, []row{
		{"to a place of another organisation", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Ship(p.shop.Place, Of(p.lot, "40 KGM")))
			p.has(t, p.lot, p.coop.Holder(), "60 KGM")
			if last := out.Balances[len(out.Balances)-1]; last.Holder != "to "+p.shop.Holder() || last.Quantity != Q("40 KGM") {
				t.Errorf("balance %+v", last)
			}
			if len(out.Parties) != 2 || out.Parties[1] != p.shop.OrgID() {
				t.Errorf("parties %v", out.Parties)
			}
			return nil
		}, "", ""},
		{"without a receiver", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Observe(trace.StepShipping, Of(p.lot, "40 KGM")))
		}, ledger.Invalid, "items[0].to"},
		{"by somebody who has nothing of it", func(t *testing.T, p *province) error {
			return p.try(p.trader, p.Ship(p.shop.Place, Of(p.lot, "40 KGM")))
		}, ledger.Forbidden, objects},
		{"by the owner of the product who no longer has it", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Ship(p.shop.Place, All(p.lot)...))
			return p.try(p.coop, p.Ship(p.trader.Place, Of(p.lot, "1 KGM")))
		}, ledger.Conflict, objects},
		{"nothing", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Ship(p.shop.Place, Of(p.lot, "0 KGM")))
		}, ledger.Invalid, "items[0].qty"},
		{"a kind of thing by its owner", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Ship(p.shop.Place, Of(p.lychee, "1 KGM")))
		}, "", ""},
		{"a kind of thing by a stranger", func(t *testing.T, p *province) error {
			return p.try(p.trader, p.Ship(p.shop.Place, Of(p.lychee, "1 KGM")))
		}, ledger.Forbidden, objects},
		{"a delete event with the step of shipping ships", func(t *testing.T, p *province) error {
			f := p.Ship(p.shop.Place, All(p.lot)...)
			f.Action = trace.Delete
			p.Record(p.coop, f)
			p.has(t, p.lot, "destroyed", "")
			return nil
		}, "", ""},
		{"to the shipper's own place moves nothing", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Ship(p.coop.Place, All(p.lot)...))
			p.has(t, p.lot, p.coop.Holder(), "100 KGM")
			p.wantFlags(t, out, "")
			return nil
		}, "", ""},
		{"to a receiver without an account", func(t *testing.T, p *province) error {
			out := p.Record(p.coop, p.Ship(trace.MustID("urn:x:uncle-ba"), All(p.lot)...))
			p.wantFlags(t, out, "unconfirmed ")
			p.has(t, p.lot, "handed_over", "100 KGM")
			p.has(t, p.lot, p.coop.Holder(), "0 KGM")
			return nil
		}, "", ""},
		{"two senders to one receiver add up", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Ship(p.trader.Place, Of(p.lot, "30 KGM")))
			p.Record(p.trader, p.Receive(All(p.lot)...))
			p.Record(p.coop, p.Ship(p.shop.Place, Of(p.lot, "5 KGM")))
			out := p.Record(p.trader, p.Ship(p.shop.Place, Of(p.lot, "7 KGM")))
			if last := out.Balances[len(out.Balances)-1]; last.Quantity != Q("12 KGM") {
				t.Errorf("balance %+v", last)
			}
			return nil
		}, "", ""},
	})
}

func TestReceiving(t *testing.T) {
	shipped := func(p *province, q string) {
		p.Record(p.coop, p.Ship(p.shop.Place, Of(p.lot, q)))
	}
	run(t, []row{
		{"by the one named", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			out := p.Record(p.shop, p.Receive(Of(p.lot, "40 KGM")))
			p.wantFlags(t, out, "")
			p.has(t, p.lot, p.shop.Holder(), "40 KGM")
			return nil
		}, "", ""},
		{"by somebody else", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			return p.try(p.trader, p.Receive(Of(p.lot, "40 KGM")))
		}, ledger.Forbidden, objects},
		{"what was not shipped", func(t *testing.T, p *province) error {
			return p.try(p.shop, p.Receive(Of(p.lot, "40 KGM")))
		}, ledger.Forbidden, objects},
		{"less is a discrepancy", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			out := p.Record(p.shop, p.Receive(Of(p.lot, "38 KGM")))
			p.wantFlags(t, out, "discrepancy ")
			if f := out.Flags[0]; *f.Quantity != Q("38 KGM") || *f.Want != Q("40 KGM") {
				t.Errorf("flag %s of %s", f.Quantity, f.Want)
			}
			p.has(t, p.lot, p.shop.Holder(), "38 KGM")
			p.has(t, p.lot, "lost "+p.shop.Holder(), "2 KGM")
			return nil
		}, "", ""},
		{"the rest comes after all", func(t *testing.T, p *province) error {
			shipped(p, "20 KGM")
			shipped(p, "20 KGM")
			p.Record(p.shop, p.Receive(Of(p.lot, "20 KGM")))
			out := p.Record(p.shop, p.Receive(Of(p.lot, "20 KGM")))
			p.wantFlags(t, out, "")
			p.has(t, p.lot, p.shop.Holder(), "40 KGM")
			p.has(t, p.lot, "lost "+p.shop.Holder(), "0 KGM")
			return nil
		}, "", ""},
		{"nothing of it arrives", func(t *testing.T, p *province) error {
			shipped(p, "20 KGM")
			p.Record(p.shop, p.Receive(Of(p.lot, "0 KGM")))
			p.has(t, p.lot, "lost "+p.shop.Holder(), "20 KGM")
			return nil
		}, "", ""},
		{"more than was shipped, within the cap", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			out := p.Record(p.shop, p.Receive(Of(p.lot, "44 KGM")))
			p.wantFlags(t, out, "discrepancy over ")
			p.has(t, p.lot, p.shop.Holder(), "44 KGM")
			p.has(t, p.lot, "over", "-4 KGM")
			return nil
		}, "", ""},
		{"more than was shipped, beyond the cap", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			return p.try(p.shop, p.Receive(Of(p.lot, "44.1 KGM")))
		}, ledger.Conflict, objects},
		{"again is an observation", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			p.Record(p.shop, p.Receive(Of(p.lot, "40 KGM")))
			p.Record(p.shop, p.Receive(Of(p.lot, "40 KGM")))
			p.has(t, p.lot, p.shop.Holder(), "40 KGM")
			return nil
		}, "", ""},
		{"from the sender named alone", func(t *testing.T, p *province) error {
			shipped(p, "40 KGM")
			p.Record(p.coop, p.Ship(p.trader.Place, Of(p.lot, "30 KGM")))
			p.Record(p.trader, p.Receive(All(p.lot)...))
			p.Record(p.trader, p.Ship(p.shop.Place, Of(p.lot, "30 KGM")))
			f := p.Receive(Of(p.lot, "30 KGM"))
			f.From = []trace.PartyRef{{Type: trace.PartyPossessing, ID: p.trader.Place}}
			out := p.Record(p.shop, f)
			p.wantFlags(t, out, "")
			p.has(t, p.lot, ">"+p.shop.Holder()+"|"+p.coop.Holder(), "40 KGM")
			return nil
		}, "", ""},
		{"a piece", func(t *testing.T, p *province) error {
			jar := Piece(p.jam, "1")
			p.Record(p.coop, p.Commission(All(jar)...))
			p.Record(p.coop, p.Ship(p.shop.Place, All(jar)...))
			p.Refused(p.try(p.trader, p.Receive(All(jar)...)), ledger.Forbidden, objects)
			p.Record(p.shop, p.Receive(All(jar)...))
			return p.try(p.shop, p.Sell(All(jar)...))
		}, "", ""},
		{"a piece that was never made", func(t *testing.T, p *province) error {
			return p.try(p.shop, p.Receive(All(Piece(p.jam, "1"))...))
		}, ledger.Forbidden, objects},
	})
}

func TestContainers(t *testing.T) {
	jar := func(p *province) trace.ID {
		p.Record(p.coop, p.Commission(All(Piece(p.jam, "1"))...))
		return Piece(p.jam, "1")
	}
	foreign := trace.MustID("https://id.gs1.org/00/388888888888888885")
	run(t, []row{
		{"container in container, shipped, received, unpacked", func(t *testing.T, p *province) error {
			box, pallet, j := p.coop.SSCC(1), p.coop.SSCC(2), jar(p)
			p.Record(p.coop, p.Pack(box, Of(p.lot, "40 KGM"), trace.Stock{ID: j}))
			p.Record(p.coop, p.Pack(pallet, All(box)...))
			p.Record(p.coop, p.Ship(p.shop.Place, All(pallet)...))
			p.Refused(p.try(p.coop, p.Unpack(pallet)), ledger.Forbidden, "items[0].parent")
			p.Record(p.shop, p.Receive(All(pallet, j)...))
			p.Refused(p.try(p.shop, p.Sell(All(j)...)), ledger.Conflict, objects)
			p.Record(p.shop, p.Unpack(pallet))
			p.Record(p.shop, p.Unpack(box, Of(p.lot, "15 KGM")))
			p.has(t, p.lot, p.shop.Holder(), "15 KGM")
			p.has(t, p.lot, "in "+box.String(), "25 KGM")
			p.Record(p.shop, p.Unpack(box))
			p.has(t, p.lot, p.shop.Holder(), "40 KGM")
			return p.try(p.shop, p.Sell(trace.Stock{ID: j}, Of(p.lot, "40 KGM")))
		}, "", ""},
		{"a child in two parents", func(t *testing.T, p *province) error {
			j := jar(p)
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), All(j)...))
			return p.try(p.coop, p.Pack(p.coop.SSCC(2), All(j)...))
		}, ledger.Conflict, objects},
		{"into itself", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Pack(p.coop.SSCC(1), All(p.coop.SSCC(1))...))
		}, ledger.Conflict, objects},
		{"into what it holds", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "1 KGM")))
			p.Record(p.coop, p.Pack(p.coop.SSCC(2), All(p.coop.SSCC(1))...))
			return p.try(p.coop, p.Pack(p.coop.SSCC(1), All(p.coop.SSCC(2))...))
		}, ledger.Forbidden, "items[0].parent"},
		{"more than there is", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "111 KGM")))
		}, ledger.Conflict, objects},
		{"into a stranger's new container", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Pack(p.shop.SSCC(1), Of(p.lot, "1 KGM")))
		}, ledger.Forbidden, "items[0].parent"},
		{"into a container that somebody else has", func(t *testing.T, p *province) error {
			p.Record(p.shop, p.Pack(p.shop.SSCC(1)))
			return p.try(p.coop, p.Pack(p.shop.SSCC(1), Of(p.lot, "1 KGM")))
		}, ledger.Forbidden, "items[0].parent"},
		{"into a lot", func(t *testing.T, p *province) error {
			return p.try(p.coop, p.Pack(Lot(p.jam, "J1"), Of(p.lot, "1 KGM")))
		}, ledger.Invalid, "items[0].parent"},
		{"out of it what is not in it", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "1 KGM")))
			return p.try(p.coop, p.Unpack(p.coop.SSCC(1), All(Piece(p.jam, "7"))...))
		}, ledger.Conflict, objects},
		{"out of it more than is in it", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "1 KGM")))
			return p.try(p.coop, p.Unpack(p.coop.SSCC(1), Of(p.lot, "1.1 KGM")))
		}, ledger.Conflict, objects},
		{"out of a stranger's", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "1 KGM")))
			return p.try(p.shop, p.Unpack(p.coop.SSCC(1)))
		}, ledger.Forbidden, "items[0].parent"},
		{"a container of nobody's prefix is followed", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(foreign, Of(p.lot, "10 KGM")))
			out := p.Record(p.coop, p.Ship(p.shop.Place, All(foreign)...))
			if !out.Managed {
				t.Error("it holds managed goods, and so it is under the rules")
			}
			p.Refused(p.try(p.coop, p.Unpack(foreign)), ledger.Forbidden, "items[0].parent")
			p.Record(p.shop, p.Receive(All(foreign)...))
			p.Record(p.shop, p.Unpack(foreign))
			p.has(t, p.lot, p.shop.Holder(), "10 KGM")
			return nil
		}, "", ""},
		{"and does not carry what is recalled", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(foreign, Of(p.lot, "10 KGM")))
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.coop, p.Ship(p.shop.Place, All(foreign)...))
		}, ledger.Conflict, objects},
		{"shipped as an aggregation, with its children named", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "10 KGM")))
			f := p.Pack(p.coop.SSCC(1), Of(p.lot, "10 KGM"))
			f.Action, f.Step = trace.Observe, trace.StepShipping
			f.To = []trace.PartyRef{{Type: trace.PartyOwning, ID: p.shop.Place}}
			p.Record(p.coop, f)
			return p.try(p.shop, p.Receive(All(p.coop.SSCC(1))...))
		}, "", ""},
		{"shipped with children that are not in it", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), Of(p.lot, "10 KGM")))
			f := p.Pack(p.coop.SSCC(1), All(Piece(p.jam, "1"))...)
			f.Action, f.Step = trace.Observe, trace.StepShipping
			f.To = []trace.PartyRef{{Type: trace.PartyOwning, ID: p.shop.Place}}
			return p.try(p.coop, f)
		}, ledger.Conflict, objects},
		{"packing that says it ships", func(t *testing.T, p *province) error {
			f := p.Pack(p.coop.SSCC(1), Of(p.lot, "10 KGM"))
			f.Step = trace.StepShipping
			return p.try(p.coop, f)
		}, ledger.Invalid, "items[0].step"},
		{"children without a parent, by a stranger", func(t *testing.T, p *province) error {
			f := p.Unpack(p.coop.SSCC(1), All(p.lot)...)
			f.Parent = nil
			return p.try(p.trader, f)
		}, ledger.Forbidden, objects},
	})
}

func TestNestingIsBounded(t *testing.T) {
	p := newProvince(t)
	p.Record(p.coop, p.Pack(p.coop.SSCC(0), Of(p.lot, "1 KGM")))
	for n := range 20 {
		p.Record(p.coop, p.Pack(p.coop.SSCC(n+1), All(p.coop.SSCC(n))...))
	}
	p.Refused(p.try(p.coop, p.Observe("storing", All(p.coop.SSCC(0))...)), ledger.TooLarge, objects)
}

func TestRecall(t *testing.T) {
	jam := func(p *province) trace.ID {
		id := Lot(p.jam, "J1")
		p.Record(p.coop, p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(id, "30 KGM")}))
		return id
	}
	jar := func(p *province) trace.ID { // a piece of that lot
		id := Piece(jam(p), "1")
		p.Record(p.coop, p.Commission(All(id)...))
		return id
	}
	ship := func(p *province, id trace.ID) error { return p.try(p.coop, p.Ship(p.shop.Place, All(id)...)) }
	run(t, []row{
		{"a lot is not shipped", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return ship(p, p.lot)
		}, ledger.Conflict, objects},
		{"nor transformed", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.coop, p.Transform(All(p.lot), nil))
		}, ledger.Conflict, objects},
		{"nor sold", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.coop, p.Sell(All(p.lot)...))
		}, ledger.Conflict, objects},
		{"nor handed over", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.coop, p.Ship(trace.MustID("urn:x:uncle-ba"), All(p.lot)...))
		}, ledger.Conflict, objects},
		{"but destroyed", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.coop, p.Destroy(All(p.lot)...))
		}, "", ""},
		{"and moved between one's own places", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.coop, p.Ship(p.coop.Place, All(p.lot)...))
		}, "", ""},
		{"and received, since it is under way", func(t *testing.T, p *province) error {
			p.Must(ship(p, p.lot))
			p.Must(p.Recall(p.coop, p.lot))
			return p.try(p.shop, p.Receive(All(p.lot)...))
		}, "", ""},
		{"a product stops its lots", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lychee))
			return ship(p, p.lot)
		}, ledger.Conflict, objects},
		{"an ancestor stops what was made of it", func(t *testing.T, p *province) error {
			j := jam(p)
			p.Must(p.Recall(p.coop, p.lot))
			return ship(p, j)
		}, ledger.Conflict, objects},
		{"an ancestor's product stops a piece of a lot that was made of it", func(t *testing.T, p *province) error {
			j := jar(p)
			p.Must(p.Recall(p.coop, p.lychee))
			return ship(p, j)
		}, ledger.Conflict, objects},
		{"what is in a container stops it", func(t *testing.T, p *province) error {
			p.Record(p.coop, p.Pack(p.coop.SSCC(1), All(jar(p))...))
			p.Record(p.coop, p.Pack(p.coop.SSCC(2), All(p.coop.SSCC(1))...))
			p.Must(p.Recall(p.agency, p.lot))
			return ship(p, p.coop.SSCC(2))
		}, ledger.Conflict, objects},
		{"through a process of several events", func(t *testing.T, p *province) error {
			in, out := p.Transform([]trace.Stock{Of(p.lot, "10 KGM")}, nil), p.Transform(nil, []trace.Stock{Of(Lot(p.jam, "J1"), "5 KGM")})
			in.Process, out.Process = "urn:x:1", "urn:x:1"
			_, err := p.Capture(p.coop, in, out)
			p.Must(err)
			p.Must(p.Recall(p.coop, p.lot))
			return ship(p, Lot(p.jam, "J1"))
		}, ledger.Conflict, objects},
		{"one transaction does not ship first and look later", func(t *testing.T, p *province) error {
			clean := Lot(p.lychee, "L2")
			p.Record(p.coop, p.Commission(Of(clean, "10 KGM")))
			p.Must(p.Recall(p.coop, p.lot))
			box := p.coop.SSCC(1)
			return p.try(p.coop,
				p.Pack(box, All(clean)...), p.Ship(p.coop.Place, All(box)...), p.Pack(box, Of(p.lot, "1 KGM")), p.Ship(p.shop.Place, All(box)...))
		}, ledger.Conflict, "items[3].objects"},
		{"a piece alone", func(t *testing.T, p *province) error {
			j := jar(p)
			p.Must(p.Recall(p.coop, j))
			p.Refused(ship(p, j), ledger.Conflict, objects)
			return ship(p, Lot(p.jam, "J1"))
		}, "", ""},
		{"lifted", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			p.Must(p.Lift(p.coop, p.lot))
			return ship(p, p.lot)
		}, "", ""},
		{"lifted by one of two", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			p.Must(p.Recall(p.agency, p.lot))
			p.Must(p.Lift(p.coop, p.lot))
			return ship(p, p.lot)
		}, ledger.Conflict, objects},
		{"by an agency", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.agency, p.lot))
			return ship(p, p.lot)
		}, ledger.Conflict, objects},
		{"an agency's is not lifted by the owner", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.agency, p.lot))
			return p.Lift(p.coop, p.lot)
		}, ledger.Conflict, "items[0].target"},
		{"by a stranger", func(t *testing.T, p *province) error {
			return p.Recall(p.trader, p.lot)
		}, ledger.Forbidden, "items[0].target"},
		{"twice", func(t *testing.T, p *province) error {
			p.Must(p.Recall(p.coop, p.lot))
			return p.Recall(p.coop, p.lot)
		}, ledger.Conflict, "items[0].target"},
		{"of what is not on the register", func(t *testing.T, p *province) error {
			return p.Recall(p.agency, trace.MustID("urn:x:1"))
		}, ledger.NotFound, "items[0].target"},
	})
}
