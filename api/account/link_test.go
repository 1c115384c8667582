package account

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

func (s *site) invite(t testing.TB, l Link) (string, Link) {
	t.Helper()
	secret, made, err := s.Invite(t.Context(), l, anybody)
	must(t, err)
	return secret, made
}

func TestInvitation(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	org := ledger.NewID()
	roles := []ledger.Role{ledger.RoleRecorder}
	secret, made := s.invite(t, Link{Org: org, Roles: roles, Phone: "0912345678"})
	if got, err := s.Invitation(ctx, secret); err != nil || got.ID != made.ID || got.Phone != "+84912345678" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := s.Accept(ctx, secret, Person{Name: "B", Phone: "0987654321"}, anybody)
	fails(t, err, ledger.Forbidden)
	_, err = s.Accept(ctx, secret, Person{}, anybody)
	fails(t, err, ledger.Invalid)
	done, err := s.Accept(ctx, secret, Person{Name: "Hoa"}, anybody)
	must(t, err)
	x, err := s.Session(ctx, done.Grant.Secret)
	must(t, err)
	a, err := s.Account(ctx, x.Account)
	must(t, err)
	if a.Phone != "+84912345678" || len(a.Members) != 1 || a.Members[0].Org != org || done.Identity.Member != a.Members[0].Member || done.Invitation.Roles[0] != roles[0] {
		t.Errorf("%+v, %+v", a, done)
	}
	signs(t, done.Identity)
	for _, bad := range []string{secret, "", secret[:63], newHandle(org).String()} {
		_, err := s.Accept(ctx, bad, Person{Name: "C", Phone: "0987654322"}, anybody)
		fails(t, err, ledger.NotFound, bad)
	}
	if open, err := s.Invitations(ctx, org); err != nil || len(open) != 0 {
		t.Errorf("%v, %v", open, err)
	}

	second, _ := s.invite(t, Link{Org: org})
	_, err = s.AcceptAs(ctx, second, a.ID, anybody)
	fails(t, err, ledger.Conflict)
	_, err = s.Accept(ctx, second, Person{Name: "C", Phone: "0912345678"}, anybody)
	fails(t, err, ledger.Conflict)
	_, err = s.Accept(ctx, second, Person{Name: "C"}, anybody)
	fails(t, err, ledger.Invalid)
	third, again := s.invite(t, Link{Org: ledger.NewID(), Name: "Chị Hoa"})
	if _, err = s.AcceptAs(ctx, third, a.ID, anybody); err != nil {
		t.Error(err)
	}
	fourth, taken := s.invite(t, Link{Org: org})
	fails(t, s.RevokeInvitation(ctx, again.Org, taken.ID), ledger.NotFound)
	must(t, s.RevokeInvitation(ctx, org, taken.ID))
	_, err = s.Invitation(ctx, fourth)
	fails(t, err, ledger.NotFound)
	s.clock.pass(InvitationLife)
	_, err = s.Invitation(ctx, second)
	fails(t, err, ledger.NotFound)
	for _, bad := range []Link{{}, {Org: org, Roles: []ledger.Role{"king"}}, {Org: org, Phone: "1"}, {Org: org, Name: strings.Repeat("x", 101)}} {
		_, _, err := s.Invite(ctx, bad, anybody)
		fails(t, err, ledger.Invalid)
	}
}

