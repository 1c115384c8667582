package disk

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// OpenToRead opens a database that exists and changes nothing in it, so that what is
// damaged stays to be looked at. One that was not closed is opened as Open does, which
// finishes what was written last. Its errors are ErrInUse, an error that wraps
// fs.ErrNotExist, and Internal when the folder is broken.
func OpenToRead(o badger.Options) (*DB, error) {
	if _, err := os.Stat(o.Dir); err != nil {
		return nil, err
	}
	db, err := open(o.WithReadOnly(true))
	if err == nil {
		return &DB{db}, nil
	}
	for _, why := range []error{badger.ErrTruncateNeeded, badger.ErrWindowsNotSupported, badger.ErrPlan9NotSupported} {
		if strings.Contains(err.Error(), why.Error()) { // Badger does not wrap it
			damage, err := Damaged(o.Dir)
			if err == nil && damage != nil {
				err = damage
			}
			if err != nil {
				return nil, ledger.Wrap(err, ledger.Internal, "the database "+o.Dir+" is not opened, which would cut off what is damaged")
			}
			return Open(o)
		}
	}
	if strings.Contains(err.Error(), "Another process is using this Badger database") {
		return nil, fmt.Errorf("%s: %w", o.Dir, ErrInUse)
	}
	return nil, ledger.Wrap(err, ledger.Internal, "the database "+o.Dir+" cannot be opened")
}

// Pairs are the keys and values of a database, in the order of keys. They hold until
// the next one.
type Pairs struct {
	db  *DB
	err error
}

// Pairs goes through the database.
func (db *DB) Pairs() *Pairs { return &Pairs{db: db} }

// All yields them.
func (p *Pairs) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		p.err = p.db.View(func(txn *badger.Txn) error {
			it := txn.NewIterator(badger.IteratorOptions{})
			defer it.Close()
			for it.Rewind(); it.Valid(); it.Next() {
				more := true
				err := it.Item().Value(func(v []byte) error {
					more = yield(it.Item().Key(), v)
					return nil
				})
				if err != nil || !more {
					return err
				}
			}
			return nil
		})
	}
}

// Err says why All ended early.
func (p *Pairs) Err() error { return p.err }

// Difference is what is wrong with a key.
type Difference string

// What can be wrong.
const (
	Missing Difference = "is missing"
	Extra   Difference = "does not belong here"
	Changed Difference = "has another value"
)

// Differences reports every key by which a sequence differs from the one that it should
// be. Both are in the order of keys.
func Differences(have, want iter.Seq2[[]byte, []byte], report func(key []byte, d Difference)) {
	next, stop := iter.Pull2(want)
	defer stop()
	wk, wv, more := next()
	for hk, hv := range have {
		for more && bytes.Compare(wk, hk) < 0 {
			report(wk, Missing)
			wk, wv, more = next()
		}
		if !more || !bytes.Equal(wk, hk) {
			report(hk, Extra)
			continue
		}
		if !bytes.Equal(wv, hv) {
			report(hk, Changed)
		}
		wk, wv, more = next()
	}
	for ; more; wk, wv, more = next() {
		report(wk, Missing)
	}
}
