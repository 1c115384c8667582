package openid

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account/openid/openidtest"
)

func discover(t *testing.T, p *openidtest.Provider) *Provider {
	t.Helper()
	got, err := Discover(t.Context(), Config{Name: "VNeID", Issuer: p.URL, ClientID: openidtest.Client, Secret: openidtest.Secret, Redirect: "http://localhost/back"})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func begin(t *testing.T, p *Provider) (Flow, string) {
	t.Helper()
	flow, address, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return flow, address
}

func TestFlow(t *testing.T) {
	server := openidtest.New(t)
	p := discover(t, server)
	flow, address := begin(t, p)
	state, code := server.SignIn(t, address, "subject-1")
	who, err := p.Finish(t.Context(), flow, state, code)
	if err != nil || who != (Subject{Issuer: server.URL, Subject: "subject-1", Name: "Trần Thị Hoa", Email: "hoa@example.vn"}) {
		t.Fatalf("%+v, %v", who, err)
	}
	if _, err := p.Finish(t.Context(), flow, state, code); !errors.Is(err, ErrRefused) {
		t.Errorf("a code twice: %v", err)
	}
}

func TestRefused(t *testing.T) {
	server := openidtest.New(t)
	p := discover(t, server)
	forged, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	genuine := server.Key
	set := func(name string, v any) func(map[string]any) { return func(c map[string]any) { c[name] = v } }
	for what, c := range map[string]struct {
		change func(map[string]any)
		key    *rsa.PrivateKey
		flow   func(*Flow)
		state  string
	}{
		"nonce":    {change: set("nonce", "another")},
		"audience": {change: set("aud", "another")},
		"issuer":   {change: set("iss", "https://other.example")},
		"expired":  {change: set("exp", 1)},
		"subject":  {change: set("sub", "")},
		"key":      {key: forged},
		"verifier": {flow: func(f *Flow) { f.Verifier = strings.Repeat("x", 43) }},
		"state":    {state: "another"},
		"no state": {flow: func(f *Flow) { f.State = "" }},
	} {
		server.Change, server.Key = func(map[string]any) {}, genuine
		if c.change != nil {
			server.Change = c.change
		}
		if c.key != nil {
			server.Key = c.key
		}
		flow, address := begin(t, p)
		state, code := server.SignIn(t, address, "subject-1")
		if c.flow != nil {
			c.flow(&flow)
		}
		if c.state != "" {
			state = c.state
		}
		who, err := p.Finish(t.Context(), flow, state, code)
		if !errors.Is(err, ErrRefused) || who != (Subject{}) {
			t.Errorf("another %s: %+v, %v", what, who, err)
		}
		if err != nil && (strings.Contains(err.Error(), code) || strings.Contains(err.Error(), flow.Nonce)) {
			t.Errorf("another %s: the error tells: %v", what, err)
		}
	}
	server.Key = genuine
	server.Change = set("email_verified", false)
	flow, address := begin(t, p)
	state, code := server.SignIn(t, address, "subject-1")
	if who, err := p.Finish(t.Context(), flow, state, code); err != nil || who.Email != "" {
		t.Errorf("an address that nobody verified: %+v, %v", who, err)
	}
	flow, address = begin(t, p)
	state, code = server.SignIn(t, address, "subject-1")
	server.Close()
	if _, err := p.Finish(t.Context(), flow, state, code); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("a provider that is gone: %v", err)
	}
}

func TestDiscover(t *testing.T) {
	server := openidtest.New(t)
	for what, c := range map[string]Config{
		"plain http": {Issuer: "http://login.example", ClientID: "x", Redirect: "y"},
		"no client":  {Issuer: server.URL, Redirect: "y"},
		"elsewhere":  {Issuer: server.URL + "/other", ClientID: "x", Redirect: "y"},
	} {
		if _, err := Discover(t.Context(), c); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// TestProviderThatIsDown: it is there as soon as it answers.
func TestProviderThatIsDown(t *testing.T) {
	server := openidtest.New(t)
	server.Down.Store(true)
	c := Config{Issuer: server.URL, ClientID: openidtest.Client, Secret: openidtest.Secret, Redirect: "http://localhost/back"}
	if _, err := Discover(t.Context(), c); err == nil || !strings.Contains(err.Error(), server.URL) {
		t.Errorf("%v", err)
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Begin(t.Context()); err == nil || !strings.Contains(err.Error(), server.URL) || strings.Contains(err.Error(), openidtest.Secret) {
		t.Errorf("%v", err)
	}
	server.Down.Store(false)
	flow, address := begin(t, p)
	state, code := server.SignIn(t, address, "subject-1")
	if who, err := p.Finish(t.Context(), flow, state, code); err != nil || who.Subject != "subject-1" {
		t.Errorf("%+v, %v", who, err)
	}
}
