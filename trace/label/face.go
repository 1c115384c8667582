package label

import (
	"sync"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The font is Liberation Sans (SIL Open Font License 1.1). It has every Vietnamese
// letter, and the widths of Arial, which browsers fall back to.
var fonts = sync.OnceValue(func() [2]*sfnt.Font {
	var list [2]*sfnt.Font
	for i, b := range [][]byte{liberationsansregular.TTF, liberationsansbold.TTF} {
		f, err := sfnt.Parse(b)
		if err != nil {
			panic(err) // it is compiled in
		}
		list[i] = f
	}
	return list
})

// face measures text of one weight. It is not for concurrent use.
type face struct {
	font   *sfnt.Font
	buf    sfnt.Buffer
	widths map[rune]float64 // in parts of the size; negative for what the font does not have
}

func newFace(f *sfnt.Font) *face { return &face{font: f, widths: map[rune]float64{}} }

// advance is how far a character moves on.
func (f *face) advance(r rune) float64 {
	if w, ok := f.widths[r]; ok {
		return w
	}
	w := -1.0
	const upem = 1000
	// PDF's text is written in UCS-2.
	if i, err := f.font.GlyphIndex(&f.buf, r); err == nil && i != 0 && r <= 0xFFFF {
		if a, err := f.font.GlyphAdvance(&f.buf, i, fixed.I(upem), font.HintingNone); err == nil {
			w = float64(a) / 64 / upem
		}
	}
	f.widths[r] = w
	return w
}

func (f *face) has(r rune) bool { return f.advance(r) >= 0 }

// width is how wide a text is, in parts of its size.
func (f *face) width(s string) (w float64) {
	for _, r := range s {
		w += max(f.advance(r), 0)
	}
	return w
}

// cut is the longest start of a text that is no wider than w, one character at
// least.
func (f *face) cut(s string, w float64) string {
	sum := 0.0
	for i, r := range s {
		if sum += max(f.advance(r), 0); sum > w && i > 0 {
			return s[:i]
		}
	}
	return s
}
