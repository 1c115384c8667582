package node_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// orchard is a site with a lot and what was made of it.
type orchard struct {
	*site
	coop, shop                  *party
	product, candy, lot, packed trace.ID
	code                        trace.Code
}

func newOrchard(t testing.TB) *orchard {
	t.Helper()
	o := &orchard{site: newSite(t)}
	o.coop, o.shop = o.admit("Hợp tác xã Kim Biên", ledger.KindCoop), o.admit("Cửa hàng B", ledger.KindRetailer)
	o.product = o.site.product(o.coop, 1, trace.Text{VI: "Vải thiều tươi", EN: "Fresh lychee"})
	o.candy = o.site.product(o.coop, 2, trace.Text{VI: "Vải sấy", EN: "Dried lychee"})
	o.lot, o.packed = o.site.lot(o.product, "HG-01"), o.site.lot(o.candy, "VS-01/A")
	o.recordEvents(o.coop, ledger.Public, o.commission(o.lot, 100), o.transform(o.lot, 50, o.packed, 20))
	o.code = o.site.code(o.coop, "00012")
	o.direct(o.coop.token, trace.ActionProduct, trace.Product{
		ID: trace.MustID("/t/" + string(o.code)), Unit: "KGM", Tolerance: trace.Ratio{Num: 1, Den: 100}, HardCap: trace.Ratio{Num: 1, Den: 10},
		Profile: o.describe(o.coop.token, trace.Profile{Name: trace.Text{VI: "Gáo dừa", EN: "Coconut bowl"}}, false),
	})
	return o
}

// page reads a page and checks what every page is.
func (s *site) page(path string, status int, h ...string) string {
	s.Helper()
	a := s.must(s.get(path, "", h...), status)
	secured(s, a)
	if media := a.Header.Get("Content-Type"); media != "text/html; charset=UTF-8" {
		s.Errorf("%s is %q", path, media)
	}
	for _, m := range outside.FindAllString(string(a.body), -1) {
		if !strings.Contains(m, publicURL) {
			s.Errorf("%s refers to another host: %s", path, m)
		}
	}
	return string(a.body)
}

// outside finds what a browser would fetch or post to elsewhere.
var outside = regexp.MustCompile(`(?:src|action|data|srcset)="(?:https?:)?//[^"]*"|<link[^>]*href="(?:https?:)?//[^"]*"|url\([^)]*//[^)]*\)|@import[^;]*`)

func TestLanguages(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	vi, en := "Vải thiều tươi", "Fresh lychee"
	tests := []struct {
		query  string
		header []string
		want   string
	}{
		{"", nil, vi},
		{"", []string{"Accept-Language", "en-US,en;q=0.9"}, en},
		{"", []string{"Accept-Language", "vi,en;q=0.5"}, vi},
		{"", []string{"Accept-Language", "fr"}, en},
		{"?lang=en", []string{"Accept-Language", "vi"}, en},
		{"?lang=vi", []string{"Accept-Language", "en"}, vi},
		{"?lang=xx", nil, vi},
		{"", []string{"Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5"}, en}, // names are in two languages, the page in Chinese
		{"", []string{"Accept-Language", "vi", "Cookie", "lang=en"}, en},
	}
	for _, test := range tests {
		page := o.page(o.lot.Path()+test.query, 200, test.header...)
		if !strings.Contains(page, "<h1 data-item=\"1\">"+test.want+"</h1>") {
			t.Errorf("%q %q: not in the language of %q", test.query, test.header, test.want)
		}
	}
	if page := o.page(o.lot.Path(), 200, "Accept-Language", "zh-CN,zh;q=0.9"); !strings.Contains(page, `<html lang="zh">`) || !strings.Contains(page, "已登记") || !strings.Contains(page, "?lang=vi") {
		t.Errorf("a Chinese reader is given %s", page)
	}
	a := o.get(o.lot.Path()+"?lang=en", "")
	if c := a.Cookies(); len(c) != 1 || c[0].Value != "en" {
		t.Errorf("the choice is not kept: %v", c)
	}
	for _, header := range []string{"Accept", "Accept-Language", "Cookie", "Accept-Encoding"} {
		if !strings.Contains(strings.Join(a.Header.Values("Vary"), ", "), header) {
			t.Errorf("Vary %q lacks %s", a.Header.Values("Vary"), header)
		}
	}
}

