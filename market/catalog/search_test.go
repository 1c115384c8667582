package catalog_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/seal"
	"github.com/sogoc/sogoc/trace"
)

// titles are what a search found, in its order.
func titles(t *testing.T, x *catalog.Catalog, q catalog.Query) (list []string) {
	t.Helper()
	r, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Datasets {
		if d.About == nil {
			list = append(list, d.Release.Dataset.String())
		} else {
			list = append(list, d.About.Title.VI)
		}
	}
	if r.Next == "" && q.After == "" && r.Total != len(list) {
		t.Errorf("%d found, and %d counted", len(list), r.Total)
	}
	return list
}

// TestWords looks for words as people type them.
func TestWords(t *testing.T) {
	w := newWorld(t)
	a, b := w.Admit("a", ledger.KindDataProvider), w.Admit("b", ledger.KindAgency)
	w.names[a.OrgID()] = ledger.Text{VI: "Hợp tác xã Đồng Tiến", EN: "Dong Tien co-op"}
	for i, d := range []market.Description{
		{Title: ledger.Text{VI: "Sản lượng vải thiều Lục Ngạn", EN: "Lychee harvest"}, Keywords: []string{"nông nghiệp"}},
		{Title: ledger.Text{VI: "Gãy vai khi hái dừa"}, Summary: ledger.Text{VI: "Tai nạn lao động"}},
		{Title: ledger.Text{VI: "Diện tích"}, Columns: []market.Column{{Name: "san_luong"}, {Name: "ma_xa", Title: ledger.Text{VI: "Mã xã"}}}},
		{Title: ledger.Text{VI: "Thuỷ lợi"}, Summary: ledger.Text{VI: "Độ mặn, hòa lưới điện"}},
		{Title: ledger.Text{VI: norm.NFD.String("Đường giao thông")}},
	} {
		w.release(a, byte(i+1), 1, d)
	}
	w.release(b, 9, 1, market.Description{Title: ledger.Text{VI: "Chợ"}, Summary: ledger.Text{VI: "Giá vải"}})
	x, stop := w.follow(t.TempDir())
	defer stop()
	const lychee, shoulder, area, water, road, market = "Sản lượng vải thiều Lục Ngạn", "Gãy vai khi hái dừa", "Diện tích", "Thuỷ lợi", "Đường giao thông", "Chợ"
	for query, want := range map[string][]string{
		"vải":                   {lychee, market},           // in the title before in the summary, and no shoulder
		"vai":                   {shoulder, lychee, market}, // typed without marks it may be any
		"vải thiều":             {lychee},
		"VAI THIEU luc ngan":    {lychee},
		"vai thiều":             {lychee},
		"thieu vải":             {lychee},
		"lychee":                {lychee},
		"Lychee, harvest!":      {lychee},
		"sản lượng":             {lychee, area}, // a field's name has no marks
		"san luong":             {lychee, area},
		"nong nghiep":           {lychee},
		"thủy lợi":              {water}, // the tone may stand on either vowel
		"hoà lưới":              {water},
		"do man":                {water},
		"đường":                 {road},
		"duong":                 {road},
		"ĐƯỜNG":                 {road},
		"đồng tiến dừa":         {shoulder}, // the publisher's name counts
		"dong tien":             {lychee, shoulder, area, water, road},
		"mã xã":                 {area},
		"xã":                    {lychee, shoulder, area, water, road},
		"giá vải":               {market},
		"giả vải":               nil,
		"vải bưởi":              nil,
		"?!":                    nil,
		strings.Repeat("x", 99): nil,
	} {
		for _, query := range []string{query, norm.NFD.String(query)} {
			got := titles(t, x, catalog.Query{Text: query})
			for i := range got {
				got[i] = norm.NFC.String(got[i])
			}
			if len(want) > 3 {
				slices.Sort(got)
				slices.Sort(want)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q finds %q, want %q", query, got, want)
			}
		}
	}
	if got := titles(t, x, catalog.Query{}); len(got) != 6 || got[0] != market {
		t.Errorf("everything is %q", got)
	}

	w.names[b.OrgID()] = ledger.Text{VI: "Sở Công Thương"}
	w.passes(time.Minute)
	if got := titles(t, x, catalog.Query{Text: "sở công thương"}); !slices.Equal(got, []string{market}) {
		t.Errorf("by a new name it finds %q", got)
	}
}

