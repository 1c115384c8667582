package node_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

var hiddenID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// corners of an orchard beside the one of another name, in Lục Ngạn.
const (
	orchardCorners = "21.374512, 106.581204\n21.374512, 106.582204\n21.375512, 106.582204\n21.375512, 106.581204"
	besideCorners  = "21.374512, 106.582204\n21.374512, 106.583204\n21.375512, 106.583204\n21.375512, 106.582204"
	overCorners    = "21.375012, 106.581704\n21.375012, 106.582704\n21.376012, 106.582704\n21.376012, 106.581704"
)

// publishCommunes publishes a list of two communes, 8 km apart, and one far away.
func (s *site) publishCommunes() {
	s.Helper()
	at := func(lat, lon string) *trace.Position { return &trace.Position{Lat: lat, Lon: lon} }
	north, south := trace.Text{VI: "tỉnh Bắc Ninh"}, trace.Text{VI: "tỉnh Vĩnh Long"}
	list, err := json.Marshal(trace.ReferenceList{Title: trace.Text{VI: "Đơn vị hành chính"}, Entries: []trace.ListEntry{
		{Code: "07234", Name: trace.Text{VI: "xã Lục Ngạn"}, Province: north, At: at("21.371", "106.577")},
		{Code: "07235", Name: trace.Text{VI: "xã Tân Sơn"}, Province: north, At: at("21.480", "106.770")},
		{Code: "28789", Name: trace.Text{VI: "xã Mỏ Cày"}, Province: south, At: at("10.134", "106.333")},
	}})
	if err != nil {
		s.Fatal(err)
	}
	s.direct(s.operator, trace.ActionList, trace.List{Name: trace.ListUnits, Version: 1, Payload: s.upload(s.operator, list, false)})
}

