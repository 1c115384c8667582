package web

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/api/web/axetest"
)

func provenancePages() []pageOf {
	return []pageOf{
		{"provenance", func(b *bytes.Buffer, l Lang) error { return site.Provenance(b, l, sampleProvenance()) }},
		{"provenance-alone", func(b *bytes.Buffer, l Lang) error {
			return site.Provenance(b, l, &Provenance{Name: both("Giá vải", "Lychee prices"), Dataset: "/datasets/1", Origins: []Origin{{Kind: "dataset", Name: both("Giá vải", "Lychee prices"), Version: "1"}}})
		}},
	}
}

func sampleProvenance() *Provenance {
	return &Provenance{
		Name: both("Giá vải thiều theo ngày", "Lychee prices by day"), Dataset: "/datasets/1", Truncated: true,
		Origins: []Origin{
			{Kind: "dataset", Name: both("Giá vải thiều theo ngày", "Lychee prices by day"), Version: "3", Publisher: "Hợp tác xã Kim Biên", On: "2026-06-03", Link: "/datasets/1"},
			{Kind: "dataset", Name: both("Giá vải thiều theo ngày", "Lychee prices by day"), Version: "2", Publisher: "Hợp tác xã Kim Biên", On: "2026-05-03", Link: "/datasets/1?version=2"},
			{Kind: "hidden", Version: "7"},
			{Kind: "register", Records: "12345"},
			{Kind: "batch", Name: both("https://id.gs1.org/01/09520000000001/10/A", ""), Link: "/01/09520000000001/10/A"},
			{Kind: "outside", Name: both("https://example.com/thoi-tiet", ""), Link: "https://example.com/thoi-tiet"},
			{Kind: "dataset", Name: both("Bản đồ giá", "A map of prices"), Version: "1", Publisher: "Công ty B", On: "2026-06-05", Link: "/datasets/2"},
		},
		Made: []Made{
			{From: 1, Into: 0, Revision: true}, {From: 2, Into: 0, How: both("nối theo ngày", "joined by day")}, {From: 3, Into: 1, How: both("cộng", "added up")},
			{From: 4, Into: 1, How: both("cân", "weighed")}, {From: 5, Into: 2, How: both("chép", "copied")}, {From: 0, Into: 6, How: both("vẽ", "drawn")},
		},
	}
}

// TestProvenance: boxes do not overlap and lead from left to right, and the list below
// says what the drawing does.
func TestProvenance(t *testing.T) {
	v := sampleProvenance()
	d := vi.drawProvenance(v)
	if len(d.Boxes) != len(v.Origins) || len(d.Links) != len(v.Made) {
		t.Fatalf("%d boxes, %d links", len(d.Boxes), len(d.Links))
	}
	for i, a := range d.Boxes {
		if a.X < 0 || a.Y < 0 || a.X+boxWidth > d.Width || a.Y+boxHeight > d.Height {
			t.Errorf("box %d is outside", i)
		}
		for j, b := range d.Boxes[:i] {
			if a.X < b.X+boxWidth && b.X < a.X+boxWidth && a.Y < b.Y+boxHeight && b.Y < a.Y+boxHeight {
				t.Errorf("boxes %d and %d overlap", i, j)
			}
		}
	}
	for _, m := range v.Made {
		if d.Boxes[m.From].X >= d.Boxes[m.Into].X {
			t.Errorf("%d is not left of %d", m.From, m.Into)
		}
	}
	for lang, want := range map[Lang][]string{
		Vietnamese: {"Dữ liệu không hiển thị", "12.345 bản ghi đầu", "(nối theo ngày)", "(phiên bản trước)", "nguồn bên ngoài", "lô hàng", "phiên bản 3 · Hợp tác xã Kim Biên"},
		English:    {"A dataset that is not shown", "its first 12,345 records", "(joined by day)", "a source elsewhere"},
	} {
		var b bytes.Buffer
		if err := site.Provenance(&b, lang, v); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, words := range want {
			if !strings.Contains(page, words) {
				t.Errorf("in %s the page lacks %q", lang, words)
			}
		}
		for i := range v.Origins {
			if !strings.Contains(page, fmt.Sprintf(`id="n%d"`, i)) || !strings.Contains(page, fmt.Sprintf(`href="#n%d"`, i)) {
				t.Errorf("box %d leads nowhere", i)
			}
		}
	}
}

// TestLinked: a browser keeps what is there for search engines, under the policy that a
// node sends, and says that nothing was kept out; of a script it would say so.
func TestLinked(t *testing.T) {
	var b bytes.Buffer
	if err := site.Dataset(&b, Vietnamese, sampleDataset()); err != nil {
		t.Fatal(err)
	}
	script := bytes.Replace(b.Bytes(), []byte("application/ld+json"), []byte("text/javascript"), 1)
	public := serve(t, []rendered{{"dataset", Vietnamese, b.Bytes()}, {"script", Vietnamese, script}})
	ctx, cancel := context.WithTimeout(axetest.Browser(t), time.Minute)
	defer cancel()
	var mu sync.Mutex
	refused := map[string]int{}
	if err := chromedp.Listen(ctx, func(e any) {
		if said, ok := e.(*log.EventEntryAdded); ok && said.Entry.Source == log.EntrySourceSecurity {
			mu.Lock()
			refused[said.Entry.URL]++
			mu.Unlock()
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(public+"/script.vi"), chromedp.Navigate(public+"/dataset.vi")); err != nil {
		t.Fatal(err)
	}
	name, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.parse(document.querySelector('script[type="application/ld+json"]').textContent).name`))
	mu.Lock()
	defer mu.Unlock()
	if err != nil || name != "Sản lượng </script>" || refused[public+"/dataset.vi"] > 0 || refused[public+"/script.vi"] == 0 {
		t.Errorf("%v: %q; kept out: %v", err, name, refused)
	}
	hostile := sampleDataset()
	hostile.Linked = []byte(`{"name":"</script><script>alert(1)</script>"}`)
	b.Reset()
	if err := site.Dataset(&b, Vietnamese, hostile); err != nil || strings.Contains(b.String(), "alert(1)") {
		t.Errorf("%v: what could end the element stands in the page", err)
	}
}
