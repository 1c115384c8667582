package label

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// Format is paper with labels on it. Lengths are millimetres.
type Format struct {
	Name    string  `json:"name"`
	Page    Size    `json:"page"`
	Left    float64 `json:"left"` // from the page's edge to the first label
	Top     float64 `json:"top"`
	Columns int     `json:"columns"`
	Rows    int     `json:"rows"`
	Label   Size    `json:"label"`
	GapX    float64 `json:"gap_x"` // between labels
	GapY    float64 `json:"gap_y"`
	Pad     float64 `json:"pad"` // what stays empty inside a label's edges: cutters and printers are not exact
	Dot     float64 `json:"dot"` // of the printer: bars and modules are whole dots where that is possible
}

// Size is a width and a height in millimetres.
type Size struct {
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Free is the name of a format of one's own.
const Free = "free"

var a4 = Size{210, 297}

// Dots of printers: laser and ink printers have 300 dots an inch or a multiple,
// most label printers 203, which is 8 a millimetre.
const (
	sheetDot = 25.4 / 300
	rollDot  = 0.125
)

// Formats are the papers that are sold everywhere, by how many labels a sheet has.
var Formats = []Format{
	{"a4-5x13", a4, 4.75, 10.7, 5, 13, Size{38.1, 21.2}, 2.5, 0, 1, sheetDot},
	{"a4-3x8", a4, 0, 0.5, 3, 8, Size{70, 37}, 0, 0, 4, sheetDot},
	{"a4-3x7", a4, 7.25, 15.15, 3, 7, Size{63.5, 38.1}, 2.5, 0, 2.5, sheetDot},
	{"a4-2x7", a4, 4.65, 15.15, 2, 7, Size{99.1, 38.1}, 2.5, 0, 3, sheetDot},
	{"a4-2x4", a4, 0, 0.5, 2, 4, Size{105, 74}, 0, 0, 6, sheetDot},
	{"roll-50x30", Size{50, 30}, 0, 0, 1, 1, Size{50, 30}, 0, 0, 1.5, rollDot},
	{"roll-100x150", Size{100, 150}, 0, 0, 1, 1, Size{100, 150}, 0, 0, 4, rollDot},
	{"a6", Size{105, 148}, 0, 0, 1, 1, Size{105, 148}, 0, 0, 5, sheetDot},
	{"a5", Size{148, 210}, 0, 0, 1, 1, Size{148, 210}, 0, 0, 8, sheetDot},
}

// Find is a format by its name.
func Find(name string) (Format, error) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, ledger.FieldErrorf(ledger.Invalid, "format", "%q is not the name of a format", name)
	}
	return Formats[i], nil
}

// Limits of a format of one's own, in millimetres.
const (
	minPage, maxPage = 20, 330
	minLabel         = 15
	maxGap           = 50
	freePad          = 2
	maxPlaces        = 200  // on a sheet
	slack            = 0.01 // of sums of lengths that were rounded
)

// NewFree is a format of one's own from its measures.
func NewFree(page Size, left, top float64, columns, rows int, label Size, gapX, gapY float64) (Format, error) {
	f := Format{Free, page, left, top, columns, rows, label, gapX, gapY, freePad, sheetDot}
	return f, f.Check()
}

// Check refuses what does not fit on the page, naming the measure.
func (f Format) Check() error {
	type measure struct {
		field      string
		value      float64
		least, top float64
	}
	for _, m := range []measure{
		{"page_w", f.Page.W, minPage, maxPage}, {"page_h", f.Page.H, minPage, maxPage},
		{"label_w", f.Label.W, minLabel, maxPage}, {"label_h", f.Label.H, minLabel, maxPage},
		{"left", f.Left, 0, maxPage}, {"top", f.Top, 0, maxPage}, {"gap_x", f.GapX, 0, maxGap}, {"gap_y", f.GapY, 0, maxGap},
		{"columns", float64(f.Columns), 1, maxPlaces}, {"rows", float64(f.Rows), 1, maxPlaces},
		{"pad", f.Pad, 0, min(f.Label.W, f.Label.H) / 4}, {"dot", f.Dot, 0.02, 0.2},
	} {
		if !(m.value >= m.least && m.value <= m.top) {
			return ledger.FieldErrorf(ledger.Invalid, m.field, "is from %s to %s, not %s", number(m.least), number(m.top), number(m.value))
		}
	}
	if n := f.Places(); n > maxPlaces {
		return ledger.FieldErrorf(ledger.Invalid, "columns", "a sheet has at most %d labels, not %d", maxPlaces, n)
	}
	if w := f.Left + along(f.Columns, f.Label.W, f.GapX); w > f.Page.W+slack {
		return ledger.FieldErrorf(ledger.Invalid, "label_w", "%d labels beside each other need %s mm; the page has %s", f.Columns, number(w), number(f.Page.W))
	}
	if h := f.Top + along(f.Rows, f.Label.H, f.GapY); h > f.Page.H+slack {
		return ledger.FieldErrorf(ledger.Invalid, "label_h", "%d labels below each other need %s mm; the page has %s", f.Rows, number(h), number(f.Page.H))
	}
	return nil
}

func along(n int, length, gap float64) float64 { return float64(n)*length + float64(n-1)*gap }

// Places is how many labels a sheet has.
func (f Format) Places() int { return f.Columns * f.Rows }

// Sheets is how many sheets a number of labels takes when some places of the first
// are used up.
func (f Format) Sheets(labels, skip int) int {
	return (labels + skip + f.Places() - 1) / f.Places()
}

// palletW and palletH are the least that a GS1 logistic label needs, in millimetres.
const palletW, palletH = 100, 140

// TakesPallet reports whether a GS1 logistic label fits on it.
func (f Format) TakesPallet() bool { return f.Label.W >= palletW && f.Label.H >= palletH }

// TakesLogo reports whether its labels are high enough for a logo.
func (f Format) TakesLogo() bool { return f.Label.H >= logoLeast }

// Place is where on its sheet a label's upper left is, row by row from 0.
func (f Format) Place(i int) (x, y float64) {
	b := f.place(i)
	return b.x, b.y
}

// place is where on its sheet a label stands, row by row.
func (f Format) place(i int) box {
	return box{
		x: f.Left + float64(i%f.Columns)*(f.Label.W+f.GapX), y: f.Top + float64(i/f.Columns)*(f.Label.H+f.GapY),
		w: f.Label.W, h: f.Label.H,
	}
}

// box is a rectangle in millimetres; y grows downwards.
type box struct{ x, y, w, h float64 }

// inset is the box without so much at each edge.
func (b box) inset(d float64) box { return box{b.x + d, b.y + d, b.w - 2*d, b.h - 2*d} }

// number writes a length with at most three decimals.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprint(v)
	}
	s := strconv.FormatFloat(v, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
