package logbook

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// Samples that are tested.
const (
	Soil  = "soil"
	Water = "water"
)

// Measurand is what is measured of a sample, in one unit of UN/ECE Recommendation 20.
// Substance is what a concentration is of, as EPCIS 2.0 names it: by its InChIKey.
type Measurand struct {
	Name      string
	Type      string // GS1's measurement type, or one of the register's vocabulary
	Unit      trace.Unit
	Substance string
}

const inchi = "https://identifiers.org/inchikey:"

// massFraction is the register's, since GS1 has no measurement type for it.
const massFraction = Vocabulary + "massFraction"

// Measurands are those of a sample, the usual ones first.
func Measurands(sample string) []Measurand {
	concentration, unit := massFraction, trace.Unit("NA") // mg/kg
	if sample == Water {
		concentration, unit = "MassConcentration", "M1" // mg/l
	}
	list := []Measurand{
		{"ph", Vocabulary + "pH", "", ""},
		{"salinity", "MassConcentration", "GL", inchi + "FAPWRFPIFSIZLT-UHFFFAOYSA-M"}, // sodium chloride
		{"conductivity", "Conductivity", "H61", ""},                                    // mS/cm
	}
	if sample == Soil {
		list = append(list, Measurand{"organic", Vocabulary + "organicMatter", "P1", ""})
	}
	return append(list,
		Measurand{"nitrogen", concentration, unit, inchi + "QJGQUHMNIGDVPM-UHFFFAOYSA-N"},
		Measurand{"phosphorus", concentration, unit, inchi + "OAICVXFJPJFONN-UHFFFAOYSA-N"},
		Measurand{"potassium", concentration, unit, inchi + "ZLMJMSJWJFRBEC-UHFFFAOYSA-N"},
		Measurand{"lead", concentration, unit, inchi + "WABPQHHGFIMREM-UHFFFAOYSA-N"},
		Measurand{"cadmium", concentration, unit, inchi + "BDOSMKKIYDKNTQ-UHFFFAOYSA-N"},
		Measurand{"arsenic", concentration, unit, inchi + "RQNWIZPPADIBDY-UHFFFAOYSA-N"},
	)
}

// Reading is what was measured; its quantity has no unit, which the measurand has.
type Reading struct {
	Name  string
	Value trace.Quantity
}

// Test is what a laboratory or a meter found in soil or water of a plot: an ObjectEvent,
// action OBSERVE, step sensor_reporting, at the plot as its read point, with a sensor
// element whose reports carry the measurand's name as the register's member measured.
// The event carries sample, laboratory, document (the CID of the report) and note.
type Test struct {
	Event      string
	Place      trace.ID
	At         time.Time // when the sample was taken
	Sample     string
	Readings   []Reading
	Laboratory string
	Report     string // CID of the document that says so; empty where there is none
	Note       string
}

// Check says what is wrong with a test that is noted at a time.
func (t Test) Check(now time.Time) error {
	switch {
	case !trace.ValidEventID(t.Event):
		return ledger.FieldErrorf(ledger.Invalid, "event", "is not a urn:uuid")
	case t.Place.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "plot", "is missing")
	case t.Sample != Soil && t.Sample != Water:
		return ledger.FieldErrorf(ledger.Invalid, "sample", "is neither soil nor water")
	case t.At.IsZero() || t.At.After(now.Add(5*time.Minute)) || now.Sub(t.At) > oldest:
		return ledger.FieldErrorf(ledger.Invalid, "sampled", "lies in the future or more than five years ago, or is missing")
	case len(t.Readings) == 0:
		return ledger.FieldErrorf(ledger.Invalid, "ph", "nothing was measured")
	case utf8.RuneCountInString(t.Laboratory) > MaxWords:
		return ledger.FieldErrorf(ledger.Invalid, "laboratory", "has more than %d characters", MaxWords)
	}
	known := Measurands(t.Sample)
	for _, r := range t.Readings {
		i := slices.IndexFunc(known, func(m Measurand) bool { return m.Name == r.Name })
		switch {
		case i < 0:
			return ledger.FieldErrorf(ledger.Invalid, r.Name, "is not measured of %s", t.Sample)
		case r.Value.IsNegative(), r.Name == "ph" && tooMuch(r.Value, 14), known[i].Unit == "P1" && tooMuch(r.Value, 100):
			return ledger.FieldErrorf(ledger.Invalid, r.Name, "cannot be %s", r.Value.Number())
		}
	}
	return checkNote(t.Note)
}

func tooMuch(q trace.Quantity, most int64) bool {
	c, err := q.Cmp(trace.NewQuantity(most, 0, q.Unit()))
	return err != nil || c > 0
}

// Document writes the test as an EPCIS document.
func (t Test) Document(base string) ([]byte, error) {
	known := Measurands(t.Sample)
	var reports []any
	for _, r := range t.Readings {
		i := slices.IndexFunc(known, func(m Measurand) bool { return m.Name == r.Name })
		if i < 0 {
			return nil, ledger.FieldErrorf(ledger.Invalid, r.Name, "is not measured of %s", t.Sample)
		}
		report := map[string]any{"type": known[i].Type, "value": json.Number(r.Value.Number()), "sg:measured": r.Name}
		if u := known[i].Unit; u != "" {
			report["uom"] = u
		}
		if s := known[i].Substance; s != "" {
			report["chemicalSubstance"] = s
		}
		reports = append(reports, report)
	}
	return epcis.Write(base, epcis.Draft{Event: trace.Event{
		ID: t.Event, Type: trace.ObjectEvent, Action: trace.Observe,
		Time: ledger.TimeOf(t.At), Zone: t.At.Format("-07:00"),
		Step: "sensor_reporting", ReadPoint: t.Place, Location: t.Place,
	}, Sensors: []any{map[string]any{
		"sensorMetadata": map[string]any{"time": epcis.Stamp(t.At)}, "sensorReport": reports,
	}}, Ours: map[string]any{
		"sample": t.Sample, "laboratory": t.Laboratory, "document": t.Report, "note": t.Note,
	}})
}