// TestPlots: an administrator draws a plot, is told what is wrong with others, changes
// and closes it, and has it as GeoJSON.
func TestPlots(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishCommunes()
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin, ledger.RoleRecorder)
	_, clerk := s.member("an", coop, ledger.RoleRecorder)

	form := s.must(hoa.get("/plots/new"), http.StatusOK)
	if p := form.Header.Get("Permissions-Policy"); !strings.Contains(p, "geolocation=(self)") {
		t.Errorf("the phone may not say where it is: %s", p)
	}
	if p := s.must(hoa.get("/plots"), http.StatusOK).Header.Get("Permissions-Policy"); !strings.Contains(p, "geolocation=()") {
		t.Errorf("another page may ask where the phone is: %s", p)
	}
	id := hiddenID.FindStringSubmatch(string(form.body))[1]
	add := func(id, name, corners string, more ...string) *answer {
		return hoa.post("/plots/new", append([]string{"id", id, "kind", "plot", "name", name, "commune", "07234", "corners", corners, "area_unit", "m2"}, more...)...)
	}
	for what, corners := range map[string]string{
		"góc 3":                  "21.3745, 106.5812\n21.3745, 106.5822\n1.3755, 106.5822",
		"góc 1 cắt":              "21.3745, 106.5812\n21.3755, 106.5822\n21.3755, 106.5812\n21.3745, 106.5822",
		"Góc 2 chưa đọc được":    "21.3745, 106.5812\nbờ ao",
		"Cần ít nhất 3 góc":      "21.3745, 106.5812\n21.3755, 106.5822",
		"Lớn quá: hơn 1.000 ha.": "21.3, 106.5\n21.3, 106.6\n21.4, 106.6",
	} {
		a := s.must(add(id, "Vườn nhà", corners), http.StatusBadRequest)
		if body := string(a.body); !strings.Contains(strings.ToLower(body), strings.ToLower(what)) || !strings.Contains(body, strings.SplitN(corners, "\n", 2)[0]) {
			t.Errorf("%s is not said, or what was typed is gone: %s", what, body)
		}
	}
	for _, wrong := range [][]string{{"name", ""}, {"commune", "99999"}, {"commune", "28789"}, {"kind", "palace"}, {"assigned", strings.Repeat("x", 61)}} {
		fields := []string{"id", id, "kind", "plot", "name", "Vườn nhà", "commune", "07234", "corners", orchardCorners}
		for i := 0; i < len(fields); i += 2 {
			if fields[i] == wrong[0] {
				fields[i+1] = wrong[1]
			}
		}
		s.must(hoa.post("/plots/new", append(fields, wrong...)...), http.StatusBadRequest)
	}
	before := s.Ledger.Size()
	for range 2 {
		s.must(add(id, "Vườn nhà", orchardCorners, "assigned", "VN-BNOR-0001"), http.StatusSeeOther)
	}
	if n := s.Ledger.Size() - before; n != 1 {
		t.Fatalf("a form that is sent twice makes %d records", n)
	}
	one := "/plots/one?" + url.Values{"id": {id}}.Encode()
	page := string(s.must(hoa.get(one), http.StatusOK).body)
	for _, want := range []string{"Vườn nhà", "1,1483\u00a0ha", "11.483\u00a0m²", "31,9\u00a0sào Bắc Bộ", "xã Lục Ngạn", "VN-BNOR-0001", "21.374512, 106.581204", `class="ground chosen"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the plot's page lacks %q: %s", want, page)
		}
	}
	s.must(clerk.get(one), http.StatusOK)
	s.must(clerk.get("/plots/new"), http.StatusForbidden)

	fresh := func() string {
		return hiddenID.FindStringSubmatch(string(s.must(hoa.get("/plots/new"), http.StatusOK).body))[1]
	}
	s.must(add(fresh(), "Vườn bên", besideCorners), http.StatusSeeOther)
	over := fresh()
	if a := s.must(add(over, "Vườn chồng", overCorners), http.StatusConflict); !strings.Contains(string(a.body), "Chồng lên <b>Vườn nhà</b>, ở gần góc <b>1</b>") || !strings.Contains(string(a.body), "Chồng lên <b>Vườn bên</b>") {
		t.Errorf("the plot below is not named: %s", a)
	}
	s.must(add(over, "Vườn chồng", overCorners, "sure", "true"), http.StatusSeeOther)
	far := fresh()
	if a := s.must(hoa.post("/plots/new", "id", far, "kind", "plot", "name", "Nương", "commune", "07235", "corners", orchardCorners, "sure", ""), http.StatusConflict); !strings.Contains(string(a.body), "gần <b>xã Lục Ngạn</b> hơn") {
		t.Errorf("the nearer commune is not named: %s", a)
	}
	s.must(hoa.post("/plots/new", "id", far, "kind", "plot", "name", "Cả vườn", "commune", "07234", "area", "2,5", "area_unit", "sao_north"), http.StatusSeeOther)
	house := fresh()
	s.must(hoa.post("/plots/new", "id", house, "kind", "packing_house", "name", "Nhà sơ chế", "commune", "07234", "assigned", "VN-BNPH-009"), http.StatusSeeOther)
	place := func(id string) *index.Place {
		t.Helper()
		p, err := s.Index.Place(t.Context(), index.Viewer{Org: coop.org}, trace.MustID(id))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := place(far); p.Profile.Area != "0.09" || len(p.Profile.Outline) != 0 || !p.Place.Profile.Sealed {
		t.Errorf("an orchard that nobody drew: %+v", p.Profile)
	}
	if p := place(house); p.Place.Profile.Sealed || p.Profile.Assigned != "VN-BNPH-009" {
		t.Errorf("a co-op's packing house: %+v", p)
	}

	edit := "/plots/edit?" + url.Values{"id": {id}}.Encode()
	if body := string(s.must(hoa.get(edit), http.StatusOK).body); !strings.Contains(body, "21.374512, 106.581204") || !strings.Contains(body, "Vườn nhà") {
		t.Errorf("the form does not have what is known: %s", body)
	}
	s.must(hoa.post("/plots/edit", "id", id, "name", "Vườn cũ", "commune", "07234", "corners", orchardCorners, "sure", "true"), http.StatusSeeOther)
	if p := place(id); p.Profile.Name.VI != "Vườn cũ" || p.Profile.Assigned != "" {
		t.Errorf("changed: %+v", p.Profile)
	}
	s.must(hoa.post("/plots/close", "id", id, "close", "true"), http.StatusSeeOther)
	if p := place(id); p.Profile.Closed == "" || len(p.Profile.Outline) != 4 {
		t.Errorf("closed: %+v", p.Profile)
	}
	export := func() (doc struct {
		Features []struct {
			Properties map[string]any
			Geometry   *struct{ Coordinates [][][2]float64 }
		}
	}) {
		s.must(hoa.get("/plots.geojson"), http.StatusOK).into(t, &doc)
		return doc
	}
	if doc := export(); len(doc.Features) != 3 {
		t.Errorf("a closed plot and a packing house are exported: %+v", doc)
	}
	s.must(hoa.post("/plots/close", "id", id), http.StatusSeeOther)
	doc := export()
	if len(doc.Features) != 4 {
		t.Fatalf("exported: %+v", doc)
	}
	for _, f := range doc.Features {
		p := f.Properties
		if p["ProducerCountry"] != "VN" || p["ProducerName"] != "Hợp tác xã A" || p["Area"] == nil || (f.Geometry == nil) != (p["name"] == "Cả vườn") {
			t.Errorf("exported: %+v", f)
		}
	}

	// What was exported is taken by another organisation: plots go from one register to
	// another.
	other := s.admit("Công ty B", ledger.KindExporter)
	_, an := s.member("binh", other, ledger.RoleAdmin)
	file := s.must(hoa.get("/plots.geojson"), http.StatusOK).body
	s.must(an.upload("/plots/import", "geojson", "plots.geojson", file, "commune", "07234", "sure", "true"), http.StatusSeeOther)
	if list, _, err := s.Index.Places(t.Context(), index.Viewer{Org: other.org}, other.org, index.Page{}); err != nil || len(list) != 4 {
		t.Errorf("imported: %d, %v", len(list), err)
	}
	bad := []byte(`{"type":"Polygon","coordinates":[[[106.5812,21.3745],[106.5822,21.3755],[106.5812,21.3755],[106.5822,21.3745],[106.5812,21.3745]]]}`)
	if a := s.must(an.upload("/plots/import", "geojson", "x.json", bad, "commune", "07234"), http.StatusBadRequest); !strings.Contains(string(a.body), "Thửa thứ 1") {
		t.Errorf("which plot is wrong is not said: %s", a)
	}
	s.must(an.upload("/plots/import", "geojson", "x.json", []byte("nothing"), "commune", "07234"), http.StatusBadRequest)
}

// TestPlotsOfOthers: nobody reads where another organisation's plots are, by any address,
// and nobody changes them. Everybody reads the commune.
func TestPlotsOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishCommunes()
	house, other := s.admit("Hộ bà Hoa", ledger.KindHousehold), s.admit("Hợp tác xã A", ledger.KindCoop)
	farmer, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	_, an := s.member("an", other, ledger.Roles...)
	id := hiddenID.FindStringSubmatch(string(s.must(hoa.get("/plots/new"), http.StatusOK).body))[1]
	s.must(hoa.post("/plots/new", "id", id, "kind", "plot", "name", "Vườn bí mật", "commune", "07234", "corners", orchardCorners), http.StatusSeeOther)
	p, err := s.Index.Place(t.Context(), index.Viewer{Org: house.org}, trace.MustID(id))
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"id": {id}}.Encode()
	hidden := func(who string, a *answer) {
		t.Helper()
		for _, secret := range []string{"Vườn bí mật", "21.374512", "21.3745", "106.5812", "106.582204"} {
			if strings.Contains(string(a.body), secret) {
				t.Errorf("%s reads %q at %s", who, secret, a.Request.URL)
			}
		}
	}
	for _, path := range []string{"/plots", "/plots.geojson", "/plots/new", "/plots/one?" + q, "/plots/edit?" + q, "/ipfs/" + p.Place.Profile.Payload, trace.MustID(id).Path(), "/api/v1/passport/" + escaped(id), "/desk/organisations/" + house.org.String()} {
		hidden("another organisation", an.get(path))
		hidden("the other organisation's program", s.get(path, other.token))
		hidden("a stranger", s.get(path, ""))
	}
	s.must(an.get("/plots/one?"+q), http.StatusNotFound)
	s.must(an.get("/plots/edit?"+q), http.StatusNotFound)
	s.must(an.post("/plots/edit", "id", id, "name", "x", "commune", "07234"), http.StatusNotFound)
	s.must(an.post("/plots/close", "id", id, "close", "true"), http.StatusNotFound)
	if a := an.post("/plots/new", "id", id, "kind", "plot", "name", "x", "commune", "07234"); a.StatusCode == http.StatusSeeOther {
		t.Errorf("another organisation takes the place over: %s", a)
	}
	s.must(an.post("/plots/new", "id", "/t/"+string(s.code(house, "00099")), "kind", "plot", "name", "x", "commune", "07234"), http.StatusForbidden)
	if now, err := s.Index.Place(t.Context(), index.Viewer{Org: house.org}, trace.MustID(id)); err != nil || now.Entry != p.Entry || now.Owner != house.org {
		t.Errorf("it was changed: %+v, %v", now, err)
	}

	// Whoever may record for her sees the names, and not where the plots are.
	behalf := "for=" + farmer.Member.String()
	s.must(an.get("/plots?"+behalf), http.StatusForbidden)
	s.must(hoa.post("/behalf/"+other.org.String(), "term", "season"), http.StatusSeeOther)
	for _, path := range []string{"/plots?" + behalf, "/plots/one?" + q + "&" + behalf} {
		a := s.must(an.get(path), http.StatusOK)
		if !strings.Contains(string(a.body), "Vườn bí mật") || strings.Contains(string(a.body), "106.58") || strings.Contains(string(a.body), `class="ground`) {
			t.Errorf("who records for her: %s", a)
		}
	}
	s.must(an.get("/plots/edit?"+q+"&"+behalf), http.StatusNotFound)
	hidden("who records for her", an.get("/plots.geojson?"+behalf))
}

