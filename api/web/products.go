package web

import (
	"io"

	"github.com/sogoc/sogoc/trace"
)

// Products is the page of an organisation's products and crops.
type Products struct {
	Find      Finder
	List      []ProductLine
	MayChange bool
}

// ProductLine is one of them.
type ProductLine struct {
	Name      trace.Text
	Code      string
	Old       string // codes of earlier lists
	Path      string // of its form; empty for who may not change it
	Passport  string
	Unit      trace.Unit
	One       trace.Text // what people count it in
	Crop      bool
	ShelfLife int // days; 0 where it is not said
	Photo     bool
}

// Products writes the page.
func (p *Pages) Products(w io.Writer, r Reader, v *Products) error {
	v.Find = v.Find.of("products.find", "products.show.")
	return p.desk(w, r, "products", v)
}

// ProductForm is the page on which a product is described.
type ProductForm struct {
	Form           Form
	Action         string
	New            bool
	ID, Code       string
	Prefixes       []string // GS1 company prefixes of the organisation
	Name, NameEN   string
	About, Brand   string
	Standards      string // a line each
	Unit           string
	Units          []string
	One            string
	Crop           bool
	Tolerance, Cap string // percent
	ShelfLife      string
	Photo          bool // there is one
	Measures       string
}

// UnitName is what lots are counted in, of a product that is there.
func (v *ProductForm) UnitName() trace.Unit { return trace.Unit(v.Unit) }

// ProductForm writes the page.
func (p *Pages) ProductForm(w io.Writer, r Reader, v *ProductForm) error {
	key := "productform.title"
	if !v.New {
		key = "productform.edit"
	}
	return p.deskPage(w, r, frame{Title: p.text(r.Lang, key), View: v}, "productform")
}

// productUnits are units as options.
func (w words) productUnits(some []string, chosen string) (list []Option) {
	for _, u := range some {
		list = append(list, Option{Value: u, Text: capital(w.must("counted." + u)), Chosen: u == chosen})
	}
	return list
}

// counted is how a product's lots are counted.
func (w words) counted(p ProductLine) string { return w.unitName(p.Unit, p.One) }
