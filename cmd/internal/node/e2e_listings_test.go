package node_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// TestPublishInABrowser prepares data on a phone of 360 px: a file comes in pieces by the
// page's script, its telephone numbers stop it, a clean copy takes its place, and it is
// published for everybody.
func TestPublishInABrowser(t *testing.T) {
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	s.join(s.person("Lê Văn Minh", "minh@example.vn"), company.org, company.token, ledger.RolePublisher)
	p := &page{t, chromium(t), strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	fits := func(what string) {
		t.Helper()
		if wide := p.says(`String(document.documentElement.scrollWidth)`); wide != "360" {
			t.Errorf("%s is %s px wide", what, wide)
		}
	}
	at := func(end string) {
		t.Helper()
		eventually(t, func() bool {
			return strings.HasSuffix(p.says(`location.pathname`), end) && p.says(`document.readyState`) == "complete"
		}, end)
	}
	p.open("/signin?lang=vi&next=/data")
	p.do(chromedp.SetValue("#identifier", "minh@example.vn"), chromedp.SetValue("#password", password))
	p.press("button.primary")
	p.arrives("/data")
	fits("the list")
	p.press("a.primary")
	p.arrives("/data/new")
	p.do(
		chromedp.SetValue("#title", "Đơn hàng cà phê 2025"), chromedp.SetValue("#summary", "Đơn hàng, theo ngày"),
		chromedp.SetValue("#theme", "AGRI"), chromedp.SetValue("#contact", "dulieu@example.vn"),
	)
	fits("what it is")
	p.press("form.sheet .primary")
	at("/files")
	file := filepath.Join(t.TempDir(), "don-hang.csv")
	if err := os.WriteFile(file, customers(200_000), 0o600); err != nil { // more than a piece
		t.Fatal(err)
	}
	p.do(chromedp.SetUploadFiles("#upload", []string{file}))
	fits("the files")
	p.press("form.sheet .primary")
	eventually(t, func() bool {
		return strings.Contains(p.says(`document.body.innerText`), "Đã nhận tệp.") && p.says(`document.readyState`) == "complete"
	}, "that the file has come")
	p.press("p > a.primary")
	at("/found")
	eventually(t, func() bool { return strings.Contains(p.says(`document.body.innerText`), "dien_thoai") }, "what was found")
	fits("what was found")
	p.press("form.sheet .primary")
	eventually(t, func() bool {
		return strings.Contains(p.says(`document.body.innerText`), "Không thấy dữ liệu cá nhân")
	}, "the clean copy")
	p.press("p > a.primary")
	at("/law")
	p.do(
		chromedp.Click("[name=licence]"), chromedp.SetValue("#seller", "enterprise"), chromedp.SetValue("#origin", "own"), chromedp.SetValue("#right", "Dữ liệu của công ty"),
		chromedp.Click("[name=value][value=raw]"), chromedp.Click("[name=class][value=ordinary]"), chromedp.SetValue("#quality", "Đủ mọi đơn hàng"),
		chromedp.SetValue("#limits", "Không dùng để dự báo giá"), chromedp.SetValue("#frequency", "ANNUAL"),
		chromedp.SetValue("#column-0", "Mã đơn hàng"), chromedp.SetValue("#column-1", "Số lượng"), chromedp.SetValue("#unit-1", "bao"),
	)
	fits("what the law asks")
	p.press("form.sheet .primary")
	at("/publish")
	fits("the last page")
	size := s.Ledger.Size()
	p.press("form.sheet .primary")
	eventually(t, func() bool { return strings.Contains(p.says(`document.body.innerText`), "Đã công bố.") }, "that it is published")
	fits("what is published")
	if s.Ledger.Size() != size+1 {
		t.Errorf("%d entries", s.Ledger.Size()-size)
	}
	list, err := s.Catalog.Of(t.Context(), company.org)
	if err != nil || len(list) != 1 || len(list[0].Files) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	got := s.must(s.get("/ipfs/"+list[0].Files[0].CID, ""), http.StatusOK)
	if !bytes.HasPrefix(got.body, []byte("ma_don,so_luong\n")) || bytes.Count(got.body, []byte("\n")) != 200_001 {
		t.Errorf("%.60s", got.body)
	}
}
