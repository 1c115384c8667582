package node_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestLabelsInABrowser is the clerk at work: the label changes while the form is
// filled in, and the page of the job tells by itself when the labels are ready.
func TestLabelsInABrowser(t *testing.T) {
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	coop := s.admit("Hợp tác xã Vải thiều Hồng Giang", ledger.KindCoop)
	s.join(s.person("Nguyễn Thị Hoa", "hoa@example.vn"), coop.org, coop.token, ledger.RoleRecorder)
	lot := s.lot(s.product(coop, 1, trace.Text{VI: "Vải thiều Lục Ngạn chính vụ", EN: "Luc Ngan lychee, main season"}), "VC260617")
	made := s.commission(lot, 1000)
	made["ilmd"] = map[string]any{"cbvmda:harvestEndDate": "2026-06-17", "cbvmda:bestBeforeDate": "2026-06-28"}
	s.recordEvents(coop, ledger.Public, made)

	p := &page{t, chromium(t), strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	p.open("/signin?lang=vi&next=/labels")
	p.do(chromedp.SetValue("#identifier", "hoa@example.vn"), chromedp.SetValue("#password", password))
	p.press("button.primary")
	p.arrives("/labels")
	p.press(".rows a[href*=VC260617]")
	shown := func(what string) {
		t.Helper()
		eventually(t, func() bool {
			return strings.Contains(p.says(`document.querySelector("[data-preview]").innerText`), what)
		}, what)
	}
	shown("24 tem")
	for _, text := range []string{"Vải thiều Lục Ngạn", "17/06/2026", "Quét để xem nguồn gốc", "localhost"} {
		shown(text)
	}
	p.press("input[value=a4-5x13]")
	shown("65 tem")
	p.press("input[value=numbers]")
	fill := func(field, value string) {
		t.Helper()
		if p.says(`(e => { e.value = "`+value+`"; e.dispatchEvent(new Event("input", {bubbles: true})); return "filled"; })(document.getElementById("`+field+`"))`) != "filled" {
			t.Fatalf("there is no field %s", field)
		}
	}
	fill("first", "0101")
	fill("count", "200")
	shown("0300")
	fill("count", "200000")
	eventually(t, func() bool { return p.says(`document.querySelector("[data-preview] .bad").innerText`) != "" }, "what is wrong is said")
	fill("count", "200")
	p.press(".sheet button.primary")
	eventually(t, func() bool {
		return strings.HasPrefix(p.says(`location.pathname`), "/labels/") && p.says(`document.querySelector("progress, .primary") ? "yes" : ""`) != ""
	}, "the job's page")
	for end := time.Now().Add(time.Minute); p.says(`document.querySelector("a.primary") ? "ready" : ""`) == ""; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the page does not tell that the labels are ready: %s", p.says(`document.body.innerText`))
		}
	}
	if at := p.says(`document.querySelector("a.primary").getAttribute("href")`); !strings.HasSuffix(at, "/pdf") {
		t.Errorf("the labels are at %s", at)
	}
}
