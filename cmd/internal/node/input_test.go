package node_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/epcis"
)

// with is a document of a good event and one with a member set to something else.
func (s *site) with(name string, value any) []byte {
	good, bad := s.newEvent("ObjectEvent", "OBSERVE", "inspecting"), s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
	good["epcList"], bad["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}, []string{"urn:epc:id:sgtin:4012345.011122.26"}
	if value == nil {
		delete(bad, name)
	} else {
		bad[name] = value
	}
	return documentOf(good, bad)
}

// TestBadDocuments: each is refused with the event and the field at fault, and
// nothing of it is recorded.
func TestBadDocuments(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	many := make([]event, 1001)
	for i := range many {
		many[i] = s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		many[i]["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}
	}
	nested := func(depth int) []byte {
		e := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		e["epcList"] = []string{"urn:epc:id:sgtin:4012345.011122.25"}
		e["deep"] = 0
		doc := string(documentOf(e))
		doc = strings.Replace(doc, `"`+epcisContext+`"`, `"`+epcisContext+`",{"ex":"https://example.com/"}`, 1)
		inner := strings.Repeat("[", depth) + strings.Repeat("]", depth)
		return []byte(strings.Replace(doc, `"deep":0`, `"ex:deep":`+inner, 1))
	}
	const above = 4 // document, body, list and event stand above an event's member
	tests := []struct {
		name   string
		body   []byte
		status int
		kind   string
		event  int    // at fault; -1 when it is the document
		field  string // a part of it
	}{
		{"malformed", []byte(`{"type":"EPCISDocument",`), 400, epcis.ValidationException, -1, ""},
		{"not JSON", []byte("<epcis/>"), 400, epcis.ValidationException, -1, ""},
		{"nothing", nil, 400, epcis.ValidationException, -1, ""},
		{"an array", []byte("[]"), 400, epcis.ValidationException, -1, ""},
		{"no type", []byte("{}"), 400, epcis.ValidationException, -1, "type"},
		{"another type", []byte(`{"type":"Thing"}`), 400, epcis.ValidationException, -1, "type"},
		{"no body", []byte(`{"@context":"` + epcisContext + `","type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-06-03T07:30:00Z"}`), 400, epcis.ValidationException, -1, "epcisBody"},
		{"no event", documentOf(), 400, epcis.ValidationException, -1, "eventList"},
		{"unknown event type", s.with("type", "HarvestEvent"), 400, epcis.ValidationException, 1, "eventList[1].type"},
		{"wrong type of value", s.with("epcList", "urn:epc:id:sgtin:4012345.011122.25"), 400, epcis.ValidationException, 1, "eventList[1].epcList"},
		{"number for text", s.with("bizStep", 7), 400, epcis.ValidationException, 1, "eventList[1].bizStep"},
		{"no time", s.with("eventTime", nil), 400, epcis.ValidationException, 1, "eventList[1].eventTime"},
		{"bad check digit", s.with("epcList", []string{"https://id.gs1.org/01/09520001000012/21/1"}), 400, epcis.ValidationException, 1, "eventList[1].epcList[0]"},
		{"no EPC", s.with("epcList", []string{"urn:epc:id:sgtin:4012345.11122"}), 400, epcis.ValidationException, 1, "eventList[1].epcList[0]"},
		{"impossible date", s.with("eventTime", "2026-02-30T07:30:00Z"), 400, epcis.ValidationException, 1, "eventList[1].eventTime"},
		{"impossible hour", s.with("eventTime", "2026-02-03T25:30:00Z"), 400, epcis.ValidationException, 1, "eventList[1].eventTime"},
		{"impossible zone", s.with("eventTimeZoneOffset", "+19:00"), 400, epcis.ValidationException, 1, "eventList[1].eventTimeZoneOffset"},
		{"event of the future", s.with("eventTime", "2199-01-01T00:00:00Z"), 400, epcis.ValidationException, -1, "eventList[1].eventTime"},
		{"unknown action", s.with("action", "TAKE"), 400, epcis.ValidationException, 1, "eventList[1].action"},
		{"unknown member", s.with("colour", "red"), 400, epcis.ValidationException, 1, "eventList[1].colour"},
		{"too many digits", s.with("quantityList", json.RawMessage(`[{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877","quantity":0.1234567,"uom":"KGM"}]`)), 400, epcis.ValidationException, 1, "eventList[1].quantityList[0].quantity"},
		{"1,001 events", documentOf(many...), 413, epcis.CaptureLimitExceededException, -1, "eventList"},
		{"9 MiB", bytes.Repeat([]byte(" "), 9<<20), 413, epcis.CaptureLimitExceededException, -1, ""},
		{"depth 65", nested(65 - above), 400, epcis.ValidationException, -1, ""},
	}
	size := s.Ledger.Size()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.capture(s.operator, ledger.Public, test.body)
			p := a.problem(t)
			if a.StatusCode != test.status || p.Type != test.kind || p.Title == "" || p.Detail == "" {
				t.Errorf("%s", a)
			}
			if !strings.Contains(p.Field, test.field) {
				t.Errorf("the field %q is not %q", p.Field, test.field)
			}
			if test.event < 0 {
				return
			}
			if len(p.Errors) == 0 || p.Errors[0].Event == nil || *p.Errors[0].Event != test.event || !strings.HasPrefix(p.Errors[0].Field, test.field) || p.Errors[0].Message == "" {
				t.Errorf("errors name another event or field: %s", a)
			}
		})
	}
	if s.Ledger.Size() != size {
		t.Errorf("%d entries were recorded", s.Ledger.Size()-size)
	}
	if list := s.allEvents("/epcis/events", s.operator); len(list) != 0 {
		t.Errorf("%d events were recorded", len(list))
	}
	// What is at the limits is taken.
	s.must(s.capture(s.operator, ledger.Public, nested(64-above)), http.StatusAccepted)
	s.must(s.capture(s.operator, ledger.Public, documentOf(many[:1000]...)), http.StatusAccepted)
	exact := documentOf(s.newEvent("ObjectEvent", "OBSERVE", "inspecting"))
	exact = bytes.Replace(exact, []byte(`"eventTime"`), []byte(`"epcList":["urn:epc:id:sgtin:4012345.011122.25"],"eventTime"`), 1)
	exact = append(exact, bytes.Repeat([]byte(" "), 8<<20-len(exact))...)
	s.must(s.capture(s.operator, ledger.Public, exact), http.StatusAccepted)
	s.must(s.capture(s.operator, ledger.Public, append(exact, ' ')), http.StatusRequestEntityTooLarge)
}

