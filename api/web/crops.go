package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// CropForm is the page on which a season begins.
type CropForm struct {
	Form           Form
	Event          string // identifier of the event to come
	For            trace.Text
	Member         string
	Plots          []Choice
	PlotOffer      Offer
	Whole          bool   // there is no plot yet: the whole orchard is offered
	WholeID        string // which it gets
	Commune        string
	Products       []Choice
	ProductOffer   Offer
	MayName        bool   // a crop that is not on the register yet may be named
	ProductID      string // which it gets
	Counted        bool   // one of the crops is counted by plants or animals
	Variety, Year  string // of last time
	Unit           string // in which the area is typed
	Planted, Today string
	Audience       string
}

// Audiences are the choices of who reads the record.
func (v *CropForm) Audiences() []string {
	return []string{string(ledger.Parties), string(ledger.Public)}
}

// CropForm writes the page.
func (p *Pages) CropForm(w io.Writer, r Reader, v *CropForm) error {
	return p.desk(w, r, "cropform", v)
}

// SoilForm is the page on which a test of soil or water is noted.
type SoilForm struct {
	Form         Form
	Event        string
	For          trace.Text
	Member       string
	Plot         string
	Name         trace.Text
	Back         string
	Sample       string
	Usual, Rest  []SoilField
	Taken, Today string
	Laboratory   string // of last time
	Audience     string
}

// SoilField is what can be measured. Name ends a text key "reading.…".
type SoilField struct{ Name, Unit string }

// Samples are the choices of what is tested.
func (w words) samples(chosen string) []Option {
	return choices(w, "sample.", []string{"soil", "water"}, chosen)
}

// Audiences are the choices of who reads the record.
func (v *SoilForm) Audiences() []string {
	return []string{string(ledger.Own), string(ledger.Parties), string(ledger.Public)}
}

// Fields are the names of what the page asks.
func (v *SoilForm) Fields() []string {
	list := []string{"sample", "sampled", "laboratory", "note", "audience", "report"}
	for _, f := range v.Usual {
		list = append(list, f.Name)
	}
	for _, f := range v.Rest {
		list = append(list, f.Name)
	}
	return list
}

// Typed reports whether one of the rarer readings was typed or is wrong.
func (v *SoilForm) Typed() bool {
	for _, f := range v.Rest {
		if v.Form.Value(f.Name) != "" || v.Form.Wrong[f.Name] != "" {
			return true
		}
	}
	return false
}

// SoilForm writes the page.
func (p *Pages) SoilForm(w io.Writer, r Reader, v *SoilForm) error {
	return p.desk(w, r, "soilform", v)
}
