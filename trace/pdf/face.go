package pdf

import (
	"strings"
	"sync"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The fonts are Liberation Sans (SIL Open Font License 1.1). They have every Vietnamese
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

// Sans adds Liberation Sans to the file, and its bold.
func (w *Writer) Sans() (regular, bold *Font, err error) {
	if regular, err = w.Font("LiberationSans", liberationsansregular.TTF); err != nil {
		return nil, nil, err
	}
	bold, err = w.Font("LiberationSans-Bold", liberationsansbold.TTF)
	return regular, bold, err
}

// Face measures text of one weight of Liberation Sans. It is not for concurrent use.
type Face struct {
	font   *sfnt.Font
	buf    sfnt.Buffer
	widths map[rune]float64 // in parts of the size; negative for what the font does not have
}

// Faces are the regular one and the bold one.
func Faces() (regular, bold *Face) {
	f := fonts()
	return &Face{font: f[0], widths: map[rune]float64{}}, &Face{font: f[1], widths: map[rune]float64{}}
}

// advance is how far a character moves on.
func (f *Face) advance(r rune) float64 {
	if w, ok := f.widths[r]; ok {
		return w
	}
	w := -1.0
	// PDF's text is written in UCS-2.
	if i, err := f.font.GlyphIndex(&f.buf, r); err == nil && i != 0 && r <= 0xFFFF {
		if a, err := f.font.GlyphAdvance(&f.buf, i, fixed.I(unitsPerEm), font.HintingNone); err == nil {
			w = float64(a) / 64 / unitsPerEm
		}
	}
	f.widths[r] = w
	return w
}

// Has reports whether the font has a character.
func (f *Face) Has(r rune) bool { return f.advance(r) >= 0 }

// Width is how wide a text is, in parts of its size.
func (f *Face) Width(s string) (w float64) {
	for _, r := range s {
		w += max(f.advance(r), 0)
	}
	return w
}

// cut is the longest start of a text that is no wider than w, one character at
// least.
func (f *Face) cut(s string, w float64) string {
	sum := 0.0
	for i, r := range s {
		if sum += max(f.advance(r), 0); sum > w && i > 0 {
			return s[:i]
		}
	}
	return s
}

// Wrap breaks a text into lines, the first no wider than first and the others no
// wider than rest, in parts of the size. A word that is wider than its line is
// broken inside.
func (f *Face) Wrap(s string, first, rest float64) (lines []string) {
	line, room := "", first
	end := func() {
		lines = append(lines, line)
		line, room = "", rest
	}
	for _, word := range strings.Fields(s) {
		next := strings.TrimPrefix(line+" "+word, " ")
		if f.Width(next) <= room {
			line = next
			continue
		}
		if line != "" {
			end()
		} else if len(lines) == 0 && f.Width(word) <= rest && first < rest {
			end() // the caption stands alone
		}
		for f.Width(word) > room {
			line = f.cut(word, room)
			if word = word[len(line):]; word == "" {
				break
			}
			end()
		}
		if word != "" {
			line = word
		}
	}
	if line != "" {
		end()
	}
	return lines
}
