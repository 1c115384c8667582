package ledger

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// TestProgress: everybody who waits for a height goes on once it is reached, and nobody
// before.
func TestProgress(t *testing.T) {
	var p Progress
	if err := p.Wait(t.Context(), 0); err != nil || p.Height() != 0 {
		t.Fatal(p.Height(), err)
	}
	var all sync.WaitGroup
	for height := range uint64(50) {
		for range 4 {
			all.Go(func() {
				if err := p.Wait(t.Context(), height); err != nil || p.Height() < height {
					t.Errorf("at %d, which is not %d: %v", p.Height(), height, err)
				}
			})
		}
	}
	for height := range uint64(50) {
		p.Advance(height)
	}
	all.Wait()
	ended, end := context.WithCancel(t.Context())
	end()
	if err := p.Wait(ended, 50); !errors.Is(err, context.Canceled) {
		t.Errorf("it waits for what never comes: %v", err)
	}
}
