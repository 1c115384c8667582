package node_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// examples are the standard's example documents by name.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(reference(t, "epcis", "examples"), "*.jsonld"))
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string][]byte{}
	for _, f := range files {
		if docs[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	if len(docs) != 47 {
		t.Fatalf("%d examples, not 47", len(docs))
	}
	return docs
}

// decoded reads a document and drops events that recur in it.
func decoded(t testing.TB, b []byte) []trace.Event {
	t.Helper()
	d, err := epcis.DecodeDocument(b, epcis.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(d.Events, func(e trace.Event) bool {
		again := seen[e.ID]
		seen[e.ID] = true
		return again
	})
}

// allEvents reads every page of a list of events, in its order.
func (s *site) allEvents(path, token string) (all []json.RawMessage) {
	s.Helper()
	for path != "" {
		a := s.must(s.get(path, token), http.StatusOK)
		var doc struct {
			Type string
			Body struct {
				Results struct {
					Name string `json:"queryName"`
					Body struct {
						List []json.RawMessage `json:"eventList"`
					} `json:"resultsBody"`
				} `json:"queryResults"`
			} `json:"epcisBody"`
		}
		a.into(s, &doc)
		if doc.Type != "EPCISQueryDocument" || doc.Body.Results.Name != "SimpleEventQuery" {
			s.Fatalf("not a query document: %s", a)
		}
		all = append(all, doc.Body.Results.Body.List...)
		path = nextPage(a.Header.Get("Link"))
	}
	return all
}

// nextPage is the address in <…>; rel="next".
func nextPage(link string) string {
	if len(link) < 14 {
		return ""
	}
	return link[1 : len(link)-len(`>; rel="next"`)]
}

// sameEvent compares an answered event with the one that was sent. The answer has
// the context of the document with it where it stands alone.
func sameEvent(t testing.TB, where string, sent, got json.RawMessage) {
	t.Helper()
	var a, b map[string]json.RawMessage
	if json.Unmarshal(sent, &a) != nil || json.Unmarshal(got, &b) != nil {
		t.Fatalf("%s: not JSON: %s", where, got)
	}
	if len(b["recordTime"]) == 0 {
		t.Errorf("%s: without recordTime: %s", where, got)
	}
	if _, own := a["@context"]; !own && b["@context"] != nil {
		delete(b, "@context")
		got, _ = json.Marshal(b)
	}
	if !epcis.Equal(sent, got) {
		t.Errorf("%s:\nsent %s\ngot  %s", where, sent, got)
	}
}

// TestExampleDocuments captures each of the standard's documents in a register of
// its own, and everything comes back as it was.
func TestExampleDocuments(t *testing.T) {
	for name, doc := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			events := decoded(t, doc)
			a := s.must(s.capture(s.operator, ledger.Public, doc), http.StatusAccepted)
			s.must(s.get(a.Header.Get("Location"), ""), http.StatusOK)
			list := s.allEvents("/epcis/events", "")
			if len(list) != len(events) {
				t.Fatalf("%d events of %d came back", len(list), len(events))
			}
			for i, e := range events {
				sameEvent(t, "in the list", e.Raw, list[i])
				sameEvent(t, "alone", e.Raw, s.must(s.get("/epcis/events/"+escaped(e.ID), ""), http.StatusOK).body)
				s.ofThings(&e)
			}
			size := s.Ledger.Size()
			s.must(s.capture(s.operator, ledger.Public, doc), http.StatusAccepted)
			if s.Ledger.Size() != size || len(s.allEvents("/epcis/events", "")) != len(events) {
				t.Error("captured twice, recorded twice")
			}
		})
	}
}

// ofThings finds an event by each of its things.
func (s *site) ofThings(e *trace.Event) {
	s.Helper()
	fact := trace.FactOf(e, "", ledger.Public)
	for stock := range fact.Stocks {
		path := "/epcis/epcs/" + escaped(stock.ID.String()) + "/events"
		if !slices.ContainsFunc(s.allEvents(path, ""), func(got json.RawMessage) bool {
			var b map[string]json.RawMessage
			if err := json.Unmarshal(got, &b); err != nil {
				s.Fatal(err)
			}
			delete(b, "@context")
			var a map[string]json.RawMessage
			if err := json.Unmarshal(e.Raw, &a); err != nil {
				s.Fatal(err)
			}
			delete(a, "@context")
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return epcis.Equal(x, y)
		}) {
			s.Errorf("%s does not list the event %s", path, e.ID)
		}
	}
}

// TestAllExamples captures all of the standard's documents in one register. Many
// of them hold the same events; three use an identifier again for other content.
func TestAllExamples(t *testing.T) {
	s := newSite(t)
	docs := examples(t)
	var conflicts []string
	sent := map[string]json.RawMessage{}
	var order []string
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range docs {
			if !yield(name) {
				return
			}
		}
	}) {
		size := s.Ledger.Size()
		a := s.capture(s.operator, ledger.Public, docs[name])
		if a.StatusCode == http.StatusConflict {
			if p := a.problem(t); p.Type != epcis.ResourceAlreadyExistsException || p.Field == "" || p.Detail == "" {
				t.Errorf("%s: %s", name, a)
			}
			if s.Ledger.Size() != size {
				t.Errorf("%s: refused, and recorded", name)
			}
			conflicts = append(conflicts, name)
			continue
		}
		s.must(a, http.StatusAccepted)
		for _, e := range decoded(t, docs[name]) {
			if sent[e.ID] == nil {
				sent[e.ID] = e.Raw
				order = append(order, e.ID)
			}
		}
	}
	if len(conflicts) != 3 {
		t.Errorf("%d documents are in conflict with others, not 3: %q", len(conflicts), conflicts)
	}
	list := s.allEvents("/epcis/events?perPage=7", "")
	if len(list) != len(order) {
		t.Fatalf("%d events of %d came back", len(list), len(order))
	}
	for i, id := range order {
		sameEvent(t, id, sent[id], list[i])
	}
}

func TestOneEvent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := []byte(`{"@context":["` + epcisContext + `"],"type":"ObjectEvent","eventID":"urn:uuid:1d0b3a9c-4a0a-4b7a-8f6e-3d5c6b7a8f90","eventTime":"2026-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00","epcList":["urn:epc:id:sgtin:4012345.011122.25"],"action":"OBSERVE","bizStep":"inspecting"}`)
	post := func() *answer {
		return s.must(s.call(http.MethodPost, "/epcis/events", s.operator, header{"Content-Type", "application/json", "Sogoc-Audience", "public"}, body), http.StatusCreated)
	}
	a := post()
	got := s.must(s.get(a.Header.Get("Location"), ""), http.StatusOK)
	sameEvent(t, "at its Location", body, got.body)
	size := s.Ledger.Size()
	if again := post(); again.Header.Get("Location") != a.Header.Get("Location") || s.Ledger.Size() != size {
		t.Error("posted again, it is another event")
	}
	if media := got.Header.Get("Content-Type"); media != "application/ld+json" {
		t.Errorf("Content-Type %q", media)
	}
	if v := got.Header.Get("GS1-EPCIS-Version"); v != "2.0.0" {
		t.Errorf("GS1-EPCIS-Version %q", v)
	}
}
