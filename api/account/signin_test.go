package account

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// vaultPardon forgets the failures of an account, as a new password does.
func (s *Store) vaultPardon(id ledger.ID) error {
	return s.vault.Update(func(t *vault.Tx) error { return s.pardon(t, id) })
}

func TestSignIn(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	for _, identifier := range []string{"0912345678", "hoa@htx.vn"} {
		g := s.signIn(t, identifier)
		x, err := s.Session(ctx, g.Secret)
		must(t, err)
		if x.Account != a.ID || x.Needs != NeedsNothing || !slices.Equal(x.Methods, []Method{ByPassword}) || !x.Fresh(s.now()) {
			t.Errorf("%+v", x)
		}
	}
	s.clock.pass(time.Second)
	_, wrong := s.SignIn(ctx, "0912345678", "wrong password!", anybody)
	_, nobody := s.SignIn(ctx, "0987654321", "wrong password!", anybody)
	_, nonsense := s.SignIn(ctx, "!"+strings.Repeat("x", 1000), "wrong password!", anybody)
	fails(t, wrong, ledger.Unauthenticated, "wrong password!")
	if wrong.Error() != nobody.Error() || wrong.Error() != nonsense.Error() {
		t.Errorf("answers tell who is here: %v | %v | %v", wrong, nobody, nonsense)
	}
	if got := s.happened(t, a.ID)[0]; got != SignInFailed {
		t.Errorf("%v", got)
	}
	none, err := s.Create(ctx, Person{Name: "Không mật khẩu", Phone: "0987000111"}, anybody)
	must(t, err)
	_, err = s.SignIn(ctx, none.Phone, "", anybody)
	fails(t, err, ledger.Unauthenticated)
}

func TestPasswords(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	for _, bad := range []string{"short", "matkhaumatkhau1", "Trần Thị Hoa 1990", "0912345678 hoahoa"} {
		fails(t, s.SetPassword(ctx, a.ID, bad, "", anybody), ledger.Invalid, bad)
	}
	keep, end := s.signIn(t, hoa.Phone), s.signIn(t, hoa.Phone)
	must(t, s.SetPassword(ctx, a.ID, another, keep.Session.ID, anybody))
	if _, err := s.Session(ctx, keep.Secret); err != nil {
		t.Errorf("the session that changed the password ended: %v", err)
	}
	_, err := s.Session(ctx, end.Secret)
	fails(t, err, ledger.Unauthenticated, end.Secret)
	_, err = s.SignIn(ctx, hoa.Phone, good, anybody)
	fails(t, err, ledger.Unauthenticated)
	_, err = s.SignIn(ctx, hoa.Phone, another, anybody)
	must(t, err)
	fails(t, s.SetPassword(ctx, ledger.NewID(), good, "", anybody), ledger.NotFound)
}

// TestRehash: a sign-in brings an old hash to today's cost.
func TestRehash(t *testing.T) {
	s := open(t)
	a := s.account(t, hoa)
	s.hasher = password.NewHasher(password.Cost{Memory: 128, Passes: 1, Lanes: 1})
	_, err := s.SignIn(t.Context(), hoa.Phone, "wrong password!", anybody)
	fails(t, err, ledger.Unauthenticated)
	for i, want := range []string{"m=64,", "m=128,", "m=128,"} {
		r, _, err := read[passwordRecord](s.Store, accountKey(a.ID, passwordKind))
		must(t, err)
		if !strings.Contains(string(r.Hash), want) {
			t.Errorf("before sign-in %d: %s, want %s", i, r.Hash, want)
		}
		s.signIn(t, hoa.Phone)
	}
}

