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

// hidden is a hidden field of a page's form.
func hidden(t testing.TB, a *answer, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindSubmatch(a.body)
	if m == nil {
		t.Fatalf("there is no %s: %s", name, a)
	}
	return string(m[1])
}

// ownPlot records a drawn plot by the forms.
func (s *site) ownPlot(b *browser, name, corners string) string {
	s.Helper()
	id := hiddenID.FindStringSubmatch(string(s.must(b.get("/plots/new"), http.StatusOK).body))[1]
	s.must(b.post("/plots/new", "id", id, "kind", "plot", "name", name, "commune", "07234", "corners", corners, "assigned", "VN-BNOR-0001"), http.StatusSeeOther)
	return id
}

func today() string { return time.Now().UTC().Add(7 * time.Hour).Format(time.DateOnly) }

// landed is a page to which a form led, whose season is in the address.
func landed(t testing.TB, a *answer) trace.ID {
	t.Helper()
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := trace.ParseID(to.Query().Get("crop"))
	if err != nil {
		t.Fatalf("%s: %v", to, err)
	}
	return id
}

// TestSeasonOfAPlot: from a plot to the first line of its logbook, and to the season's end.
func TestSeasonOfAPlot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	house := s.admit("Hộ bà Hoa", ledger.KindHousehold)
	_, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	if page := s.must(hoa.get("/record"), http.StatusOK); !strings.Contains(string(page.body), `href="/crops/new"`) {
		t.Errorf("where to begin is not said: %s", page)
	}
	plot := s.ownPlot(hoa, "Vườn nhà", orchardCorners)
	form := s.must(hoa.get("/crops/new?"+url.Values{"plot": {plot}}.Encode()), http.StatusOK)
	event, product := hidden(t, form, "event"), hidden(t, form, "product_id")
	begin := func(more ...string) *answer {
		return hoa.post("/crops/new", append([]string{"event", event, "product_id", product, "plot", plot, "crop_name", "Vải thiều", "planted", today(), "variety", "U hồng", "year", "1998", "audience", "parties"}, more...)...)
	}
	before := s.Ledger.Size()
	for _, wrong := range [][]string{{"planted", "mai"}, {"year", "năm ngoái"}, {"area", "nhiều"}, {"area", "1.250", "area_unit", "m2"}, {"area", "1", "area_unit", "mẫu"}, {"plot", "nowhere"}, {"crop_name", ""}, {"variety", strings.Repeat("x", 300)}} {
		fields := []string{"event", event, "product_id", product, "plot", plot, "crop_name", "Vải thiều", "planted", today()}
		for i := 0; i < len(fields); i += 2 {
			if fields[i] == wrong[0] {
				fields[i+1] = wrong[1]
			}
		}
		if a := hoa.post("/crops/new", append(fields, wrong...)...); a.StatusCode != http.StatusBadRequest && a.StatusCode != http.StatusConflict {
			t.Errorf("%v: %s", wrong, a)
		}
	}
	if n := s.Ledger.Size() - before; n != 0 {
		t.Fatalf("%d things are recorded of a form at fault", n)
	}
	a := s.must(begin(), http.StatusSeeOther)
	crop := landed(t, a)
	if again := landed(t, s.must(begin(), http.StatusSeeOther)); again != crop || s.Ledger.Size()-before != 2 {
		t.Errorf("sent twice it is %s and %s, %d records", crop, again, s.Ledger.Size()-before)
	}
	view := index.Viewer{Org: house.org}
	r, err := s.Index.Event(t.Context(), view, event)
	if err != nil {
		t.Fatal(err)
	}
	if q := r.Fact.Objects[0].Quantity; r.Fact.Step != logbook.StepPlanting || q == nil || q.String() != "11483 MTK" || r.Fact.Location == nil || r.Fact.Location.String() != plot {
		t.Errorf("recorded: %+v", r.Fact)
	}
	doc := string(s.must(hoa.get("/ipfs/"+r.Fact.Payload), http.StatusOK).body)
	for _, want := range []string{`"sg:variety":"U hồng"`, `"sg:plantedYear":1998`, `"sg:areaHectares":1.1483`, `"sg:plantingArea":"VN-BNOR-0001"`} {
		if !strings.Contains(doc, want) {
			t.Errorf("the document lacks %s: %s", want, doc)
		}
	}
	record := "/record?" + url.Values{"crop": {crop.String()}}.Encode()
	page := s.must(hoa.get(record), http.StatusOK)
	if !strings.Contains(string(page.body), "Vải thiều · Vườn nhà") {
		t.Errorf("the season is not offered: %s", page)
	}
	s.must(hoa.post("/record/new/irrigating", "event", trace.NewEventID(), "crop", crop.String(), "at", time.Now().UTC().Add(7*time.Hour).Format("2006-01-02T15:04"), "input", "Nước hồ", "audience", "parties"), http.StatusSeeOther)
	if one := s.must(hoa.get("/plots/one?"+url.Values{"id": {plot}}.Encode()), http.StatusOK); !strings.Contains(string(one.body), "Vải thiều") {
		t.Errorf("the plot does not show its season: %s", one)
	}
	// What was said last is offered again.
	if next := s.must(hoa.get("/crops/new?"+url.Values{"plot": {plot}}.Encode()), http.StatusOK); !strings.Contains(string(next.body), `value="U hồng"`) || !strings.Contains(string(next.body), `value="`+product+`" checked`) {
		t.Errorf("the last season is not offered again: %s", next)
	}

	ending := hidden(t, page, "event")
	for range 2 {
		s.must(hoa.post("/crops/end", "event", ending, "crop", crop.String()), http.StatusSeeOther)
	}
	if page := s.must(hoa.get("/record"), http.StatusOK); strings.Contains(string(page.body), "Vải thiều") {
		t.Errorf("a season that is over is offered: %s", page)
	}
	s.must(hoa.post("/crops/end", "event", trace.NewEventID(), "crop", crop.String()), http.StatusNotFound)
	s.must(hoa.post("/record/withdraw", "event", ending), http.StatusSeeOther)
	if page := s.must(hoa.get("/record"), http.StatusOK); !strings.Contains(string(page.body), "Vải thiều") {
		t.Errorf("an ending that was taken back ends it: %s", page)
	}
}

