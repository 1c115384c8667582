package embedded

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// lastSigned is the latest checkpoint. Its size and root are on disk before it is
// given away, so that no later start of the node signs another root for the size.
type lastSigned struct {
	mu   sync.Mutex
	note []byte // nil when nothing was signed since the start
	size uint64
}

// Checkpoint implements ledger.Prover. It signs when entries came since the last
// one.
func (l *Ledger) Checkpoint(context.Context) ([]byte, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	l.signed.mu.Lock()
	defer l.signed.mu.Unlock()
	h := l.head.Load()
	if l.signed.note != nil && l.signed.size == h.size {
		return l.signed.note, nil
	}
	root, err := h.tree.Root(h.size)
	if err != nil {
		return nil, err
	}
	c := merkle.Checkpoint{Origin: l.genesis.Origin, Size: h.size, Root: root}
	signed, err := merkle.SignCheckpoint(c, l.signer)
	if err != nil {
		return nil, err
	}
	err = l.hasRoom()
	if err == nil {
		err = l.blocks.put(signedKey, append(binary.BigEndian.AppendUint64(nil, c.Size), root[:]...))
	}
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the checkpoint could not be kept")
	}
	l.signed.note, l.signed.size = signed, c.Size
	return signed, nil
}

// loadSigned refuses a folder whose blocks are not those that a checkpoint was
// signed for.
func (l *Ledger) loadSigned() error {
	b, err := l.blocks.get(signedKey)
	if err != nil || b == nil {
		return err
	}
	if len(b) != 40 {
		return ledger.Errorf(ledger.Internal, "the latest checkpoint cannot be read")
	}
	size, root := binary.BigEndian.Uint64(b), ledger.Hash(b[8:])
	h := l.head.Load()
	if size > h.size {
		return ledger.Errorf(ledger.Internal, "a checkpoint of %d entries was signed, but there are %d: blocks were lost", size, h.size)
	}
	have, err := h.tree.Root(size)
	if err != nil {
		return err
	}
	if have != root {
		return ledger.Errorf(ledger.Internal, "a checkpoint of %d entries was signed with another root: blocks were changed", size)
	}
	return nil
}

// Inclusion implements ledger.Prover.
func (l *Ledger) Inclusion(_ context.Context, index, size uint64) ([]ledger.Hash, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.head.Load().tree.Inclusion(index, size)
}

// Consistency implements ledger.Prover.
func (l *Ledger) Consistency(_ context.Context, old, size uint64) ([]ledger.Hash, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.head.Load().tree.Consistency(old, size)
}

// Tile returns the hashes of a C2SP tlog-tiles tile as far as it goes, or NotFound.
func (l *Ledger) Tile(_ context.Context, level uint, index uint64) ([]byte, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.head.Load().tree.Tile(level, index)
}