func TestPassportData(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	var first []byte
	for _, a := range []*answer{
		o.get(o.lot.Path()+"?format=json", ""),
		o.get(o.lot.Path(), "", "Accept", "application/json"),
		o.get("/api/v1/passport/"+escaped(o.lot.String()), ""),
		o.get("/api/v1/passport/"+escaped("(01)"+strings.Split(o.lot.Path(), "/")[2]+"(10)HG-01"), ""),
	} {
		o.must(a, 200)
		if first == nil {
			first = a.body
		}
		if !bytes.Equal(first, a.body) || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", a.Request.URL, a)
		}
	}
	var p struct {
		ID, Level, State, Receipt string
		Quantity                  string
		Journey                   []struct{ Step, Receipt string }
	}
	if err := json.Unmarshal(first, &p); err != nil {
		t.Fatal(err)
	}
	if p.ID != o.lot.String() || p.Level != "lot" || p.State != "recorded" || p.Quantity != "100 KGM" || len(p.Journey) != 2 {
		t.Errorf("%s", first)
	}
	o.must(o.get(p.Receipt, ""), 200)
	o.must(o.get(o.product.Path()+"/10/X", "", "Accept", "application/json"), 404).problem(t)
}

// TestRecall: a recall stands on every descendant's page as soon as it is
// answered, and goes as soon as it is lifted.
func TestRecall(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	pages := []string{o.lot.Path(), o.packed.Path(), o.lot.Path() + "?lang=en", o.packed.Path() + "?lang=en", "/trace?id=" + escaped(o.packed.String())}
	state := func() string {
		var p struct{ State string }
		o.must(o.get(o.packed.Path()+"?format=json", ""), 200).into(t, &p)
		return p.State
	}
	recalled := func(want bool) {
		t.Helper()
		for _, path := range pages {
			page := o.page(path, 200)
			if strings.Contains(page, "Trả lại nơi mua") != want && !strings.HasPrefix(path, "/trace") {
				t.Errorf("%s shows the recall: %v", path, !want)
			}
			if strings.Contains(page, "recalled") != want {
				t.Errorf("%s is marked as recalled: %v", path, !want)
			}
		}
		if got := state(); (got == "recalled") != want {
			t.Errorf("the data says %s", got)
		}
		if list := o.page(o.product.Path(), 200); strings.Contains(list, "recalled") != want {
			t.Errorf("the product's page marks the lot: %v", !want)
		}
	}
	for range 2 { // the second round is of pages from the cache
		recalled(false)
	}
	recall := trace.Recall{Target: o.lot, Reason: "Dư lượng thuốc", Action: "Trả lại nơi mua", Contact: "1900 0000"}
	o.must(o.record(o.shop.token, trace.Contract, trace.ActionRecall, recall), 403)
	recalled(false)
	o.must(o.record(o.coop.token, trace.Contract, trace.ActionRecall, recall), 201)
	for range 2 {
		recalled(true)
	}
	o.must(o.capture(o.coop.token, ledger.Public, documentOf(o.ship(o.packed, 1, o.shop))), 409)
	o.must(o.record(o.coop.token, trace.Contract, trace.ActionRecall, trace.Recall{Target: o.lot, Lift: true, Reason: "Kiểm lại đạt"}), 201)
	recalled(false)
	o.must(o.capture(o.coop.token, ledger.Public, documentOf(o.ship(o.packed, 1, o.shop))), 202)
}

