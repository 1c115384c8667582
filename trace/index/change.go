package index

import (
	"encoding/binary"
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Dep is something that a rendered page depends on. Equal Deps mean the same
// thing but for a chance of 2^-64, which makes a page be rendered once more.
type Dep uint64

// DepEvents changes with every event on the identifier, or on a piece of the lot
// or a lot of the product that it is.
func DepEvents(id trace.ID) Dep { return depEvents(hashOf(id.String())) }

// DepFacts changes when what is known about the identifier itself changes: its
// entry in the directory, recalls and certificates.
func DepFacts(id trace.ID) Dep { return depFacts(hashOf(id.String())) }

// DepOrg changes with the organisation's entry, standing and certificates, and with
// its members and their keys.
func DepOrg(id ledger.ID) Dep { return Dep(binary.BigEndian.Uint64(id[:8])) }

func depEvents(h hash) Dep { return Dep(binary.BigEndian.Uint64(h[:8])) }
func depFacts(h hash) Dep  { return Dep(binary.BigEndian.Uint64(h[8:])) }

// changes remembers at which height things last changed. When it is full it
// forgets everything, and what was made before counts as changed.
type changes struct {
	mu    sync.RWMutex
	limit int
	epoch uint64
	last  map[Dep]uint64
}

// Changed reports whether any of the things changed after a height, as far as is
// known: pages that were made at a height before the index was opened, before an
// erasure or a change of prefixes or lists, or long ago, count as changed.
// Read Height before making a page.
func (x *Index) Changed(deps []Dep, since uint64) bool {
	c := &x.changes
	c.mu.RLock()
	defer c.mu.RUnlock()
	if since < c.epoch {
		return true
	}
	for _, d := range deps {
		if c.last[d] > since {
			return true
		}
	}
	return false
}

// raise makes everything made before a height count as changed.
func (c *changes) raise(height uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch, c.last = height, map[Dep]uint64{}
}

func (c *changes) set(deps map[Dep]struct{}, height uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.last)+len(deps) > c.limit {
		c.epoch, c.last = height, map[Dep]uint64{}
		return
	}
	for d := range deps {
		c.last[d] = height
	}
}
