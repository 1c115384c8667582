package fabric

import (
	"context"
	"encoding/binary"
	"iter"
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Genesis implements ledger.Reader.
func (l *Ledger) Genesis() ledger.Genesis { return l.genesis }

// Size implements ledger.Reader.
func (l *Ledger) Size() uint64 { return l.head.Load().size }

// Blocks is the number of Fabric's blocks that the node has followed.
func (l *Ledger) Blocks() uint64 { return l.head.Load().blocks }

// Wait implements ledger.Reader. It answers Unavailable when the ledger is closed,
// or can follow no further.
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
		case <-l.ctx.Done():
			return context.Cause(l.ctx)
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
	index, ok, err := l.store.find(id)
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
	entries, err := l.blockOf(index)
	if err != nil {
		return nil, err
	}
	return entries[index-entries[0].Index], nil
}

// Entries implements ledger.Reader. It holds one block at a time.
func (l *Ledger) Entries(ctx context.Context, index uint64) iter.Seq2[*ledger.Entry, error] {
	size := l.Size()
	return func(yield func(*ledger.Entry, error) bool) {
		for index < size {
			entries, err := l.blockOf(index)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range entries[index-entries[0].Index:] {
				if err := ctx.Err(); err != nil {
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

// blockOf reads the block that holds the entry at index.
func (l *Ledger) blockOf(index uint64) ([]*ledger.Entry, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	return l.store.block(index, l.register)
}

// loadTree gives the tree of size. The leaves that no full tile holds are made from
// their entries.
func (l *Ledger) loadTree(size uint64) (*merkle.Tree, error) {
	var tail []ledger.Hash
	for index := size - size%merkle.TileWidth; index < size; {
		entries, err := l.store.block(index, l.register)
		if err != nil {
			return nil, err
		}
		for _, e := range entries[index-entries[0].Index:] {
			leaf := e.Leaf(l.register)
			tail = append(tail, leaf.Hash())
			index++
		}
	}
	return merkle.Load(l.store, size, tail)
}

// lastSigned is the latest checkpoint. Its size and root are on disk before it is
// given away, so that no later start of the node signs another root for the size.
type lastSigned struct {
	mu   sync.Mutex
	note []byte // nil when nothing was signed since the start
	size uint64
}

// Checkpoint implements ledger.Prover. It signs, with this node's key, when entries
// came since the last one.
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
	signed, err := merkle.SignCheckpoint(c, l.config.Signer)
	if err != nil {
		return nil, err
	}
	if err := l.store.put(signedKey, append(binary.BigEndian.AppendUint64(nil, c.Size), root[:]...)); err != nil {
		return nil, err
	}
	l.signed.note, l.signed.size = signed, c.Size
	return signed, nil
}

// loadSigned refuses a folder whose entries are not those that a checkpoint was
// signed for.
func (l *Ledger) loadSigned() error {
	b, err := l.store.get(signedKey)
	if err != nil || b == nil {
		return err
	}
	if len(b) != 40 {
		return ledger.Errorf(ledger.Internal, "the latest checkpoint cannot be read")
	}
	size, root := binary.BigEndian.Uint64(b), ledger.Hash(b[8:])
	h := l.head.Load()
	if size > h.size {
		return ledger.Errorf(ledger.Internal, "a checkpoint of %d entries was signed, but there are %d: the node's copy of the order was cut", size, h.size)
	}
	have, err := h.tree.Root(size)
	if err != nil {
		return err
	}
	if have != root {
		return ledger.Errorf(ledger.Internal, "a checkpoint of %d entries was signed with another root: the node's copy of the order was changed", size)
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
