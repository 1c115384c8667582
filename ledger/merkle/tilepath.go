package merkle

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// MaxBundled is the most bytes that an entry may have in a bundle.
const MaxBundled = math.MaxUint16

const (
	maxTileLevel = 63
	maxTileIndex = 1<<(64-TileHeight) - 1
)

// TilePath names a tile or an entry bundle as C2SP tlog-tiles does, below the log's
// prefix: tile/0/x001/067, tile/entries/273.p/112.
type TilePath struct {
	Entries bool // a bundle of entries; Level is 0
	Level   uint
	Index   uint64
	Width   int // 1 to TileWidth
}

// TileOf names the tile of a level and index, as far as it goes in the tree of a size;
// the Width is 0 when there is none.
func TileOf(level uint, index, size uint64) TilePath {
	p := TilePath{Level: level, Index: index}
	if level > maxTileLevel || TileHeight*level >= 64 || index > maxTileIndex {
		return p
	}
	if hashes, first := size>>(TileHeight*level), index*TileWidth; hashes > first {
		p.Width = int(min(hashes-first, TileWidth))
	}
	return p
}

// BundleOf names a bundle of entries likewise.
func BundleOf(index, size uint64) TilePath {
	p := TileOf(0, index, size)
	p.Entries = true
	return p
}

// String is what ParseTilePath reads.
func (p TilePath) String() string {
	path := fmt.Sprintf("%03d", p.Index%1000)
	for n := p.Index / 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	level := strconv.FormatUint(uint64(p.Level), 10)
	if p.Entries {
		level = "entries"
	}
	if p.Width != TileWidth {
		path += ".p/" + strconv.Itoa(p.Width)
	}
	return "tile/" + level + "/" + path
}

// ParseTilePath reads a name, which has one spelling. Its errors are Invalid.
func ParseTilePath(s string) (TilePath, error) {
	bad := ledger.Errorf(ledger.Invalid, "%.100q does not name a tile (C2SP tlog-tiles)", s)
	parts := strings.Split(s, "/")
	const longest = 2 + 6 + 1 // tile, level; the index in thousands; the width
	if len(parts) < 3 || len(parts) > longest || parts[0] != "tile" {
		return TilePath{}, bad
	}
	p := TilePath{Width: TileWidth, Entries: parts[1] == "entries"}
	if !p.Entries {
		level, err := strconv.ParseUint(parts[1], 10, 8)
		if err != nil || level > maxTileLevel {
			return TilePath{}, bad
		}
		p.Level = uint(level)
	}
	parts = parts[2:]
	if last := len(parts) - 1; last > 0 && strings.HasSuffix(parts[last-1], ".p") {
		width, err := strconv.ParseUint(parts[last], 10, 8)
		if err != nil || width == 0 {
			return TilePath{}, bad
		}
		p.Width = int(width)
		parts = append(parts[:last-1:last-1], strings.TrimSuffix(parts[last-1], ".p"))
	}
	for _, part := range parts {
		n, err := strconv.ParseUint(strings.TrimPrefix(part, "x"), 10, 64)
		if err != nil || n > 999 || p.Index > maxTileIndex/1000 {
			return TilePath{}, bad
		}
		p.Index = p.Index*1000 + n
	}
	if p.Index > maxTileIndex || p.String() != s {
		return TilePath{}, bad
	}
	return p, nil
}

// AppendBundled adds an entry to a bundle: its length, a uint16, and its bytes. It
// panics when the entry has more than MaxBundled bytes; a leaf never has
// (ledger.MaxLeafSize).
func AppendBundled(b, entry []byte) []byte {
	if len(entry) > MaxBundled {
		panic(fmt.Sprintf("an entry of %d bytes does not go into a bundle", len(entry)))
	}
	return append(binary.BigEndian.AppendUint16(b, uint16(len(entry))), entry...)
}

// CutBundle takes a bundle apart, which has n entries and nothing else. Its errors are
// Invalid.
func CutBundle(b []byte, n int) ([][]byte, error) {
	entries := make([][]byte, 0, n)
	for range n {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, ledger.Errorf(ledger.Invalid, "the bundle ends after %d of %d entries", len(entries), n)
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		entries = append(entries, b[2:end:end])
		b = b[end:]
	}
	if len(b) > 0 {
		return nil, ledger.Errorf(ledger.Invalid, "the bundle has more than %d entries", n)
	}
	return entries, nil
}
