// Package monitor follows a register from outside, by what everybody may fetch:
// checkpoints and tiles (C2SP tlog-checkpoint, tlog-tiles). It shows that what a node
// signs now continues what it signed before, and that the entries which it serves are
// those of the signed tree.
//
// Tiles are checked against a signed root by golang.org/x/mod/sumdb/tlog, which has no
// code in common with what the node makes them by.
package monitor

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// Source is where a log is read. Nothing that it returns is believed. Its errors are
// NotFound when the log answers that there is no such thing, and Unavailable when it
// does not answer.
type Source interface {
	// Checkpoint returns the latest checkpoint.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Read returns what lies under a tile's name.
	Read(ctx context.Context, p merkle.TilePath) ([]byte, error)
}

// Monitor follows one log.
type Monitor struct {
	Trust  receipt.Trust
	Source Source
	// Rotations fetches the receipts of the entries that put other keys in the place of
	// those of a trust file, in their order; nil where keys are not followed. Nothing that
	// it returns is believed.
	Rotations func(ctx context.Context, t receipt.Trust) ([][]byte, error)
	// Entries has every new entry hashed again.
	Entries bool
	// Progress is told how many entries are hashed of how many; may be nil.
	Progress func(done, total uint64)
}

// Kind tells findings apart.
type Kind int

const (
	Unreachable Kind = iota + 1 // the node does not answer as a log does
	Unsigned                    // a checkpoint that the trust file does not accept
	Smaller                     // fewer entries than were signed before
	Mismatch                    // what the node serves is not what it signed
	Forked                      // two signed checkpoints contradict each other
)

// Finding is why a register is not what it should be.
type Finding struct {
	Kind     Kind
	Evidence Evidence // of Smaller and Forked: the notes
	Err      error
}

func (f *Finding) Error() string { return f.Err.Error() }
func (f *Finding) Unwrap() error { return f.Err }

// Seen is what a look at the log showed.
type Seen struct {
	State
	receipt.Signed
	Changed bool   // the checkpoint key, which State.Trust names
	Before  uint64 // size at the last look; 0 at the first
	Hashed  uint64 // entries that were hashed again this time
}

// Look fetches the latest checkpoint and compares it with what was verified before. Its
// errors are *Finding, and the context's. Also with an error the State is the one to
// keep.
func (m *Monitor) Look(ctx context.Context, was State) (Seen, error) {
	seen := Seen{State: was}
	note, err := m.Source.Checkpoint(ctx)
	if err != nil {
		return seen, m.finding(ctx, Unreachable, err)
	}
	anybody := m.Trust
	anybody.Quorum = 0 // also what no witness cosigned contradicts what was signed before
	seen.Signed, err = anybody.Open(note)
	if err != nil && m.Rotations != nil {
		if seen.Changed, err = m.follow(ctx, err); err == nil {
			seen.State.Trust, anybody.Keys, anybody.Former, anybody.Format = m.Trust, m.Trust.Keys, m.Trust.Former, m.Trust.Format
			seen.Signed, err = anybody.Open(note)
		}
	}
	if err != nil {
		return seen, m.finding(ctx, Unsigned, err)
	}
	var before receipt.Signed
	if was.Checkpoint != "" {
		if before, err = anybody.Signatures([]byte(was.Checkpoint)); err != nil {
			return seen, fmt.Errorf("the checkpoint that was kept: %w", err)
		}
		seen.Before = before.Size
	}
	if seen.Size > math.MaxInt64/2 || seen.Size == 0 && seen.Root != merkle.EmptyRoot {
		return seen, m.finding(ctx, Mismatch, fmt.Errorf("no tree of %d entries has the root %s", seen.Size, seen.Root))
	}
	if err := m.continues(ctx, was.Checkpoint, before.Checkpoint, string(note), seen.Signed.Checkpoint); err != nil {
		return seen, err
	}
	if _, err := m.Trust.Open(note); err != nil {
		return seen, m.finding(ctx, Unsigned, err)
	}
	seen.State.Checkpoint = string(note)
	if m.Entries {
		seen.Hashed, err = m.hash(ctx, seen.Signed.Checkpoint, was.Entries)
		seen.Entries += seen.Hashed
	}
	return seen, err
}

// follow takes up other checkpoint keys, where the register's operator put them in the
// place of those of the trust file; else its error is the one that is given.
func (m *Monitor) follow(ctx context.Context, unsigned error) (bool, error) {
	receipts, err := m.Rotations(ctx, m.Trust)
	if err != nil || len(receipts) == 0 {
		return false, unsigned
	}
	next, err := m.Trust.Follow(receipts...)
	if err != nil {
		return false, fmt.Errorf("%w; and the checkpoint key was not replaced: %w", unsigned, err)
	}
	m.Trust = next
	return true, nil
}

