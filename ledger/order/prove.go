package order

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

var signedKey = []byte("signed")

// Signed is the latest checkpoint that was signed. A ledger whose blocks are fewer, or
// others, does not open.
type Signed struct {
	Size uint64
	Root ledger.Hash
	Note []byte // nil where a ledger of before kept none
}

func (s Signed) encode() []byte {
	return append(append(binary.BigEndian.AppendUint64(nil, s.Size), s.Root[:]...), s.Note...)
}

// Signed reads the latest checkpoint that was signed; false when there is none.
func (s Blocks) Signed() (last Signed, ok bool, err error) {
	b, err := s.Get(signedKey)
	if err != nil || b == nil {
		return last, false, err
	}
	const fixed = 8 + len(ledger.Hash{})
	if len(b) < fixed {
		return last, false, ledger.Errorf(ledger.Internal, "the latest checkpoint cannot be read")
	}
	return Signed{Size: binary.BigEndian.Uint64(b), Root: ledger.Hash(b[8:fixed]), Note: b[fixed:]}, true, nil
}

// SetSigned makes a checkpoint the latest one, in a folder that blocks are brought
// back to.
func (s Blocks) SetSigned(last Signed) error { return s.Put(signedKey, last.encode()) }

// Checkpoint implements ledger.Prover. It signs, with this node's key, when entries
// came since the last one.
func (r *Reader) Checkpoint(context.Context) ([]byte, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	r.signed.mu.Lock()
	defer r.signed.mu.Unlock()
	h := r.head.Load()
	if r.signed.note != nil && r.signed.size == h.Size {
		return r.signed.note, nil
	}
	root, err := h.tree.Root(h.Size)
	if err != nil {
		return nil, err
	}
	signer, err := r.signerOf(h)
	if err != nil {
		return nil, err
	}
	c := merkle.Checkpoint{Origin: h.origin(r.genesis), Size: h.Size, Root: root}
	signed, err := merkle.SignCheckpoint(c, signer)
	if err != nil {
		return nil, err
	}
	err = r.room()
	if err == nil {
		err = r.blocks.Put(signedKey, Signed{c.Size, root, signed}.encode())
	}
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the checkpoint could not be kept")
	}
	r.signed.note, r.signed.size = signed, c.Size
	return signed, nil
}

// CheckpointOf signs the checkpoint of a size that the copy has, maybe long ago, with
// the key that signs now.
func (r *Reader) CheckpointOf(ctx context.Context, size uint64) ([]byte, error) {
	if _, err := r.Checkpoint(ctx); err != nil { // no larger one is unknown after a crash
		return nil, err
	}
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	h := r.head.Load()
	root, err := h.tree.Root(size)
	if err != nil {
		return nil, err
	}
	signer, err := r.signerOf(h)
	if err != nil {
		return nil, err
	}
	return merkle.SignCheckpoint(merkle.Checkpoint{Origin: h.origin(r.genesis), Size: size, Root: root}, signer)
}

// checkSigned refuses blocks that are not those that a checkpoint was signed for.
func (r *Reader) checkSigned() error {
	last, ok, err := r.blocks.Signed()
	if err != nil || !ok {
		return err
	}
	h := r.head.Load()
	if last.Size > h.Size {
		return ledger.Errorf(ledger.Internal, "a checkpoint of %d entries was signed, but there are %d: blocks were lost", last.Size, h.Size)
	}
	have, err := h.tree.Root(last.Size)
	if err != nil {
		return err
	}
	if have != last.Root {
		return ledger.Errorf(ledger.Internal, "a checkpoint of %d entries was signed with another root: blocks were changed", last.Size)
	}
	return nil
}

// Inclusion implements ledger.Prover.
func (r *Reader) Inclusion(_ context.Context, index, size uint64) ([]ledger.Hash, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	return r.head.Load().tree.Inclusion(index, size)
}

// Consistency implements ledger.Prover.
func (r *Reader) Consistency(_ context.Context, old, size uint64) ([]ledger.Hash, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	return r.head.Load().tree.Consistency(old, size)
}

// Root is the root of the tree at a size, or NotFound.
func (r *Reader) Root(_ context.Context, size uint64) (ledger.Hash, error) {
	if err := r.enter(); err != nil {
		return ledger.Hash{}, err
	}
	defer r.leave()
	return r.head.Load().tree.Root(size)
}

// Leaves returns the leaves with indices from first up to end, as ledger.Leaf.Encode
// writes them: the SHA-256 of a zero byte and a leaf is its hash in the tree (RFC 6962,
// section 2.1). It is NotFound when there are not so many. Of the entries, which are
// read for it, it holds one block at a time.
func (r *Reader) Leaves(ctx context.Context, first, end uint64) ([][]byte, error) {
	if size := r.Size(); end > size || first > end {
		return nil, ledger.Errorf(ledger.NotFound, "the register has %d entries, not those from %d up to %d", size, first, end)
	}
	leaves := make([][]byte, 0, end-first)
	for e, err := range r.Entries(ctx, first) {
		if err != nil {
			return nil, err
		}
		if e.Index == end {
			break
		}
		leaf := e.Leaf(r.register)
		leaves = append(leaves, leaf.Encode())
	}
	return leaves, nil
}

// Tile returns the hashes of a C2SP tlog-tiles tile as far as it goes, or NotFound.
func (r *Reader) Tile(_ context.Context, level uint, index uint64) ([]byte, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	return r.head.Load().tree.Tile(level, index)
}
