package store

import (
	"encoding/binary"
	"errors"
	"iter"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
)

const (
	payloadPrefix   = "p"
	keyPrefix       = "k"
	blockPrefix     = "b"
	tombstonePrefix = "t"
	unusedPrefix    = "u"
	nameKey         = "n"
)

// uploadID names the blocks that came together.
type uploadID [16]byte

func payloadKey(c cid.Cid) []byte   { return append([]byte(payloadPrefix), c.Bytes()...) }
func slotKey(c cid.Cid) []byte      { return append([]byte(keyPrefix), c.Bytes()...) }
func tombstoneKey(c cid.Cid) []byte { return append([]byte(tombstonePrefix), c.Bytes()...) }
func unusedKey(u uploadID) []byte   { return append([]byte(unusedPrefix), u[:]...) }

func blockKey(u uploadID, multihash []byte) []byte {
	return append(append([]byte(blockPrefix), u[:]...), multihash...)
}

const (
	recordVersion = 1
	formChunk     = 0
	formTree      = 1
	formPacked    = 2
)

var errRecord = errors.New("a payload's record is damaged")

// record is a payload's entry.
type record struct {
	tree   bool
	upload uploadID // of a tree
	size   int64    // of a tree, as stored
	data   []byte   // of a payload of one chunk, as it is
	packed []byte   // of one that is stored packed, in the place of data
}

// chunkRecord is the record of a payload of one chunk, packed where that saves an
// eighth of it. What is sealed never is: it looks like chance.
func chunkRecord(data []byte, sealed bool) record {
	if !sealed {
		if packed := ledger.Pack(data); len(packed) < len(data)-len(data)/8 {
			return record{packed: packed}
		}
	}
	return record{data: data}
}

// storedSize is the payload's size, sealed where it is.
func (r *record) storedSize() (int64, error) {
	switch {
	case r.tree:
		return r.size, nil
	case r.packed != nil:
		n, err := ledger.UnpackedLen(r.packed)
		return int64(n), err
	}
	return int64(len(r.data)), nil
}

// chunk is a payload of one chunk.
func (r *record) chunk() ([]byte, error) {
	if r.packed != nil {
		return ledger.Unpack(r.packed)
	}
	return r.data, nil
}

func (r *record) encode() []byte {
	form, data := byte(formChunk), r.data
	switch {
	case r.tree:
		b := append([]byte{recordVersion, formTree}, r.upload[:]...)
		return binary.BigEndian.AppendUint64(b, uint64(r.size))
	case r.packed != nil:
		form, data = formPacked, r.packed
	}
	return append(append(make([]byte, 0, 2+len(data)), recordVersion, form), data...)
}

// decode reads b, which data and packed then share.
func (r *record) decode(b []byte) error {
	if len(b) < 2 || b[0] != recordVersion {
		return errRecord
	}
	form, b := b[1], b[2:]
	switch {
	case form == formChunk:
		*r = record{data: b}
	case form == formPacked:
		*r = record{packed: b}
	case form == formTree && len(b) == len(r.upload)+8:
		size := int64(binary.BigEndian.Uint64(b[len(r.upload):]))
		*r = record{tree: true, upload: uploadID(b[:len(r.upload)]), size: size}
	default:
		return errRecord
	}
	if r.size < 0 {
		return errRecord
	}
	return nil
}

// findSlot returns where the key of a sealed payload is, and 0 when c is not
// sealed.
func findSlot(txn *badger.Txn, c cid.Cid) (slot uint64, err error) {
	item, err := txn.Get(slotKey(c))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	err = item.Value(func(b []byte) error {
		if len(b) != 8 {
			return errRecord
		}
		slot = binary.BigEndian.Uint64(b)
		return nil
	})
	return slot, err
}

// tombstone is what is left of an erased payload.
type tombstone struct {
	at     ledger.Time
	reason string
}

func (t *tombstone) encode() []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(t.at)), t.reason...)
}

func (t *tombstone) decode(b []byte) error {
	if len(b) < 8 {
		return errors.New("a tombstone is damaged")
	}
	t.at, t.reason = ledger.Time(binary.BigEndian.Uint64(b)), string(b[8:])
	return nil
}

// items yields the items whose key starts with prefix. An item is good until the
// next one.
func items(txn *badger.Txn, prefix string, values bool) iter.Seq[*badger.Item] {
	return func(yield func(*badger.Item) bool) {
		o := badger.DefaultIteratorOptions
		o.Prefix, o.PrefetchValues = []byte(prefix), values
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if !yield(it.Item()) {
				return
			}
		}
	}
}
