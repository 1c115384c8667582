package account

import (
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// asks has an account ask for another address, and returns the link that is mailed.
func (s *site) asks(t *testing.T, a Account, email string) string {
	t.Helper()
	p := a.Person
	p.Email = email
	_, err := s.SetPerson(t.Context(), a.ID, p, anybody)
	must(t, err)
	m, err := s.AddressLink(t.Context(), a.ID, anybody)
	must(t, err)
	if m == nil || m.To != email {
		t.Fatalf("the letter is %+v", m)
	}
	return m.Secret
}

// TestAddress: another address counts for nothing before it is proved; the one before
// does as long. A link is good once, until it expires or the address changes again.
func TestAddress(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	const next = "hoa.moi@htx.vn"
	reached := func(identifier string) string {
		t.Helper()
		m, err := s.RequestReset(ctx, identifier, anybody)
		must(t, err)
		s.clock.pass(time.Hour) // others are asked for
		if m == nil {
			return ""
		}
		return m.To
	}

	stale := s.asks(t, a, "sai@htx.vn")
	s.asks(t, a, next)
	if got, err := s.Account(ctx, a.ID); err != nil || got.Email != "hoa@htx.vn" || got.Pending != next || got.ToProve() != next {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err := s.SignIn(ctx, next, good, anybody)
	fails(t, err, ledger.Unauthenticated)
	s.signIn(t, hoa.Email)
	if to := reached("hoa@htx.vn"); to != "hoa@htx.vn" {
		t.Errorf("the old address: %q", to)
	}
	if to := reached(next); to != "" {
		t.Errorf("the new address: %q", to)
	}
	_, err = s.ProveAddress(ctx, stale, anybody)
	fails(t, err, ledger.NotFound)
	expired := s.asks(t, a, next)
	s.clock.pass(AddressLife)
	_, err = s.ProveAddress(ctx, expired, anybody)
	fails(t, err, ledger.NotFound)
	link := s.asks(t, a, next)
	fails(t, s.Reset(ctx, link, another, anybody), ledger.NotFound) // it is for nothing else
	if _, err = s.ProveAddress(ctx, link, anybody); err != nil {
		t.Fatal(err)
	}
	_, err = s.ProveAddress(ctx, link, anybody)
	fails(t, err, ledger.NotFound)
	b := s.restart(t)
	if got, err := b.Account(ctx, a.ID); err != nil || got.Email != next || got.ToProve() != "" || got.Reached() != next {
		t.Fatalf("%+v, %v", got, err)
	}
	b.signIn(t, next)
	_, err = b.SignIn(ctx, "hoa@htx.vn", good, anybody)
	fails(t, err, ledger.Unauthenticated)
	if m, err := b.AddressLink(ctx, a.ID, anybody); m != nil || err != nil {
		t.Errorf("there is something to prove: %+v, %v", m, err)
	}
}

// TestAddressOfAnother: who typed an address first does not keep it from who proves it,
// and who proved it does.
func TestAddressOfAnother(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	g, err := s.SignUp(ctx, Person{Name: "Kẻ giữ chỗ", Email: "hoa@htx.vn"}, good, anybody)
	must(t, err)
	squatter, err := s.Account(ctx, g.Session.Account)
	must(t, err)
	if m, err := s.RequestReset(ctx, "hoa@htx.vn", anybody); m != nil || err != nil || squatter.ToProve() != "hoa@htx.vn" {
		t.Errorf("a letter goes to an address that nobody proved: %+v, %v", m, err)
	}
	a := s.account(t, Person{Name: "Hoa", Phone: "0912345678"})
	_, err = s.ProveAddress(ctx, s.asks(t, a, "hoa@htx.vn"), anybody)
	must(t, err)
	if got, err := s.Account(ctx, squatter.ID); err != nil || got.Email != "" || got.Unproved {
		t.Errorf("%+v, %v", got, err)
	}
	if g := s.signIn(t, "hoa@htx.vn"); g.Session.Account != a.ID {
		t.Error("the address opens another account")
	}
	late := s.account(t, Person{Name: "An", Phone: "0987654321"})
	_, err = s.ProveAddress(ctx, s.asks(t, late, "hoa@htx.vn"), anybody)
	fails(t, err, ledger.Conflict)
	if got, err := s.Lookup(ctx, "hoa@htx.vn"); err != nil || got.ID != a.ID {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestPasswordEnds: with another password, chosen or reset, devices and tokens end; with
// the first they do not.
func TestPasswordEnds(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	org := ledger.NewID()
	a, err := s.Create(ctx, hoa, anybody)
	must(t, err)
	id, err := s.NewMember(ctx, a.ID, org, anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, id.Address, anybody))
	for _, test := range []struct {
		name string
		ends bool
		do   func() error
	}{
		{"the first", false, func() error { return s.SetPassword(ctx, a.ID, good, "", anybody) }},
		{"another", true, func() error { return s.SetPassword(ctx, a.ID, another, "", anybody) }},
		{"a reset", true, func() error {
			link, err := s.ResetLink(ctx, a.ID, false, anybody)
			must(t, err)
			return s.Reset(ctx, link, good, anybody)
		}},
	} {
		token, _, err := s.MakeToken(ctx, a.ID, Token{Name: "cân", Member: id.Member, Scopes: Scopes}, time.Hour, anybody)
		must(t, err)
		_, err = s.Identify(ctx, token) // which is remembered
		must(t, err)
		var g Grant
		must(t, s.vault.Update(func(tx *vault.Tx) (err error) {
			g, err = s.begin(tx, a.ID, ByPassword, true, anybody)
			return err
		}))
		device, err := s.RememberDevice(ctx, g.Secret, "máy", anybody)
		must(t, err)
		must(t, test.do())
		_, err = s.Identify(ctx, token)
		if ended := ledger.CodeOf(err) == ledger.Unauthenticated && err != nil; ended != test.ends {
			t.Errorf("%s: the token: %v", test.name, err)
		}
		if _, known, err := s.ThisDevice(ctx, a.ID, device); err != nil || known == test.ends {
			t.Errorf("%s: the device is known: %v, %v", test.name, known, err)
		}
	}
}