// TestManyProblems: all that is wrong is said at once.
func TestManyProblems(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	bad := s.newEvent("ObjectEvent", "TAKE", "inspecting")
	bad["epcList"], bad["eventTime"] = []string{"https://id.gs1.org/01/09520001000012/21/1"}, "yesterday"
	worse := s.newEvent("WrongEvent", "ADD", "inspecting")
	p := s.capture(s.operator, ledger.Public, documentOf(bad, worse)).problem(t)
	events := map[int]int{}
	for _, e := range p.Errors {
		if e.Event != nil {
			events[*e.Event]++
		}
	}
	if events[0] < 3 || events[1] < 1 {
		t.Errorf("%+v", p)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ok := s.with("action", "OBSERVE")
	one := []byte(`{"@context":["` + epcisContext + `"],"type":"ObjectEvent","eventTime":"2026-13-03T07:30:00Z","eventTimeZoneOffset":"+07:00","epcList":["urn:epc:id:sgtin:4012345.011122.25"],"action":"OBSERVE"}`)
	long := "urn:x:" + strings.Repeat("y", 2000)
	tests := []struct {
		method, path string
		header       header
		body         []byte
		status       int
		kind, field  string
	}{
		{"POST", "/epcis/capture", header{"Content-Type", "application/xml"}, ok, 415, epcis.UnsupportedMediaTypeException, "Content-Type"},
		{"POST", "/epcis/capture", header{"Content-Type", ""}, ok, 415, epcis.UnsupportedMediaTypeException, "Content-Type"},
		{"POST", "/epcis/capture", header{"Content-Type", "application/json", "Sogoc-Audience", "friends"}, ok, 400, epcis.ValidationException, "Sogoc-Audience"},
		{"POST", "/epcis/capture", header{"Content-Type", "application/json", "GS1-Capture-Error-Behaviour", "proceed"}, ok, 400, epcis.ValidationException, "GS1-Capture-Error-Behaviour"},
		{"POST", "/epcis/events", header{"Content-Type", "text/plain"}, one, 415, epcis.UnsupportedMediaTypeException, "Content-Type"},
		{"POST", "/epcis/events", header{"Content-Type", "application/json"}, one, 400, epcis.ValidationException, "eventTime"},
		{"POST", "/epcis/events", header{"Content-Type", "application/json"}, ok, 400, epcis.ValidationException, ""},
		{"GET", "/epcis/events?colour=red", nil, nil, 400, epcis.QueryParameterException, "colour"},
		{"GET", "/epcis/events?EQ_bizStep=packing&EQ_bizStep=shipping", nil, nil, 400, epcis.QueryParameterException, "EQ_bizStep"},
		{"GET", "/epcis/events?GE_eventTime=yesterday", nil, nil, 400, epcis.QueryParameterException, "GE_eventTime"},
		{"GET", "/epcis/events?MATCH_anyEPC=01/09520001000012", nil, nil, 400, epcis.QueryParameterException, "MATCH_anyEPC"},
		{"GET", "/epcis/events?EQ_readPoint=" + long, nil, nil, 400, epcis.QueryParameterException, "EQ_readPoint"},
		{"GET", "/epcis/events?perPage=0", nil, nil, 400, epcis.QueryParameterException, "perPage"},
		{"GET", "/epcis/events?perPage=1001", nil, nil, 400, epcis.QueryParameterException, "perPage"},
		{"GET", "/epcis/events?perPage=many", nil, nil, 400, epcis.QueryParameterException, "perPage"},
		{"GET", "/epcis/events?nextPageToken=elsewhere", nil, nil, 400, epcis.QueryParameterException, ""},
		{"GET", "/epcis/events/urn:uuid:00000000-0000-4000-8000-999999999999", nil, nil, 404, epcis.NoSuchResourceException, ""},
		{"GET", "/epcis/epcs/nothing/events", nil, nil, 400, epcis.QueryParameterException, "id"},
		{"GET", "/epcis/epcs/" + escaped("https://id.gs1.org/01/09520001000012") + "/events", nil, nil, 400, epcis.QueryParameterException, "id"},
		{"GET", "/epcis/capture/x", nil, nil, 400, epcis.QueryParameterException, "id"},
		{"GET", "/epcis/capture/0", nil, nil, 404, epcis.NoSuchResourceException, ""},
		{"GET", "/epcis/capture/99999", nil, nil, 404, epcis.NoSuchResourceException, ""},
		{"GET", "/epcis/nowhere", nil, nil, 404, epcis.NoSuchResourceException, ""},
		{"DELETE", "/epcis/events", nil, nil, 405, "about:blank", ""},
		{"GET", "/api/v1/nowhere", nil, nil, 404, "about:blank", ""},
		{"GET", "/api/v1/trace/nothing", nil, nil, 400, "about:blank", "id"},
		{"GET", "/api/v1/trace/" + escaped("urn:x:y") + "?direction=sideways", nil, nil, 400, "about:blank", ""},
		{"GET", "/api/v1/trace/" + escaped("urn:x:y") + "?nodes=0", nil, nil, 400, "about:blank", ""},
		{"GET", "/api/v1/passport/nothing", nil, nil, 400, "about:blank", "id"},
		{"GET", "/api/v1/passport/" + escaped("urn:x:y"), nil, nil, 404, "about:blank", ""},
		{"GET", "/api/v1/organisations?token=x", nil, nil, 400, "about:blank", ""},
		{"GET", "/api/v1/receipts/x", nil, nil, 400, "about:blank", "entry"},
		{"GET", "/api/v1/receipts/99", nil, nil, 404, "about:blank", ""},
		{"GET", "/api/v1/receipts/0?item=-1", nil, nil, 400, "about:blank", "item"},
		{"GET", "/api/v1/receipts/0?item=7", nil, nil, 404, "about:blank", ""},
		{"GET", "/api/v1/receipts/" + strings.Repeat("0", 64), nil, nil, 404, "about:blank", ""},
		{"POST", "/api/v1/records/registry/admit", header{"Content-Type", "application/json"}, []byte(`{`), 400, "about:blank", ""},
		{"POST", "/api/v1/records/registry/admit", header{"Content-Type", "application/json"}, []byte(`{"items":[]}`), 400, "about:blank", ""},
		{"POST", "/api/v1/records/registry/admit", header{"Content-Type", "application/json"}, []byte(`{"items":[{}]}`), 400, "about:blank", "items[0]"},
		{"POST", "/api/v1/records/registry/dance", header{"Content-Type", "application/json"}, []byte(`{"items":[{}]}`), 400, "about:blank", "action"},
		{"POST", "/api/v1/records/elsewhere/admit", header{"Content-Type", "application/json"}, []byte(`{"items":[{}]}`), 400, "about:blank", ""},
		{"POST", "/api/v1/records/traceability/capture", header{"Content-Type", "application/json"}, []byte(`{"items":[{}]}`), 400, "about:blank", "action"},
		{"POST", "/api/v1/transactions", header{"Content-Type", "application/json"}, []byte(`{}`), 400, "about:blank", ""},
		{"POST", "/api/v1/transactions", header{"Content-Type", "application/json"}, bytes.Repeat([]byte("x"), 2*ledger.MaxBodySize+1), 413, "about:blank", ""},
	}
	size := s.Ledger.Size()
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %.80s", test.method, test.path), func(t *testing.T) {
			a := s.call(test.method, test.path, s.operator, test.header, test.body)
			p := a.problem(t)
			if a.StatusCode != test.status || p.Type != test.kind || p.Field != test.field && test.field != "" {
				t.Errorf("got %s, want %d %s of %q", a, test.status, test.kind, test.field)
			}
			if p.Detail == "" || strings.Contains(p.Detail, "goroutine") {
				t.Errorf("detail %q", p.Detail)
			}
		})
	}
	if s.Ledger.Size() != size {
		t.Error("something was recorded")
	}
}

// TestHugeForms: no form fills the memory or the disk.
func TestHugeForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	b := s.signIn("hoa@example.vn")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := range 2000 {
		if err := w.WriteField(strings.Repeat("n", 1000)+fmt.Sprint(i), ""); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if got := b.call(http.MethodPost, "/apply", header{"Content-Type", w.FormDataContentType()}, body.Bytes()); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MB of names of fields: %s", got.Status)
	}
}