func TestTypedCodes(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	gtin := strings.TrimPrefix(o.product.Path(), "/01/")
	wrong := gtin[:13] + string('0'+(gtin[13]-'0'+1)%10)
	spoken := strings.ToLower(o.code.Spoken())
	found := map[string]string{
		gtin:                                  o.product.Path(),
		gtin[1:]:                              o.product.Path(),
		" " + gtin[:5] + " " + gtin[5:] + " ": o.product.Path(),
		"(01)" + gtin + "(10)HG-01":           o.lot.Path(),
		o.packed.String():                     o.packed.Path(),
		publicURL + o.lot.Path():              o.lot.Path(),
		string(o.code):                        "/t/" + string(o.code),
		spoken:                                "/t/" + string(o.code),
		strings.ReplaceAll(strings.ReplaceAll(spoken, "0", "o"), "1", "l"): "/t/" + string(o.code),
	}
	for typed, path := range found {
		a := o.must(o.get("/code?q="+escaped(typed), ""), http.StatusSeeOther)
		if got := a.Header.Get("Location"); got != path {
			t.Errorf("%q leads to %s, not to %s", typed, got, path)
		}
		o.page(path, 200)
	}
	problems := []struct {
		path   string
		status int
		says   string
	}{
		{"/code?q=" + wrong, 400, "gõ nhầm"},
		{"/code?q=" + escaped(strings.Replace(spoken, "00012", "00013", 1)), 400, "gõ nhầm"},
		{"/code?q=" + escaped("vải thiều"), 400, "vải thiều"},
		{"/code?q=" + escaped("<script>alert(1)</script>"), 400, "&lt;script&gt;"},
		{"/code", 400, ""},
		{"/01/" + wrong, 400, wrong},
		{"/01/" + gtin + "/10/" + strings.Repeat("9", 21), 400, ""},
		{"/01/" + gtin + "/10/FAKE", 404, ""},
		{"/t/" + string(o.code) + "/10/FAKE", 404, ""},
		{"/t/X", 400, ""},
		{"/01/", 404, ""},
		{"/nowhere", 404, ""},
		{"/datasets?q=" + strings.Repeat("a", 201), 400, ""},
		{"/datasets?after=x", 400, ""},
		{"/datasets/x", 404, ""},
		{"/datasets/" + strings.Repeat("0", 32), 404, ""},
		{"/assets/none.css", 404, ""},
		{"/trace", 400, ""},
		{"/trace?id=" + escaped(o.lot.String()) + "&direction=sideways", 400, ""},
		{"/qr?id=nothing", 400, ""},
	}
	for _, test := range problems {
		page := o.page(test.path, test.status)
		if !strings.Contains(page, test.says) || !strings.Contains(page, `<html lang="vi">`) || strings.Contains(page, "<script>alert") {
			t.Errorf("%s does not say %q: %s", test.path, test.says, page)
		}
	}
	o.must(o.call("POST", o.lot.Path(), "", nil, nil), http.StatusMethodNotAllowed)
}

// TestUnrecordedPiece: a serial that nobody recorded leads to its lot.
func TestUnrecordedPiece(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	a := o.must(o.get(o.lot.Path()+"/21/7?lang=en", ""), http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != o.lot.Path()+"?lang=en" {
		t.Errorf("leads to %s", got)
	}
	o.page(o.product.Path()+"/10/FAKE/21/7", 404)
	o.page(o.product.Path()+"/21/7", 404)
}

func TestOtherPages(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	if home := o.page("/", 200); !strings.Contains(home, `action="/code"`) || !strings.Contains(home, "Sổ thử") {
		t.Errorf("%s", home)
	}
	graph := o.page("/trace?id="+escaped(o.lot.String()), 200)
	if !strings.Contains(graph, "Vải sấy") || !strings.Contains(graph, `href="`+o.packed.Path()+`"`) {
		t.Errorf("the lineage does not lead on: %s", graph)
	}
	up := o.page("/trace?id="+escaped(o.lot.String())+"&direction=up", 200)
	if strings.Contains(up, `href="`+o.packed.Path()+`"`) {
		t.Error("upward is what it was made of only")
	}
	dataset := o.publish(o.coop)
	if empty := o.page("/datasets?theme=HEAL", 200); strings.Contains(empty, "/datasets/"+dataset) {
		t.Error("a dataset is found that is about something else")
	}
	if found := o.page("/datasets?q=san+luong", 200); !strings.Contains(found, `href="/datasets/`+dataset+`"`) || !strings.Contains(found, "Hợp tác xã Kim Biên") {
		t.Errorf("the dataset is not found: %s", found)
	}
	page := o.page("/datasets/"+dataset, 200)
	for _, want := range []string{"Sản lượng vải", "CC BY 4.0", "Phượng Sơn", "Hợp tác xã Kim Biên", "/files/1/0", "/api/v1/receipts/"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of dataset %s lacks %q", dataset, want)
		}
	}
	if en := o.page("/datasets/"+dataset+"?lang=en", 200); !strings.Contains(en, "Lychee harvest") {
		t.Error("the dataset has no English")
	}
}

