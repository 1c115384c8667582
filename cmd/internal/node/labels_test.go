package node_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/label"
)

// scanSheet renders a page of a PDF as a printer does and scans the labels on it.
func scanSheet(t *testing.T, pdf []byte, page, labels int, f label.Format) (codes []string) {
	t.Helper()
	const dpi = 300
	dir := t.TempDir()
	in, out := filepath.Join(dir, "labels.pdf"), filepath.Join(dir, "page")
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-png", "-singlefile", "-f", fmt.Sprint(page), in, out).CombinedOutput(); err != nil || len(said) > 0 {
		t.Fatalf("pdftoppm: %v: %s (Debian's package is named poppler-utils)", err, said)
	}
	file, err := os.Open(out + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sheet, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	px := func(mm float64) int { return int(mm / 25.4 * dpi) }
	for i := range labels {
		x, y := f.Place(i)
		one := sheet.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(px(x), px(y), px(x+f.Label.W), px(y+f.Label.H)))
		code, err := scanLabel(one)
		if err != nil {
			t.Fatalf("label %d of page %d cannot be scanned: %v", i, page, err)
		}
		codes = append(codes, code)
	}
	return codes
}

// scanLabel reads the code on a label as a telephone does, whose camera is moved until it
// reads: the decoder takes one picture in some hundreds for a code of another size.
func scanLabel(one image.Image) (text string, err error) {
	for _, away := range []int{6, 9, 12} { // from 6/6 of the size to the half
		b := one.Bounds()
		seen := image.NewGray(image.Rect(0, 0, b.Dx()*6/away, b.Dy()*6/away))
		draw.ApproxBiLinear.Scale(seen, seen.Rect, one, b, draw.Src, nil)
		bitmap, fault := gozxing.NewBinaryBitmapFromImage(seen)
		if fault != nil {
			return "", fault
		}
		code, fault := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if fault == nil {
			return code.GetText(), nil
		}
		err = fault
	}
	return "", err
}

// readyLabels waits for a job, a few milliseconds a label, and fetches its file.
func (b *browser) readyLabels(path string) *answer {
	b.Helper()
	for end := time.Now().Add(2 * time.Minute); !strings.Contains(string(b.must(b.get(path), 200).body), path+"/pdf"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("the labels are not drawn: %s", b.get(path))
		}
	}
	return b.must(b.get(path+"/pdf"), http.StatusOK)
}

