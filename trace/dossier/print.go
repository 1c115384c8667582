package dossier

import (
	"io"
	"math"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/pdf"
)

// Measures of a printed dossier, in points of 1/72 inch.
const (
	long, short = 841.89, 595.28 // A4
	margin      = 42.0
	titleSize   = 16.0
	headSize    = 11.0
	bodySize    = 9.0
	tableSize   = 8.0
	leading     = 1.3
	ascent      = 0.95
	cellPad     = 3.0
	hairline    = 0.4
	nameShare   = 0.34 // of the width, what a line of the form is called
	wide        = 5    // columns from which on pages lie on their side
)

// Print says where and when a dossier was printed.
type Print struct {
	Register string // name of the register
	Host     string // where it is reached
	Made     time.Time
}

// WritePDF writes the dossier to print on A4.
func (d *Dossier) WritePDF(w io.Writer, lang string, p Print) error {
	page := &sheetOf{lang: lang, print: p, width: short, height: long, title: d.Title.In(lang) + " · " + d.About}
	for _, t := range d.Tables {
		if len(t.Columns) > wide {
			page.width, page.height = long, short
		}
	}
	page.file = pdf.New(w, pdf.Info{Title: page.title, Creator: "Sổ Gốc", Language: lang, Made: p.Made})
	var err error
	if page.regular, page.bold, err = page.file.Sans(); err != nil {
		return err
	}
	page.thin, page.thick = pdf.Faces()
	page.y = margin
	page.paragraph(d.Title.In(lang), titleSize, true)
	page.paragraph(d.Basis.In(lang), bodySize, false)
	page.y += bodySize
	for _, f := range d.Facts {
		page.row([]float64{nameShare, 1 - nameShare}, []string{f.Name.In(lang), printed(f.Value, f.Must, lang)}, bodySize, false)
	}
	for _, t := range d.Tables {
		page.table(t)
	}
	page.turn()
	if page.err == nil {
		page.err = page.file.Close()
	}
	if page.err != nil {
		return ledger.Wrap(page.err, ledger.Unavailable, "the document cannot be written")
	}
	return nil
}

// sheetOf is the page that is written on.
type sheetOf struct {
	file          *pdf.Writer
	regular, bold *pdf.Font
	thin, thick   *pdf.Face
	page          pdf.Page
	lang          string
	print         Print
	title         string
	width, height float64
	y             float64 // how far down
	number        int
	err           error
}

// turn writes the page with its foot, and begins the next one.
func (s *sheetOf) turn() {
	s.number++
	foot := s.print.Register + " · " + s.print.Host + " · " + s.print.Made.Format("2006-01-02 15:04 -07:00")
	s.page.Text(s.regular, tableSize, margin, margin/2, foot)
	n := words("trang ", "page ").In(s.lang) + strconv.Itoa(s.number)
	s.page.Text(s.regular, tableSize, s.width-margin-s.thin.Width(n)*tableSize, margin/2, n)
	if err := s.file.Add(s.width, s.height, &s.page); s.err == nil {
		s.err = err
	}
	s.page.Reset()
	s.y = margin
}

// room turns the page where something this high does not fit any more.
func (s *sheetOf) room(high float64) bool {
	if s.y+high <= s.height-margin || s.y == margin {
		return false
	}
	s.turn()
	return true
}

func (s *sheetOf) line(bold bool, size, x, y float64, text string) {
	font := s.regular
	if bold {
		font = s.bold
	}
	s.page.Text(font, size, x, s.height-y-ascent*size, text)
}

func (s *sheetOf) wrap(bold bool, text string, size, width float64) []string {
	face := s.thin
	if bold {
		face = s.thick
	}
	return face.Wrap(text, width/size, width/size)
}

func (s *sheetOf) paragraph(text string, size float64, bold bool) {
	for _, l := range s.wrap(bold, text, size, s.width-2*margin) {
		s.room(leading * size)
		s.line(bold, size, margin, s.y, l)
		s.y += leading * size
	}
}

// row writes cells beside each other, a line below them. One that is higher than a
// page goes on with the next.
func (s *sheetOf) row(shares []float64, cells []string, size float64, head bool) {
	lines := make([][]string, len(cells))
	high := 1
	for i, c := range cells {
		lines[i] = s.wrap(head, c, size, shares[i]*(s.width-2*margin)-2*cellPad)
		high = max(high, len(lines[i]))
	}
	if fit := int(math.Floor((s.height - 2*margin - 2*cellPad) / (leading * size))); high <= fit {
		s.room(float64(high)*leading*size + 2*cellPad)
	}
	s.y += cellPad
	for n := range high {
		s.room(leading * size)
		x := margin
		for i, share := range shares {
			if n < len(lines[i]) {
				s.line(head, size, x+cellPad, s.y, lines[i][n])
			}
			x += share * (s.width - 2*margin)
		}
		s.y += leading * size
	}
	s.y += cellPad
	s.page.Rect(margin, s.height-s.y, s.width-2*margin, hairline)
}

func (s *sheetOf) table(t Table) {
	total := 0
	for _, c := range t.Columns {
		total += c.Weight
	}
	shares, names := make([]float64, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		shares[i], names[i] = float64(c.Weight)/float64(total), c.Name.In(s.lang)
	}
	s.y += 2 * headSize
	s.room(6 * headSize) // a heading is not left alone at the foot
	s.paragraph(t.Name.In(s.lang), headSize, true)
	if len(t.Rows) == 0 {
		s.paragraph(text(trace.Text{}, t.Must, s.lang), bodySize, false)
		if !t.Must {
			s.paragraph(words("Sổ không ghi gì.", "The register has none.").In(s.lang), bodySize, false)
		}
		return
	}
	s.row(shares, names, tableSize, true)
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = printed(c.Text, c.Must, s.lang)
		}
		before := s.number
		if s.fits(shares, cells); s.number != before {
			s.row(shares, names, tableSize, true)
		}
		s.row(shares, cells, tableSize, false)
	}
}

// fits turns the page where a row does not fit.
func (s *sheetOf) fits(shares []float64, cells []string) {
	high := 1
	for i, c := range cells {
		high = max(high, len(s.wrap(false, c, tableSize, shares[i]*(s.width-2*margin)-2*cellPad)))
	}
	s.room(float64(high)*leading*tableSize + 2*cellPad)
}

// printed is what stands on paper, where an empty place would be taken for one to fill.
func printed(t trace.Text, must bool, lang string) string {
	if t.IsZero() && !must {
		return "–"
	}
	return text(t, must, lang)
}
