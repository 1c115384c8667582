package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/sogoc/sogoc/api/web/axetest"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// chromium starts a browser as a phone would be, with a profile of its own.
func chromium(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(window(t, more...), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// window is such a browser for as long as the test takes. Walks in it are left out of
// short runs; what they walk through is tested over HTTP too.
func window(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("walks in Chromium take minutes")
	}
	ctx := axetest.Browser(t, more...)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 800)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// province is a node with the sample province behind a proxy that can alter the
// receipts on their way, as somebody between the node and the visitor would.
type province struct {
	*node.Node
	proxy  *httptest.Server
	alters atomic.Bool
}

func newProvince(t *testing.T) *province {
	t.Helper()
	p := &province{}
	var target *url.URL
	back := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Header.Del("Accept-Encoding") },
		ModifyResponse: func(r *http.Response) error {
			if !p.alters.Load() || !strings.HasPrefix(r.Request.URL.Path, "/api/v1/receipts/") {
				return nil
			}
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			var doc map[string]any
			if err := json.Unmarshal(b, &doc); err != nil {
				return err
			}
			item := doc["record"].(map[string]any)["item"].(map[string]any)
			data := []byte(item["data"].(string))
			if data[40] == 'A' {
				data[40] = 'B'
			} else {
				data[40] = 'A'
			}
			b = bytes.Replace(b, []byte(item["data"].(string)), data, 1)
			r.Body = io.NopCloser(bytes.NewReader(b))
			return nil
		},
	}
	p.proxy = httptest.NewServer(back)
	t.Cleanup(p.proxy.Close)
	public := strings.Replace(p.proxy.URL, "127.0.0.1", "localhost", 1)
	ctx, cancel := context.WithCancel(context.Background())
	n, err := node.Start(ctx, node.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", PublicURL: public, Demo: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	p.Node = n
	if target, err = url.Parse(n.URL); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := n.Fill(ctx); err != nil {
		t.Fatal(err)
	}
	return p
}

// scan decodes the QR code that the node prints for an identifier.
func (p *province) scan(t *testing.T, id string) string {
	t.Helper()
	r, err := http.Get(p.proxy.URL + "/qr?id=" + url.QueryEscape(id))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	return readQR(t, r.Body)
}

// readQR says what a picture of a QR code does.
func readQR(t *testing.T, picture io.Reader) string {
	t.Helper()
	img, err := png.Decode(picture)
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	reader := qrcode.NewQRCodeReader()
	code, err := reader.Decode(bitmap, nil)
	if err != nil { // this reader looks for a code in a photograph; told that it is a clean picture, it reads what it misjudged
		code, err = reader.Decode(bitmap, map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_PURE_BARCODE: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	return code.GetText()
}

// TestScanAndCheck is the visitor in the shop: scans a label, reads where the
// product comes from, and has the phone check the proof.
func TestScanAndCheck(t *testing.T) {
	p := newProvince(t)
	sample, ok, err := p.Sample()
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	address := p.scan(t, sample.Pages[0].ID.String())
	if want := sample.Pages[0].ID.Link(p.Public); address != want {
		t.Fatalf("the code says %s, want %s", address, want)
	}
	browser := chromium(t)
	type seen struct {
		Title, Text, Result string
		Width               int
		Hosts               []string
	}
	check := func() seen {
		t.Helper()
		if err := chromedp.Do(browser, chromedp.Navigate(address+"?lang=vi"), chromedp.Click("[data-receipt] button")); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Run(browser, chromedp.Poll[string](`document.querySelector("[data-receipt]").dataset.result`)); err != nil {
			t.Fatal(err)
		}
		s, err := chromedp.Run(browser, chromedp.Evaluate[seen](`({
			Title: document.querySelector("h1").innerText, Text: document.body.innerText,
			Result: document.querySelector("[data-receipt]").dataset.result, Width: document.documentElement.scrollWidth,
			Hosts: [...new Set(performance.getEntriesByType("resource").map(e => new URL(e.name).host))] })`))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	page := check()
	if !strings.Contains(page.Title, "Vải thiều") || !strings.Contains(page.Text, "Đã ghi sổ") {
		t.Errorf("the page is titled %q", page.Title)
	}
	if page.Width > 360 {
		t.Errorf("the page is %d px wide on a screen of 360", page.Width)
	}
	if page.Result != "pass" {
		t.Errorf("the check of an intact receipt ends with %q: %s", page.Result, page.Text)
	}
	if len(page.Hosts) == 0 {
		t.Error("the page loaded nothing")
	}
	for _, h := range page.Hosts {
		if "http://"+h != p.Public {
			t.Errorf("the page asks %s", h)
		}
	}
	p.alters.Store(true)
	if page := check(); page.Result != "fail" {
		t.Errorf("the check of an altered receipt ends with %q", page.Result)
	}
}

// TestRecalledOnTheShelf: the second sample page is of a case that was made from a
// recalled harvest.
func TestRecalledOnTheShelf(t *testing.T) {
	p := newProvince(t)
	sample, _, err := p.Sample()
	if err != nil {
		t.Fatal(err)
	}
	browser := chromium(t)
	if err := chromedp.Do(browser, chromedp.Navigate(p.scan(t, sample.Pages[1].ID.String())+"?lang=vi")); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(browser, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Đã thu hồi", "Không ăn", "0204 000 0106"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
