package store

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// Open is content.Store's. The reader stops with an error when the payload is
// erased, and when ctx ends.
func (s *Store) Open(ctx context.Context, c cid.Cid) (io.ReadSeekCloser, int64, error) {
	r, size, key, err := s.Copy(ctx, c)
	if err != nil || key == nil {
		return r, size, err
	}
	clear, size, err := content.Unseal(r, *key)
	if err != nil {
		return nil, 0, s.broken(c, err)
	}
	return payload{clear}, size, nil
}

// Copy returns a payload for another store to Adopt: as it is stored, a sealed one in
// ciphertext and with its key. Otherwise it does as Open.
func (s *Store) Copy(ctx context.Context, c cid.Cid) (io.ReadSeekCloser, int64, *content.Key, error) {
	if err := content.Check(c); err != nil {
		return nil, 0, nil, err
	}
	rec, slot, b, err := s.read(ctx, c, c)
	if err != nil {
		return nil, 0, nil, err
	}
	var r io.ReadSeeker = bytes.NewReader(b)
	size := int64(len(b))
	if rec.tree {
		size = rec.size
		r = content.NewReader(c, size, func(block cid.Cid) ([]byte, error) { return s.Block(ctx, c, block) })
	}
	if slot == 0 {
		return payload{r}, size, nil, nil
	}
	key, err := s.keys.get(slot, c)
	if err != nil {
		return nil, 0, nil, s.broken(c, err)
	}
	return payload{r}, size, &key, nil
}

// payload holds nothing that has to be given back.
type payload struct{ io.ReadSeeker }

func (payload) Close() error { return nil }

// Stat is content.Store's.
func (s *Store) Stat(ctx context.Context, c cid.Cid) (content.Info, error) {
	if err := content.Check(c); err != nil {
		return content.Info{}, err
	}
	var info content.Info
	err := s.view(ctx, func(txn *badger.Txn) error {
		item, err := txn.Get(payloadKey(c))
		if errors.Is(err, badger.ErrKeyNotFound) {
			var t tombstone
			if t, err = findTombstone(txn, c); err != nil {
				return err
			}
			info = content.Info{Erased: t.at, Reason: t.reason}
			return nil
		}
		if err != nil {
			return err
		}
		return item.Value(func(b []byte) error {
			var rec record
			if err := rec.decode(b); err != nil {
				return err
			}
			size, err := rec.storedSize()
			if err != nil {
				return err
			}
			slot, err := findSlot(txn, c)
			info = content.Info{Size: size, Sealed: slot != 0}
			if err == nil && info.Sealed {
				info.Size, err = content.UnsealedSize(info.Size)
			}
			return err
		})
	})
	if err != nil {
		return content.Info{}, s.outward(c, err)
	}
	return info, nil
}

// Block is content.Store's.
func (s *Store) Block(ctx context.Context, root, c cid.Cid) ([]byte, error) {
	if err := errors.Join(content.Check(root), content.Check(c)); err != nil {
		return nil, err
	}
	_, _, b, err := s.read(ctx, root, c)
	return b, err
}

// read returns the record of root, its key's slot or 0, and the verified block c
// of it. The record is
// looked up each time, in one view with the block, so that a reader follows a
// payload that was stored again.
func (s *Store) read(ctx context.Context, root, c cid.Cid) (rec record, slot uint64, b []byte, err error) {
	err = s.view(ctx, func(txn *badger.Txn) error {
		item, err := txn.Get(payloadKey(root))
		if errors.Is(err, badger.ErrKeyNotFound) {
			t, err := findTombstone(txn, root)
			if err != nil {
				return err
			}
			return content.Erased(root, t.at)
		}
		if err != nil {
			return err
		}
		value, err := item.ValueCopy(nil)
		if err != nil {
			return err
		}
		if slot, err = findSlot(txn, root); err != nil {
			return err
		}
		if err := rec.decode(value); err != nil {
			return err
		}
		if !rec.tree {
			if c != root {
				return notHere(c)
			}
			b, err = rec.chunk()
			return err
		}
		item, err = txn.Get(blockKey(rec.upload, c.Hash()))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return notHere(c)
		}
		if err != nil {
			return err
		}
		b, err = item.ValueCopy(nil)
		return err
	})
	if err == nil && !content.Verify(c, b) {
		err = errors.New("a block does not have the hash that it is kept under")
	}
	if err != nil {
		return record{}, 0, nil, s.outward(c, err)
	}
	return rec, slot, b, nil
}

func findTombstone(txn *badger.Txn, c cid.Cid) (tombstone, error) {
	var t tombstone
	item, err := txn.Get(tombstoneKey(c))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return t, notHere(c)
	}
	if err != nil {
		return t, err
	}
	return t, item.Value(t.decode)
}

func notHere(c cid.Cid) error {
	return ledger.Errorf(ledger.NotFound, "there is no payload %s here", c)
}

// view reads, unless the store is closed or ctx has ended.
func (s *Store) view(ctx context.Context, f func(*badger.Txn) error) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return errClosed()
	}
	return s.db.View(f)
}

// outward lets errors for the caller through and hides the others.
func (s *Store) outward(c cid.Cid, err error) error {
	var e *ledger.Error
	if errors.As(err, &e) && e.Code != ledger.Internal && e.Code != ledger.Invalid {
		return err
	}
	return s.broken(c, err)
}

// broken is the error for what is on disk and should be otherwise.
func (s *Store) broken(c cid.Cid, err error) error {
	s.log.Error("payload store: what is on disk is not what was stored", "cid", c.String(), "err", err)
	return ledger.Wrap(err, ledger.Internal, "payload "+c.String()+" cannot be read")
}
