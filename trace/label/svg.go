package label

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
)

// Preview writes one label as an SVG drawing, a unit of which is a millimetre. It
// is laid out as Write does. logo is the address of the picture in Options, which
// the drawing refers to.
func Preview(w io.Writer, f Format, l Label, o Options, logo string) error {
	p, err := newPress(f, o)
	if err != nil {
		return err
	}
	d := &drawing{press: p, address: logo}
	if err := p.draw(d, l, box{0, 0, f.Label.W, f.Label.H}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" aria-hidden="true"><rect width="100%%" height="100%%" fill="#fff"/>%s</svg>`,
		number(f.Label.W), number(f.Label.H), number(f.Label.W*previewScale), number(f.Label.H*previewScale), d.Bytes())
	return err
}

// previewScale is how many pixels a millimetre of a preview has.
const previewScale = 5

// drawing is an SVG as a surface.
type drawing struct {
	bytes.Buffer
	press   *press
	address string // of the logo
}

func (d *drawing) text(x, y, size float64, bold bool, s string) {
	weight := ""
	if bold {
		weight = ` font-weight="700"`
	}
	// A browser that has none of these draws another font as wide.
	fmt.Fprintf(d, `<text x="%s" y="%s" font-size="%s" textLength="%s" lengthAdjust="spacingAndGlyphs" font-family="Liberation Sans,Arimo,Arial,Helvetica,sans-serif"%s>`,
		mm(x), mm(y), mm(size*point), mm(d.press.face(bold).Width(s)*size*point), weight)
	xml.EscapeText(d, []byte(s)) // a buffer takes everything
	d.WriteString("</text>")
}

func (d *drawing) fill(b box) {
	fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s"/>`, mm(b.x), mm(b.y), mm(b.w), mm(b.h))
}

func (d *drawing) outline(b box) {
	fmt.Fprintf(d, `<rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="#000" stroke-width="%s"/>`, mm(b.x), mm(b.y), mm(b.w), mm(b.h), mm(hairline))
}

func (d *drawing) logo(b box) {
	fmt.Fprintf(d, `<image x="%s" y="%s" width="%s" height="%s" href="`, mm(b.x), mm(b.y), mm(b.w), mm(b.h))
	xml.EscapeText(d, []byte(d.address))
	d.WriteString(`"/>`)
}

func (d *drawing) symbol(b box, s *symbol) {
	fmt.Fprintf(d, `<path transform="translate(%s %s) scale(%s %s)" d="`, mm(b.x), mm(b.y), mm(b.w/float64(s.w)), mm(b.h/float64(s.h)))
	for _, c := range s.dark {
		fmt.Fprintf(d, "M%d %dh%dv%dh-%dz", c.X, c.Y, c.W, c.H, c.W)
	}
	d.WriteString(`"/>`)
}

func mm(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
