package merkle

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"sort"
	"sync"

	"github.com/sogoc/sogoc/ledger"
)

// runWidth is how many leaves a run holds: their positions in it are of two bytes.
const runWidth = TileWidth * TileWidth

// Positions finds leaves by their hashes. The tree's own tiles are all that it needs, so
// nothing is written for it: when the first leaf is asked for it reads the hashes once, and
// later those that came since. Of each leaf that fills a run it keeps six bytes in memory;
// those after them are looked through in their tiles.
//
// The zero value is ready, for one tree, and for concurrent use.
type Positions struct {
	mu   sync.Mutex
	runs []*run // of the leaves from the first on
}

// run is runWidth leaves, sorted by how their hashes begin.
type run struct {
	begins [runWidth]uint32
	at     [runWidth]uint16 // position in the run
}

// TileReader reads the hashes that there are of a tile.
type TileReader func(ctx context.Context, level uint, index uint64) ([]byte, error)

// Find is the position of a leaf among the first size ones, or NotFound. Its other errors
// are those of reading a tile, and the context's.
func (p *Positions) Find(ctx context.Context, leaf ledger.Hash, size uint64, tile TileReader) (uint64, error) {
	runs, err := p.grown(ctx, size, tile)
	if err != nil {
		return 0, err
	}
	begin := beginOf(leaf[:])
	for n, r := range runs {
		first := uint64(n) * runWidth
		for i, _ := slices.BinarySearch(r.begins[:], begin); i < runWidth && r.begins[i] == begin; i++ {
			index := first + uint64(r.at[i])
			hashes, err := tile(ctx, 0, index/TileWidth)
			if err != nil {
				return 0, err
			}
			if at := int(index%TileWidth) * hashSize; bytes.Equal(hashes[at:at+hashSize], leaf[:]) {
				return index, nil
			}
		}
	}
	for index := uint64(len(runs)) * TileWidth; index*TileWidth < size; index++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		hashes, err := tile(ctx, 0, index)
		if err != nil {
			return 0, err
		}
		for i := 0; i*hashSize < len(hashes); i++ {
			if at := index*TileWidth + uint64(i); at < size && bytes.Equal(hashes[i*hashSize:(i+1)*hashSize], leaf[:]) {
				return at, nil
			}
		}
	}
	return 0, ledger.Errorf(ledger.NotFound, "none of the first %d leaves has the hash %s", size, leaf)
}

// grown are the runs that the first size leaves fill. Who asks while one is read waits for
// that one only.
func (p *Positions) grown(ctx context.Context, size uint64, tile TileReader) ([]*run, error) {
	want := int(size / runWidth)
	for {
		runs, err := p.grow(ctx, want, tile)
		if err != nil || len(runs) >= want {
			return runs[:min(len(runs), want)], err
		}
	}
}

// grow reads one run, where there are fewer than wanted.
func (p *Positions) grow(ctx context.Context, want int, tile TileReader) ([]*run, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil || len(p.runs) >= want {
		return p.runs, err
	}
	r := new(run)
	all := make([]leafBegin, 0, runWidth)
	for i := range uint64(TileWidth) {
		hashes, err := tile(ctx, 0, uint64(len(p.runs))*TileWidth+i)
		if err != nil {
			return p.runs, err
		}
		for ; len(hashes) > 0; hashes = hashes[hashSize:] {
			all = append(all, leafBegin{beginOf(hashes), uint16(len(all))})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].begin < all[j].begin })
	for i, l := range all {
		r.begins[i], r.at[i] = l.begin, l.at
	}
	p.runs = append(p.runs, r)
	return p.runs, nil
}

type leafBegin struct {
	begin uint32
	at    uint16
}

func beginOf(hash []byte) uint32 { return binary.BigEndian.Uint32(hash) }
