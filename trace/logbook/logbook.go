// Package logbook is what a grower notes down of a crop or a herd, and how that is
// written as an EPCIS 2.0 event: an ObjectEvent, action OBSERVE, on the standing
// crop's lot, with the register's own business steps and members.
//
// The register's vocabulary is the namespace [Vocabulary]. An event that records an
// input of a crop carries
//
//	input, inputKind (protection, fertiliser, irrigation, feed, medicine, other),
//	activeIngredient, dose, purpose, purposeEn, preHarvestIntervalDays
//	used (how much, in people's words), usedQuantity and usedUom (the same, exactly)
//	unlisted (true while a technician has yet to confirm the product), label (the CID
//	of a photo of its label)
//
// and any event may carry note and noteEn, photo (the CID of a picture), a sensor report
// agreedMaximum, all under whatever prefix its document declares for the namespace.
package logbook

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// Vocabulary is the namespace of the register's extensions of EPCIS events.
const Vocabulary = trace.Vocabulary

// Task is what was done.
type Task string

const (
	Spray     Task = "spraying"
	Fertilise Task = "fertilising"
	Irrigate  Task = "irrigating"
	Feed      Task = "feeding"
	Treat     Task = "treating"
	Prune     Task = "pruning"
	Inspect   Task = "inspecting"
	Remark    Task = "noting"
)

// Tasks lists them, in the order in which a phone offers them.
var Tasks = []Task{Spray, Fertilise, Irrigate, Feed, Treat, Prune, Inspect, Remark}

// inputKinds are the kinds of what a task puts on a crop.
var inputKinds = map[Task]string{Spray: "protection", Fertilise: "fertiliser", Irrigate: "irrigation", Feed: "feed", Treat: "medicine"}

// TakesInput reports whether a task puts something on the crop.
func (t Task) TakesInput() bool { return inputKinds[t] != "" }

func (t Task) valid() bool {
	for _, known := range Tasks {
		if t == known {
			return true
		}
	}
	return false
}

// step is the business step that an event names: CBV's where it has one.
func (t Task) step() string {
	if t == Inspect {
		return string(t)
	}
	return Vocabulary + string(t)
}

// Limits of an entry, in characters and days.
const (
	MaxWords    = 200
	MaxNote     = 1000
	MaxInterval = trace.MaxWait
)

// Entry is one line of the logbook.
type Entry struct {
	Event string // identifier of the event: urn:uuid:…
	Task  Task
	Crop  trace.ID  // the lot of the standing crop or herd
	Place trace.ID  // where; zero when it is not said
	At    time.Time // when it was done; its zone is kept

	Input    string // name of the product, for a task that takes one
	Active   string // active ingredient
	Dose     string // as people say it: "0,5 l/ha"
	Purpose  string
	Interval int // pre-harvest interval in days; 0 when there is none

	// Used is how much was used, exactly, and Said the words in which that was said: "2
	// bình". nil where it is not said.
	Used *trace.Quantity
	Said string

	Note  string // anything
	Photo string // CID of a picture of it; empty when there is none

	// Unlisted says that the product is in no table, and that a technician has yet to
	// say what it is; Label is the CID of a photo of what it came in.
	Unlisted bool
	Label    string
}

// Check says what is wrong with an entry that is noted at a time.
func (e Entry) Check(now time.Time) error {
	switch {
	case !trace.ValidEventID(e.Event):
		return ledger.FieldErrorf(ledger.Invalid, "event", "is not a urn:uuid")
	case !e.Task.valid():
		return ledger.FieldErrorf(ledger.Invalid, "task", "%q is none of the logbook's", e.Task)
	case e.Crop.IsZero() || e.Crop.Lot() == "":
		return ledger.FieldErrorf(ledger.Invalid, "crop", "is not the lot of a crop")
	case e.At.IsZero() || e.At.After(now.Add(5*time.Minute)):
		return ledger.FieldErrorf(ledger.Invalid, "at", "lies in the future, or is missing")
	case now.Sub(e.At) > 366*24*time.Hour:
		return ledger.FieldErrorf(ledger.Invalid, "at", "is more than a year ago")
	case e.Task.TakesInput() && strings.TrimSpace(e.Input) == "":
		return ledger.FieldErrorf(ledger.Invalid, "input", "is missing")
	case e.Task == Remark && strings.TrimSpace(e.Note) == "":
		return ledger.FieldErrorf(ledger.Invalid, "note", "is missing")
	case e.Interval < 0 || e.Interval > MaxInterval:
		return ledger.FieldErrorf(ledger.Invalid, "interval", "is not 0 to %d days", MaxInterval)
	}
	for field, words := range map[string]string{"used": e.Said, "input": e.Input, "active": e.Active, "dose": e.Dose, "purpose": e.Purpose} {
		if utf8.RuneCountInString(words) > MaxWords {
			return ledger.FieldErrorf(ledger.Invalid, field, "has more than %d characters", MaxWords)
		}
	}
	if utf8.RuneCountInString(e.Note) > MaxNote {
		return ledger.FieldErrorf(ledger.Invalid, "note", "has more than %d characters", MaxNote)
	}
	return nil
}

