// Package pdf writes PDF 1.7 files (ISO 32000-1) of text, filled shapes and
// pictures, page by page: a page is on its way once it is added, and what stays in
// memory is where the objects of the file begin. Coordinates are points from the
// lower left.
package pdf

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// Info is what a file says of itself.
type Info struct {
	Title    string
	Creator  string
	Language string // BCP 47
	Made     time.Time
}

// Writer writes one file.
type Writer struct {
	out     *bufio.Writer
	at      int64   // how much is written
	offsets []int64 // of objects, from number 1; 0 for one that is yet to come
	pages   []int   // their objects
	fonts   []*Font
	images  []int
	info    Info
	packed  bytes.Buffer
	packer  *zlib.Writer
	err     error
}

// Objects that every file has, and which are written last.
const (
	catalogObject = 1 + iota
	pagesObject
	resourcesObject
	infoObject
	fixedObjects = iota
)

// New begins a file.
func New(w io.Writer, info Info) *Writer {
	p := &Writer{out: bufio.NewWriterSize(w, 1<<16), offsets: make([]int64, fixedObjects), info: info}
	p.packer = zlib.NewWriter(&p.packed)
	// The bytes above 127 tell programs that the file is not text.
	p.write("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return p
}

func (w *Writer) write(s string) {
	if w.err != nil {
		return
	}
	var n int
	n, w.err = w.out.WriteString(s)
	w.at += int64(n)
}

// reserve numbers an object that is written later.
func (w *Writer) reserve() int {
	w.offsets = append(w.offsets, 0)
	return len(w.offsets)
}

// object writes one that was reserved.
func (w *Writer) object(n int, format string, args ...any) {
	w.offsets[n-1] = w.at
	w.write(fmt.Sprintf("%d 0 obj\n", n) + fmt.Sprintf(format, args...) + "\nendobj\n")
}

// stream writes one with data, compressed. more is further entries of its
// dictionary.
func (w *Writer) stream(n int, more string, data []byte) {
	w.packed.Reset()
	w.packer.Reset(&w.packed)
	w.packer.Write(data) // a buffer takes everything
	w.packer.Close()
	w.offsets[n-1] = w.at
	w.write(fmt.Sprintf("%d 0 obj\n<</Length %d/Filter/FlateDecode%s>>stream\n", n, w.packed.Len(), more))
	w.write(w.packed.String())
	w.write("\nendstream\nendobj\n")
}

// Image is a picture of a file.
type Image struct{ name string }

// Image adds a picture, which is shown as if it were opaque.
func (w *Writer) Image(from image.Image) Image {
	b := from.Bounds()
	data := make([]byte, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue, _ := from.At(x, y).RGBA()
			data = append(data, byte(red>>8), byte(green>>8), byte(blue>>8))
		}
	}
	n := w.reserve()
	w.stream(n, fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8", b.Dx(), b.Dy()), data)
	w.images = append(w.images, n)
	return Image{fmt.Sprintf("/I%d", len(w.images))}
}

// Page is a page's content. It can be used for the next one after Reset.
type Page struct {
	content []byte
	font    *Font
	size    float64
}

// Reset makes the page empty.
func (p *Page) Reset() { *p = Page{content: p.content[:0]} }

// Text writes a line from a point of its baseline. What the font does not have is
// left out.
func (p *Page) Text(f *Font, size, x, y float64, s string) {
	if p.font != f || p.size != size {
		p.content = fmt.Appendf(p.content, "%s %s Tf\n", f.name, number(size))
		p.font, p.size = f, size
	}
	p.content = fmt.Appendf(p.content, "BT %s %s Td <", number(x), number(y))
	p.content = f.encode(p.content, s)
	p.content = append(p.content, "> Tj ET\n"...)
}

// Rect fills a rectangle with black.
func (p *Page) Rect(x, y, w, h float64) {
	p.content = fmt.Appendf(p.content, "%s %s %s %s re f\n", number(x), number(y), number(w), number(h))
}

// Outline draws a rectangle's edges in black.
func (p *Page) Outline(x, y, w, h, line float64) {
	p.content = fmt.Appendf(p.content, "%s w %s %s %s %s re S\n", number(line), number(x), number(y), number(w), number(h))
}

// Cell is a rectangle of a grid.
type Cell struct{ X, Y, W, H int }

// Grid fills cells of a grid with black, whose upper left is at x, y and whose
// units are w and h. It is one shape: no seams show between its cells.
func (p *Page) Grid(x, y, w, h float64, cells []Cell) {
	p.content = fmt.Appendf(p.content, "q %s 0 0 -%s %s %s cm\n", number(w), number(h), number(x), number(y))
	for _, c := range cells {
		p.content = fmt.Appendf(p.content, "%d %d %d %d re\n", c.X, c.Y, c.W, c.H)
	}
	p.content = append(p.content, "f Q\n"...)
}

// Image draws a picture into a rectangle.
func (p *Page) Image(i Image, x, y, w, h float64) {
	p.content = fmt.Appendf(p.content, "q %s 0 0 %s %s %s cm %s Do Q\n", number(w), number(h), number(x), number(y), i.name)
}

// Add writes a page.
func (w *Writer) Add(width, height float64, p *Page) error {
	page, content := w.reserve(), w.reserve()
	w.pages = append(w.pages, page)
	w.object(page, "<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources %d 0 R/Contents %d 0 R>>", pagesObject, number(width), number(height), resourcesObject, content)
	w.stream(content, "", p.content)
	return w.err
}

// Close writes what the pages refer to, and the end of the file.
func (w *Writer) Close() error {
	var resources strings.Builder
	resources.WriteString("<</Font<<")
	for _, f := range w.fonts {
		object, err := w.embed(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(&resources, "%s %d 0 R", f.name, object)
	}
	resources.WriteString(">>/XObject<<")
	for i, n := range w.images {
		fmt.Fprintf(&resources, "/I%d %d 0 R", i+1, n)
	}
	w.object(resourcesObject, "%s>>>>", resources.String())
	var kids strings.Builder
	for _, n := range w.pages {
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	w.object(pagesObject, "<</Type/Pages/Count %d/Kids[%s]>>", len(w.pages), kids.String())
	// A viewer that scales pages to the printer's paper would put labels beside where
	// they are.
	w.object(catalogObject, "<</Type/Catalog/Pages %d 0 R/Lang%s/ViewerPreferences<</PrintScaling/None/DisplayDocTitle true>>>>", pagesObject, text(w.info.Language))
	w.object(infoObject, "<</Title%s/Creator%s/CreationDate(D:%s)>>", text(w.info.Title), text(w.info.Creator), w.info.Made.UTC().Format("20060102150405Z"))
	w.trailer()
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

func (w *Writer) trailer() {
	if missing := slices.Index(w.offsets, 0); missing >= 0 && w.err == nil {
		w.err = fmt.Errorf("pdf: object %d was not written", missing+1)
	}
	start := w.at
	w.write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1))
	for _, at := range w.offsets {
		w.write(fmt.Sprintf("%010d 00000 n \n", at))
	}
	w.write(fmt.Sprintf("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, catalogObject, infoObject, start))
}

// text is a text string outside of pages: UTF-16 with its mark, in hexadecimal.
func text(s string) string {
	b := []byte("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		b = fmt.Appendf(b, "%04X", u)
	}
	return string(append(b, '>'))
}

// number writes a length to a thousandth of a point.
func number(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", v), "0"), ".")
}
