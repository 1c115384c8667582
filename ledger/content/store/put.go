package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"regexp"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// Put is content.Store's. Of a large payload it holds about 1 MiB in memory.
func (s *Store) Put(ctx context.Context, r io.Reader, o content.Options) (content.Ref, error) {
	if err := s.room(); err != nil {
		return content.Ref{}, err
	}
	in := &limitedReader{r: r, left: s.maxSize, max: s.maxSize}
	p := putting{store: s, ctx: ctx}
	var source io.Reader = in
	if o.Sealed {
		var key content.Key
		source, key = content.Seal(in)
		p.key = &key
	}
	c, err := p.all(source)
	if err != nil {
		return content.Ref{}, err
	}
	return content.Ref{CID: c, Size: s.maxSize - in.left, Sealed: o.Sealed, Profile: content.Profile}, nil
}

// Adopt stores what another store's Copy gave, under the same CID. It is Invalid, and
// nothing is stored, when the bytes are not those of c, or key does not open them. Of
// a sealed payload it holds all in memory. Its other errors are Put's.
func (s *Store) Adopt(ctx context.Context, c cid.Cid, r io.Reader, key *content.Key) error {
	if err := s.room(); err != nil {
		return err
	}
	if err := content.Check(c); err != nil {
		return err
	}
	limit := s.maxSize
	if key != nil {
		limit += limit>>10 + 1<<10 // more than sealing adds
	}
	var in io.Reader = &limitedReader{r: r, left: limit, max: s.maxSize}
	if key != nil {
		sealed, err := io.ReadAll(in)
		if err != nil {
			return unread(err)
		}
		clear, _, err := content.Unseal(bytes.NewReader(sealed), *key)
		if err == nil {
			_, err = io.Copy(io.Discard, clear)
		}
		if err != nil {
			return ledger.Wrap(err, ledger.Invalid, "the key is not that of payload "+c.String())
		}
		in = bytes.NewReader(sealed)
	}
	p := putting{store: s, ctx: ctx, key: key, want: c}
	_, err := p.all(in)
	return err
}

// PutAll is content.Store's.
func (s *Store) PutAll(ctx context.Context, payloads [][]byte) ([]cid.Cid, error) {
	if err := s.room(); err != nil {
		return nil, err
	}
	cids := make([]cid.Cid, len(payloads))
	type leaf struct {
		cid  cid.Cid
		data []byte
	}
	var leaves []leaf
	for i, b := range payloads {
		if int64(len(b)) > s.maxSize {
			return nil, tooLarge(s.maxSize)
		}
		if len(b) <= content.ChunkSize {
			cids[i] = content.Raw(b)
			leaves = append(leaves, leaf{cids[i], b})
			continue
		}
		ref, err := s.Put(ctx, bytes.NewReader(b), content.Options{})
		if err != nil {
			return nil, err
		}
		cids[i] = ref.CID
	}
	for len(leaves) > 0 {
		n, size := 0, 0
		for n < len(leaves) && n < maxRequestOps && (n == 0 || size+len(leaves[n].data) <= maxGroupBytes) {
			size += len(leaves[n].data)
			n++
		}
		part := leaves[:n]
		leaves = leaves[n:]
		values := make([][]byte, n)
		for i, l := range part {
			rec := chunkRecord(l.data, false)
			values[i] = rec.encode()
		}
		err := s.submit(ctx, &request{ops: n, bytes: size, apply: func(txn *badger.Txn) error {
			for _, l := range part {
				if err := s.refuseErased(l.cid); err != nil {
					return err
				}
			}
			for i, l := range part {
				if err := txn.Set(payloadKey(l.cid), values[i]); err != nil {
					return err
				}
			}
			return nil
		}})
		if err != nil {
			return nil, err
		}
	}
	return cids, nil
}

var reasonForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Erase is content.Store's. The key is overwritten first: after a crash in
// between, the payload can no longer be opened and Erase has to be repeated.
func (s *Store) Erase(ctx context.Context, c cid.Cid, reason string, at ledger.Time) error {
	if err := content.Check(c); err != nil {
		return err
	}
	if !reasonForm.MatchString(reason) {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "%q is not a word of up to 64 lower-case letters, digits and underscores", reason)
	}
	if at.IsZero() {
		return ledger.FieldErrorf(ledger.Invalid, "time", "is missing")
	}
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	ctx = context.WithoutCancel(ctx) // no erasure is left half done
	var uploads []uploadID           // of trees that are no more
	err := s.submit(ctx, &request{ops: 4, apply: func(txn *badger.Txn) error {
		if _, ok := s.erased[c]; ok {
			return nil
		}
		slot, err := findSlot(txn, c)
		if err != nil {
			return err
		}
		if slot != 0 {
			if err := s.keys.destroy(slot); err != nil {
				return err
			}
		}
		old, err := s.unlink(txn, c)
		if err != nil {
			return err
		}
		if old.tree {
			uploads = append(uploads, old.upload)
		}
		if err := errors.Join(txn.Delete(payloadKey(c)), txn.Delete(slotKey(c))); err != nil {
			return err
		}
		s.erased[c] = at
		return txn.Set(tombstoneKey(c), (&tombstone{at: at, reason: reason}).encode())
	}})
	if err != nil {
		return err
	}
	for _, u := range uploads {
		if err := s.sweep(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

// unlink reads the record of c, if there is one, and marks its upload as unused.
// A record that cannot be read is as good as none: it must not keep a payload from
// being mended or erased.
func (s *Store) unlink(txn *badger.Txn, c cid.Cid) (record, error) {
	var old record
	item, err := txn.Get(payloadKey(c))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return old, nil
	}
	if err != nil {
		return old, err
	}
	if err := item.Value(old.decode); err != nil {
		s.log.Error("payload store: a damaged record is dropped", "cid", c.String(), "err", err)
		return record{}, nil
	}
	old.data, old.packed = nil, nil // Badger's, and gone after the transaction
	if old.tree {
		return old, txn.Set(unusedKey(old.upload), []byte{1})
	}
	return old, nil
}

// refuseErased is for the writer.
func (s *Store) refuseErased(c cid.Cid) error {
	if at, ok := s.erased[c]; ok {
		return content.Erased(c, at)
	}
	return nil
}

// putting is one payload on its way in.
type putting struct {
	store *Store
	ctx   context.Context
	key   *content.Key // of a sealed payload
	want  cid.Cid      // what it has to be; undefined when it is what it is

	upload uploadID
	batch  []block
	bytes  int
	size   int64
}

type block struct{ key, value []byte }

// all stores what source yields to its end.
func (p *putting) all(source io.Reader) (cid.Cid, error) {
	head, err := io.ReadAll(io.LimitReader(source, content.ChunkSize+1))
	if err != nil {
		return cid.Undef, unread(err)
	}
	if len(head) <= content.ChunkSize {
		return p.leaf(head)
	}
	return p.tree(io.MultiReader(bytes.NewReader(head), source))
}

// wanted refuses bytes that are another payload's.
func (p *putting) wanted(c cid.Cid) error {
	if p.want.Defined() && p.want != c {
		return ledger.Errorf(ledger.Invalid, "the bytes are those of %s, not of %s", c, p.want)
	}
	return nil
}

func (p *putting) leaf(data []byte) (cid.Cid, error) {
	c := content.Raw(data)
	if err := p.wanted(c); err != nil {
		return cid.Undef, err
	}
	rec := chunkRecord(data, p.key != nil)
	value := rec.encode()
	return c, p.store.submit(p.ctx, &request{ops: 2, bytes: len(data), apply: func(txn *badger.Txn) error {
		if err := p.store.refuseErased(c); err != nil {
			return err
		}
		if err := p.keep(txn, c); err != nil {
			return err
		}
		return txn.Set(payloadKey(c), value)
	}})
}

// keep writes the key of a sealed payload, once: a second slot would outlive an
// erasure.
func (p *putting) keep(txn *badger.Txn, c cid.Cid) error {
	if p.key == nil {
		return nil
	}
	slot, err := findSlot(txn, c)
	if err != nil || slot != 0 {
		return err
	}
	if slot, err = p.store.keys.add(c, *p.key); err != nil {
		return err
	}
	return txn.Set(slotKey(c), binary.BigEndian.AppendUint64(nil, slot))
}

func (p *putting) tree(source io.Reader) (cid.Cid, error) {
	s := p.store
	p.upload = newUpload()
	p.batch = append(p.batch, block{unusedKey(p.upload), []byte{1}})
	c, err := content.Import(source, p.add)
	if err == nil {
		err = p.finish(c)
	} else {
		err = unread(err)
	}
	if err != nil {
		// Also when the caller has gone: what was written has to go.
		s.sweepLater(p.upload)
		return cid.Undef, err
	}
	return c, nil
}

// add takes a block from the importer.
func (p *putting) add(c cid.Cid, b []byte) error {
	if c.Type() == cid.Raw {
		p.size += int64(len(b))
	}
	p.batch = append(p.batch, block{blockKey(p.upload, c.Hash()), b})
	if p.bytes += len(b); p.bytes < maxRequestBytes {
		return nil
	}
	batch := p.batch
	p.batch, p.bytes = nil, 0
	return p.store.submit(p.ctx, &request{ops: len(batch), bytes: maxRequestBytes, apply: func(txn *badger.Txn) error {
		return setAll(txn, batch)
	}})
}

// finish writes the last blocks and makes the upload the payload's, in one
// transaction.
func (p *putting) finish(c cid.Cid) error {
	s := p.store
	if p.ctx.Err() != nil {
		return cancelled(p.ctx)
	}
	if err := p.wanted(c); err != nil {
		return err
	}
	var replaced []uploadID
	err := s.submit(context.WithoutCancel(p.ctx), &request{ops: len(p.batch) + 4, bytes: p.bytes, apply: func(txn *badger.Txn) error {
		if err := s.refuseErased(c); err != nil {
			return err
		}
		old, err := s.unlink(txn, c)
		if err != nil {
			return err
		}
		if err := setAll(txn, p.batch); err != nil {
			return err
		}
		if err := errors.Join(p.keep(txn, c), txn.Delete(unusedKey(p.upload))); err != nil {
			return err
		}
		if old.tree {
			replaced = append(replaced, old.upload)
		}
		rec := record{tree: true, upload: p.upload, size: p.size}
		return txn.Set(payloadKey(c), rec.encode())
	}})
	if err != nil {
		return err
	}
	for _, u := range replaced {
		s.sweepLater(u)
	}
	return nil
}

func setAll(txn *badger.Txn, blocks []block) error {
	for _, b := range blocks {
		if err := txn.Set(b.key, b.value); err != nil {
			return err
		}
	}
	return nil
}

// limitedReader refuses more than max bytes.
type limitedReader struct {
	r         io.Reader
	left, max int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		return 0, tooLarge(l.max)
	}
	l.left -= int64(n)
	return n, err
}

func tooLarge(limit int64) error {
	return ledger.Errorf(ledger.TooLarge, "the payload has more than %d bytes", limit)
}

// unread is the error for a source that failed.
func unread(err error) error {
	var e *ledger.Error
	if errors.As(err, &e) {
		return err
	}
	return ledger.Wrap(err, ledger.Unavailable, "the payload could not be read to its end")
}
