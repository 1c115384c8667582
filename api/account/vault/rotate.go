package vault

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// Rotate puts the keyring under another master key and everything else under a new
// data key. From its first step on, the vault opens with next only: keep next safe
// before. The data key before is forgotten at the end. When it is cut off, the next
// Open with next, or another call with next, goes on where it was. progress is told
// how many records are done of how many; it may be nil.
//
// Hidden names (see Hide) change, so what was counted under them begins anew.
func (v *Vault) Rotate(ctx context.Context, next Master, progress func(done, total int)) error {
	if !v.rotating.TryLock() {
		return ledger.Errorf(ledger.Conflict, "the master key is being changed already")
	}
	defer v.rotating.Unlock()
	before := v.ring.Load()
	if len(before.keys) > 1 {
		stored, err := v.raw([]byte(ringKey))
		if err != nil {
			return plain(err)
		}
		if _, err := openRing(stored, next, v.context); err != nil {
			return ledger.Errorf(ledger.Conflict, "the change to another master key is not finished")
		}
		return v.finishRotation(ctx, progress)
	}
	old := *before.current()
	r, err := newRing(next, newDataKey(old.Epoch+1), old)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the new master key cannot be used")
	}
	v.gate.Lock() // every change after this is under the new data key
	err = v.adopt(r)
	v.gate.Unlock()
	if err != nil {
		return plain(err)
	}
	return v.finishRotation(ctx, progress)
}

// A change puts as many records under the new key: Badger bounds a transaction.
const (
	resealBatch = 128
	resealBytes = 256 << 10
)

// finishRotation puts what is still under an older data key under the newest, and
// then forgets the older.
func (v *Vault) finishRotation(ctx context.Context, progress func(done, total int)) error {
	r := v.ring.Load()
	if len(r.keys) == 1 {
		return nil
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	total, err := v.records()
	if err != nil {
		return plain(err)
	}
	done := 0
	for _, prefix := range sealedPrefixes {
		for from := []byte(prefix); from != nil; {
			if err := ctx.Err(); err != nil {
				return err
			}
			batch, next, err := v.stale([]byte(prefix), from)
			if err != nil {
				return plain(err)
			}
			if err := v.Update(func(t *Tx) error { return t.reseal(batch) }); err != nil {
				return err
			}
			if done += len(batch); len(batch) > 0 {
				progress(done, total)
			}
			from = next
		}
	}
	return plain(v.adopt(r.only()))
}

// sealedPrefixes are below what everything lies that is sealed under a data key.
var sealedPrefixes = []string{dataPrefix, namePrefix, dropPrefix}

// records counts what is sealed.
func (v *Vault) records() (n int, err error) {
	err = v.db.View(func(txn *badger.Txn) error {
		for _, prefix := range sealedPrefixes {
			it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
			for it.Rewind(); it.Valid(); it.Next() {
				n++
			}
			it.Close()
		}
		return nil
	})
	return n, err
}

// stale lists places under older keys, from one on, and where to go on; nil at the
// end.
func (v *Vault) stale(prefix, from []byte) (batch [][]byte, next []byte, err error) {
	current := v.ring.Load().current().Epoch
	err = v.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, PrefetchValues: true, PrefetchSize: 64})
		defer it.Close()
		size := int64(0)
		for it.Seek(from); it.Valid(); it.Next() {
			at := it.Item().KeyCopy(nil)
			if len(batch) == resealBatch || size > resealBytes {
				next = at
				return nil
			}
			if err := it.Item().Value(func(b []byte) error {
				if epochOf(b) != current {
					batch, size = append(batch, at), size+it.Item().EstimatedSize()
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return batch, next, err
}

// reseal puts records under the newest key, and names where that key hides them.
func (t *Tx) reseal(places [][]byte) error {
	for _, at := range places {
		item, err := t.txn.Get(at)
		if errors.Is(err, badger.ErrKeyNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		b, err := item.ValueCopy(nil)
		if err != nil {
			return err
		}
		plain, err := t.ring.open(t.v.context, at, b)
		if err != nil {
			return err
		}
		to := at
		if string(at[:1]) == namePrefix {
			var c claim
			if err := t.open(at, b, &c); err != nil {
				return err
			}
			to = place(namePrefix, t.ring.current().name(c.Kind, c.Name))
			if err := t.txn.Delete(at); err != nil {
				return err
			}
		}
		e := badger.NewEntry(to, t.ring.seal(t.v.context, to, plain))
		e.ExpiresAt = item.ExpiresAt()
		if err := t.txn.SetEntry(e); err != nil {
			return err
		}
	}
	return nil
}
