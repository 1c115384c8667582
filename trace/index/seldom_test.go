package index

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestSeldom: whatever is in the index is looked for, whether it was there when the index
// was opened or came afterwards, and little else is.
func TestSeldom(t *testing.T) {
	b, p := province()
	dir := t.TempDir()
	check := func(x *Index) {
		t.Helper()
		found := make([]bool, len(x.seldom))
		err := x.view(func(txn *badger.Txn) error {
			return scan(txn, nil, nil, func(k, _ []byte) (bool, error) {
				for i, kind := range x.seldom {
					found[i] = found[i] || bytes.HasPrefix(k, kind.prefix)
				}
				if v, err := x.find(txn, k); v == nil || err != nil {
					t.Errorf("%q is there and is not found: %v", k, err)
				}
				for _, kind := range x.seldom {
					if k := slices.Concat(kind.prefix, k); x.seldom.may(k) {
						t.Errorf("%q is not there and is looked for", k)
					}
				}
				return true, nil
			})
		})
		for i, kind := range x.seldom {
			if err != nil || !found[i] {
				t.Errorf("nothing begins with %q: %v", kind.prefix, err)
			}
		}
	}
	x := openAt(t, dir, withPayloads(p))
	if !x.seldom.may(key('b')) {
		t.Fatal("what was not read yet is said to be absent")
	}
	load := func(x *Index) {
		t.Helper()
		if err := x.seldom.load(t.Context(), x.db); err != nil {
			t.Fatal(err)
		}
	}
	load(x)
	one, no := trace.NewQuantity(1, 0, ""), trace.NewQuantity(0, 0, "")
	for i, left := range []*trace.Quantity{&one, &no, &one} {
		b.capture(coop, fact(900+i, ledger.Parties, trace.StepInspecting), trace.EventOutcome{
			Balances: []trace.Balance{holds(piece(1, "s"), coop.String(), left)},
			Flags:    []trace.Flag{{ID: lot(1), Kind: trace.FlagOver}},
		})
	}
	b.directory(agency, trace.ActionErase, trace.Erasure{Payload: "payload-1", Reason: "subject_request"})
	follow(t, x, b)
	check(x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = openAt(t, dir, withPayloads(p))
	defer x.Close()
	b.capture(coop, commission(950, ledger.Parties, lot(950), kg(1)), trace.EventOutcome{})
	follow(t, x, b)
	load(x)
	check(x)
}

func mayBeMade(x *Index, id trace.ID) bool {
	k := headKeyOf(up, hashOf(id.String()))
	return x.seldom.may(k[:])
}

// TestSeldomMade grows lots of lots, in two runs of the index, and asks which were made.
func TestSeldomMade(t *testing.T) {
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
	if !mayBeMade(x, lot(0)) {
		t.Fatal("what was not read yet is said to be absent")
	}
	follow(t, x, bk)
	check(x, lots/2)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}

	x = openAt(t, dir)
	defer x.Close()
	if err := x.seldom.load(t.Context(), x.db); err != nil {
		t.Fatal(err)
	}
	check(x, lots/2)
	grow(lots/2, lots)
	follow(t, x, bk)
	check(x, lots)
	vain := 0
	for i := range lots { // the lots that nothing made
		if mayBeMade(x, lot(i)) {
			vain++
		}
	}
	if vain > lots/100 {
		t.Errorf("%d of %d lots that were made of nothing are looked for", vain, lots)
	}
}

func TestSeldomStopped(t *testing.T) {
	x := indexed(t, forest(1))
	x.seldom = newSeldom()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := x.seldom.load(ctx, x.db); err != context.Canceled {
		t.Fatalf("it ended with %v", err)
	}
	if g := must(x.Trace(t.Context(), anybody, lot(0), Up, Limits{})); len(g.Nodes) != 1001 {
		t.Errorf("a trace that knows little of what is there finds %d nodes", len(g.Nodes))
	}
}
