package index

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// reachModel is what happened as plain lists.
type reachModel struct {
	edges    []trace.Edge
	recorded map[trace.ID]bool
	made     map[trace.ID][]amount              // by events
	balances map[trace.ID]map[string]seenAmount // the latest, by holder
}

type amount struct {
	kg     int64
	public bool
}

type seenAmount struct {
	holder string
	amount
}

// covered reports whether a recall of a start reaches a thing: the thing, its lot, or
// anything that these were made of or contain, is the start or is of it.
func (m *reachModel) covered(id trace.ID, starts []trace.ID) bool {
	seen := map[trace.ID]bool{}
	var up func(trace.ID) bool
	up = func(id trace.ID) bool {
		if seen[id] {
			return false
		}
		seen[id] = true
		if slices.Contains(starts, id) || slices.Contains(starts, id.Batch()) || slices.Contains(starts, id.Product()) {
			return true
		}
		if id.Serial() != "" && id.Lot() != "" && up(id.Batch()) {
			return true
		}
		return slices.ContainsFunc(m.edges, func(e trace.Edge) bool { return e.To == id && up(e.From) })
	}
	return up(id)
}

// reachWorld are the things of a random history: two products with lots and pieces,
// and containers.
func reachWorld() (things []trace.ID, products []trace.ID) {
	for _, item := range []string{"00012", "00013"} {
		product := trace.MustID("/t/" + string(must(trace.NewCode("VN0N", item))))
		products = append(products, product)
		for l := range 3 {
			lot := must(product.WithLot(fmt.Sprint("L", l)))
			things = append(things, lot)
			for s := range 2 {
				things = append(things, must(lot.WithSerial(fmt.Sprint("S", s))))
			}
		}
		things = append(things, must(product.WithSerial("S9")))
	}
	return append(things, trace.MustID("https://id.gs1.org/00/095212345432101239"), trace.MustID("https://id.gs1.org/00/095212345432101246")), products
}

var reachHolders = []string{coop.String(), shop.String(), "to " + shop.String(), "used", "sold", "destroyed", "handed_over", "lost " + shop.String()}

// TestReachAgainstModel writes random histories and compares what a recall would reach,
// where it is and how much of it was found, with walks over plain lists.
func TestReachAgainstModel(t *testing.T) {
	things, products := reachWorld()
	all := append(slices.Clone(things), products...)
	rapid.Check(t, func(rt *rapid.T) {
		b := newBook("random")
		m := &reachModel{recorded: map[trace.ID]bool{}, made: map[trace.ID][]amount{}, balances: map[trace.ID]map[string]seenAmount{}}
		order := rapid.Permutation(things).Draw(rt, "order") // lineage goes along it, and has no circles
		for i := range rapid.IntRange(1, 60).Draw(rt, "events") {
			a := rapid.SampledFrom([]ledger.Audience{ledger.Public, ledger.Own}).Draw(rt, "audience")
			f := fact(i, a, "")
			var out trace.EventOutcome
			at := rapid.IntRange(0, len(order)-1).Draw(rt, "thing")
			id := order[at]
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				f.Objects = []trace.Stock{{ID: id}}
			case 1:
				n := int64(rapid.IntRange(1, 900).Draw(rt, "kg"))
				f.Action, f.Objects = trace.Add, []trace.Stock{{ID: id}}
				if LevelOf(id) == LevelLot {
					f.Objects[0].Quantity = kg(n)
					m.made[id] = append(m.made[id], amount{n, a == ledger.Public})
				}
			case 2:
				from := order[rapid.IntRange(0, at).Draw(rt, "from")]
				if from == id {
					continue
				}
				e := trace.Edge{Kind: trace.MadeInto, From: from, To: id}
				m.edges, m.recorded[from] = append(m.edges, e), true
				out.Edges = []trace.Edge{e}
				f.Type, f.Action, f.Inputs, f.Outputs = trace.TransformationEvent, "", []trace.Stock{{ID: from}}, []trace.Stock{{ID: id}}
			case 3:
				f.Objects = []trace.Stock{{ID: id}}
				q, n := trace.NewQuantity(1, 0, ""), int64(1)
				if LevelOf(id) == LevelLot {
					n = int64(rapid.IntRange(0, 300).Draw(rt, "have"))
					q = *kg(n)
				} else {
					m.balances[id] = nil // a piece is in one place
				}
				holder := rapid.SampledFrom(reachHolders).Draw(rt, "holder")
				if m.balances[id] == nil {
					for _, h := range reachHolders {
						if h != holder && LevelOf(id) != LevelLot {
							out.Balances = append(out.Balances, trace.Balance{ID: id, Holder: h, Quantity: trace.NewQuantity(0, 0, "")})
						}
					}
					m.balances[id] = map[string]seenAmount{}
				}
				out.Balances = append(out.Balances, trace.Balance{ID: id, Holder: holder, Quantity: q})
				m.balances[id][holder] = seenAmount{holder, amount{n, a == ledger.Public}}
			}
			m.recorded[id] = true
			b.capture(coop, f, out)
		}
		x := openAt(t, t.TempDir())
		defer x.Close()
		follow(t, x, b)
		starts := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 2, rapid.ID[trace.ID]).Draw(rt, "starts")
		for _, operator := range []bool{true, false} {
			got := must(x.Reach(t.Context(), Viewer{Operator: operator}, starts))
			want := map[trace.ID]bool{}
			for _, id := range starts {
				want[id] = true
			}
			for id := range m.recorded {
				if m.covered(id, starts) {
					want[id] = true
				}
			}
			found := map[trace.ID]bool{}
			for _, thing := range got.Things {
				found[thing.ID] = true
				m.check(rt, thing, operator)
			}
			if !maps.Equal(found, want) || len(got.Things) != len(want) || got.Truncated {
				rt.Fatalf("from %v reached %v, want %v", starts, found, want)
			}
			m.checkTotals(rt, got, operator)
		}
	})
}