// TestWholeOrchard: where nobody has drawn anything, one form begins a season of the
// whole orchard, once.
func TestWholeOrchard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	house := s.admitIn("Hộ ông Bình", ledger.KindHousehold, "07234")
	_, binh := s.member("binh", house, ledger.RoleAdmin, ledger.RoleRecorder)
	_, worker := s.member("tho", house, ledger.RoleRecorder)
	s.publishCommunes()
	if page := s.must(worker.get("/crops/new"), http.StatusOK); strings.Contains(string(page.body), "<form method=\"post\" action=\"/crops/new\"") {
		t.Errorf("who may not add a place is asked for one: %s", page)
	}
	form := s.must(binh.get("/crops/new"), http.StatusOK)
	fields := []string{"event", hidden(t, form, "event"), "whole_id", hidden(t, form, "whole_id"), "product_id", hidden(t, form, "product_id"), "plot", "whole", "crop_name", "Bưởi da xanh", "planted", today(), "area_unit", "sao_north"}
	before := s.Ledger.Size()
	s.must(binh.post("/crops/new", fields...), http.StatusBadRequest) // how large it is is not said
	fields = append(fields, "area", "2,5")
	for range 2 {
		s.must(binh.post("/crops/new", fields...), http.StatusSeeOther)
	}
	if n := s.Ledger.Size() - before; n != 3 {
		t.Errorf("a place, a crop and its season are %d records", n)
	}
	places, _, err := s.Index.Places(t.Context(), index.Viewer{Org: house.org}, house.org, index.Page{})
	if err != nil || len(places) != 2 {
		t.Fatalf("%+v, %v", places, err)
	}
	for _, p := range places {
		if p.Kind == trace.PlacePlot && (p.Profile.Name.VI != "Cả vườn" || p.Commune != "07234" || !p.Place.Profile.Sealed) {
			t.Errorf("the whole orchard: %+v", p)
		}
	}
	if page := s.must(worker.get("/record"), http.StatusOK); !strings.Contains(string(page.body), "Bưởi da xanh · Cả vườn") {
		t.Errorf("the worker is not offered the season: %s", page)
	}
}

