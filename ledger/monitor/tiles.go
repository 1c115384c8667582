package monitor

import (
	"context"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// maxTiles is how many tiles of 8 KiB are kept: neighbours share those above them.
const maxTiles = 64

// hashes reads hashes of a checkpoint's tree, checked against its root. What it keeps is
// of that tree alone: a node that rewrote its past has others under the same names.
func (m *Monitor) hashes(ctx context.Context, c merkle.Checkpoint) tlog.HashReader {
	kept, err := lru.New[tlog.Tile, []byte](maxTiles)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return tlog.TileHashReader(tlog.Tree{N: int64(c.Size), Hash: tlog.Hash(c.Root)}, &tiles{ctx, m.Source, kept, c.Size})
}

// tiles implements tlog.TileReader.
type tiles struct {
	ctx    context.Context
	source Source
	kept   *lru.Cache[tlog.Tile, []byte]
	size   uint64
}

func (t *tiles) Height() int { return merkle.TileHeight }

func (t *tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(list))
	for i, tile := range list {
		if b, ok := t.kept.Get(tile); ok {
			all[i] = b
			continue
		}
		p := merkle.TilePath{Level: uint(tile.L), Index: uint64(tile.N), Width: tile.W}
		b, err := t.source.Read(t.ctx, p)
		if ledger.CodeOf(err) == ledger.NotFound && err != nil {
			return nil, fmt.Errorf("the node signed a tree of %d entries and does not have %s of it", t.size, p)
		}
		if err != nil {
			return nil, err
		}
		if len(b) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", p, len(b))
		}
		all[i] = b
	}
	return all, nil
}

func (t *tiles) SaveTiles(list []tlog.Tile, data [][]byte) {
	for i, tile := range list {
		t.kept.Add(tile, data[i])
	}
}
