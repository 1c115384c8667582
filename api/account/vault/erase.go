package vault

import (
	"crypto/rand"

	"github.com/dgraph-io/badger/v4"
)

// Name is a name that somebody may have claimed.
type Name struct{ Kind, Name string }

// Waste is what an erasure removes: every value whose key begins with one of the
// prefixes, and names.
type Waste struct {
	Prefixes [][]byte
	Names    []Name
}

// Erase removes records from the files, not only from sight: Badger rewrites the
// tables that held them. fn says what goes; what it writes besides (a tombstone)
// is on the disk before anything is removed. An erasure that is cut off is
// finished by the next Open. Changes wait meanwhile.
func (v *Vault) Erase(fn func(*Tx) (Waste, error)) error {
	v.gate.Lock()
	defer v.gate.Unlock()
	var id [8]byte
	rand.Read(id[:])
	at := place(dropPrefix, id[:])
	var drop [][]byte
	err := v.change(func(t *Tx) error {
		w, err := fn(t)
		if err != nil {
			return err
		}
		drop = drop[:0]
		for _, p := range w.Prefixes {
			drop = append(drop, place(dataPrefix, p))
		}
		for _, n := range w.Names {
			_, at, err := t.find(n.Kind, n.Name)
			if err != nil {
				return err
			}
			if at != nil {
				drop = append(drop, at)
			}
		}
		return t.put(at, drop, 0)
	})
	if err != nil {
		return err
	}
	return plain(v.drop(at, drop))
}

// drop removes what a record at a place lists, and then the record.
func (v *Vault) drop(at []byte, prefixes [][]byte) error {
	for _, p := range prefixes {
		if len(p) < 2 {
			return errSealed // would drop all there is
		}
	}
	if err := v.db.DropPrefix(prefixes...); err != nil {
		return err
	}
	return v.db.Update(func(txn *badger.Txn) error { return txn.Delete(at) })
}

// finishErasures drops what was being dropped when the process ended.
func (v *Vault) finishErasures() error {
	left := map[string][][]byte{}
	err := v.View(func(t *Tx) error {
		return t.scan([]byte(dropPrefix), true, func(item *badger.Item) error {
			b, err := item.ValueCopy(nil)
			if err != nil {
				return err
			}
			at := item.KeyCopy(nil)
			var drop [][]byte
			if err := t.open(at, b, &drop); err != nil {
				return err
			}
			left[string(at)] = drop
			return nil
		})
	})
	if err != nil {
		return err
	}
	for at, drop := range left {
		if err := v.drop([]byte(at), drop); err != nil {
			return err
		}
	}
	return nil
}
