package node_test

import (
	"bytes"
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/openid/openidtest"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// trusted starts a site at an address that browsers take for one over TLS: a port of
// localhost that is known before the node starts.
func trusted(t *testing.T, start func(publicURL string) *site) (*site, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	public := strings.Replace("http://"+l.Addr().String(), "127.0.0.1", "localhost", 1)
	s := start(public)
	server := httptest.NewUnstartedServer(s.Handler())
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	return s, public
}

// phone is a browser with a fingerprint sensor, and the site that it is at.
type phone struct {
	*testing.T
	context.Context
	public string
	sensor webauthn.AuthenticatorID
}

func newPhone(t *testing.T, public string) *phone {
	t.Helper()
	p := &phone{T: t, Context: chromium(t), public: public}
	p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		added, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: "internal",
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: false,
		}})
		p.sensor = added.AuthenticatorID
		return chromedp.Void{}, err
	})
	return p
}

// finger says whether there is one on the sensor when it is asked.
func (p *phone) finger(there bool) {
	p.Helper()
	p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: p.sensor, Enabled: there})
		return chromedp.Void{}, err
	})
}

// tapPasskey presses the button and lays a finger on the sensor.
func (p *phone) tapPasskey() {
	p.Helper()
	p.do(chromedp.WaitVisible("[data-passkey] button"))
	p.finger(true)
	p.tap("[data-passkey] button")
}

func (p *phone) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.Context, actions...); err != nil {
		p.Fatal(err)
	}
}

func (p *phone) open(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.public + path))
}

func (p *phone) tap(selector string) {
	p.Helper()
	p.do(chromedp.WaitVisible(selector), chromedp.Click(selector))
}

func (p *phone) enter(selector, text string) {
	p.Helper()
	p.do(chromedp.WaitVisible(selector), chromedp.SetValue(selector, text))
}

// at waits until the browser is at a path of the site. While it is on its way there
// is nothing to ask.
func (p *phone) at(path string) {
	p.Helper()
	var was string
	for end := time.Now().Add(20 * time.Second); was != p.public+path; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("not at %s but at %s: %s", path, was, p.text(`document.body.innerText`))
		}
		if now, err := chromedp.Run(p.Context, chromedp.Evaluate[string](`document.readyState === "complete" ? location.href : ""`)); err == nil {
			was = now
		}
	}
}

func (p *phone) text(expression string) string {
	p.Helper()
	s, err := chromedp.Run(p.Context, chromedp.Evaluate[string](expression))
	if err != nil {
		p.Fatal(err)
	}
	return s
}

func (p *phone) signIn(email string) {
	p.Helper()
	p.enter("#identifier", email)
	p.enter("[name=password]", password)
	p.tap(`form[action="/signin"] .primary`)
}

func (p *phone) signOut() {
	p.Helper()
	p.finger(false)
	p.open("/account")
	p.tap(`main form[action="/signout"] button`)
	p.at("/signin?done=signed_out")
}