// TestLabels: a clerk orders a thousand labels of single pieces, and every one on
// the first and the last sheet leads a shopper to the lot.
func TestLabels(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều", EN: "Lychee"})
	lot := s.lot(product, "VC260617")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 1000))
	_, clerk := s.member("clerk", coop, ledger.RoleRecorder)
	_, admin := s.member("admin", coop, ledger.RoleAdmin)
	_, stranger := s.member("stranger", other, ledger.Roles...)
	fill := "/labels/new?" + url.Values{"of": {lot.String()}}.Encode()

	if page := s.must(clerk.get("/labels"), 200); !strings.Contains(string(page.body), strings.ReplaceAll(fill, "&", "&amp;")) {
		t.Fatalf("the lot is not offered: %s", page)
	}
	page := string(s.must(clerk.get(fill), 200).body)
	if !strings.Contains(page, "24 tem · 1 tờ") || !strings.Contains(page, ">VC260617</text>") {
		t.Fatalf("no label is shown: %s", page)
	}
	for field, value := range map[string]string{"count": "20001", "start": "66", "first": "một", "kind": "none", "format": "letter", "lines": strings.Repeat("m", 161)} {
		fields := map[string]string{"of": lot.String(), "format": "a4-5x13", "kind": "numbers", "first": "1", "count": "2", "lines": "Hàng loại một"}
		fields[field] = value
		var pairs []string
		for k, v := range fields {
			pairs = append(pairs, k, v)
		}
		got := clerk.post("/labels", pairs...)
		if got.StatusCode != 400 && got.StatusCode != 413 || !strings.Contains(string(got.body), `class="wrong"`) || field != "lines" && !strings.Contains(string(got.body), "Hàng loại một") {
			t.Errorf("%s %q: %s", field, value, got)
		}
	}
	ordered := s.must(clerk.post("/labels", "of", lot.String(), "format", "a4-5x13", "kind", "numbers", "first", "0001", "count", "1000", "lines", "Loại một"), 303)
	path := ordered.Header.Get("Location")
	if page := s.must(clerk.get(path), 200); !strings.Contains(string(page.body), `http-equiv="refresh"`) && !strings.Contains(string(page.body), path+"/pdf") {
		t.Errorf("the page of a job that runs is not loaded again: %s", page)
	}
	file := clerk.readyLabels(path)
	if h := file.Header; h.Get("Content-Type") != "application/pdf" || h.Get("Content-Disposition") != `attachment; filename="tem-VC260617-1000.pdf"` || !strings.Contains(h.Get("Cache-Control"), "no-store") {
		t.Errorf("the file comes with %v", h)
	}
	f, err := label.Find("a4-5x13")
	if err != nil {
		t.Fatal(err)
	}
	first, last := scanSheet(t, file.body, 1, 65, f), scanSheet(t, file.body, 16, 25, f)
	for i, code := range append(first, last...) {
		n := i + 1
		if i >= 65 {
			n = 1000 - 25 + i - 65 + 1
		}
		if want := fmt.Sprintf("%s%s/21/%04d", publicURL, lot.Path(), n); code != want {
			t.Errorf("a label says %s, want %s", code, want)
		}
	}
	if page := s.page(strings.TrimPrefix(last[24], publicURL), 200); !strings.Contains(page, "Số 1000 là một trong các số đã cấp cho lô") {
		t.Errorf("the last label opens %s", page)
	}

	s.must(admin.get(path+"/pdf"), 200) // a colleague
	for _, at := range []string{path, path + "/pdf", fill, "/labels/preview?of=" + url.QueryEscape(lot.String())} {
		s.must(stranger.get(at), http.StatusNotFound)
	}
	s.must(stranger.post("/labels", "of", lot.String()), http.StatusNotFound)
	s.must(stranger.post(path+"/remove"), http.StatusNotFound)
	for _, of := range []string{"/t/1", lot.String() + "X", lot.String() + "/21/1", product.String() + "/21/1", coop.place.String()} {
		if got := clerk.post("/labels", "of", of); got.StatusCode != 404 && got.StatusCode != 400 {
			t.Errorf("labels for %s: %s", of, got.Status)
		}
	}
	if list := s.must(stranger.get("/labels"), 200); strings.Contains(string(list.body), "VC260617") {
		t.Error("another organisation sees the job")
	}
	s.must(clerk.post(path+"/remove"), 303)
	s.must(clerk.get(path), http.StatusNotFound)

	s.must(s.record(coop.token, trace.Contract, trace.ActionRecall, trace.Recall{Target: lot, Reason: "dư lượng", Action: "không ăn", Contact: "0204"}), 201)
	s.must(clerk.post("/labels", "of", lot.String(), "format", "a4-3x8"), http.StatusConflict)
}

// TestLabelsOfOthers: a maker of another's product labels the lots that it made, and
// a secret serial is no other's.
func TestLabelsOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, maker := s.admit("Công ty A", ledger.KindProcessor), s.admit("Hợp tác xã B", ledger.KindCoop)
	product := trace.MustID("/t/" + string(s.code(owner, "00007")))
	s.direct(owner.token, trace.ActionProduct, trace.Product{
		ID: product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}, Makers: []ledger.ID{maker.org},
		Profile: s.describe(owner.token, trace.Profile{Name: trace.Text{VI: "Kẹo dừa"}}, false),
	})
	mine, theirs := s.lot(product, "B1"), s.lot(product, "A1")
	for lot, by := range map[trace.ID]*party{mine: maker, theirs: owner} {
		made := s.commission(lot, 10)
		made["quantityList"] = []quantity{{lot.Link(publicURL), 10, "KGM"}}
		s.recordEvents(by, ledger.Parties, made)
	}
	_, clerk := s.member("clerk", maker, ledger.RoleAdmin)
	if page := string(s.must(clerk.get("/labels"), 200).body); !strings.Contains(page, "Lô B1") || strings.Contains(page, "Lô A1") {
		t.Errorf("what is offered: %s", page)
	}
	for of, want := range map[trace.ID]int{theirs: 404, product: 404, mine: 303} {
		ordered := s.must(clerk.post("/labels", "of", of.String(), "format", "roll-50x30", "kind", "secret", "count", "3", "words", "en"), want)
		if want != 303 {
			continue
		}
		file := clerk.readyLabels(ordered.Header.Get("Location"))
		f, err := label.Find("roll-50x30")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for page := range 3 {
			code := scanSheet(t, file.body, page+1, 1, f)[0]
			if serial, ok := strings.CutPrefix(code, publicURL+mine.Path()+"/21/"); !ok || len(serial) != 10 || seen[code] {
				t.Errorf("a label says %s", code)
			}
			seen[code] = true
		}
	}
}

