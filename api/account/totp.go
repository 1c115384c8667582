package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// totpRecord is an account's second factor (RFC 6238: HMAC-SHA-1, 6 digits, steps
// of 30 seconds, one step of clock error either way).
type totpRecord struct {
	Secret   string    `json:"secret"` // base32
	On       bool      `json:"on"`     // a code was shown, so the person's app has it
	Step     int64     `json:"step"`   // last that was used; it and earlier ones are refused
	Recovery [][]byte  `json:"recovery,omitempty"`
	Made     time.Time `json:"made"`
	For      string    `json:"for,omitempty"` // the session that is setting it up
}

const (
	totpStep      = 30 // seconds
	totpSkew      = 1  // steps
	recoveryCodes = 8
	recoverySize  = 10 // bytes: 80 bits
)

var (
	errCode   = ledger.FieldErrorf(ledger.Unauthenticated, "code", "is not the one that is shown now")
	errNoTOTP = ledger.Errorf(ledger.NotFound, "no second factor is being set up")
)

var codeText = base32.StdEncoding.WithPadding(base32.NoPadding)

// BeginTOTP draws a secret for an authenticator app, and returns it and its
// otpauth address for a QR code. It counts from ConfirmTOTP on; the one that is on
// stays on until then. Asked again by the same session it returns the same one,
// which the person may have in the app already.
func (s *Store) BeginTOTP(_ context.Context, session, issuer string) (secret, address string, err error) {
	fresh := make([]byte, 20)
	rand.Read(fresh)
	err = s.vault.Update(func(t *vault.Tx) error {
		x, err := s.enrolling(t, session)
		if err != nil {
			return err
		}
		a, err := person(t, x.Account)
		if err != nil {
			return err
		}
		next := accountKey(x.Account, totpKind, 'n')
		r, _, err := get[totpRecord](t, next)
		if err != nil {
			return err
		}
		raw := fresh
		if r.For == x.ID {
			if raw, err = codeText.DecodeString(r.Secret); err != nil {
				return ledger.Wrap(err, ledger.Internal, "the second factor could not be read")
			}
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: a.Name, Secret: raw, Period: totpStep, Digits: otp.DigitsSix})
		if err != nil {
			return ledger.Wrap(err, ledger.Internal, "the second factor could not be made")
		}
		secret, address = key.Secret(), key.URL()
		return t.PutUntil(next, totpRecord{Secret: secret, Made: s.time(), For: x.ID}, s.time().Add(SessionPending))
	})
	return secret, address, err
}

// enrolling returns a session that may set up a second factor: a fresh one, or one
// that lacks just that.
func (s *Store) enrolling(t *vault.Tx, secret string) (Session, error) {
	x, err := s.session(t, secret)
	if err == nil && x.Needs != NeedsEnrol && !x.Fresh(s.now()) {
		err = errStepUp
	}
	return x, err
}

// ConfirmTOTP turns the second factor on, once the app shows the right code. It
// returns recovery codes, each good once; they are not shown again. A session that
// needed the second factor needs nothing more.
func (s *Store) ConfirmTOTP(ctx context.Context, session, code string, from From) (recovery []string, err error) {
	x, err := s.Session(ctx, session)
	if err != nil {
		return nil, err
	}
	try, err := s.attempt(codeLimit, x.Account.String(), from)
	if err != nil {
		return nil, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		recovery = nil
		x, err := s.enrolling(t, session)
		if err != nil {
			return err
		}
		next := accountKey(x.Account, totpKind, 'n')
		r, ok, err := get[totpRecord](t, next)
		if err == nil && !ok {
			err = errNoTOTP
		}
		if err != nil {
			return err
		}
		if !r.use(code, s.now()) {
			return errCode
		}
		r.On, r.For = true, ""
		recovery = r.drawRecovery()
		x.Needs, x.Proved = NeedsNothing, s.time()
		x.prove(ByCode)
		for _, err := range []error{
			t.Delete(next), t.Put(accountKey(x.Account, totpKind), r), putSession(t, x), try.forgive(t),
			s.note(t, x.Account, Event{What: CodesOn}, from),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		try.succeeded()
	}
	return recovery, err
}

// drawRecovery puts new recovery codes in the place of those before, and returns
// them.
func (r *totpRecord) drawRecovery() (codes []string) {
	r.Recovery = nil
	for range recoveryCodes {
		raw := make([]byte, recoverySize)
		rand.Read(raw)
		c := codeText.EncodeToString(raw)
		r.Recovery, codes = append(r.Recovery, sum([]byte(c))), append(codes, c[:8]+"-"+c[8:])
	}
	return codes
}

// RenewRecovery puts new recovery codes in the place of those before. It takes a
// fresh session; they are not shown again.
func (s *Store) RenewRecovery(_ context.Context, session string, from From) (recovery []string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		key := accountKey(x.Account, totpKind)
		r, _, err := get[totpRecord](t, key)
		if err == nil && !r.On {
			err = errNoTOTP
		}
		if err != nil {
			return err
		}
		recovery = r.drawRecovery()
		if err := t.Put(key, r); err != nil {
			return err
		}
		return s.note(t, x.Account, Event{What: RecoveryMade}, from)
	})
	return recovery, err
}

