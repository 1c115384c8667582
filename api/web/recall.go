package web

import (
	"fmt"
	"io"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Recalls is the first page of whoever recalls: what is recalled, and what was
// simulated.
type Recalls struct {
	List   []RecallLine
	Drills []Drill
}

// RecallLine is a recall in a line. Lifted is zero while it is in force; Lift is where
// the reader lifts it.
type RecallLine struct {
	Name   trace.Text
	Path   string
	By     Party
	At     ledger.Time
	Reason trace.Text
	Lifted ledger.Time
	Why    string
	Lift   string
	Find   string // address of the form that finds who has it; empty where the recall is lifted
}

// RecallForm is the notice of a recall, and what it is about.
type RecallForm struct {
	Form    Form
	Drill   Drill
	Targets []Option
	Contact string
}

// RecallForm writes the page.
func (p *Pages) RecallForm(w io.Writer, r Reader, v *RecallForm) error {
	return p.desk(w, r, "issue", v)
}

// Recalls writes the page.
func (p *Pages) Recalls(w io.Writer, r Reader, v *Recalls) error { return p.desk(w, r, "recalls", v) }

// Drill is a simulated recall in a line. Kind is thing, event, place or input.
type Drill struct {
	ID          string
	Kind        string
	What        trace.Text
	From, Until ledger.Time // days, both included; zero where none was asked
	At          ledger.Time
	Took        time.Duration
	Things      int
	Whole       string // address of the form for the whole lot, where it started from a piece of one
}

// DrillForm asks what a simulated recall starts from. From and Until are days.
type DrillForm struct {
	Form        Form
	PlaceOffer  Offer
	Places      []Option
	From, Until string
}

// DrillForm writes the page.
func (p *Pages) DrillForm(w io.Writer, r Reader, v *DrillForm) error {
	return p.desk(w, r, "drill", v)
}

// drillKinds are what a simulated recall may start from.
func (w words) drillKinds() []Option {
	return choices(w, "drill.kind.", []string{"thing", "event", "place", "input"}, "thing")
}

// DrillReport is what a simulated recall found.
type DrillReport struct {
	Drill
	By      string // name of the account; empty where it is gone
	Org     trace.Text
	Height  uint64 // records of the register that it takes account of
	Records int    // that were looked at to find what it starts from
	Cut     bool   // there is more than it looked at
	Hidden  int    // records that the reader may not read
	Unknown int    // things of which the reader may not read how much was made
	Totals  []DrillTotal
	Things  []DrillThing
	More    int // things that are in the file alone
	Parties []DrillParty
	Ends    []DrillEnd
}

// Partial reports whether the sums are of what is known, and not of the whole.
func (r *DrillReport) Partial() bool { return r.Cut || r.Unknown > 0 }

// DrillReport writes the page.
func (p *Pages) DrillReport(w io.Writer, r Reader, v *DrillReport) error {
	return p.desk(w, r, "report", v)
}

// DrillTotal is how much of everything was found; Share is of 1000.
type DrillTotal struct {
	Made, Found trace.Quantity
	Share       int64
	Where       []DrillWhere
}

// DrillWhere is what became of a quantity: the end of a text key "where.…".
type DrillWhere struct {
	Where    string
	Quantity trace.Quantity
}

// DrillThing is a thing that a recall reaches.
type DrillThing struct {
	ID          trace.ID
	Name        trace.Text
	Lot, Serial string
	Path        string
	Level       Level
	Steps       int
	Owner       Party
	Made        *trace.Quantity // nil where the reader may not read it
	Where       []DrillWhere
	Recalled    bool
	Pieces      int // of the lot that is meant, where a line stands for several; zero for a thing of its own
}

// DrillParty is an organisation that had something of it.
type DrillParty struct {
	Party   Party
	Own     bool // the reader's
	Things  int
	Last    ledger.Time
	Holding []DrillHolding
}

// DrillHolding is what it has, or is under way to it.
type DrillHolding struct {
	DrillThing
	Where    string
	Quantity trace.Quantity
}

// Together are the things with the pieces of a lot in one line, where the same holds of
// them.
func (r *DrillReport) Together() []DrillThing {
	return together(r.Things, func(t *DrillThing) *DrillThing { return t }, func(t DrillThing) string {
		state := fmt.Sprint(t.Owner.Name, t.Recalled)
		for _, w := range t.Where {
			state += " " + w.Where
		}
		return state
	})
}

// Together is what it has, the pieces of a lot in one line.
func (p DrillParty) Together() []DrillHolding {
	return together(p.Holding, func(h *DrillHolding) *DrillThing { return &h.DrillThing }, func(h DrillHolding) string { return h.Where })
}

// together puts pieces of a lot that are in the same state into the line of the first.
func together[T any](list []T, thing func(*T) *DrillThing, state func(T) string) (out []T) {
	at := map[string]int{}
	for _, one := range list {
		t := thing(&one)
		lot := t.ID.Batch()
		if t.Serial == "" || lot == t.ID || lot.Lot() == "" {
			out = append(out, one)
			continue
		}
		key := lot.String() + " " + state(one)
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, one)
			continue
		}
		first := thing(&out[i])
		if first.Pieces == 0 {
			first.Pieces, first.ID, first.Serial, first.Path = 1, lot, "", lot.Path()
		}
		first.Pieces++
	}
	return out
}

// DrillEnd is where goods went to somebody without an account.
type DrillEnd struct {
	DrillThing
	Quantity *trace.Quantity
	By       Party
	To       string
	At       ledger.Time
}

// perMille writes a share of 1000 as percent: 98,5 %.
func (w words) perMille(n int64) string {
	return w.quantity(trace.NewQuantity(n, 1, "P1"))
}

// took says how long a search took, in thousandths of a second.
func (w words) took(d time.Duration) string {
	return w.must("took", "seconds", w.number(trace.NewQuantity(max(d.Milliseconds(), 1), 3, "").Number()))
}
