package merkle

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sogoc/sogoc/ledger"
)

// TestTilePaths: names are those of the checksum database's own library, but for the
// height, which C2SP leaves out.
func TestTilePaths(t *testing.T) {
	for _, index := range []uint64{0, 1, 67, 273, 999, 1000, 1067, 1234067, 1<<48 - 1} {
		for _, width := range []int{1, 112, 255, 256} {
			for _, level := range []int{0, 1, 7, 63, -1} {
				theirs := strings.Replace(tlog.Tile{H: TileHeight, L: level, N: int64(index), W: width}.Path(), "tile/8/", "tile/", 1)
				theirs = strings.Replace(theirs, "/data/", "/entries/", 1)
				p := TilePath{Entries: level < 0, Level: uint(max(level, 0)), Index: index, Width: width}
				if p.String() != theirs {
					t.Errorf("%+v is %s, want %s", p, p, theirs)
				}
				if back, err := ParseTilePath(theirs); err != nil || back != p {
					t.Errorf("%s is read as %+v, %v", theirs, back, err)
				}
			}
		}
	}
	for _, wrong := range []string{
		"", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/000", "tile/0/001/000",
		"tile/0/x001/x000", "tile/00/000", "tile/01/000", "tile/+1/000", "tile/64/000", "tile/256/000", "tile/-1/000", "tile/data/000",
		"tile/0/000/", "tile/0/000//", "/tile/0/000", "tile//0/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/01",
		"tile/0/000.p/256", "tile/0/000.p/1/", "tile/0/000.p/+1", "tile/0/.p/1", "tile/0/000.p.p/1", "tile/0/xx01/000", "tile/0/X001/000",
		"tile/0/%30%30%30", "tile/Entries/000", "tile/entries/0/000", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/x072/x057/x594/x037/x927/936",
	} {
		if p, err := ParseTilePath(wrong); err == nil || ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%q is read as %+v, %v", wrong, p, err)
		}
	}
	if p, err := ParseTilePath("tile/0/x072/x057/x594/x037/x927/935"); err != nil || p.Index != maxTileIndex {
		t.Errorf("the last tile that a tree can have is %+v, %v", p, err)
	}
}

func TestTileOf(t *testing.T) {
	for _, c := range []struct {
		level       uint
		index, size uint64
		width       int
	}{
		{0, 0, 0, 0}, {0, 0, 1, 1}, {0, 0, 255, 255}, {0, 0, 256, 256}, {0, 1, 256, 0}, {0, 1, 257, 1}, {1, 0, 255, 0}, {1, 0, 256, 1},
		{0, 273, 70_000, 112}, {1, 0, 70_000, 256}, {1, 1, 70_000, 17}, {2, 0, 70_000, 1}, {3, 0, 70_000, 0}, {63, 0, 70_000, 0},
		{0, maxTileIndex + 1, 1<<64 - 1, 0}, {7, 0, 1<<64 - 1, 255}, {8, 0, 1<<64 - 1, 0},
	} {
		if p := TileOf(c.level, c.index, c.size); p.Width != c.width || p.Entries {
			t.Errorf("tile %d of level %d at size %d is %+v, want width %d", c.index, c.level, c.size, p, c.width)
		}
	}
}

func TestBundles(t *testing.T) {
	entries := [][]byte{[]byte("a"), {}, bytes.Repeat([]byte("b"), MaxBundled)}
	var b []byte
	for _, e := range entries {
		b = AppendBundled(b, e)
	}
	back, err := CutBundle(b, 3)
	if err != nil || len(back) != 3 || !bytes.Equal(back[0], entries[0]) || len(back[1]) != 0 || !bytes.Equal(back[2], entries[2]) {
		t.Errorf("%d entries, %v", len(back), err)
	}
	for name, wrong := range map[string][]byte{"short": b[:len(b)-1], "long": append(b[:len(b):len(b)], 0), "half a length": b[:4], "empty": nil} {
		if _, err := CutBundle(wrong, 3); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an entry of 65,536 bytes goes into a bundle")
		}
	}()
	AppendBundled(nil, make([]byte, MaxBundled+1))
}

func FuzzParseTilePath(f *testing.F) {
	f.Add("tile/0/x001/067.p/3")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParseTilePath(s); err == nil && p.String() != s {
			t.Errorf("%q is read as %+v", s, p)
		}
	})
}

func FuzzCutBundle(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 0, 0}, 2)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if n < 0 || n > TileWidth {
			return
		}
		entries, err := CutBundle(b, n)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = AppendBundled(again, e)
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%x is read as %x", b, entries)
		}
	})
}
