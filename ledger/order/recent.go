package order

import (
	"slices"
	"sync"

	"github.com/sogoc/sogoc/ledger"
)

// recentBytes bounds the blocks that are kept in memory, by their size on disk.
const recentBytes = 16 << 20

// recent keeps the entries of the last blocks that were written, for those who
// follow: reading a block back from disk and decoding it costs each of them as much
// as checking a signature.
type recent struct {
	mu     sync.RWMutex
	blocks []recentBlock // without a gap, the oldest first
	bytes  int
}

type recentBlock struct {
	entries []*ledger.Entry
	bytes   int
}

// add keeps the entries of the block that follows on the last one added.
func (r *recent) add(entries []*ledger.Entry, bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocks = append(r.blocks, recentBlock{entries, bytes})
	r.bytes += bytes
	old := 0
	for ; r.bytes > recentBytes && old < len(r.blocks)-1; old++ {
		r.bytes -= r.blocks[old].bytes
	}
	r.blocks = slices.Delete(r.blocks, 0, old)
}

// from returns the entries of a block from index on; nil when it is not kept.
func (r *recent) from(index uint64) []*ledger.Entry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, b := range slices.Backward(r.blocks) {
		if first := b.entries[0].Index; index >= first {
			if i := index - first; i < uint64(len(b.entries)) {
				return b.entries[i:]
			}
			return nil
		}
	}
	return nil
}
