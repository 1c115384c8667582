package node_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// plant describes plots of an organisation as its forms do, and returns their codes.
func (s *site) plant(p *party, profiles ...trace.Profile) (ids []trace.ID) {
	s.Helper()
	for some := range slices.Chunk(profiles, 500) {
		codes, err := s.office().PlaceCodes(s.Context(), p.org, len(some))
		if err != nil {
			s.Fatal(err)
		}
		list := make([]office.Described, len(some))
		for i, said := range some {
			list[i] = office.Described{Place: trace.Place{ID: codes[i], Kind: trace.PlacePlot, Commune: "07234"}, Profile: said}
		}
		if err := s.office().DescribePlaces(s.Context(), p.identity, list...); err != nil {
			s.Fatal(err)
		}
		ids = append(ids, codes...)
	}
	return ids
}

// stock describes products of an organisation as its forms do.
func (s *site) stock(p *party, profiles ...trace.Profile) (ids []trace.ID) {
	s.Helper()
	for some := range slices.Chunk(profiles, 500) {
		codes, err := s.office().ProductCodes(s.Context(), p.org, len(some))
		if err != nil {
			s.Fatal(err)
		}
		list := make([]office.DescribedProduct, len(some))
		for i, said := range some {
			list[i] = office.DescribedProduct{Product: trace.Product{
				ID: codes[i], Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
			}, Profile: said}
		}
		if err := s.office().DescribeProducts(s.Context(), p.identity, list...); err != nil {
			s.Fatal(err)
		}
		ids = append(ids, codes...)
	}
	return ids
}

func profilesOf(n int, name string) (list []trace.Profile) {
	for i := range n {
		list = append(list, trace.Profile{Name: trace.Text{VI: fmt.Sprintf(name, i+1)}, Old: []string{fmt.Sprintf("HTX/%04d", i+1)}})
	}
	return list
}

var (
	rowLink  = regexp.MustCompile(`<li><a href="(/(?:plots/one|products/edit)\?[^"]+)"`)
	nextLink = regexp.MustCompile(`rel="next" href="([^"]+)"`)
	prevLink = regexp.MustCompile(`rel="prev" href="([^"]+)"`)
)

// listed are the things that a page lists.
func listed(page string) (ids []string) {
	for _, m := range rowLink.FindAllStringSubmatch(page, -1) {
		u, _ := url.Parse(html.UnescapeString(m[1]))
		ids = append(ids, u.Query().Get("id"))
	}
	return ids
}

