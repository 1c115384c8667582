package disk

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

func keyOf(n int) []byte { return binary.BigEndian.AppendUint64([]byte{'k'}, uint64(n)) }

// filtered is a database with the keys of some numbers.
func filtered(t *testing.T, keys int) *DB {
	t.Helper()
	db, err := Open(Options(t.TempDir(), slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	batch := db.NewWriteBatch()
	for n := range keys {
		if err := batch.Set(keyOf(n), []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Flush(); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestFilter adds keys while others are loaded and asked for.
func TestFilter(t *testing.T) {
	const stored, added, absent = 20_000, 20_000, 20_000
	db, f := filtered(t, stored), NewFilter()
	if !f.May(keyOf(stored + added)) {
		t.Fatal("what was not read yet is said to be absent")
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := f.Load(t.Context(), db.DB, []byte{'k'}); err != nil {
			t.Error(err)
		}
	})
	for half := range 2 {
		all.Go(func() {
			for n := stored + half; n < stored+added; n += 2 {
				f.Add(keyOf(n))
				if !f.May(keyOf(n)) || !f.May(keyOf(n-stored)) {
					t.Errorf("key %d is said to be absent", n)
				}
			}
		})
	}
	all.Wait()
	vain := 0
	for n := range stored + added + absent {
		switch may := f.May(keyOf(n)); {
		case n < stored+added && !may:
			t.Fatalf("key %d is said to be absent", n)
		case n >= stored+added && may:
			vain++
		}
	}
	if vain > absent/100 {
		t.Errorf("%d of %d keys are looked for in vain", vain, absent)
	}
}

// TestFilterGrows adds keys until there are several layers.
func TestFilterGrows(t *testing.T) {
	const keys, absent = 1_000_000, 100_000
	f := NewFilter()
	f.whole.Store(true)
	for n := range keys {
		f.Add(keyOf(n))
		f.Add(keyOf(0)) // it takes no room
	}
	if n := len(*f.layers.Load()); n != 2 {
		t.Errorf("there are %d layers", n)
	}
	vain := 0
	for n := range keys + absent {
		if may := f.May(keyOf(n)); n < keys && !may {
			t.Fatalf("key %d is said to be absent", n)
		} else if n >= keys && may {
			vain++
		}
	}
	if vain > absent/100 {
		t.Errorf("%d of %d keys are looked for in vain", vain, absent)
	}
}

// TestFilterFull adds more keys than there are layers for.
func TestFilterFull(t *testing.T) {
	f := NewFilter()
	for n := range maxLayers {
		layers := append(*f.layers.Load(), make(layer, 1<<n))
		f.layers.Store(&layers)
	}
	f.whole.Store(true)
	for n := range 1000 {
		f.Add(keyOf(n))
	}
	for n := range 1000 {
		if !f.May(keyOf(n)) {
			t.Fatalf("key %d is said to be absent", n)
		}
	}
	if n := len(*f.layers.Load()); n != maxLayers {
		t.Errorf("there are %d layers", n)
	}
}

// TestFilterStopped leaves keys unread.
func TestFilterStopped(t *testing.T) {
	db, f := filtered(t, 1000), NewFilter()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := f.Load(ctx, db.DB, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("it ended with %v", err)
	}
	for n := range 2000 {
		if !f.May(keyOf(n)) {
			t.Fatalf("key %d is said to be absent, and was not looked for", n)
		}
	}
}

// TestFilterOfPrefix does not load what else is in the database.
func TestFilterOfPrefix(t *testing.T) {
	db, f := filtered(t, 10), NewFilter()
	if err := db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("other"), []byte("v")) }); err != nil {
		t.Fatal(err)
	}
	if err := f.Load(t.Context(), db.DB, []byte{'k'}); err != nil {
		t.Fatal(err)
	}
	if !f.May(keyOf(9)) || f.May([]byte("other")) || f.May(keyOf(10)) {
		t.Error("the filter does not tell keys of the prefix from others")
	}
}

func BenchmarkFilter(b *testing.B) {
	for _, keys := range []int{500_000, 4_000_000, 10_000_000, 20_000_000} {
		b.Run(strconv.Itoa(keys), func(b *testing.B) {
			f := NewFilter()
			f.whole.Store(true)
			for n := range keys {
				f.Add(keyOf(n))
			}
			vain, n := 0, keys
			for b.Loop() {
				if n++; f.May(keyOf(n)) {
					vain++
				}
			}
			b.ReportMetric(float64(vain)/float64(n-keys), "vain")
		})
	}
}
