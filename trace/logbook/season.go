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

// Steps of a season beside its tasks: it is entered in the register, and it is over.
const (
	StepPlanting = Vocabulary + "planting"
	StepEnding   = Vocabulary + "ending"
)

// oldest is how long ago a season may have begun.
const oldest = 5 * 366 * 24 * time.Hour

// Season is the beginning of a standing crop or herd on a plot: an ObjectEvent, action
// ADD, with the instance and lot master data
//
//	lotNumber, countryOfOrigin (CBV), variety, plantedYear, areaHectares, plantingArea
type Season struct {
	Event    string
	Crop     trace.ID       // the lot
	Quantity trace.Quantity // plants, animals, or ground
	Place    trace.ID
	At       time.Time // when it was planted, or entered at the start of the season
	Variety  string
	Year     int    // in which perennials were planted; 0 when it is not said
	Area     string // decimal hectares that are used; empty when it is not said
	AreaCode string // planting-area code
	Note     string
}

// Check says what is wrong with a season that is noted at a time.
func (s Season) Check(now time.Time) error {
	switch {
	case !trace.ValidEventID(s.Event):
		return ledger.FieldErrorf(ledger.Invalid, "event", "is not a urn:uuid")
	case s.Crop.IsZero() || s.Crop.Lot() == "":
		return ledger.FieldErrorf(ledger.Invalid, "crop", "is not the lot of a crop")
	case s.Quantity.IsZero() || s.Quantity.IsNegative():
		return ledger.FieldErrorf(ledger.Invalid, "plants", "is nothing")
	case s.Place.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "plot", "is missing")
	case s.At.IsZero() || s.At.After(now.Add(5*time.Minute)) || now.Sub(s.At) > oldest:
		return ledger.FieldErrorf(ledger.Invalid, "planted", "lies in the future or more than five years ago, or is missing")
	case s.Year != 0 && (s.Year < 1900 || s.Year > now.Year()):
		return ledger.FieldErrorf(ledger.Invalid, "year", "is not 1900 to %d", now.Year())
	case utf8.RuneCountInString(s.Variety) > MaxWords:
		return ledger.FieldErrorf(ledger.Invalid, "variety", "has more than %d characters", MaxWords)
	}
	return checkNote(s.Note)
}

func checkNote(note string) error {
	if utf8.RuneCountInString(note) > MaxNote {
		return ledger.FieldErrorf(ledger.Invalid, "note", "has more than %d characters", MaxNote)
	}
	return nil
}

// Document writes the season as an EPCIS document; base is where the register's own codes
// are reached.
func (s Season) Document(base string) ([]byte, error) {
	ilmd := map[string]json.RawMessage{}
	put := func(name string, value any) {
		if b, err := json.Marshal(value); err == nil && string(b) != `""` && string(b) != "0" {
			ilmd[name] = b
		}
	}
	put("cbvmda:lotNumber", s.Crop.Lot())
	put("cbvmda:countryOfOrigin", "VN")
	put("sg:variety", strings.TrimSpace(s.Variety))
	put("sg:plantedYear", s.Year)
	if s.Area != "" {
		put("sg:areaHectares", json.Number(s.Area))
	}
	put("sg:plantingArea", s.AreaCode)
	return epcis.Write(base, epcis.Draft{Event: trace.Event{
		ID: s.Event, Type: trace.ObjectEvent, Action: trace.Add,
		Time: ledger.TimeOf(s.At), Zone: s.At.Format("-07:00"),
		Step: StepPlanting, Disposition: "active",
		Objects:   []trace.Stock{{ID: s.Crop, Quantity: &s.Quantity}},
		ReadPoint: s.Place, Location: s.Place, ILMD: ilmd,
	}, Ours: map[string]any{"note": s.Note}})
}

// Ending says that a season is over: an ObjectEvent, action OBSERVE, disposition
// inactive. What was recorded of the crop stays, and taking the event back goes on with
// the season.
type Ending struct {
	Event string
	Crop  trace.ID
	Place trace.ID // zero when it is not said
	At    time.Time
	Note  string
}

// Check says what is wrong with it.
func (e Ending) Check(now time.Time) error {
	switch {
	case !trace.ValidEventID(e.Event):
		return ledger.FieldErrorf(ledger.Invalid, "event", "is not a urn:uuid")
	case e.Crop.IsZero() || e.Crop.Lot() == "":
		return ledger.FieldErrorf(ledger.Invalid, "crop", "is not the lot of a crop")
	case e.At.IsZero() || e.At.After(now.Add(5*time.Minute)):
		return ledger.FieldErrorf(ledger.Invalid, "at", "lies in the future, or is missing")
	}
	return checkNote(e.Note)
}

// Document writes it as an EPCIS document.
func (e Ending) Document(base string) ([]byte, error) {
	return epcis.Write(base, epcis.Draft{Event: trace.Event{
		ID: e.Event, Type: trace.ObjectEvent, Action: trace.Observe,
		Time: ledger.TimeOf(e.At), Zone: e.At.Format("-07:00"),
		Step: StepEnding, Disposition: "inactive",
		Objects:   []trace.Stock{{ID: e.Crop}},
		ReadPoint: e.Place, Location: e.Place,
	}, Ours: map[string]any{"note": e.Note}})
}
