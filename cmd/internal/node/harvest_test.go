package node_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// harvestSize is how many datasets a harvest goes through.
const harvestSize = 1000

// portal is a node with many datasets, of two publishers.
type portal struct {
	*site
	size         int // how many there are before anything changes
	coop, agency *party
	about, file  string // CIDs that all of them share
	releases     map[string]market.Release
	ids          []string // in the order of first publication
}

func newPortal(t *testing.T, n int) *portal {
	t.Helper()
	return newSite(t).portal(n)
}

// portal publishes so many datasets at a site.
func (s *site) portal(n int) *portal {
	s.Helper()
	p := &portal{site: s, size: n, releases: map[string]market.Release{}}
	p.coop, p.agency = p.admit("Hợp tác xã Kim Biên", ledger.KindCoop), p.admit("Chi cục Trồng trọt", ledger.KindDataProvider)
	about, err := json.Marshal(market.Description{
		Title: ledger.Text{VI: "Giá vải", EN: "Lychee prices"}, Summary: ledger.Text{VI: "Giá vải theo ngày"},
		Themes: []string{"AGRI", "ECON"}, Keywords: []string{"giá vải", "lychee"}, Frequency: "DAILY",
		Contact: &market.Contact{Name: "Phòng dữ liệu", Email: "du-lieu@example.vn"}, Place: "07234",
	})
	if err != nil {
		s.Fatal(err)
	}
	p.about, p.file = p.upload(p.coop.token, about, false), p.upload(p.coop.token, []byte("a,b\n1,2\n"), false)
	for range n {
		p.add()
	}
	return p
}

// add publishes another dataset.
func (p *portal) add() string {
	p.Helper()
	r := market.Release{
		Dataset: ledger.NewID(), Licence: "https://creativecommons.org/licenses/by/4.0/", Description: p.about,
		Files: []market.File{{Name: "gia.csv", Media: "text/csv", Bytes: 8, CID: p.file}},
	}
	id := r.Dataset.String()
	p.releases[id] = r
	p.ids = append(p.ids, id)
	p.change(id)
	return id
}

// change publishes the next version of a dataset.
func (p *portal) change(id string) {
	p.Helper()
	r := p.releases[id]
	r.Version++
	p.releases[id] = r
	p.site.releases(p.owner(id), r)
}

// owner is who publishes a dataset: every tenth is the agency's.
func (p *portal) owner(id string) *party {
	for i, other := range p.ids {
		if other == id && i%10 == 3 {
			return p.agency
		}
	}
	return p.coop
}

// stir changes the catalogue as it goes on while somebody harvests: what was seen, what
// was not, and what is new.
func (p *portal) stir(page int) {
	p.Helper()
	for i := range 5 {
		p.change(p.ids[(page*100+i*37)%p.size])
	}
	p.add()
}

var (
	hydraNext   = regexp.MustCompile(`hydra:nextPage <([^>]+)>`)
	datasetHere = regexp.MustCompile(`(?m)^<[^>]+/datasets/([0-9a-f]{32})#dataset>\n    a dcat:Dataset`)
)

