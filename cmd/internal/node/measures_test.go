package node_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// TestOwnUnits: what people count in is said once, with what is in one; then it is offered,
// and an event has both the words and exactly how much that is.
func TestOwnUnits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin, ledger.RoleRecorder)
	crop := s.crop(coop, "V1")
	plot := hidden(t, s.must(hoa.get("/plots/new"), http.StatusOK), "id")
	described := func(units string) *answer {
		return hoa.post("/plots/new", "id", plot, "kind", "plot", "name", "Vườn nhà", "commune", "07234", "units", units)
	}
	if a := s.must(described("bình 16 lít"), http.StatusBadRequest); !strings.Contains(string(a.body), `id="units-wrong"`) || !strings.Contains(string(a.body), "bình 16 lít") {
		t.Errorf("what is wrong is not said: %s", a)
	}
	s.must(described("bình = 16 lít\ngói = 25 g"), http.StatusSeeOther)

	task := "/record/new/spraying?" + url.Values{"crop": {crop.String()}}.Encode()
	if form := string(s.must(hoa.get(task), http.StatusOK).body); !strings.Contains(form, "bình (16,0 l)") && !strings.Contains(form, "bình (16 l)") {
		t.Errorf("the unit is not offered: %s", form)
	}
	now := time.Now().UTC().Add(7 * time.Hour).Format("2006-01-02T15:04")
	spray := func(event, used, unit string) *answer {
		return hoa.post("/record/new/spraying", "event", event, "crop", crop.String(), "at", now, "input", "Thuốc mẫu D", "used", used, "used_unit", unit, "audience", "parties")
	}
	document := func(event string) string {
		t.Helper()
		r, err := s.Index.Event(t.Context(), index.Viewer{Org: coop.org}, event)
		if err != nil {
			t.Fatal(err)
		}
		return string(s.must(hoa.get("/ipfs/"+r.Fact.Payload), http.StatusOK).body)
	}
	event := trace.NewEventID()
	for _, wrong := range [][2]string{{"hai", "bình"}, {"2", "thùng phuy"}, {"1.250", "bình"}} {
		if a := spray(event, wrong[0], wrong[1]); a.StatusCode < 400 || !strings.Contains(string(a.body), `id="used-wrong"`) {
			t.Errorf("%v: %s", wrong, a)
		}
	}
	s.must(spray(event, "2,5", "bình"), http.StatusSeeOther)
	for _, want := range []string{`"sg:used":"2,5 bình"`, `"sg:usedQuantity":40`, `"sg:usedUom":"LTR"`} {
		if doc := document(event); !strings.Contains(doc, want) {
			t.Errorf("the event lacks %s: %s", want, doc)
		}
	}
	// The unit of last time is the one that the form starts with.
	starts := func(path, unit string, want bool) {
		t.Helper()
		if page := string(s.must(hoa.get(path), http.StatusOK).body); strings.Contains(page, `<option value="`+unit+`" selected>`) != want {
			t.Errorf("%s: that it starts with %s is not %v: %s", path, unit, want, page)
		}
	}
	starts(task, "gói", false)
	s.must(spray(trace.NewEventID(), "3", "gói"), http.StatusSeeOther)
	s.must(spray(trace.NewEventID(), "", "bình"), http.StatusSeeOther) // how much is not said
	starts(task, "gói", true)
	starts(task, "bình", false)

	product := hidden(t, s.must(hoa.get("/products/new"), http.StatusOK), "id")
	s.must(hoa.upload("/products/new", "photo", "", nil, "id", product, "name", "Vải thiều", "unit", "KGM", "tolerance", "2", "hard_cap", "10", "units", "sọt = 20,5 kg\nchục = 12 quả"), http.StatusSeeOther)
	form := s.must(hoa.get("/batches/new"), http.StatusOK)
	if !strings.Contains(string(form.body), "sọt (20,5 kg)") {
		t.Errorf("the unit is not offered: %s", form)
	}
	harvest := func(event, unit string) *answer {
		return hoa.post("/batches/new", "event", event, "crops", crop.String(), "product-1", product, "lot-1", "VT1", "qty-1", "5", "unit-1", unit, "at", now, "audience", "parties")
	}
	made := trace.NewEventID()
	if a := s.must(harvest(made, "chục"), http.StatusBadRequest); !strings.Contains(string(a.body), `id="qty-1-wrong"`) {
		t.Errorf("fruits are no kilograms: %s", a)
	}
	s.must(harvest(made, "sọt"), http.StatusSeeOther)
	r, err := s.Index.Event(t.Context(), index.Viewer{Org: coop.org}, made)
	if err != nil || r.Fact.Outputs[0].Quantity.String() != "102.5 KGM" {
		t.Errorf("harvested: %+v, %v", r, err)
	}
	if doc := document(made); !strings.Contains(doc, `"sg:said":"5 sọt"`) {
		t.Errorf("what was said is not kept: %s", doc)
	}
	starts("/batches/new", "sọt", true)
	lot := s.lot(trace.MustID(product), "VT1")
	// Where the form says a quantity already, it is in the usual unit.
	starts("/batches/act/split?"+url.Values{"id": {lot.String()}}.Encode(), "sọt", false)
	count := trace.NewEventID()
	s.must(hoa.post("/batches/act/split", "event", count, "id", lot.String(), "qty", "2", "qty_unit", "sọt", "product-1", product, "lot-1", "VT1A", "qty-1", "1", "unit-1", "sọt", "product-2", product, "lot-2", "VT1B", "qty-2", "20,5", "unit-2", "", "at", now, "audience", "parties"), http.StatusSeeOther)
	if doc := document(count); !strings.Contains(doc, `"sg:said":"2 sọt; 1 sọt"`) || !strings.Contains(doc, `"quantity":41`) {
		t.Errorf("split: %s", doc)
	}
	usual := trace.NewEventID()
	s.must(hoa.post("/batches/new", "event", usual, "crops", crop.String(), "product-1", product, "lot-1", "VT2", "qty-1", "5", "unit-1", "", "at", now, "audience", "parties"), http.StatusSeeOther)
	starts("/batches/new", "sọt", false)
}