// Document writes an entry as an EPCIS document; base is where the register's own
// codes are reached. The same entry is the same event, however often it is sent.
func (e Entry) Document(base string) ([]byte, error) {
	d := epcis.Draft{Event: trace.Event{
		ID: e.Event, Type: trace.ObjectEvent, Action: trace.Observe,
		Time: ledger.TimeOf(e.At), Zone: e.At.Format("-07:00"),
		Step: e.Task.step(), Disposition: "active",
		Objects:   []trace.Stock{{ID: e.Crop}},
		ReadPoint: e.Place, Location: e.Place,
	}, Ours: map[string]any{"note": e.Note, "photo": e.Photo}}
	if e.Task.TakesInput() {
		d.Ours["inputKind"], d.Ours["input"], d.Ours["activeIngredient"] = inputKinds[e.Task], e.Input, e.Active
		d.Ours["dose"], d.Ours["purpose"], d.Ours["label"] = e.Dose, e.Purpose, e.Label
		if e.Used != nil {
			d.Ours["used"], d.Ours["usedQuantity"] = e.Said, json.Number(e.Used.Number())
			d.Ours["usedUom"] = string(e.Used.Unit())
		}
		if e.Interval > 0 {
			d.Ours["preHarvestIntervalDays"] = e.Interval
		}
		if e.Unlisted {
			d.Ours["unlisted"] = true
		}
	}
	return epcis.Write(base, d)
}

// Withdraw declares an event wrong: its document again, with the declaration. stored
// is the document as it was recorded, of that event alone.
func Withdraw(stored []byte, at time.Time) ([]byte, error) {
	return declareWrong(stored, map[string]any{"declarationTime": epcis.Stamp(at), "reason": "incorrect_data"})
}

// Correct puts an entry in the place of a recorded event: a document that declares
// that one wrong, names the entry as what stands instead, and holds it. stored is the
// document as it was recorded, of that event alone.
func (e Entry) Correct(stored []byte, at time.Time, base string) ([]byte, error) {
	written, err := e.Document(base)
	if err != nil {
		return nil, err
	}
	own, err := open(written)
	if err != nil {
		return nil, err
	}
	own.event["@context"] = own.doc["@context"]
	return declareWrong(stored, map[string]any{
		"declarationTime": epcis.Stamp(at), "reason": "incorrect_data", "correctiveEventIDs": []string{e.Event},
	}, own.event)
}

// opened is a document of one event, taken apart.
type opened struct{ doc, body, event map[string]json.RawMessage }

func open(document []byte) (o opened, err error) {
	var list []map[string]json.RawMessage
	for _, part := range []struct {
		raw  func() []byte
		into any
	}{
		{func() []byte { return document }, &o.doc},
		{func() []byte { return o.doc["epcisBody"] }, &o.body},
		{func() []byte { return o.body["eventList"] }, &list},
	} {
		if err := json.Unmarshal(part.raw(), part.into); err != nil {
			return o, ledger.Wrap(err, ledger.Internal, "the event's document cannot be read")
		}
	}
	if len(list) != 1 {
		return o, ledger.Errorf(ledger.Internal, "the document holds %d events", len(list))
	}
	o.event = list[0]
	return o, nil
}

// declareWrong writes a document again with a declaration on its event, and with more
// events.
func declareWrong(stored []byte, declaration map[string]any, more ...any) ([]byte, error) {
	o, err := open(stored)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		into  map[string]json.RawMessage
		name  string
		value any
	}{
		{o.event, "errorDeclaration", declaration},
		{o.body, "eventList", append([]any{o.event}, more...)},
		{o.doc, "epcisBody", o.body},
	} {
		raw, err := json.Marshal(part.value)
		if err != nil {
			return nil, ledger.Wrap(err, ledger.Internal, "the event's document cannot be written")
		}
		part.into[part.name] = raw
	}
	return json.Marshal(o.doc)
}