// harvestTurtle follows the pages of a catalogue as harvesters do, and tells how often
// each dataset was there.
func (s *site) harvestTurtle(path string, between func(page int)) map[string]int {
	s.Helper()
	seen := map[string]int{}
	for page := 0; path != ""; page++ {
		a := s.must(s.get(path, ""), http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "text/turtle" {
			s.Fatalf("%s: %s", path, got)
		}
		for _, m := range datasetHere.FindAllSubmatch(a.body, -1) {
			seen[string(m[1])]++
		}
		path = ""
		if m := hydraNext.FindSubmatch(a.body); m != nil {
			path = strings.TrimPrefix(string(m[1]), s.Public)
		}
		between(page)
	}
	return seen
}

func (p *portal) onceEach(seen map[string]int, ids []string) {
	p.Helper()
	for _, id := range ids {
		if seen[id] != 1 {
			p.Errorf("%s was there %d times", id, seen[id])
		}
	}
}

// TestHarvest: who goes through the catalogue has every dataset once, however they change
// meanwhile, by DCAT's pages and by CKAN's actions; and then only what changed since.
func TestHarvest(t *testing.T) {
	size := harvestSize
	if testing.Short() {
		size = 250 // three pages
	}
	t.Parallel()
	p := newPortal(t, size)
	t.Run("DCAT", func(t *testing.T) {
		before := p.ids[:size]
		seen := p.harvestTurtle("/catalog.ttl", p.stir)
		p.onceEach(seen, before)
		if len(seen) < size || len(seen) > len(p.ids) {
			t.Errorf("%d datasets, of %d", len(seen), len(p.ids))
		}
		time.Sleep(2 * time.Millisecond) // record time goes by milliseconds
		since := time.Now().UTC().Format(time.RFC3339Nano)
		changed := []string{p.ids[5], p.ids[size-1], p.add()}
		p.change(changed[0])
		p.change(changed[1])
		seen = p.harvestTurtle("/catalog.ttl?modified_since="+url.QueryEscape(since), func(int) {})
		p.onceEach(seen, changed)
		if len(seen) != len(changed) {
			t.Errorf("%d datasets changed, want %d", len(seen), len(changed))
		}
	})
	t.Run("CKAN", func(t *testing.T) {
		before := slices.Clone(p.ids)
		got := p.harvestCKAN(nil, p.stir)
		p.onceEach(got, before)
		if len(got) < len(before) || len(got) > len(p.ids) {
			t.Errorf("%d datasets, of %d", len(got), len(p.ids))
		}
		time.Sleep(2 * time.Millisecond)
		since := time.Now().UTC().Format("2006-01-02T15:04:05.000000") + "Z"
		changed := []string{p.ids[3], p.ids[7], p.add()}
		p.change(changed[0])
		p.change(changed[1])
		newer := "metadata_modified:[" + since + " TO *]"
		by := func(who *party) []string {
			return slices.DeleteFunc(slices.Clone(changed), func(id string) bool { return p.owner(id) != who })
		}
		of := func(who *party) string { return "organization:" + who.org.String() }
		for fq, want := range map[string][]string{
			newer: changed, "-" + of(p.agency) + " " + newer: by(p.coop), of(p.agency) + " OR " + of(p.coop) + " " + newer: changed, of(p.agency) + " " + newer: by(p.agency),
		} {
			got := p.harvestCKAN(url.Values{"fq": {fq}}, func(int) {})
			p.onceEach(got, want)
			if len(got) != len(want) {
				t.Errorf("%s: %d datasets, want %d", fq, len(got), len(want))
			}
		}
	})
}

// harvestCKAN pages through package_search by id, as ckanext-harvest does, looks at each
// dataset alone, and tells how often each was there.
func (s *site) harvestCKAN(query url.Values, between func(page int)) map[string]int {
	s.Helper()
	q := url.Values{"sort": {"id asc"}, "rows": {"100"}}
	for name, values := range query {
		q[name] = values
	}
	seen := map[string]int{}
	for page := 0; ; page++ {
		q.Set("start", itoa(uint64(page*100)))
		var found struct {
			Count   int
			Results []struct{ ID, Name string }
		}
		s.action("package_search?"+q.Encode(), 200, &found)
		if len(found.Results) == 0 {
			return seen
		}
		for _, r := range found.Results {
			seen[r.Name] = 1 // what a page before had is weeded out
		}
		between(page)
	}
}

// action calls an action and reads its result, or its error where it is refused.
func (s *site) action(call string, status int, v any) {
	s.Helper()
	a := s.must(s.get("/api/3/action/"+call, ""), status)
	var out struct {
		Help    string
		Success bool
		Result  json.RawMessage
		Error   json.RawMessage
	}
	a.into(s, &out)
	if out.Success != (status == 200) || !strings.HasPrefix(out.Help, s.Public+"/api/3/action/help_show?name=") {
		s.Fatalf("%s: %s", call, a)
	}
	b := out.Result
	if !out.Success {
		b = out.Error
	}
	if err := json.Unmarshal(b, v); err != nil {
		s.Fatalf("%s: %v: %s", call, err, a)
	}
}

// TestActions: CKAN's other actions, and how they refuse.
func TestActions(t *testing.T) {
	t.Parallel()
	p := newPortal(t, 12)
	id := p.ids[3]
	var names []string
	p.action("package_list", 200, &names)
	want := slices.Clone(p.ids)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	if p.action("package_list?limit=5&offset=10", 200, &names); !slices.Equal(names, want[10:]) {
		t.Errorf("%v", names)
	}
	type pkg struct {
		ID, Name, Title, Notes string
		Organization           struct{ Name, Title string }
		Resources              []struct{ URL, Format string }
		Groups, Tags           []struct{ Name string }
		Version                string
	}
	var one, other pkg
	p.change(id)
	p.action("package_show?id="+id, 200, &one)
	p.action("package_show?id="+one.ID, 200, &other)
	if !reflect.DeepEqual(one, other) || one.Name != id || one.Title != "Giá vải" || one.Version != "2" || one.Organization.Title != "Chi cục Trồng trọt" ||
		len(one.Resources) != 1 || one.Resources[0].Format != "CSV" || len(one.Groups) != 2 || len(one.Tags) != 2 {
		t.Errorf("%+v\n%+v", one, other)
	}
	file := p.must(p.get(strings.TrimPrefix(one.Resources[0].URL, publicURL), ""), 200)
	if string(file.body) != "a,b\n1,2\n" {
		t.Errorf("%s", file)
	}
	var found struct {
		Count   int
		Results []pkg
		Facets  map[string]map[string]int
		Search  map[string]struct {
			Items []struct {
				Name    string
				Display string `json:"display_name"`
				Count   int
			}
		} `json:"search_facets"`
	}
	p.action("package_search?rows=0&facet.field="+url.QueryEscape(`["organization","groups"]`), 200, &found)
	if found.Count != 12 || len(found.Results) != 0 || found.Facets["organization"][p.agency.org.String()] != 1 || found.Facets["groups"]["agri"] != 12 || found.Search["groups"].Items[0].Display == "" || found.Search["organization"].Items[0].Display != "Hợp tác xã Kim Biên" {
		t.Errorf("%+v", found)
	}
	if p.action("package_search?q="+url.QueryEscape("gia vai chi cuc"), 200, &found); found.Count != 1 || found.Results[0].Name != id {
		t.Errorf("%+v", found)
	}
	if p.action("package_search?q=durian", 200, &found); found.Count != 0 {
		t.Errorf("%+v", found)
	}
	var orgs []struct {
		Name  string
		Count int `json:"package_count"`
	}
	if p.action("organization_list?all_fields=true", 200, &orgs); len(orgs) != 2 || orgs[0].Count+orgs[1].Count != 12 {
		t.Errorf("%+v", orgs)
	}
	if p.action("organization_list", 200, &names); len(names) != 2 {
		t.Errorf("%v", names)
	}
	var org struct {
		Title    string
		Count    int `json:"package_count"`
		Packages []pkg
	}
	if p.action("organization_show?include_datasets=true&id="+p.agency.org.String(), 200, &org); org.Title != "Chi cục Trồng trọt" || org.Count != 1 || len(org.Packages) != 1 {
		t.Errorf("%+v", org)
	}
	if p.action("group_list", 200, &names); !slices.Equal(names, []string{"agri", "econ"}) {
		t.Errorf("%v", names)
	}
	if p.action("group_show?id=agri", 200, &org); org.Count != 12 || org.Title == "" {
		t.Errorf("%+v", org)
	}
	if p.action("tag_list?query=GIA", 200, &names); !slices.Equal(names, []string{"giá vải"}) {
		t.Errorf("%v", names)
	}
	var yes bool
	if p.action("site_read", 200, &yes); !yes {
		t.Error("the site may not be read")
	}
	var status struct {
		Version string `json:"ckan_version"`
	}
	if p.action("status_show", 200, &status); status.Version != "2.11.0" {
		t.Errorf("%+v", status)
	}
	var help string
	if p.action("help_show?name=package_list", 200, &help); help == "" {
		t.Error("no help")
	}
	for call, want := range map[string]struct {
		status int
		kind   string
	}{
		"package_show":      {409, "Validation Error"},
		"package_show?id=x": {404, "Not Found Error"},
		"package_show?id=" + strings.Repeat("0", 32):      {404, "Not Found Error"},
		"organization_show?id=" + p.Operator.Org.String(): {404, "Not Found Error"},
		"group_show?id=war":                               {404, "Not Found Error"},
		"group_show":                                      {409, "Validation Error"},
		"help_show?name=x":                                {404, "Not Found Error"},
		"package_search?rows=x":                           {409, "Validation Error"},
		"package_search?start=-1":                         {409, "Validation Error"},
		"package_search?facet.field=tags":                 {409, "Validation Error"},
		"package_search?fq=colour:red":                    {400, "Search Query Error"},
		"package_search?sort=colour":                      {400, "Search Query Error"},
	} {
		var refused struct {
			Type string `json:"__type"`
		}
		if p.action(call, want.status, &refused); refused.Type != want.kind {
			t.Errorf("%s: %s, want %s", call, refused.Type, want.kind)
		}
	}
	for _, call := range []func() *answer{
		func() *answer { return p.get("/api/3/action/package_delete?id="+id, "") },
		func() *answer { return p.call("POST", "/api/3/action/package_list", "", nil, []byte("[]")) },
		func() *answer { return p.call("POST", "/api/3/action/package_list", "", nil, make([]byte, 70_000)) },
	} {
		if a := p.must(call(), 400); !strings.HasPrefix(string(a.body), `"Bad request - `) {
			t.Errorf("%s", a)
		}
	}
	a := p.must(p.call("POST", "/api/3/action/package_search", "", header{"Content-Type", "application/json"}, []byte(`{"q":"gia","rows":1,"facet":true,"facet.field":["tags"]}`)), 200)
	if !strings.Contains(string(a.body), `"tags":{"giá vải":12,"lychee":12}`) && !strings.Contains(string(a.body), `"giá vải":12`) {
		t.Errorf("%s", a)
	}
}

// TestDatasetAsRDF: one dataset and the catalogue are had in each form, by the ending of
// the address or by what a client asks for.
func TestDatasetAsRDF(t *testing.T) {
	t.Parallel()
	p := newPortal(t, 1)
	id := p.ids[0]
	for ending, media := range map[string]string{"ttl": "text/turtle", "jsonld": "application/ld+json", "xml": "application/rdf+xml"} {
		for _, path := range []string{"/catalog", "/datasets/" + id} {
			for _, a := range []*answer{p.get(path+"."+ending, ""), p.get(path, "", "Accept", "text/html;q=0.5, "+media), p.get(path+"."+ending, "", "Accept", "text/html")} {
				p.must(a, http.StatusOK)
				if a.Header.Get("Content-Type") != media || !strings.Contains(string(a.body), "/datasets/"+id+"#dataset") || !strings.Contains(string(a.body), "Giá vải theo ngày") || !strings.Contains(string(a.body), "Hợp tác xã Kim Biên") {
					t.Errorf("%s: %s\n%s", a.Request.URL, a.Header.Get("Content-Type"), a.body)
				}
			}
		}
	}
	if a := p.must(p.get("/datasets/"+id, "", "Accept", "text/html"), 200); !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s", a.Header.Get("Content-Type"))
	}
	if a := p.must(p.get("/catalog", "", "Accept", "text/html,*/*;q=0.8"), http.StatusSeeOther); a.Header.Get("Location") != "/datasets" {
		t.Errorf("%s", a.Header.Get("Location"))
	}
	for path, want := range map[string]int{
		"/datasets/x.ttl": 404, "/datasets/" + strings.Repeat("0", 32) + ".jsonld": 404,
		"/catalog.ttl?page=x": 400, "/catalog.xml?modified_since=gestern": 400, "/catalog.jsonld?page=99999&modified_since=2026-01-01": 200,
	} {
		if a := p.must(p.get(path, ""), want); want >= 400 && a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", path, a.Header.Get("Content-Type"))
		}
	}
}
