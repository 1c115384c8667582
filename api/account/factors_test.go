package account

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/sogoc/sogoc/ledger"
)

func TestPIN(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	device, err := s.RememberDevice(ctx, g.Secret, "điện thoại", anybody)
	must(t, err)
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	fails(t, err, ledger.Unauthenticated)
	for _, bad := range []string{"", "12345", "1234567", "27491x", "123456", "987654", "111111", "121212", "112211", "274274", "345678"} {
		fails(t, s.SetPIN(ctx, g.Secret, device, bad, anybody), ledger.Invalid)
	}
	must(t, s.SetPIN(ctx, g.Secret, device, "274915", anybody))
	in, err := s.SignInPIN(ctx, device, "274915", anybody)
	must(t, err)
	if x, err := s.Session(ctx, in.Secret); err != nil || x.Account != a.ID || !slices.Equal(x.Methods, []Method{ByPIN}) {
		t.Errorf("%+v, %v", x, err)
	}
	for _, other := range []string{"", newHandle(a.ID).String(), in.Secret} {
		_, err := s.SignInPIN(ctx, other, "274915", anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	for range 2 { // a right one in between begins the count anew
		for range pinTries - 1 {
			_, err := s.SignInPIN(ctx, device, "274916", anybody)
			fails(t, err, ledger.Unauthenticated, "274916")
		}
		_, err := s.SignInPIN(ctx, device, "274915", anybody)
		must(t, err)
	}
	s = s.restart(t)
	for range pinTries {
		_, err = s.SignInPIN(ctx, device, "274916", anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	if err != error(ErrPINGone) {
		t.Errorf("after %d wrong ones, the right one: %v", pinTries, err)
	}
	if !slices.Contains(s.happened(t, a.ID), PINBlocked) {
		t.Errorf("%v", s.happened(t, a.ID))
	}
	must(t, s.SetPIN(ctx, s.signIn(t, hoa.Phone).Secret, device, "274915", anybody))
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	must(t, err)

	s.clock.pass(StepUp + time.Second)
	fails(t, s.SetPIN(ctx, g.Secret, device, "274917", anybody), ledger.Unauthenticated) // not fresh
	b := s.account(t, Person{Name: "B", Phone: "0987654321"})
	fails(t, s.SetPIN(ctx, s.signIn(t, b.Phone).Secret, device, "274917", anybody), ledger.Unauthenticated)

	devices, err := s.Devices(ctx, a.ID)
	must(t, err)
	if len(devices) != 1 || !devices[0].HasPIN || devices[0].Strong || devices[0].Name != "điện thoại" {
		t.Fatalf("%+v", devices)
	}
	fails(t, s.ForgetDevice(ctx, b.ID, devices[0].ID, anybody), ledger.NotFound)
	must(t, s.ForgetDevice(ctx, a.ID, devices[0].ID, anybody))
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	fails(t, err, ledger.Unauthenticated)
}

func TestDeviceForgotten(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	device, err := s.RememberDevice(ctx, g.Secret, "x", anybody)
	must(t, err)
	must(t, s.SetPIN(ctx, g.Secret, device, "274915", anybody))
	known := anybody
	known.Device = device
	if again, err := s.RememberDevice(ctx, g.Secret, "y", known); err != nil || again != device {
		t.Errorf("a known device is made another: %v", err)
	}
	for range maxDevices + 1 { // the first stays, because it is used
		s.clock.pass(time.Second)
		_, err := s.RememberDevice(ctx, g.Secret, "y", anybody)
		must(t, err)
		_, err = s.SignInPIN(ctx, device, "274915", anybody)
		must(t, err)
	}
	if all, err := s.Devices(ctx, a.ID); err != nil || len(all) != maxDevices {
		t.Errorf("%d devices, %v", len(all), err)
	}
	s.clock.pass(DeviceLife + time.Second)
	_, err = s.SignInPIN(ctx, device, "274915", anybody)
	fails(t, err, ledger.Unauthenticated)
	g = s.signIn(t, hoa.Phone)
	must(t, s.SignOutEverywhere(ctx, a.ID, g.Session.ID, anybody))
	if devices, err := s.Devices(ctx, a.ID); err != nil || len(devices) != 0 {
		t.Errorf("%v, %v", devices, err)
	}
}

// codes turns an account's second factor on and returns its secret and recovery
// codes.
func (s *site) codes(t *testing.T, session string) (secret string, recovery []string) {
	t.Helper()
	secret, _, err := s.BeginTOTP(t.Context(), session, "Sổ Gốc")
	must(t, err)
	recovery, err = s.ConfirmTOTP(t.Context(), session, s.code(t, secret), anybody)
	must(t, err)
	s.clock.pass(totpStep * time.Second)
	return secret, recovery
}

// code is what an app shows now, made by another implementation than the store's.
func (s *site) code(t *testing.T, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, s.now())
	must(t, err)
	return c
}

func TestSecondFactor(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	secret, address, err := s.BeginTOTP(ctx, g.Secret, "Sổ Gốc")
	must(t, err)
	if u, err := url.Parse(address); err != nil || u.Scheme != "otpauth" || u.Query().Get("secret") != secret || u.Query().Get("issuer") != "Sổ Gốc" {
		t.Errorf("%s, %v", address, err)
	}
	_, err = s.ConfirmTOTP(ctx, g.Secret, "000000", anybody)
	fails(t, err, ledger.Unauthenticated)
	if half := s.signIn(t, hoa.Phone); half.Session.Needs != NeedsNothing {
		t.Error("a second factor that nobody confirmed is asked for")
	}
	recovery, err := s.ConfirmTOTP(ctx, g.Secret, s.code(t, secret), anybody)
	must(t, err)
	if len(recovery) != recoveryCodes {
		t.Errorf("%v", recovery)
	}

	half := s.signIn(t, hoa.Phone)
	if half.Session.Needs != NeedsCode || half.Session.Fresh(s.now()) {
		t.Errorf("%+v", half.Session)
	}
	_, err = s.RememberDevice(ctx, half.Secret, "x", anybody)
	fails(t, err, ledger.Unauthenticated)
	_, _, err = s.BeginTOTP(ctx, half.Secret, "x")
	fails(t, err, ledger.Unauthenticated)
	_, err = s.SecondFactor(ctx, half.Secret, s.code(t, secret), anybody)
	fails(t, err, ledger.Unauthenticated) // used to confirm, in this step
	s.clock.pass(totpStep * time.Second)
	code := s.code(t, secret)
	full, err := s.SecondFactor(ctx, half.Secret, code, anybody)
	must(t, err)
	if full.Session.Needs != NeedsNothing || !slices.Equal(full.Session.Methods, []Method{ByPassword, ByCode}) || full.Secret == half.Secret {
		t.Errorf("%+v", full)
	}
	_, err = s.Session(ctx, half.Secret)
	fails(t, err, ledger.Unauthenticated)
	_, err = s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, code, anybody)
	fails(t, err, ledger.Unauthenticated, code) // replayed
	s.clock.pass(-totpStep * time.Second)
	_, err = s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, s.code(t, secret), anybody)
	fails(t, err, ledger.Unauthenticated) // of an earlier step
	s.clock.pass(3 * totpStep * time.Second)
	s.clock.pass(-totpStep * time.Second)
	early := s.code(t, secret)
	s.clock.pass(totpStep * time.Second)
	if _, err := s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, early, anybody); err != nil {
		t.Errorf("one step late: %v", err)
	}

	if _, err := s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, recovery[3], anybody); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	_, err = s.SecondFactor(ctx, s.signIn(t, hoa.Phone).Secret, recovery[3], anybody)
	fails(t, err, ledger.Unauthenticated, recovery[3])
	if on, left, err := s.HasTOTP(ctx, a.ID); !on || left != recoveryCodes-1 || err != nil {
		t.Errorf("%v, %d left, %v", on, left, err)
	}

	half = s.signIn(t, hoa.Phone)
	s.clock.pass(SessionPending)
	_, err = s.Session(ctx, half.Secret)
	fails(t, err, ledger.Unauthenticated)
	fails(t, s.RemoveTOTP(ctx, half.Secret, anybody), ledger.Unauthenticated)

	s.clock.pass(StepUp)
	fails(t, s.RemoveTOTP(ctx, full.Secret, anybody), ledger.Unauthenticated)
	full, err = s.SecondFactor(ctx, full.Secret, s.code(t, secret), anybody) // step-up
	must(t, err)
	must(t, s.RemoveTOTP(ctx, full.Secret, anybody))
	if g := s.signIn(t, hoa.Phone); g.Session.Needs != NeedsNothing {
		t.Errorf("%+v", g.Session)
	}
}