// TestInvitationOnce: of many who accept at once, one is in.
func TestInvitationOnce(t *testing.T) {
	s := open(t)
	secret, _ := s.invite(t, Link{Org: ledger.NewID()})
	var in atomic.Int64
	var wg sync.WaitGroup
	for i := range 5 {
		wg.Go(func() {
			if _, err := s.Accept(t.Context(), secret, Person{Name: "B", Phone: "098765432" + string(rune('0'+i))}, anybody); err == nil {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Errorf("%d are in", in.Load())
	}
}

// TestInvitationGuess: an invitation is no way to ask who has an account.
func TestInvitationGuess(t *testing.T) {
	s := open(t)
	s.account(t, hoa)
	secret, _ := s.invite(t, Link{Org: ledger.NewID()})
	for range rules[linkLimit].free + 1 {
		_, err := s.Accept(t.Context(), secret, Person{Name: "B", Phone: hoa.Phone}, anybody)
		fails(t, err, ledger.Conflict)
	}
	_, err := s.Accept(t.Context(), secret, Person{Name: "B", Phone: hoa.Phone}, anybody)
	if _, ok := RetryAfter(err); !ok {
		t.Error(err)
	}
}

func TestReset(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	device, err := s.RememberDevice(ctx, g.Secret, "x", anybody)
	must(t, err)
	must(t, s.SetPIN(ctx, g.Secret, device, "274915", anybody))
	s.codes(t, g.Secret)
	spare, err := s.ResetLink(ctx, a.ID, false, anybody)
	must(t, err)
	mail, err := s.RequestReset(ctx, hoa.Phone, anybody)
	if err != nil || mail == nil || mail.Account.Email != "hoa@htx.vn" {
		t.Fatalf("%+v, %v", mail, err)
	}
	fails(t, s.Reset(ctx, mail.Secret, "short", anybody), ledger.Invalid)
	must(t, s.Reset(ctx, mail.Secret, another, anybody))
	for _, used := range []string{mail.Secret, spare, "", g.Secret} {
		fails(t, s.Reset(ctx, used, good, anybody), ledger.NotFound)
	}
	_, err = s.Session(ctx, g.Secret)
	fails(t, err, ledger.Unauthenticated)
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	fails(t, err, ledger.Unauthenticated)
	in, err := s.SignIn(ctx, hoa.Phone, another, anybody)
	if err != nil || in.Session.Needs != NeedsCode {
		t.Errorf("%+v, %v", in.Session, err) // a mailed link takes no factor away
	}
	handed, err := s.ResetLink(ctx, a.ID, true, anybody)
	must(t, err)
	must(t, s.Reset(ctx, handed, good, anybody))
	if in := s.signIn(t, hoa.Phone); in.Session.Needs != NeedsNothing {
		t.Errorf("%+v", in.Session)
	}
	late, err := s.ResetLink(ctx, a.ID, false, anybody)
	must(t, err)
	s.clock.pass(HandedLife)
	fails(t, s.Reset(ctx, late, another, anybody), ledger.NotFound)
	_, err = s.ResetLink(ctx, ledger.NewID(), false, anybody)
	fails(t, err, ledger.NotFound)
	_, err = s.ResetLinkBy(ctx, ledger.NewID(), a.ID, false, anybody)
	fails(t, err, ledger.Conflict) // a member no more
}

// TestResetRequests: who is here and who is not are answered and limited alike.
func TestResetRequests(t *testing.T) {
	s := open(t)
	s.account(t, Person{Name: "B", Phone: "0987654321"}) // without an address
	for _, identifier := range []string{"0987654321", "0911111111", "nobody@example.vn"} {
		for i := range 5 {
			mail, err := s.RequestReset(t.Context(), identifier, anybody)
			after, waits := RetryAfter(err)
			if mail != nil || waits != (i > rules[resetLimit].free) || (waits && after != time.Minute) {
				t.Errorf("%s, request %d: %v, %v", identifier, i, mail, err)
			}
		}
	}
	if links, err := readAll[Link](s.Store, accountKey(ledger.ID{}, linkKind)); err != nil || len(links) > maxLinks {
		t.Errorf("%d links of nobody's are kept, %v", len(links), err)
	}
}

func TestSetUp(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	id, _ := s.keep(t)
	secret, err := s.SetUpLink(ctx, id.Account)
	must(t, err)
	fails(t, s.Reset(ctx, secret, good, anybody), ledger.NotFound) // it is for something else
	_, err = s.SetUp(ctx, secret, Person{Name: "Sở Nông nghiệp"}, good, anybody)
	fails(t, err, ledger.Invalid)
	g, err := s.SetUp(ctx, secret, Person{Name: "Sở Nông nghiệp", Email: "so@example.vn"}, good, anybody)
	must(t, err)
	if x, err := s.Session(ctx, g.Secret); err != nil || x.Account != id.Account {
		t.Errorf("%+v, %v", x, err)
	}
	s.signIn(t, "so@example.vn")
	if acting, err := s.Acting(ctx, id.Account, id.Member); err != nil || acting.Address != id.Address {
		t.Errorf("%+v, %v", acting, err)
	}
	_, err = s.SetUp(ctx, secret, hoa, good, anybody)
	fails(t, err, ledger.NotFound)
	_, err = s.SetUpLink(ctx, id.Account)
	fails(t, err, ledger.Conflict)
}
