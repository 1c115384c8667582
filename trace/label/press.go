package label

import (
	"image"
	"math"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/gs1"
	"github.com/sogoc/sogoc/trace/pdf"
)

// press lays out labels, one after the other. It is not for concurrent use.
type press struct {
	format        Format
	options       Options
	regular, bold *pdf.Face
	address       string // that code says
	code          *symbol
}

func newPress(f Format, o Options) (*press, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if o.Skip < 0 || o.Skip >= f.Places() {
		return nil, ledger.FieldErrorf(ledger.Invalid, "skip", "is from 0 to %d", f.Places()-1)
	}
	p := &press{format: f, options: o}
	p.regular, p.bold = pdf.Faces()
	for field, s := range map[string]*string{"lot": &p.options.Words.Lot, "serial": &p.options.Words.Serial, "scan": &p.options.Words.Scan, "sscc": &p.options.Words.SSCC} {
		var err error
		if *s, err = p.clean(field, *s, MaxText); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// surface is what labels are drawn on. Lengths are millimetres, y grows
// downwards.
type surface interface {
	text(x, y, size float64, bold bool, s string) // baseline; points
	fill(b box)
	symbol(b box, s *symbol)
	logo(b box)
	outline(b box)
}

// draw puts a label into its place.
func (p *press) draw(on surface, l Label, at box) error {
	l, err := p.check(l)
	if err != nil {
		return err
	}
	if p.code == nil || p.address != l.Address { // labels that are all alike are encoded once
		if p.code, err = qrOf(l.Address); err != nil {
			return err
		}
		p.address = l.Address
	}
	key, _ := l.ID.Key()
	if key.Kind() == gs1.SSCC {
		err = p.pallet(on, l, key.Value(), p.code, at)
	} else {
		err = p.goods(on, l, p.code, at)
	}
	if err == nil && p.options.Outline {
		on.outline(at)
	}
	return err
}

// Proportions of labels.
const (
	titleSize   = 0.24 // points of a name by the square root of the area
	maxTitle    = 30   // points
	bodyPart    = 0.56 // of the title's size
	smallPart   = 0.46 // of the title's size
	besideRatio = 1.25 // from which width to height the code stands beside the text
	textPart    = 0.45 // of the width that the text has beside a code, at least
	codePart    = 0.42 // of the height that a code has below text, at most
	maxCode     = 45   // millimetres
	logoLeast   = 25   // height of labels that show a logo, in millimetres
	logoPart    = 0.16 // of the height
	logoWidth   = 0.4  // of the column
	maxLogo     = 22   // millimetres
)

// goods is the label of a product, a lot or a piece.
func (p *press) goods(on surface, l Label, code *symbol, at box) error {
	title := min(titleSize*math.Sqrt(at.w*at.h), maxTitle)
	if at.w >= besideRatio*at.h {
		return p.beside(on, l, code, at, title)
	}
	return p.stacked(on, l, code, at, title)
}

// rows are what a label says, from top to bottom.
func (p *press) rows(l Label, title float64) (list []row) {
	body, small := title*bodyPart, title*smallPart
	if l.Producer != "" {
		list = append(list, row{text: l.Producer, size: small, field: "producer", drop: 4})
	}
	list = append(list, row{text: l.Name, bold: true, size: title, space: 0.1, field: "name", ruled: l.Also == "" && title >= ruledFrom})
	if l.Also != "" {
		list = append(list, row{text: l.Also, size: body, space: 0.05, field: "also", drop: 2, ruled: title >= ruledFrom})
	}
	space := 0.3
	add := func(r row) {
		r.space, r.size = space, body
		space = 0.08
		list = append(list, r)
	}
	if lot := l.ID.Lot(); lot != "" {
		add(row{caption: p.options.Words.Lot, text: lot, bold: true, field: "lot"})
	}
	if serial := l.ID.Serial(); serial != "" {
		add(row{caption: p.options.Words.Serial, text: serial, bold: true, field: "serial"})
	}
	for i, f := range l.Facts {
		drop := 3
		if i == 0 {
			drop = 5
		}
		add(row{caption: f.Caption, text: f.Value, bold: true, field: "facts", drop: drop})
	}
	for _, s := range l.Lines {
		add(row{text: s, field: "lines"})
	}
	for _, s := range l.Warnings {
		add(row{text: s, bold: true, field: "warnings"})
	}
	return list
}

// ruledFrom is the title's size from which a line stands below it, in points.
const ruledFrom = 11

// caption is what stands below a QR code: the host and the code for who cannot
// scan, and what scanning is good for.
type caption struct {
	lines []row
	size  float64 // points
}

// captions are the choices of it, the fullest first.
func (p *press) captions(l Label) (list [][]row) {
	typed := []row{{text: l.host()}, {text: l.code(), bold: true}}
	if scan := p.options.Words.Scan; scan != "" {
		list = append(list, append([]row{{text: scan}}, typed...))
	}
	return append(list, typed)
}

// caption sets it as wide as w at most; ok is false where it could not be read.
func (p *press) caption(lines []row, title, w float64) (c caption, ok bool) {
	c = caption{lines, max(title*smallPart*0.9, minSize)}
	for _, l := range lines {
		c.size = min(c.size, w/p.face(l.bold).Width(l.text)/point)
	}
	return c, c.size >= minSize
}

func (c caption) height() float64 { return float64(len(c.lines)) * lineHeight * c.size * point }

// below draws it in the middle below a code.
func (p *press) below(on surface, c caption, middle, top float64) {
	mm := c.size * point
	for i, l := range c.lines {
		on.text(middle-p.face(l.bold).Width(l.text)*mm/2, top+(ascent+float64(i)*lineHeight)*mm, c.size, l.bold, l.text)
	}
}

// beside stands the code to the left of the text, with its caption below it, or
// where that does not fit at the foot of the text.
func (p *press) beside(on surface, l Label, code *symbol, at box, title float64) error {
	var reason error
	for _, lines := range append(p.captions(l), nil) {
		for _, m := range codeModules(code, p.format.Dot) {
			done, err := p.besideAt(on, l, code, at, title, m, lines)
			if done {
				return nil
			}
			if err != nil {
				reason = err
			}
		}
	}
	if reason != nil {
		return reason
	}
	return p.tooSmall(code, at)
}

func codeModules(code *symbol, dot float64) []float64 {
	return modules(minModule, min(maxModule, maxCode/float64(code.w)), dot)
}

// besideAt does so with modules of a size; it is not done where code or text do not
// fit.
func (p *press) besideAt(on surface, l Label, code *symbol, at box, title, module float64, lines []row) (done bool, err error) {
	pad := p.format.Pad
	side, quiet := module*float64(code.w), module*quietModules
	edge := max(pad, quiet)
	column := box{at.x + edge + side + quiet, at.y + pad, at.w - edge - side - quiet - pad, at.h - 2*pad}
	below, fits := p.caption(lines, title, side+quiet)
	need := edge + side + edge
	if lines != nil {
		need = edge + side + quiet + below.height() + pad
	}
	if column.w < textPart*at.w || need > at.h || !fits {
		return false, nil
	}
	rows := p.rows(l, title)
	if small := title * smallPart; lines == nil {
		rows = append(rows,
			row{text: p.options.Words.Scan, size: small, space: 0.3, drop: 1, foot: true},
			row{text: l.host(), size: small, space: 0.3, field: "address", foot: true, whole: true},
			row{text: l.code(), bold: true, size: small, field: "id", foot: true, whole: true})
	}
	if err := p.column(on, rows, column); err != nil {
		return false, err
	}
	y := at.y + edge + (at.h-need)/2
	on.symbol(box{at.x + edge, y, side, side}, code)
	p.below(on, below, at.x+edge+side/2, y+side+quiet)
	return true, nil
}

// stacked stands the code below the text, between what scanning is good for and
// the rest of its caption.
func (p *press) stacked(on surface, l Label, code *symbol, at box, title float64) error {
	pad := p.format.Pad
	var reason error
	for _, m := range codeModules(code, p.format.Dot) {
		side, quiet := m*float64(code.w), m*quietModules
		lines := p.captions(l)
		below, fits := p.caption(lines[len(lines)-1], title, at.w-2*pad)
		scan := caption{size: below.size}
		if len(lines) > 1 {
			scan.lines = []row{{text: p.options.Words.Scan, bold: true}}
		}
		foot := scan.height() + quiet + side + quiet + below.height() + pad
		if side+2*max(pad, quiet) > at.w || !fits || side > codePart*at.h && m > minModule || foot > at.h {
			continue
		}
		if err := p.column(on, p.rows(l, title), box{at.x + pad, at.y + pad, at.w - 2*pad, at.h - pad - foot}); err != nil {
			reason = err
			continue
		}
		y, middle := at.y+at.h-foot, at.x+at.w/2
		p.below(on, scan, middle, y)
		y += scan.height() + quiet
		on.symbol(box{middle - side/2, y, side, side}, code)
		p.below(on, below, middle, y+side+quiet)
		return nil
	}
	if reason != nil {
		return reason
	}
	return p.tooSmall(code, at)
}

// column draws text into a part of the label, below the logo where there is one.
func (p *press) column(on surface, rows []row, in box) error {
	if logo := p.options.Logo; logo != nil && p.format.TakesLogo() {
		b := logoBox(logo.Bounds(), in, p.format.Label.H)
		c, err := p.fit(rows, in.w, in.h-b.h*1.15)
		if err != nil {
			return err
		}
		on.logo(b)
		p.put(on, c, box{in.x, in.y + b.h*1.15, in.w, in.h})
		return nil
	}
	c, err := p.fit(rows, in.w, in.h)
	if err != nil {
		return err
	}
	p.put(on, c, in)
	return nil
}

func (p *press) put(on surface, c column, in box) {
	for _, t := range c.pieces {
		on.text(in.x+t.x, in.y+t.y, t.size, t.bold, t.text)
	}
	for _, y := range c.rules {
		on.fill(box{in.x, in.y + y - ruleWidth/2, in.w, ruleWidth})
	}
}

func logoBox(of image.Rectangle, in box, height float64) box {
	h := min(logoPart*height, maxLogo)
	w := h * float64(of.Dx()) / float64(of.Dy())
	if most := logoWidth * in.w; w > most {
		w, h = most, h*most/w
	}
	return box{in.x, in.y, w, h}
}

// tooSmall names what a label is too small for.
func (p *press) tooSmall(code *symbol, at box) error {
	need := minModule*float64(code.w) + 2*max(p.format.Pad, quietModules*minModule)
	return ledger.FieldErrorf(ledger.TooLarge, "format", "a label of %s × %s mm is too small for the QR code of this address: %d modules of %s mm with the empty zone around them need %s × %s mm, and the text needs room beside or above",
		number(at.w), number(at.h), code.w, number(minModule), number(need), number(need))
}
