package account

import (
	"slices"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

func TestMeans(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	org := ledger.NewID()
	_, err := s.NewMember(ctx, a.ID, org, anybody)
	must(t, err)
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	look := func() Means {
		t.Helper()
		m, err := s.Means(ctx, a.ID)
		must(t, err)
		return m
	}
	if m := look(); m.Password.IsZero() || m.Strong() || m.Asked || m.Passkeys+m.External+m.Devices+m.Recovery != 0 {
		t.Errorf("%+v", m)
	}
	g := s.signIn(t, hoa.Phone)
	s.codes(t, g.Secret)
	s.passkey(t, p, g.Secret)
	_, err = s.RememberDevice(ctx, g.Secret, "x", anybody)
	must(t, err)
	must(t, s.SetOrgSettings(ctx, org, OrgSettings{SecondFactor: true}))
	if m := look(); !m.Strong() || !m.Codes || !m.Asked || m.Passkeys != 1 || m.Devices != 1 || m.Recovery != recoveryCodes {
		t.Errorf("%+v", m)
	}
	_, err = s.Means(ctx, ledger.NewID())
	fails(t, err, ledger.NotFound)
}

// TestLastMeans: nobody takes away the last thing by which they sign in.
func TestLastMeans(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	secret, _ := s.invite(t, Link{Org: ledger.NewID()})
	done, err := s.Accept(ctx, secret, Person{Name: "Hoa", Phone: hoa.Phone}, anybody)
	must(t, err)
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	session := done.Grant.Secret
	s.passkey(t, p, session)
	keys, err := s.PasskeysOf(ctx, done.Grant.Session.Account)
	must(t, err)
	fails(t, s.RemovePasskey(ctx, session, keys[0].ID, anybody), ledger.Conflict)
	must(t, s.SetPassword(ctx, done.Grant.Session.Account, good, done.Grant.Session.ID, anybody))
	must(t, s.RemovePasskey(ctx, session, keys[0].ID, anybody))
}

// TestProvePIN: on a device of the same account, as a sign-in by it.
func TestProvePIN(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.account(t, hoa)
	s.account(t, Person{Name: "B", Phone: "0987654321"})
	g := s.signIn(t, hoa.Phone)
	device, err := s.RememberDevice(ctx, g.Secret, "x", anybody)
	must(t, err)
	must(t, s.SetPIN(ctx, g.Secret, device, "274915", anybody))
	s.clock.pass(StepUp + time.Second)
	_, err = s.ProvePIN(ctx, g.Secret, device, "274916", anybody)
	fails(t, err, ledger.Unauthenticated, "274916")
	x, err := s.ProvePIN(ctx, g.Secret, device, "274915", anybody)
	if err != nil || !x.Fresh(s.now()) || x.ID != g.Session.ID {
		t.Errorf("%+v, %v", x, err)
	}
	for _, c := range []struct{ session, device string }{
		{s.signIn(t, "0987654321").Secret, device}, {g.Secret, ""}, {g.Secret, g.Secret},
	} {
		_, err = s.ProvePIN(ctx, c.session, c.device, "274915", anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	for range pinTries {
		_, err = s.ProvePIN(ctx, g.Secret, device, "274916", anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	fails(t, err, ledger.Unauthenticated) // the same count
}

// TestRecovery: the secret stays while it is set up; new recovery codes end the old.
func TestRecovery(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	_, err := s.RenewRecovery(ctx, g.Secret, anybody)
	fails(t, err, ledger.NotFound)
	first, _, err := s.BeginTOTP(ctx, g.Secret, "x")
	must(t, err)
	again, _, err := s.BeginTOTP(ctx, g.Secret, "x")
	must(t, err)
	other, _, err := s.BeginTOTP(ctx, s.signIn(t, hoa.Phone).Secret, "x")
	must(t, err)
	if first != again || other == first {
		t.Error("the secret changes while it is set up, or is another session's")
	}
	_, old := s.codes(t, g.Secret)
	next, err := s.RenewRecovery(ctx, g.Secret, anybody)
	must(t, err)
	if len(next) != recoveryCodes || slices.Contains(next, old[0]) {
		t.Errorf("%v", next)
	}
	_, err = s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, old[0], anybody)
	fails(t, err, ledger.Unauthenticated, old[0])
	_, err = s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, next[0], anybody)
	must(t, err)
	if !slices.Contains(s.happened(t, a.ID), RecoveryMade) {
		t.Error("nothing tells of it")
	}
	s.clock.pass(StepUp + time.Second)
	_, err = s.RenewRecovery(ctx, g.Secret, anybody)
	fails(t, err, ledger.Unauthenticated)
}

// TestLostPhone: a reset for who lost the phone removes all that was on it.
func TestLostPhone(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	p, err := s.Passkeys("Sổ Gốc", origin)
	must(t, err)
	g := s.signIn(t, hoa.Phone)
	s.codes(t, g.Secret)
	s.passkey(t, p, g.Secret)
	link, err := s.ResetLink(ctx, a.ID, false, anybody)
	must(t, err)
	must(t, s.Reset(ctx, link, another, anybody))
	if m, err := s.Means(ctx, a.ID); err != nil || !m.Codes || m.Passkeys != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	link, err = s.ResetLink(ctx, a.ID, true, anybody)
	must(t, err)
	must(t, s.Reset(ctx, link, good, anybody))
	if m, err := s.Means(ctx, a.ID); err != nil || m.Strong() {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestOtherContacts: whether a number or an address has an account is not found out
// by trying many.
func TestOtherContacts(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.account(t, hoa)
	b := s.account(t, Person{Name: "B", Phone: "0987654321"})
	var err error
	for range rules[contactLimit].free + 1 {
		_, err = s.SetPerson(ctx, b.ID, Person{Name: "B", Phone: hoa.Phone}, anybody)
		fails(t, err, ledger.Conflict)
	}
	_, err = s.SetPerson(ctx, b.ID, Person{Name: "B", Phone: hoa.Phone}, anybody)
	if _, ok := RetryAfter(err); !ok {
		t.Errorf("%v", err)
	}
	_, err = s.SetPerson(ctx, b.ID, Person{Name: "Bình", Phone: b.Phone}, anybody)
	must(t, err)
}