// TestErased: words of a description that is gone find nothing, also before somebody
// tells the catalogue, and do again once it is there.
func TestErased(t *testing.T) {
	w := newWorld(t)
	a := w.Admit("a", ledger.KindDataProvider)
	r := w.release(a, 1, 1, market.Description{Title: ledger.Text{VI: "Bí mật"}, Themes: []string{"AGRI"}})
	w.release(a, 2, 1, market.Description{Title: ledger.Text{VI: "Mật ong"}, Themes: []string{"AGRI"}})
	x, stop := w.follow(t.TempDir())
	defer stop()
	if got := titles(t, x, catalog.Query{Text: "mật"}); len(got) != 2 {
		t.Fatalf("%q", got)
	}
	words, _ := w.payload(t.Context(), r.Description)
	w.put(r.Description, nil)
	byTheme := catalog.Query{Facets: map[catalog.Facet][]string{catalog.ByTheme: {"AGRI"}}}
	if got := titles(t, x, catalog.Query{Text: "mật"}); !slices.Equal(got, []string{"Mật ong"}) {
		t.Errorf("erased words find %q", got)
	}
	if got := titles(t, x, byTheme); !slices.Equal(got, []string{"Mật ong"}) {
		t.Errorf("its theme finds %q", got)
	}
	if got := titles(t, x, catalog.Query{}); len(got) != 2 {
		t.Errorf("all are %q", got)
	}
	w.put(r.Description, words)
	w.passes(time.Minute)
	if got := titles(t, x, catalog.Query{Text: "mật"}); len(got) != 2 {
		t.Errorf("words that came back find %q", got)
	}
	w.put(r.Description, nil)
	w.Must(x.Reread(t.Context(), r.Description))
	if got, err := x.Search(t.Context(), catalog.Query{Text: "bi", Limit: 1}); err != nil || got.Total != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	// A new version has new words, and its old ones find nothing.
	w.release(a, 2, 2, market.Description{Title: ledger.Text{VI: "Sáp ong"}})
	w.wait(x)
	if got := append(titles(t, x, catalog.Query{Text: "mật"}), titles(t, x, catalog.Query{Text: "sáp ong"})...); !slices.Equal(got, []string{"Sáp ong"}) {
		t.Errorf("after a new version: %q", got)
	}
}

