package web

import (
	"bytes"
	"cmp"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var pagesDir = flag.String("pages", "", "folder to write the rendered sample pages and assets to, to look at them")

var site = New(Options{PublicURL: "https://sogoc.example/", RegisterName: "Sổ Gốc Bắc Ninh", Sample: func() bool { return true }})

type rendered struct {
	name string
	lang Lang
	page []byte
}

func (r rendered) path() string { return "/" + r.name + "." + string(r.lang) }

type pageOf struct {
	name  string
	write func(*bytes.Buffer, Lang) error
}

func samplePages() []pageOf {
	passport := func(v *Passport) func(*bytes.Buffer, Lang) error {
		return func(b *bytes.Buffer, l Lang) error { return site.Passport(b, l, v) }
	}
	pages := []pageOf{
		{"passport", passport(lycheePassport())},
		{"amber", passport(amberPassport())},
		{"red", passport(redPassport())},
		{"early", passport(earlyPassport())},
		{"cleared", passport(clearedPassport())},
		{"product", passport(productPassport())},
		{"container", passport(containerPassport())},
		{"declared", passport(declaredPassport())},
		{"bare", passport(&Passport{Level: LevelProduct, ID: batch.Product()})},
		{"home", func(b *bytes.Buffer, l Lang) error { return site.Home(b, l, sampleHome()) }},
		{"empty", func(b *bytes.Buffer, l Lang) error { return site.Home(b, l, &Home{}) }},
		{"dataset", func(b *bytes.Buffer, l Lang) error { return site.Dataset(b, l, sampleDataset()) }},
		{"datasets", func(b *bytes.Buffer, l Lang) error { return site.Datasets(b, l, sampleDatasets()) }},
		{"dataset-agreed", func(b *bytes.Buffer, l Lang) error { return site.Dataset(b, l, sampleAgreed()) }},
		{"versions", func(b *bytes.Buffer, l Lang) error {
			return site.DatasetVersions(b, l, &Versions{Title: sampleDataset().Title, Path: "/datasets/1/versions", Up: "/datasets/1", List: sampleDataset().Versions, Next: "/datasets/1/versions?before=1"})
		}},
		{"datasets-none", func(b *bytes.Buffer, l Lang) error { return site.Datasets(b, l, &Datasets{}) }},
		{"datasets-wrong", func(b *bytes.Buffer, l Lang) error { return site.Datasets(b, l, &Datasets{Search: "x", Wrong: true}) }},
		{"trace", func(b *bytes.Buffer, l Lang) error { return site.Trace(b, l, sampleGraph()) }},
		{"trace-large", func(b *bytes.Buffer, l Lang) error { return site.Trace(b, l, largeGraph()) }},
		{"alone", func(b *bytes.Buffer, l Lang) error { return site.Trace(b, l, &Graph{Root: batch, Direction: Up}) }},
	}
	pages = append(pages, slices.Concat(deskPages(), orgPages(), accountPages(), operatorPages(), tokenPages(), dataPages(), keyPages(), labelPages(), protectionPages(), batchPages(), recallPages(), certificatePages(), dossierPages(), shopperPages(), plotPages(), sheetPages(), listingPages(), provenancePages(), tradePages(), searchPages(), bidPages(), requestPages())...)
	for _, k := range problemKinds {
		pages = append(pages, pageOf{string(k), func(b *bytes.Buffer, l Lang) error {
			return site.Problem(b, l, &Problem{Kind: k, Typed: "BNHG-00012-8", Request: "01J0000000"})
		}})
	}
	return pages
}

var problemKinds = []ProblemKind{ProblemMistyped, ProblemUnreadable, ProblemUnknown, ProblemNotFound, ProblemBad, ProblemConflict, ProblemForbidden, ProblemSignIn, ProblemTooLarge, ProblemUnavailable, ProblemInternal}

// strangersRead tells the sample pages of strangers from those of the desk.
func strangersRead(name string) bool {
	return slices.Contains(strings.Fields(`passport amber red early cleared product container declared bare home empty trace trace-large alone certificate
		piece never sold destroyed returned complaint complaint-wrong complained complaint-door complaint-wrong-code complaint-seen complaint-closed`), name) ||
		slices.Contains(problemKinds, ProblemKind(name))
}

func renderAll(t testing.TB) []rendered {
	t.Helper()
	var all []rendered
	for _, p := range samplePages() {
		for _, lang := range Languages {
			if !slices.Contains(Complete, lang) && !strangersRead(p.name) {
				continue // it would be the English page
			}
			var b bytes.Buffer
			if err := p.write(&b, lang); err != nil {
				t.Fatalf("%s in %s: %v", p.name, lang, err)
			}
			all = append(all, rendered{p.name, lang, b.Bytes()})
		}
	}
	return all
}

func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func parse(t *testing.T, page []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// words is what a reader reads.
func textOf(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestStructure(t *testing.T) {
	for _, r := range renderAll(t) {
		t.Run(r.name+"/"+string(r.lang), func(t *testing.T) {
			checkStructure(t, r)
		})
	}
}

func checkStructure(t *testing.T, r rendered) {
	count := map[string]int{}
	ids := map[string]bool{}
	buttons := map[string]bool{}
	var refs []string
	walk(parse(t, r.page), func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		count[n.Data]++
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %q appears twice", id)
			}
			ids[id] = true
		}
		for _, key := range []string{"aria-labelledby", "aria-describedby", "for"} {
			refs = append(refs, strings.Fields(attr(n, key))...)
		}
		if href := attr(n, "href"); strings.HasPrefix(href, "#") {
			refs = append(refs, href[1:])
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s> has the inline attribute %s", n.Data, a.Key)
			}
			if slices.Contains([]string{"src", "href", "action", "srcset", "data", "poster", "xlink:href"}, a.Key) {
				checkAddress(t, n, a.Val)
			}
		}
		switch n.Data {
		case "html":
			if attr(n, "lang") != string(r.lang) {
				t.Errorf("lang is %q", attr(n, "lang"))
			}
		case "script":
			data := attr(n, "type") == "application/ld+json" // which is not run
			if !data && (attr(n, "src") == "" || n.FirstChild != nil) {
				t.Error("an inline script")
			}
		case "style":
			t.Error("an inline style")
		case "img":
			if !hasAttr(n, "alt") || attr(n, "width") == "" || attr(n, "height") == "" {
				t.Error("an image without alt, width or height")
			}
		case "svg":
			if attr(n, "aria-hidden") != "true" && attr(n, "role") != "img" && attr(n, "role") != "group" {
				t.Error("a drawing that is neither hidden nor described")
			}
		case "button", "a", "summary":
			if n.Data == "a" && !hasAttr(n, "href") {
				break
			}
			if textOf(n) == "" && attr(n, "aria-label") == "" {
				t.Errorf("a <%s> without words", n.Data)
			}
			if name := cmp.Or(attr(n, "aria-label"), textOf(n)); n.Data != "a" && inList(n) {
				if buttons[name] {
					t.Errorf("two buttons of a list are named %q, which are one to who hears them", name)
				}
				buttons[name] = true
			}
		}
	})
	for _, ref := range refs {
		if !ids[ref] {
			t.Errorf("nothing has the id %q", ref)
		}
	}
	for name, want := range map[string]int{"main": 1, "h1": 1, "header": 1, "footer": 1, "title": 1, "html": 1} {
		if name == "title" {
			continue // drawings have titles too
		}
		if count[name] != want {
			t.Errorf("%d <%s>, not %d", count[name], name, want)
		}
	}
	if count["nav"] < 1 && !bytes.Contains(r.page, []byte(`id="recovery"`)) { // which is shown once, and not in another language
		t.Error("no <nav>")
	}
	if !bytes.Contains(r.page, []byte(`class="ribbon"`)) {
		t.Error("sample data is not said to be")
	}
	if place := blank.Find(r.page); place != nil {
		t.Errorf("the page has the place %s of a text", place)
	}
	for _, bad := range []string{"ZgotmplZ", "<no value>", "%!", "{who}", "{what}", "&amp;amp;"} {
		if bytes.Contains(r.page, []byte(bad)) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func inList(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n.Data == "li" {
			return true
		}
	}
	return false
}

