package embedded

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// state is the database that is derived from the blocks.
type state struct {
	db    *badger.DB
	cache *cache // the sequencer's
}

// The first byte of a key says what it is.
const (
	contractPrefix = 's' // then a contract's key: its value
	txPrefix       = 't' // then a transaction's identifier: uint64 index
	tilePrefix     = 'm' // then uint8 level, uint64 index: the tile's hashes
)

var appliedKey = []byte("applied")

// applied says up to where the state goes.
type applied struct {
	blocks uint64      // number of blocks
	size   uint64      // number of entries
	time   ledger.Time // the last record time
	hash   ledger.Hash // the last block's; before block 0 the register id
}

func (a applied) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, a.blocks)
	b = binary.BigEndian.AppendUint64(b, a.size)
	b = binary.BigEndian.AppendUint64(b, uint64(a.time))
	return append(b, a.hash[:]...)
}

func decodeApplied(b []byte) (applied, error) {
	if len(b) != 56 {
		return applied{}, ledger.Errorf(ledger.Invalid, "the state does not say up to where it goes")
	}
	return applied{
		blocks: binary.BigEndian.Uint64(b), size: binary.BigEndian.Uint64(b[8:]),
		time: ledger.Time(binary.BigEndian.Uint64(b[16:])), hash: ledger.Hash(b[24:]),
	}, nil
}

func openState(dir string, cacheBytes int, log *slog.Logger) (*state, error) {
	// A batch may take 15 % of a memtable, and holds a whole block: see maxWrites.
	db, err := badger.Open(commonOptions(dir, log).
		WithSyncWrites(false).
		WithMemTableSize(64 << 20).
		WithValueLogFileSize(64 << 20))
	if err != nil {
		return nil, openError(dir, err)
	}
	return &state{db: db, cache: newCache(cacheBytes)}, nil
}

func (s *state) close() error { return s.db.Close() }

// applied returns false for a state that nothing was applied to.
func (s *state) applied() (applied, bool, error) {
	b, err := s.get(appliedKey)
	if err != nil || b == nil {
		return applied{}, false, err
	}
	a, err := decodeApplied(b)
	return a, err == nil, err
}

// found puts the genesis into an empty state.
func (s *state) found(g ledger.Genesis) error {
	writes := ledger.NewOverlay(nil)
	writes.Put(ledger.GenesisKey, g.Encode())
	return s.apply(writes, nil, nil, applied{hash: g.Register()})
}

// apply makes a block's writes, its transactions and the tiles that it filled part
// of the state, in one atomic write. After an error the state is not to be used.
func (s *state) apply(writes *ledger.Overlay, ids []ledger.TxID, tiles []merkle.Tile, a applied) error {
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	err := writes.Flush(func(key string, value []byte) error {
		if value == nil {
			return txn.Delete(contractKey(key))
		}
		return txn.Set(contractKey(key), value)
	})
	if err != nil {
		return err
	}
	const keySize, entrySize = 1 + len(ledger.TxID{}), 1 + len(ledger.TxID{}) + 8
	buf := make([]byte, 0, entrySize*len(ids)) // Badger keeps the slices until the commit
	first := a.size - uint64(len(ids))
	for i, id := range ids {
		at := len(buf)
		buf = append(append(buf, txPrefix), id[:]...)
		buf = binary.BigEndian.AppendUint64(buf, first+uint64(i))
		if err := txn.Set(buf[at:at+keySize:at+keySize], buf[at+keySize:]); err != nil {
			return err
		}
	}
	for _, t := range tiles {
		if err := txn.Set(tileKey(t.Level, t.Index), t.Hashes); err != nil {
			return err
		}
	}
	if err := txn.Set(appliedKey, a.encode()); err != nil {
		return err
	}
	return txn.Commit()
}

// remember puts what was applied into the cache. It is the sequencer's.
func (s *state) remember(writes *ledger.Overlay) {
	writes.Flush(func(key string, value []byte) error {
		s.cache.put(key, value)
		return nil
	})
}

func contractKey(key string) []byte {
	return append(append(make([]byte, 0, 1+len(key)), contractPrefix), key...)
}

func tileKey(level uint, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{tilePrefix, byte(level)}, index)
}

// Tile makes state a merkle.Tiles.
func (s *state) Tile(level uint, index uint64) ([]byte, error) {
	b, err := s.get(tileKey(level, index))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, ledger.Errorf(ledger.Internal, "tile %d of level %d is missing", index, level)
	}
	return b, nil
}

func (s *state) get(key []byte) ([]byte, error) {
	v := s.view()
	defer v.discard()
	return v.read(key)
}

// find returns the index of a transaction.
func (s *state) find(id ledger.TxID) (index uint64, ok bool, err error) {
	v := s.view()
	defer v.discard()
	return v.find(id)
}

// view is the state at one moment, below the writes of a group that may not be part
// of it yet. Its Get is the sequencer's, since it goes through the cache.
type view struct {
	s      *state
	txn    *badger.Txn
	before *ledger.Overlay // nil when there is no such group
	failed error           // the first error of Get, which a contract may have ignored
}

func (s *state) view() *view     { return &view{s: s, txn: s.db.NewTransaction(false)} }
func (v *view) discard()         { v.txn.Discard() }
func (v *view) seenError() error { err := v.failed; v.failed = nil; return err }

func (v *view) Get(key string) ([]byte, error) {
	if v.before != nil {
		if value, ok := v.before.Written(key); ok {
			return value, nil
		}
	}
	if value, known := v.s.cache.get(key); known {
		return value, nil
	}
	value, err := v.read(contractKey(key))
	if err != nil {
		v.failed = err
		return nil, err
	}
	v.s.cache.put(key, value)
	return value, nil
}

func (v *view) find(id ledger.TxID) (index uint64, ok bool, err error) {
	key := append([]byte{txPrefix}, id[:]...)
	b, err := v.read(key)
	if err != nil || b == nil {
		return 0, false, err
	}
	if len(b) != 8 {
		return 0, false, ledger.Errorf(ledger.Internal, "the index of transaction %s is broken", id)
	}
	return binary.BigEndian.Uint64(b), true, nil
}

// read returns nil for an absent key.
func (v *view) read(key []byte) ([]byte, error) {
	item, err := v.txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
	}
	value, err := item.ValueCopy(nil)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
	}
	return value, nil
}

// digest is the SHA-256 over what contracts wrote: for each key in order its
// uint32 length, the key, the value's uint32 length, the value.
func (s *state) digest() (ledger.Hash, error) {
	h := sha256.New()
	var n [4]byte
	write := func(b []byte) {
		binary.BigEndian.PutUint32(n[:], uint32(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	err := s.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix = []byte{contractPrefix}
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			write(it.Item().Key()[1:])
			if err := it.Item().Value(func(v []byte) error { write(v); return nil }); err != nil {
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