// TestLabelJobsOutliveARestart: what was waiting is done, with the same serials, and
// what was done is there.
func TestLabelJobsOutliveARestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	lot := s.lot(s.product(coop, 1, trace.Text{VI: "Vải thiều"}), "L1")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 10))
	_, clerk := s.member("clerk", coop, ledger.RoleRecorder)
	done := s.must(clerk.post("/labels", "of", lot.String(), "format", "roll-50x30", "count", "1"), 303).Header.Get("Location")
	clerk.readyLabels(done)
	waiting := s.must(clerk.post("/labels", "of", lot.String(), "format", "a4-5x13", "kind", "secret", "count", "3000"), 303).Header.Get("Location")
	s.stop()

	s = openSite(t, data)
	clerk = s.signIn("clerk@example.vn")
	s.must(clerk.get(done+"/pdf"), 200)
	file := clerk.readyLabels(waiting)
	if n := len(file.body); n < 100_000 || !bytes.HasPrefix(file.body, []byte("%PDF-")) {
		t.Errorf("the file has %d bytes", n)
	}
}

// TestLabelLogo: a logo is taken by what it is, shown in the preview, and printed.
func TestLabelLogo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	_, clerk := s.member("clerk", coop, ledger.RoleRecorder)
	_, stranger := s.member("stranger", other, ledger.Roles...)
	send := func(logo []byte) *answer {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("logo", "logo.png")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(logo)
		w.WriteField("of", product.String())
		w.Close()
		return clerk.call(http.MethodPost, "/labels/logo", header{"Content-Type", w.FormDataContentType()}, b.Bytes())
	}
	s.must(clerk.get("/labels/logo"), 404)
	s.must(send([]byte("<svg onload='alert(1)'/>")), 400)
	s.must(send(make([]byte, 3<<20)), 413)
	var picture bytes.Buffer
	logo := image.NewRGBA(image.Rect(0, 0, 1200, 600))
	logo.Set(3, 3, color.Black)
	if err := png.Encode(&picture, logo); err != nil {
		t.Fatal(err)
	}
	s.must(send(picture.Bytes()), 303)
	kept := s.must(clerk.get("/labels/logo"), 200)
	if c, err := png.DecodeConfig(bytes.NewReader(kept.body)); err != nil || c.Width != 600 || kept.Header.Get("Content-Type") != "image/png" {
		t.Errorf("kept: %v, %v", c, err)
	}
	s.must(stranger.get("/labels/logo"), 404)
	order := []string{"of", product.String(), "format", "a6", "logo", "true", "count", "2"}
	if page := s.must(clerk.get("/labels/preview?"+string(form(order...))), 200); !strings.Contains(string(page.body), `href="/labels/logo"`) {
		t.Errorf("the preview has no logo: %s", page)
	}
	file := clerk.readyLabels(s.must(clerk.post("/labels", order...), 303).Header.Get("Location"))
	if !bytes.Contains(file.body, []byte("/Subtype/Image/Width 600/Height 300")) {
		t.Error("the file has no logo")
	}
	s.must(clerk.post("/labels/logo/remove", "of", product.String()), 303)
	s.must(clerk.get("/labels/logo"), 404)
}
