package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// BatchForm is the page on which something is done to a batch, or a harvest is noted.
// What is empty is not asked.
type BatchForm struct {
	Form     Form
	Deed     string // harvest, split, ship, …
	Action   string // where the form goes
	What     *BatchLine
	ID       string
	Event    string // identifier of the event to come
	At       string // local time, as a browser writes it
	Audience string

	Quantity string // how much there is, as people type it; the quantity is asked where Counted is set
	Counted  bool
	Unit     Amount  // in which it is counted
	Serials  string  // of the pieces that there are
	Priced   *Amount // one of which a price may be said
	All      bool    // nothing is asked of how much: all of it

	Measures []Choice // units in which quantities may be said; none where there are only the usual ones

	CropOffer    Offer
	Crops        []Choice
	Over         []trace.Text // crops in the list whose season is over
	Waits        []Wait       // crops that may not be harvested yet
	Others       []Choice     // other lots that go in
	Rows         []int        // numbers of the lines of what is made
	ProductOffer Offer
	Products     []Choice
	Product      string // the only one that can be made
	Suggested    string // lot number
	Cases        bool   // what is made are cases
	Containers   []Choice
	Partners     []Choice
	Receiver     trace.Text // the only one
	PlaceOffer   Offer
	Places       []Choice
	Difference   *Difference
}

// Wait is a crop within its pre-harvest interval.
type Wait struct {
	Name trace.Text
	Safe ledger.Time // from when on it may be harvested
}

// Choice is one of several things.
type Choice struct {
	Value  string
	Name   trace.Text
	Unit   trace.Unit
	One    trace.Text // what people count it in
	Help   trace.Text
	Counts bool // the unit is said
	Chosen bool
}

// Difference is what was received against what was sent.
type Difference struct {
	Who       trace.Text // the sender
	Sent, Got Amount
	Less      bool
	By        Amount
}

// BatchForm writes the page.
func (p *Pages) BatchForm(w io.Writer, r Reader, v *BatchForm) error {
	return p.desk(w, r, "batchform", v)
}

// Audiences are the choices of who reads a record.
func (v *BatchForm) Audiences() []string {
	return []string{string(ledger.Parties), string(ledger.Public)}
}

// Fields are the names of what the page asks, beside which it says what is wrong.
func (v *BatchForm) Fields() []string {
	list := []string{"note", "at", "audience"}
	for name, asked := range map[string]bool{
		"price": v.Priced != nil, "qty": v.Counted, "serials": v.Serials != "", "crops": len(v.Crops) > 0, "others": len(v.Others) > 0,
		"best_before": v.Cases, "into": len(v.Containers) > 0, "into_code": len(v.Containers) > 0,
		"to": len(v.Partners) > 0, "to_name": v.Deed == "ship", "place": len(v.Places) > 0,
	} {
		if asked {
			list = append(list, name)
		}
	}
	for _, n := range v.Rows {
		list = append(list, Numbered("lot", n), Numbered("qty", n))
		if v.Product == "" {
			list = append(list, Numbered("product", n))
		}
	}
	return list
}

// Numbered is a field's name in a line of a form.
func Numbered(name string, n int) string {
	return name + "-" + trace.NewQuantity(int64(n), 0, "").Number()
}

// options are choices in the words of a language.
func (w words) options(list []Choice) (out []Option) {
	for _, c := range list {
		text := c.Name.In(string(w.lang))
		if c.Counts {
			text += " (" + w.unitName(c.Unit, c.One) + ")"
		}
		out = append(out, Option{Value: c.Value, Text: text, Help: c.Help.In(string(w.lang)), Chosen: c.Chosen})
	}
	return out
}

// pick puts before the values of a select that none is chosen yet.
func (w words) pick(list []Choice) []Option { return w.choose(w.options(list)) }

// unitName is what something is counted in.
func (w words) unitName(u trace.Unit, one trace.Text) string {
	switch u {
	case "", "C62", "EA", "H87":
		if s := one.In(string(w.lang)); s != "" {
			return s
		}
		return w.must("unit.piece")
	}
	return w.known("unit."+string(u), string(u))
}

// unitOf is what an amount is counted in.
func (w words) unitOf(a Amount) string {
	if a.Quantity == nil {
		return w.unitName("", a.Unit)
	}
	return w.unitName(a.Quantity.Unit(), a.Unit)
}

// label is the first of two text keys that there is a text for.
func (w words) label(key, otherwise string) string {
	if _, ok := w.texts[key]; ok {
		return key
	}
	return otherwise
}
