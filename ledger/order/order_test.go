package order_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"reflect"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/order"
)

// copyOf is a copy in one database, whose blocks are one entry each, stored as
// order.Record.Append writes them.
type copyOf struct {
	*order.Reader
	*order.Writer
	blocks order.Blocks
	config order.Config
	sign   func() ledger.Tx
	stop   context.CancelCauseFunc
}

func newCopy(t *testing.T) *copyOf {
	t.Helper()
	db, err := disk.Open(disk.Options(t.TempDir(), ledgertest.Quiet()).WithMemTableSize(16 << 20))
	if err != nil {
		t.Fatal(err)
	}
	genesis, key := ledgertest.NewGenesis(t)
	if genesis, err = order.Found(db, genesis, nil); err != nil {
		t.Fatal(err)
	}
	c := &copyOf{blocks: order.Blocks{DB: db, Decode: func(first uint64, b []byte) (*order.Block, error) {
		r, _, err := order.CutRecord(b, ledger.Time(first))
		return &order.Block{Number: first, First: first, Records: []order.Record{r}}, err
	}}}
	c.sign = func() ledger.Tx {
		return ledgertest.Sign(t, genesis.Register(), key, ledgertest.Name, "put", "a=1")
	}
	signer, _ := ledgertest.NewSigner(t, genesis.Origin)
	c.config = order.Config{Genesis: genesis, Blocks: c.blocks, Index: db, Signer: signer}
	c.config.Until, c.stop = context.WithCancelCause(context.Background())
	c.open(t)
	t.Cleanup(func() { c.Writer.Close(db.Close) })
	return c
}

