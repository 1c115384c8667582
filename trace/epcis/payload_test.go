package epcis

import (
	"bytes"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// roundTrip checks that an event's payload says what the event says.
func roundTrip(t testing.TB, d *Document, i int) []byte {
	t.Helper()
	payload := d.Payload(i)
	if !bytes.Equal(payload, d.Payload(i)) {
		t.Errorf("event %d: two payloads of it differ", i)
	}
	again, err := DecodePayload(payload)
	if err != nil {
		t.Fatalf("event %d: %v\n%s", i, err, payload)
	}
	if len(again.Events) != 1 || !reflect.DeepEqual(again.Events[0], d.Events[i]) {
		t.Errorf("event %d: read back as\n%+v\nwant\n%+v", i, again.Events, d.Events[i])
	}
	if !bytes.Equal(again.Payload(0), payload) {
		t.Errorf("event %d: the payload's payload is another", i)
	}
	return payload
}

func TestPayload(t *testing.T) {
	schema := officialSchema(t)
	files := append(referenceFiles(t, "examples/*.jsonld", 47), referenceFiles(t, "hash/*.jsonld", 10)...)
	for _, file := range files {
		d, err := DecodeDocument(readFile(t, file), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		for i := range d.Events {
			payload := roundTrip(t, d, i)
			if err := valid(schema, payload); err != nil {
				t.Errorf("%s, event %d: %v\n%s", filepath.Base(file), i, err, payload)
			}
			if !bytes.Contains(payload, d.Events[i].Raw) {
				t.Errorf("%s, event %d: not as it was written", filepath.Base(file), i)
			}
		}
	}
}

func TestPayloadText(t *testing.T) {
	context := `["` + ContextURL + `",{"example":"https://ns.example.com/epcis/"}]`
	event := with(`"example:a":1.0 `)
	tail := `,"epcisBody":{"eventList":[` + event + `]}}`
	start := `{"@context":` + context + `,"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-03T`
	header := `,"example:n":1.0,"example:ignoreFields":["example:b"],"sender":"me"`
	doc := strings.Replace(documentOf(event), `"epcisBody"`, header[1:]+`,"example:list":[1],"epcisHeader":{},"epcisBody"`, 1)
	d, err := DecodeDocument([]byte(doc), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(d.Payload(0)), start+`07:30:00+07:00"`+header+tail; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}

	alone := `{"@context":` + context + `,` + event[1:]
	if d, err = DecodeEvent([]byte(alone), DefaultLimits); err != nil {
		t.Fatal(err)
	}
	if got, want := string(roundTrip(t, d, 0)), start+`00:30:00.000Z","epcisBody":{"eventList":[`+alone+`]}}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if d.Type != "ObjectEvent" || string(d.Context) != context {
		t.Errorf("%+v", d)
	}
}

func FuzzDecodeDocument(f *testing.F) {
	for _, c := range schemaCases {
		f.Add([]byte(c.doc))
	}
	files, _ := filepath.Glob(reference + "*/*.jsonld")
	for _, file := range files {
		f.Add(readFile(f, file))
	}
	limits := Limits{Size: 1 << 20, Events: 100, Depth: 20}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := DecodeEvent(b, limits); err == nil {
			roundTrip(t, d, 0)
		}
		d, err := DecodeDocument(b, limits)
		if err != nil {
			return
		}
		var stored []*Stored
		for i := range d.Events {
			payload := roundTrip(t, d, i)
			s, err := OpenPayload(payload, d.Events[i].ID, 1)
			if err != nil || !bytes.Equal(s.Event, d.Events[i].Raw) {
				t.Fatalf("the scanner finds another event: %v", err)
			}
			stored = append(stored, s)
		}
		var answer bytes.Buffer
		if err := WriteQueryDocument(&answer, Query{}, stored); err != nil {
			t.Fatal(err)
		}
		again, err := DecodeDocument(answer.Bytes(), Limits{Size: 1 << 30, Events: 100, Depth: 30})
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Events {
			if !Equal(again.Events[i].Raw, d.Events[i].Raw) {
				t.Errorf("event %d changed in the answer", i)
			}
		}
	})
}

// FuzzScan holds that the scanner stays within the text, whatever it is.
func FuzzScan(f *testing.F) {
	f.Add([]byte(documentOf(with(`"example:a":[1,{"b":"\""}]`))))
	f.Add([]byte(`{"a":1,"b":tru`))
	f.Fuzz(func(t *testing.T, b []byte) {
		OpenPayload(b, "", 0)
		SingleEvent(&Stored{Context: []byte(`"urn:a:b"`), Event: b}, true)
		SingleEvent(&Stored{Context: b, Event: []byte(`{"@context":{},"a":1}`)}, true)
	})
}
