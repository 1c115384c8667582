package batch_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/epcis"
)

const base = "https://truyxuat.example"

var hanoi = time.FixedZone("", 7*3600)

// coop is a small province: two orchards of a co-op, a distributor, an agency.
type coop struct {
	*World
	*testing.T
	coop, buyer, agency         *Org
	fresh, first, second, boxed trace.ID // products
	orchards                    []trace.Stock
	events                      int
	balances                    map[string]trace.Quantity
}

func newCoop(t *testing.T) *coop {
	w := New(t)
	p := &coop{World: w, T: t, coop: w.Admit("coop", ledger.KindCoop), buyer: w.Admit("buyer", ledger.KindDistributor), agency: w.Admit("agency", ledger.KindAgency), balances: map[string]trace.Quantity{}}
	tree := w.Describe(p.coop, trace.Product{ID: p.coop.Code(1), Unit: "TRE", Perennial: true})
	p.fresh, p.first, p.second = w.Product(p.coop, 1), w.Product(p.coop, 2), w.Product(p.coop, 3)
	p.boxed = w.Describe(p.coop, trace.Product{ID: p.coop.Code(4), Unit: "C62"})
	for _, name := range []string{"V1", "V2"} {
		crop := Lot(tree, name)
		w.Record(p.coop, w.Commission(Of(crop, "120 TRE")))
		p.orchards = append(p.orchards, trace.Stock{ID: crop})
	}
	return p
}

// record is a record of an hour ago, with an identifier of its own.
func (p *coop) record() batch.Record {
	p.events++
	return batch.Record{
		Event: fmt.Sprintf("urn:uuid:10000000-0000-4000-8000-%012d", p.events),
		At:    p.Now.Time().Add(-time.Hour).In(hanoi), Place: p.coop.Place,
	}
}

// written decodes the document that an action is written as.
func (p *coop) written(a batch.Action) []trace.Event {
	p.Helper()
	if err := a.Check(p.Now.Time()); err != nil {
		p.Fatal(err)
	}
	raw, err := batch.Document(base, a)
	if err != nil {
		p.Fatal(err)
	}
	again, err := batch.Document(base, a)
	if err != nil || string(again) != string(raw) {
		p.Errorf("written twice it differs: %s\n%s", raw, again)
	}
	doc, err := epcis.DecodeDocument(raw, epcis.DefaultLimits)
	if err != nil {
		p.Fatalf("%v: %s", err, raw)
	}
	return doc.Events
}

// do records an action by an organisation's member, as capturing does.
func (p *coop) do(o *Org, a batch.Action) ([]trace.EventOutcome, error) {
	p.Helper()
	var facts []trace.Fact
	for _, e := range p.written(a) {
		facts = append(facts, trace.FactOf(&e, CID(e.ID), ledger.Parties))
	}
	out, err := p.Capture(o, facts...)
	for _, e := range out.Events {
		for _, b := range e.Balances {
			p.balances[b.ID.String()+"|"+b.Holder] = b.Quantity
		}
	}
	return out.Events, err
}

func (p *coop) must(o *Org, a batch.Action) []trace.EventOutcome {
	p.Helper()
	out, err := p.do(o, a)
	if err != nil {
		p.Fatalf("%T: %v", a, err)
	}
	return out
}

// has compares what a holder has of a batch, by the last outcome that says so.
func (p *coop) has(id trace.ID, holder, want string) {
	p.Helper()
	if got := p.balances[id.String()+"|"+holder].String(); got != want {
		p.Errorf("%s has %q of %s, want %q", holder, got, id, want)
	}
}

