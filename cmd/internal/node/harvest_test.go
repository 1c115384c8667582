package node_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
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
	coop, agency *party
	about, file  string // CIDs that all of them share
	releases     map[string]market.Release
	ids          []string // in the order of first publication
}

func newPortal(t *testing.T, n int) *portal {
	t.Helper()
	p := &portal{site: newSite(t), releases: map[string]market.Release{}}
	p.coop, p.agency = p.admit("Hợp tác xã Kim Biên", ledger.KindCoop), p.admit("Chi cục Trồng trọt", ledger.KindDataProvider)
	about, err := json.Marshal(market.Description{
		Title: ledger.Text{VI: "Giá vải", EN: "Lychee prices"}, Summary: ledger.Text{VI: "Giá vải theo ngày"},
		Themes: []string{"AGRI", "ECON"}, Keywords: []string{"giá vải", "lychee"}, Frequency: "DAILY",
		Contact: &market.Contact{Name: "Phòng dữ liệu", Email: "du-lieu@example.vn"}, Place: "07234",
	})
	if err != nil {
		t.Fatal(err)
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
	p.must(p.record(p.owner(id).token, market.DatasetContract, market.ActionPublish, r), http.StatusCreated)
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
		p.change(p.ids[(page*100+i*37)%harvestSize])
	}
	p.add()
}

var (
	hydraNext   = regexp.MustCompile(`hydra:nextPage <([^>]+)>`)
	datasetHere = regexp.MustCompile(`(?m)^<[^>]+/datasets/([0-9a-f]{32})#dataset>\n    a dcat:Dataset`)
)

// harvestTurtle follows the pages of a catalogue as harvesters do, and tells how often
// each dataset was there.
func (p *portal) harvestTurtle(path string, between func(page int)) map[string]int {
	p.Helper()
	seen := map[string]int{}
	for page := 0; path != ""; page++ {
		a := p.must(p.get(path, ""), http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "text/turtle" {
			p.Fatalf("%s: %s", path, got)
		}
		for _, m := range datasetHere.FindAllSubmatch(a.body, -1) {
			seen[string(m[1])]++
		}
		path = ""
		if m := hydraNext.FindSubmatch(a.body); m != nil {
			path = strings.TrimPrefix(string(m[1]), publicURL)
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
	if testing.Short() {
		t.Skip("publishes a thousand datasets")
	}
	t.Parallel()
	p := newPortal(t, harvestSize)
	t.Run("DCAT", func(t *testing.T) {
		before := p.ids[:harvestSize]
		seen := p.harvestTurtle("/catalog.ttl", p.stir)
		p.onceEach(seen, before)
		if len(seen) < harvestSize || len(seen) > len(p.ids) {
			t.Errorf("%d datasets, of %d", len(seen), len(p.ids))
		}
		time.Sleep(2 * time.Millisecond) // record time goes by milliseconds
		since := time.Now().UTC().Format(time.RFC3339Nano)
		changed := []string{p.ids[5], p.ids[harvestSize-1], p.add()}
		p.change(changed[0])
		p.change(changed[1])
		seen = p.harvestTurtle("/catalog.ttl?modified_since="+url.QueryEscape(since), func(int) {})
		p.onceEach(seen, changed)
		if len(seen) != len(changed) {
			t.Errorf("%d datasets changed, want %d", len(seen), len(changed))
		}
	})
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
