package order

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Reader is a ledger.Reader and a ledger.Prover. It is for concurrent use.
type Reader struct {
	genesis  ledger.Genesis
	register ledger.Hash
	blocks   Blocks
	index    *disk.DB
	until    context.Context

	head   atomic.Pointer[head]
	recent recent

	signer note.Signer
	next   note.Signer // nil where there is none
	room   func() error
	signed lastSigned

	reading sync.RWMutex // held by whoever reads a database; Writer.Close takes it
	closed  bool         // under reading
}

// head is what is on disk. It is never changed but succeeded, which closes moved.
type head struct {
	Position
	tree      *merkle.Tree
	rotations []ledger.Rotation
	moved     chan struct{}
}

// ErrClosed is the answer of a ledger that is closed.
var ErrClosed = ledger.Errorf(ledger.Unavailable, "the ledger is shutting down")

// enter keeps the databases open until leave.
func (r *Reader) enter() error {
	r.reading.RLock()
	if r.closed {
		r.reading.RUnlock()
		return ErrClosed
	}
	return nil
}

func (r *Reader) leave() { r.reading.RUnlock() }

// Genesis implements ledger.Reader.
func (r *Reader) Genesis() ledger.Genesis { return r.genesis }

// Size implements ledger.Reader.
func (r *Reader) Size() uint64 { return r.head.Load().Size }

// Wait implements ledger.Reader. It answers Unavailable when the ledger is closed
// first, or cannot go on.
func (r *Reader) Wait(ctx context.Context, size uint64) error {
	for {
		h := r.head.Load()
		if h.Size >= size {
			return nil
		}
		select {
		case <-h.moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.until.Done():
			return context.Cause(r.until)
		}
	}
}

// Find implements ledger.Reader.
func (r *Reader) Find(_ context.Context, id ledger.TxID) (uint64, error) {
	if err := r.enter(); err != nil {
		return 0, err
	}
	defer r.leave()
	size := r.Size()
	index, ok, err := Find(r.index.Get, id)
	if err != nil {
		return 0, err
	}
	if !ok || index >= size {
		return 0, ledger.Errorf(ledger.NotFound, "the register has no transaction %s", id)
	}
	return index, nil
}

// Entry returns the entry at an index, or NotFound.
func (r *Reader) Entry(_ context.Context, index uint64) (*ledger.Entry, error) {
	if size := r.Size(); index >= size {
		return nil, ledger.Errorf(ledger.NotFound, "the register has %d entries; there is no entry %d", size, index)
	}
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	if kept := r.recent.from(index); kept != nil {
		e := *kept[0]
		return &e, nil
	}
	b, err := r.blocks.Of(index)
	if err != nil {
		return nil, err
	}
	return b.Entry(int(index-b.First), r.register)
}

// Entries implements ledger.Reader. It holds one block at a time. What it yields is
// shared with others who follow, and is not to be changed.
func (r *Reader) Entries(ctx context.Context, index uint64) iter.Seq2[*ledger.Entry, error] {
	size := r.Size()
	return func(yield func(*ledger.Entry, error) bool) {
		for index < size {
			entries, err := r.from(index)
			if err != nil {
				yield(nil, err)
				return
			}
			for e, err := range entries {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(e, nil) {
					return
				}
				index++
			}
		}
	}
}

// from gives the entries of one block, or of a few that were written together, from
// an index on.
func (r *Reader) from(index uint64) (iter.Seq2[*ledger.Entry, error], error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	if kept := r.recent.from(index); kept != nil {
		return all(kept), nil
	}
	b, err := r.blocks.Of(index)
	if err != nil {
		return nil, err
	}
	return b.from(index, r.register), nil
}

func all(entries []*ledger.Entry) iter.Seq2[*ledger.Entry, error] {
	return func(yield func(*ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}
