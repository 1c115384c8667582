package account

import (
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// TestJoin: who is new leaves with an account that they can open again, or with none.
func TestJoin(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	secret, _ := s.invite(t, Link{Org: ledger.NewID(), Roles: []ledger.Role{ledger.RoleRecorder}})
	for name, c := range map[string]struct {
		p    Person
		how  Choice
		code ledger.Code
	}{
		"no way to sign in": {Person{Name: "Hoa", Phone: "0912345678"}, Choice{}, ledger.Invalid},
		"easy PIN":          {Person{Name: "Hoa", Phone: "0912345678"}, Choice{PIN: "123456"}, ledger.Invalid},
		"PIN of the phone":  {Person{Name: "Hoa", Phone: "0912274915"}, Choice{PIN: "274915"}, ledger.Invalid},
		"short password":    {Person{Name: "Hoa", Phone: "0912345678"}, Choice{Password: "abc"}, ledger.Invalid},
		"no name":           {Person{Phone: "0912345678"}, Choice{PIN: "274915"}, ledger.Invalid},
		"no phone":          {Person{Name: "Hoa"}, Choice{PIN: "274915"}, ledger.Invalid},
	} {
		_, err := s.Join(ctx, secret, c.p, c.how, anybody)
		fails(t, err, c.code, name)
	}
	if _, err := s.Lookup(ctx, "0912345678"); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("an account is left: %v", err)
	}
	done, err := s.Join(ctx, secret, Person{Name: "Hoa", Phone: "0912345678"}, Choice{PIN: "274915", Device: "Android"}, anybody)
	must(t, err)
	a, err := s.Account(ctx, done.Grant.Session.Account)
	must(t, err)
	if m := a.Members[0]; !m.Waits() || m.Invited.Roles[0] != ledger.RoleRecorder {
		t.Errorf("%+v", m)
	}
	_, err = s.SignInPIN(ctx, done.Device, "274915", anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, done.Identity.Address, anybody))
	a, err = s.Account(ctx, a.ID)
	must(t, err)
	if m := a.Members[0]; m.Waits() || m.Invited != nil {
		t.Errorf("%+v", m)
	}
	_, err = s.Join(ctx, secret, Person{Name: "An", Phone: "0912345679"}, Choice{PIN: "274915"}, anybody)
	fails(t, err, ledger.NotFound)

	second, _ := s.invite(t, Link{Org: ledger.NewID(), Phone: "0987654321"})
	done, err = s.Join(ctx, second, Person{Name: "Ba"}, Choice{Password: good}, anybody)
	must(t, err)
	if done.Device != "" {
		t.Error("a device was remembered without a PIN")
	}
	s.signIn(t, "0987654321")
	third, _ := s.invite(t, Link{Org: ledger.NewID()})
	_, err = s.Join(ctx, third, Person{Name: "C", Phone: "0987654321"}, Choice{PIN: "274915"}, anybody)
	fails(t, err, ledger.Conflict)
	if _, err := s.Invitation(ctx, third); err != nil {
		t.Errorf("the invitation is gone: %v", err)
	}
}

// TestSignUp: who has an account already is let in by its password, and nobody else.
func TestSignUp(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	g, err := s.SignUp(ctx, hoa, good, anybody)
	must(t, err)
	again, err := s.SignUp(ctx, hoa, good, anybody)
	must(t, err)
	if again.Session.Account != g.Session.Account || again.Secret == g.Secret {
		t.Errorf("%+v, %+v", g, again)
	}
	_, err = s.SignUp(ctx, hoa, good+" khác", anybody)
	fails(t, err, ledger.Conflict)
	_, err = s.SignUp(ctx, Person{Name: "Hoa"}, good, anybody)
	fails(t, err, ledger.Invalid)
	_, err = s.SignUp(ctx, Person{Name: "Hoa", Phone: "0912000001"}, "short", anybody)
	fails(t, err, ledger.Invalid)
	if a, err := s.Account(ctx, g.Session.Account); err != nil || a.Name != hoa.Name {
		t.Errorf("%+v, %v", a, err)
	}
	for i := range addressFree + 5 {
		if _, err = s.SignUp(ctx, hoa, good+" khác", anybody); ledger.CodeOf(err) == ledger.Unavailable {
			break
		}
		if i == addressFree+4 {
			t.Error("one address may try for ever")
		}
	}
}
