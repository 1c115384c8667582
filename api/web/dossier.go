package web

import (
	"io"

	"github.com/sogoc/sogoc/trace"
)

// Dossiers is what can be written about a thing, and what each form lacks.
type Dossiers struct {
	Name  trace.Text
	Code  string // as people read it
	Page  string // address of the thing's own page
	Forms []DossierForm
	// History is the address of all events with their receipts.
	History string
	Events  int // that it has
	Hidden  int // that the reader may not read
	Cut     bool
	// Of a season: its days, which the reader may change.
	Season   bool
	Of       string // the thing, as addresses name it
	From, To string
	Member   string // on whose behalf it is read; empty for one's own
}

// DossierForm is a form, as it would be written now.
type DossierForm struct {
	Name    string // its text is dossier.NAME
	Missing []DossierGap
	PDF     string // addresses
	Sheet   string
	Map     string // of plots; empty where there is none
}

// Few reports whether what is missing is so little that it is shown at once.
func (f DossierForm) Few() bool { return len(f.Missing) <= 8 }

// DossierGap is something that the form's rule requires and the register does not
// have.
type DossierGap struct {
	Where, What trace.Text
}

// Dossiers writes the page.
func (p *Pages) Dossiers(w io.Writer, r Reader, v *Dossiers) error {
	return p.desk(w, r, "dossiers", v)
}

// inBoth says something in both languages that dossiers are written in.
func inBoth(say func(words) string) trace.Text {
	return trace.Text{VI: say(words{Vietnamese, texts[Vietnamese]}), EN: say(words{English, texts[English]})}
}

// StepName is what a business step is called in a list.
func StepName(step string) trace.Text {
	return inBoth(func(w words) string { return w.task(step) })
}

// SchemeName is what a certificate's scheme is called.
func SchemeName(c trace.Certificate) trace.Text {
	return inBoth(func(w words) string { return w.scheme(Certificate{Certificate: c}) })
}