func linked(link *regexp.Regexp, page string) string {
	if m := link.FindStringSubmatch(page); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

// TestLongLists: who turns the pages of a long list of plots or products meets each once,
// also when others come meanwhile, gets back, and finds each by its name, its code and its
// code of before.
func TestLongLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.Roles...)
	_, an := s.member("an", s.admit("Công ty B", ledger.KindExporter), ledger.Roles...)
	const many = 170
	plots, products := s.plant(coop, profilesOf(many, "Thửa đồi số %d")...), s.stock(coop, profilesOf(many, "Vải sấy số %d")...)
	page := func(b *browser, path string) string {
		t.Helper()
		return string(s.must(b.get(path), http.StatusOK).body)
	}
	for _, c := range []struct {
		path, name string
		ids        []trace.ID
		add        func()
	}{
		{"/plots", "Thửa đồi số 17", plots, func() { s.plant(coop, profilesOf(1, "Thửa mới %d")...) }},
		{"/products", "Vải sấy số 17", products, func() { s.stock(coop, profilesOf(1, "Hàng mới %d")...) }},
	} {
		seen, turns, last := map[string]int{}, 0, ""
		for to := c.path; to != ""; turns++ {
			last = page(hoa, to)
			for _, id := range listed(last) {
				seen[id]++
			}
			c.add()
			to = linked(nextLink, last)
		}
		for _, id := range c.ids {
			if seen[id.String()] != 1 {
				t.Errorf("%s: %s is met %d times", c.path, id, seen[id.String()])
			}
		}
		if turns != 4 {
			t.Errorf("%s has %d pages", c.path, turns)
		}
		back := 0
		for to := linked(prevLink, last); to != "" && back < 10; back++ {
			to = linked(prevLink, page(hoa, to))
		}
		if back < turns-1 || back > turns {
			t.Errorf("%s: the way back has %d pages", c.path, back)
		}
		finds := func(query string, want ...trace.ID) {
			t.Helper()
			got := listed(page(hoa, c.path+"?"+url.Values{"q": {query}}.Encode()))
			slices.Sort(got)
			var ids []string
			for _, id := range want {
				ids = append(ids, id.String())
			}
			slices.Sort(ids)
			if !slices.Equal(got, ids) {
				t.Errorf("%s?q=%s finds %v, want %v", c.path, query, got, ids)
			}
		}
		finds(c.name, c.ids[16], c.ids[116], c.ids[169])
		finds(strings.ToUpper(trace.Plain(c.name)), c.ids[16], c.ids[116], c.ids[169])
		finds("HTX/0017", c.ids[16])
		finds("htx/0099", c.ids[98])
		code, _ := c.ids[50].Code()
		finds(code.Spoken(), c.ids[50])
		finds(string(code), c.ids[50])
		finds(c.ids[50].Link(publicURL), c.ids[50])
		finds("không có đâu")
		if body := page(hoa, c.path+"?q=kh%C3%B4ng"); !strings.Contains(body, "Không tìm thấy") || !strings.Contains(body, `value="không"`) {
			t.Errorf("%s: that nothing is found is not said", c.path)
		}
		long := page(hoa, c.path+"?q=s%E1%BB%91")
		if !strings.Contains(long, "Tìm thấy 170.") || !strings.Contains(long, "1–50 trên 170") || !strings.Contains(linked(nextLink, long), "q=s%E1%BB%91") {
			t.Errorf("%s: what is found is not counted, or the next page does not keep it", c.path)
		}
		s.must(hoa.get(c.path+"?token=AAAA"), http.StatusBadRequest)
		// Nobody finds another's, by any word.
		for _, query := range []string{"", "số", "HTX/0017", code.Spoken()} {
			if got := listed(page(an, c.path+"?"+url.Values{"q": {query}}.Encode())); slices.Contains(got, c.ids[16].String()) || slices.Contains(got, c.ids[50].String()) {
				t.Errorf("%s?q=%s shows %v to another organisation", c.path, query, got)
			}
		}
	}
	// Whoever names another organisation's mandate, or a page of its list, gets their own.
	s.must(an.get("/plots?for="+coop.member.String()), http.StatusForbidden)
	if got := listed(page(an, linked(nextLink, page(hoa, "/plots")))); len(got) > 1 {
		t.Errorf("by another's address: %v", got)
	}
	// The closed ones are apart.
	s.must(hoa.post("/plots/close", "id", plots[3].String(), "close", "true"), http.StatusSeeOther)
	if got := listed(page(hoa, "/plots?show=closed")); !slices.Equal(got, []string{plots[3].String()}) {
		t.Errorf("closed: %v", got)
	}

	// Forms list the newest, and find the others.
	form := page(hoa, "/crops/new")
	if strings.Contains(form, `value="`+plots[0].String()+`"`) || !strings.Contains(form, `name="plot_find"`) {
		t.Errorf("a form lists all plots")
	}
	asked := string(s.must(hoa.post("/crops/new", "plot_find", "so 1 ", "plot", plots[50].String(), "area", "12,5", "crop_name", "Cây vải", "find", "plot_find"), http.StatusOK).body)
	for _, want := range []string{`value="` + plots[50].String() + `" checked`, `value="12,5"`, `value="Cây vải"`, `value="so 1"`} {
		if !strings.Contains(asked, want) {
			t.Errorf("what was typed or chosen is gone (%s)", want)
		}
	}
	found := string(s.must(hoa.post("/crops/new", "plot_find", "HTX/0001", "find", "plot_find"), http.StatusOK).body)
	if !strings.Contains(found, `value="`+plots[0].String()+`"`) {
		t.Errorf("the first plot is not found")
	}
	harvest := string(s.must(hoa.post("/batches/new", "product_find", "htx/0001", "lot-1", "", "qty-1", "7", "place_find", "HTX/0002", "find", "x"), http.StatusOK).body)
	for _, want := range []string{`value="` + products[0].String() + `"`, `value="` + plots[1].String() + `"`, `value="7"`} {
		if !strings.Contains(harvest, want) {
			t.Errorf("the form of a harvest lacks what was typed or looked for: %s", want)
		}
	}
	drill := string(s.must(hoa.post("/recalls/new", "origin", "place", "place_find", "HTX/0003", "find", "x"), http.StatusOK).body)
	if !strings.Contains(drill, `value="`+plots[2].String()+`"`) {
		t.Errorf("the simulated recall finds no place")
	}
	if labels := page(hoa, "/labels?q=HTX%2F0001"); !strings.Contains(labels, "Vải sấy số 1<") || strings.Contains(labels, "Vải sấy số 2<") {
		t.Errorf("labels find no product")
	}
}

