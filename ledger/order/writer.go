package order

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Config says what a copy consists of. All but Next and Room is needed.
type Config struct {
	Genesis ledger.Genesis // as Found gave it
	Blocks  Blocks
	Index   *disk.DB // may be that of Blocks
	Signer  note.Signer
	// Next signs once an entry has put it in the place of Signer (ledger.KeyChange); nil
	// where that is not to be.
	Next note.Signer
	// Until ends when nothing is written any more; its cause is what Wait answers.
	Until context.Context
	// Room refuses when nothing more is to be written; nil never does.
	Room func() error
}

// Writer extends a copy. It has one user.
type Writer struct{ r *Reader }

var genesisKey = []byte("genesis")

// Found reads the genesis, or writes it where there is none. When there is one
// already, given is either zero or the same. Its errors are Invalid when there is
// none at all, and Conflict when there is another.
func Found(blocks *disk.DB, given ledger.Genesis, room func() error) (ledger.Genesis, error) {
	b, err := blocks.Get(genesisKey)
	if err != nil {
		return given, ledger.Wrap(err, ledger.Internal, "the genesis cannot be read")
	}
	if b == nil {
		if given == (ledger.Genesis{}) {
			return given, ledger.FieldErrorf(ledger.Invalid, "Genesis", "the folder is empty and there is none to start with")
		}
		if room != nil {
			if err := room(); err != nil {
				return given, err
			}
		}
		return given, blocks.Put(genesisKey, given.Encode())
	}
	have, err := ledger.ParseGenesis(b)
	if err != nil {
		return given, fmt.Errorf("the stored genesis: %w", err)
	}
	if given != (ledger.Genesis{}) && !bytes.Equal(given.Encode(), b) {
		return given, ledger.FieldErrorf(ledger.Conflict, "Genesis", "the folder holds the register %s, not %s", have.Register(), given.Register())
	}
	return have, nil
}

// Open makes what is on disk known, up to a position: that of the index. It refuses
// with Internal when something is missing.
func Open(c Config, at Position) (*Reader, *Writer, error) {
	r := &Reader{
		genesis: c.Genesis, register: c.Genesis.Register(), blocks: c.Blocks, index: c.Index,
		until: c.Until, signer: c.Signer, next: c.Next, room: c.Room,
	}
	if r.room == nil {
		r.room = func() error { return nil }
	}
	tree, err := r.loadTree(at.Size)
	if err != nil {
		return nil, nil, err
	}
	rotations, err := loadRotations(r.index, at.Size)
	if err != nil {
		return nil, nil, err
	}
	r.head.Store(&head{Position: at, tree: tree, rotations: rotations, moved: make(chan struct{})})
	return r, &Writer{r}, nil
}

// loadTree gives the tree of size. The leaves that no full tile holds are made
// from their entries.
func (r *Reader) loadTree(size uint64) (*merkle.Tree, error) {
	var tail []ledger.Hash
	for index := size - size%merkle.TileWidth; index < size; {
		b, err := r.blocks.Of(index)
		if err != nil {
			return nil, err
		}
		for e, err := range b.from(index, r.register) {
			if err != nil {
				return nil, err
			}
			if index == size {
				break
			}
			leaf := e.Leaf(r.register)
			tail = append(tail, leaf.Hash())
			index++
		}
	}
	return merkle.Load(tiles{r.index}, size, tail)
}

// CheckSigned refuses, as Internal, blocks that are not those that a checkpoint was
// signed for.
func (w *Writer) CheckSigned() error { return w.r.checkSigned() }

// Position is up to where the copy goes.
func (w *Writer) Position() Position { return w.r.head.Load().Position }

// Root is the root of the first entries; Invalid when there are not as many.
func (w *Writer) Root(size uint64) (ledger.Hash, error) { return w.r.head.Load().tree.Root(size) }

// Advance is a step forward that is not known to anybody yet.
type Advance struct {
	Entries []*ledger.Entry // what follows on the copy's last entry
	Bytes   int             // what the entries take, about
	To      Position
	tree    *merkle.Tree
	tiles   []merkle.Tile

	rotations []ledger.Rotation
	known     int   // of them, before the step
	broken    error // why the step cannot be made
}

// Advance prepares a step: Set writes it to the index, and once that and the blocks
// are on disk, Publish makes it known. Of the steps from one position only one may
// be published.
func (w *Writer) Advance(entries []*ledger.Entry, bytes int, to Position) *Advance {
	leaves := make([]ledger.Hash, len(entries))
	for i, e := range entries {
		leaf := e.Leaf(w.r.register)
		leaves[i] = leaf.Hash()
	}
	h := w.r.head.Load()
	a := &Advance{Entries: entries, Bytes: bytes, To: to, known: len(h.rotations)}
	a.tree, a.tiles = h.tree.Append(leaves...)
	a.rotations, a.broken = rotated(h.rotations, entries)
	return a
}

// Set writes the step's transactions, the tiles that they filled, the checkpoint keys
// that they changed and up to where the index goes. The slices that it hands over are not
// changed afterwards.
func (a *Advance) Set(set Set) error {
	if a.broken != nil {
		return a.broken
	}
	const keySize, entrySize = 1 + len(ledger.TxID{}), 1 + len(ledger.TxID{}) + 8
	buf := make([]byte, 0, entrySize*len(a.Entries))
	for _, e := range a.Entries {
		at := len(buf)
		buf = append(append(buf, txPrefix), e.ID[:]...)
		buf = binary.BigEndian.AppendUint64(buf, e.Index)
		if err := set(buf[at:at+keySize:at+keySize], buf[at+keySize:]); err != nil {
			return err
		}
	}
	for _, t := range a.tiles {
		if err := set(tileKey(t.Level, t.Index), t.Hashes); err != nil {
			return err
		}
	}
	for _, c := range a.rotations[a.known:] {
		if err := setRotation(set, c); err != nil {
			return err
		}
	}
	return a.To.Set(set)
}

// Publish makes a step known that is on disk.
func (w *Writer) Publish(a *Advance) {
	if len(a.Entries) > 0 {
		w.r.recent.add(a.Entries, a.Bytes)
	}
	was := w.r.head.Swap(&head{Position: a.To, tree: a.tree, rotations: a.rotations, moved: make(chan struct{})})
	close(was.moved)
}

// WhileOpen runs f unless the copy is closed, which it is not before f has ended.
func (w *Writer) WhileOpen(f func() error) error {
	if err := w.r.enter(); err != nil {
		return err
	}
	defer w.r.leave()
	return f()
}

// Close waits for whoever reads, and closes the databases by a function.
func (w *Writer) Close(databases func() error) error {
	w.r.reading.Lock()
	defer w.r.reading.Unlock()
	w.r.closed = true
	return databases()
}