// TestOverlapsInFiles: plots of a GeoJSON file or a spreadsheet that lie over each other, or
// over one that is there, are named before they are recorded, and recorded nevertheless.
func TestOverlapsInFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.publishCommunes()
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin, ledger.RoleRecorder)
	home := s.ownPlot(hoa, "Vườn nhà", orchardCorners)
	before := len(s.places(coop))
	square := func(name string, lat, lon float64) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"name":%q},"geometry":{"type":"Polygon","coordinates":[[[%[3]f,%[2]f],[%[4]f,%[2]f],[%[4]f,%[5]f],[%[3]f,%[5]f],[%[3]f,%[2]f]]]}}`, name, lat, lon, lon+0.001, lat+0.001)
	}
	file := []byte(`{"type":"FeatureCollection","features":[` + strings.Join([]string{square("Vườn chồng", 21.375012, 106.581704), square("Vườn chồng nữa", 21.375512, 106.581704), square("Vườn riêng", 21.379, 106.59)}, ",") + `]}`)
	warned := string(s.must(hoa.upload("/plots/import", "geojson", "plots.json", file, "commune", "07234"), http.StatusConflict).body)
	for _, want := range []string{"<b>Thửa thứ 1 (Vườn chồng)</b>: Chồng lên <b>Vườn nhà</b>", "<b>Thửa thứ 2 (Vườn chồng nữa)</b>: Chồng lên <b>Vườn chồng</b>", `name="drawn"`} {
		if !strings.Contains(warned, want) {
			t.Errorf("the overlap is not named (%s): %s", want, warned)
		}
	}
	if strings.Contains(warned, "Thửa thứ 3") || len(s.places(coop)) != before {
		t.Error("what overlaps nothing is warned of, or something is recorded already")
	}
	kept := html.UnescapeString(regexp.MustCompile(`(?s)<textarea name="drawn" hidden>(.*?)</textarea>`).FindStringSubmatch(warned)[1])
	s.must(hoa.upload("/plots/import", "geojson", "", nil, "commune", "07234", "drawn", kept, "sure", "true"), http.StatusSeeOther)
	if n := len(s.places(coop)) - before; n != 3 {
		t.Errorf("%d plots are recorded", n)
	}

	table := grid{plotGrid(0)[0],
		{"A-1", "Thửa bảng 1", "", "07234", "", "", strings.ReplaceAll(overCorners, "\n", "; ")},
		{"A-2", "Thửa bảng 2", "", "07234", "", "", strings.ReplaceAll(overCorners, "\n", "; ")},
		{"A-3", "Thửa bảng 3", "", "07234", "", "", "21.4, 106.6; 21.401, 106.6; 21.401, 106.601; 21.4, 106.601"},
	}
	path := hoa.sends("plots", table.csv())
	draft := string(s.must(hoa.get(path), http.StatusOK).body)
	for _, want := range []string{"<b>Dòng 2 · Thửa bảng 1</b>: Chồng lên <b>Vườn nhà</b>", "<b>Dòng 3 · Thửa bảng 2</b>: Chồng lên thửa ở dòng 2"} {
		if !strings.Contains(draft, want) {
			t.Errorf("the overlap is not named (%s): %s", want, draft)
		}
	}
	if strings.Contains(draft, "Dòng 4 ·") {
		t.Error("what overlaps nothing is warned of")
	}
	s.must(hoa.post(path), http.StatusSeeOther)
	hoa.recorded(path)
	// A row that draws a plot anew does not lie over what it was.
	code, _ := trace.MustID(home).Code()
	again := grid{append([]string{"Mã"}, plotGrid(0)[0][1:]...), {code.Spoken(), "Vườn nhà", "", "07234", "", "", strings.ReplaceAll(orchardCorners, "\n", "; ")}}
	again[1][6] = strings.Replace(again[1][6], "21.374512", "21.374513", 1)
	if draft := string(s.must(hoa.get(hoa.sends("plots", again.csv())), http.StatusOK).body); strings.Contains(draft, "Chồng lên <b>Vườn nhà</b>") {
		t.Errorf("a plot lies over itself: %s", draft)
	}
}