// check compares where a thing is.
func (m *reachModel) check(rt *rapid.T, thing Reached, operator bool) {
	want := map[Where]int64{}
	made, known := int64(0), false
	for _, a := range m.made[thing.ID] {
		if operator || a.public {
			made, known = made+a.kg, true
		}
	}
	rest := made
	if thing.Level == LevelPiece {
		rest = 1
	}
	seen := false
	for holder, a := range m.balances[thing.ID] {
		if (operator || a.public) && a.kg > 0 {
			w, _ := whereabouts(holder)
			want[w] += a.kg
			rest -= a.kg
			seen = true
		}
	}
	if thing.Level == LevelPiece {
		known = seen
	}
	if known && rest > 0 {
		want[Unseen] += rest
	}
	if known != (thing.Made != nil) {
		rt.Fatalf("%s: made %v, want known %v", thing.ID, thing.Made, known)
	}
	got := map[Where]int64{}
	for w, q := range thing.Where {
		n, ok := new(big.Int).SetString(q.Number(), 10)
		if !ok {
			rt.Fatalf("%s is no whole number", q)
		}
		got[w] = n.Int64()
	}
	if !maps.Equal(got, want) {
		rt.Fatalf("%s is at %v, want %v", thing.ID, got, want)
	}
}

// checkTotals sums what was found up again, by fractions.
func (m *reachModel) checkTotals(rt *rapid.T, r *Reach, operator bool) {
	type sum struct{ made, found big.Rat }
	want := map[trace.Unit]*sum{}
	unknown := 0
	for _, thing := range r.Things {
		if thing.Level != LevelLot && thing.Level != LevelPiece {
			continue
		}
		if thing.Made == nil {
			unknown++
		}
		for w, q := range thing.Where {
			if w == Used {
				continue
			}
			if want[q.Unit()] == nil {
				want[q.Unit()] = &sum{}
			}
			n, _ := new(big.Rat).SetString(q.Number())
			s := want[q.Unit()]
			s.made.Add(&s.made, n)
			if w == InHand || w == Transit || w == Destroyed {
				s.found.Add(&s.found, n)
			}
		}
	}
	totals, missing, err := r.Totals()
	if err != nil || missing != unknown || len(totals) != len(want) {
		rt.Fatalf("totals %v of %d unknown, want %d; %v", totals, missing, unknown, err)
	}
	for _, total := range totals {
		s := want[total.Made.Unit()]
		if total.Made.Number() != s.made.FloatString(0) || total.Found.Number() != s.found.FloatString(0) {
			rt.Fatalf("%s of %s is found, want %s of %s", total.Found, total.Made, &s.found, &s.made)
		}
		share, err := total.Found.Share(total.Made, 1000)
		part := new(big.Rat).Quo(&s.found, &s.made)
		part.Mul(part, big.NewRat(1000, 1))
		if err != nil || share != new(big.Int).Div(part.Num(), part.Denom()).Int64() {
			rt.Fatalf("%s of %s are %d of 1000, %v", total.Found, total.Made, share, err)
		}
	}
}

