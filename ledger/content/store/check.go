package store

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/disk"
)

// Found is what a check found of a payload.
type Found struct {
	CID    cid.Cid
	Erased bool  // there is a tombstone, and nothing else
	Wrong  error // nil when it is as it was stored
}

// OpenToRead opens a store that nobody has open, and changes nothing in it: what would
// is Unavailable. Its errors are those of disk.OpenToRead.
func OpenToRead(dir string, log *slog.Logger) (*Store, error) {
	db, err := disk.OpenToRead(databaseOptions(filepath.Join(dir, blocksFolder)))
	if err != nil {
		return nil, err
	}
	keys, err := readKeyFile(filepath.Join(dir, keysFile))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{db: db.DB, keys: keys, log: log, readOnly: true, requests: make(chan *request)}
	s.sweepCtx, s.stopSweeps = context.WithCancel(context.Background())
	return s, nil
}

// Check reads every payload: each block against its CID, each sealed payload by its key
// to its end. It goes on after what is wrong. Its error means that it could not check;
// database is what is wrong with the files themselves.
func (s *Store) Check(ctx context.Context, each func(Found), progress func(done, total int)) (database, err error) {
	n, err := s.Snapshot()
	if err != nil {
		return nil, err
	}
	defer n.Close()
	database = s.db.VerifyChecksum()
	total := 0
	for range items(n.txn, payloadPrefix, false) {
		total++
	}
	done := 0
	for item := range items(n.txn, payloadPrefix, false) {
		if ctx.Err() != nil {
			return database, ctx.Err()
		}
		each(n.check(item))
		done++
		progress(done, total)
	}
	for item := range items(n.txn, tombstonePrefix, false) {
		f := Found{Erased: true}
		if f.CID, f.Wrong = cid.Cast(item.Key()[1:]); f.Wrong == nil {
			f.Wrong = n.checkTombstone(f.CID)
		}
		each(f)
	}
	return database, nil
}

func (n *Snapshot) check(item *badger.Item) (f Found) {
	if f.CID, f.Wrong = cid.Cast(item.Key()[1:]); f.Wrong != nil {
		return f
	}
	value, err := item.ValueCopy(nil)
	var k Kept
	if err == nil {
		k, err = n.kept(f.CID, value)
	}
	if err == nil {
		err = readThrough(k)
	}
	f.Wrong = err
	return f
}

// readThrough reads a payload to its end.
func readThrough(k Kept) error {
	if k.Key == nil {
		_, err := io.Copy(io.Discard, k.Bytes)
		return err
	}
	sealed, ok := k.Bytes.(io.ReadSeeker)
	if !ok {
		return errRecord
	}
	clear, _, err := content.Unseal(sealed, *k.Key)
	if err == nil {
		_, err = io.Copy(io.Discard, clear)
	}
	return err
}

// checkTombstone makes sure that an erased payload is gone.
func (n *Snapshot) checkTombstone(c cid.Cid) error {
	if _, err := findTombstone(n.txn, c); err != nil {
		return err
	}
	for _, key := range [][]byte{payloadKey(c), slotKey(c)} {
		if _, err := n.txn.Get(key); !errors.Is(err, badger.ErrKeyNotFound) {
			return errors.Join(err, ledger.Errorf(ledger.Internal, "it was erased, and is here"))
		}
	}
	return nil
}

// readKeyFile opens the keys to read them only.
func readKeyFile(name string) (*keyFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	var header [slotSize]byte
	if _, err := f.ReadAt(header[:], 0); err != nil || header != keyFileHeader {
		return nil, errors.Join(ledger.Errorf(ledger.Internal, "%s is not a file of payload keys", name), f.Close())
	}
	return &keyFile{f: f}, nil
}

// CompactFiles does as Store.Compact, of a store that nobody has open.
func CompactFiles(dir string) error {
	return disk.Compact(databaseOptions(filepath.Join(dir, blocksFolder)), true)
}