// use reports whether a code is right now and was not used, and marks it used.
func (r *totpRecord) use(code string, now time.Time) bool {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	step := now.Unix() / totpStep
	used := int64(-1)
	for at := step - totpSkew; at <= step+totpSkew; at++ {
		right, err := hotp.GenerateCodeCustom(r.Secret, uint64(at), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(right), []byte(code)) == 1 && at > r.Step {
			used = at
		}
	}
	if used < 0 {
		return false
	}
	r.Step = used
	return true
}

// recover reports whether a code is a recovery code that was not used, and uses it
// up.
func (r *totpRecord) recover(code string) bool {
	hash := sum([]byte(strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))))
	i := slices.IndexFunc(r.Recovery, func(h []byte) bool { return subtle.ConstantTimeCompare(h, hash) == 1 })
	if i < 0 {
		return false
	}
	r.Recovery = slices.Delete(r.Recovery, i, i+1)
	return true
}

// SecondFactor completes a session, or proves one again, by a code of the app or a
// recovery code. The session gets a new secret, because it may do more now.
func (s *Store) SecondFactor(ctx context.Context, session, code string, from From) (g Grant, err error) {
	x, err := s.Session(ctx, session)
	if err != nil {
		return Grant{}, err
	}
	try, err := s.attempt(codeLimit, x.Account.String(), from)
	if err != nil {
		return Grant{}, err
	}
	right := false
	err = s.vault.Update(func(t *vault.Tx) error {
		right = false
		x, err := s.session(t, session)
		if err != nil {
			return err
		}
		r, ok, err := get[totpRecord](t, accountKey(x.Account, totpKind))
		if err != nil {
			return err
		}
		if !ok || !r.On || x.Needs == NeedsEnrol {
			return errNoTOTP
		}
		recovered := false
		if right = r.use(code, s.now()); !right {
			if recovered = r.recover(code); !recovered {
				return s.note(t, x.Account, Event{What: SignInFailed, Detail: string(ByCode)}, from)
			}
			right = true
		}
		if recovered {
			if err := s.note(t, x.Account, Event{What: RecoveryUsed}, from); err != nil {
				return err
			}
		}
		if err := t.Put(accountKey(x.Account, totpKind), r); err != nil {
			return err
		}
		if err := try.forgive(t); err != nil {
			return err
		}
		g, err = s.replace(t, x, ByCode, from)
		return err
	})
	if err == nil && !right {
		err = errCode
	}
	if err != nil {
		return Grant{}, err
	}
	try.succeeded()
	return g, nil
}

// RemoveTOTP turns the second factor off. It takes a fresh session. Where an
// organisation asks for a second factor, the next sign-in will.
func (s *Store) RemoveTOTP(_ context.Context, session string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		return s.dropTOTP(t, x.Account, from)
	})
}

func (s *Store) dropTOTP(t *vault.Tx, id ledger.ID, from From) error {
	if err := dropAll(t, accountKey(id, totpKind)); err != nil {
		return err
	}
	return s.note(t, id, Event{What: CodesOff}, from)
}

// HasTOTP reports whether an account's second factor is on, and how many recovery
// codes are left.
func (s *Store) HasTOTP(_ context.Context, id ledger.ID) (on bool, recovery int, err error) {
	r, _, err := read[totpRecord](s, accountKey(id, totpKind))
	return r.On, len(r.Recovery), err
}