// TestSoilTests: a result is noted with its report, shown on the plot's page to its
// organisation alone, and taken back.
func TestSoilTests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	house, other := s.admit("Hộ bà Hoa", ledger.KindHousehold), s.admit("Hợp tác xã A", ledger.KindCoop)
	farmer, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	_, an := s.member("an", other, ledger.Roles...)
	plot := s.ownPlot(hoa, "Vườn nhà", orchardCorners)
	one := "/plots/one?" + url.Values{"id": {plot}}.Encode()
	ask := "/plots/tests/new?" + url.Values{"plot": {plot}}.Encode()
	event := hidden(t, s.must(hoa.get(ask), http.StatusOK), "event")
	note := func(b *browser, file string, more ...string) *answer {
		return b.upload("/plots/tests/new", "report", "phieu.pdf", []byte(file), append([]string{"event", event, "plot", plot, "sampled", today(), "laboratory", "Trung tâm Quan trắc", "audience", "own"}, more...)...)
	}
	for _, wrong := range [][]string{{"sample", "soil"}, {"sample", "soil", "ph", "15"}, {"sample", "air", "ph", "6,4"}, {"sample", "water", "organic", "3"}, {"sample", "soil", "ph", "chua"}} {
		if a := s.must(note(hoa, pdf, wrong...), http.StatusBadRequest); !strings.Contains(string(a.body), "Trung tâm Quan trắc") {
			t.Errorf("%v: what was typed is gone: %s", wrong, a)
		}
	}
	s.must(note(hoa, script, "sample", "soil", "ph", "6,4"), http.StatusBadRequest)
	before := s.Ledger.Size()
	for range 2 {
		s.must(note(hoa, pdf, "sample", "water", "ph", "6,4", "salinity", "1,25", "lead", "0"), http.StatusSeeOther)
	}
	if n := s.Ledger.Size() - before; n != 1 {
		t.Errorf("a form that is sent twice makes %d records", n)
	}
	page := string(s.must(hoa.get(one), http.StatusOK).body)
	for _, want := range []string{"Độ mặn", "1,25 g/l", "6,4", "0 mg/l", "Trung tâm Quan trắc", "/plots/tests/report?event="} {
		if !strings.Contains(page, want) {
			t.Errorf("the plot's page lacks %q: %s", want, page)
		}
	}
	report := "/plots/tests/report?" + url.Values{"event": {event}}.Encode()
	if a := s.must(hoa.get(report), http.StatusOK); string(a.body) != pdf || a.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the report: %v %q", a.Header, a.body)
	}
	s.must(an.get(report), http.StatusNotFound)
	s.must(an.get(ask), http.StatusNotFound)
	s.must(note(an, pdf, "sample", "soil", "ph", "6,4"), http.StatusNotFound)
	if page := s.must(s.get("/epcis/events?EQ_bizStep=sensor_reporting", ""), http.StatusOK); strings.Contains(string(page.body), event) {
		t.Errorf("everybody reads an own test: %s", page)
	}

	// Somebody who may record for her does so.
	s.must(hoa.post("/behalf/"+other.org.String(), "term", "season"), http.StatusSeeOther)
	event = trace.NewEventID()
	s.must(note(an, "", "sample", "soil", "ph", "5,5", "for", farmer.Member.String()), http.StatusSeeOther)
	r, err := s.Index.Event(t.Context(), index.Viewer{Org: house.org}, event)
	if err != nil || r.Acting() != house.org || r.Org != other.org {
		t.Errorf("on her behalf: %+v, %v", r, err)
	}
	s.must(hoa.post("/record/withdraw", "event", event), http.StatusSeeOther)
	if page := string(s.must(hoa.get(one), http.StatusOK).body); !strings.Contains(page, "Đã rút lại") {
		t.Errorf("it was not taken back: %s", page)
	}
}