// TestPasskey: added, signed in by with one tap, and used where an organisation asks
// for a second factor.
func TestPasskey(t *testing.T) {
	s, public := trusted(t, func(public string) *site {
		return startSite(t, node.Config{Data: t.TempDir(), PublicURL: public})
	})
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	s.join(s.person("hoa", "hoa@example.vn"), coop.org, coop.token, ledger.RoleRecorder)
	s.join(s.person("binh", "binh@example.vn"), coop.org, coop.token, ledger.RoleRecorder)
	p := newPhone(t, public)

	p.open("/account/passkeys?lang=vi")
	p.at("/signin?next=%2Faccount%2Fpasskeys%3Flang%3Dvi")
	p.signIn("hoa@example.vn")
	p.at("/account/passkeys?lang=vi")
	p.enter("#passkey-name", "Điện thoại của Hoa")
	p.tapPasskey()
	p.at("/account/passkeys?done=passkey")
	if text := p.text(`document.body.innerText`); !strings.Contains(text, "Điện thoại của Hoa") || !strings.Contains(text, "Đã thêm") {
		t.Errorf("%s", text)
	}
	p.tapPasskey() // a second time it is there already
	p.do(chromedp.WaitVisible("[data-passkey] .wrong"))
	if text := p.text(`document.querySelector("[data-passkey] .wrong").innerText`); !strings.Contains(text, "đã có khóa rồi") {
		t.Errorf("a passkey twice: %s", text)
	}
	p.signOut()

	p.open("/signin?next=/account/history")
	p.tapPasskey()
	p.at("/account/history")
	if text := p.text(`document.body.innerText`); !strings.Contains(text, "Đăng nhập bằng vân tay hoặc khuôn mặt") {
		t.Errorf("%s", text)
	}
	p.signOut()
	p.finger(true)
	p.open("/signin?next=/account/history") // the keyboard offers it
	p.at("/account/history")
	p.open("/prove?next=/account/codes")
	p.tapPasskey()
	p.at("/account/codes")
	p.signOut()

	if err := s.Accounts.SetOrgSettings(t.Context(), coop.org, account.OrgSettings{SecondFactor: true}); err != nil {
		t.Fatal(err)
	}
	p.open("/signin?next=/account/history")
	p.signIn("hoa@example.vn")
	p.at("/signin/code?next=%2Faccount%2Fhistory")
	p.tapPasskey()
	p.at("/account/history")
	p.signOut()

	p.open("/signin?next=/account/history")
	p.signIn("binh@example.vn")
	p.at("/signin/enrol?next=%2Faccount%2Fhistory")
	p.tapPasskey()
	p.at("/account/history")
	keys, err := s.Accounts.Lookup(t.Context(), "binh@example.vn")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.Accounts.Means(t.Context(), keys.ID); err != nil || m.Passkeys != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestProviderInBrowser: a browser leaves for a provider of another site and comes
// back signed in, with its cookies.
func TestProviderInBrowser(t *testing.T) {
	provider := openidtest.New(t) // at 127.0.0.1: another site than localhost
	s, public := trusted(t, func(public string) *site {
		return providing(t, node.Config{PublicURL: public}, provider.URL)
	})
	s.person("hoa", "hoa@example.vn")
	p := newPhone(t, public)
	p.open("/account/external?lang=vi")
	p.signIn("hoa@example.vn")
	p.at("/account/external?lang=vi")
	there := func(subject string) {
		t.Helper()
		p.enter("[name=subject]", subject)
		p.tap("button")
	}
	p.tap(`form[action="/account/external/link"] button`)
	there("citizen-1")
	p.at("/account/external?done=linked")
	p.signOut()
	p.open("/signin?next=/account/history")
	p.tap(`form[action="/signin/provider"] button`)
	there("citizen-1")
	p.at("/account/history")
}

// TestAppScans: the picture for an authenticator app says what the link beside it
// does, also in the dark.
func TestAppScans(t *testing.T) {
	s, public := trusted(t, func(public string) *site {
		return startSite(t, node.Config{Data: t.TempDir(), PublicURL: public})
	})
	s.person("Trần Thị Hoa", "hoa@example.vn")
	p := newPhone(t, public)
	p.open("/account/codes/app?lang=vi")
	p.signIn("hoa@example.vn")
	p.at("/account/codes/app?lang=vi")
	link := p.text(`document.querySelector('a[href^="otpauth:"]').href`)
	for _, scheme := range []string{"light", "dark"} {
		p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			return chromedp.Void{}, err
		})
		shot, err := chromedp.Run(p.Context, chromedp.Screenshot("svg.qr"))
		if err != nil {
			t.Fatal(err)
		}
		if said := readQR(t, bytes.NewReader(shot)); said != link || !strings.Contains(link, "secret=") {
			t.Errorf("%s: the picture says %q, the link %q", scheme, said, link)
		}
	}
}
