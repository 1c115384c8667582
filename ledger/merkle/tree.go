package merkle

import (
	lru "github.com/hashicorp/golang-lru/v2"
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
// it, and is for concurrent use. In memory it has the right edge and some full tiles
// above the lowest level; the rest is read from Tiles.
type Tree struct {
	tiles Tiles
	upper *lru.Cache[upperTile, *subtree]
	size  uint64
	edge  []*subtree // by level: the partial tile at the right edge; nil when it is empty
}

// upperTile is a full tile above the lowest level.
type upperTile struct {
	level uint
	index uint64
}

// keptTiles bounds the full tiles in memory, at 16 KiB each. As there is one for 65,536
// leaves, that is all of them up to 33 million.
const keptTiles = 512

// New is the empty tree.
func New(tiles Tiles) *Tree {
	upper, err := lru.New[upperTile, *subtree](keptTiles)
	if err != nil {
		panic(err) // the size is positive
	}
	return &Tree{tiles: tiles, upper: upper}
}

// Load gives back the tree of a size from its full tiles and its last
// size % TileWidth leaf hashes, which no full tile holds yet.
func Load(tiles Tiles, size uint64, tail []ledger.Hash) (*Tree, error) {
	if uint64(len(tail)) != size%TileWidth {
		return nil, ledger.Errorf(ledger.Internal, "a tree of %d leaves was given a tail of %d", size, len(tail))
	}
	t := New(tiles)
	t.size = size
	for level := uint(0); size>>(TileHeight*level) > 0; level++ {
		partial := new(subtree)
		t.edge = append(t.edge, partial)
		end := size >> (TileHeight * level)
		for i := end &^ (TileWidth - 1); i < end; i++ {
			if level == 0 {
				partial.put(int(i%TileWidth), tail[i%TileWidth])
				continue
			}
			full, err := t.full(level-1, i)
			if err != nil {
				return nil, err
			}
			partial.put(int(i%TileWidth), perfect(full))
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
	next := &Tree{tiles: t.tiles, upper: t.upper, size: t.size, edge: append([]*subtree(nil), t.edge...)}
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
		t.edge[level] = new(subtree)
	}
	partial, width := t.edge[level], t.width(uint(level))
	partial.put(width, h)
	if width+1 < TileWidth {
		return full
	}
	t.edge[level] = nil
	full = append(full, Tile{Level: uint(level), Index: t.size >> (TileHeight * (level + 1)), Hashes: partial[:tileSize]})
	return t.push(level+1, ledger.Hash(partial.node(TileHeight, 0)), full)
}

// width is the number of hashes in the partial tile of a level.
func (t *Tree) width(level uint) int { return int(t.size >> (TileHeight * level) % TileWidth) }

// Tile returns what there is of a tile: 1 to TileWidth hashes. Its errors are
// NotFound, and whatever Tiles says.
func (t *Tree) Tile(level uint, index uint64) ([]byte, error) {
	switch end := t.size >> (TileHeight * level) / TileWidth; {
	case index < end:
		return t.full(level, index)
	case index == end && t.width(level) > 0:
		end := t.width(level) * hashSize
		return t.edge[level][:end:end], nil
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

// nodes returns the hashes of perfect subtrees, which are not to be changed. Neighbours
// in ids are usually in the same tile, which is read once.
func (t *Tree) nodes(ids []compact.NodeID) ([][]byte, error) {
	hashes := make([][]byte, len(ids))
	var leaves []byte // of the full tile of the lowest level that was read last
	var index uint64
	for i, id := range ids {
		level, above := id.Level/TileHeight, id.Level%TileHeight
		tile, within := id.Index>>(TileHeight-above), int(id.Index%(TileWidth>>above))
		var err error
		switch full := tile < t.size>>(TileHeight*level)/TileWidth; {
		case full && level == 0:
			if leaves == nil || tile != index {
				if leaves, err = t.full(0, tile); err != nil {
					return nil, err
				}
				index = tile
			}
			from := within * hashSize << above
			h := perfect(leaves[from : from+hashSize<<above])
			hashes[i] = h[:]
		case full:
			s, err := t.above(upperTile{level, tile})
			if err != nil {
				return nil, err
			}
			hashes[i] = s.node(above, within)
		case (within+1)<<above <= t.width(level):
			hashes[i] = t.edge[level].node(above, within)
		default:
			return nil, noTile(level, tile)
		}
	}
	return hashes, nil
}

// above is a full tile above the lowest level, with the nodes above its hashes.
func (t *Tree) above(at upperTile) (*subtree, error) {
	if s, ok := t.upper.Get(at); ok {
		return s, nil
	}
	b, err := t.full(at.level, at.index)
	if err != nil {
		return nil, err
	}
	s := new(subtree)
	for i := range TileWidth {
		s.put(i, ledger.Hash(b[i*hashSize:]))
	}
	t.upper.Add(at, s)
	return s, nil
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

// subtree is a tile with the nodes above its hashes: those of a level behind those of
// the level below, the root last.
type subtree [(2*TileWidth - 1) * hashSize]byte

// node is the i-th of those so many levels above the tile's hashes.
func (s *subtree) node(above uint, i int) []byte {
	from := (2*TileWidth - 2*TileWidth>>above + i) * hashSize
	return s[from : from+hashSize : from+hashSize]
}

// put sets hash i, for which all before it are set, and the nodes that it completes.
// What was complete before stays as it is.
func (s *subtree) put(i int, h ledger.Hash) {
	copy(s.node(0, i), h[:])
	for above := uint(1); i%2 == 1; above++ {
		h = node(s.node(above-1, i-1), s.node(above-1, i))
		i /= 2
		copy(s.node(above, i), h[:])
		if above == TileHeight {
			return
		}
	}
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
