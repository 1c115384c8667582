package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Batches is the list of an organisation's lots and containers.
type Batches struct {
	Query   string // what is searched for
	Show    string // the chosen filter
	Filters []Filter
	List    []BatchLine
	More    string // address of the next page; empty at the end
	Coming  int    // shipments on their way here
	Grows   bool   // there are crops to harvest
}

// Filter is a chip above a list.
type Filter struct {
	Name   string // end of a text key "batches.show.…"
	Path   string
	Count  uint64
	Chosen bool
	Cut    bool // there may be more than were counted
}

// BatchLine is a lot, a container or a piece in a list.
type BatchLine struct {
	Name   trace.Text
	Code   string // lot number, or the container's code
	Level  Level
	Crop   bool // it stands and bears again
	Path   string
	Amount *Amount // how much there is here; nil for a container
	Way    string  // held, sent, coming
	Who    trace.Text

	Flags    []trace.Flag
	Recalled bool
	Word     string // what happened last
	Time     ledger.Time
	Inside   []Amount // of a container
	Empty    bool     // a container with nothing in it

	ID      string
	Event   string // identifier of the event to come, where it can be received as it is
	Receive string // address of the form that receives less or more
}

// Icon is the line's picture.
func (l BatchLine) Icon() string {
	switch {
	case l.Crop:
		return "leaf"
	case l.Level == LevelContainer:
		return "box"
	case l.Way == "sent", l.Way == "coming":
		return "truck"
	}
	return "inbox"
}

// Batches writes the page.
func (p *Pages) Batches(w io.Writer, r Reader, v *Batches) error { return p.desk(w, r, "batches", v) }

// Incoming is what is on its way to an organisation.
type Incoming struct {
	List []BatchLine
	More string
}

// Incoming writes the page.
func (p *Pages) Incoming(w io.Writer, r Reader, v *Incoming) error {
	return p.desk(w, r, "incoming", v)
}

// Batch is everything about one lot, container or piece.
type Batch struct {
	BatchLine
	Identifier string // as people read it
	Recalls    []Recall
	Blocked    bool
	Balances   []BalanceLine
	Within     *Neighbour // the container that it is in
	Packed     bool       // the organisation holds containers that it is in, and nothing of it beside
	Contents   []Neighbour
	Back       []Neighbour // what it was made of, and who it came from
	Forward    []Neighbour // what was made of it, and who it went to
	Hidden     int         // steps forward that only others see
	Deeds      []DeedGroup
	Frozen     bool // recalled: most can no more be done
	History    []Happening
	Passport   string
	Graph      string
	Labels     string // empty where there are none
	Scans      string // empty for who does not answer for it
	Dossiers   string
}

// BalanceLine is what somebody has of a batch.
type BalanceLine struct {
	Where  string     // end of a text key "holder.…"
	Who    trace.Text // where it is somebody
	Mine   bool
	Amount Amount
}

// Neighbour is a step away: a thing, or somebody.
type Neighbour struct {
	How    string // end of a text key "near.…"
	Name   trace.Text
	Path   string // empty for somebody
	Amount *Amount
	Time   ledger.Time
}

// DeedGroup is what can be done with it now, of one sort.
type DeedGroup struct {
	Name string // end of a text key "deeds.group.…"
	List []BatchDeed
}

// BatchDeed is one of them.
type BatchDeed struct {
	Name, Path string
	Primary    bool
}

var deedIcons = map[string]string{
	"harvest": "leaf", "receive": "inbox", "ship": "truck", "handover": "people", "return": "back", "grade": "star",
	"process": "factory", "split": "branch", "merge": "inbox", "pack": "box", "load": "box", "unload": "box", "count": "scan", "destroy": "stop",
}

// Icon is the deed's picture.
func (d BatchDeed) Icon() string { return deedIcons[d.Name] }

// Happening is a line of its history.
type Happening struct {
	Word   string
	Type   trace.EventType
	Action trace.Action
	Who    trace.Text
	Time   ledger.Time
	Zone   string
	Void   bool
	Note   string
	Price  string // of one unit, in đồng, where one was said to the reader
}

// Batch writes the page.
func (p *Pages) Batch(w io.Writer, r Reader, v *Batch) error { return p.desk(w, r, "batch", v) }