// TestSeasonOnBehalf: a clerk begins a season for a farmer of a crop that the co-op lets
// her grow, and ends it.
func TestSeasonOnBehalf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, house := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hộ bà Hoa", ledger.KindHousehold)
	farmer, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	clerk, an := s.member("an", coop, ledger.RoleAdmin, ledger.RoleRecorder)
	product := trace.MustID("/t/" + string(s.code(coop, "00002")))
	s.direct(coop.token, trace.ActionProduct, trace.Product{
		ID: product, Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}, Perennial: true, Makers: []ledger.ID{house.org},
		Profile: s.describe(coop.token, trace.Profile{Name: trace.Text{VI: "Cây vải", EN: "Lychee trees"}}, false),
	})
	plot := s.ownPlot(hoa, "Vườn nhà", orchardCorners)
	member := farmer.Member.String()
	s.must(an.get("/crops/new?for="+member), http.StatusForbidden)
	s.must(hoa.post("/behalf/"+coop.org.String(), "term", "season"), http.StatusSeeOther)
	form := s.must(an.get("/crops/new?for="+member), http.StatusOK)
	if !strings.Contains(string(form.body), "Cây vải") || strings.Contains(string(form.body), `name="crop_name"`) {
		t.Errorf("what may be grown: %s", form)
	}
	event := hidden(t, form, "event")
	fields := []string{"event", event, "for", member, "plot", plot, "product", product.String(), "planted", today(), "audience", "public"}
	if a := s.must(an.post("/crops/new", fields...), http.StatusBadRequest); !strings.Contains(string(a.body), `id="plants-wrong"`) {
		t.Errorf("trees are counted: %s", a)
	}
	crop := landed(t, s.must(an.post("/crops/new", append(fields, "plants", "120")...), http.StatusSeeOther))
	r, err := s.Index.Event(t.Context(), index.Viewer{}, event)
	if err != nil || r.Acting() != house.org || r.Org != coop.org || r.Member != clerk.Member || r.Fact.Objects[0].Quantity.String() != "120" {
		t.Errorf("recorded: %+v, %v", r, err)
	}
	// A plot of one's own is none of hers.
	mine := s.ownPlot(an, "Vườn mẫu", besideCorners)
	s.must(an.post("/crops/new", "event", trace.NewEventID(), "for", member, "plot", mine, "product", product.String(), "planted", today(), "plants", "1"), http.StatusBadRequest)
	s.must(an.post("/crops/end", "event", trace.NewEventID(), "for", member, "crop", crop.String()), http.StatusSeeOther)
	if page := s.must(hoa.get("/record"), http.StatusOK); strings.Contains(string(page.body), "Cây vải") {
		t.Errorf("the season goes on: %s", page)
	}
}

// cropRows are of seasons and tests.
func (w *world) cropRows() []row {
	q := "?" + url.Values{"plot": {w.a.place.String()}}.Encode()
	own := func(code, other int) answers {
		return answers{401, 401, 403, code, code, other, other, 403, code, other, other, 403}
	}
	return []row{
		{"GET /crops/new", "/crops/new", nil, nil, answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 403}},
		{"POST /crops/new", "/crops/new", here, form("plot", "nowhere"), own(400, 400)},
		{"POST /crops/end", "/crops/end", here, form("crop", "https://id.gs1.org/01/09521234000006/10/V1"), own(404, 404)},
		{"GET /plots/tests/new", "/plots/tests/new" + q, nil, nil, answers{303, 401, 403, 200, 200, 404, 404, 403, 200, 404, 404, 403}},
		{"POST /plots/tests/new", "/plots/tests/new", here, form("plot", w.a.place.String()), own(400, 404)},
		{"GET /plots/tests/report", "/plots/tests/report?event=urn:uuid:00000000-0000-4000-8000-999999999999", nil, nil, answers{303, 401, 403, 404, 404, 404, 404, 403, 403, 403, 403, 403}},
	}
}
