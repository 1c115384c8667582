package logbook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/logbook"
)

const seasonEvent = "urn:uuid:0f7a1c9e-52b1-4b57-9c8f-3f6a5d1e2b41"

func season() logbook.Season {
	return logbook.Season{
		Event: seasonEvent, Crop: crop, Quantity: trace.NewQuantity(6200, 0, "MTK"), Place: plot, At: noon,
		Variety: "U hồng", Year: 1998, Area: "0.62", AreaCode: "VN-BNOR-0001",
	}
}

func decoded(t *testing.T, raw []byte, err error) *epcis.Document {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := epcis.DecodeDocument(raw, epcis.DefaultLimits)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return doc
}

func TestSeasonIsAnEvent(t *testing.T) {
	s := season()
	raw, err := s.Document(base)
	e := decoded(t, raw, err).Events[0]
	if e.Step != logbook.StepPlanting || e.Action != trace.Add || len(e.Objects) != 1 || e.Objects[0].ID != crop || *e.Objects[0].Quantity != s.Quantity || e.Location != plot {
		t.Errorf("begun: %+v", e)
	}
	for _, want := range []string{`"sg:variety":"U hồng"`, `"sg:plantedYear":1998`, `"sg:areaHectares":0.62`, `"sg:plantingArea":"VN-BNOR-0001"`, `"cbvmda:lotNumber":"V1"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("it lacks %s: %s", want, raw)
		}
	}
	end := logbook.Ending{Event: seasonEvent, Crop: crop, At: noon}
	raw, err = end.Document(base)
	if e := decoded(t, raw, err).Events[0]; e.Step != logbook.StepEnding || e.Action != trace.Observe || e.Disposition != "inactive" || e.Objects[0].Quantity != nil {
		t.Errorf("ended: %+v", e)
	}
}

func TestCheckSeason(t *testing.T) {
	now := noon.Add(time.Minute)
	for field, change := range map[string]func(*logbook.Season){
		"":        func(*logbook.Season) {},
		"event":   func(s *logbook.Season) { s.Event = "1" },
		"crop":    func(s *logbook.Season) { s.Crop = s.Crop.Product() },
		"plants":  func(s *logbook.Season) { s.Quantity = trace.Quantity{} },
		"plot":    func(s *logbook.Season) { s.Place = trace.ID{} },
		"planted": func(s *logbook.Season) { s.At = now.Add(time.Hour) },
		"year":    func(s *logbook.Season) { s.Year = 2027 },
		"variety": func(s *logbook.Season) { s.Variety = strings.Repeat("x", logbook.MaxWords+1) },
		"note":    func(s *logbook.Season) { s.Note = strings.Repeat("x", logbook.MaxNote+1) },
	} {
		s := season()
		change(&s)
		if got := fieldOf(s.Check(now)); got != field {
			t.Errorf("%s is at fault, and not %s", got, field)
		}
	}
	for field, e := range map[string]logbook.Ending{
		"":      {Event: seasonEvent, Crop: crop, At: noon},
		"event": {Crop: crop, At: noon},
		"crop":  {Event: seasonEvent, At: noon},
		"at":    {Event: seasonEvent, Crop: crop},
	} {
		if got := fieldOf(e.Check(now)); got != field {
			t.Errorf("of an ending %s is at fault, and not %s", got, field)
		}
	}
}

func fieldOf(err error) string {
	if e, ok := err.(*ledger.Error); ok {
		return e.Field
	}
	return ""
}

func soilTest() logbook.Test {
	return logbook.Test{
		Event: seasonEvent, Place: plot, At: noon, Sample: logbook.Water, Laboratory: "Trung tâm Quan trắc",
		Readings: []logbook.Reading{{"ph", trace.NewQuantity(64, 1, "")}, {"salinity", trace.NewQuantity(12, 1, "")}, {"lead", trace.NewQuantity(5, 3, "")}},
	}
}

func TestTestIsAnEvent(t *testing.T) {
	for _, sample := range []string{logbook.Soil, logbook.Water} {
		x := soilTest()
		x.Sample, x.Readings = sample, nil
		for _, m := range logbook.Measurands(sample) {
			x.Readings = append(x.Readings, logbook.Reading{Name: m.Name, Value: trace.NewQuantity(1, 0, "")})
		}
		if err := x.Check(noon); err != nil {
			t.Fatal(err)
		}
		raw, err := x.Document(base)
		e := decoded(t, raw, err).Events[0]
		if e.Step != "sensor_reporting" || len(e.Objects) != 0 || e.ReadPoint != plot {
			t.Errorf("of %s: %+v", sample, e)
		}
	}
	raw, err := soilTest().Document(base)
	decoded(t, raw, err)
	for _, want := range []string{`"value":1.2`, `"uom":"GL"`, `"sg:measured":"salinity"`, `"type":"MassConcentration"`, `"uom":"M1"`, `"sg:sample":"water"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("it lacks %s: %s", want, raw)
		}
	}
}

func TestCheckTest(t *testing.T) {
	for field, change := range map[string]func(*logbook.Test){
		"":           func(*logbook.Test) {},
		"event":      func(x *logbook.Test) { x.Event = "" },
		"plot":       func(x *logbook.Test) { x.Place = trace.ID{} },
		"sample":     func(x *logbook.Test) { x.Sample = "air" },
		"sampled":    func(x *logbook.Test) { x.At = noon.Add(time.Hour) },
		"ph":         func(x *logbook.Test) { x.Readings[0].Value = trace.NewQuantity(141, 1, "") },
		"organic":    func(x *logbook.Test) { x.Readings[0].Name = "organic" },
		"lead":       func(x *logbook.Test) { x.Readings[2].Value = trace.NewQuantity(-1, 0, "") },
		"laboratory": func(x *logbook.Test) { x.Laboratory = strings.Repeat("x", logbook.MaxWords+1) },
		"note":       func(x *logbook.Test) { x.Note = strings.Repeat("x", logbook.MaxNote+1) },
	} {
		x := soilTest()
		change(&x)
		if got := fieldOf(x.Check(noon)); got != field {
			t.Errorf("%s is at fault, and not %s", got, field)
		}
	}
	if none := soilTest(); fieldOf((logbook.Test{Event: none.Event, Place: plot, At: noon, Sample: logbook.Soil}).Check(noon)) != "ph" {
		t.Error("a test that measured nothing")
	}
}