// TestDelays: the wait grows, for accounts and for identifiers that are none alike,
// outlives a restart, and is over after a success.
func TestDelays(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.account(t, hoa)
	for _, identifier := range []string{hoa.Phone, "0987654321"} {
		var waits []time.Duration
		for tries := 0; len(waits) < 9; tries++ {
			_, err := s.SignIn(ctx, identifier, "wrong password!", anybody)
			if after, ok := RetryAfter(err); ok {
				fails(t, err, ledger.Unavailable)
				if tries < 6 {
					t.Errorf("%s: try %d waits", identifier, tries)
				}
				waits = append(waits, after/time.Second)
				s.clock.pass(after)
			} else {
				fails(t, err, ledger.Unauthenticated)
			}
		}
		if !slices.Equal(waits, []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256}) {
			t.Errorf("%s: waits %v", identifier, waits)
		}
	}
	_, err := s.SignIn(ctx, hoa.Phone, "wrong password!", anybody)
	fails(t, err, ledger.Unauthenticated)
	s = s.restart(t)
	_, err = s.SignIn(ctx, hoa.Phone, good, anybody)
	after, _ := RetryAfter(err)
	if after != 512*time.Second {
		t.Errorf("after a restart: %v", err)
	}
	s.clock.pass(after)
	s.signIn(t, hoa.Phone)
	for range 6 {
		_, err = s.SignIn(ctx, hoa.Phone, "wrong password!", anybody)
		fails(t, err, ledger.Unauthenticated)
	}
}

// TestHundred: after a hundred failures in a row nothing is tried for a month but
// from a known device or with a new password.
func TestHundred(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	device, err := s.RememberDevice(ctx, s.signIn(t, hoa.Phone).Secret, "điện thoại", anybody)
	must(t, err)
	failed := 0
	for failed < 100 {
		_, err := s.SignIn(ctx, hoa.Phone, "wrong password!", anybody)
		if after, ok := RetryAfter(err); ok {
			if after > time.Hour {
				t.Fatalf("after %d failures, wait %v", failed, after)
			}
			s.clock.pass(after)
		} else {
			failed++
		}
	}
	_, err = s.SignIn(ctx, hoa.Phone, good, anybody)
	if after, _ := RetryAfter(err); after < 29*24*time.Hour {
		t.Errorf("after 100 failures, wait %v", after)
	}
	here := anybody
	here.Device = device
	if _, err := s.SignIn(ctx, hoa.Phone, good, here); err != nil {
		t.Errorf("strangers lock a person out of their own device: %v", err)
	}
	here.Device = newHandle(a.ID).String()
	_, err = s.SignIn(ctx, hoa.Phone, good, here)
	fails(t, err, ledger.Unavailable)
	must(t, s.SetPassword(ctx, a.ID, another, "", anybody))
	if _, err := s.SignIn(ctx, hoa.Phone, another, anybody); err != nil {
		t.Errorf("with a new password: %v", err)
	}
}