// TestCodesAreLimited: a million codes are not tried.
func TestCodesAreLimited(t *testing.T) {
	s := open(t)
	s.account(t, hoa)
	s.codes(t, s.signIn(t, hoa.Phone).Secret)
	half := s.signIn(t, hoa.Phone)
	for i := range rules[codeLimit].free + 1 {
		_, err := s.SecondFactor(t.Context(), half.Secret, fmt.Sprintf("%06d", i), anybody)
		fails(t, err, ledger.Unauthenticated)
	}
	_, err := s.SecondFactor(t.Context(), half.Secret, "000000", anybody)
	if _, ok := RetryAfter(err); !ok {
		t.Errorf("%v", err)
	}
}

// TestRequiredSecondFactor: an organisation asks for it; a session that lacks it can
// set it up and nothing else; a PIN counts where its device was remembered with it.
func TestRequiredSecondFactor(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	org := ledger.NewID()
	_, err := s.NewMember(ctx, a.ID, org, anybody)
	must(t, err)
	weak := s.signIn(t, hoa.Phone)
	weakDevice, err := s.RememberDevice(ctx, weak.Secret, "x", anybody)
	must(t, err)
	must(t, s.SetPIN(ctx, weak.Secret, weakDevice, "274915", anybody))
	must(t, s.SetOrgSettings(ctx, org, OrgSettings{SecondFactor: true}))
	g := s.signIn(t, hoa.Phone)
	if g.Session.Needs != NeedsEnrol {
		t.Fatalf("%+v", g.Session)
	}
	_, err = s.SecondFactor(ctx, g.Secret, "000000", anybody)
	fails(t, err, ledger.NotFound)
	_, err = s.RememberDevice(ctx, g.Secret, "x", anybody)
	fails(t, err, ledger.Unauthenticated)
	s.codes(t, g.Secret)
	x, err := s.Session(ctx, g.Secret)
	if err != nil || x.Needs != NeedsNothing {
		t.Fatalf("%+v, %v", x, err)
	}
	device, err := s.RememberDevice(ctx, g.Secret, "y", anybody)
	must(t, err)
	must(t, s.SetPIN(ctx, g.Secret, device, "274915", anybody))
	for d, want := range map[string]Need{device: NeedsNothing, weakDevice: NeedsCode} {
		in, err := s.SignInPIN(ctx, d, "274915", anybody)
		if err != nil || in.Session.Needs != want {
			t.Errorf("%q, %v; want %q", in.Session.Needs, err, want)
		}
	}
}
