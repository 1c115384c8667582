package epcis

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

var recordTimes = regexp.MustCompile(`"recordTime": *"2026-06-03T15:20:00.000Z"`)

var recorded = ledger.Time(1_780_500_000_000) // 2026-06-03T15:20:00.000Z

func queryOf(t testing.TB, q Query, events ...*Stored) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteQueryDocument(&b, q, events); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestQueryDocumentOfExamples puts all events of all examples into one answer.
// Their contexts contradict each other here and there.
func TestQueryDocumentOfExamples(t *testing.T) {
	var stored []*Stored
	var hashes []string
	for _, file := range referenceFiles(t, "examples/*.jsonld", 47) {
		d, err := DecodeDocument(readFile(t, file), DefaultLimits)
		if err != nil {
			t.Fatal(filepath.Base(file), err)
		}
		for i, e := range d.Events {
			s, err := OpenPayload(d.Payload(i), e.ID, recorded)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, s)
			hashes = append(hashes, e.Hash)
		}
	}
	answer := queryOf(t, Query{Created: recorded}, stored...)
	if err := valid(officialSchema(t), answer); err != nil {
		t.Error(err)
	}
	d, err := DecodeDocument(answer, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Events) != 56 || d.Type != TypeQueryDocument || d.QueryName != "SimpleEventQuery" {
		t.Errorf("%d events, %s, %s", len(d.Events), d.Type, d.QueryName)
	}
	for i, e := range d.Events {
		// The same hash: no prefix means anything else than in its own document.
		if e.Hash != hashes[i] {
			t.Errorf("event %d: hash %s, want %s\n%s", i, e.Hash, hashes[i], e.Raw)
		}
		if n := len(recordTimes.FindAll(e.Raw, -1)); n != 1 {
			t.Errorf("event %d: recordTime %d times", i, n)
		}
	}
}

func TestQueryDocument(t *testing.T) {
	const url = `"` + ContextURL + `"`
	first := &Stored{[]byte(`[` + url + `,{"a":"urn:a:"}]`), []byte(` { "type":"ObjectEvent","x": 1.50 } `), "urn:id:1", recorded}
	same := &Stored{[]byte(`[` + url + `, {"a": "urn:a:"}, {"b":"urn:b:"}]`), []byte(`{"recordTime" : "x","eventID":"urn:id:2","b:c":1e2}`), "urn:id:2", recorded}
	other := &Stored{[]byte(`[` + url + `,{"a":"urn:other:"}]`), []byte(`{"a:x":1}`), "urn:id:3", recorded}
	vocab := &Stored{[]byte(`{"@vocab":"urn:v:"}`), []byte(`{"@context":[{"q":"urn:q:"}],"recordTime":"x","q:x":1}`), "urn:id:4", recorded}
	naive := &Stored{[]byte(url), []byte(`{"b:x":"a:y","recordTime":"x"}`), "urn:id:5", recorded}
	const start = `{"@context":`
	const middle = `,"type":"EPCISQueryDocument","schemaVersion":"2.0","creationDate":"2026-06-03T15:20:00.000Z","epcisBody":{"queryResults":{"queryName":`
	const list = `,"resultsBody":{"eventList":[`
	const time = `"recordTime":"2026-06-03T15:20:00.000Z"`
	for _, c := range []struct {
		query  Query
		events []*Stored
		want   string
	}{
		{Query{Created: recorded}, nil, start + `[` + url + `]` + middle + `"SimpleEventQuery"` + list},
		{Query{Created: recorded, Name: `a"b`, Subscription: "s"}, []*Stored{first, first},
			start + `[` + url + `,{"a":"urn:a:"}]` + middle + `"a\"b","subscriptionID":"s"` + list +
				` { "type":"ObjectEvent","x": 1.50,` + time + ` } , { "type":"ObjectEvent","x": 1.50,` + time + ` } `},
		{Query{Created: recorded, AssignIDs: true}, []*Stored{first, same},
			start + `[` + url + `,{"a":"urn:a:","b":"urn:b:"}]` + middle + `"SimpleEventQuery"` + list +
				` { "type":"ObjectEvent","x": 1.50,` + time + `,"eventID":"urn:id:1" } ,` +
				`{"recordTime" : "2026-06-03T15:20:00.000Z","eventID":"urn:id:2","b:c":1e2}`},
		{Query{Created: recorded}, []*Stored{same, other, vocab, naive},
			start + `[` + url + `,{"a":"urn:a:","b":"urn:b:"}]` + middle + `"SimpleEventQuery"` + list +
				`{"recordTime" : "2026-06-03T15:20:00.000Z","eventID":"urn:id:2","b:c":1e2},` +
				`{"@context":[` + url + `,{"a":"urn:other:"}],"a:x":1,` + time + `},` +
				`{"@context":[{"@vocab":"urn:v:"},{"q":"urn:q:"}],` + time + `,"q:x":1},` +
				`{"@context":[{"a":null,"b":null},` + url + `],"b:x":"a:y",` + time + `}`},
	} {
		if got := string(queryOf(t, c.query, c.events...)); got != c.want+`]}}}}` {
			t.Errorf("\n got %s\nwant %s", got, c.want+`]}}}}`)
		}
	}
	broken := &Stored{[]byte(url), []byte(`{"a"`), "", recorded}
	if err := WriteQueryDocument(&bytes.Buffer{}, Query{}, []*Stored{broken}); ledger.CodeOf(err) != ledger.Internal {
		t.Error(err)
	}
}

func TestSingleEvent(t *testing.T) {
	const url = `"` + ContextURL + `"`
	const time = `"recordTime":"2026-06-03T15:20:00.000Z"`
	for _, c := range []struct{ context, event, want string }{
		{url, `{"a":1 }`, `{"@context":` + url + `,"a":1,` + time + `,"eventID":"urn:id:1" }`},
		{url, `{"eventID":"x","recordTime":null}`, `{"@context":` + url + `,"eventID":"x","recordTime":"2026-06-03T15:20:00.000Z"}`},
		{`[` + url + `]`, `{"a":"}","@context": {"q":"urn:q:"},"eventID":"x"}`, `{"a":"}","@context": [` + url + `,{"q":"urn:q:"}],"eventID":"x",` + time + `}`},
		{url, `{"@context":` + url + `,"eventID":"x"}`, `{"@context":` + url + `,"eventID":"x",` + time + `}`},
	} {
		got, err := SingleEvent(&Stored{[]byte(c.context), []byte(c.event), "urn:id:1", recorded}, true)
		if err != nil || string(got) != c.want {
			t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
		}
	}
	got, err := SingleEvent(&Stored{[]byte(url), []byte(`{"a":1}`), "urn:id:1", recorded}, false)
	if err != nil || strings.Contains(string(got), "eventID") {
		t.Errorf("%v %s", err, got)
	}
}
