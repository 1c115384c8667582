package traceability_test

import (
	"maps"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// balances is the state without the records of events.
func (p *province) balances() map[string]string {
	s := p.State()
	maps.DeleteFunc(s, traceability.Remains)
	return s
}

func diff(before, after map[string]string) string {
	s := ""
	for k, v := range after {
		if before[k] != v {
			s += "\n" + k + ": " + before[k] + " -> " + v
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			s += "\n" + k + " is gone"
		}
	}
	return s
}

func TestCorrectionRestores(t *testing.T) {
	p := newProvince(t)
	jar, box := Piece(p.jam, "1"), p.coop.SSCC(1)
	proc := func(f trace.Fact) trace.Fact { f.Process = "urn:x:boil"; return f }
	for _, step := range []struct {
		by *Org
		f  trace.Fact
	}{
		{p.coop, p.Commission(Of(Lot(p.lychee, "L2"), "10 KGM"), Of(p.lot, "7 KGM"), trace.Stock{ID: jar})},
		{p.coop, p.Transform([]trace.Stock{Of(p.lot, "20 KGM"), {ID: p.plot}}, []trace.Stock{Of(Lot(p.jam, "J1"), "10 KGM")})},
		{p.coop, proc(p.Transform([]trace.Stock{Of(p.lot, "20 KGM")}, nil))},
		{p.coop, proc(p.Transform([]trace.Stock{Of(p.lot, "5 KGM")}, []trace.Stock{Of(Lot(p.jam, "J2"), "10 KGM")}))},
		{p.coop, p.Pack(box, trace.Stock{ID: jar}, Of(p.lot, "20 KGM"))},
		{p.coop, p.Pack(box, Of(p.lot, "1 KGM"))},
		{p.coop, p.Unpack(box, Of(p.lot, "6 KGM"))},
		{p.coop, p.Ship(p.shop.Place, All(box)...)},
		{p.coop, p.Ship(p.shop.Place, Of(p.lot, "40 KGM"))},
		{p.shop, p.Receive(All(box)...)},
		{p.shop, p.Receive(Of(p.lot, "30 KGM"))},
		{p.shop, p.Unpack(box)},
		{p.shop, p.Sell(trace.Stock{ID: jar}, Of(p.lot, "50 KGM"))},
		{p.shop, p.Destroy(All(box)...)},
	} {
		before := p.balances()
		p.Record(step.by, step.f)
		if out := p.Record(step.by, p.Wrong(step.f)); out.Voids != step.f.Event {
			t.Errorf("voids %q", out.Voids)
		}
		if d := diff(before, p.balances()); d != "" {
			t.Fatalf("%s %s: the correction left%s", step.f.Step, step.f.Type, d)
		}
		again := step.f // the corrected event has a name of its own
		again.Event += "0"
		p.Record(step.by, again)
	}
}

func TestErrorDeclaration(t *testing.T) {
	sale := func(p *province) trace.Fact {
		f := p.Sell(Of(p.lot, "10 KGM"))
		p.Record(p.coop, f)
		return f
	}
	run(t, []row{
		{"by another organisation", func(t *testing.T, p *province) error {
			return p.try(p.shop, p.Wrong(sale(p)))
		}, ledger.Forbidden, "items[0].error"},
		{"by another member of the organisation", func(t *testing.T, p *province) error {
			f := sale(p)
			_, err := p.CaptureBy(p.Enrol(p.coop, "clerk", ledger.RoleRecorder), p.Wrong(f))
			return err
		}, "", ""},
		{"twice is a duplicate", func(t *testing.T, p *province) error {
			f := sale(p)
			p.Record(p.coop, p.Wrong(f))
			if out := p.Record(p.coop, p.Wrong(f)); !out.Duplicate {
				t.Error("no duplicate")
			}
			p.has(t, p.lot, p.coop.Holder(), "100 KGM")
			return nil
		}, "", ""},
		{"the event again after it is a duplicate", func(t *testing.T, p *province) error {
			f := sale(p)
			p.Record(p.coop, p.Wrong(f))
			if out := p.Record(p.coop, f); !out.Duplicate {
				t.Error("no duplicate")
			}
			p.has(t, p.lot, p.coop.Holder(), "100 KGM")
			return nil
		}, "", ""},
		{"with another content", func(t *testing.T, p *province) error {
			f := sale(p)
			f.Objects = []trace.Stock{Of(p.lot, "90 KGM")}
			return p.try(p.coop, p.Wrong(f))
		}, ledger.Conflict, "items[0].event"},
		{"of an event that was not recorded", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"))
			p.Record(p.coop, p.Wrong(f))
			if out := p.Record(p.coop, f); !out.Duplicate {
				t.Error("it is wrong from the start")
			}
			return nil
		}, "", ""},
		{"of an event that another organisation will record", func(t *testing.T, p *province) error {
			f := p.Sell(Of(p.lot, "10 KGM"))
			p.Record(p.trader, p.Wrong(f))
			if out := p.Record(p.coop, f); out.Duplicate {
				t.Error("a stranger made it wrong")
			}
			p.has(t, p.lot, "sold", "10 KGM")
			return nil
		}, "", ""},
	})
}

