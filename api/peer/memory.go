package peer

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/witness"
)

// memory is a node's own folder. What it cosigned and the checkpoint that others
// cosigned are synced; the rest is derived from the entries and follows them again
// after a crash of the machine.
//
//	w origin   the largest checkpoint cosigned: uint64 size, [32]byte root
//	n          the latest checkpoint of its own that enough nodes cosigned
//	h          [32]byte register, uint64 entries gone through
//	m CID      missing: payload that this node may have and has not; byte 1 for a profile
//	o CID      once: payload here, which another node may have, and none is known to
//	a CID      alone: payload here, which no other node may have
type memory struct{ db *badger.DB }

const (
	cosignedPrefix = "w"
	noteKey        = "n"
	heightKey      = "h"
	missingPrefix  = "m"
	oncePrefix     = "o"
	alonePrefix    = "a"
)

func openMemory(dir string) (*memory, error) {
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMetricsEnabled(false).
		WithMemTableSize(8 << 20).WithBlockCacheSize(1 << 20).WithValueLogFileSize(16 << 20).WithNumCompactors(2))
	if err != nil {
		return nil, fmt.Errorf("what is known of the other nodes, in %s, cannot be opened: %w", dir, err)
	}
	return &memory{db}, nil
}

func (m *memory) close() error { return m.db.Close() }

// get is nil when there is nothing.
func (m *memory) get(key string) (v []byte, err error) {
	err = m.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(key))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		v, err = item.ValueCopy(nil)
		return err
	})
	return v, err
}

func (m *memory) putSynced(key string, value []byte) error {
	err := m.db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(key), value) })
	return errors.Join(err, m.db.Sync())
}

// Cosigned implements witness.Memory.
func (m *memory) Cosigned(origin string) (witness.State, error) {
	b, err := m.get(cosignedPrefix + origin)
	if err != nil || b == nil {
		return witness.State{}, err
	}
	if len(b) != 40 {
		return witness.State{}, ledger.Errorf(ledger.Internal, "what was cosigned last cannot be read")
	}
	return witness.State{Size: binary.BigEndian.Uint64(b), Root: ledger.Hash(b[8:])}, nil
}

// Keep implements witness.Memory.
func (m *memory) Keep(origin string, s witness.State) error {
	return m.putSynced(cosignedPrefix+origin, append(binary.BigEndian.AppendUint64(nil, s.Size), s.Root[:]...))
}

// adopt drops what is derived of another register. Nothing may be written beside it.
func (m *memory) adopt(register ledger.Hash) error {
	b, err := m.get(heightKey)
	if err != nil || len(b) == 40 && ledger.Hash(b[:32]) == register {
		return err
	}
	if b != nil {
		err = m.db.DropPrefix([]byte(missingPrefix), []byte(oncePrefix), []byte(alonePrefix), []byte(noteKey))
	}
	if err != nil {
		return err
	}
	return m.putSynced(heightKey, binary.BigEndian.AppendUint64(register[:], 0))
}

// height is how many entries of the register were gone through.
func (m *memory) height() (uint64, error) {
	b, err := m.get(heightKey)
	if err == nil && len(b) != 40 {
		err = ledger.Errorf(ledger.Internal, "how many entries were gone through cannot be read")
	}
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b[32:]), nil
}

// changes are made together.
type changes struct {
	set    map[string][]byte
	delete []string
}

func (c *changes) put(prefix string, id cid.Cid, value ...byte) {
	if c.set == nil {
		c.set = map[string][]byte{}
	}
	c.set[prefix+string(id.Bytes())] = value
}

// forget takes a payload out of every list.
func (c *changes) forget(id cid.Cid) {
	for _, prefix := range []string{missingPrefix, oncePrefix, alonePrefix} {
		delete(c.set, prefix+string(id.Bytes()))
		c.delete = append(c.delete, prefix+string(id.Bytes()))
	}
}

// apply makes changes: first what goes, then what comes.
func (m *memory) apply(c changes) error {
	batch := m.db.NewWriteBatch()
	defer batch.Cancel()
	for _, k := range c.delete {
		if c.set[k] != nil {
			continue
		}
		if err := batch.Delete([]byte(k)); err != nil {
			return err
		}
	}
	for k, v := range c.set {
		if err := batch.Set([]byte(k), v); err != nil {
			return err
		}
	}
	return batch.Flush()
}

// list hands out up to limit payloads of a prefix, those after the CID first; 0
// means all. It ends when f returns false.
func (m *memory) list(prefix string, after cid.Cid, f func(id cid.Cid, value []byte) bool) error {
	return m.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix = []byte(prefix)
		it := txn.NewIterator(o)
		defer it.Close()
		seek := []byte(prefix)
		if after.Defined() {
			seek = append(append(seek, after.Bytes()...), 0)
		}
		for it.Seek(seek); it.Valid(); it.Next() {
			id, err := cid.Cast(it.Item().KeyCopy(nil)[len(prefix):])
			if err != nil {
				return err
			}
			more := true
			if err := it.Item().Value(func(v []byte) error { more = f(id, v); return nil }); err != nil {
				return err
			}
			if !more {
				return nil
			}
		}
		return nil
	})
}

// count is the number of payloads of a prefix.
func (m *memory) count(prefix string) (n int, err error) {
	err = m.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			n++
		}
		return nil
	})
	return n, err
}
