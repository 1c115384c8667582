package node_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// crop enters a standing crop of an organisation: a lot of a product under one of
// its register-issued codes, so many plants.
func (s *site) crop(p *party, lot string) trace.ID {
	s.Helper()
	product := trace.MustID("/t/" + string(s.code(p, "00002")))
	s.direct(p.token, trace.ActionProduct, trace.Product{
		ID: product, Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}, Perennial: true,
		Profile: s.describe(p.token, trace.Profile{Name: trace.Text{VI: "Cây vải", EN: "Lychee trees"}}, false),
	})
	id := s.lot(product, lot)
	planted := s.newEvent("ObjectEvent", "ADD", logbook.Vocabulary+"planting")
	planted["quantityList"] = []any{map[string]any{"epcClass": id.Link(publicURL), "quantity": 120}}
	planted["bizLocation"] = map[string]any{"id": p.place.Link("https://id.gs1.org")}
	s.recordEvents(p, ledger.Parties, planted)
	return id
}

var hiddenEvent = regexp.MustCompile(`name="event" value="([^"]+)"`)

// TestRecording: a recorder notes work on a crop, sends the form twice, and takes a
// wrong line back.
func TestRecording(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	crop := s.crop(coop, "V1")
	id, hoa := s.member("hoa", coop, ledger.RoleRecorder)
	_, stranger := s.member("an", other, ledger.Roles...)

	page := string(s.must(hoa.get("/record"), http.StatusOK).body)
	if !strings.Contains(page, "Cây vải") || !strings.Contains(page, "/record/new/spraying?crop=") {
		t.Fatalf("the crop is not offered: %s", page)
	}
	if page := s.must(stranger.get("/record"), http.StatusOK); strings.Contains(string(page.body), "Cây vải") {
		t.Error("another organisation is offered the crop")
	}
	task := "/record/new/spraying?" + url.Values{"crop": {crop.String()}}.Encode()
	s.must(stranger.get(task), http.StatusNotFound)
	form := string(s.must(hoa.get(task), http.StatusOK).body)
	event := hiddenEvent.FindStringSubmatch(form)[1]
	now := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")

	wrong := s.must(hoa.post("/record/new/spraying", "event", event, "crop", crop.String(), "at", now, "dose", "hai bình", "audience", "public"), http.StatusBadRequest)
	if body := string(wrong.body); !strings.Contains(body, "hai bình") || !strings.Contains(body, event) || !strings.Contains(body, `id="input-wrong"`) {
		t.Errorf("what was typed is not kept, or the field is not named: %s", body)
	}
	before := s.Ledger.Size()
	for range 2 {
		s.must(hoa.post("/record/new/spraying", "event", event, "crop", crop.String(), "at", now, "input", "Thuốc mẫu D", "active", "azoxystrobin", "dose", "hai bình", "interval", "7", "audience", "public"), http.StatusSeeOther)
	}
	if n := s.Ledger.Size() - before; n != 1 {
		t.Fatalf("a form that is sent twice makes %d records", n)
	}
	r, err := s.Index.Event(t.Context(), index.Viewer{}, event)
	if err != nil {
		t.Fatal(err)
	}
	if r.Member != id.Member || r.Org != coop.org || r.Fact.Step != logbook.Vocabulary+"spraying" || r.Fact.Location == nil || *r.Fact.Location != coop.place || r.Fact.Audience != ledger.Public {
		t.Errorf("recorded: %+v", r)
	}
	if page := s.must(s.get(crop.Path(), ""), http.StatusOK); !strings.Contains(string(page.body), "Thuốc mẫu D") {
		t.Error("the shopper's page does not show what was sprayed")
	}
	if again := s.must(hoa.get(task), http.StatusOK); !strings.Contains(string(again.body), `value="Thuốc mẫu D"`) {
		t.Error("the last product is not offered again")
	}

	if list := s.must(hoa.get("/record/mine"), http.StatusOK); !strings.Contains(string(list.body), event) || !strings.Contains(string(list.body), "hoa") {
		t.Errorf("the list: %s", list)
	}
	if refused := stranger.post("/record/withdraw", "event", event); refused.StatusCode != http.StatusForbidden {
		t.Errorf("another organisation takes it back: %s", refused)
	}
	s.must(hoa.post("/record/withdraw", "event", event), http.StatusSeeOther)
	if r, err := s.Index.Event(t.Context(), index.Viewer{}, event); err != nil || r.Voided == nil {
		t.Errorf("it was not taken back: %+v, %v", r, err)
	}
}

// recordRows are of the logbook.
func (w *world) recordRows() []row {
	crop := w.crop(w.a, "V1")
	mine := answers{303, 401, 403, 200, 200, 404, 404, 403, 200, 404, 404, 403}
	return []row{
		{"GET /record", "/record", nil, nil, answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 403}},
		{"GET /record/new/:task", "/record/new/spraying?" + url.Values{"crop": {crop.String()}}.Encode(), nil, nil, mine},
		{"POST /record/new/:task", "/record/new/spraying", here, form("crop", crop.String(), "at", "2026-06-03T07:00"), answers{401, 401, 403, 400, 400, 404, 404, 403, 400, 404, 404, 403}},
		{"GET /record/mine", "/record/mine", nil, nil, answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 200}},
		{"POST /record/withdraw", "/record/withdraw", here, form("event", "urn:uuid:00000000-0000-4000-8000-999999999999"), answers{401, 401, 403, 404, 404, 404, 404, 403, 404, 404, 404, 403}},
	}
}
