package fabric

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// store is the node's own copy of the order, with one writer.
type store struct{ db *badger.DB }

var (
	genesisKey = []byte("genesis")
	signedKey  = []byte("signed")
	appliedKey = []byte("applied")
)

const (
	blockPrefix = 'b'
	txPrefix    = 't'
	tilePrefix  = 'm'
)

func blockKey(first uint64) []byte { return binary.BigEndian.AppendUint64([]byte{blockPrefix}, first) }
func txKey(id ledger.TxID) []byte  { return append([]byte{txPrefix}, id[:]...) }
func tileKey(level uint, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{tilePrefix, byte(level)}, index)
}

// applied says up to where the store goes.
type applied struct {
	blocks uint64      // Fabric's blocks
	size   uint64      // entries
	time   ledger.Time // the last record time
	hash   ledger.Hash // of the last block's header; zero before block 0
	last   ledger.TxID // of the last entry; zero when there is none
}

const appliedSize = 8 + 8 + 8 + 32 + 32

func (a applied) encode() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, appliedSize), a.blocks)
	b = binary.BigEndian.AppendUint64(b, a.size)
	b = binary.BigEndian.AppendUint64(b, uint64(a.time))
	return append(append(b, a.hash[:]...), a.last[:]...)
}

func openStore(dir string, log *slog.Logger) (*store, error) {
	db, err := badger.Open(badger.DefaultOptions(dir).
		WithLogger(badgerLog{log}).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithNumCompactors(2).
		WithNumGoroutines(2).
		WithNumMemtables(2).
		WithSyncWrites(false). // commit syncs by itself
		WithMemTableSize(64 << 20).
		WithValueThreshold(1 << 10).
		WithValueLogFileSize(256 << 20))
	if err == nil {
		return &store{db: db}, nil
	}
	if strings.Contains(err.Error(), "Another process is using this Badger database") {
		return nil, ledger.Wrap(err, ledger.Conflict, "the ledger's folder is in use by another process")
	}
	return nil, ledger.Wrap(err, ledger.Internal, "the database "+dir+" cannot be opened")
}

func (s *store) close() error { return s.db.Close() }

// get returns nil when there is no such key.
func (s *store) get(key []byte) (value []byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, err = item.ValueCopy(nil)
		}
		return err
	})
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the node's copy of the order cannot be read")
	}
	return value, nil
}

// put writes a value and returns once it is on disk.
func (s *store) put(key, value []byte) error {
	return s.commit(func(txn *badger.Txn) error { return txn.Set(key, value) })
}

// commit makes writes together and returns once they are on disk.
func (s *store) commit(write func(*badger.Txn) error) error {
	err := s.db.Update(write)
	if err == nil {
		err = s.db.Sync()
	}
	if err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the node's copy of the order cannot be written")
	}
	return nil
}

func (s *store) applied() (applied, error) {
	b, err := s.get(appliedKey)
	if err != nil || b == nil {
		return applied{}, err
	}
	if len(b) != appliedSize {
		return applied{}, ledger.Errorf(ledger.Internal, "the node's copy of the order does not say up to where it goes")
	}
	return applied{
		blocks: binary.BigEndian.Uint64(b), size: binary.BigEndian.Uint64(b[8:]), time: ledger.Time(binary.BigEndian.Uint64(b[16:])),
		hash: ledger.Hash(b[24:56]), last: ledger.TxID(b[56:]),
	}, nil
}

// apply writes the entries of consecutive blocks, the tiles that they fill and up
// to where the store goes then.
func (s *store) apply(blocks [][]*ledger.Entry, tiles []merkle.Tile, a applied) error {
	return s.commit(func(txn *badger.Txn) error {
		for _, entries := range blocks {
			if len(entries) == 0 {
				continue
			}
			if err := txn.Set(blockKey(entries[0].Index), encodeEntries(entries)); err != nil {
				return err
			}
			for _, e := range entries {
				if err := txn.Set(txKey(e.ID), binary.BigEndian.AppendUint64(nil, e.Index)); err != nil {
					return err
				}
			}
		}
		for _, t := range tiles {
			if err := txn.Set(tileKey(t.Level, t.Index), t.Hashes); err != nil {
				return err
			}
		}
		return txn.Set(appliedKey, a.encode())
	})
}

