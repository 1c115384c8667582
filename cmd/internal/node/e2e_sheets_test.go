package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// TestSheetInABrowser sends a table of plots from a phone of 360 px: its faults are
// named, and mended it is recorded by one tap.
func TestSheetInABrowser(t *testing.T) {
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	coop := s.admit("Hợp tác xã Vải thiều", ledger.KindCoop)
	s.publishCommunes()
	s.join(s.person("Nguyễn Thị Hoa", "hoa@example.vn"), coop.org, coop.token, ledger.RoleAdmin)
	p := &page{t, chromium(t), strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	p.open("/signin?lang=vi&next=/plots")
	p.do(chromedp.SetValue("#identifier", "hoa@example.vn"), chromedp.SetValue("#password", password))
	p.press("button.primary")
	p.arrives("/plots")
	p.press("a[href='/org/sheets?kind=plots']")
	p.arrives("/org/sheets?kind=plots")

	dir := t.TempDir()
	shown := func(g grid) {
		t.Helper()
		file := filepath.Join(dir, "thua-dat.csv")
		if err := os.WriteFile(file, g.csv(), 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.SetUploadFiles("#sheet", []string{file}))
		p.press("form.sheet .primary")
		eventually(t, func() bool {
			return strings.HasPrefix(p.says(`location.pathname`), "/org/sheets/") && p.says(`document.readyState`) == "complete"
		}, "the preview")
		if wide := p.says(`String(document.documentElement.scrollWidth)`); wide != "360" {
			t.Errorf("the preview is %s px wide", wide)
		}
	}
	g := plotGrid(12)
	g[3][4], g[5][3], g[7][0] = "nhiều lắm", "ở đâu đó xa lắm, tỉnh nào không rõ", "TD-0001"
	shown(g)
	if text := p.says(`document.body.innerText`); !strings.Contains(text, "3 dòng sai. Chưa ghi dòng nào.") || !strings.Contains(text, "Dòng 4 · Diện tích (ha)") || !strings.Contains(text, "Trùng với dòng 2.") {
		t.Errorf("the faults: %s", text)
	}
	p.press(`a.primary`)
	p.arrives("/org/sheets?kind=plots")
	shown(plotGrid(12))
	p.press("form.sheet .primary")
	eventually(t, func() bool { return strings.Contains(p.says(`document.body.innerText`), "Đã ghi xong.") }, "that it is recorded")
	if n := len(s.places(coop)); n != 13 {
		t.Errorf("there are %d places", n)
	}
}
