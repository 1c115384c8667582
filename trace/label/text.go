package label

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/pdf"
)

// row is a paragraph of a label.
type row struct {
	caption string  // before the text, in the lighter weight
	text    string  //
	bold    bool    // the text
	size    float64 // points, at the scale of 1
	space   float64 // above it, in its size
	field   string  // what is named where it does not fit
	drop    int     // when it is left out for want of room: 1 goes first; 0 never goes
	foot    bool    // stands at the lower end
	ruled   bool    // a line is drawn below it
	whole   bool    // stays on one line as long as it can be read: a host, a code
}

const (
	point       = 25.4 / 72 // millimetres
	lineHeight  = 1.22      // of the size: a capital may bear two marks
	ascent      = 0.95      // of the size
	captionGap  = 0.45      // between a caption and its text, of the size
	maxTab      = 0.42      // of the column: wider captions have their text right behind them
	minSize     = 5         // points
	minWhole    = 4         // points, of a row that stays whole
	ruleSpace   = 0.45      // around a rule, of the size of the row above it
	ruleWidth   = 0.25      // millimetres
	titleLines  = 3
	comfortable = 0.8 // the least scale at which nothing is left out
)

var scales = []float64{1, 0.93, 0.86, comfortable, 0.74, 0.68, 0.62, 0.56, 0.5}

// piece is a line of text in its column, at its left end and baseline.
type piece struct {
	x, y float64 // millimetres from the column's upper left
	size float64 // points
	bold bool
	text string
	foot bool
}

// column is a label's text, set.
type column struct {
	pieces []piece
	rules  []float64 // how far down
	height float64
}

// face is the one of a weight.
func (p *press) face(bold bool) *pdf.Face {
	if bold {
		return p.bold
	}
	return p.regular
}

// set sets rows below each other; ok is false where a title takes too many lines.
func (p *press) set(rows []row, w, scale float64) (c column, ok bool) {
	tab := 0.0
	for _, r := range rows {
		if r.caption != "" {
			tab = max(tab, (p.regular.Width(r.caption)+captionGap)*r.mm(scale))
		}
	}
	if tab > maxTab*w {
		tab = 0
	}
	for i, r := range rows {
		size := r.mm(scale)
		if r.whole {
			size = min(size, max(w/p.face(r.bold).Width(r.text), minWhole*point))
		}
		if i > 0 {
			c.height += r.space * size
		}
		add := func(x float64, bold bool, s string) {
			c.pieces = append(c.pieces, piece{x, c.height + ascent*size, size / point, bold, s, r.foot})
		}
		first, rest := tab, tab
		switch {
		case r.caption == "":
			first, rest = 0, 0
		case tab == 0:
			first = (p.regular.Width(r.caption) + captionGap) * size
		}
		if r.caption != "" {
			add(0, false, r.caption)
		}
		lines := p.face(r.bold).Wrap(r.text, (w-first)/size, (w-rest)/size)
		if r.field == "name" && len(lines) > titleLines && scale > slices.Min(scales) {
			return c, false
		}
		for j, s := range lines {
			x := rest
			if j == 0 {
				x = first
			}
			add(x, r.bold, s)
			c.height += lineHeight * size
		}
		if r.ruled {
			c.rules = append(c.rules, c.height+ruleSpace*size)
			c.height += 2 * ruleSpace * size
		}
	}
	return c, true
}

// mm is the row's size in millimetres.
func (r row) mm(scale float64) float64 { return max(r.size*scale, minSize) * point }

// fit sets rows into a column, smaller where it must be and without what may be
// left out.
func (p *press) fit(rows []row, w, h float64) (column, error) {
	last := 0
	for _, r := range rows {
		last = max(last, r.drop)
	}
	least := 0.0
	for gone := 0; gone <= last; gone++ {
		kept := slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.drop > 0 && r.drop <= gone })
		for _, scale := range scales {
			if scale < comfortable && gone < last {
				break
			}
			c, ok := p.set(kept, w, scale)
			if ok && c.height <= h {
				for i := range c.pieces {
					if c.pieces[i].foot {
						c.pieces[i].y += h - c.height
					}
				}
				return c, nil
			}
			least = c.height
		}
	}
	return column{}, ledger.FieldErrorf(ledger.TooLarge, longest(rows), "does not fit: the text needs %s mm in height, and the label has %s mm for it", number(least), number(h))
}

// longest is the field of the rows that may not go with the most text.
func longest(rows []row) string {
	lengths := map[string]int{}
	for _, r := range rows {
		if r.drop == 0 && r.field != "" {
			lengths[r.field] += len(r.text)
		}
	}
	field := ""
	for _, r := range rows {
		if lengths[r.field] > lengths[field] {
			field = r.field
		}
	}
	return field
}
