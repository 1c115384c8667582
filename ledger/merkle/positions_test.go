package merkle_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// hashed are tiles of leaves that begin alike in many places.
func hashed(index uint64) (h ledger.Hash) {
	binary.BigEndian.PutUint32(h[:], uint32(index*2654435761)%1000)
	binary.BigEndian.PutUint64(h[8:], index)
	return h
}

func TestPositions(t *testing.T) {
	var p merkle.Positions
	size, reads := uint64(0), 0
	tile := func(_ context.Context, level uint, index uint64) (b []byte, err error) {
		reads++
		first := index * merkle.TileWidth
		if level != 0 || first >= size {
			t.Fatalf("tile %d of level %d of %d leaves", index, level, size)
		}
		for i := first; i < min(size, first+merkle.TileWidth); i++ {
			h := hashed(i)
			b = append(b, h[:]...)
		}
		return b, nil
	}
	for _, size = range []uint64{0, 1, 300, 65_535, 65_536, 65_537, 200_000} {
		for _, index := range []uint64{0, 1, 255, 256, 65_535, 65_536, 131_071, 131_072, 199_999} {
			got, err := p.Find(t.Context(), hashed(index), size, tile)
			if index >= size {
				if ledger.CodeOf(err) != ledger.NotFound {
					t.Errorf("leaf %d of %d: %d, %v", index, size, got, err)
				}
			} else if got != index || err != nil {
				t.Errorf("leaf %d of %d: %d, %v", index, size, got, err)
			}
		}
	}
	if _, err := p.Find(t.Context(), hashed(70_000), 65_600, tile); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a leaf that came later: %v", err)
	}
	reads = 0
	if _, err := p.Find(t.Context(), hashed(5), size, tile); err != nil || reads > 80 {
		t.Errorf("%d tiles are read for a leaf of a full run, %v", reads, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(merkle.Positions).Find(ctx, hashed(5), size, tile); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of who asked: %v", err)
	}
}
