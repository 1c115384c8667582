package label

import (
	"io"
	"iter"
	"math"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/pdf"
)

// Write writes labels as a PDF, in the order in which they come; each sheet is
// written when it is full. What comes as an error ends it with that, and what was
// written before an error is of no use. progress is told after each label, and may
// be nil.
func Write(w io.Writer, f Format, labels iter.Seq2[Label, error], o Options, progress func(done int)) error {
	p, err := newPress(f, o)
	if err != nil {
		return err
	}
	var doc *document
	done := 0
	for l, err := range labels {
		if err != nil {
			return err
		}
		if done == MaxLabels {
			return ledger.FieldErrorf(ledger.TooLarge, "count", "is at most %d", MaxLabels)
		}
		if doc == nil {
			if doc, err = newDocument(w, f, p.options); err != nil {
				return err
			}
		}
		place := (done + o.Skip) % f.Places()
		if err := p.draw(doc, l, f.place(place)); err != nil {
			return err
		}
		if place == f.Places()-1 {
			if err := doc.turn(); err != nil {
				return err
			}
		}
		if done++; progress != nil {
			progress(done)
		}
	}
	if done == 0 {
		return ledger.FieldErrorf(ledger.Invalid, "count", "is at least 1")
	}
	return doc.close()
}

// document is a PDF as a surface.
type document struct {
	file          *pdf.Writer
	regular, bold *pdf.Font
	picture       pdf.Image
	size          Size
	page          pdf.Page
	begun         bool // something is on the page
}

const (
	hairline = 0.1 // millimetres
	creator  = "Sổ Gốc"
)

func newDocument(w io.Writer, f Format, o Options) (d *document, err error) {
	d = &document{size: f.Page}
	d.file = pdf.New(w, pdf.Info{Title: o.Title, Creator: creator, Language: o.Language, Made: o.Made})
	if d.regular, d.bold, err = d.file.Sans(); err != nil {
		return nil, err
	}
	if o.Logo != nil {
		d.picture = d.file.Image(o.Logo)
	}
	return d, nil
}

// turn ends a page.
func (d *document) turn() error {
	err := d.file.Add(pt(d.size.W), pt(d.size.H), &d.page)
	d.page.Reset()
	d.begun = false
	return err
}

func (d *document) close() error {
	if d.begun {
		if err := d.turn(); err != nil {
			return err
		}
	}
	return d.file.Close()
}

func pt(mm float64) float64 { return mm / point }

// down is how far something is from the page's lower edge, in points.
func (d *document) down(y float64) float64 { return pt(d.size.H - y) }

func (d *document) text(x, y, size float64, bold bool, s string) {
	font := d.regular
	if bold {
		font = d.bold
	}
	d.begun = true
	d.page.Text(font, math.Round(size*100)/100, pt(x), d.down(y), s)
}

func (d *document) fill(b box) { d.page.Rect(pt(b.x), d.down(b.y+b.h), pt(b.w), pt(b.h)) }

func (d *document) outline(b box) {
	d.page.Outline(pt(b.x), d.down(b.y+b.h), pt(b.w), pt(b.h), pt(hairline))
}

func (d *document) logo(b box) { d.page.Image(d.picture, pt(b.x), d.down(b.y+b.h), pt(b.w), pt(b.h)) }

func (d *document) symbol(b box, s *symbol) {
	d.page.Grid(pt(b.x), d.down(b.y), pt(b.w/float64(s.w)), pt(b.h/float64(s.h)), s.dark)
}
