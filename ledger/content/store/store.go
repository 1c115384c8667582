// Package store keeps payloads in Badger, in one directory that one process holds
// at a time.
//
// # On disk
//
// The folder blocks is a Badger database; the file keys holds the keys of sealed
// payloads, apart from it, so that a key is destroyed by overwriting it in its
// place (a deleted Badger value stays on disk until a compaction comes by). The
// database's keys start with a letter:
//
//	p CID               a payload: byte version = 1, byte form (0 one chunk, 1 tree,
//	                    2 one chunk that is packed); then the bytes of the one chunk,
//	                    as they are or in the block format of Snappy (ledger.Pack), or
//	                    of a tree its 16-byte upload and its size as uint64
//	k CID               the payload is sealed: uint64 slot in the file keys
//	b upload multihash  a block of a tree
//	t CID               a tombstone: int64 time in milliseconds, reason
//	u upload            an upload that is no payload's: begun, replaced or erased
//	n                   16 random bytes: the name of this store, by which backups know it
//
// So a small payload is one key. The blocks of a larger one belong to the upload
// that brought them and to no other: payloads that have blocks in common share
// none on disk, erasing one cannot touch another, a block is served below its own
// root by a single lookup, and an upload does the same work whatever is already
// there. The price is that equal chunks of different payloads are stored twice.
//
// A payload stored again takes the place of the first, which mends it when its
// bytes have rotted; ciphertext that comes back without its key, from a replica,
// stays a sealed payload. Uploads that the letter u names are removed in the
// background, and when the store is opened.
//
// # Writes
//
// One goroutine writes. It takes what has gathered while the last sync ran, writes
// it in one Badger transaction and syncs once; it never waits for more. Since
// nothing else writes, a sync covers all that was written before. A store that
// failed to write or sync refuses further writes until it is opened again.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// DefaultMaxSize is the largest payload that a store accepts unless told
// otherwise, in bytes.
const DefaultMaxSize = 64 << 20

// Config says where and how payloads are kept.
type Config struct {
	Dir     string       // made when it is not there
	MaxSize int64        // bytes of one payload before sealing; 0 means DefaultMaxSize
	Log     *slog.Logger // nil means slog.Default()
	// Room refuses when nothing more is to be stored; nil never does. A payload that is
	// being stored already may still be.
	Room func() error
}

// Store is a content.Store. It is for concurrent use.
type Store struct {
	db      *badger.DB
	keys    *keyFile
	name    [16]byte
	log     *slog.Logger
	maxSize int64
	room    func() error

	readOnly bool // nothing takes requests

	gate     sync.RWMutex // held while a request is handed over, and to close
	closed   bool
	requests chan *request
	writer   sync.WaitGroup

	sweeps     sync.WaitGroup
	stopSweeps context.CancelFunc
	sweepCtx   context.Context

	// The writer's own.
	erased map[cid.Cid]ledger.Time
	failed error
}

var _ content.Store = (*Store)(nil)

// What is in the folder.
const (
	blocksFolder = "blocks"
	keysFile     = "keys"
)

func databaseOptions(dir string) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(nil).
		WithMetricsEnabled(false).
		WithDetectConflicts(false). // one writer
		WithNumCompactors(2).
		WithNumMemtables(2).
		WithCompression(options.None). // hashes and ciphertext
		WithBlockCacheSize(0).
		WithMemTableSize(memTableSize).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(128 << 20)
}

// Open opens the store in a directory, or makes one there. It is Unavailable when
// another process has it open.
func Open(c Config) (*Store, error) {
	if c.Dir == "" {
		return nil, ledger.FieldErrorf(ledger.Invalid, "dir", "names no directory")
	}
	if c.MaxSize < 0 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "max-size", "%d is not a number of bytes", c.MaxSize)
	}
	if c.MaxSize == 0 {
		c.MaxSize = DefaultMaxSize
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Room == nil {
		c.Room = func() error { return nil }
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the payload store cannot make its directory: %w", err)
	}
	blocks := filepath.Join(c.Dir, blocksFolder)
	db, err := badger.Open(databaseOptions(blocks))
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the payload store in "+blocks+" cannot be opened; it may be in use")
	}
	keys, err := openKeyFile(filepath.Join(c.Dir, keysFile))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{
		db: db, keys: keys, log: c.Log, maxSize: c.MaxSize, room: c.Room,
		requests: make(chan *request, maxGroup),
		erased:   map[cid.Cid]ledger.Time{},
	}
	unused, err := s.load()
	if err == nil {
		s.name, err = nameOf(db)
	}
	if err != nil {
		return nil, errors.Join(err, keys.close(), db.Close())
	}
	s.sweepCtx, s.stopSweeps = context.WithCancel(context.Background())
	s.writer.Go(s.write)
	for _, u := range unused {
		s.sweepLater(u)
	}
	return s, nil
}

