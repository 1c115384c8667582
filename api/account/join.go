package account

import (
	"context"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Choice is how somebody new will sign in: by a PIN on the device in their hand, by
// a password, or by both.
type Choice struct {
	PIN      string
	Password string
	Device   string // name of the device that the PIN is for
}

// Arrival is what became of an invitation that somebody new accepted.
type Arrival struct {
	Acceptance
	Device string // secret for the known-device cookie; empty without a PIN
}

// Join uses an invitation for somebody who has no account here, and sets how they
// sign in, in one change: they are never left with an account that they cannot
// open. The invitation stays good when it fails.
func (s *Store) Join(ctx context.Context, secret string, p Person, how Choice, from From) (done Arrival, err error) {
	l, err := s.Invitation(ctx, secret)
	if err != nil {
		return done, err
	}
	if p.Phone == "" && l.Phone != "" {
		p.Phone = l.Phone
	}
	if p, err = p.parse(); err != nil {
		return done, err
	}
	hash, err := s.chosen(ctx, p, how)
	if err != nil {
		return done, err
	}
	try, err := s.attempt(linkLimit, secret, from)
	if err != nil {
		return done, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		a, accepted, err := s.acceptNew(t, secret, p, from)
		if err != nil {
			return err
		}
		if err := try.forgive(t); err != nil {
			return err
		}
		if hash != "" {
			if err := s.setPassword(t, a.ID, hash, "", from); err != nil {
				return err
			}
		}
		done = Arrival{Acceptance: accepted}
		if how.PIN != "" {
			if done.Device, err = s.pinDevice(t, a.ID, how, from); err != nil {
				return err
			}
		}
		done.Grant, err = s.begin(t, a.ID, ByLink, true, from)
		return err
	})
	if err != nil {
		return Arrival{}, err
	}
	try.succeeded()
	return done, nil
}

// chosen judges a choice, and hashes the password where there is one.
func (s *Store) chosen(ctx context.Context, p Person, how Choice) (password.Hash, error) {
	if how.PIN != "" {
		if err := checkPIN(how.PIN, p.Phone); err != nil {
			return "", err
		}
	}
	switch {
	case how.Password != "":
		return s.hashNew(ctx, p, how.Password)
	case how.PIN == "":
		return "", ledger.FieldErrorf(ledger.Invalid, "pin", "is not %d digits", pinDigits)
	}
	return "", nil
}

// pinDevice makes the browser in somebody's hand a known device with a PIN.
func (s *Store) pinDevice(t *vault.Tx, account ledger.ID, how Choice, from From) (string, error) {
	h := newHandle(account)
	now := s.time()
	d := deviceRecord{Device: Device{ID: h.id(), Name: clip(how.Device, maxName), Added: now, Used: now, HasPIN: true}, PIN: pinSum(h, how.PIN)}
	for _, what := range []What{DeviceKnown, PINSet} {
		if err := s.note(t, account, Event{What: what, Detail: d.Name}, from); err != nil {
			return "", err
		}
	}
	return h.String(), putDevice(t, h, d)
}

// SignUp makes an account for somebody without an invitation, who wants to apply.
// Whose telephone number or address has an account already signs in with the
// password that they gave; where that is another, the Conflict says no more than
// that no account was made.
func (s *Store) SignUp(ctx context.Context, p Person, pass string, from From) (g Grant, err error) {
	if p, err = p.parse(); err != nil {
		return g, err
	}
	identifier := p.Phone
	if identifier == "" {
		identifier = p.Email
	}
	if identifier == "" {
		return g, ledger.FieldErrorf(ledger.Invalid, "identifier", "is needed to sign in later")
	}
	hash, err := s.hashNew(ctx, p, pass)
	if err != nil {
		return g, err
	}
	if _, err := s.attempt(signUpLimit, "", from); err != nil {
		return g, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		a, err := s.create(t, p, false, from)
		if err != nil {
			return err
		}
		if err := s.setPassword(t, a.ID, hash, "", from); err != nil {
			return err
		}
		g, err = s.begin(t, a.ID, ByPassword, false, from)
		return err
	})
	if err == nil || ledger.CodeOf(err) != ledger.Conflict {
		return g, err
	}
	if g, err = s.SignIn(ctx, identifier, pass, from); ledger.CodeOf(err) == ledger.Unauthenticated && err != nil {
		err = ledger.FieldErrorf(ledger.Conflict, "identifier", "no account was made for it; if it is yours, sign in")
	}
	return g, err
}