// TestManyAtOnce: guesses at the same time are not all free.
func TestManyAtOnce(t *testing.T) {
	s := open(t)
	s.account(t, hoa)
	var mu sync.Mutex
	tried := 0
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, err := s.SignIn(context.Background(), hoa.Phone, "wrong password!", anybody)
			if _, waits := RetryAfter(err); !waits {
				mu.Lock()
				tried++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if tried != 6 { // five free ones, and the one that begins the wait
		t.Errorf("%d of 50 guesses were looked at", tried)
	}
}

// TestAddresses: one address waits after many failures against many accounts; a
// success of one's own does not help; others go on; memory is bounded.
func TestAddresses(t *testing.T) {
	now := time.Now()
	c := newCounters(64)
	from := netip.MustParseAddr("2001:db8:1:2:3::4")
	for i := range addressFree {
		if wait := c.add(signInLimit, from, now); wait != 0 {
			t.Fatalf("try %d waits %v", i, wait)
		}
	}
	if wait := c.add(signInLimit, from, now); wait != 0 {
		t.Fatalf("the last free try waits %v", wait)
	}
	c.undo(signInLimit, from)
	if wait := c.add(signInLimit, netip.MustParseAddr("2001:db8:1:2:ffff::1"), now); wait != time.Second {
		t.Errorf("the same household waits %v", wait)
	}
	if wait := c.add(signInLimit, netip.MustParseAddr("2001:db8:1:3::1"), now); wait != 0 {
		t.Errorf("another household waits %v", wait)
	}
	if wait := c.add(pinLimit, from, now); wait != 0 {
		t.Errorf("something else waits %v", wait)
	}
	now = now.Add(time.Hour)
	if wait := c.add(signInLimit, from, now); wait != 0 || c.get(signInLimit, from).n != 1 {
		t.Errorf("an hour later, %v and %v failures", wait, c.get(signInLimit, from).n)
	}
	for i := range 1000 {
		c.add(signInLimit, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
	}
	if n := len(c.young) + len(c.old); n > 64 {
		t.Errorf("%d addresses are remembered, of at most 64", n)
	}
	for _, odd := range []netip.Addr{{}, netip.MustParseAddr("::ffff:10.0.0.1"), netip.MustParseAddr("fe80::1%eth0")} {
		c.add(signInLimit, odd, now)
	}
}

func TestAddressOfSignIn(t *testing.T) {
	s := open(t)
	for i := range addressFree + 1 {
		_, err := s.SignIn(t.Context(), "09123"+string(rune('0'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10))+"00", "x", anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	_, err := s.SignIn(t.Context(), hoa.Phone, good, anybody)
	if after, ok := RetryAfter(err); !ok || after != time.Second {
		t.Errorf("%v, %v", after, err)
	}
	if _, err := s.SignIn(t.Context(), hoa.Phone, good, From{Address: netip.MustParseAddr("203.0.113.8")}); ledger.CodeOf(err) != ledger.Unauthenticated {
		t.Errorf("another address: %v", err)
	}
}

func TestSessions(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	for _, bad := range []string{"", "x", g.Secret[:63], g.Secret + "A", newHandle(a.ID).String(), g.Session.ID} {
		_, err := s.Session(ctx, bad)
		fails(t, err, ledger.Unauthenticated, bad)
	}
	s.clock.pass(SessionIdle - time.Second)
	if _, err := s.Session(ctx, g.Secret); err != nil {
		t.Errorf("just before it is idle: %v", err)
	}
	s = s.restart(t)
	s.clock.pass(SessionIdle - time.Second)
	if _, err := s.Session(ctx, g.Secret); err != nil {
		t.Errorf("used, and yet: %v", err)
	}
	s.clock.pass(3 * 24 * time.Hour) // 31 days since it began, in use
	_, err := s.Session(ctx, g.Secret)
	fails(t, err, ledger.Unauthenticated)
	idle := s.signIn(t, hoa.Phone)
	s.clock.pass(SessionIdle)
	_, err = s.Session(ctx, idle.Secret)
	fails(t, err, ledger.Unauthenticated)
	if all, err := s.Sessions(ctx, a.ID); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}

	var grants []Grant
	for range maxSessions + 3 {
		s.clock.pass(time.Second)
		grants = append(grants, s.signIn(t, hoa.Phone))
	}
	all, err := s.Sessions(ctx, a.ID)
	must(t, err)
	last := grants[len(grants)-1]
	if len(all) != maxSessions || all[0].ID != last.Session.ID {
		t.Errorf("%d sessions, the last used %s", len(all), all[0].ID)
	}
	_, err = s.Session(ctx, grants[2].Secret)
	fails(t, err, ledger.Unauthenticated)
	must(t, s.EndSession(ctx, a.ID, grants[10].Session.ID, anybody))
	fails(t, s.EndSession(ctx, a.ID, grants[10].Session.ID, anybody), ledger.NotFound)
	fails(t, s.EndSession(ctx, a.ID, "x", anybody), ledger.NotFound)
	other := s.account(t, Person{Name: "B", Phone: "0987654321"})
	fails(t, s.EndSession(ctx, other.ID, grants[11].Session.ID, anybody), ledger.NotFound)
	_, err = s.Session(ctx, grants[10].Secret)
	fails(t, err, ledger.Unauthenticated)
	must(t, s.SignOutEverywhere(ctx, a.ID, last.Session.ID, anybody))
	if all, err := s.Sessions(ctx, a.ID); err != nil || len(all) != 1 || all[0].ID != last.Session.ID {
		t.Errorf("%v, %v", all, err)
	}
	must(t, s.SignOutEverywhere(ctx, a.ID, "", anybody))
	_, err = s.Session(ctx, last.Secret)
	fails(t, err, ledger.Unauthenticated)
}

func TestStepUp(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	s.clock.pass(StepUp + time.Second)
	x, err := s.Session(ctx, g.Secret)
	must(t, err)
	if x.Fresh(s.now()) {
		t.Error("a proof is fresh for ever")
	}
	_, err = s.ProvePassword(ctx, g.Secret, "wrong password!", anybody)
	fails(t, err, ledger.Unauthenticated)
	if x, err = s.ProvePassword(ctx, g.Secret, good, anybody); err != nil || !x.Fresh(s.now()) {
		t.Errorf("%+v, %v", x, err)
	}
	_, err = s.ProvePassword(ctx, "", good, anybody)
	fails(t, err, ledger.Unauthenticated)
}
