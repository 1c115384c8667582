package order

import (
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

const rotationPrefix = 'k'

// Rotations are the changes of keys that sign checkpoints, the oldest first. The slice
// is shared and not to be changed.
func (r *Reader) Rotations() []ledger.Rotation { return r.head.Load().rotations }

// Origin is the first line of the checkpoints that are signed now.
func (r *Reader) Origin() string { return r.head.Load().origin(r.genesis) }

func (h *head) origin(g ledger.Genesis) string {
	for _, c := range slices.Backward(h.rotations) {
		if c.Origin != "" {
			return c.Origin
		}
	}
	return g.Origin
}

// signerOf is who signs the trees of a head: this node's key until an entry puts another
// in its place, which this node must have as well.
func (r *Reader) signerOf(h *head) (note.Signer, error) {
	signer := r.signer
	for _, c := range h.rotations {
		if !is(signer, c.Old) {
			continue
		}
		if r.next == nil || !is(r.next, c.New) {
			return nil, ledger.Errorf(ledger.Unavailable, "entry %d put the key %s in the place of this node's checkpoint key, and the node does not have it", c.Index, c.New)
		}
		signer = r.next
	}
	return signer, nil
}

// is reports whether a signer's signatures are those that a verifier key checks.
func is(s note.Signer, vkey string) bool {
	v, err := note.NewVerifier(vkey)
	return err == nil && v.Name() == s.Name() && v.KeyHash() == s.KeyHash()
}

// rotated adds the changes of keys that entries make to those before.
func rotated(before []ledger.Rotation, entries []*ledger.Entry) ([]ledger.Rotation, error) {
	for _, e := range entries {
		c, ok, err := e.Rotation()
		if err != nil {
			return nil, err
		}
		if ok {
			before = append(slices.Clip(before), c)
		}
	}
	return before, nil
}

// setRotation writes a change of keys to the index.
func setRotation(set Set, c ledger.Rotation) error {
	b, err := json.Marshal(c.KeyChange)
	if err != nil {
		return err
	}
	return set(binary.BigEndian.AppendUint64([]byte{rotationPrefix}, c.Index), b)
}

// loadRotations reads the changes of keys among the first entries.
func loadRotations(index *disk.DB, size uint64) (list []ledger.Rotation, err error) {
	err = index.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{rotationPrefix}})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			c := ledger.Rotation{Index: binary.BigEndian.Uint64(it.Item().Key()[1:])}
			if c.Index >= size {
				return nil
			}
			if err := it.Item().Value(func(b []byte) error { return json.Unmarshal(b, &c.KeyChange) }); err != nil {
				return err
			}
			list = append(list, c)
		}
		return nil
	})
	if err != nil {
		return nil, unreadable(err)
	}
	return list, nil
}
