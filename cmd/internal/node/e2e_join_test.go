package node_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// reachable is a site that a browser on this machine reaches at its public address.
func reachable(t *testing.T) *site {
	t.Helper()
	return startSite(t, nearby(t))
}

// nearby is such a site's configuration.
func nearby(t *testing.T) node.Config {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return node.Config{Data: t.TempDir(), Listen: address, PublicURL: "http://" + strings.Replace(address, "127.0.0.1", "localhost", 1)}
}

// speaksVietnamese is how a browser of here asks for pages.
var speaksVietnamese = chromedp.Flag("accept-lang", "vi")

// handset is a browser whose taps are counted: what is pressed, and what is typed into.
type handset struct {
	*testing.T
	ctx  context.Context
	taps int
}

func (p *handset) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

// open is the tap on an address that the camera shows.
func (p *handset) open(address string) {
	p.Helper()
	p.taps++
	p.do(chromedp.Navigate(address))
}

func (p *handset) typeInto(field, text string) {
	p.Helper()
	p.taps++
	p.do(chromedp.SendKeys(field, text))
}

// tap presses something, and waits for the page whose address begins with path.
func (p *handset) tap(sel, path string) {
	p.Helper()
	p.taps++
	p.do(chromedp.Click(sel))
	ready := fmt.Sprintf(`document.readyState == "complete" && location.pathname.startsWith(%q)`, path)
	for {
		// While one page gives way to another there is nothing to ask.
		if there, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](ready)); err == nil && there {
			return
		}
		select {
		case <-p.ctx.Done():
			p.Fatalf("%s does not lead to %s", sel, path)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *handset) text() string {
	p.Helper()
	s, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		p.Fatal(err)
	}
	return s
}

func (p *handset) fits() {
	p.Helper()
	if w, err := chromedp.Run(p.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); err != nil || w > 360 {
		p.Errorf("the page is %d px wide: %v", w, err)
	}
}

// scanned is what a camera reads off a part of the page as it is printed.
func (p *handset) scanned(sel string) string {
	p.Helper()
	media := func(name string) chromedp.Action[chromedp.Void] {
		return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
			return err
		})
	}
	p.do(media("print"))
	defer p.do(media(""))
	b, err := chromedp.Run(p.ctx, chromedp.ScreenshotScale(sel, 2))
	if err != nil {
		p.Fatal(err)
	}
	return readQR(p.T, bytes.NewReader(b))
}

// TestFromCardToFirstRecord: an administrator prints an invitation, a farmer scans it,
// joins with a PIN, and records the first work: in ten taps at most.
func TestFromCardToFirstRecord(t *testing.T) {
	s := reachable(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	crop := s.crop(coop, "V1")
	s.member("hoa", coop, ledger.Roles...)

	admin := &handset{T: t, ctx: chromium(t, speaksVietnamese)}
	admin.open(s.Public + "/signin?next=/org/invitations")
	admin.typeInto("#identifier", "hoa@example.vn")
	admin.typeInto("#password", password)
	admin.tap("form.sheet .primary", "/org/invitations")
	admin.typeInto("#name", "Trần Văn An")
	admin.typeInto("#phone", "0912 345 678")
	admin.do(chromedp.Click("form.sheet .primary"), chromedp.WaitVisible(".card .qr"))
	admin.fits()
	address := admin.scanned(".card")
	if !strings.HasPrefix(address, s.Public+"/join/") || !strings.Contains(admin.text(), "Gửi Trần Văn An") {
		t.Fatalf("the card says %s: %s", address, admin.text())
	}
	shown, err := chromedp.Run(admin.ctx, chromedp.Evaluate[string](`document.querySelector("#link").value`))
	if err != nil || shown != address {
		t.Errorf("the link is %s, the code %s, %v", shown, address, err)
	}

	farmer := &handset{T: t, ctx: chromium(t, speaksVietnamese)}
	farmer.open(address)
	farmer.fits()
	farmer.typeInto("#pin", "274915")
	farmer.tap("form.sheet .primary", "/me")
	if text := farmer.text(); !strings.Contains(text, "Chào Trần Văn An") || !strings.Contains(text, "Hợp tác xã A") {
		t.Errorf("the farmer lands on %s", text)
	}
	farmer.fits()
	farmer.tap("main a.primary", "/record")
	farmer.tap(`a[href^="/record/new/irrigating"]`, "/record/new/irrigating")
	farmer.typeInto("#input", "Nước giếng")
	farmer.tap("form.sheet .primary", "/record/mine")
	if farmer.taps > 10 {
		t.Errorf("the first record took %d taps", farmer.taps)
	}
	list, _, err := s.Index.Events(t.Context(), index.Viewer{Org: coop.org}, index.Query{Steps: []string{logbook.Vocabulary + "irrigating"}}, index.Page{})
	if err != nil || len(list) != 1 || list[0].Fact.Objects[0].ID != crop {
		t.Fatalf("%d records, %v: %s", len(list), err, farmer.text())
	}
	person, err := s.Accounts.Lookup(t.Context(), "0912345678")
	if err != nil || len(person.Members) != 1 || list[0].Member != person.Members[0].Member {
		t.Errorf("recorded by %s and not by %+v, %v", list[0].Member, person.Members, err)
	}
	t.Logf("%d taps from the printed card to the first record", farmer.taps)
}

// TestInvitationInChat: opened inside Zalo the invitation offers the telephone's own
// browser, and is as good there as here.
func TestInvitationInChat(t *testing.T) {
	s := reachable(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, admin := s.member("hoa", coop, ledger.Roles...)
	page := s.must(admin.post("/org/invitations", "roles", "recorder", "name", "Trần Văn An", "phone", "0912345678"), 200)
	link := string(regexp.MustCompile(regexp.QuoteMeta(s.Public) + `/join/[A-Za-z0-9_-]{64}`).Find(page.body))

	chat := &handset{T: t, ctx: chromium(t, speaksVietnamese, chromedp.UserAgent("Mozilla/5.0 (Linux; Android 13; SM-A135F) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36 Zalo android/23010688"))}
	chat.open(link)
	chat.fits()
	if text := chat.text(); !strings.Contains(text, "Bạn đang xem trong Zalo.") {
		t.Errorf("the page does not notice: %s", text)
	}
	leads, err := chromedp.Run(chat.ctx, chromedp.Evaluate[string](`document.querySelector(".app a").href`))
	if err != nil || !strings.HasPrefix(leads, "intent://"+strings.TrimPrefix(link, "http://")+"#Intent;scheme=http;") || !strings.Contains(leads, url.QueryEscape(link)) {
		t.Errorf("the way out is %s, %v", leads, err)
	}
	copied, err := chromedp.Run(chat.ctx, chromedp.Evaluate[string](`document.querySelector(".app input").value`))
	if err != nil || copied != link {
		t.Errorf("what is copied is %s, %v", copied, err)
	}
	chat.typeInto("#pin", "274915") // or they go on where they are
	chat.tap("form.sheet .primary", "/me")
	if text := chat.text(); !strings.Contains(text, "Chào Trần Văn An") {
		t.Errorf("%s", text)
	}
}
