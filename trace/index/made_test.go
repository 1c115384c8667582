package index

import (
	"context"
	"fmt"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestMadeSet grows lots of lots, in two runs of the index, and asks which were made.
func TestMadeSet(t *testing.T) {
	const lots = 3000
	bk := newBook("made")
	grow := func(from, to int) {
		for i := from; i < to; i++ {
			f, out := transform(i, ledger.Public, lot(lots+i), lot(i/3), lot(i/3+1))
			bk.capture(coop, f, out)
		}
	}
	check := func(x *Index, made int) {
		t.Helper()
		for i := range lots {
			want := []trace.ID{lot(i)}
			if i < made {
				want = []trace.ID{lot(lots + i), lot(i / 3), lot(i/3 + 1)}
			}
			g, err := x.Trace(context.Background(), anybody, want[0], Up, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var got []trace.ID
			for _, n := range g.Nodes {
				got = append(got, n.ID)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("behind %s are %v, not %v", want[0], got, want)
			}
		}
	}
	dir := t.TempDir()
	grow(0, lots/2)
	x := openAt(t, dir)
	if !x.made.may(hashOf(lot(0).String())) {
		t.Fatal("what was not read yet is said to be absent")
	}
	follow(t, x, bk)
	check(x, lots/2)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}

	x = openAt(t, dir)
	defer x.Close()
	if err := x.made.load(t.Context(), x.db); err != nil {
		t.Fatal(err)
	}
	check(x, lots/2)
	grow(lots/2, lots)
	follow(t, x, bk)
	check(x, lots)
	vain := 0
	for i := range lots { // the lots that nothing made
		if x.made.may(hashOf(lot(i).String())) {
			vain++
		}
	}
	if vain > lots/100 {
		t.Errorf("%d of %d lots that were made of nothing are looked for", vain, lots)
	}
}

func TestMadeSetStopped(t *testing.T) {
	x := indexed(t, forest(1))
	x.made = newMadeSet()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := x.made.load(ctx, x.db); err != context.Canceled {
		t.Fatalf("it ended with %v", err)
	}
	if g := must(x.Trace(t.Context(), anybody, lot(0), Up, Limits{})); len(g.Nodes) != 1001 {
		t.Errorf("a trace that knows little of what is there finds %d nodes", len(g.Nodes))
	}
}