// TestErasedName: a name that was erased is neither found nor shown by anything, and
// stays so when the node starts again.
func TestErasedName(t *testing.T) {
	t.Parallel()
	c := node.Config{Data: t.TempDir()}
	s := startSite(t, c)
	house := s.admit("Hộ bà Hoa", ledger.KindHousehold)
	_, hoa := s.member("hoa", house, ledger.RoleAdmin, ledger.RoleRecorder)
	profiles := profilesOf(30, "Vườn nhà số %d")
	profiles[4].Name.VI, profiles[4].Old = "Đồi bà Nguyễn Thị Lựu", []string{"LUU-0077"}
	ids := s.plant(house, profiles...)
	look := func(query string) []string {
		t.Helper()
		page := string(s.must(hoa.get("/plots?"+url.Values{"q": {query}}.Encode()), http.StatusOK).body)
		got := listed(page)
		if len(got) == 0 && strings.Contains(page, "Lựu") {
			t.Errorf("the page shows it: %s", page)
		}
		return got
	}
	for _, query := range []string{"lựu", "nguyen thi luu", "LUU-0077"} {
		if got := look(query); !slices.Equal(got, []string{ids[4].String()}) {
			t.Errorf("%q finds %v before the erasure", query, got)
		}
	}
	place, err := s.Index.Place(t.Context(), index.Viewer{Org: house.org}, ids[4])
	if err != nil {
		t.Fatal(err)
	}
	s.direct(house.token, trace.ActionErase, trace.Erasure{Payload: place.Place.Profile.Payload, Reason: "subject_request"})
	check := func() {
		t.Helper()
		for _, query := range []string{"lựu", "nguyen thi luu", "LUU-0077"} {
			if got := look(query); len(got) > 0 {
				t.Errorf("%q finds %v", query, got)
			}
		}
		for _, path := range []string{"/plots", "/plots.geojson", "/crops/new", "/org/sheets/export?kind=plots&as=csv"} {
			if a := hoa.get(path); strings.Contains(string(a.body), "Lựu") || strings.Contains(string(a.body), "LUU-0077") {
				t.Errorf("%s shows it: %s", path, a)
			}
		}
		code, _ := ids[4].Code()
		if got := look(code.Spoken()); !slices.Equal(got, []string{ids[4].String()}) {
			t.Errorf("its code finds %v", got)
		}
		if got := look("nhà số 7"); !slices.Equal(got, []string{ids[26].String(), ids[16].String(), ids[6].String()}) {
			t.Errorf("the others: %v", got)
		}
	}
	check()
	s.stop()
	s = startSite(t, c)
	hoa = s.signIn("hoa@example.vn")
	check()
}