func (c *copyOf) open(t *testing.T) {
	t.Helper()
	at, _, err := order.Applied(c.blocks.DB)
	if err == nil {
		c.Reader, c.Writer, err = order.Open(c.config, at)
	}
	if err == nil {
		err = c.CheckSigned()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// add makes n entries, all of one step.
func (c *copyOf) add(t *testing.T, n int) {
	t.Helper()
	to := c.Position()
	var entries []*ledger.Entry
	err := c.blocks.Commit(func(txn *badger.Txn) error {
		for range n {
			tx := c.sign()
			id, signer, err := tx.Check(c.Genesis().Register())
			if err != nil {
				return err
			}
			e := &ledger.Entry{Index: to.Size, Block: to.Blocks, ID: id, Signer: signer, Tx: tx, Time: ledger.Time(to.Size), Rules: 1}
			r := order.Record{Rules: e.Rules, Signer: signer, Tx: tx.Encode()}
			if err := txn.Set(order.BlockKey(e.Index), r.Append(nil)); err != nil {
				return err
			}
			entries = append(entries, e)
			to.Size++
			to.Blocks++
			to.Time = e.Time
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	step := c.Advance(entries, 1000*n, to)
	if err := c.blocks.Commit(func(txn *badger.Txn) error { return step.Set(txn.Set) }); err != nil {
		t.Fatal(err)
	}
	c.Publish(step)
}

func (c *copyOf) all(t *testing.T, from uint64) (all []*ledger.Entry) {
	t.Helper()
	for e, err := range c.Entries(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// TestCopy: what was added is the same from memory and from disk, in pieces and as a
// whole, and so is the tree.
func TestCopy(t *testing.T) {
	c := newCopy(t)
	for _, n := range []int{1, 3, 300, 0, 2} {
		c.add(t, n)
	}
	kept := c.all(t, 0)
	for i, e := range c.all(t, 2) {
		if e != kept[2+i] {
			t.Fatalf("entry %d is not shared", e.Index)
		}
	}
	if _, err := c.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	path, err := c.Inclusion(t.Context(), 5, 306)
	if err != nil {
		t.Fatal(err)
	}
	c.open(t) // nothing is in memory now
	if stored := c.all(t, 0); !reflect.DeepEqual(stored, kept) || len(stored) != 306 {
		t.Errorf("%d entries from disk are not the %d from memory", len(stored), len(kept))
	}
	if again, err := c.Inclusion(t.Context(), 5, 306); err != nil || !reflect.DeepEqual(again, path) {
		t.Errorf("the tree is another: %v", err)
	}
	for _, want := range []*ledger.Entry{kept[0], kept[255], kept[256], kept[305]} {
		if e, err := c.Entry(t.Context(), want.Index); err != nil || !reflect.DeepEqual(e, want) {
			t.Errorf("entry %d: %v", want.Index, err)
		}
		if index, err := c.Find(t.Context(), want.ID); err != nil || index != want.Index {
			t.Errorf("entry %d is found at %d: %v", want.Index, index, err)
		}
	}
	if _, err := c.Entry(t.Context(), 306); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("an entry beyond the end: %v", err)
	}
}

// TestEntryIsTheCallers: what Entry gives may be changed.
func TestEntryIsTheCallers(t *testing.T) {
	c := newCopy(t)
	c.add(t, 1)
	e, err := c.Entry(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	e.Index = 77
	if again, err := c.Entry(t.Context(), 0); err != nil || again.Index != 0 {
		t.Errorf("it is %+v afterwards: %v", again, err)
	}
}

// TestStepIsNotSeenBefore: an index that is ahead, as after a crash between two
// writes, shows nothing.
func TestStepIsNotSeenBefore(t *testing.T) {
	c := newCopy(t)
	c.add(t, 2)
	known := c.all(t, 0)
	e := *known[1]
	e.Index, e.ID = 2, ledger.TxID{9}
	step := c.Advance([]*ledger.Entry{&e}, 1, order.Position{Blocks: 3, Size: 3})
	if err := c.blocks.Commit(func(txn *badger.Txn) error { return step.Set(txn.Set) }); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), e.ID); ledger.CodeOf(err) != ledger.NotFound || c.Size() != 2 {
		t.Errorf("it is found: %v", err)
	}
}

func TestWaitAndClose(t *testing.T) {
	c := newCopy(t)
	waited := make(chan error, 2)
	go func() { waited <- c.Wait(t.Context(), 2) }()
	c.add(t, 1)
	c.add(t, 1)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	why := errors.New("no more")
	go func() { waited <- c.Wait(t.Context(), 3) }()
	c.stop(why)
	if err := <-waited; err != why {
		t.Errorf("Wait says %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newCopy(t).Wait(over, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait says %v", err)
	}
	if err := c.Writer.Close(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, find := c.Find(t.Context(), ledger.TxID{})
	_, entry := c.Entry(t.Context(), 0)
	_, checkpoint := c.Checkpoint(t.Context())
	for name, err := range map[string]error{"Find": find, "Entry": entry, "Checkpoint": checkpoint, "WhileOpen": c.WhileOpen(func() error { return nil })} {
		if err != order.ErrClosed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCheckpointBinds: a copy that was cut behind a checkpoint, or changed before
// it, is refused.
func TestCheckpointBinds(t *testing.T) {
	c := newCopy(t)
	c.add(t, 3)
	before := c.Position()
	raw, err := c.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Checkpoint(t.Context())
	if err != nil || string(again) != string(raw) {
		t.Errorf("it is signed again: %v", err)
	}
	short := before
	short.Size = 2
	_, w, err := order.Open(c.config, short)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CheckSigned(); ledger.CodeOf(err) != ledger.Internal || err == nil {
		t.Errorf("cut: %v", err)
	}
	tx := c.sign()
	other := order.Record{Rules: 1, Tx: tx.Encode()}
	if err := c.blocks.Put(order.BlockKey(1), other.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if _, w, err = order.Open(c.config, before); err != nil {
		t.Fatal(err)
	}
	if err := w.CheckSigned(); ledger.CodeOf(err) != ledger.Internal || err == nil {
		t.Errorf("changed: %v", err)
	}
}

func TestRoom(t *testing.T) {
	c := newCopy(t)
	full := ledger.Errorf(ledger.Unavailable, "the disk is full")
	c.config.Room = func() error { return full }
	c.open(t)
	if _, err := c.Checkpoint(t.Context()); !errors.Is(err, full) {
		t.Errorf("a checkpoint on a full disk: %v", err)
	}
	db, err := disk.Open(disk.Options(t.TempDir(), ledgertest.Quiet()).WithMemTableSize(16 << 20))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := order.Found(db, c.config.Genesis, c.config.Room); err != full {
		t.Errorf("founded on a full disk: %v", err)
	}
}

func FuzzCutRecord(f *testing.F) {
	r := order.Record{Rules: 2, Signer: ledger.Address{3}, Tx: []byte("tx"), Outcome: []byte("ok")}
	f.Add(r.Append(nil))
	f.Add(r.Append(nil)[:30])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, err := order.CutRecord(b, 5)
		if err != nil {
			if ledger.CodeOf(err) != ledger.Invalid {
				t.Error(err)
			}
			return
		}
		if again := append(r.Append(nil), rest...); string(again) != string(b) || r.Time != 5 {
			t.Errorf("%x is read and written as %x", b, again)
		}
	})
}

var (
	_ ledger.Reader = (*order.Reader)(nil)
	_ ledger.Prover = (*order.Reader)(nil)
)

// TestLeaves: what RFC 6962 makes of the leaves are the hashes of the tiles, from memory
// and from disk.
func TestLeaves(t *testing.T) {
	c := newCopy(t)
	c.add(t, 300)
	for range 2 {
		for _, part := range [][2]uint64{{0, 256}, {256, 300}, {17, 18}, {299, 300}, {5, 5}, {300, 300}} {
			leaves, err := c.Leaves(t.Context(), part[0], part[1])
			if err != nil || uint64(len(leaves)) != part[1]-part[0] {
				t.Fatalf("%v: %d leaves, %v", part, len(leaves), err)
			}
			for i, leaf := range leaves {
				index := part[0] + uint64(i)
				tile, err := c.Tile(t.Context(), 0, index/256)
				if err != nil {
					t.Fatal(err)
				}
				if want := ledger.Hash(tile[32*(index%256):][:32]); sha256.Sum256(append([]byte{0}, leaf...)) != want {
					t.Errorf("leaf %d is not what the tree hashes", index)
				}
			}
		}
		for _, part := range [][2]uint64{{0, 301}, {301, 301}, {2, 1}, {0, 1<<64 - 1}} {
			if _, err := c.Leaves(t.Context(), part[0], part[1]); ledger.CodeOf(err) != ledger.NotFound {
				t.Errorf("%v: %v", part, err)
			}
		}
		c.open(t)
	}
}
