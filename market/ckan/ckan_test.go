package ckan

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

var site = Site{Base: "https://sogoc.example.vn", Title: "Sổ"}

func entry(n byte) market.Entry {
	return market.Entry{
		Release: market.Release{
			Dataset: ledger.ID{n}, Version: 2, Licence: "https://creativecommons.org/licenses/by/4.0/",
			Files: []market.File{{Name: "gia.csv", Media: "text/csv; charset=utf-8", Bytes: 12, CID: "bafkreia"}, {Name: "gia.json", Media: "application/json", Bytes: 13, CID: "bafkreib"}},
		},
		About: &market.Description{
			Title: ledger.Text{VI: fmt.Sprintf("Giá vải số %d", n), EN: "Lychee prices"}, Summary: ledger.Text{VI: "Theo ngày", EN: "By day"},
			Themes: []string{"AGRI", "NONE"}, Keywords: []string{"giá vải", "a/b", "x", "giá vải"}, Frequency: "DAILY",
			Contact: &market.Contact{Name: "Phòng dữ liệu", Email: "du-lieu@example.vn"}, From: 1_780_000_000_000, Until: 1_790_000_000_000,
			Quality: ledger.Text{VI: "Đủ"}, Conditions: ledger.Text{VI: "Ký"},
		},
		Publisher: market.Publisher{ID: ledger.ID{100 + n%2}, Name: "Hợp tác xã"},
		Issued:    1_780_000_000_000, Modified: 1_780_000_000_000 + ledger.Time(n)*1000,
		Place: &market.Place{Code: "07234", Name: ledger.Text{VI: "Lục Ngạn"}},
	}
}

