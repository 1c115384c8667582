package pdf

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
)

const letters = "Ặẫ Ỗ đ Ư ớ ỹ 1"

// write makes a file of pages with a line each.
func write(t testing.TB, lines ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := New(&b, Info{Title: "Tem (1) \\ đ🥭", Creator: "Sổ Gốc", Language: "vi", Made: time.Date(2026, 6, 17, 0, 0, 0, 0, time.UTC)})
	f, err := w.Font("LiberationSans", liberationsansregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewGray(image.Rect(3, 3, 13, 8))
	picture.Set(5, 5, color.White)
	logo := w.Image(picture)
	var p Page
	for _, s := range lines {
		p.Text(f, 12, 20, 150, s)
		p.Rect(10, 10, 30, 0.5)
		p.Outline(5, 5, 90, 190, 0.3)
		p.Grid(20, 100, 2, 3, []Cell{{0, 0, 1, 1}, {1, 1, 2, 1}})
		p.Image(logo, 60, 60, 20, 10)
		if err := w.Add(100, 200, &p); err != nil {
			t.Fatal(err)
		}
		p.Reset()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// poppler runs a program of Debian's poppler-utils, which complains about what is
// wrong with a file.
func poppler(t *testing.T, file []byte, name string, args ...string) string {
	t.Helper()
	in := filepath.Join(t.TempDir(), "test.pdf")
	if err := os.WriteFile(in, file, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(name, append([]string{in}, args...)...)
	var complaints strings.Builder
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("%s: %v: %s (Debian's package is named poppler-utils)", name, err, &complaints)
	}
	return string(out)
}

func TestFilesAreRead(t *testing.T) {
	file := write(t, letters, "2", "荔枝")
	if got := strings.Split(poppler(t, file, "pdftotext", "-"), "\f"); len(got) != 4 || strings.TrimSpace(got[0]) != letters || strings.TrimSpace(got[1]) != "2" || strings.TrimSpace(got[2]) != "" {
		t.Errorf("the pages say %q", got)
	}
	info := poppler(t, file, "pdfinfo")
	for _, want := range []string{"Tem (1) \\ đ🥭", "Pages:           3", "100 x 200 pts", "PDF version:     1.7", "Jun 17"} {
		if !strings.Contains(info, want) {
			t.Errorf("the file does not say %q: %s", want, info)
		}
	}
	if list := poppler(t, file, "pdfimages", "-list"); !strings.Contains(list, "10     5  rgb") {
		t.Errorf("the picture: %s", list)
	}
	if !bytes.Equal(file, write(t, letters, "2", "荔枝")) {
		t.Error("the same pages give another file")
	}
}

// TestSubset: a part of a font has what it needs, at the same numbers, and sums
// that are right.
func TestSubset(t *testing.T) {
	file := liberationsansregular.TTF
	parsed, err := sfnt.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	var used []sfnt.GlyphIndex
	for _, r := range letters {
		g, err := parsed.GlyphIndex(&buf, r)
		if err != nil || g == 0 {
			t.Fatal(r, err)
		}
		used = append(used, g)
	}
	part, err := subset(file, used)
	if err != nil {
		t.Fatal(err)
	}
	if len(part) > len(file)/8 {
		t.Errorf("%d of %d bytes are left", len(part), len(file))
	}
	if s := sum(part); s != 0xB1B0AFBA {
		t.Errorf("the sum over the file is %x", s)
	}
	whole, _ := tablesOf(file)
	got, err := tablesOf(part)
	if err != nil {
		t.Fatal(err)
	}
	outline := func(tables map[string][]byte, g int) []byte {
		at := func(i int) int {
			if binary.BigEndian.Uint16(tables["head"][50:]) == 1 {
				return int(binary.BigEndian.Uint32(tables["loca"][4*i:]))
			}
			return 2 * int(binary.BigEndian.Uint16(tables["loca"][2*i:]))
		}
		return tables["glyf"][at(g):at(g+1)]
	}
	kept := map[int]bool{0: true}
	var keep func(g int)
	keep = func(g int) {
		kept[g] = true
		for _, p := range parts(outline(whole, g)) {
			keep(p)
		}
	}
	for _, g := range used {
		keep(int(g))
	}
	if len(kept) <= len(used) {
		t.Error("no letter is composed of others, which tests nothing")
	}
	for g := range parsed.NumGlyphs() {
		want := outline(whole, g)
		if !kept[g] {
			want = nil
		}
		if have := outline(got, g); !bytes.HasPrefix(have, want) || len(have)-len(want) > 3 {
			t.Errorf("glyph %d has %d bytes, want %d", g, len(have), len(want))
		}
	}
}

// FuzzSubset: a broken font is an error.
func FuzzSubset(f *testing.F) {
	part, err := subset(liberationsansregular.TTF, []sfnt.GlyphIndex{3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(part[:4000], uint16(3))
	f.Add([]byte{0, 1, 0, 0, 0, 1}, uint16(0))
	f.Fuzz(func(_ *testing.T, file []byte, g uint16) {
		subset(file, []sfnt.GlyphIndex{sfnt.GlyphIndex(g)})
	})
}