// continues checks that the tree of one checkpoint is the beginning of the other's.
func (m *Monitor) continues(ctx context.Context, oldNote string, old merkle.Checkpoint, newNote string, now merkle.Checkpoint) error {
	evidence := Evidence{Format: EvidenceFormat, First: oldNote, Second: newNote}
	switch {
	case oldNote == "" || old.Size == 0:
		return nil
	case old.Size == now.Size && old.Root == now.Root:
		return nil
	case old.Size == now.Size:
		return &Finding{Forked, evidence, fmt.Errorf("FORK: two roots are signed for %d entries", now.Size)}
	case old.Size < now.Size:
		root, path, err := m.past(ctx, old.Size, now)
		if err != nil {
			return m.finding(ctx, Mismatch, err)
		}
		if root != old.Root {
			evidence.Root, evidence.Path = root, path
			return &Finding{Forked, evidence, fmt.Errorf("FORK: the past was rewritten: the first %d of the %d entries that are signed now are not those that were signed before", old.Size, now.Size)}
		}
		return nil
	}
	evidence.First, evidence.Second = newNote, oldNote
	smaller := &Finding{Smaller, evidence, fmt.Errorf("the register is SMALLER than before: %d entries are signed, %d were", now.Size, old.Size)}
	root, path, err := m.past(ctx, now.Size, old)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case now.Size == 0 || err != nil: // the node does not serve the tree that it signed before
		return smaller
	case root != now.Root:
		evidence.Root, evidence.Path = root, path
		return &Finding{Forked, evidence, fmt.Errorf("FORK: the past was rewritten: the %d entries that are signed now are not the first of the %d that were signed before", now.Size, old.Size)}
	}
	return smaller
}

// past returns the root that the tree of a checkpoint had at a smaller size, and how
// that is proved, from tiles.
func (m *Monitor) past(ctx context.Context, size uint64, c merkle.Checkpoint) (ledger.Hash, []ledger.Hash, error) {
	if size == 0 {
		return merkle.EmptyRoot, nil, nil
	}
	hashes := m.hashes(ctx, c)
	root, err := tlog.TreeHash(int64(size), hashes)
	if err != nil {
		return ledger.Hash{}, nil, err
	}
	proof, err := tlog.ProveTree(int64(c.Size), int64(size), hashes)
	path := make([]ledger.Hash, len(proof))
	for i, h := range proof {
		path[i] = ledger.Hash(h)
	}
	return ledger.Hash(root), path, err
}

// hash compares every entry from one on with the tree.
func (m *Monitor) hash(ctx context.Context, c merkle.Checkpoint, from uint64) (hashed uint64, err error) {
	hashes := m.hashes(ctx, c)
	for at := from; at < c.Size; at = from + hashed {
		p := merkle.BundleOf(at/merkle.TileWidth, c.Size)
		if err := m.hashBundle(ctx, p, hashes); err != nil {
			return hashed, m.finding(ctx, Mismatch, err)
		}
		hashed = p.Index*merkle.TileWidth + uint64(p.Width) - from
		if m.Progress != nil {
			m.Progress(hashed, c.Size-from)
		}
	}
	return hashed, nil
}

func (m *Monitor) hashBundle(ctx context.Context, p merkle.TilePath, hashes tlog.HashReader) error {
	b, err := m.Source.Read(ctx, p)
	if err != nil {
		return err
	}
	entries, err := merkle.CutBundle(b, p.Width)
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	first := int64(p.Index) * merkle.TileWidth
	indexes := make([]int64, p.Width)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	signed, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		if tlog.RecordHash(entry) != signed[i] {
			return fmt.Errorf("entry %d is not the one in the signed tree", first+int64(i))
		}
		leaf, err := ledger.DecodeLeaf(entry)
		if err != nil || leaf.Register != m.Trust.Register {
			return fmt.Errorf("entry %d is not a leaf of register %s", first+int64(i), m.Trust.Register)
		}
	}
	return nil
}

// finding gives an error its kind. What the node did not answer says nothing of what
// it signed.
func (m *Monitor) finding(ctx context.Context, k Kind, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if ledger.CodeOf(err) == ledger.Unavailable {
		k = Unreachable
	}
	return &Finding{Kind: k, Err: err}
}
