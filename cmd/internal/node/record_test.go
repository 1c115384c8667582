package node_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
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

// TestOnBehalf: a farmer lets the co-op record, its clerk does, both are named, and
// the farmer takes a line and then the permission back.
func TestOnBehalf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold)
	crop := s.crop(house, "V1")
	farmer, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	clerk, an := s.member("an", coop, ledger.RoleRecorder)
	agree, record := "/behalf/"+coop.org.String(), "/record?for="+farmer.Member.String()

	s.must(an.get(record), http.StatusForbidden)
	if page := s.must(hoa.get(agree), http.StatusOK); !strings.Contains(string(page.body), "Cho Hợp tác xã A ghi hộ bạn?") {
		t.Fatalf("who asks is not said: %s", page)
	}
	s.must(hoa.post(agree), http.StatusBadRequest)
	s.must(hoa.post(agree, "term", "season"), http.StatusSeeOther)
	if page := s.must(an.get("/behalf"), http.StatusOK); !strings.Contains(string(page.body), record) {
		t.Fatalf("the clerk is not told: %s", page)
	}
	if page := s.must(an.get(record), http.StatusOK); !strings.Contains(string(page.body), "Bạn đang ghi hộ <b>hoa</b>") || !strings.Contains(string(page.body), "Cây vải") {
		t.Errorf("for whom is not said, or their crop not offered: %s", page)
	}
	now := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")
	write := func(event string) *answer {
		return an.post("/record/new/irrigating", "event", event, "for", farmer.Member.String(), "crop", crop.String(), "at", now, "input", "Nước hồ", "audience", "parties")
	}
	first, second, third := trace.NewEventID(), trace.NewEventID(), trace.NewEventID()
	s.must(write(first), http.StatusSeeOther)
	s.must(write(second), http.StatusSeeOther)
	r, err := s.Index.Event(t.Context(), index.Viewer{Org: house.org}, first)
	if err != nil {
		t.Fatal(err)
	}
	if r.Member != clerk.Member || r.Org != coop.org || r.Acting() != house.org || r.Fact.OnBehalf == nil || *r.Fact.OnBehalf != farmer.Member {
		t.Errorf("both are named: %+v", r)
	}
	for who, b := range map[string]*browser{"the farmer": hoa, "the clerk": an} {
		if page := s.must(b.get("/record/mine"), http.StatusOK); !strings.Contains(string(page.body), "Ghi hộ <b>hoa</b> · người gõ thuộc <b>Hợp tác xã A</b>") {
			t.Errorf("%s does not see it: %s", who, page)
		}
	}
	s.must(hoa.post("/record/withdraw", "event", first), http.StatusSeeOther)
	s.must(an.post("/record/withdraw", "event", second), http.StatusSeeOther)
	for _, event := range []string{first, second} {
		if r, err := s.Index.Event(t.Context(), index.Viewer{Org: house.org}, event); err != nil || r.Voided == nil {
			t.Errorf("%s was not taken back: %v", event, err)
		}
	}
	s.must(hoa.post(agree+"/withdraw"), http.StatusSeeOther)
	s.must(an.get(record), http.StatusForbidden)
	s.must(write(third), http.StatusForbidden)
	// The contract says so too, whatever a page lets through.
	e := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
	e["quantityList"] = []any{map[string]any{"epcClass": crop.Link(publicURL)}}
	token := s.scoped(clerk, account.ScopeRecord)
	refused := s.call(http.MethodPost, "/epcis/capture", token, header{"Content-Type", "application/ld+json", "Sogoc-On-Behalf", farmer.Member.String()}, documentOf(e))
	s.must(refused, http.StatusForbidden)
}