// TestReachSaysWhere: containers are where their outermost one is, custody ends are
// named, receivers are found also before they act, and what is not to be read is
// counted and tells nothing.
func TestReachSaysWhere(t *testing.T) {
	b := newBook("where")
	crate, pallet := trace.MustID("https://id.gs1.org/00/095212345432101239"), trace.MustID("https://id.gs1.org/00/095212345432101246")
	stranger := trace.MustID("https://id.gs1.org/414/9521234543299")
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(100)), trace.EventOutcome{Balances: []trace.Balance{{ID: lot(1), Holder: coop.String(), Quantity: *kg(100)}}})
	pack := func(n int, a ledger.Audience, what, into trace.ID, balances ...trace.Balance) {
		f := fact(n, a, trace.StepPacking)
		f.Type, f.Action, f.Parent, f.Objects = trace.AggregationEvent, trace.Add, &into, []trace.Stock{{ID: what}}
		b.capture(coop, f, trace.EventOutcome{Edges: []trace.Edge{{Kind: trace.PackedInto, From: what, To: into}}, Balances: balances})
	}
	pack(2, ledger.Public, lot(1), crate, trace.Balance{ID: lot(1), Holder: "in " + crate.String(), Quantity: *kg(60)}, trace.Balance{ID: lot(1), Holder: coop.String(), Quantity: *kg(40)}, trace.Balance{ID: crate, Holder: coop.String(), Quantity: trace.NewQuantity(1, 0, "")})
	pack(3, ledger.Public, crate, pallet, trace.Balance{ID: crate, Holder: coop.String(), Quantity: trace.NewQuantity(0, 0, "")}, trace.Balance{ID: crate, Holder: "in " + pallet.String(), Quantity: trace.NewQuantity(1, 0, "")})
	ship := fact(4, ledger.Public, trace.StepShipping)
	ship.Objects, ship.To = []trace.Stock{{ID: pallet}}, []trace.PartyRef{{Type: trace.PartyPossessing, ID: place}}
	b.capture(coop, ship, trace.EventOutcome{Parties: []ledger.ID{coop, shop}, Balances: []trace.Balance{{ID: pallet, Holder: "to " + shop.String(), Quantity: trace.NewQuantity(1, 0, "")}}})
	hand := fact(5, ledger.Public, trace.StepShipping)
	hand.Objects, hand.To = []trace.Stock{{ID: lot(1), Quantity: kg(15)}}, []trace.PartyRef{{Type: trace.PartyPossessing, ID: stranger}}
	b.capture(coop, hand, trace.EventOutcome{
		Balances: []trace.Balance{{ID: lot(1), Holder: "handed_over", Quantity: *kg(15)}, {ID: lot(1), Holder: coop.String(), Quantity: *kg(25)}},
		Flags:    []trace.Flag{{ID: lot(1), Kind: trace.FlagUnconfirmed, Quantity: kg(15)}},
	})
	made, out := transform(6, ledger.Own, lot(2), lot(1))
	out.Balances = []trace.Balance{{ID: lot(1), Holder: coop.String(), Quantity: *kg(5)}, {ID: lot(1), Holder: "used", Quantity: *kg(20)}, {ID: lot(2), Holder: coop.String(), Quantity: *kg(5)}}
	b.capture(coop, made, out)
	x := indexed(t, b)

	r := must(x.Reach(t.Context(), Viewer{Org: coop}, []trace.ID{lot(1)}))
	want := map[Where]trace.Quantity{InHand: *kg(5), Transit: *kg(60), Handed: *kg(15), Used: *kg(20)}
	if !maps.Equal(r.Things[0].Where, want) || r.Things[0].Made.String() != "100 KGM" || r.Hidden != 0 {
		t.Errorf("%+v, %d hidden", r.Things[0], r.Hidden)
	}
	var ids []trace.ID
	for _, thing := range r.Things {
		ids = append(ids, thing.ID)
	}
	if !slices.Equal(ids, []trace.ID{lot(1), crate, lot(2), pallet}) {
		t.Errorf("reached %v", ids)
	}
	if len(r.Ends) != 1 || r.Ends[0].To != stranger.String() || r.Ends[0].By != coop || r.Ends[0].Quantity.String() != "15 KGM" {
		t.Errorf("ends %+v", r.Ends)
	}
	holding := func(r *Reach, org ledger.ID) []Share {
		i := slices.IndexFunc(r.Parties, func(p ReachedParty) bool { return p.Org == org })
		if i < 0 {
			return nil
		}
		return r.Parties[i].Shares
	}
	if got := holding(r, shop); len(got) != 3 || got[0] != (Share{lot(1), Transit, *kg(60)}) {
		t.Errorf("the shop has %+v", got)
	}
	totals, unknown, err := r.Totals()
	if err != nil || unknown != 0 || len(totals) != 1 || totals[0].Made.String() != "85 KGM" || totals[0].Found.String() != "70 KGM" {
		t.Errorf("%+v, %d unknown, %v", totals, unknown, err)
	}

	r = must(x.Reach(t.Context(), anybody, []trace.ID{lot(1)}))
	if got := r.Things[0].Where; got[Unseen] != *kg(25) || got[Used] != (trace.Quantity{}) || got[InHand] != (trace.Quantity{}) || r.Hidden != 1 {
		t.Errorf("somebody else reads %v, %d hidden", got, r.Hidden)
	}
	if last := r.Things[2]; last.ID != lot(2) || last.Made != nil || last.Where != nil {
		t.Errorf("of a lot made in secret somebody else reads %+v", last)
	}
}
