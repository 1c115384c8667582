package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Sprayed is a spraying that was recorded, and what follows from it.
type Sprayed struct {
	Event      string
	Input      Input
	Crop       trace.Text
	Audience   ledger.Audience
	Safe       ledger.Time // from when on the harvest is allowed; zero when it is at once
	Free       bool        // the table says that the harvest need not wait
	Least      int         // days that the table says, where fewer were recorded
	Restricted string      // the rule that restricts it
	OtherCrop  bool        // the table has it, and not for this crop
	Pending    bool        // it is in no table: a technician has yet to confirm it
	Label      string      // address of the photo of its label
	Next       string      // identifier of the event that confirms it
	For        trace.Text  // on whose behalf; empty for one's own
	Back       string      // address of the logbook
	Path       string      // address where it is confirmed
}

// Sprayed writes the page.
func (p *Pages) Sprayed(w io.Writer, r Reader, v *Sprayed) error { return p.desk(w, r, "sprayed", v) }

// Confirm lists sprayings with products that are in no table, or asks about one.
type Confirm struct {
	Form   Form
	One    *Sprayed // nil on the list
	List   []Sprayed
	For    trace.Text // on whose behalf; empty for one's own
	Member string     // theirs
	Others []Principal
}

// Principal is somebody for whom one may confirm.
type Principal struct {
	Name trace.Text
	Path string
}

// Confirm writes the page.
func (p *Pages) Confirm(w io.Writer, r Reader, v *Confirm) error { return p.desk(w, r, "confirm", v) }