// checkAddress allows requests to this site alone, and links that a reader may
// choose to follow.
func checkAddress(t *testing.T, n *html.Node, address string) {
	u, err := url.Parse(address)
	if err != nil {
		t.Errorf("<%s> has the address %q: %v", n.Data, address, err)
		return
	}
	switch {
	case u.Scheme == "" && u.Host == "":
	case n.Data == "a" && (u.Scheme == "tel" || u.Scheme == "mailto" || u.Scheme == "intent" || u.Scheme == "otpauth"):
	case n.Data == "a" && u.Scheme == "https" && strings.Contains(attr(n, "rel"), "noreferrer"):
	case n.Data == "link" && attr(n, "rel") == "canonical" && u.Host == "sogoc.example":
	default:
		t.Errorf("<%s> goes to %q", n.Data, address)
	}
}

func TestStylesAskNothingElsewhere(t *testing.T) {
	for name, body := range readAll(assetFiles, "assets") {
		for _, bad := range []string{"url(", "@import", "https://", "//cdn"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
}

// A passport with its styles and scripts stays below 48 KiB uncompressed, which
// is a third of that on the way.
func TestWeight(t *testing.T) {
	sum := 0
	for _, name := range []string{"web.css", "check.js", "icon.svg"} {
		body, _, _ := site.Asset(site.AssetPath(name))
		sum += len(body)
	}
	for _, r := range renderAll(t) {
		if total := sum + len(r.page); total > 48<<10 {
			t.Errorf("%s in %s weighs %d bytes, %d of them styles and scripts", r.name, r.lang, total, sum)
		}
	}
}

// The ten items of Circular 02/2024/TT-BKHCN are on every passport, also when
// there is nothing to say about one.
func TestTenItems(t *testing.T) {
	for _, r := range renderAll(t) {
		if !slices.Contains([]string{"passport", "amber", "red", "product", "container", "declared", "bare"}, r.name) {
			continue
		}
		items := map[string]string{}
		walk(parse(t, r.page), func(n *html.Node) {
			if i := attr(n, "data-item"); i != "" {
				items[i] = textOf(n)
			}
		})
		for _, i := range strings.Fields("1 2 3 4 5 6 7 8 9 10") {
			said, ok := items[i]
			if !ok {
				t.Errorf("%s in %s lacks item %s", r.name, r.lang, i)
			}
			if r.name == "passport" && said == "" && i != "2" {
				t.Errorf("item %s is empty", i)
			}
		}
	}
}

func page(t *testing.T, lang Lang, v *Passport) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := site.Passport(&b, lang, v); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.Bytes())
}

