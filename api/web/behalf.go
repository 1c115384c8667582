package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Behalf is the page of who records for whom.
type Behalf struct {
	Mine      []Mandate // who may record for the reader
	Given     []Mandate // for whom the reader's organisation may record
	MayRecord bool
	Link      string // at which people let the reader's organisation record
}

// Mandate lets an organisation record on somebody's behalf.
type Mandate struct {
	ID      string // of the organisation that may, or of the member for whom
	Name    trace.Text
	Since   ledger.Time
	Until   ledger.Time // zero for no end
	InForce bool
}

// Behalf writes the page.
func (p *Pages) Behalf(w io.Writer, r Reader, v *Behalf) error { return p.desk(w, r, "behalf", v) }

// MandateForm is the page on which somebody lets an organisation record.
type MandateForm struct {
	Form  Form
	Org   string
	Name  trace.Text
	Given bool
	Until ledger.Time
}

// MandateForm writes the page.
func (p *Pages) MandateForm(w io.Writer, r Reader, v *MandateForm) error {
	return p.desk(w, r, "mandate", v)
}

// terms are how long a mandate lasts.
func (w words) terms() (list []Option) {
	for _, term := range []string{"season", "year", "open"} {
		list = append(list, Option{Value: term, Text: w.must("term." + term), Chosen: term == "season"})
	}
	return list
}
