package ledger

import (
	"context"
	"sync"
	"sync/atomic"
)

// FollowBatch is the most entries that Follow hands over at once.
const FollowBatch = 4096

// Follow hands every entry from index on to apply, in order, in batches of
// whatever has gathered, until the context ends. It returns the context's error,
// or the first of apply or of the ledger.
func Follow(ctx context.Context, r Reader, index uint64, apply func([]*Entry) error) error {
	batch := make([]*Entry, 0, FollowBatch)
	for {
		if err := r.Wait(ctx, index+1); err != nil {
			return err
		}
		for e, err := range r.Entries(ctx, index) {
			if err != nil {
				return err
			}
			if batch = append(batch, e); len(batch) == FollowBatch {
				if err := apply(batch); err != nil {
					return err
				}
				index += uint64(len(batch))
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			if err := apply(batch); err != nil {
				return err
			}
			index += uint64(len(batch))
			batch = batch[:0]
		}
	}
}

// Progress says how far a read model has come, and lets others wait for it. The zero
// value has applied nothing.
type Progress struct {
	height   atomic.Uint64
	mu       sync.Mutex
	advanced chan struct{} // closed when height changes; nil while nobody waits
}

// Height is the number of entries applied.
func (p *Progress) Height() uint64 { return p.height.Load() }

// Advance sets the number of entries applied.
func (p *Progress) Advance(height uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.height.Store(height)
	if p.advanced != nil {
		close(p.advanced)
		p.advanced = nil
	}
}

// Wait returns when Height is at least height, or with the context's error.
func (p *Progress) Wait(ctx context.Context, height uint64) error {
	for {
		p.mu.Lock()
		if p.Height() >= height {
			p.mu.Unlock()
			return nil
		}
		if p.advanced == nil {
			p.advanced = make(chan struct{})
		}
		advanced := p.advanced
		p.mu.Unlock()
		select {
		case <-advanced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