// Tile makes store a merkle.Tiles.
func (s *store) Tile(level uint, index uint64) ([]byte, error) {
	b, err := s.get(tileKey(level, index))
	if err == nil && b == nil {
		err = ledger.Errorf(ledger.Internal, "tile %d of level %d is missing", index, level)
	}
	return b, err
}

func (s *store) find(id ledger.TxID) (index uint64, ok bool, err error) {
	b, err := s.get(txKey(id))
	if err != nil || b == nil {
		return 0, false, err
	}
	if len(b) != 8 {
		return 0, false, ledger.Errorf(ledger.Internal, "the index of transaction %s is broken", id)
	}
	return binary.BigEndian.Uint64(b), true, nil
}

// block reads the entries of the block that holds the entry at index.
func (s *store) block(index uint64, register ledger.Hash) (entries []*ledger.Entry, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: []byte{blockPrefix}})
		defer it.Close()
		if it.Seek(blockKey(index)); !it.Valid() {
			return ledger.Errorf(ledger.Internal, "the block with entry %d is missing", index)
		}
		first := binary.BigEndian.Uint64(it.Item().Key()[1:])
		b, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		if entries, err = decodeEntries(b, first, register); err != nil {
			return err
		}
		if index-first >= uint64(len(entries)) {
			return ledger.Errorf(ledger.Internal, "the block with entry %d is missing", index)
		}
		return nil
	})
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, fmt.Sprintf("entry %d cannot be read", index))
	}
	return entries, nil
}

const entriesVersion = 1

func encodeEntries(entries []*ledger.Entry) []byte {
	b := binary.BigEndian.AppendUint64([]byte{entriesVersion}, entries[0].Block)
	for _, e := range entries {
		b = binary.BigEndian.AppendUint64(b, uint64(e.Time))
		b = binary.BigEndian.AppendUint32(b, e.Rules)
		b = append(b, e.Signer[:]...)
		tx := e.Tx.Encode()
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(tx))), tx...)
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(e.Outcome))), e.Outcome...)
	}
	return b
}

// decodeEntries reads what encodeEntries wrote, and nothing else. The signers are as
// recorded when their signatures were checked.
func decodeEntries(b []byte, first uint64, register ledger.Hash) ([]*ledger.Entry, error) {
	if len(b) < 9 || b[0] != entriesVersion {
		return nil, ledger.Errorf(ledger.Invalid, "the block is not of version %d", entriesVersion)
	}
	number := binary.BigEndian.Uint64(b[1:])
	var entries []*ledger.Entry
	for b = b[9:]; len(b) > 0; {
		const fixed = 8 + 4 + 20
		if len(b) < fixed {
			return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
		}
		e := &ledger.Entry{
			Index: first + uint64(len(entries)), Block: number, Time: ledger.Time(binary.BigEndian.Uint64(b)),
			Rules: binary.BigEndian.Uint32(b[8:]), Signer: ledger.Address(b[12:fixed]),
		}
		encoded, rest, ok := cutBytes(b[fixed:])
		if ok {
			e.Outcome, rest, ok = cutBytes(rest)
		}
		if !ok {
			return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
		}
		var err error
		if e.Tx, err = ledger.DecodeTx(encoded); err != nil {
			return nil, err
		}
		e.ID = e.Tx.ID(register)
		entries, b = append(entries, e), rest
	}
	if len(entries) == 0 {
		return nil, ledger.Errorf(ledger.Invalid, "the block has no entries")
	}
	return entries, nil
}

// cutBytes takes a byte string behind its uint32 length off b. An empty one is
// nil.
func cutBytes(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	if n == 0 {
		return nil, b, true
	}
	return b[:n:n], b[n:], true
}

// badgerLog gives Badger's lines to slog, one level lower than Badger thinks
// where they are of no use to an operator.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(f string, a ...any)   { l.log.Error(line(f, a)) }
func (l badgerLog) Warningf(f string, a ...any) { l.log.Warn(line(f, a)) }
func (l badgerLog) Infof(f string, a ...any)    { l.log.Debug(line(f, a)) }
func (l badgerLog) Debugf(string, ...any)       {}

func line(f string, a []any) string { return "badger: " + strings.TrimSpace(fmt.Sprintf(f, a...)) }
