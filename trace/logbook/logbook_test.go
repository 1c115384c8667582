package logbook_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/logbook"
)

var (
	hanoi = time.FixedZone("", 7*3600)
	noon  = time.Date(2026, 6, 3, 12, 0, 0, 0, hanoi)
	crop  = trace.MustID("https://id.gs1.org/01/09521234000006/10/V1")
	base  = "https://truyxuat.example"
	plot  = trace.MustID("https://id.gs1.org/414/9521234000013")
)

func spray() logbook.Entry {
	return logbook.Entry{
		Event: "urn:uuid:0f7a1c9e-52b1-4b57-9c8f-3f6a5d1e2b40", Task: logbook.Spray, Crop: crop, Place: plot, At: noon,
		Input: "Thuốc mẫu D", Active: "azoxystrobin", Dose: "0,5 l/ha", Interval: 7, Note: "sau mưa",
	}
}

func TestEntryIsAnEvent(t *testing.T) {
	for _, task := range logbook.Tasks {
		e := spray()
		e.Task = task
		raw, err := e.Document(base)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := epcis.DecodeDocument(raw, epcis.DefaultLimits)
		if err != nil {
			t.Fatalf("%s: %v", task, err)
		}
		if len(doc.Events) != 1 {
			t.Fatalf("%s: %d events", task, len(doc.Events))
		}
		got := doc.Events[0]
		if got.ID != e.Event || len(got.Objects) != 1 || got.Objects[0].ID != crop || got.Location != plot || got.Time.Time().UnixMilli() != noon.UnixMilli() || got.Zone != "+07:00" {
			t.Errorf("%s: %+v", task, got)
		}
		if has := strings.Contains(string(raw), "azoxystrobin"); has != task.TakesInput() {
			t.Errorf("%s names the ingredient: %v", task, has)
		}
		again, err := e.Document(base)
		if err != nil || string(again) != string(raw) {
			t.Errorf("%s: written twice it differs", task)
		}
	}
}

func TestOwnCodesHaveAHost(t *testing.T) {
	code, err := trace.NewCode("HTXN", "00002")
	if err != nil {
		t.Fatal(err)
	}
	e := spray()
	e.Crop = trace.MustID("/t/" + string(code) + "/10/V1")
	raw, err := e.Document(base)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := epcis.DecodeDocument(raw, epcis.DefaultLimits)
	if err != nil || doc.Events[0].Objects[0].ID != e.Crop {
		t.Errorf("%s: %v", raw, err)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*logbook.Entry)
		field  string
	}{
		{"as it should be", func(*logbook.Entry) {}, ""},
		{"another form of identifier", func(e *logbook.Entry) { e.Event = "1" }, "event"},
		{"an unknown task", func(e *logbook.Entry) { e.Task = "dancing" }, "task"},
		{"no crop", func(e *logbook.Entry) { e.Crop = trace.ID{} }, "crop"},
		{"a product for a crop", func(e *logbook.Entry) { e.Crop = crop.Product() }, "crop"},
		{"tomorrow", func(e *logbook.Entry) { e.At = noon.Add(24 * time.Hour) }, "at"},
		{"two years ago", func(e *logbook.Entry) { e.At = noon.AddDate(-2, 0, 0) }, "at"},
		{"nothing sprayed", func(e *logbook.Entry) { e.Input = "  " }, "input"},
		{"an empty remark", func(e *logbook.Entry) { e.Task, e.Note = logbook.Remark, "" }, "note"},
		{"a strange interval", func(e *logbook.Entry) { e.Interval = 400 }, "interval"},
		{"a long dose", func(e *logbook.Entry) { e.Dose = strings.Repeat("ô", logbook.MaxWords+1) }, "dose"},
		{"the longest dose", func(e *logbook.Entry) { e.Dose = strings.Repeat("ô", logbook.MaxWords) }, ""},
		{"a long note", func(e *logbook.Entry) { e.Note = strings.Repeat("ô", logbook.MaxNote+1) }, "note"},
	} {
		e := spray()
		c.change(&e)
		err := e.Check(noon)
		var said *ledger.Error
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.field != "" && (!asLedger(err, &said) || said.Field != c.field || said.Code != ledger.Invalid):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func asLedger(err error, to **ledger.Error) bool {
	e, ok := err.(*ledger.Error)
	*to = e
	return ok
}

func TestWithdraw(t *testing.T) {
	e := spray()
	raw, err := e.Document(base)
	if err != nil {
		t.Fatal(err)
	}
	was, err := epcis.DecodeDocument(raw, epcis.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := logbook.Withdraw(was.Payload(0), noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := epcis.DecodeDocument(wrong, epcis.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	got := doc.Events[0]
	if got.Error == nil || got.ID != e.Event || got.Hash != was.Events[0].Hash {
		t.Errorf("it is declared wrong: %+v", got)
	}
	for _, broken := range []string{"", "{}", `{"epcisBody":{"eventList":[]}}`} {
		if _, err := logbook.Withdraw([]byte(broken), noon); ledger.CodeOf(err) != ledger.Internal {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

// TestCorrect: a document that declares an event wrong and holds what stands instead,
// whatever context the event was recorded under.
func TestCorrect(t *testing.T) {
	e := spray()
	e.Interval, e.Unlisted, e.Label = 0, true, "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
	raw, err := e.Document(base)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte("sg"), []byte("other"))
	was, err := epcis.DecodeDocument(raw, epcis.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(was.Payload(0)); !strings.Contains(text, `"other:unlisted":true`) || !strings.Contains(text, `"other:label":"`+e.Label) {
		t.Errorf("what waits: %s", text)
	}
	right := e
	right.Event, right.Interval, right.Unlisted = "urn:uuid:00000000-0000-4000-8000-000000000009", 9, false
	both, err := right.Correct(was.Payload(0), noon.Add(time.Hour), base)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := epcis.DecodeDocument(both, epcis.DefaultLimits)
	if err != nil || len(doc.Events) != 2 {
		t.Fatalf("%v", err)
	}
	wrong, stands := doc.Events[0], doc.Events[1]
	if wrong.Error == nil || wrong.Hash != was.Events[0].Hash || len(wrong.Error.Corrections) != 1 || wrong.Error.Corrections[0] != right.Event {
		t.Errorf("what was wrong: %+v", wrong)
	}
	if stands.ID != right.Event || stands.Error != nil || stands.Wait != 9 || stands.Time != was.Events[0].Time || strings.Contains(string(stands.Raw), "unlisted") {
		t.Errorf("what stands: %+v", stands)
	}
}
