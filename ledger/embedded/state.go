package embedded

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/order"
)

// state is the database that is derived from the blocks: what contracts wrote, and
// the index of the order.
type state struct {
	*disk.DB
	keys  *disk.Filter
	cache *cache // the sequencer's
}

// contractPrefix starts the key that a contract's value lies under.
const contractPrefix = 's'

func openState(dir string, cacheBytes int, log *slog.Logger) (*state, error) {
	db, err := disk.Open(stateOptions(dir, log))
	if err != nil {
		return nil, err
	}
	return &state{DB: db, keys: disk.NewFilter(), cache: newCache(cacheBytes)}, nil
}

func stateOptions(dir string, log *slog.Logger) badger.Options {
	// A batch may take 15 % of a memtable, and holds a whole block: see maxGroup.
	return disk.Options(dir, log).
		WithMemTableSize(64 << 20).
		WithValueLogFileSize(64 << 20)
}

func (s *state) close() error { return s.DB.Close() }

// found puts the genesis into an empty state.
func (s *state) found(g ledger.Genesis) error {
	if err := s.keys.Load(context.Background(), s.DB.DB, nil); err != nil { // of nothing
		return err
	}
	writes := ledger.NewOverlay(nil)
	writes.Put(ledger.GenesisKey, g.Encode())
	return s.apply(writes, order.Position{Hash: g.Register()}.Set)
}

// apply makes a block's writes and its part of the index part of the state, in one
// atomic write. After an error the state is not to be used.
func (s *state) apply(writes *ledger.Overlay, index func(order.Set) error) error {
	txn := s.NewTransaction(true)
	defer txn.Discard()
	set := func(key, value []byte) error {
		s.keys.Add(key)
		return txn.Set(key, value)
	}
	err := writes.Flush(func(key string, value []byte) error {
		if value == nil {
			return txn.Delete(contractKey(key))
		}
		return set(contractKey(key), value)
	})
	if err != nil {
		return err
	}
	if err := index(set); err != nil {
		return err
	}
	return txn.Commit()
}

// remember puts what was applied into the cache. It is the sequencer's.
func (s *state) remember(writes *ledger.Overlay) {
	for key, value := range writes.All() {
		s.cache.put(key, value)
	}
}

func contractKey(key string) []byte { return appendContractKey(make([]byte, 0, 1+len(key)), key) }

func appendContractKey(b []byte, key string) []byte { return append(append(b, contractPrefix), key...) }

func (s *state) get(key []byte) ([]byte, error) {
	v := s.view()
	defer v.discard()
	return v.read(key)
}

// view is the state at one moment, below the writes of groups that may not be part
// of it yet. Its Get is the sequencer's, since it goes through the cache.
type view struct {
	s     *state
	txn   *badger.Txn
	above []*ledger.Overlay // the newest first
	key   []byte            // that Get reads, to be used again
}

func (s *state) view() *view { return &view{s: s, txn: s.NewTransaction(false)} }
func (v *view) discard()     { v.txn.Discard() }

func (v *view) Get(key string) ([]byte, error) {
	for _, o := range v.above {
		if value, ok := o.Written(key); ok {
			return value, nil
		}
	}
	if value, known := v.s.cache.get(key); known {
		return value, nil
	}
	v.key = appendContractKey(v.key[:0], key)
	value, err := v.read(v.key)
	if value != nil { // what is absent is known to be so without the cache
		v.s.cache.put(key, value)
	}
	return value, err
}

// read returns nil for an absent key, as most that are read are.
func (v *view) read(key []byte) ([]byte, error) {
	if !v.s.keys.May(key) {
		return nil, nil
	}
	value, err := disk.Read(v.txn, key)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
	}
	return value, nil
}

// digest is the SHA-256 over what contracts wrote.
func (s *state) digest() (ledger.Hash, error) {
	h := sha256.New()
	var pair []byte
	err := s.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix = []byte{contractPrefix}
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			err := it.Item().Value(func(v []byte) error {
				pair = ledger.AppendPair(pair[:0], it.Item().Key()[1:], v)
				h.Write(pair)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return ledger.Hash{}, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
	}
	return ledger.Hash(h.Sum(nil)), nil
}

// Compact gives the room of what was replaced in a ledger that nobody has open back to
// the system. Blocks are not moved: none is ever replaced.
func Compact(dir string, log *slog.Logger) error {
	if err := disk.Compact(blockOptions(filepath.Join(dir, "blocks"), log), false); err != nil {
		return err
	}
	return disk.Compact(stateOptions(filepath.Join(dir, "state"), log), true)
}