// behalfRows are of who records for whom.
func (w *world) behalfRows() []row {
	path := "/behalf/" + w.b.org.String()
	return []row{
		{"GET /behalf", "/behalf", nil, nil, colleagues(200, 303)},
		{"GET /behalf/qr", "/behalf/qr", nil, nil, colleagues(200, 303)},
		{"GET /behalf/:org", path, nil, nil, colleagues(200, 303)},
		{"POST /behalf/:org", path, here, form("term", "forever"), colleagues(400, 401)},
		{"POST /behalf/:org/withdraw", "/behalf/" + strings.Repeat("0", 32) + "/withdraw", here, nil, colleagues(404, 401)},
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

// TestNamesOfHouseholds: whoever knows a household's number, which is no secret, does
// not learn from the pages about mandates what it is called.
func TestNamesOfHouseholds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Nguyễn Văn Kín", ledger.KindHousehold)
	_, an := s.member("an", coop, ledger.RoleRecorder)
	path := "/behalf/" + house.org.String()
	hides := func(a *answer) {
		t.Helper()
		if strings.Contains(string(a.body), house.name) {
			t.Errorf("%s tells a stranger a household's name", a.Request.URL.Path)
		}
	}
	hides(s.must(an.get(path), http.StatusOK))
	hides(an.post(path, "term", "forever"))
	s.must(an.post(path, "term", "season"), http.StatusSeeOther)
	hides(s.must(an.get("/behalf"), http.StatusOK))
	hides(s.must(an.get("/org/history"), http.StatusOK))
	hides(s.must(an.get("/record/mine"), http.StatusOK))
	hides(s.must(an.get("/account/data"), http.StatusOK))
}

// TestMandateOfOneWhoLeft: who has left, or was erased, lets nobody record any more.
func TestMandateOfOneWhoLeft(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, agent, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold)
	_, clerk := s.member("clerk", agent, ledger.RoleRecorder)
	crop := s.crop(coop, "V1")
	now := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")
	write := func(member ledger.ID, crop trace.ID) *answer {
		return clerk.post("/record/new/irrigating", "event", trace.NewEventID(), "for", member.String(), "crop", crop.String(), "at", now, "input", "Nước hồ", "audience", "parties")
	}
	token := func(id ledger.ID, lot trace.ID) *answer {
		e := s.newEvent("ObjectEvent", "OBSERVE", "inspecting")
		e["quantityList"] = []any{map[string]any{"epcClass": lot.Link(publicURL)}}
		return s.call(http.MethodPost, "/epcis/capture", agent.token, header{"Content-Type", "application/ld+json", "Sogoc-On-Behalf", id.String()}, documentOf(e))
	}
	// Somebody leaves a co-op by themself.
	hoa, hoaBrowser := s.member("hoa", coop, ledger.Roles...)
	s.must(hoaBrowser.post("/behalf/"+agent.org.String(), "term", "open"), http.StatusSeeOther)
	s.must(write(hoa.Member, crop), http.StatusSeeOther)
	s.must(hoaBrowser.post("/org/members/"+hoa.Member.String()+"/end", "reason", "Nghỉ"), http.StatusSeeOther)
	for name, a := range map[string]*answer{"a form": write(hoa.Member, crop), "the API": token(hoa.Member, crop), "a page": clerk.get("/record?for=" + hoa.Member.String())} {
		if a.StatusCode != http.StatusForbidden {
			t.Errorf("on behalf of one who left, by %s: %s", name, a.Status)
		}
	}
	// A household is erased.
	field := s.lot(s.product(house, 1, trace.Text{VI: "Vải nhà Hoa"}), "V1")
	planted := s.newEvent("ObjectEvent", "ADD", logbook.Vocabulary+"planting")
	planted["quantityList"] = kilos(field, 10)
	s.recordEvents(house, ledger.Parties, planted)
	ba := s.sole(house, "ba")
	s.must(ba.browser.post("/behalf/"+agent.org.String(), "term", "open"), http.StatusSeeOther)
	s.must(write(ba.id.Member, field), http.StatusSeeOther)
	s.must(ba.browser.post("/account/data/erase", "word", "XÓA"), http.StatusSeeOther)
	for name, a := range map[string]*answer{"a form": write(ba.id.Member, field), "the API": token(ba.id.Member, field), "a page": clerk.get("/record?for=" + ba.id.Member.String())} {
		if a.StatusCode != http.StatusForbidden {
			t.Errorf("on behalf of one who was erased, by %s: %s", name, a.Status)
		}
	}
}

