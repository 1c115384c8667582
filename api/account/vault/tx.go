package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// Tx is one reading or one change.
type Tx struct {
	v    *Vault
	txn  *badger.Txn
	ring *ring
}

// Get reads a value; ok is false where there is none.
func (t *Tx) Get(key []byte, into any) (ok bool, err error) {
	return t.get(place(dataPrefix, key), into)
}

// Put writes a value.
func (t *Tx) Put(key []byte, value any) error {
	return t.put(place(dataPrefix, key), value, 0)
}

// PutUntil writes a value that is gone after a time.
func (t *Tx) PutUntil(key []byte, value any, until time.Time) error {
	return t.put(place(dataPrefix, key), value, uint64(max(until.Unix(), 1)))
}

// Delete removes a value, if there is one.
func (t *Tx) Delete(key []byte) error { return t.txn.Delete(place(dataPrefix, key)) }

// Entry is a value that was found.
type Entry struct {
	Key []byte

	t *Tx
	b []byte
}

// Read decodes the value.
func (e Entry) Read(into any) error { return e.t.open(place(dataPrefix, e.Key), e.b, into) }

// Each calls fn for every value whose key begins with prefix, in the order of keys.
// It sees what was there before the first call.
func (t *Tx) Each(prefix []byte, fn func(Entry) error) error {
	return t.each(prefix, true, fn)
}

// Keys lists the keys that begin with prefix, in order.
func (t *Tx) Keys(prefix []byte) (keys [][]byte, err error) {
	err = t.each(prefix, false, func(e Entry) error {
		keys = append(keys, e.Key)
		return nil
	})
	return keys, err
}

// each collects first: a changing transaction of Badger has one iterator at a time.
func (t *Tx) each(prefix []byte, values bool, fn func(Entry) error) error {
	var found []Entry
	if err := t.scan(place(dataPrefix, prefix), values, func(item *badger.Item) error {
		e := Entry{Key: item.KeyCopy(nil)[len(dataPrefix):], t: t}
		if values {
			var err error
			if e.b, err = item.ValueCopy(nil); err != nil {
				return err
			}
		}
		found = append(found, e)
		return nil
	}); err != nil {
		return err
	}
	for _, e := range found {
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) scan(prefix []byte, values bool, fn func(*badger.Item) error) error {
	it := t.txn.NewIterator(badger.IteratorOptions{Prefix: prefix, PrefetchValues: values, PrefetchSize: 64})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := fn(it.Item()); err != nil {
			return err
		}
	}
	return nil
}

// claim says whose a name is. It names the name, so that it can be put under
// another key.
type claim struct {
	Kind  string    `json:"kind"`
	Name  string    `json:"name"`
	Owner ledger.ID `json:"owner"`
}

// Find returns who claimed a name, the zero ID when nobody did.
func (t *Tx) Find(kind, name string) (ledger.ID, error) {
	c, _, err := t.find(kind, name)
	return c.Owner, err
}

// find returns a claim and where it is.
func (t *Tx) find(kind, name string) (c claim, at []byte, err error) {
	for _, key := range t.ring.all() {
		at = place(namePrefix, key.name(kind, name))
		if ok, err := t.get(at, &c); ok || err != nil {
			return c, at, err
		}
	}
	return claim{}, nil, nil
}

// Claim gives a name to an owner. The name cannot be read from the store. It is a
// Conflict when another owner has it.
func (t *Tx) Claim(kind, name string, owner ledger.ID) error {
	c, at, err := t.find(kind, name)
	if err != nil || (at != nil && c.Owner == owner) {
		return err
	}
	if at != nil {
		return ledger.FieldErrorf(ledger.Conflict, kind, "belongs to another account")
	}
	return t.put(place(namePrefix, t.ring.current().name(kind, name)), claim{Kind: kind, Name: name, Owner: owner}, 0)
}

// Release takes a name back from its owner; a name of somebody else stays.
func (t *Tx) Release(kind, name string, owner ledger.ID) error {
	c, at, err := t.find(kind, name)
	if err != nil || at == nil || c.Owner != owner {
		return err
	}
	return t.txn.Delete(at)
}

func (t *Tx) get(at []byte, into any) (bool, error) {
	item, err := t.txn.Get(at)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b, err := item.ValueCopy(nil)
	if err != nil {
		return false, err
	}
	return true, t.open(at, b, into)
}

func (t *Tx) open(at, b []byte, into any) error {
	plain, err := t.ring.open(t.v.context, at, b)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return errSealed
	}
	return nil
}

func (t *Tx) put(at []byte, value any, until uint64) error {
	plain, err := json.Marshal(value)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "a record could not be written")
	}
	if len(plain) > MaxValue {
		return ledger.Errorf(ledger.TooLarge, "a record has more than %d bytes", MaxValue)
	}
	e := badger.NewEntry(at, t.ring.seal(t.v.context, at, plain))
	e.ExpiresAt = until
	return t.txn.SetEntry(e)
}

func place(prefix string, key []byte) []byte { return bytes.Join([][]byte{[]byte(prefix), key}, nil) }
