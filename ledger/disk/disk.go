// Package disk opens Badger databases as the node's stores need them: few
// goroutines and caches, since values are small, random and read from memory-mapped
// files; no conflict detection, since each database has one writer; and no syncs by
// Badger itself, whose SyncWrites logs a failed sync of the value log and goes on.
package disk

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/sogoc/sogoc/ledger"
)

// ErrInUse says that another process, or this one, has a folder open. Its code is
// Conflict.
var ErrInUse = ledger.Errorf(ledger.Conflict, "the folder is in use by another process")

// Options are what databases have in common.
func Options(dir string, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(badgerLog{log}).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithSyncWrites(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithNumCompactors(2).
		WithNumGoroutines(2).
		WithNumMemtables(2).
		WithBaseLevelSize(512 << 20)
}

// DB is a database with one writer.
type DB struct{ *badger.DB }

// Open opens a database, which it makes when it does not exist. Its errors are
// ErrInUse, and Internal when the folder is broken or cannot be made.
func Open(o badger.Options) (*DB, error) {
	db, err := open(o)
	if err == nil {
		return &DB{db}, nil
	}
	// Badger has no value to compare with.
	if strings.Contains(err.Error(), "Another process is using this Badger database") {
		return nil, fmt.Errorf("%s: %w", o.Dir, ErrInUse)
	}
	return nil, ledger.Wrap(err, ledger.Internal, "the database "+o.Dir+" cannot be opened")
}

// open is badger.Open, which panics over some of what is damaged.
func open(o badger.Options) (db *badger.DB, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("it is damaged: %v", broken)
		}
	}()
	return badger.Open(o)
}

// Get returns nil when there is no such key.
func (db *DB) Get(key []byte) (value []byte, err error) {
	txn := db.NewTransaction(false)
	defer txn.Discard()
	return Read(txn, key)
}

// Read returns nil when there is no such key.
func Read(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// Put writes a value and returns once it is on disk.
func (db *DB) Put(key, value []byte) error {
	return db.Commit(func(txn *badger.Txn) error { return txn.Set(key, value) })
}

// Commit makes writes together and returns once they are on disk.
func (db *DB) Commit(write func(*badger.Txn) error) error {
	if err := db.Update(write); err != nil {
		return err
	}
	return db.Sync()
}

// badgerLog gives Badger's lines to slog, one level lower than Badger thinks
// where they are of no use to an operator.
type badgerLog struct{ log *slog.Logger }

func (l badgerLog) Errorf(f string, a ...any)   { l.log.Error(line(f, a)) }
func (l badgerLog) Warningf(f string, a ...any) { l.log.Warn(line(f, a)) }
func (l badgerLog) Infof(f string, a ...any)    { l.log.Debug(line(f, a)) }
func (l badgerLog) Debugf(string, ...any)       {}

func line(f string, a []any) string { return "badger: " + strings.TrimSpace(fmt.Sprintf(f, a...)) }