func TestPassportSays(t *testing.T) {
	tests := []struct {
		name string
		lang Lang
		view *Passport
		want []string
	}{
		{"recorded", Vietnamese, lycheePassport(), []string{
			"Đã ghi sổ · chưa sửa đổi từ 03/06/2026", "HTX Vải thiều Hồng Giang khai", "OCOP 4 sao", "1.250,5\u00a0kg", "250\u00a0thùng xốp",
			"Chi cục Trồng trọt và Bảo vệ thực vật Bắc Ninh xác nhận mã số vùng trồng và nhật ký phun thuốc", "(01)09520001000119 (10)HG-0306",
			"Còn 3 bước", "Xem 4 bước trước đó", "Ghi nhầm: gõ thừa một số 0", "Nhiệt độ 2,1\u00a0°C – 4,6\u00a0°C", "Đủ cách ly: cần 14 ngày, đã 20 ngày",
			"05/06/2026, 04:45", "Một hộ sản xuất thu hoạch", "Do HTX Vải thiều Hồng Giang ghi thay", "Mục số 1.184, dưới điểm chốt 1.297 mục", "Bằng khóa mà máy chủ giữ hộ người ghi (bacninh.sogoc.example)"}},
		{"recorded", English, lycheePassport(), []string{
			"Recorded · unaltered since 3 Jun 2026", "Declared by Hồng Giang Lychee Co-op", "1,250.5\u00a0kg", "250\u00a0foam boxes", "A farming household harvested", "Entered on their behalf by Hồng Giang Lychee Co-op"}},
		{"flagged", Vietnamese, amberPassport(), []string{
			"Đã ghi sổ · có điểm cần chú ý", "Gửi 1.200\u00a0kg, nhận 1.185\u00a0kg.", "đã hết hạn", "đã bị thu hồi", "Chưa đủ cách ly: cần 14 ngày, mới 8 ngày", "Bằng ví riêng của người ghi"}},
		{"recalled", Vietnamese, redPassport(), []string{
			"Đã thu hồi từ 05/06/2026", "Bạn cần làm gì: Đừng ăn.", "1900 6868", "Vì được làm từ: vải thiều Lô T2-0306"}},
		{"early", Vietnamese, earlyPassport(), []string{
			"Đã ghi sổ · có điểm cần chú ý", "Hái khi chưa hết thời gian cách ly: được hái từ 12/06/2026."}},
		{"cleared", Vietnamese, clearedPassport(), []string{
			"Đã ghi sổ · chưa sửa đổi", "Có vải thiều T2-0306 hái khi chưa hết thời gian cách ly: được hái từ 12/06/2026.",
			"Kiểm nghiệm sau khi hái đạt: Chi cục Trồng trọt và Bảo vệ thực vật Bắc Ninh, 05/06/2026."}},
		{"product", English, productPassport(), []string{"Recent lots", "HG-2905", "Recalled", "No step has been made public yet."}},
		{"container", Vietnamese, containerPassport(), []string{"Bên trong kiện", "(00)095200010000000010", "24\u00a0cái"}},
		{"declared", Vietnamese, declaredPassport(), []string{"Chỉ là lời khai", "một nghệ nhân ghi nhận hàng.", "số sê-ri 0007", "chưa ghi"}},
	}
	for _, tt := range tests {
		t.Run(tt.name+"/"+string(tt.lang), func(t *testing.T) {
			said := textOf(page(t, tt.lang, tt.view))
			said = strings.NewReplacer(" .", ".", " ,", ",").Replace(said)
			for _, want := range tt.want {
				want = strings.Join(strings.Fields(want), " ")
				if !strings.Contains(strings.ToLower(said), strings.ToLower(want)) {
					t.Errorf("the page does not say %q", want)
				}
			}
		})
	}
}

