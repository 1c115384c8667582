package node_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// page is a page of a site in a real browser.
type page struct {
	testing.TB
	ctx context.Context
	url string
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

func (p *page) open(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.url + path))
}

// press clicks what is in the middle of the screen then, where nothing lies over it.
func (p *page) press(selector string) {
	p.Helper()
	p.do(chromedp.WaitVisible(selector))
	p.says(`document.querySelector("` + selector + `").scrollIntoView({block: "center"}), ""`)
	p.do(chromedp.Click(selector))
}

// says evaluates an expression to a text; nothing while the page is on its way.
func (p *page) says(expression string) string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		return ""
	}
	return text
}

func (p *page) arrives(at string) {
	p.Helper()
	eventually(p, func() bool {
		return p.says(`location.pathname + location.search`) == at && p.says(`document.readyState`) == "complete"
	}, at)
}

// TestWalletInTheBrowser: a person signs with a wallet in their browser, whose keys
// neither the page nor the node sees: the test signs, when the page asks the wallet.
func TestWalletInTheBrowser(t *testing.T) {
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	id := s.join(s.person("Nguyễn Thị Hoa", "hoa@example.vn"), coop.org, coop.token, ledger.Roles...)
	w := wallettest.New(t)
	p := &page{t, chromium(t), strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	p.open("/signin?lang=vi&next=/account/keys/wallet")
	p.do(chromedp.SetValue("#identifier", "hoa@example.vn"), chromedp.SetValue("#password", password))
	p.press("button.primary")
	p.arrives("/account/keys/wallet")
	p.press("button.primary")

	// provide puts a wallet into the page, that holds an account.
	provide := func(account string) {
		t.Helper()
		eventually(t, func() bool {
			return p.says(`document.querySelector("[data-sign]") ? (window.ethereum = {request: ({method, params}) => {
				if (method === "eth_requestAccounts") return Promise.resolve(["`+account+`"]);
				return new Promise(done => { window.asked = method + " " + params[0] + " " + params[1]; window.answer = done; });
			}}, "ready") : ""`) == "ready"
		}, "a page to sign")
	}
	// signed answers what the page asks the wallet.
	signed := func() {
		t.Helper()
		eventually(t, func() bool { return p.says(`window.asked || ""`) != "" }, "the page asks the wallet")
		method, rest, _ := strings.Cut(p.says(`window.asked`), " ")
		from, typed, _ := strings.Cut(rest, " ")
		if method != "eth_signTypedData_v4" || from != strings.ToUpper(w.Address().String()) {
			t.Errorf("the wallet is asked for %s by %s", method, from)
		}
		p.says(`window.answer("` + w.Sign(t, typed) + `"), ""`)
	}
	eventually(t, func() bool { return p.says(`document.querySelector("[data-sign]") ? "yes" : ""`) != "" }, "the challenge")
	p.press("[data-sign]")
	eventually(t, func() bool {
		return p.says(`document.querySelector("[data-say]").hidden ? "" : document.querySelector("[data-say]").innerText`) != ""
	}, "words where there is no wallet")
	provide(strings.ToUpper(w.Address().String()))
	p.press("[data-sign]")
	signed()
	p.arrives("/account/keys?done=key_wallet")
	if s.active(id) != w.Address() {
		t.Fatalf("the active key is %s", s.active(id))
	}

	// A form asks the wallet from now on.
	p.open("/account/keys/rotate")
	p.press("button.primary")
	provide(wallettest.New(t).Address().String())
	p.press("[data-sign]")
	eventually(t, func() bool {
		return strings.Contains(p.says(`document.querySelector("[data-say]").innerText`), "không phải ví bạn đã đăng ký")
	}, "words about another wallet")
	if width := p.says(`"" + document.documentElement.scrollWidth`); width != "360" {
		t.Errorf("the page is %s px wide", width)
	}
	size := s.Ledger.Size()
	provide(strings.ToUpper(w.Address().String()))
	p.press("[data-sign]")
	signed()
	p.arrives("/account/keys?done=key_rotated")
	if s.Ledger.Size() != size+1 || s.active(id) == w.Address() {
		t.Errorf("%d were recorded, and the active key is %s", s.Ledger.Size()-size, s.active(id))
	}
}
