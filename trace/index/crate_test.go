package index

import (
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestEmptiedCrate: a crate is recalled as long as something recalled is in it, and
// what it once held stays in its journey.
func TestEmptiedCrate(t *testing.T) {
	b := newBook("crate")
	crate := trace.MustID("https://id.gs1.org/8003/09521234543213A")
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(10)), trace.EventOutcome{Balances: []trace.Balance{{ID: lot(1), Holder: coop.String(), Quantity: *kg(10)}}})
	move := func(n int, what trace.ID, a trace.Action, in, out int64) {
		f := fact(n, ledger.Public, trace.StepPacking)
		f.Type, f.Action, f.Parent, f.Objects = trace.AggregationEvent, a, &crate, []trace.Stock{{ID: what, Quantity: kg(10)}}
		o := trace.EventOutcome{Balances: []trace.Balance{{ID: what, Holder: "in " + crate.String(), Quantity: *kg(in)}, {ID: what, Holder: coop.String(), Quantity: *kg(out)}}}
		if a == trace.Add {
			o.Edges = []trace.Edge{{Kind: trace.PackedInto, From: what, To: crate, Quantity: kg(10)}}
		}
		b.capture(coop, f, o)
	}
	x := openAt(t, t.TempDir())
	defer x.Close()
	recalled := func() bool {
		t.Helper()
		follow(t, x, b)
		page := must(x.Passport(t.Context(), anybody, crate))
		if !slices.ContainsFunc(page.Journey, func(s Step) bool { return s.Fact.Step == trace.StepCommissioning }) {
			t.Error("what it held has no part in its journey")
		}
		g := must(x.Trace(t.Context(), anybody, crate, Up, Limits{Details: true}))
		now := len(page.Batch.Recalls) > 0
		if one := must(x.Batch(t.Context(), anybody, crate)); len(one.Recalls) > 0 != now || g.Nodes[0].Recalled != now {
			t.Errorf("the page says %v, the batch %v, the lineage %v", now, len(one.Recalls) > 0, g.Nodes[0].Recalled)
		}
		return now
	}
	move(2, lot(1), trace.Add, 10, 0)
	b.recall(coop, trace.Recall{Target: lot(1), Reason: "mould", Action: "return", Contact: "1"})
	if !recalled() {
		t.Error("a crate with a recalled lot in it is not")
	}
	move(3, lot(1), trace.Delete, 0, 10)
	if recalled() {
		t.Error("a crate that was emptied is recalled")
	}
	b.capture(coop, commission(4, ledger.Public, lot(2), kg(10)), trace.EventOutcome{})
	move(5, lot(2), trace.Add, 10, 0)
	if recalled() {
		t.Error("a crate is recalled that holds something else")
	}
	move(6, lot(1), trace.Add, 10, 0)
	if !recalled() {
		t.Error("a crate that the lot came back into is not")
	}
}