// What LOOK asks first comes first.
func TestOrder(t *testing.T) {
	var b bytes.Buffer
	if err := site.Passport(&b, Vietnamese, lycheePassport()); err != nil {
		t.Fatal(err)
	}
	last := -1
	for _, mark := range []string{`class="verdict`, `class="photo`, `<h1`, `class="maker"`, `class="seals"`, `class="known"`, `class="journey"`, `class="map"`, `class="growing"`, `Tài liệu</h2>`, `class="proof"`, `class="contact"`} {
		i := strings.Index(b.String(), mark)
		if i <= last {
			t.Errorf("%s is at %d, after %d", mark, i, last)
		}
		last = i
	}
}

func TestAddressesOfPeopleAreLinks(t *testing.T) {
	links := map[string]bool{}
	walk(page(t, Vietnamese, redPassport()), func(n *html.Node) {
		if n.Data == "a" {
			links[attr(n, "href")] = true
		}
	})
	for _, want := range []string{"tel:02043881234", "mailto:lienhe@hongiang.example", "mailto:baocao@sogoc.example", "tel:19006868", "?lang=en", "/api/v1/receipts/1184/0"} {
		if !links[want] {
			t.Errorf("no link to %s", want)
		}
	}
}

// The switch between languages keeps what a page was asked for.
func TestLanguageSwitchKeepsTheQuestion(t *testing.T) {
	for want, write := range map[string]func(*bytes.Buffer) error{
		"?direction=up&lang=en": func(b *bytes.Buffer) error {
			return site.Trace(b, Vietnamese, &Graph{Root: batch, Direction: Up})
		},
		"?q=BNHG+%2600012&lang=en": func(b *bytes.Buffer) error {
			return site.Problem(b, Vietnamese, &Problem{Kind: ProblemUnknown, Typed: "BNHG &00012"})
		},
		"?next=%2Fme&lang=en": func(b *bytes.Buffer) error {
			return site.Prove(b, Reader{Lang: Vietnamese, Path: "/prove?lang=vi&next=%2Fme"}, &Prove{})
		},
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		links := map[string]bool{}
		walk(parse(t, b.Bytes()), func(n *html.Node) { links[attr(n, "href")] = true })
		if !links[want] {
			t.Errorf("no link to %s", want)
		}
	}
}

func TestMissingTextIsAnError(t *testing.T) {
	p := lycheePassport()
	p.Level = "no such level"
	err := site.Passport(new(bytes.Buffer), Vietnamese, p)
	if err == nil || !strings.Contains(err.Error(), "no such level") {
		t.Errorf("an unknown level gives %v", err)
	}
}

var anchor = regexp.MustCompile(`[0-9a-f]{16}`)

func TestAsset(t *testing.T) {
	for name, kind := range map[string]string{"web.css": "text/css; charset=utf-8", "check.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"} {
		address := site.AssetPath(name)
		body, contentType, hash := site.Asset(address)
		if len(body) == 0 || contentType != kind || !anchor.MatchString(hash) || !strings.Contains(address, hash) {
			t.Errorf("%s at %s: %d bytes of %q, hash %q", name, address, len(body), contentType, hash)
		}
	}
	if body, _, _ := site.Asset("/assets/web.css"); body != nil {
		t.Error("an address without its hash is served")
	}
}

// TestWrite writes the pages for a person to look at, and fails when it cannot.
func TestWrite(t *testing.T) {
	dir := *pagesDir
	if dir == "" {
		dir = t.TempDir()
	}
	for _, r := range renderAll(t) {
		write(t, filepath.Join(dir, r.name+"."+string(r.lang)+".html"), r.page)
	}
	for address, a := range site.assets.byPath {
		write(t, filepath.Join(dir, address), a.body)
	}
}

func write(t *testing.T, name string, body []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkPassport(b *testing.B) {
	v := lycheePassport()
	var out bytes.Buffer
	for b.Loop() {
		out.Reset()
		if err := site.Passport(&out, Vietnamese, v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(out.Len()), "bytes/page")
}