// TestHostile: queries that nobody means.
func TestHostile(t *testing.T) {
	w := newWorld(t)
	w.publish(w.Admit("a", ledger.KindDataProvider), 1, 1)
	x, stop := w.follow(t.TempDir())
	defer stop()
	many := make([]string, catalog.MaxChosen+1)
	for name, c := range map[string]struct {
		q     catalog.Query
		field string
	}{
		"long":            {catalog.Query{Text: strings.Repeat("ạ", catalog.MaxText+1)}, "q"},
		"unknown order":   {catalog.Query{Sort: "price"}, "sort"},
		"unknown facet":   {catalog.Query{Facets: map[catalog.Facet][]string{"colour": {"red"}}}, "colour"},
		"too many values": {catalog.Query{Facets: map[catalog.Facet][]string{catalog.ByTheme: many}}, "theme"},
		"too large page":  {catalog.Query{Limit: catalog.MaxLimit + 1}, "limit"},
		"negative page":   {catalog.Query{Limit: -1}, "limit"},
		"no cursor":       {catalog.Query{After: "x"}, "after"},
		"a long cursor":   {catalog.Query{After: strings.Repeat("A", 1<<16)}, "after"},
	} {
		_, err := x.Search(t.Context(), c.q)
		if e, ok := err.(*ledger.Error); !ok || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, q := range []catalog.Query{
		{Text: strings.Repeat("a ", 100)}, {Text: "\xff\xfe\x00"}, {Text: strings.Repeat("\u0301", 100)}, {Text: "Bộ' OR 1=1 --"},
		{Facets: map[catalog.Facet][]string{catalog.ByTheme: {"\x00"}}}, {After: "AAAAAAAAAAAAAAAAAAAAAA"},
	} {
		if r, err := x.Search(t.Context(), q); err != nil || len(r.Datasets) != 0 {
			t.Errorf("%+v finds %+v, %v", q, r, err)
		}
	}
}

// TestFacets compares counts with those of a catalogue that is gone through one by one.
func TestFacets(t *testing.T) {
	const n = 60
	r := rand.New(rand.NewPCG(1, 2))
	w := newWorld(t)
	orgs := []*contracttest.Org{w.Admit("a", ledger.KindDataProvider), w.Admit("b", ledger.KindAgency)}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	type model struct {
		words  string
		values map[catalog.Facet][]string
	}
	var all []model
	for i := range n {
		org := orgs[r.IntN(2)]
		d := market.Description{Title: ledger.Text{VI: pick("vải", "dừa", "tôm") + " " + pick("xuân", "hè")}, Place: pick("", "24", "86"), Score: r.IntN(100)}
		for _, theme := range []string{"AGRI", "ENVI", "HEAL"} {
			if r.IntN(2) == 0 {
				d.Themes = append(d.Themes, theme)
			}
		}
		rel := market.Release{
			Licence: pick("https://a.example", "https://b.example"), Files: []market.File{{Name: "a", Media: pick("text/csv", "application/geo+json; charset=utf-8"), CID: contracttest.CID(fmt.Sprint("file", i))}},
		}
		w.releaseOf(org, byte(i+1), 1, rel, d)
		m := model{d.Title.VI, map[catalog.Facet][]string{
			catalog.ByTheme: d.Themes, catalog.ByLicence: {rel.Licence}, catalog.ByPublisher: {org.OrgID().String()}, catalog.ByAccess: {"open"},
			catalog.ByKind: {"files"}, catalog.ByPrice: {catalog.PriceFree}, catalog.ByFresh: {catalog.FreshMonth}, catalog.ByFormat: {catalog.FormatOf(rel.Files[0].Media)},
		}}
		if d.Place != "" {
			m.values[catalog.ByPlace] = []string{d.Place}
		}
		quality := catalog.QualityUnknown
		switch {
		case d.Score >= 80:
			quality = catalog.QualityHigh
		case d.Score >= 50:
			quality = catalog.QualityFair
		case d.Score > 0:
			quality = catalog.QualityLow
		}
		m.values[catalog.ByQuality] = []string{quality}
		all = append(all, m)
	}
	x, stop := w.follow(t.TempDir())
	defer stop()
	fits := func(m model, q catalog.Query, but catalog.Facet) bool {
		for _, word := range strings.Fields(q.Text) {
			if !slices.Contains(strings.Fields(m.words), word) {
				return false
			}
		}
		for f, chosen := range q.Facets {
			if f != but && len(chosen) > 0 && !slices.ContainsFunc(chosen, func(v string) bool { return slices.Contains(m.values[f], v) }) {
				return false
			}
		}
		return true
	}
	for range 200 {
		q := catalog.Query{Text: pick("", "vải", "dừa hè", "tôm", "xuân"), Limit: 100, Facets: map[catalog.Facet][]string{}}
		for range r.IntN(4) {
			f := catalog.Facets[r.IntN(len(catalog.Facets))]
			from := all[r.IntN(n)].values[f]
			if len(from) > 0 {
				q.Facets[f] = append(q.Facets[f], from[0])
			}
		}
		got, err := x.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want, total := map[string]int{}, 0
		for _, m := range all {
			if fits(m, q, "") {
				total++
			}
			for f, values := range m.values {
				if fits(m, q, f) {
					for _, v := range values {
						want[string(f)+"="+v]++
					}
				}
			}
		}
		counted := map[string]int{}
		for f, counts := range got.Facets {
			for _, c := range counts {
				if c.Chosen != slices.Contains(q.Facets[f], c.Value) {
					t.Errorf("%+v: %s=%s is chosen: %v", q, f, c.Value, c.Chosen)
				}
				if c.N > 0 {
					counted[string(f)+"="+c.Value] = c.N
				}
			}
		}
		if got.Total != total || len(got.Datasets) != total || !reflect.DeepEqual(counted, want) {
			t.Fatalf("%+v\n%d found, %v\n%d wanted, %v", q, got.Total, counted, total, want)
		}
	}
}

// TestPaging: whoever turns pages sees each dataset once, also while others come.
func TestPaging(t *testing.T) {
	w := newWorld(t)
	a := w.Admit("a", ledger.KindDataProvider)
	for i := range byte(30) {
		w.publish(a, i+1, 1)
	}
	x, stop := w.follow(t.TempDir())
	defer stop()
	for range 3 {
		x.Downloaded(ledger.ID{7})
	}
	x.Downloaded(ledger.ID{9})
	next := byte(100)
	for _, q := range []catalog.Query{{Text: "bộ"}, {Sort: catalog.ByNewest}, {Sort: catalog.ByDownloads}, {Text: "bo", Sort: catalog.ByDownloads}} {
		seen := map[ledger.ID]int{}
		q.Limit = 7
		for first := true; first || q.After != ""; first = false {
			r, err := x.Search(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range r.Datasets {
				seen[d.Release.Dataset]++
			}
			if q.Sort == catalog.ByDownloads && first && (r.Datasets[0].Release.Dataset != ledger.ID{7} || r.Datasets[0].Downloads != 3 || r.Datasets[1].Release.Dataset != ledger.ID{9}) {
				t.Errorf("the most downloaded are %+v", r.Datasets[:2])
			}
			q.After = r.Next
			w.publish(a, next, 1)
			w.wait(x)
			next++
		}
		for i := range byte(30) {
			if seen[ledger.ID{i + 1}] != 1 {
				t.Errorf("%+v: dataset %d is seen %d times", q, i+1, seen[ledger.ID{i + 1}])
			}
		}
	}
}

// TestHarvest: the lists that others keep a copy by.
func TestHarvest(t *testing.T) {
	w := newWorld(t)
	a := w.Admit("a", ledger.KindDataProvider)
	for i := range byte(5) {
		w.publish(a, i+1, 1)
	}
	x, stop := w.follow(t.TempDir())
	defer stop()

	seen := map[ledger.ID]int{}
	var after uint64
	for step := 0; ; step++ {
		list, err := x.Published(t.Context(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, d := range list {
			seen[d.Release.Dataset]++
			after = d.First
		}
		if step == 0 {
			w.publish(a, 1, 2) // one that was seen, and one that was not
			w.publish(a, 4, 2)
			w.publish(a, 6, 1)
			w.wait(x)
		}
	}
	if len(seen) != 6 {
		t.Errorf("%v", seen)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s is seen %d times", id, n)
		}
	}

	// A copy that is kept by the changes ends up the same.
	versions := map[ledger.ID]int{}
	var since uint64
	harvest := func(n int) (told int) {
		list, err := x.Changes(t.Context(), since, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.Changed <= since {
				t.Errorf("%s comes out of order", c.Release.Dataset)
			}
			versions[c.Release.Dataset], since = c.Version, c.Changed
		}
		return len(list)
	}
	for step := 0; harvest(2) > 0; step++ {
		if step == 1 {
			w.publish(a, 2, 2)
			w.wait(x)
		}
	}
	if want := map[ledger.ID]int{{1}: 2, {2}: 2, {3}: 1, {4}: 2, {5}: 1, {6}: 1}; !reflect.DeepEqual(versions, want) {
		t.Errorf("%v", versions)
	}
	w.publish(a, 3, 2)
	w.wait(x)
	if n := harvest(10); n != 1 || versions[ledger.ID{3}] != 2 {
		t.Errorf("%d changes, %v", n, versions)
	}

	list, err := x.Versions(t.Context(), ledger.ID{3}, 0, 10)
	if err != nil || len(list) != 2 || list[0].Version != 2 || list[1].Version != 1 || list[1].About == nil {
		t.Errorf("%+v, %v", list, err)
	}
	if one, err := x.Version(t.Context(), ledger.ID{3}, 1); err != nil || !reflect.DeepEqual(one, list[1]) {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := x.Version(t.Context(), ledger.ID{3}, 3); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("%v", err)
	}
}

// TestUses: a dataset tells what was derived from it.
func TestUses(t *testing.T) {
	w := newWorld(t)
	a := w.Admit("a", ledger.KindDataProvider)
	w.publish(a, 1, 1)
	w.releaseOf(a, 2, 1, market.Release{
		Licence: "https://example.vn/licence", Files: []market.File{{Name: "a.csv", Media: "text/csv", CID: contracttest.CID("x")}},
		From: []market.Source{{Kind: market.FromDataset, Ref: ledger.ID{1}.String() + "/1", How: "averaged"}, {Kind: market.FromOutside, Ref: "https://example.vn", How: "read"}},
	}, market.Description{Title: ledger.Text{VI: "Bình quân"}})
	x, stop := w.follow(t.TempDir())
	defer stop()
	list, err := x.Uses(t.Context(), ledger.ID{1})
	if err != nil || !slices.Equal(list, []catalog.Use{{Dataset: ledger.ID{2}, Version: 1, Of: 1}}) {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := x.Uses(t.Context(), ledger.ID{2}); err != nil || list != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) decide(id byte, version int, standing market.Standing) {
	w.t.Helper()
	m := market.Moderation{Dataset: ledger.ID{id}, Version: version, Standing: standing, Reason: "x"}
	_, err := w.Submit(w.Operator.Member, market.DatasetContract, market.ActionModerate, market.ModerateSummary(m), trace.Encode(m))
	w.Must(err)
}

func (w *world) offer(o *contracttest.Org, id, offer byte, price market.Dong, until ledger.Time) market.Offer {
	w.t.Helper()
	made := market.Offer{
		ID: ledger.ID{offer}, Dataset: ledger.ID{id}, Until: until, Policy: contracttest.CID(fmt.Sprint("policy ", offer)),
		Terms: market.Terms{Price: price, Purposes: []market.Purpose{market.PurposeInternal}},
	}
	_, err := w.Submit(o.Member, market.DatasetContract, market.ActionOffer, market.OfferSummary(made), trace.Encode(made))
	w.Must(err)
	return made
}

// TestOffers: what is offered, approved, refused and taken down is found accordingly,
// also after a restart and by a catalogue that is built anew.
func TestOffers(t *testing.T) {
	w := newWorld(t)
	a := w.Admit("a", ledger.KindDataProvider)
	sealed := func(id byte) {
		w.releaseOf(a, id, 1, market.Release{
			Access: market.Agreed, Licence: "https://example.vn/licence",
			Statement: &market.Statement{Seller: market.SellerCoop, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
			Files:     []market.File{{Name: "a.csv", Media: "text/csv", CID: contracttest.CID(fmt.Sprint("cipher", id)), Sealed: &market.Sealed{Plain: ledger.Hash{1}, Cipher: ledger.Hash{2}, Key: ledger.Hash{3}, Chunk: seal.Chunk}}},
		}, market.Description{Title: ledger.Text{VI: fmt.Sprintf("Bộ %d", id)}})
	}
	w.publish(a, 1, 1)
	sealed(2)
	sealed(3)
	sealed(4)
	dir := t.TempDir()
	x, stop := w.follow(dir)
	check := func(when string, want map[string][]byte) {
		t.Helper()
		w.wait(x)
		anew, stopAnew := w.follow(t.TempDir())
		defer stopAnew()
		for name, x := range map[string]*catalog.Catalog{"grown": x, "anew": anew} {
			for price, ids := range want {
				r, err := x.Search(t.Context(), catalog.Query{Facets: map[catalog.Facet][]string{catalog.ByPrice: {price}}})
				if err != nil {
					t.Fatal(err)
				}
				var got []byte
				for _, d := range r.Datasets {
					got = append(got, d.Release.Dataset[0])
				}
				slices.Sort(got)
				if !slices.Equal(got, ids) {
					t.Errorf("%s, %s: %s are %v, want %v", when, name, price, got, ids)
				}
			}
		}
		one, err := x.Changes(t.Context(), 0, 100)
		other, err2 := anew.Changes(t.Context(), 0, 100)
		if err != nil || err2 != nil || !reflect.DeepEqual(one, other) {
			t.Errorf("%s: changes are\n%+v, %v\n%+v, %v", when, one, err, other, err2)
		}
	}
	check("published", map[string][]byte{"free": {1}, "asked": {2, 3, 4}, "paid": nil})
	paid := w.offer(a, 2, 20, 100, 0)
	w.offer(a, 3, 30, 0, ledger.TimeOf(time.Now().Add(time.Hour)))
	w.offer(a, 3, 31, 500, 0)
	check("offered", map[string][]byte{"free": {1}, "asked": {2, 3, 4}, "paid": nil})
	w.decide(2, 1, market.Approved)
	w.decide(3, 1, market.Approved)
	w.decide(4, 1, market.Refused)
	check("approved", map[string][]byte{"free": {1, 3}, "asked": nil, "paid": {2, 3}})
	if x.Readable(contracttest.CID("cipher2")) || !x.Readable(paid.Policy) {
		t.Error("of what is offered for money the policy is public, and no ciphertext")
	}
	w.passes(2 * time.Hour)
	check("the free offer over", map[string][]byte{"free": {1}, "asked": nil, "paid": {2, 3}})
	back := market.Retraction{Offer: paid.ID}
	_, err := w.Submit(a.Member, market.DatasetContract, market.ActionRetract, market.RetractSummary(back), trace.Encode(back))
	w.Must(err)
	w.decide(1, 1, market.Delisted)
	check("taken back", map[string][]byte{"free": nil, "asked": {2}, "paid": {3}})
	if r, err := x.Search(t.Context(), catalog.Query{Text: "bộ 1"}); err != nil || r.Total != 0 {
		t.Errorf("what is delisted is found: %+v, %v", r, err)
	}
	changes, err := x.Changes(t.Context(), 0, 100)
	if err != nil || len(changes) != 4 || !changes[3].Gone || changes[3].About != nil || changes[3].Files != nil {
		t.Errorf("%+v, %v", changes, err)
	}
	if d, err := x.Known(t.Context(), ledger.ID{1}); err != nil || d.Judged == nil || d.Judged.Reason != "x" {
		t.Errorf("%+v, %v", d, err)
	}
	if all, err := x.Of(t.Context(), a.OrgID()); err != nil || len(all) != 4 {
		t.Errorf("%+v, %v", all, err)
	}
	stop()
	x, stop = w.follow(dir)
	defer stop()
	check("opened again", map[string][]byte{"free": nil, "asked": {2}, "paid": {3}})
}
