package store

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// nameOf reads the store's name, and gives it one when it is new.
func nameOf(db *badger.DB) (name [16]byte, err error) {
	err = db.Update(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(nameKey))
		if errors.Is(err, badger.ErrKeyNotFound) {
			rand.Read(name[:])
			return txn.Set([]byte(nameKey), name[:])
		}
		if err != nil {
			return err
		}
		return item.Value(func(b []byte) error {
			if len(b) != len(name) {
				return errRecord
			}
			name = [16]byte(b)
			return nil
		})
	})
	if err != nil {
		return name, ledger.Wrap(err, ledger.Internal, "the payload store has no name")
	}
	return name, db.Sync()
}

// Snapshot is the store as it was at a moment.
type Snapshot struct {
	s   *Store
	txn *badger.Txn
}

// Snapshot looks at the store as it is now. The store does not close before the
// snapshot does.
func (s *Store) Snapshot() (*Snapshot, error) {
	s.gate.RLock()
	if s.closed {
		s.gate.RUnlock()
		return nil, errClosed()
	}
	return &Snapshot{s, s.db.NewTransaction(false)}, nil
}

// Close lets go of it.
func (n *Snapshot) Close() {
	n.txn.Discard()
	n.s.gate.RUnlock()
}

// Name is the store's, which no other store has, nor a copy that was restored.
func (n *Snapshot) Name() [16]byte { return n.s.name }

// At is the snapshot's moment. Of one store, what is after a moment is what came since.
func (n *Snapshot) At() uint64 { return n.txn.ReadTs() }

// Kept is a payload as it is stored.
type Kept struct {
	CID    cid.Cid
	Size   int64        // as stored
	Key    *content.Key // of a sealed one
	Bytes  io.Reader    // verified before they are read
	Erased ledger.Time  // when it was erased: then there is nothing but the reason
	Reason string
}

// Since calls f with every payload and every tombstone that came after a moment; 0
// gives all. A payload that is erased meanwhile is given as its tombstone.
func (n *Snapshot) Since(ctx context.Context, moment uint64, f func(Kept) error) error {
	for _, prefix := range []string{tombstonePrefix, payloadPrefix} {
		o := badger.DefaultIteratorOptions
		o.Prefix, o.PrefetchValues, o.SinceTs = []byte(prefix), false, moment
		if err := n.each(ctx, o, f); err != nil {
			return err
		}
	}
	return nil
}

func (n *Snapshot) each(ctx context.Context, o badger.IteratorOptions, f func(Kept) error) error {
	it := n.txn.NewIterator(o)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if ctx.Err() != nil {
			return cancelled(ctx)
		}
		c, err := cid.Cast(it.Item().Key()[1:])
		if err != nil {
			return ledger.Wrap(err, ledger.Internal, "the payload store names a payload that is none")
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return n.s.broken(c, err)
		}
		kept := Kept{CID: c}
		if string(o.Prefix) == tombstonePrefix {
			var t tombstone
			err = t.decode(value)
			kept.Erased, kept.Reason = t.at, t.reason
		} else {
			kept, err = n.payload(c, value)
		}
		if err != nil {
			return n.s.broken(c, err)
		}
		if err := f(kept); err != nil {
			return err
		}
	}
	return nil
}

func (n *Snapshot) payload(c cid.Cid, value []byte) (Kept, error) {
	k, err := n.kept(c, value)
	if errors.Is(err, errNoKey) {
		return n.gone(c)
	}
	return k, err
}

// kept reads the record of a payload.
func (n *Snapshot) kept(c cid.Cid, value []byte) (Kept, error) {
	var rec record
	if err := rec.decode(value); err != nil {
		return Kept{}, err
	}
	slot, err := findSlot(n.txn, c)
	if err != nil {
		return Kept{}, err
	}
	k := Kept{CID: c}
	if k.Size, err = rec.storedSize(); err != nil {
		return k, err
	}
	if slot != 0 {
		key, err := n.s.keys.get(slot, c)
		if err != nil {
			return k, err
		}
		k.Key = &key
	}
	k.Bytes = content.NewReader(c, k.Size, func(block cid.Cid) ([]byte, error) { return blockIn(n.txn, c, rec, block) })
	return k, nil
}

// gone is the tombstone of a payload whose key was destroyed since the snapshot: it
// is written a moment after.
func (n *Snapshot) gone(c cid.Cid) (k Kept, err error) {
	for range 100 {
		err = n.s.db.View(func(txn *badger.Txn) error {
			t, err := findTombstone(txn, c)
			k = Kept{CID: c, Erased: t.at, Reason: t.reason}
			return err
		})
		if err == nil {
			return k, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return k, errors.Join(errNoKey, err)
}

// blockIn reads a block of a payload whose record is known, and verifies it.
func blockIn(txn *badger.Txn, root cid.Cid, rec record, c cid.Cid) (b []byte, err error) {
	switch {
	case rec.tree:
		item, err := txn.Get(blockKey(rec.upload, c.Hash()))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil, errors.New("block " + c.String() + " is missing")
		}
		if err != nil {
			return nil, err
		}
		if b, err = item.ValueCopy(nil); err != nil {
			return nil, err
		}
	case c == root:
		if b, err = rec.chunk(); err != nil {
			return nil, err
		}
	}
	if !content.Verify(c, b) {
		return nil, errors.New("block " + c.String() + " does not have the hash that it is kept under")
	}
	return b, nil
}
