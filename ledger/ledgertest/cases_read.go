package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// fill submits n transactions, several at a time so that blocks differ in size.
func (b *bench) fill(t testing.TB, n int) []*ledger.Entry {
	t.Helper()
	entries := make([]*ledger.Entry, n)
	txs := make([]ledger.Tx, n)
	for i := range txs {
		txs[i] = b.sign(t, "put", fmt.Sprintf("fill%d=%d", i, i), "more=x")
	}
	for start := 0; start < n; {
		end := min(n, start+1+start%7)
		var wg sync.WaitGroup
		for i := start; i < end; i++ {
			wg.Go(func() {
				var err error
				if entries[i], err = b.send(txs[i]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		start = end
	}
	if t.Failed() {
		t.FailNow()
	}
	byIndex := make([]*ledger.Entry, n)
	for _, e := range entries {
		byIndex[e.Index] = e
	}
	return byIndex
}

func testEntries(t *testing.T, b *bench) {
	entries := b.fill(t, 60)
	for from := range len(entries) + 2 {
		got := b.all(t, uint64(from))
		if want := max(0, len(entries)-from); len(got) != want {
			t.Fatalf("%d entries from %d on, want %d", len(got), from, want)
		}
		for i, e := range got {
			same(t, e, entries[from+i])
		}
	}
}

func testEntriesStop(t *testing.T, b *bench) {
	b.fill(t, 10)
	n := 0
	for range b.Ledger.Entries(context.Background(), 0) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d entries after a break at 3", n)
	}
	// The end is where it was at the call.
	n = 0
	for _, err := range b.Ledger.Entries(context.Background(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			b.must(t, "put", "late=1")
		}
	}
	if n != 10 {
		t.Errorf("%d entries, want the 10 of the time of the call", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var last error
	for e, err := range b.Ledger.Entries(ctx, 0) {
		if last = err; err == nil && e.Index == 4 {
			cancel()
		}
	}
	cancel()
	if !errors.Is(last, context.Canceled) {
		t.Errorf("after a cancel the entries end with %v", last)
	}
}

func testWait(t *testing.T, b *bench) {
	ctx := context.Background()
	if err := b.Ledger.Wait(ctx, 0); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	if err := b.Ledger.Wait(short, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for an entry that does not come: %v", err)
	}
	var wg sync.WaitGroup
	for size := range uint64(6) {
		wg.Go(func() {
			long, cancel := context.WithTimeout(ctx, 2*time.Minute)
			defer cancel()
			if err := b.Ledger.Wait(long, size); err != nil {
				t.Errorf("waiting for %d: %v", size, err)
			} else if b.Ledger.Size() < size {
				t.Errorf("size %d after waiting for %d", b.Ledger.Size(), size)
			}
		})
	}
	for range 5 {
		b.must(t, "put", "k=v")
	}
	wg.Wait()
}

func testFind(t *testing.T, b *bench) {
	for _, e := range b.fill(t, 20) {
		if i, err := b.Ledger.Find(context.Background(), e.ID); err != nil || i != e.Index {
			t.Errorf("entry %d is found at %d: %v", e.Index, i, err)
		}
	}
	if _, err := b.Ledger.Find(context.Background(), ledger.TxID{1}); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("an unknown transaction: %v", err)
	}
}

func testProofs(t *testing.T, b *bench) {
	const n = 40
	ctx := context.Background()
	var leaves []ledger.Hash
	roots := []ledger.Hash{merkle.EmptyRoot}
	for _, e := range b.fill(t, n) {
		leaf := e.Leaf(b.register)
		leaves = append(leaves, leaf.Hash())
		roots = append(roots, treeHash(leaves))
	}
	for size := uint64(1); size <= n; size++ {
		for index := range size {
			path, err := b.Ledger.Inclusion(ctx, index, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := merkle.VerifyInclusion(index, size, leaves[index], path, roots[size]); err != nil {
				t.Errorf("entry %d at %d: %v", index, size, err)
			}
		}
		for old := range size + 1 {
			path, err := b.Ledger.Consistency(ctx, old, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := merkle.VerifyConsistency(old, size, path, roots[old], roots[size]); err != nil {
				t.Errorf("%d to %d: %v", old, size, err)
			}
		}
	}
	if _, err := b.Ledger.Inclusion(ctx, 0, n+1); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a proof beyond the end: %v", err)
	}
	if _, err := b.Ledger.Inclusion(ctx, n, n); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a proof of what the tree does not have: %v", err)
	}
}

// treeHash is MTH of RFC 6962, section 2.1, as the text has it.
func treeHash(leaves []ledger.Hash) ledger.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	l, r := treeHash(leaves[:k]), treeHash(leaves[k:])
	return ledger.Hash(rfc6962.DefaultHasher.HashChildren(l[:], r[:]))
}

func testCheckpoint(t *testing.T, b *bench) {
	ctx := context.Background()
	origin := b.Ledger.Genesis().Origin
	check := func(want merkle.Checkpoint) {
		t.Helper()
		raw, err := b.Ledger.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := merkle.OpenCheckpoint(raw, origin, b.Verifier)
		if err != nil {
			t.Fatal(err)
		}
		if c != want {
			t.Errorf("checkpoint %+v, want %+v", c, want)
		}
	}
	check(merkle.Checkpoint{Origin: origin, Root: merkle.EmptyRoot})
	var leaves []ledger.Hash
	for range 5 {
		leaf := b.must(t, "bump", "n").Leaf(b.register)
		leaves = append(leaves, leaf.Hash())
		want := merkle.Checkpoint{Origin: origin, Size: uint64(len(leaves)), Root: treeHash(leaves)}
		check(want)
		check(want)
	}
	if b.Reopen != nil {
		b.Ledger = b.Reopen()
		check(merkle.Checkpoint{Origin: origin, Size: 5, Root: treeHash(leaves)})
	}
}

func testReopen(t *testing.T, b *bench) {
	if b.Reopen == nil {
		t.Skip("the ledger cannot be opened again")
	}
	// More than a tile, so that the tree is loaded from both tiles and entries.
	entries := b.fill(t, 300)
	genesis := b.Ledger.Genesis()
	for range 2 {
		b.Ledger = b.Reopen()
		if b.Ledger.Genesis() != genesis || b.Ledger.Size() != uint64(len(entries)) {
			t.Fatalf("size %d after opening again, want %d", b.Ledger.Size(), len(entries))
		}
		for i, e := range b.all(t, 0) {
			same(t, e, entries[i])
		}
		if v := b.value(t, "fill299"); v != "299" {
			t.Errorf("the state has %q", v)
		}
		entries = b.all(t, 0)
	}
	var leaves []ledger.Hash
	for _, e := range entries {
		leaf := e.Leaf(b.register)
		leaves = append(leaves, leaf.Hash())
	}
	size := uint64(len(leaves))
	for _, index := range []uint64{0, 255, 256, 299, size - 1} {
		path, err := b.Ledger.Inclusion(context.Background(), index, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := merkle.VerifyInclusion(index, size, leaves[index], path, treeHash(leaves)); err != nil {
			t.Errorf("entry %d: %v", index, err)
		}
	}
}