type soleMember struct {
	id      *account.Identity
	browser *browser
}

// sole makes somebody the only administrator of an organisation.
func (s *site) sole(p *party, name string) soleMember {
	s.Helper()
	id, b := s.member(name, p, ledger.Roles...)
	s.direct(p.token, trace.ActionRevoke, trace.KeyRevocation{Key: p.identity.Address, Reason: "x"})
	return soleMember{id, b}
}

// TestSuspendedPrincipal: an agent reads nothing of a member who is suspended.
func TestSuspendedPrincipal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	agent, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold)
	_, clerk := s.member("clerk", agent, ledger.RoleRecorder)
	s.crop(house, "V1")
	hoa, hoaBrowser := s.member("hoa", house, ledger.RoleRecorder)
	s.must(hoaBrowser.post("/behalf/"+agent.org.String(), "term", "open"), http.StatusSeeOther)
	page := "/record?for=" + hoa.Member.String()
	s.must(clerk.get(page), http.StatusOK)
	s.direct(house.token, trace.ActionMember, trace.MemberChange{Member: hoa.Member, Roles: []ledger.Role{ledger.RoleRecorder}, Suspended: true, Reason: "x"})
	if a := clerk.get(page); a.StatusCode != http.StatusForbidden {
		t.Errorf("of a suspended member: %s", a.Status)
	}
	s.direct(house.token, trace.ActionMember, trace.MemberChange{Member: hoa.Member, Roles: []ledger.Role{ledger.RoleRecorder}, Reason: "x"})
	s.must(clerk.get(page), http.StatusOK)
	s.direct(s.operator, trace.ActionStand, trace.Standing{Org: house.org, Suspended: true, Reason: "x"})
	if a := clerk.get(page); a.StatusCode != http.StatusForbidden {
		t.Errorf("of a suspended organisation: %s", a.Status)
	}
}

// TestAnimals: what a herd or a pond is fed and treated with is noted as on a crop, and
// after a treatment the harvest waits as long as the label says.
func TestAnimals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã Tôm", ledger.KindCoop)
	pond := s.crop(coop, "AO-1")
	_, hoa := s.member("hoa", coop, ledger.RoleRecorder)
	at := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")
	note := func(task string, fields ...string) *answer {
		return hoa.post("/record/new/"+task, append([]string{"event", trace.NewEventID(), "crop", pond.String(), "at", at, "audience", "public"}, fields...)...)
	}
	query := "?" + url.Values{"crop": {pond.String()}}.Encode()
	contains(t, s.must(hoa.get("/record/new/feeding"+query), http.StatusOK), "Cho ăn gì")
	contains(t, s.must(hoa.get("/record/new/treating"+query), http.StatusOK), "Ngừng thuốc bao nhiêu ngày")
	s.must(note("feeding"), http.StatusBadRequest)
	s.must(note("feeding", "input", "Thức ăn viên 40% đạm", "dose", "12 kg"), http.StatusSeeOther)
	const waits = "Đang cách ly"
	if page := s.must(hoa.get("/record"), http.StatusOK); strings.Contains(string(page.body), waits) {
		t.Error("what was fed makes the harvest wait")
	}
	s.must(note("treating", "input", "Oxytetracycline", "active", "oxytetracycline", "dose", "5 g/kg thức ăn", "interval", "28"), http.StatusSeeOther)
	safe := time.Now().UTC().Add(7*time.Hour).AddDate(0, 0, 29).Format("02/01/2006")
	contains(t, s.must(hoa.get("/record"), http.StatusOK), waits, safe)
	contains(t, s.must(s.get(pond.Path(), ""), http.StatusOK), "Thuốc thú y, thủy sản", "Thức ăn viên 40% đạm")
	list := s.must(hoa.get("/record/mine"), http.StatusOK)
	contains(t, list, "Cho ăn", "Chữa bệnh")
}
