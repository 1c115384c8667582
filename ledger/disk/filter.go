package disk

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// Filter knows of most keys that a database does not have them: asking Badger for a key
// that is not there costs as much as reading one. It is a Bloom filter in layers, each
// four times as large as the one before, so that it is small while there are few keys:
// 1.5 MiB up to 800,000, 7.5 up to 4 million, and never more than 31.5. It takes 1 in 100
// keys that are not there for one that may be, and 1 in 60 among 20 million.
//
// It holds for a database all of whose writers Add their keys, and until that is
// replaced by another. It is for concurrent use.
type Filter struct {
	seed   maphash.Seed
	whole  atomic.Bool // it has the keys that were there before it
	layers atomic.Pointer[[]layer]
	adding sync.Mutex
	room   int // of the newest layer, in keys; under adding
}

type layer []atomic.Uint64

const (
	smallestLayer = 3 << 16 // words
	maxLayers     = 3
	keysPerWord   = 4
)

// NewFilter returns a filter that knows nothing before Load.
func NewFilter() *Filter {
	f := &Filter{seed: maphash.MakeSeed()}
	f.layers.Store(new([]layer))
	return f
}

// Add says that a key is about to be written.
func (f *Filter) Add(key []byte) {
	h := f.hash(key)
	f.adding.Lock()
	defer f.adding.Unlock()
	layers := *f.layers.Load()
	if has(layers, h) {
		return
	}
	if f.room == 0 && len(layers) < maxLayers {
		next := make(layer, smallestLayer<<(2*len(layers)))
		layers = append(layers[:len(layers):len(layers)], next)
		f.layers.Store(&layers)
		f.room = keysPerWord * len(next)
	}
	word, bits := layers[len(layers)-1].at(h)
	word.Or(bits)
	f.room = max(f.room-1, 0) // the last layer takes whatever comes
}

// May reports whether the database may have a key.
func (f *Filter) May(key []byte) bool {
	return !f.whole.Load() || has(*f.layers.Load(), f.hash(key))
}

// Load adds the keys of a prefix that the database has, once. Until it has ended well,
// every key may be there. A transaction that began before it can have keys that were
// deleted since, which it does not see.
func (f *Filter) Load(ctx context.Context, db *badger.DB, prefix []byte) error {
	if f.whole.Load() {
		return nil
	}
	err := db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			f.Add(it.Item().Key())
		}
		return nil
	})
	if err == nil {
		f.whole.Store(true)
	}
	return err
}

func (f *Filter) hash(key []byte) uint64 { return maphash.Bytes(f.seed, key) }

func has(layers []layer, h uint64) bool {
	for _, l := range layers {
		if word, bits := l.at(h); word.Load()&bits == bits {
			return true
		}
	}
	return false
}

// at is where a key's bits are: five, in one word, so that asking for them is one access
// to memory.
func (l layer) at(h uint64) (word *atomic.Uint64, bits uint64) {
	word = &l[h>>32*uint64(len(l))>>32]
	for range 5 {
		bits |= 1 << (h % 64)
		h >>= 6
	}
	return word, bits
}
