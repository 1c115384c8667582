package node_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestProvenance: a dataset's lineage goes through other datasets to what they come from,
// and on to what came of it; it is had as PROV-JSON and as a page.
func TestProvenance(t *testing.T) {
	t.Parallel()
	p := newPortal(t, 3)
	raw, joined, drawn := p.ids[0], p.ids[1], p.ids[2]
	derive := func(id string, from ...market.Source) {
		r := p.releases[id]
		r.From = from
		p.releases[id] = r
		p.change(id)
	}
	derive(raw, market.Source{Kind: market.FromRegister, Ref: p.Ledger.Genesis().Register().String() + "@12", How: "cộng / added up"}, market.Source{Kind: market.FromOutside, Ref: "https://example.com/thoi-tiet", How: "chép"})
	derive(joined, market.Source{Kind: market.FromDataset, Ref: raw + "/2", How: "nối theo ngày / joined by day"})
	derive(drawn, market.Source{Kind: market.FromDataset, Ref: joined + "/2", How: "vẽ"})

	var doc struct {
		Entity  map[string]any
		Derived map[string]map[string]any `json:"wasDerivedFrom"`
		Agent   map[string]map[string]any
	}
	a := p.must(p.get("/datasets/"+joined+"/prov.json", ""), http.StatusOK)
	a.into(t, &doc)
	name := func(id, version string) string { return "it:datasets/" + id + "#v" + version }
	made := map[[2]string]bool{}
	for _, d := range doc.Derived {
		made[[2]string{d["prov:generatedEntity"].(string), d["prov:usedEntity"].(string)}] = true
	}
	for _, want := range [][2]string{
		{name(joined, "2"), name(joined, "1")}, {name(joined, "2"), name(raw, "2")}, {name(raw, "2"), name(raw, "1")},
		{name(raw, "2"), "it:checkpoint#12"}, {name(drawn, "2"), name(joined, "2")},
	} {
		if !made[want] {
			t.Errorf("%s is not derived from %s: %v", want[0], want[1], made)
		}
	}
	if len(made) != 6 || len(doc.Agent) != 1 {
		t.Errorf("%d derivations, %v", len(made), doc.Agent)
	}
	page := p.page("/datasets/"+joined+"/lineage", 200)
	for _, want := range []string{"Nguồn gốc dữ liệu", "12 bản ghi đầu", "https://example.com/thoi-tiet", `href="/datasets/` + raw + `"`, `href="/datasets/` + drawn + `"`, "(nối theo ngày)", "<svg"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if en := p.page("/datasets/"+joined+"/lineage?lang=en", 200); !strings.Contains(en, "(joined by day)") {
		t.Error("the page has no English")
	}
	for _, path := range []string{"/lineage", "/prov.json", "/croissant.json"} {
		p.must(p.get("/datasets/x"+path, ""), 404)
		p.must(p.get("/datasets/"+ledger.ID{1}.String()+path, ""), 404)
	}
}

// TestFeed tells what was published, the latest first.
func TestFeed(t *testing.T) {
	t.Parallel()
	p := newPortal(t, 2)
	p.change(p.ids[0])
	a := p.must(p.get("/datasets.atom", ""), http.StatusOK)
	var feed struct {
		Entry []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(a.body, &feed); err != nil || a.Header.Get("Content-Type") != "application/atom+xml" {
		t.Fatalf("%v: %s", err, a)
	}
	if len(feed.Entry) != 2 || feed.Entry[0].ID != publicURL+"/datasets/"+p.ids[0]+"#v2" || feed.Entry[1].ID != publicURL+"/datasets/"+p.ids[1]+"#v1" || feed.Entry[0].Title != "Giá vải" {
		t.Errorf("%+v", feed)
	}
}

// TestCroissant: a loader finds the file and, where they are described, its fields.
func TestCroissant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.publish(s.admit("Hợp tác xã A", ledger.KindCoop))
	a := s.must(s.get("/datasets/"+id+"/croissant.json", ""), http.StatusOK)
	var doc struct {
		Type         string `json:"@type"`
		Distribution []struct{ ContentURL, SHA256 string }
		RecordSet    []struct {
			Field []struct{ Name, DataType string }
		}
	}
	if err := json.Unmarshal(a.body, &doc); err != nil || a.Header.Get("Content-Type") != "application/ld+json" {
		t.Fatalf("%v: %s", err, a)
	}
	if doc.Type != "sc:Dataset" || len(doc.Distribution) != 1 || len(doc.Distribution[0].SHA256) != 64 || len(doc.RecordSet) != 1 || len(doc.RecordSet[0].Field) != 2 || doc.RecordSet[0].Field[1].DataType != "sc:Float" {
		t.Errorf("%s", a)
	}
	file := s.must(s.get(strings.TrimPrefix(doc.Distribution[0].ContentURL, publicURL), ""), 200)
	if !strings.HasPrefix(string(file.body), "commune,weight") {
		t.Errorf("%s", file)
	}
}

// TestDatasetPageLeadsOn: the page holds what search engines read, and leads to the
// lineage and to the same as data.
func TestDatasetPageLeadsOn(t *testing.T) {
	t.Parallel()
	p := newPortal(t, 2)
	r := p.releases[p.ids[1]]
	r.From = []market.Source{{Kind: market.FromDataset, Ref: p.ids[0] + "/1", How: "nối"}}
	p.releases[p.ids[1]] = r
	p.change(p.ids[1])
	path := "/datasets/" + p.ids[1]
	page := p.page(path, 200)
	_, linked, _ := strings.Cut(page, `<script type="application/ld+json">`)
	linked, _, _ = strings.Cut(linked, "</script>")
	var doc struct {
		Type string `json:"@type"`
		Name string
		URL  string
	}
	if err := json.Unmarshal([]byte(linked), &doc); err != nil || doc.Type != "sc:Dataset" || doc.Name != "Giá vải" || doc.URL != publicURL+path {
		t.Errorf("%v: %s", err, linked)
	}
	for _, end := range []string{"/lineage", ".ttl", ".jsonld", ".xml", "/croissant.json", "/prov.json"} {
		if !strings.Contains(page, `href="`+path+end+`"`) {
			t.Errorf("the page does not lead to %s", end)
			continue
		}
		p.must(p.get(path+end, ""), 200)
	}
	if list := p.page("/datasets", 200); !strings.Contains(list, `<link rel="alternate" type="application/atom+xml" href="/datasets.atom">`) {
		t.Error("the list does not name its feed")
	}
}
