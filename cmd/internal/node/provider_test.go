package node_test

import (
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/account/openid/openidtest"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// TestProviderDown: a node starts while a provider is down, and people sign in there
// once it is back.
func TestProviderDown(t *testing.T) {
	t.Parallel()
	up, down := openidtest.New(t), openidtest.New(t)
	down.Down.Store(true)
	s := startSite(t, node.Config{Data: t.TempDir(), OpenID: []openid.Config{
		{Issuer: up.URL, ClientID: openidtest.Client, Secret: openidtest.Secret},
		{Issuer: down.URL, ClientID: openidtest.Client, Secret: openidtest.Secret, Name: "VNeID"},
	}})
	if len(s.OpenID) != 2 || s.OpenID[0].Name != strings.TrimPrefix(up.URL, "http://") || s.OpenID[1].Name != "VNeID" {
		t.Fatalf("%+v", s.OpenID)
	}
	visit := func(i int, server *openidtest.Provider) {
		t.Helper()
		address, state, err := s.Accounts.BeginExternal(t.Context(), s.OpenID[i], ledger.ID{}, account.From{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(address, "redirect_uri=https%3A%2F%2Ftruyxuat.example%2Fsignin%2Fprovider%2Freturn") {
			t.Errorf("people come back to %s", address)
		}
		returned, code := server.SignIn(t, address, "hoa")
		_, err = s.Accounts.SignInExternal(t.Context(), s.OpenID[i], state, returned, code, account.From{})
		if ledger.CodeOf(err) != ledger.Unauthenticated || !strings.Contains(err.Error(), "no account here is linked") {
			t.Errorf("%v", err)
		}
	}
	visit(0, up)
	if _, _, err := s.Accounts.BeginExternal(t.Context(), s.OpenID[1], ledger.ID{}, account.From{}); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("while it is down: %v", err)
	}
	down.Down.Store(false)
	visit(1, down)
}

func TestProvidersThatCannotWork(t *testing.T) {
	t.Parallel()
	good := openid.Config{Issuer: "https://id.example", ClientID: "sogoc"}
	for says, c := range map[string]node.Config{
		"--public-url":       {OpenID: []openid.Config{good}},
		"--oidc: https://id": {OpenID: []openid.Config{good, good}, PublicURL: publicURL},
		"http://id.example":  {OpenID: []openid.Config{{Issuer: "http://id.example", ClientID: "sogoc"}}, PublicURL: publicURL},
		"client id":          {OpenID: []openid.Config{{Issuer: "https://id.example"}}, PublicURL: publicURL},
	} {
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", c.OpenID, err)
		}
	}
	c := node.Config{OpenID: []openid.Config{good}, PublicURL: publicURL}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}
