package account

import (
	"context"
	"errors"
	"time"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// passwordRecord is an account's password.
type passwordRecord struct {
	Hash password.Hash `json:"hash"`
	Set  time.Time     `json:"set"`
}

// errSignIn is all that somebody is told who may be anybody.
var errSignIn = ledger.Errorf(ledger.Unauthenticated, "the number or address and the password do not belong together")

// SignIn begins a session by password. An account that does not exist answers as
// one whose password is another, after as much work; both are counted alike.
func (s *Store) SignIn(ctx context.Context, identifier, pass string, from From) (Grant, error) {
	kind, name := parseIdentifier(identifier)
	var id ledger.ID // zero where there is none: its failures are noted there
	var stored passwordRecord
	var known bool
	err := s.vault.View(func(t *vault.Tx) (err error) {
		if id, err = t.Find(kind, name); err != nil {
			return err
		}
		if known, err = s.knows(t, id, from.Device); err != nil {
			return err
		}
		stored, _, err = get[passwordRecord](t, accountKey(id, passwordKind))
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	subject := id.String()
	switch {
	case known: // counts for itself: strangers cannot lock a person out of their own device
		subject = "device " + from.Device
	case id.IsZero():
		subject = kind + " " + name
	}
	try, err := s.attempt(signInLimit, subject, from)
	if err != nil {
		return Grant{}, err
	}
	return s.prove(ctx, id, stored, pass, try, from, func(t *vault.Tx) (Grant, error) {
		return s.begin(t, id, ByPassword, false, from)
	})
}

// ProvePassword shows again who a session is, for what is dangerous.
func (s *Store) ProvePassword(ctx context.Context, secret, pass string, from From) (Session, error) {
	x, err := s.Session(ctx, secret)
	if err != nil {
		return Session{}, err
	}
	stored, _, err := read[passwordRecord](s, accountKey(x.Account, passwordKind))
	if err != nil {
		return Session{}, err
	}
	try, err := s.attempt(signInLimit, "session "+x.ID, from)
	if err != nil {
		return Session{}, err
	}
	g, err := s.prove(ctx, x.Account, stored, pass, try, from, func(t *vault.Tx) (Grant, error) {
		x, err := s.raise(t, secret, ByPassword, from)
		return Grant{Session: x}, err
	})
	return g.Session, err
}

// prove checks a password and, when it is right, makes the change that it earns.
func (s *Store) prove(ctx context.Context, id ledger.ID, stored passwordRecord, pass string, try *attempt, from From, earned func(*vault.Tx) (Grant, error)) (g Grant, err error) {
	ok, stale, err := s.hasher.Verify(ctx, stored.Hash, pass)
	if err != nil {
		return Grant{}, hashing(err)
	}
	if !ok {
		return Grant{}, s.refuse(id, ByPassword, from, errSignIn)
	}
	again := stored
	if stale {
		if again.Hash, err = s.hasher.Hash(ctx, pass); err != nil {
			return Grant{}, hashing(err)
		}
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		key := accountKey(id, passwordKind)
		now, _, err := get[passwordRecord](t, key)
		if err != nil {
			return err
		}
		if now.Hash != stored.Hash {
			return errSignIn // changed meanwhile
		}
		if stale {
			if err := t.Put(key, again); err != nil {
				return err
			}
		}
		if err := try.forgive(t); err != nil {
			return err
		}
		g, err = earned(t)
		return err
	})
	if err == nil {
		try.succeeded()
	}
	return g, err
}

// refuse notes a failure and returns what the person is told.
func (s *Store) refuse(id ledger.ID, by Method, from From, told error) error {
	err := s.vault.Update(func(t *vault.Tx) error {
		return s.note(t, id, Event{What: SignInFailed, Detail: string(by)}, from)
	})
	if err != nil {
		return err
	}
	return told
}

// raise shows again who a session is, as part of a change.
func (s *Store) raise(t *vault.Tx, secret string, by Method, from From) (Session, error) {
	x, err := s.session(t, secret)
	if err != nil {
		return x, err
	}
	x.Proved = s.time()
	x.prove(by)
	if err := s.note(t, x.Account, Event{What: Proved, Detail: string(by)}, from); err != nil {
		return x, err
	}
	return x, putSession(t, x)
}

// busyFor is when those are asked to come back for whom there was no room.
const busyFor = 5 * time.Second

// hashing puts a code on what a hasher says.
func hashing(err error) error {
	switch {
	case errors.Is(err, password.ErrBusy):
		return later(busyFor, "many people are signing in just now; try again in a moment")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ledger.Wrap(err, ledger.Unavailable, "the request ended before the password was checked")
	}
	return ledger.Wrap(err, ledger.Internal, "the password could not be checked")
}

// CheckPassword says what is wrong with a new password of a person, nil when it is
// good.
func (p Person) CheckPassword(pass string) error {
	if err := password.Check(pass, p.Name, p.Phone, p.Email, "sogoc"); err != nil {
		return &ledger.Error{Code: ledger.Invalid, Field: "password", Message: "cannot be used", Err: err}
	}
	return nil
}

// SetPassword gives an account a password and ends its other sessions. Where it takes
// another's place, known devices and tokens end, too: whoever changes a password may not
// know who has what. Ask for a fresh session first.
func (s *Store) SetPassword(ctx context.Context, id ledger.ID, pass, keepSession string, from From) error {
	a, err := s.Account(ctx, id)
	if err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, a.Person, pass)
	if err != nil {
		return err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		if _, err := person(t, id); err != nil {
			return err
		}
		had, err := isSetUp(t, id)
		if err == nil && had {
			err = dropGrants(t, id)
		}
		if err != nil {
			return err
		}
		return s.setPassword(t, id, hash, keepSession, from)
	})
	s.forget()
	return err
}

// dropGrants forgets an account's devices and ends its tokens, as part of a change;
// forget follows it.
func dropGrants(t *vault.Tx, id ledger.ID) error {
	if err := dropAll(t, accountKey(id, deviceKind)); err != nil {
		return err
	}
	return dropAll(t, accountKey(id, tokenKind))
}

// hashNew judges and hashes a new password.
func (s *Store) hashNew(ctx context.Context, p Person, pass string) (password.Hash, error) {
	if err := p.CheckPassword(pass); err != nil {
		return "", err
	}
	hash, err := s.hasher.Hash(ctx, pass)
	if err != nil {
		return "", hashing(err)
	}
	return hash, nil
}

func (s *Store) setPassword(t *vault.Tx, id ledger.ID, hash password.Hash, keepSession string, from From) error {
	if err := t.Put(accountKey(id, passwordKind), passwordRecord{hash, s.time()}); err != nil {
		return err
	}
	if err := endSessions(t, id, keepSession); err != nil {
		return err
	}
	if err := s.pardon(t, id); err != nil {
		return err
	}
	return s.note(t, id, Event{What: PasswordSet}, from)
}
