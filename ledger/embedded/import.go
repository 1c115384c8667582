package embedded

import (
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/order"
)

// Import brings blocks back to a folder that holds no ledger. Each must follow on the
// one before. The state is made from them when the ledger is opened.
type Import struct {
	blocks   order.Blocks
	register ledger.Hash
	at       order.Position
	tree     *merkle.Tree
	tiles    fullTiles
	sizes    map[uint64]ledger.Hash // roots at the sizes that were asked for
	txn      *badger.Txn
	bytes    int // in txn
	count    int // blocks in txn
}

// What is written at once, in bytes and in blocks: Badger takes no more than some
// thousand keys together.
const (
	importBytes  = 4 << 20
	importBlocks = 512
)

// NewImport begins with the genesis. Roots are kept of the sizes at which Finish may
// be told that a checkpoint was signed.
func NewImport(dir string, genesis ledger.Genesis, sizes []uint64, log *slog.Logger) (*Import, error) {
	path := filepath.Join(dir, "blocks")
	if _, err := os.Stat(path); err == nil {
		return nil, ledger.Errorf(ledger.Conflict, "%s holds blocks already", path)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	blocks, err := openBlocks(path, log)
	if err != nil {
		return nil, err
	}
	if _, err := order.Found(blocks.DB, genesis, nil); err != nil {
		blocks.Close()
		return nil, err
	}
	i := &Import{blocks: blocks, register: genesis.Register(), tiles: fullTiles{}, sizes: map[uint64]ledger.Hash{}}
	i.at.Hash = i.register
	i.tree = merkle.New(i.tiles)
	for _, size := range sizes {
		i.sizes[size] = ledger.Hash{}
	}
	i.txn = blocks.NewTransaction(true)
	return i, nil
}

// Add appends a block, and returns it.
func (i *Import) Add(stored []byte) (*order.Block, error) {
	b, err := decodeBlock(i.at.Size, stored)
	if err != nil {
		return nil, err
	}
	if err := follows(b, i.at); err != nil {
		return nil, err
	}
	for n := range b.Records {
		e, err := b.Entry(n, i.register)
		if err != nil {
			return nil, err
		}
		leaf := e.Leaf(i.register)
		tree, full := i.tree.Append(leaf.Hash())
		i.tree = tree
		i.tiles.keep(full)
		if _, asked := i.sizes[tree.Size()]; asked {
			if i.sizes[tree.Size()], err = tree.Root(tree.Size()); err != nil {
				return nil, err
			}
		}
	}
	if err := i.txn.Set(order.BlockKey(b.First), stored); err != nil {
		return nil, err
	}
	i.at = Stored{Block: b}.Position()
	i.bytes += len(stored)
	if i.count++; i.bytes >= importBytes || i.count >= importBlocks {
		return b, i.write()
	}
	return b, nil
}

func (i *Import) write() error {
	err := i.txn.Commit()
	i.txn, i.bytes, i.count = i.blocks.NewTransaction(true), 0, 0
	return err
}

// Position is up to where the blocks go.
func (i *Import) Position() order.Position { return i.at }

// Root is the root of the first entries, of a size that NewImport was told; false when
// there are not as many.
func (i *Import) Root(size uint64) (ledger.Hash, bool) {
	root, ok := i.sizes[size]
	return root, ok && size <= i.at.Size && size > 0
}

// Finish puts everything on disk, and the latest checkpoint that was signed with it:
// when that is beyond the blocks, the ledger will not open.
func (i *Import) Finish(last order.Signed) error {
	if err := i.write(); err != nil {
		return err
	}
	if err := i.blocks.Sync(); err != nil {
		return err
	}
	return i.blocks.SetSigned(last)
}

// Close lets go of the folder.
func (i *Import) Close() error {
	i.txn.Discard()
	return i.blocks.Close()
}

// fullTiles keeps a tree's full tiles in memory: 32 bytes an entry.
type fullTiles map[tilePlace][]byte

type tilePlace struct {
	level uint
	index uint64
}

func (f fullTiles) keep(tiles []merkle.Tile) {
	for _, t := range tiles {
		f[tilePlace{t.Level, t.Index}] = t.Hashes
	}
}

// Tile implements merkle.Tiles.
func (f fullTiles) Tile(level uint, index uint64) ([]byte, error) {
	b, ok := f[tilePlace{level, index}]
	if !ok {
		return nil, ledger.Errorf(ledger.Internal, "tile %d of level %d is missing", index, level)
	}
	return b, nil
}
