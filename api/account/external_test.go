package account

import (
	"slices"
	"testing"

	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/account/openid/openidtest"
	"github.com/sogoc/sogoc/ledger"
)

func discover(t *testing.T, server *openidtest.Provider) *openid.Provider {
	t.Helper()
	p, err := openid.Discover(t.Context(), openid.Config{Issuer: server.URL, ClientID: openidtest.Client, Secret: openidtest.Secret, Redirect: origin + "/back"})
	must(t, err)
	return p
}

func TestExternal(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	server := openidtest.New(t)
	p, other := discover(t, server), discover(t, openidtest.New(t))
	a := s.account(t, Person{Name: "Hoa", Phone: hoa.Phone, Email: "hoa@example.vn"})
	b := s.account(t, Person{Name: "B", Phone: "0987654321"})
	visit := func(who ledger.ID, subject string) (cookie, state, code string) {
		address, cookie, err := s.BeginExternal(ctx, p, who, anybody)
		must(t, err)
		state, code = server.SignIn(t, address, subject)
		return cookie, state, code
	}
	signIn := func(subject string) (Grant, error) {
		cookie, state, code := visit(ledger.ID{}, subject)
		return s.SignInExternal(ctx, p, cookie, state, code, anybody)
	}
	_, err := signIn("hoa") // has the e-mail address of an account; that is not enough
	fails(t, err, ledger.Unauthenticated)
	mine := s.signIn(t, hoa.Phone).Secret
	cookie, state, code := visit(a.ID, "hoa")
	e, err := s.LinkExternal(ctx, mine, p, cookie, state, code, anybody)
	must(t, err)
	g, err := signIn("hoa")
	must(t, err)
	if g.Session.Account != a.ID || !slices.Equal(g.Session.Methods, []Method{ByExternal}) {
		t.Errorf("%+v", g.Session)
	}
	_, err = signIn("somebody else")
	fails(t, err, ledger.Unauthenticated)

	cookie, state, code = visit(b.ID, "hoa")
	_, err = s.LinkExternal(ctx, s.signIn(t, b.Phone).Secret, p, cookie, state, code, anybody)
	fails(t, err, ledger.Conflict)
	cookie, state, code = visit(a.ID, "hoa")
	_, err = s.SignInExternal(ctx, p, cookie, state, code, anybody) // was to be linked
	fails(t, err, ledger.Invalid)
	_, err = s.LinkExternal(ctx, s.signIn(t, b.Phone).Secret, p, cookie, state, code, anybody) // to another account
	fails(t, err, ledger.Invalid)
	cookie, state, code = visit(ledger.ID{}, "hoa")
	_, err = s.LinkExternal(ctx, mine, p, cookie, state, code, anybody)
	fails(t, err, ledger.Invalid)
	_, err = s.SignInExternal(ctx, other, cookie, state, code, anybody)
	fails(t, err, ledger.Invalid)
	_, err = s.SignInExternal(ctx, p, "", state, code, anybody)
	fails(t, err, ledger.Invalid)
	_, err = s.SignInExternal(ctx, p, cookie, "another", code, anybody)
	fails(t, err, ledger.Unauthenticated, code)
	s.clock.pass(stateLife)
	_, err = s.SignInExternal(ctx, p, cookie, state, code, anybody)
	fails(t, err, ledger.Invalid)

	s.clock.pass(StepUp)
	cookie, state, code = visit(a.ID, "another")
	_, err = s.LinkExternal(ctx, mine, p, cookie, state, code, anybody)
	fails(t, err, ledger.Unauthenticated) // not fresh
	fails(t, s.UnlinkExternal(ctx, mine, e.ID, anybody), ledger.Unauthenticated)
	g, err = signIn("hoa")
	must(t, err)
	must(t, s.UnlinkExternal(ctx, g.Secret, e.ID, anybody))
	_, err = signIn("hoa")
	fails(t, err, ledger.Unauthenticated)
	if all, err := s.Externals(ctx, a.ID); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	cookie, state, code = visit(b.ID, "hoa")
	if _, err := s.LinkExternal(ctx, s.signIn(t, b.Phone).Secret, p, cookie, state, code, anybody); err != nil {
		t.Errorf("what was unlinked is not free: %v", err)
	}
}