func TestQR(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	for _, id := range []trace.ID{o.product, o.lot, o.packed, trace.MustID("/t/" + string(o.code))} {
		a := o.must(o.get("/qr?id="+escaped(id.String()), ""), 200)
		text := readQR(t, bytes.NewReader(a.body))
		if want := publicURL + id.Path(); text != want {
			t.Errorf("carries %s, not %s", text, want)
		}
		o.page(strings.TrimPrefix(text, publicURL), 200)
	}
	long := o.must(o.get("/qr?id="+escaped("https://example.com/"+strings.Repeat("x", 1000)), ""), 200)
	if _, err := png.Decode(bytes.NewReader(long.body)); err != nil {
		t.Error(err)
	}
}

// TestTransferred: a page with all that it needs is small on the wire, and says
// the same compressed and not.
func TestTransferred(t *testing.T) {
	t.Parallel()
	o := newOrchard(t)
	fetch := func(path, encoding string) *answer {
		t.Helper()
		return o.must(o.get(path, "", "Accept-Encoding", encoding), 200)
	}
	total := 0
	both := func(path string) string {
		t.Helper()
		packed, plain := fetch(path, "gzip, deflate, br"), fetch(path, "identity")
		if packed.Header.Get("Content-Encoding") == "" && len(plain.body) < 1024 {
			total += len(packed.body)
			return string(plain.body)
		}
		if packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("Content-Encoding") != "" {
			t.Fatalf("%s: encodings %q and %q", path, packed.Header.Get("Content-Encoding"), plain.Header.Get("Content-Encoding"))
		}
		total += len(packed.body)
		r, err := gzip.NewReader(bytes.NewReader(packed.body))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		b, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(b, plain.body) {
			t.Errorf("%s: compressed it says something else: %v", path, err)
		}
		for _, a := range []*answer{packed, plain} {
			if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s: Vary %q", path, a.Header.Values("Vary"))
			}
		}
		return string(plain.body)
	}
	page := both(o.packed.Path())
	for _, m := range assetAddress.FindAllStringSubmatch(page, -1) {
		both(m[1])
	}
	if total > 60<<10 {
		t.Errorf("a page takes %d bytes", total)
	}
	t.Logf("a passport page with its assets: %d bytes transferred", total)
	for _, path := range []string{"/", "/openapi.json", "/trace?id=" + escaped(o.lot.String()), o.packed.Path() + "?format=json"} {
		both(path)
	}
	for _, encoding := range []string{"gzip;q=0", "br", "", "gzip;q=0.000, identity"} {
		if got := fetch(o.packed.Path(), encoding).Header.Get("Content-Encoding"); got != "" {
			t.Errorf("for %q: %q", encoding, got)
		}
	}
	if got := fetch(o.packed.Path(), "br;q=1, GZIP;q=0.5").Header.Get("Content-Encoding"); got != "gzip" {
		t.Errorf("%q", got)
	}
}

// TestDescription: /openapi.json names every route of the register's own API.
func TestDescription(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID, Summary string
			Responses            map[string]any
		}
	}
	s.must(s.get("/openapi.json", ""), 200).into(t, &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	seen := map[string]bool{}
	for _, route := range s.routes("/api/v1/") {
		method, path, _ := strings.Cut(route, " ")
		if method == http.MethodHead {
			continue
		}
		path = parameter.ReplaceAllString(path, "{$1}")
		op, ok := doc.Paths[path][strings.ToLower(method)]
		if !ok || op.OperationID == "" || op.Summary == "" || len(op.Responses) < 2 || seen[op.OperationID] {
			t.Errorf("%s %s is not described: %+v", method, path, op)
		}
		seen[op.OperationID] = true
	}
	if len(seen) < 12 {
		t.Errorf("%d operations", len(seen))
	}
}

var parameter = regexp.MustCompile(`:(\w+)`)

func TestHealth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var health, ready struct {
		OK        bool
		Size, Lag uint64
	}
	s.must(s.get("/healthz", ""), 200).into(t, &health)
	s.must(s.get("/readyz", ""), 200).into(t, &ready)
	if !health.OK || !ready.OK || ready.Size != 1 || ready.Lag != 0 {
		t.Errorf("%+v %+v", health, ready)
	}
}
