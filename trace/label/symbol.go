package label

import (
	"math"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/pdf"
)

// symbol is a printed code: dark rectangles in units of its module.
type symbol struct {
	w, h int
	dark []pdf.Cell
}

// GS1's sizes of symbols, in millimetres and modules (General Specifications,
// section 5.12, symbol specification tables 1 and 5).
const (
	minModule, maxModule = 0.396, 0.990
	quietModules         = 4
	minBar, maxBar       = 0.495, 0.940
	quietBars            = 10
	minBarHeight         = 31.75
)

// qrOf is the QR code of an address.
func qrOf(address string) (*symbol, error) {
	code, err := qr.Encode(address, qr.M, qr.Unicode)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "address", "does not fit into a QR code")
	}
	return symbolOf(code), nil
}

// barsOf is the GS1-128 symbol of an element string without its brackets.
func barsOf(digits string) (*symbol, error) {
	code, err := code128.Encode(string(code128.FNC1) + digits)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the code does not fit into a barcode")
	}
	return symbolOf(code), nil
}

// symbolOf joins dark modules to rectangles: along the rows, and over the rows
// where one repeats the one above.
func symbolOf(code barcode.Barcode) *symbol {
	b := code.Bounds()
	s := &symbol{w: b.Dx(), h: b.Dy()}
	dark := func(x, y int) bool {
		r, _, _, _ := code.At(b.Min.X+x, b.Min.Y+y).RGBA()
		return r < 0x8000
	}
	above := map[[2]int]int{} // where a run of the row above starts, and how long it is: its cell
	for y := range s.h {
		row := map[[2]int]int{}
		for x := 0; x < s.w; x++ {
			if !dark(x, y) {
				continue
			}
			n := 1
			for x+n < s.w && dark(x+n, y) {
				n++
			}
			run := [2]int{x, n}
			i, repeats := above[run]
			if repeats {
				s.dark[i].H++
			} else {
				i = len(s.dark)
				s.dark = append(s.dark, pdf.Cell{X: x, Y: y, W: n, H: 1})
			}
			row[run] = i
			x += n
		}
		above = row
	}
	return s
}

// modules lists the sizes that a module may have, the largest first: whole dots of
// the printer, and last the least that is allowed.
func modules(least, most, dot float64) (list []float64) {
	for n := math.Floor(most/dot + 1e-9); n*dot >= least; n-- {
		list = append(list, n*dot)
	}
	if len(list) == 0 || list[len(list)-1] > least {
		list = append(list, least)
	}
	return list
}