// TestSeason: what is accepted is what the contract records, from the trees to what
// is destroyed, under a company prefix and under register-issued codes.
func TestSeason(t *testing.T) {
	p := newCoop(t)
	me, you := p.coop.Holder(), p.buyer.Holder()
	day, first, second := Lot(p.fresh, "VT260603"), Lot(p.first, "L1"), Lot(p.second, "L2")
	p.must(p.coop, batch.Make{Record: p.record(), Kind: batch.Harvest, In: p.orchards, Out: []trace.Stock{Of(day, "500 KGM")}})
	p.has(day, me, "500 KGM")

	p.must(p.coop, batch.Make{Record: p.record(), Kind: batch.Grade, In: All(day), Out: []trace.Stock{Of(first, "300 KGM"), Of(second, "180 KGM")}})
	p.has(day, me, "0 KGM")
	p.has(first, me, "300 KGM")

	cases, err := batch.Numbered(Lot(p.boxed, "T1"), 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	pallet, err := batch.SSCC(p.coop.Prefix, 1)
	if err != nil {
		t.Fatal(err)
	}
	out := p.must(p.coop, batch.Make{
		Record: p.record(), Kind: batch.PackUp, In: []trace.Stock{Of(first, "50 KGM")}, Out: cases, Into: pallet,
		Label: batch.Label{Net: "5 kg", BestBefore: "2026-06-23"},
	})
	if len(out) != 2 || len(out[1].Edges) != 10 || out[1].Edges[0].Kind != trace.PackedInto {
		t.Errorf("packed: %+v", out)
	}
	p.has(first, me, "250 KGM")

	move := batch.Move{Record: p.record(), Way: batch.Ship, Things: []trace.Stock{{ID: pallet}, Of(second, "100 KGM")}, From: p.coop.Place, To: p.buyer.Place, Site: p.buyer.Place}
	p.must(p.coop, move)
	p.has(second, "to "+you, "100 KGM")
	out = p.must(p.buyer, batch.Move{Record: p.record(), Way: batch.Receive, Things: []trace.Stock{{ID: pallet}, Of(second, "92 KGM")}, From: p.coop.Place, To: p.buyer.Place})
	if f := out[0].Flags; len(f) != 1 || f[0].Kind != trace.FlagDiscrepancy {
		t.Errorf("8 kg are missing, and that is not flagged: %+v", f)
	}
	p.has(second, you, "92 KGM")

	p.must(p.buyer, batch.Pack{Record: p.record(), Container: pallet, Out: true})
	out = p.must(p.buyer, batch.Move{Record: p.record(), Way: batch.HandOver, Things: []trace.Stock{cases[0], Of(second, "2 KGM")}, From: p.buyer.Place})
	if f := out[0].Flags; len(f) != 2 || f[0].Kind != trace.FlagUnconfirmed {
		t.Errorf("nobody confirms it, and that is not flagged: %+v", f)
	}
	p.must(p.buyer, batch.Move{Record: p.record(), Way: batch.Return, Things: []trace.Stock{Of(second, "40 KGM")}, From: p.buyer.Place, To: p.coop.Place})
	p.must(p.coop, batch.Move{Record: p.record(), Way: batch.Receive, Things: All(second), From: p.buyer.Place})
	destroy := batch.Destroy{Record: p.record(), Things: []trace.Stock{Of(second, "50 KGM"), cases[1]}}
	destroy.Note = "dập nát"
	p.must(p.buyer, destroy)
	p.has(second, you, "0 KGM")
	p.has(second, me, "120 KGM")

	crate, err := batch.ContainerCode(p.coop.Issuer, 7)
	if err != nil {
		t.Fatal(err)
	}
	p.must(p.coop, batch.Make{Record: p.record(), Kind: batch.Split, In: All(second), Out: []trace.Stock{Of(Lot(p.second, "L2-A"), "70 KGM"), Of(Lot(p.second, "L2-B"), "50 KGM")}})
	p.must(p.coop, batch.Make{Record: p.record(), Kind: batch.Merge, In: []trace.Stock{Of(Lot(p.second, "L2-A"), "10 KGM"), {ID: Lot(p.second, "L2-B")}}, Out: []trace.Stock{Of(Lot(p.second, "L2-C"), "60 KGM")}})
	p.must(p.coop, batch.Make{Record: p.record(), Kind: batch.Process, In: []trace.Stock{{ID: Lot(p.second, "L2-C")}}, Out: []trace.Stock{Of(Lot(p.first, "M1"), "58 KGM")}})
	p.must(p.coop, batch.Pack{Record: p.record(), Container: crate, Things: []trace.Stock{Of(Lot(p.first, "M1"), "20 KGM")}})
	p.must(p.coop, batch.Count{Record: p.record(), Things: []trace.Stock{Of(Lot(p.first, "M1"), "38 KGM")}})
	p.has(Lot(p.first, "M1"), "in "+crate.String(), "20 KGM")

	p.Must(p.Recall(p.agency, day))
	_, err = p.do(p.coop, batch.Move{Record: p.record(), Way: batch.Ship, Things: All(Lot(p.first, "M1")), To: p.buyer.Place})
	if ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("what came of a recalled lot is shipped: %v", err)
	}
}

