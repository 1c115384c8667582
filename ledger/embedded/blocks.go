package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/sogoc/sogoc/ledger"
)

// blocks is the database that is the truth.
type blocks struct{ db *badger.DB }

var (
	genesisKey = []byte("genesis")
	signedKey  = []byte("signed")
)

const blockPrefix = 'b'

func blockKey(first uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{blockPrefix}, first)
}

// commonOptions are what both databases share: few goroutines and caches, since
// values are small, random and read from memory-mapped files.
func commonOptions(dir string, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(badgerLog{log}).
		WithMetricsEnabled(false).
		WithDetectConflicts(false). // each database has one writer
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithNumCompactors(2).
		WithNumGoroutines(2).
		WithNumMemtables(2)
}

func openBlocks(dir string, log *slog.Logger) (*blocks, error) {
	// Every block goes to the value log, once; the tree of keys stays tiny.
	// Badger's own SyncWrites logs a failed sync of the value log and goes on, so
	// put syncs by itself.
	db, err := badger.Open(commonOptions(dir, log).
		WithSyncWrites(false).
		WithMemTableSize(1 << 20).
		WithBaseTableSize(1 << 20).
		WithValueThreshold(64).
		WithValueLogFileSize(256 << 20))
	if err != nil {
		return nil, openError(dir, err)
	}
	return &blocks{db: db}, nil
}

// openError tells a folder that is in use from one that is broken. Badger has no
// value to compare with.
func openError(dir string, err error) error {
	if strings.Contains(err.Error(), "Another process is using this Badger database") {
		return fmt.Errorf("%s: %w", dir, ErrInUse)
	}
	return ledger.Wrap(err, ledger.Internal, "the database "+dir+" cannot be opened")
}

// put writes a value and returns once it is on disk.
func (s *blocks) put(key, value []byte) error {
	err := s.db.Update(func(txn *badger.Txn) error { return txn.Set(key, value) })
	if err != nil {
		return err
	}
	return s.db.Sync()
}

// get returns nil when there is no such key.
func (s *blocks) get(key []byte) (value []byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		value, err = item.ValueCopy(nil)
		return err
	})
	return value, err
}

// at reads the block whose first entry is first; nil when there is none.
func (s *blocks) at(first uint64) (*block, error) {
	b, err := s.get(blockKey(first))
	if err != nil || b == nil {
		return nil, blockError(first, err)
	}
	bl, err := decodeBlock(b)
	if err != nil {
		return nil, blockError(first, err)
	}
	if bl.first != first {
		return nil, blockError(first, ledger.Errorf(ledger.Invalid, "it says that it starts at entry %d", bl.first))
	}
	return bl, nil
}

func blockError(first uint64, err error) error {
	if err == nil {
		return nil
	}
	return ledger.Wrap(err, ledger.Internal, fmt.Sprintf("the block that starts at entry %d cannot be read", first))
}

// holding returns the first index of the last block that starts at or before
// index; false when there is none.
func (s *blocks) holding(index uint64) (first uint64, ok bool, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: []byte{blockPrefix}})
		defer it.Close()
		it.Seek(blockKey(index))
		if ok = it.Valid(); ok {
			first = binary.BigEndian.Uint64(it.Item().Key()[1:])
		}
		return nil
	})
	return first, ok, err
}

func (s *blocks) close() error { return s.db.Close() }

// badgerLog gives Badger's lines to slog, one level lower than Badger thinks
// where they are of no use to an operator.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(f string, a ...any)   { l.log.Error(line(f, a)) }
func (l badgerLog) Warningf(f string, a ...any) { l.log.Warn(line(f, a)) }
func (l badgerLog) Infof(f string, a ...any)    { l.log.Debug(line(f, a)) }
func (l badgerLog) Debugf(string, ...any)       {}

func line(f string, a []any) string { return "badger: " + strings.TrimSpace(fmt.Sprintf(f, a...)) }
