package embedded

import (
	"context"
	"fmt"
	"iter"

	"github.com/sogoc/sogoc/ledger"
)

// Genesis implements ledger.Reader.
func (l *Ledger) Genesis() ledger.Genesis { return l.genesis }

// Size implements ledger.Reader.
func (l *Ledger) Size() uint64 { return l.head.Load().size }

// Wait implements ledger.Reader. It answers Unavailable when the ledger is closed
// first.
func (l *Ledger) Wait(ctx context.Context, size uint64) error {
	for {
		h := l.head.Load()
		if h.size >= size {
			return nil
		}
		select {
		case <-h.moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.closing:
			return errClosed()
		}
	}
}

// Find implements ledger.Reader.
func (l *Ledger) Find(_ context.Context, id ledger.TxID) (uint64, error) {
	if err := l.enter(); err != nil {
		return 0, err
	}
	defer l.leave()
	size := l.Size()
	index, ok, err := l.state.find(id)
	if err != nil {
		return 0, err
	}
	if !ok || index >= size {
		return 0, ledger.Errorf(ledger.NotFound, "the register has no transaction %s", id)
	}
	return index, nil
}

// Entry returns the entry at an index, or NotFound.
func (l *Ledger) Entry(_ context.Context, index uint64) (*ledger.Entry, error) {
	if size := l.Size(); index >= size {
		return nil, ledger.Errorf(ledger.NotFound, "the register has %d entries; there is no entry %d", size, index)
	}
	b, err := l.blockOf(index)
	if err != nil {
		return nil, err
	}
	return b.entry(int(index-b.first), l.register)
}

// Entries implements ledger.Reader. It holds one block at a time. What it yields is
// shared with others who follow, and is not to be changed.
func (l *Ledger) Entries(ctx context.Context, index uint64) iter.Seq2[*ledger.Entry, error] {
	size := l.Size()
	return func(yield func(*ledger.Entry, error) bool) {
		read := l.blockOf
		for index < size {
			entries, err := l.keptFrom(index)
			if err == nil && entries == nil {
				var b *block
				if b, err = read(index); err == nil {
					entries = b.entriesFrom(index, l.register)
				}
			}
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
			read = l.blockAt
		}
	}
}

// keptFrom yields the entries of a recent block from index on; nil when it is not
// in memory.
func (l *Ledger) keptFrom(index uint64) (iter.Seq2[*ledger.Entry, error], error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	kept := l.recent.from(index)
	if kept == nil {
		return nil, nil
	}
	return func(yield func(*ledger.Entry, error) bool) {
		for _, e := range kept {
			if !yield(e, nil) {
				return
			}
		}
	}, nil
}

// blockOf reads the block that holds the entry at index.
func (l *Ledger) blockOf(index uint64) (*block, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.blocks.of(index)
}

// blockAt reads the block that starts at an entry.
func (l *Ledger) blockAt(first uint64) (*block, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.blocks.must(first)
}

// of reads the block that holds the entry at index, which must be there.
func (s *blocks) of(index uint64) (*block, error) {
	first, ok, err := s.holding(index)
	if err != nil {
		return nil, blockError(index, err)
	}
	if !ok {
		return nil, missing(index)
	}
	b, err := s.must(first)
	if err == nil && index >= b.next() {
		return nil, missing(index)
	}
	return b, err
}

// must reads the block that starts at an entry, which must be there.
func (s *blocks) must(first uint64) (*block, error) {
	b, err := s.at(first)
	if err == nil && b == nil {
		return nil, missing(first)
	}
	return b, err
}

func missing(index uint64) error {
	return ledger.Errorf(ledger.Internal, "the block with entry %d is missing", index)
}

// StateDigest is a SHA-256 over everything that contracts wrote, which two ledgers
// of the same entries agree on: for each key in order its uint32 length, the key,
// the value's uint32 length, the value.
func (l *Ledger) StateDigest(context.Context) (ledger.Hash, error) {
	if err := l.enter(); err != nil {
		return ledger.Hash{}, err
	}
	defer l.leave()
	return l.state.digest()
}

// Get reads one key of the state as it is on disk; nil when it is absent.
func (l *Ledger) Get(_ context.Context, key string) ([]byte, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	b, err := l.state.get(contractKey(key))
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", key, err)
	}
	return b, nil
}