// TestManySeasons: of a hundred running seasons the first is written in, found by the name
// of its plot, harvested and ended as the last one is; harvested once more after its end,
// whoever does it is told.
func TestManySeasons(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	hoa := s.clerk("hoa", coop)
	first := s.crop(coop, "V000")
	goods := s.product(coop, 1, trace.Text{VI: "Vải tươi"})
	plots := s.plant(coop, profilesOf(100, "Thửa đồi số %d")...)
	var events []event
	for n, plot := range plots {
		planted := s.newEvent("ObjectEvent", "ADD", trace.Vocabulary+"planting")
		planted["quantityList"] = []any{map[string]any{"epcClass": s.lot(first.Product(), fmt.Sprintf("V%03d", n+1)).Link(publicURL), "quantity": 80}}
		planted["bizLocation"] = map[string]any{"id": plot.Link(publicURL)}
		events = append(events, planted)
	}
	s.recordEvents(coop, ledger.Parties, events...)
	crop := s.lot(first.Product(), "V007") // on the seventh plot
	get := func(path string) string {
		t.Helper()
		return string(s.must(hoa.browser.get(path), http.StatusOK).body)
	}
	link := html.EscapeString("/record?" + url.Values{"crop": {crop.String()}}.Encode())
	if page := get("/record"); strings.Contains(page, link) || !strings.Contains(page, `name="crops_find"`) {
		t.Error("the page of the logbook lists all seasons, or finds none")
	}
	if page := get("/record?crops_find=HTX%2F0007"); !strings.Contains(page, "Cây vải · Thửa đồi số 7<") || !strings.Contains(page, strings.TrimPrefix(link, "/record")) {
		t.Error("a season is not found by its plot")
	}
	if page := get("/record?" + url.Values{"crop": {crop.String()}}.Encode()); !strings.Contains(page, `href="`+link+`" aria-current="true"`) {
		t.Error("a season of long ago cannot be chosen")
	}
	if page := get("/plots/one?" + url.Values{"id": {plots[6].String()}}.Encode()); !strings.Contains(page, link) {
		t.Error("the plot does not name its season")
	}
	get("/record/new/irrigating?" + url.Values{"crop": {crop.String()}}.Encode())
	harvest := func(more ...string) *answer {
		return hoa.browser.post("/batches/new", append([]string{"event", trace.NewEventID(), "crops", crop.String(), "product-1", goods.String(), "lot-1", "", "qty-1", "500"}, more...)...)
	}
	s.must(harvest(), http.StatusSeeOther)
	s.must(hoa.browser.post("/crops/end", "event", trace.NewEventID(), "crop", crop.String()), http.StatusSeeOther)
	before := s.Ledger.Size()
	told := string(s.must(harvest(), http.StatusOK).body)
	if !strings.Contains(told, "đã ghi là hết vụ") || !strings.Contains(told, `name="over" value="true"`) || !strings.Contains(told, `value="500"`) || s.Ledger.Size() != before {
		t.Errorf("that the season is over is not said: %s", told)
	}
	if page := get("/batches/new?" + url.Values{"crop": {crop.String()}}.Encode()); !strings.Contains(page, "đã ghi là hết vụ") {
		t.Error("the form does not say that the season is over")
	}
	s.must(harvest("over", "true"), http.StatusSeeOther)
	if s.Ledger.Size() != before+1 {
		t.Error("the harvest is not recorded")
	}
	if page := get("/batches/new"); strings.Contains(page, `value="`+crop.String()+`"`) {
		t.Error("a season that is over is offered to whoever did not ask for it")
	}
	s.must(hoa.browser.post("/record/new/irrigating", "event", trace.NewEventID(), "crop", crop.String(), "at", today()+"T00:10"), http.StatusNotFound)
}
