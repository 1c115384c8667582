package merkle

import (
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"

	"github.com/sogoc/sogoc/ledger"
)

const (
	// TileHeight is how many levels of the tree a tile spans.
	TileHeight = 8
	// TileWidth is the number of hashes in a full tile.
	TileWidth = 1 << TileHeight

	hashSize = len(ledger.Hash{})
	tileSize = TileWidth * hashSize
)

// Tile is a full tile: the hashes of level 8·Level with indices from
// TileWidth·Index on, one after the other.
type Tile struct {
	Level  uint
	Index  uint64
	Hashes []byte
}

// Tiles is where full tiles are kept.
type Tiles interface {
	// Tile returns the hashes of a full tile that Append handed out; that it is
	// absent is an error. The caller does not change them.
	Tile(level uint, index uint64) ([]byte, error)
}

// Tree is an RFC 6962 tree at one size. It is not changed by what is appended to
// it, and is for concurrent use. In memory it has the right edge only; the rest
// is read from Tiles.
type Tree struct {
	tiles Tiles
	size  uint64
	edge  [][]byte // by level: the partial tile at the right edge
}

// New is the empty tree.
func New(tiles Tiles) *Tree { return &Tree{tiles: tiles} }

// Load gives back the tree of a size from its full tiles and its last
// size % TileWidth leaf hashes, which no full tile holds yet.
func Load(tiles Tiles, size uint64, tail []ledger.Hash) (*Tree, error) {
	if uint64(len(tail)) != size%TileWidth {
		return nil, ledger.Errorf(ledger.Internal, "a tree of %d leaves was given a tail of %d", size, len(tail))
	}
	t := &Tree{tiles: tiles, size: size}
	for level := uint(0); size>>(TileHeight*level) > 0; level++ {
		t.edge = append(t.edge, make([]byte, 0, tileSize))
		end := size >> (TileHeight * level)
		for i := end &^ (TileWidth - 1); i < end; i++ {
			var h ledger.Hash
			if level == 0 {
				h = tail[i%TileWidth]
			} else {
				full, err := t.full(level-1, i)
				if err != nil {
					return nil, err
				}
				h = perfect(full)
			}
			t.edge[level] = append(t.edge[level], h[:]...)
		}
	}
	return t, nil
}

// Size is the number of leaves.
func (t *Tree) Size() uint64 { return t.size }

// Append gives the tree with further leaf hashes at its end, and the tiles that
// became full, which must be in Tiles before the new tree is used. Of the trees
// that are made from one tree this way only one may be used.
func (t *Tree) Append(leaves ...ledger.Hash) (*Tree, []Tile) {
	next := &Tree{tiles: t.tiles, size: t.size, edge: append([][]byte(nil), t.edge...)}
	var full []Tile
	for _, h := range leaves {
		full = next.push(0, h, full)
		next.size++
	}
	return next, full
}

func (t *Tree) push(level int, h ledger.Hash, full []Tile) []Tile {
	if level == len(t.edge) {
		t.edge = append(t.edge, nil)
	}
	if t.edge[level] == nil {
		t.edge[level] = make([]byte, 0, tileSize)
	}
	t.edge[level] = append(t.edge[level], h[:]...)
	hashes := t.edge[level]
	if len(hashes) < tileSize {
		return full
	}
	t.edge[level] = nil
	full = append(full, Tile{Level: uint(level), Index: t.size >> (TileHeight * (level + 1)), Hashes: hashes})
	return t.push(level+1, perfect(hashes), full)
}

// Tile returns what there is of a tile: 1 to TileWidth hashes. Its errors are
// NotFound, and whatever Tiles says.
func (t *Tree) Tile(level uint, index uint64) ([]byte, error) {
	if level >= uint(len(t.edge)) {
		return nil, noTile(level, index)
	}
	switch end := t.size >> (TileHeight * level) / TileWidth; {
	case index < end:
		return t.full(level, index)
	case index == end && len(t.edge[level]) > 0:
		return t.edge[level], nil
	}
	return nil, noTile(level, index)
}

// Root is the root at a size, which is at most the tree's.
func (t *Tree) Root(size uint64) (ledger.Hash, error) {
	if size > t.size {
		return ledger.Hash{}, beyond(size, t.size)
	}
	if size == 0 {
		return EmptyRoot, nil
	}
	hashes, err := t.nodes(compact.RangeNodes(0, size, nil))
	if err != nil {
		return ledger.Hash{}, err
	}
	root := hashes[len(hashes)-1]
	for i := len(hashes) - 2; i >= 0; i-- {
		h := node(hashes[i], root)
		root = h[:]
	}
	return ledger.Hash(root), nil
}

// Inclusion is the path from the leaf at index to the root at size.
func (t *Tree) Inclusion(index, size uint64) ([]ledger.Hash, error) {
	if size > t.size {
		return nil, beyond(size, t.size)
	}
	nodes, err := proof.Inclusion(index, size)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "there is no such leaf at that size")
	}
	return t.proof(nodes)
}

// Consistency is the proof that the tree at size starts with the tree at old. It
// is empty when old is 0 or size.
func (t *Tree) Consistency(old, size uint64) ([]ledger.Hash, error) {
	if size > t.size {
		return nil, beyond(size, t.size)
	}
	nodes, err := proof.Consistency(old, size)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the older tree is the larger one")
	}
	return t.proof(nodes)
}

func (t *Tree) proof(nodes proof.Nodes) ([]ledger.Hash, error) {
	hashes, err := t.nodes(nodes.IDs)
	if err != nil {
		return nil, err
	}
	hashes, err = nodes.Rehash(hashes, func(left, right []byte) []byte {
		h := node(left, right)
		return h[:]
	})
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the proof could not be made")
	}
	path := make([]ledger.Hash, len(hashes))
	for i, h := range hashes {
		path[i] = ledger.Hash(h)
	}
	return path, nil
}

// nodes returns the hashes of perfect subtrees. Neighbours in ids are usually in
// the same tile, which is read once.
func (t *Tree) nodes(ids []compact.NodeID) ([][]byte, error) {
	hashes := make([][]byte, len(ids))
	var tile []byte
	var level uint
	var index uint64
	for i, id := range ids {
		l, below := id.Level/TileHeight, id.Level%TileHeight
		if at := id.Index >> (TileHeight - below); tile == nil || l != level || at != index {
			var err error
			if tile, err = t.Tile(l, at); err != nil {
				return nil, err
			}
			level, index = l, at
		}
		from := int(id.Index<<below%TileWidth) * hashSize
		h := perfect(tile[from : from+hashSize<<below])
		hashes[i] = h[:]
	}
	return hashes, nil
}

// full reads a full tile and checks its length.
func (t *Tree) full(level uint, index uint64) ([]byte, error) {
	b, err := t.tiles.Tile(level, index)
	if err != nil {
		return nil, err
	}
	if len(b) != tileSize {
		return nil, ledger.Errorf(ledger.Internal, "tile %d of level %d has %d bytes", index, level, len(b))
	}
	return b, nil
}

// perfect is the root over hashes whose number is a power of two up to TileWidth.
func perfect(hashes []byte) ledger.Hash {
	if len(hashes) == hashSize {
		return ledger.Hash(hashes)
	}
	half := len(hashes) / 2
	l, r := perfect(hashes[:half]), perfect(hashes[half:])
	return node(l[:], r[:])
}

func noTile(level uint, index uint64) error {
	return ledger.Errorf(ledger.NotFound, "there is no tile %d of level %d yet", index, level)
}

func beyond(size, have uint64) error {
	return ledger.Errorf(ledger.NotFound, "the register has %d entries, not %d", have, size)
}
