package index

import (
	"bytes"
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger/disk"
)

// seldom are keys that are mostly not there when they are asked for, which costs the
// store as much as reading one: a filter knows of most of them that they are not. Each
// kind has its own, as a trace is the faster the smaller the one is that it asks.
type seldom []seldomKind

type seldomKind struct {
	prefix []byte
	there  *disk.Filter
}

func newSeldom() (s seldom) {
	for _, prefix := range [][]byte{
		{'g', byte(up)}, // most things were made of nothing that is recorded,
		{'f'},           // have no flags,
		{'c'},           // no certificates,
		{'H', 'g'},      // and are not held in pieces
		{'b'},           // nobody has any of a thing before it is made
		{'i'},           // an event is asked for by who is about to record it
		{'Z'},           // little is erased
	} {
		s = append(s, seldomKind{prefix, disk.NewFilter()})
	}
	return s
}

// load lets the filters know what the index has. Until then everything is looked for.
func (s seldom) load(ctx context.Context, db *badger.DB) error {
	for _, kind := range s {
		if err := kind.there.Load(ctx, db, kind.prefix); err != nil {
			return err
		}
	}
	return nil
}

// add says that a key is about to be written.
func (s seldom) add(key []byte) {
	for _, kind := range s {
		if bytes.HasPrefix(key, kind.prefix) {
			kind.there.Add(key)
			return
		}
	}
}

// may reports whether a key may be there; of other kinds of keys each may.
func (s seldom) may(key []byte) bool {
	for _, kind := range s {
		if bytes.HasPrefix(key, kind.prefix) {
			return kind.there.May(key)
		}
	}
	return true
}

// find is get, but does not look for what is known not to be there.
func (x *Index) find(txn *badger.Txn, key []byte) ([]byte, error) {
	if !x.seldom.may(key) {
		return nil, nil
	}
	return get(txn, key)
}