// TestWords: events carry what the standard's words, the label and the note say.
func TestWords(t *testing.T) {
	p := newCoop(t)
	at := p.record()
	at.Note = "  hái sáng sớm "
	harvest := p.written(batch.Make{Record: at, Kind: batch.Harvest, In: p.orchards, Out: []trace.Stock{Of(Lot(p.fresh, "VT1"), "12.5 KGM")}, Label: batch.Label{Variety: "Vải thiều"}})[0]
	if harvest.Type != trace.TransformationEvent || harvest.Step != trace.StepHarvesting || harvest.Location != p.coop.Place || harvest.Zone != "+07:00" || harvest.Time != p.Now.Add(-time.Hour) {
		t.Errorf("a harvest: %+v", harvest)
	}
	if !reflect.DeepEqual(harvest.Inputs, p.orchards) || len(harvest.Outputs) != 1 || harvest.Outputs[0].Quantity.String() != "12.5 KGM" {
		t.Errorf("of what, and what: %+v, %+v", harvest.Inputs, harvest.Outputs)
	}
	for name, want := range map[string]string{"cbvmda:lotNumber": `"VT1"`, "cbvmda:harvestStartDate": `"2026-06-03"`, "cbvmda:countryOfOrigin": `"VN"`, "sg:variety": `"Vải thiều"`} {
		if got := string(harvest.ILMD[name]); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	if !strings.Contains(string(harvest.Raw), `"sg:note":"hái sáng sớm"`) {
		t.Errorf("the note: %s", harvest.Raw)
	}

	things := []trace.Stock{Of(Lot(p.fresh, "VT1"), "5 KGM")}
	for _, c := range []struct {
		action            batch.Action
		step, disposition string
		does              trace.Action
	}{
		{batch.Move{Record: at, Way: batch.Ship, Things: things, From: p.coop.Place, To: p.buyer.Place}, "shipping", "in_transit", trace.Observe},
		{batch.Move{Record: at, Way: batch.Return, Things: things, From: p.coop.Place, To: p.buyer.Place}, "shipping", "returned", trace.Observe},
		{batch.Move{Record: at, Way: batch.HandOver, Things: things, From: p.coop.Place}, "shipping", "in_transit", trace.Observe},
		{batch.Move{Record: at, Way: batch.Receive, Things: things, From: p.coop.Place}, "receiving", "in_progress", trace.Observe},
		{batch.Destroy{Record: at, Things: things}, "destroying", "destroyed", trace.Delete},
		{batch.Count{Record: at, Things: things}, "stock_taking", "in_progress", trace.Observe},
		{batch.Pack{Record: at, Things: things, Container: p.coop.SSCC(1)}, "packing", "container_closed", trace.Add},
		{batch.Pack{Record: at, Container: p.coop.SSCC(1), Out: true}, "unpacking", "container_open", trace.Delete},
	} {
		e := p.written(c.action)[0]
		if e.Step != c.step || e.Disposition != c.disposition || e.Action != c.does {
			t.Errorf("%+v is %s %s %s", c.action, e.Action, e.Step, e.Disposition)
		}
	}
	handed := p.written(batch.Move{Record: at, Way: batch.HandOver, Things: things, From: p.coop.Place})[0]
	if len(handed.Destinations) != 1 || !trace.ValidEventID(handed.Destinations[0].ID.String()) {
		t.Errorf("who got it is nobody in particular: %+v", handed.Destinations)
	}
}

func TestCheck(t *testing.T) {
	p := newCoop(t)
	lot, other := Lot(p.fresh, "A"), Lot(p.first, "B")
	r := p.record()
	with := func(change func(*batch.Record)) batch.Record { c := r; change(&c); return c }
	in, out := All(lot), []trace.Stock{Of(other, "5 KGM")}
	two := append([]trace.Stock{Of(Lot(p.fresh, "C"), "1 KGM")}, Of(Lot(p.fresh, "D"), "1 KGM"))
	made := func(k batch.Kind, in, out []trace.Stock) batch.Make {
		return batch.Make{Record: r, Kind: k, In: in, Out: out}
	}
	pieces, err := batch.Numbered(Lot(p.boxed, "T"), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		action batch.Action
		field  string // empty where nothing is wrong
	}{
		{"as it should be", made(batch.Process, in, out), ""},
		{"no identifier", batch.Make{Record: with(func(r *batch.Record) { r.Event = "1" }), Kind: batch.Process, In: in, Out: out}, "event"},
		{"tomorrow", batch.Count{Record: with(func(r *batch.Record) { r.At = r.At.Add(24 * time.Hour) }), Things: in}, "at"},
		{"never", batch.Count{Record: with(func(r *batch.Record) { r.At = time.Time{} }), Things: in}, "at"},
		{"two years ago", batch.Count{Record: with(func(r *batch.Record) { r.At = r.At.AddDate(-2, 0, 0) }), Things: in}, "at"},
		{"a long note", batch.Count{Record: with(func(r *batch.Record) { r.Note = strings.Repeat("ô", batch.MaxNote+1) }), Things: in}, "note"},
		{"an unknown kind", made("cook", in, out), "kind"},
		{"of nothing", made(batch.Process, nil, out), "in"},
		{"of the same twice", made(batch.Process, append(in, in...), out), "in"},
		{"of none of it", made(batch.Process, []trace.Stock{Of(lot, "0 KGM")}, out), "in"},
		{"nothing made", made(batch.Process, in, nil), "out"},
		{"made of itself", made(batch.Process, in, []trace.Stock{Of(lot, "1 KGM")}), "out"},
		{"a product made", made(batch.Process, in, []trace.Stock{Of(p.first, "1 KGM")}), "out"},
		{"no quantity made", made(batch.Process, in, All(other)), "out"},
		{"a quantity of a piece", made(batch.PackUp, in, []trace.Stock{Of(pieces[0].ID, "1")}), "out"},
		{"split", made(batch.Split, in, two), ""},
		{"split into one", made(batch.Split, in, two[:1]), "out"},
		{"split into another product", made(batch.Split, in, append(two[:1:1], out...)), "out"},
		{"split two", made(batch.Split, append(in, trace.Stock{ID: other}), two), "in"},
		{"merge", made(batch.Merge, two, out), ""},
		{"merge one", made(batch.Merge, two[:1], out), "in"},
		{"merge into two", made(batch.Merge, two, append(out, Of(lot, "1 KGM"))), "out"},
		{"harvest", made(batch.Harvest, p.orchards, out), ""},
		{"half an orchard", made(batch.Harvest, []trace.Stock{Of(p.orchards[0].ID, "60 TRE")}, out), "in"},
		{"packed at once", batch.Make{Record: r, Kind: batch.PackUp, In: in, Out: pieces, Into: p.coop.SSCC(1)}, ""},
		{"packed into a lot", batch.Make{Record: r, Kind: batch.PackUp, In: in, Out: pieces, Into: lot}, "into"},
		{"best before soon", batch.Make{Record: r, Kind: batch.PackUp, In: in, Out: pieces, Label: batch.Label{BestBefore: "soon"}}, "best_before"},
		{"pack", batch.Pack{Record: r, Container: p.coop.SSCC(1), Things: pieces}, ""},
		{"pack nothing", batch.Pack{Record: r, Container: p.coop.SSCC(1)}, "things"},
		{"pack into nothing", batch.Pack{Record: r, Things: pieces}, "into"},
		{"pack into itself", batch.Pack{Record: r, Container: pieces[0].ID, Things: pieces}, "into"},
		{"unpack all", batch.Pack{Record: r, Container: p.coop.SSCC(1), Out: true}, ""},
		{"unpack nothing", batch.Pack{Record: r, Out: true}, "into"},
		{"ship to nobody", batch.Move{Record: r, Way: batch.Ship, Things: in}, "to"},
		{"ship to oneself", batch.Move{Record: r, Way: batch.Ship, Things: in, From: p.coop.Place, To: p.coop.Place}, "to"},
		{"ship nothing", batch.Move{Record: r, Way: batch.Ship, To: p.buyer.Place}, "things"},
		{"hand over to somebody known", batch.Move{Record: r, Way: batch.HandOver, Things: in, To: p.buyer.Place}, "to"},
		{"an unknown way", batch.Move{Record: r, Way: "throw", Things: in, To: p.buyer.Place}, "way"},
		{"receive from oneself", batch.Move{Record: r, Way: batch.Receive, Things: in, From: p.coop.Place, To: p.coop.Place}, "to"},
		{"destroy for no reason", batch.Destroy{Record: r, Things: in}, "note"},
		{"destroy nothing", batch.Destroy{Record: with(func(r *batch.Record) { r.Note = "x" })}, "things"},
	} {
		err := c.action.Check(p.Now.Time())
		var said *ledger.Error
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.field != "" && (!errors.As(err, &said) || said.Field != c.field || said.Code != ledger.Invalid):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
