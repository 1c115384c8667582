package web

import (
	"io"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// The operator's desk.

// Trouble is something that is not as it should be. Kind ends a text key
// "trouble.…".
type Trouble struct {
	Kind  string
	Grave bool // it cannot wait
	N     uint64
	Name  string // of what is in trouble: the end of a key "part.…", or a name
	Path  string // where more is said of it; empty where nothing is
}

// Standing is whether everything is all right: a bar at the top of a page.
type Standing struct {
	Troubles []Trouble
	Size     uint64 // records on the register
}

// Class, Icon and Key are how the bar looks and the text that it says.
func (s Standing) Class() string { return s.pick("well", "attention", "recalled") }
func (s Standing) Icon() string  { return s.pick("check", "alert", "alert") }
func (s Standing) Key() string   { return s.pick("standing.well", "standing.care", "standing.grave") }

func (s Standing) pick(well, care, grave string) string {
	for _, t := range s.Troubles {
		if t.Grave {
			return grave
		}
	}
	if len(s.Troubles) > 0 {
		return care
	}
	return well
}

// DeskHome is the desk's first page: is everything all right, and what waits.
type DeskHome struct {
	Standing
	Dossiers  int         // that wait for a decision
	Since     ledger.Time // since when the first of them does
	Incidents []DeskIncident
	Contested int // drafts that wait
	Unjudged  int // datasets that do
	Recalls   int
	Records   []DeskRecord // the newest first
}

// DeskRecord is a line of the register.
type DeskRecord struct {
	Entry uint64
	At    ledger.Time
	Who   Party
	What  trace.Text // as its signer saw it
}

// DeskHome writes the page.
func (p *Pages) DeskHome(w io.Writer, r Reader, v *DeskHome) error { return p.desk(w, r, "desk", v) }

// Act is a decision, on a page of its own: what will happen, what it takes, one
// button. Name is the part of text keys "act.NAME.title", ".lead" and ".go".
type Act struct {
	Form   Form
	Name   string
	Who    trace.Text // whom or what it is about
	Action string     // address that takes the form
	Back   string
	Danger bool
	Photo  string // address of a picture that it is about
	Facts  []Fact
	Fields []Field
	Files  bool // one of the fields is a file
}

// Fact is a line of what is known; of an act, Label ends a text key "desk.fact.…".
type Fact struct {
	Label, Value string
}

// Field is a field of a form, as the template function input takes it.
type Field struct {
	Name, Type, Value, Mode string
	Max                     int
	Required                bool
	Options                 []Option
}

// Act writes the page.
func (p *Pages) Act(w io.Writer, r Reader, v *Act) error {
	return p.deskPage(w, r, frame{Title: p.text(r.Lang, "act."+v.Name+".title"), View: v}, "desk.act")
}

// DeskHealth is how the node is.
type DeskHealth struct {
	Standing
	Alarm   string // why the ledger is followed no further
	Waiting int    // transactions that are being ordered; -1 where the ledger does not tell
	Models  []DeskModel
	Jobs    []DeskJob
	Stores  []DeskStore
	Free    int64 // bytes; 0 where the disk does not say
	Total   int64
	Low     bool
	Peers   []DeskPeer // nil on a node that works alone
	Away    DeskAway
	Version string
	Started ledger.Time
	Uptime  time.Duration
	Heap    int64 // bytes
	System  int64
	Threads int
	Reports []DeskReport
}

// DeskModel is a read model. Name ends a text key "part.…".
type DeskModel struct {
	Name        string
	Height, Lag uint64
}

// DeskJob is background work. State is running, ended or failed.
type DeskJob struct {
	Name, State, Problem string
	Since                ledger.Time
	Follows              bool   // the ledger
	Height               uint64 // records of it that are done
}

// DeskStore is a part of the data folder; Share is of all of them, in percent.
type DeskStore struct {
	Name  string
	Bytes int64
	Share int
}

// DeskPeer is another node of the register.
type DeskPeer struct {
	Name, Problem   string
	Reachable, Fork bool
	Size            uint64 // records of ours that it cosigned
	At              ledger.Time
}

// DeskAway counts documents that are not where they should be.
type DeskAway struct{ Waiting, Once, Alone int }

// DeskReport is a warning or an error.
type DeskReport struct {
	At      ledger.Time
	Error   bool // and not a warning only
	Message string
	Details []Fact // Label is the attribute's own name
}

// DeskHealth writes the page.
func (p *Pages) DeskHealth(w io.Writer, r Reader, v *DeskHealth) error {
	return p.desk(w, r, "desk.health", v)
}

// DeskIncidents is the log of incidents with personal data.
type DeskIncidents struct {
	List []DeskIncident
	Now  ledger.Time
}

// DeskIncident is one of them. Times that have not come are zero.
type DeskIncident struct {
	ID, Title                               string
	Discovered, Opened, Due, Notified, Done ledger.Time
	Notes                                   []DeskNote
	Now                                     ledger.Time
}

// Open reports whether something is left to do.
func (i DeskIncident) Open() bool { return i.Done.IsZero() }

// DeskNote is what happened, by whom.
type DeskNote struct {
	At   ledger.Time
	By   string // name of the account; empty where it is gone
	Text string
}

// DeskIncidents writes the page.
func (p *Pages) DeskIncidents(w io.Writer, r Reader, v *DeskIncidents) error {
	return p.desk(w, r, "desk.incidents", v)
}

// DeskIncident writes the page.
func (p *Pages) DeskIncident(w io.Writer, r Reader, v *DeskIncident) error {
	return p.desk(w, r, "desk.incident", v)
}

// deadline is the clock of an incident.
type deadline struct {
	Class, Icon, Text string
	Percent           int // of the time that is gone
}

// deadline says in words how long is left to tell the authority. Hours that have
// begun count as whole ones while they are left, and not at all once they are over.
func (w words) deadline(i DeskIncident) deadline {
	switch {
	case !i.Notified.IsZero():
		return deadline{"well", "check", w.must("clock.notified", "at", w.clock(i.Notified, "")), w.elapsed(i, i.Notified)}
	case !i.Done.IsZero():
		return deadline{"well", "check", w.must("clock.closed", "at", w.clock(i.Done, "")), w.elapsed(i, i.Done)}
	}
	left := i.Due.Time().Sub(i.Now.Time())
	d := deadline{Class: "declared", Icon: "info", Percent: w.elapsed(i, i.Now)}
	switch {
	case left < 0:
		d.Class, d.Icon, d.Text = "recalled", "alert", w.span("clock.over.", -left, false)
	case left <= 24*time.Hour:
		d.Class, d.Icon, d.Text = "attention", "alert", w.span("clock.left.", left, true)
	default:
		d.Text = w.span("clock.left.", left, true)
	}
	return d
}

func (w words) elapsed(i DeskIncident, at ledger.Time) int {
	whole := int64(i.Due - i.Discovered)
	if whole <= 0 {
		return 100
	}
	return int(min(max(100*int64(at-i.Discovered)/whole, 0), 100))
}

// span writes a time in hours, or in minutes where it is below one, or in days where
// it is above four.
func (w words) span(key string, d time.Duration, up bool) string {
	unit, name := time.Hour, "hours"
	switch {
	case d < time.Hour:
		unit, name = time.Minute, "minutes"
	case d >= 96*time.Hour:
		unit, name = 24*time.Hour, "days"
	}
	n := d / unit
	if up && d%unit > 0 {
		n++
	}
	return w.must(key+name, "n", int(n))
}

// uptime says how long something has run.
func (w words) uptime(d time.Duration) string { return w.span("uptime.", d, false) }
