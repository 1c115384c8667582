package store

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// A value above valueThreshold is written to Badger's value log, once; below, it
// would be written again by every compaction. Badger refuses a transaction above
// 15 % of memTableSize or about 48,000 keys; values in the value log do not count,
// so a group of maxGroup requests of maxRequestOps keys stays below both once it
// stops at maxGroupOps.
const (
	valueThreshold  = 256
	memTableSize    = 32 << 20
	maxGroup        = 1024    // requests in a group
	maxGroupOps     = 2048    // keys in a group, but for the last request
	maxGroupBytes   = 8 << 20 // values in a group, but for the last request
	maxRequestOps   = 1000
	maxRequestBytes = 1 << 20
)

// request is work for the writer.
type request struct {
	ops, bytes int // about how many keys and bytes of values it writes

	// apply writes into the group's transaction. An *ledger.Error means that it
	// wrote nothing and refuses the request alone; any other error stops the store.
	apply func(txn *badger.Txn) error
	// alone, when it is not nil, runs instead of a group.
	alone func() error

	err  error
	done chan error
}

// submit hands a request to the writer and returns when it is on disk. When ctx
// ends first, it may still be written.
func (s *Store) submit(ctx context.Context, r *request) error {
	r.done = make(chan error, 1)
	if err := s.hand(ctx, r); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return cancelled(ctx)
	}
}

func (s *Store) hand(ctx context.Context, r *request) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return errClosed()
	}
	if s.readOnly {
		return ledger.Errorf(ledger.Unavailable, "the payload store is open to be read only")
	}
	select {
	case s.requests <- r:
		return nil
	case <-ctx.Done():
		return cancelled(ctx)
	}
}

func errClosed() error {
	return ledger.Errorf(ledger.Unavailable, "the payload store is closed")
}

func cancelled(ctx context.Context) error {
	return ledger.Wrap(context.Cause(ctx), ledger.Unavailable, "the payload store was not waited for")
}

// write is the writer: it takes what is there, writes it, and does so again.
func (s *Store) write() {
	var group []*request
	for first := range s.requests {
		group = append(group[:0], first)
		ops, bytes, alone := first.ops, first.bytes, first.alone != nil
	gather:
		for !alone && len(group) < maxGroup && ops < maxGroupOps && bytes < maxGroupBytes {
			select {
			case r, ok := <-s.requests:
				if !ok {
					break gather
				}
				group = append(group, r)
				ops, bytes, alone = ops+r.ops, bytes+r.bytes, r.alone != nil
			default:
				break gather
			}
		}
		last := group[len(group)-1]
		if alone {
			group = group[:len(group)-1]
		}
		if s.failed == nil && len(group) > 0 {
			if s.failed = s.commit(group); s.failed != nil {
				s.log.Error("payload store: a write failed, no more are taken", "err", s.failed)
			}
		}
		for _, r := range group {
			r.done <- s.answer(r.err)
		}
		if alone {
			var err error
			if s.failed == nil {
				err = last.alone()
			}
			last.done <- s.answer(err)
		}
		clear(group)
	}
}

// answer is what a request is told.
func (s *Store) answer(err error) error {
	if s.failed != nil {
		return ledger.Wrap(s.failed, ledger.Unavailable, "the payload store cannot write")
	}
	return err
}

// commit writes a group in one transaction and syncs it.
func (s *Store) commit(group []*request) error {
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	keys := s.keys.next
	for _, r := range group {
		r.err = r.apply(txn)
		var refused *ledger.Error
		if r.err != nil && !errors.As(r.err, &refused) {
			return r.err
		}
	}
	if s.keys.next != keys { // before the records that need them
		if err := s.keys.sync(); err != nil {
			return err
		}
	}
	if err := txn.Commit(); err != nil {
		return err
	}
	return s.db.Sync()
}