// Close finishes what was begun and closes the store. Calls that come later are
// Unavailable; readers must be closed before.
func (s *Store) Close() error {
	s.gate.Lock()
	if s.closed {
		s.gate.Unlock()
		return nil
	}
	s.closed = true
	s.stopSweeps()
	close(s.requests)
	s.gate.Unlock()
	s.sweeps.Wait()
	s.writer.Wait()
	return errors.Join(s.keys.close(), s.db.Close())
}

// load reads the tombstones and lists the uploads that are no payload's.
func (s *Store) load() (unused []uploadID, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		for item := range items(txn, tombstonePrefix, true) {
			c, err := cid.Cast(item.Key()[1:])
			if err != nil {
				return fmt.Errorf("tombstone %x: %w", item.Key(), err)
			}
			var t tombstone
			if err := item.Value(t.decode); err != nil {
				return err
			}
			s.erased[c] = t.at
		}
		for item := range items(txn, unusedPrefix, false) {
			if len(item.Key()) != 1+len(uploadID{}) {
				return fmt.Errorf("upload %x has no such name", item.Key())
			}
			unused = append(unused, uploadID(item.Key()[1:]))
		}
		return nil
	})
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the payload store cannot be read")
	}
	return unused, nil
}

// sweepLater removes an upload in the background. What is left when the store
// closes is removed when it is opened.
func (s *Store) sweepLater(u uploadID) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return
	}
	s.sweeps.Go(func() {
		if err := s.sweep(s.sweepCtx, u); err != nil && s.sweepCtx.Err() == nil {
			s.log.Error("payload store: an unused upload was not removed", "err", err)
		}
	})
}

// sweep deletes the blocks of an upload and then its mark.
func (s *Store) sweep(ctx context.Context, u uploadID) error {
	// Behind what the upload itself still has in the queue; and when that made it a
	// payload's after all, there is no mark.
	marked := false
	err := s.submit(ctx, &request{apply: func(txn *badger.Txn) error {
		_, err := txn.Get(unusedKey(u))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		marked = err == nil
		return err
	}})
	if err != nil || !marked {
		return err
	}
	var keys [][]byte
	err = s.view(ctx, func(txn *badger.Txn) error {
		for item := range items(txn, string(blockKey(u, nil)), false) {
			keys = append(keys, item.KeyCopy(nil))
		}
		return nil
	})
	if err != nil {
		return err
	}
	keys = append(keys, unusedKey(u)) // last, so that what is cut short starts over
	for len(keys) > 0 {
		n := min(len(keys), maxRequestOps)
		part := keys[:n]
		keys = keys[n:]
		err := s.submit(ctx, &request{ops: n, apply: func(txn *badger.Txn) error {
			for _, k := range part {
				if err := txn.Delete(k); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// Compact gives the room of what was erased or replaced back to the system, and
// with it what is left on disk of erased bytes that were not sealed. Writes wait
// while it runs.
func (s *Store) Compact(ctx context.Context) error {
	// In the writer's goroutine, because Badger's own writes would otherwise come
	// between one of ours and its sync.
	return s.submit(ctx, &request{alone: func() error {
		if err := s.db.Flatten(2); err != nil {
			return ledger.Wrap(err, ledger.Internal, "the payload store cannot be compacted")
		}
		for {
			err := s.db.RunValueLogGC(0.1)
			if errors.Is(err, badger.ErrNoRewrite) {
				return nil
			}
			if err != nil {
				return ledger.Wrap(err, ledger.Internal, "the payload store cannot be compacted")
			}
		}
	}})
}

func newUpload() uploadID {
	var u uploadID
	rand.Read(u[:])
	return u
}