func TestBlockedUntilCorrected(t *testing.T) {
	p := newProvince(t)
	lot := Lot(p.lychee, "L2")
	made := p.Commission(Of(lot, "100 KGM"))
	shipped := p.Ship(p.shop.Place, Of(lot, "80 KGM"))
	p.Record(p.coop, made)
	p.Record(p.coop, shipped)
	p.Record(p.shop, p.Receive(Of(lot, "80 KGM")))

	p.wantFlags(t, p.Record(p.coop, p.Wrong(made)), "blocked ")
	p.has(t, lot, p.coop.Holder(), "-80 KGM")
	p.Refused(p.try(p.shop, p.Sell(Of(lot, "1 KGM"))), ledger.Conflict, objects)
	p.Refused(p.try(p.coop, p.Ship(p.shop.Place, Of(lot, "1 KGM"))), ledger.Conflict, objects)

	p.wantFlags(t, p.Record(p.coop, p.Commission(Of(lot, "70 KGM"))), "")
	p.wantFlags(t, p.Record(p.coop, p.Commission(Of(lot, "10 KGM"))), "unblocked ")
	p.Record(p.shop, p.Sell(Of(lot, "1 KGM")))

	// A shipment that was declared wrong after it was received is made good by the
	// corrected one, although the lot is blocked.
	p.wantFlags(t, p.Record(p.coop, p.Wrong(shipped)), "blocked ")
	p.Refused(p.try(p.shop, p.Sell(Of(lot, "1 KGM"))), ledger.Conflict, objects)
	p.Refused(p.try(p.coop, p.Ship(p.trader.Place, Of(lot, "1 KGM"))), ledger.Conflict, objects)
	p.wantFlags(t, p.Record(p.coop, p.Ship(p.shop.Place, Of(lot, "80 KGM"))), "unblocked ")
	p.Record(p.shop, p.Sell(All(lot)...))
}

func TestCorrectionOfOneOfTwoParts(t *testing.T) {
	p := newProvince(t)
	p.Record(p.coop, p.Commission(Of(p.lot, "20 KGM")))
	p.Record(p.coop, p.Wrong(p.made))
	p.has(t, p.lot, p.coop.Holder(), "20 KGM")
	p.Record(p.coop, p.Ship(p.shop.Place, All(p.lot)...)) // the other part stands
}

// TestMadeAnew: who makes a lot anew has what is left from before, also when the
// account of its first maker left no trace.
func TestMadeAnew(t *testing.T) {
	p := newProvince(t)
	lot := Lot(p.lychee, "L2")
	made, shipped := p.Commission(Of(lot, "100 KGM")), p.Ship(p.house.Place, Of(lot, "50 KGM"))
	p.Record(p.coop, made)
	p.Record(p.coop, shipped)
	p.Record(p.house, p.Receive(All(lot)...))
	p.Record(p.coop, p.Wrong(shipped))
	p.has(t, lot, p.coop.Holder(), "100 KGM")
	p.Record(p.coop, p.Wrong(made))
	p.has(t, lot, p.coop.Holder(), "")
	p.has(t, lot, p.house.Holder(), "50 KGM")

	again := p.Commission(Of(lot, "30 KGM"))
	p.Record(p.house, again)
	p.has(t, lot, p.house.Holder(), "80 KGM")
	p.Record(p.house, p.Wrong(again))
	p.has(t, lot, p.house.Holder(), "50 KGM")
}

func TestCorrectionFollowsLineage(t *testing.T) {
	p := newProvince(t)
	jam, other := Lot(p.jam, "J1"), Lot(p.lychee, "L2")
	wrong := p.Transform([]trace.Stock{Of(p.lot, "60 KGM")}, []trace.Stock{Of(jam, "30 KGM")})
	p.Record(p.coop, wrong)
	p.Record(p.coop, p.Commission(Of(other, "60 KGM")))
	p.Record(p.coop, p.Wrong(wrong))
	p.Record(p.coop, p.Transform([]trace.Stock{Of(other, "60 KGM")}, []trace.Stock{Of(jam, "30 KGM")}))
	p.Must(p.Recall(p.coop, p.lot)) // no longer an ancestor
	p.Record(p.coop, p.Ship(p.shop.Place, Of(jam, "1 KGM")))
	p.Must(p.Recall(p.coop, other))
	p.Refused(p.try(p.coop, p.Ship(p.shop.Place, Of(jam, "1 KGM"))), ledger.Conflict, objects)
}

func TestCustodyInDoubt(t *testing.T) {
	p := newProvince(t)
	jar := Piece(p.jam, "1")
	made, shipped := p.Commission(All(jar)...), p.Ship(p.shop.Place, All(jar)...)
	p.Record(p.coop, made)
	p.Record(p.coop, shipped)
	p.Record(p.shop, p.Receive(All(jar)...))

	p.wantFlags(t, p.Record(p.coop, p.Wrong(shipped)), "blocked ")
	p.Refused(p.try(p.shop, p.Sell(All(jar)...)), ledger.Conflict, objects)
	p.Record(p.coop, p.Observe(trace.StepInspecting, All(jar)...)) // the owner of the product does not have it
	p.Refused(p.try(p.shop, p.Sell(All(jar)...)), ledger.Conflict, objects)
	seen := p.Observe(trace.StepInspecting, All(jar)...)
	p.wantFlags(t, p.Record(p.shop, seen), "unblocked ")
	p.wantFlags(t, p.Record(p.shop, p.Wrong(seen)), "blocked ")
	p.Record(p.shop, p.Observe(trace.StepInspecting, All(jar)...))

	// The commissioning is wrong too; the corrected one leaves the piece where it is.
	p.wantFlags(t, p.Record(p.coop, p.Wrong(made)), "blocked ")
	p.wantFlags(t, p.Record(p.coop, p.Commission(All(jar)...)), "unblocked ")
	p.Record(p.shop, p.Sell(All(jar)...))
}
