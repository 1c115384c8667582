package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Record is the page on which a grower chooses what to note.
type Record struct {
	Find  Offer
	Crops []Crop
	Tasks []Task
	For   trace.Text // on whose behalf; empty for one's own
	Queue *Queue     // nil where records cannot wait on the phone

	Others    []Principal // in whose books one may write besides
	Safe      ledger.Time // from when on the chosen crop may be harvested; zero when it may now
	ToConfirm int         // sprayings that a technician has yet to confirm
	Dossiers  string      // of the chosen crop; empty where there is none

	Plant   string // address of the form for a season
	Harvest string // address of the form for a harvest of the chosen crop; empty where there is none
	Chosen  string // the crop; empty where there is none
	Ending  string // identifier of the event that would end its season
	Member  string // on whose behalf
}

// Crop is a standing crop or a herd.
type Crop struct {
	ID     trace.ID
	Name   trace.Text
	Where  trace.Text // the plot; empty where it is not known
	Place  trace.ID
	Path   string // of the page on which it is chosen
	Chosen bool
	Over   bool // its season is
}

// Task is a line of the logbook that can be noted.
type Task struct {
	Name string
	Path string
}

// taskIcons are the tasks' pictures.
var taskIcons = map[string]string{
	"spraying": "drop", "fertilising": "leaf", "irrigating": "drop", "feeding": "box", "treating": "drop", "pruning": "branch", "inspecting": "seal", "noting": "pen",
}

// Icon is the task's picture.
func (t Task) Icon() string { return taskIcons[t.Name] }

// Record writes the page.
func (p *Pages) Record(w io.Writer, r Reader, v *Record) error {
	return p.running(w, r, "record", v.Queue.scripts(), v)
}

// TaskForm is the page on which one task is noted.
type TaskForm struct {
	Form       Form
	Task       string
	TakesInput bool
	Crop       Crop
	Last       *Input // what was put on the crop last time; nil when nothing was
	Event      string // identifier of the event to come
	At         string // local time, as a browser writes it
	Audience   string
	For        trace.Text // on whose behalf; empty for one's own
	Member     string     // theirs
	Products   []Product  // that are suggested
	Units      []Choice   // in which it is said how much was used
	Banned     []Banned   // what is warned of
	Queue      *Queue     // nil where records cannot wait on the phone
	Path, Back string     // addresses of the page, and of the crop's
	AskLabel   bool       // the product is in no table: a photo of its label is asked for
}

// Product is a plant-protection product that the table has for a crop.
type Product struct {
	Name, Active, Dose string
	Interval           int
}

// Banned is a product or an active ingredient that a rule forbids; names are folded, as
// protection.Fold does, and one of them may be empty.
type Banned struct{ Product, Substance, Rule string }

// Audiences are the choices of who reads a record.
func (v *TaskForm) Audiences() []string {
	return []string{string(ledger.Parties), string(ledger.Public)}
}

// Warns reports whether there is a table to warn out of.
func (v *TaskForm) Warns() bool { return len(v.Products) > 0 || len(v.Banned) > 0 }

// LastInterval is the interval of last time, as a form has it.
func (v *TaskForm) LastInterval() string {
	if v.Last == nil || v.Last.Interval == 0 {
		return ""
	}
	return trace.NewQuantity(int64(v.Last.Interval), 0, "").Number()
}

// TaskForm writes the page.
func (p *Pages) TaskForm(w io.Writer, r Reader, v *TaskForm) error {
	scripts := v.Queue.scripts()
	if v.Warns() {
		scripts = append(scripts, "spray.js")
	}
	return p.running(w, r, "task", scripts, v)
}

// Records are what an organisation recorded, the newest first.
type Records struct {
	List        []OwnRecord
	MayWithdraw bool
	More        string // address of the next page; empty at the end
}

// OwnRecord is one of them.
type OwnRecord struct {
	Event     string
	Word      string // business step
	Type      trace.EventType
	Action    trace.Action
	What      trace.Text
	Link      string
	Time      ledger.Time // when it happened
	Recorded  ledger.Time
	By        string // the member's name; empty where it is not known here
	Mine      bool
	Audience  ledger.Audience
	Withdrawn bool

	Photo    bool       // there is a picture of it
	OnBehalf bool       // of somebody who lets others record
	For      trace.Text // who that is
	Typist   trace.Text // the organisation that recorded it
}

// Records writes the page.
func (p *Pages) Records(w io.Writer, r Reader, v *Records) error { return p.desk(w, r, "records", v) }

// suggested is the id of a task's datalist, where there is one.
func suggested(list []Product) string {
	if len(list) == 0 {
		return ""
	}
	return "products"
}

// last is a part of what was put on a crop last time.
func last(in *Input, part string) string {
	switch {
	case in == nil:
		return ""
	case part == "product":
		return in.Product
	case part == "active":
		return in.Active
	}
	return in.Dose
}

// task is the short name of a business step.
func (w words) task(word string) string {
	bare := bareWord(word)
	return w.known("task."+bare, w.known("did."+bare, w.must("did")))
}

// audiences are the choices of who reads a record.
func (w words) audiences(some []string, chosen string) (list []Option) {
	for _, a := range some {
		list = append(list, Option{Value: a, Text: w.must("audience." + a), Help: w.must("audience." + a + ".help"), Chosen: a == chosen})
	}
	return list
}
