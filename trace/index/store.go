package index

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// hash names a string in a key. Its halves are independent, see Dep.
type hash [16]byte

func hashOf(s string) hash {
	var room [128]byte // for most, which then need none of the heap
	sum := sha256.Sum256(append(room[:0], s...))
	return hash(sum[:16])
}

// hashOf2 keeps ("a", "bc") apart from ("ab", "c").
func hashOf2(a, b string) hash { return hashOf(a + "\x00" + b) }

// seq is an event's place in the register: the entry's index and the item's
// position.
type seq uint64

const itemBits = 10 // ledger.MaxItems is 1 << 10

func seqOf(entry uint64, item int) seq { return seq(entry<<itemBits | uint64(item)) }
func (s seq) entry() uint64            { return uint64(s) >> itemBits }
func (s seq) item() int                { return int(s & (1<<itemBits - 1)) }

func key(kind byte, parts ...[]byte) []byte {
	k := append(make([]byte, 0, 48), kind)
	for _, p := range parts {
		k = append(k, p...)
	}
	return k
}

func be64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// get returns a copy of the value, and nil for an absent key.
func get(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if err != nil {
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil, nil
		}
		return nil, fault(err)
	}
	v, err := item.ValueCopy(nil)
	if err != nil {
		return nil, fault(err)
	}
	return v, nil
}

// getRow decodes a JSON value; ok is false for an absent key.
func getRow[T any](txn *badger.Txn, key []byte) (row T, ok bool, err error) {
	v, err := get(txn, key)
	if err != nil || v == nil {
		return row, false, err
	}
	if err := json.Unmarshal(v, &row); err != nil {
		return row, false, corrupt(err)
	}
	return row, true, nil
}

// scan calls f with every key below a prefix from the key on, in order, until f
// returns false. Key and value hold during the call only.
func scan(txn *badger.Txn, prefix, from []byte, f func(key, value []byte) (bool, error)) error {
	opt := badger.DefaultIteratorOptions
	opt.Prefix, opt.PrefetchValues = prefix, false
	it := txn.NewIterator(opt)
	defer it.Close()
	if from == nil {
		from = prefix
	}
	for it.Seek(from); it.Valid(); it.Next() {
		item := it.Item()
		more := false
		err := item.Value(func(v []byte) (err error) {
			more, err = f(item.Key(), v)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// view reads at one moment.
func (x *Index) view(f func(txn *badger.Txn) error) error {
	return x.db.View(f)
}

func fault(err error) error {
	return ledger.Wrap(err, ledger.Internal, "the index cannot be read")
}

func corrupt(err error) error {
	return ledger.Wrap(err, ledger.Internal, "the index holds something that it did not write")
}

var errCut = errors.New("a value is cut short")

// reader takes fields off a value; after the first that is missing it yields zero
// values, and err says so.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if v := r.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes() []byte { return r.take(r.uvarint()) }

func (r *reader) err() error {
	if r.bad {
		return corrupt(errCut)
	}
	return nil
}

func appendBytes[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