// TestPackage: a dataset is written as CKAN does; testdata has it.
func TestPackage(t *testing.T) {
	agreed := entry(2)
	agreed.Access, agreed.Kind, agreed.About.Endpoint, agreed.Licence = market.Agreed, market.API, "https://example.com/v1", "https://example.com/licence"
	for name, e := range map[string]market.Entry{"open.json": entry(1), "agreed.json": agreed, "bare.json": {Release: market.Release{Dataset: ledger.ID{3}, Version: 1, Licence: "x:y"}}} {
		b, err := json.MarshalIndent(site.Package(e), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != string(b)+"\n" {
			t.Errorf("%s: %v\n%s", name, err, b)
		}
	}
	if strings.Contains(fmt.Sprintf("%+v", site.Package(agreed)), "/ipfs/") {
		t.Error("a file that is not open has a download address")
	}
}

func shelf(n int) *Rows {
	x := &Rows{}
	for i := range n {
		x.Put(RowOf(entry(byte(i + 1))))
	}
	return x
}

func numbers(ids []ledger.ID) (list []int) {
	for _, id := range ids {
		list = append(list, int(id[0]))
	}
	return list
}

func TestSearch(t *testing.T) {
	x := shelf(6)
	odd, even := ledger.ID{101}.String(), ledger.ID{100}.String()
	for _, c := range []struct {
		q    Query
		want []int
	}{
		{Query{}, []int{6, 5, 4, 3, 2, 1}},
		{Query{Q: "*:*", Sort: "id asc"}, []int{1, 2, 3, 4, 5, 6}},
		{Query{Q: "gia VAI 3"}, []int{3}},
		{Query{Q: `"số 4"`}, []int{4}},
		{Query{Q: "nothing like it"}, nil},
		{Query{Q: "c++: (a"}, nil}, // people type what they like
		{Query{Q: "title:giá"}, []int{6, 5, 4, 3, 2, 1}},
		{Query{FQ: "organization:" + odd}, []int{5, 3, 1}},
		{Query{FQ: "+organization:" + odd + " -id:" + ledger.ID{3}.String()}, []int{5, 1}},
		{Query{FQ: "owner_org:" + UUID(ledger.ID{100})}, []int{6, 4, 2}},
		{Query{FQ: "organization:" + odd + " OR organization:" + even}, []int{6, 5, 4, 3, 2, 1}},
		{Query{FQ: "organization:" + odd + " OR organization:" + even + " metadata_modified:[2026-05-28T20:26:45Z TO *]"}, []int{6, 5}},
		{Query{FQ: "organization:(" + odd + " OR " + even + ")"}, []int{6, 5, 4, 3, 2, 1}},
		{Query{FQ: "organization:(" + odd + " AND " + even + ")"}, nil},
		{Query{FQ: "-organization:" + odd}, []int{6, 4, 2}},
		{Query{FQ: "NOT organization:" + odd + " AND (id:" + UUID(ledger.ID{2}) + " OR id:" + UUID(ledger.ID{3}) + ")"}, []int{2}},
		{Query{FQ: "metadata_modified:[2026-05-28T20:26:41.000000Z TO 2026-05-28T20:26:42Z]"}, []int{2, 1}},
		{Query{FQ: "metadata_modified:[* TO 2026-05-28T20:26:41Z]"}, []int{1}},
		{Query{FQ: "metadata_created:[2026-05-29 TO *]"}, nil},
		{Query{FQ: "groups:agri tags:\"giá vải\" license_id:cc-by res_format:CSV state:active dataset_type:dataset"}, []int{6, 5, 4, 3, 2, 1}},
		{Query{FQ: "groups:envi"}, nil},
		{Query{FQ: "tags:*"}, []int{6, 5, 4, 3, 2, 1}},
		{Query{FQ: "state:draft"}, nil},
		{Query{Sort: "metadata_modified asc", Start: 2, Rows: 2}, []int{3, 4}},
		{Query{Sort: "title_string desc, id asc", Rows: 2}, []int{6, 5}},
		{Query{Sort: "metadata_created asc, id desc", Rows: 3}, []int{6, 5, 4}},
		{Query{Start: 6}, nil},
		{Query{Rows: -1}, nil},
	} {
		if c.q.Rows == 0 {
			c.q.Rows = 100
		}
		c.q.Rows = max(c.q.Rows, 0)
		found, err := x.Search(c.q)
		if err != nil || !slices.Equal(numbers(found.IDs), c.want) {
			t.Errorf("%+v: %v, %v, want %v", c.q, err, found, c.want)
		}
	}
	for _, q := range []Query{
		{FQ: "colour:red"}, {FQ: "colour:[a TO b]"}, {FQ: "organization:"}, {FQ: "(organization:x"}, {FQ: "organization:x)"}, {FQ: "organization:(x"}, {FQ: "organization:()"},
		{FQ: "metadata_modified:[yesterday TO *]"}, {FQ: "metadata_modified:[* *]"}, {FQ: "AND"}, {FQ: "id:x OR"}, {FQ: "-"}, {FQ: strings.Repeat("x", maxQuery+1)}, {FQ: strings.Repeat("x ", maxTerms+1)},
		{Sort: "colour asc"}, {Sort: "id up"}, {Sort: "id asc, "}, {Facets: []string{"colour"}},
	} {
		if _, err := x.Search(q); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%.60v: %v", q, err)
		}
	}
	found, err := x.Search(Query{FQ: "-id:" + ledger.ID{1}.String(), Rows: 1, Facets: []string{"organization", "groups", "res_format"}, FacetLimit: 1})
	if err != nil || found.Count != 5 || !reflect.DeepEqual(found.Facets, map[string][]Count{"organization": {{even, 3}}, "groups": {{"agri", 5}}, "res_format": {{"CSV", 5}}}) {
		t.Errorf("%v, %+v", err, found)
	}
	if got := x.Values("organization"); !slices.Equal(got, []Count{{even, 3}, {odd, 3}}) {
		t.Errorf("%v", got)
	}
}

// TestPagesStay: what is taken out while somebody pages through by id moves nothing, and
// no page in between is empty.
func TestPagesStay(t *testing.T) {
	x := shelf(40)
	seen := map[int]int{}
	for start := 0; ; start += 5 {
		found, err := x.Search(Query{Sort: "id asc", Start: start, Rows: 5})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.IDs) == 0 {
			break
		}
		for _, n := range numbers(found.IDs) {
			seen[n]++
		}
		switch start {
		case 5:
			for _, n := range []byte{1, 2, 8, 12} { // seen, and not
				x.Remove(ledger.ID{n})
			}
		case 15:
			for n := byte(21); n <= 26; n++ { // a whole page
				x.Remove(ledger.ID{n})
			}
		}
		x.Put(RowOf(entry(byte(start%40 + 1)))) // changed, or back again
	}
	for n := 1; n <= 40; n++ {
		if gone := n == 12 || n >= 21 && n <= 26; seen[n] == 0 != gone {
			t.Errorf("%d was there %d times", n, seen[n])
		}
	}
	if n := len(x.All()); n != 40-10+2 { // 21 and 26 came back too late to be seen
		t.Errorf("%d are left", n)
	}
	x.Remove(ledger.ID{200}) // never there
}

func FuzzParse(f *testing.F) {
	f.Add(`organization:a OR organization:"b c" metadata_modified:[2026-01-01T00:00:00Z TO *]`)
	f.Add(`+(a -b) AND NOT c:(d OR e) [ ] " : `)
	row := RowOf(entry(1))
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := parse(s); err == nil {
			c(&row)
		}
	})
}
