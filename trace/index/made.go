package index

import (
	"context"
	"encoding/binary"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// madeSet knows which things nothing leads into: most of what a trace upward comes to was
// made of nothing that is recorded, and asking the store for a list that is not there
// costs as much as reading one. It is a Bloom filter whose four bits of a thing are in
// one word. It says of 1 in 20 things out of 10 million that they may have a list when
// they have none, and of fewer where fewer have one.
type madeSet struct {
	words []atomic.Uint64
	whole atomic.Bool // it has the lists that were there when the index was opened
}

const madeWords = 1 << 20 // 8 MiB

func newMadeSet() madeSet { return madeSet{words: make([]atomic.Uint64, madeWords)} }

func madeBits(node hash) (word uint32, bits uint64) {
	word = binary.BigEndian.Uint32(node[:]) % madeWords
	for _, b := range node[4:8] {
		bits |= 1 << (b % 64)
	}
	return word, bits
}

// add says that a list of what leads into a node is about to be written.
func (m *madeSet) add(node hash) {
	word, bits := madeBits(node)
	if m.words[word].Load()&bits != bits {
		m.words[word].Or(bits)
	}
}

// may reports whether there may be a list of what leads into a node.
func (m *madeSet) may(node hash) bool {
	word, bits := madeBits(node)
	return !m.whole.Load() || m.words[word].Load()&bits == bits
}

// load adds the lists that are on the disk.
func (m *madeSet) load(ctx context.Context, db *badger.DB) error {
	err := db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{'g', byte(up)}})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if key := it.Item().Key(); len(key) == len(headKey{}) {
				m.add(hash(key[2:]))
				if err := ctx.Err(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		m.whole.Store(true)
	}
	return err
}
