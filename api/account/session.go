package account

import (
	"context"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Method is how somebody proved who they are.
type Method string

const (
	ByPassword Method = "password"
	ByPIN      Method = "pin"      // on a device that was remembered
	ByCode     Method = "code"     // a second factor: TOTP, or a recovery code
	ByPasskey  Method = "passkey"  // with the authenticator's own check of the person: two factors
	ByExternal Method = "external" // OpenID Connect
	ByLink     Method = "link"     // an invitation or a set-up link, when the account is made
)

// Need is what a session lacks before it may do anything.
type Need string

const (
	NeedsNothing Need = ""
	NeedsCode    Need = "code"    // the account has a second factor
	NeedsPasskey Need = "passkey" // an organisation asks for one, and the account has a passkey: sign in by it
	NeedsEnrol   Need = "enrol"   // an organisation asks for one, and the account has none
)

// Lifetimes of a session. NIST SP 800-63B-4, section 2.1.3, asks for a proof at
// least every 30 days.
const (
	SessionIdle     = 14 * 24 * time.Hour
	SessionAbsolute = 30 * 24 * time.Hour
	SessionPending  = 10 * time.Minute // of one that still needs something
	StepUp          = 10 * time.Minute // how old a proof may be for a dangerous action
	maxSessions     = 50               // an account's; the oldest ends for one more
	coarse          = time.Hour        // how exactly uses are written down
)

// Session is a signed-in browser. It is bound to its secret alone: mobile networks
// change addresses.
type Session struct {
	ID      string    `json:"id"` // names it; does not open it
	Account ledger.ID `json:"account"`
	Methods []Method  `json:"methods"` // by which it was proved, in order
	Needs   Need      `json:"needs,omitempty"`
	Made    time.Time `json:"made"`
	Proved  time.Time `json:"proved"` // last proof of who it is
	Used    time.Time `json:"used"`   // to the hour
	Agent   string    `json:"agent,omitempty"`
}

// Grant is a new session and the secret that opens it, for a cookie. The secret is
// not kept.
type Grant struct {
	Session Session
	Secret  string
}

// Fresh reports whether the session may do what is dangerous: somebody proved a
// moment ago who they are.
func (x Session) Fresh(now time.Time) bool {
	return x.Needs == NeedsNothing && now.Sub(x.Proved) <= StepUp
}

// Ends is when the session ends if it is not used.
func (x Session) Ends() time.Time {
	if x.Needs != NeedsNothing {
		return x.Made.Add(SessionPending)
	}
	idle, absolute := x.Used.Add(SessionIdle), x.Made.Add(SessionAbsolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

var errSession = ledger.Errorf(ledger.Unauthenticated, "you are signed out; sign in again")

// begin makes a session, as part of the change by which it was earned.
func (s *Store) begin(t *vault.Tx, id ledger.ID, by Method, strong bool, from From) (Grant, error) {
	now := s.time()
	h := newHandle(id)
	x := Session{ID: h.id(), Account: id, Methods: []Method{by}, Made: now, Proved: now, Used: now, Agent: clip(from.Agent, maxAgent)}
	var err error
	if !strong {
		if x.Needs, err = needs(t, id); err != nil {
			return Grant{}, err
		}
	}
	old, err := list[Session](t, accountKey(id, sessionKind))
	if err != nil {
		return Grant{}, err
	}
	slices.SortFunc(old, func(a, b Session) int { return a.Used.Compare(b.Used) })
	for i := 0; i <= len(old)-maxSessions; i++ {
		if err := t.Delete(sessionKey(old[i])); err != nil {
			return Grant{}, err
		}
	}
	if err := s.note(t, id, Event{What: SignedIn, Detail: string(by)}, from); err != nil {
		return Grant{}, err
	}
	return Grant{x, h.String()}, putSession(t, x)
}

func sessionKey(x Session) []byte { return accountKey(x.Account, sessionKind, hashOf(x.ID)...) }

func putSession(t *vault.Tx, x Session) error {
	return t.PutUntil(sessionKey(x), x, x.Made.Add(SessionAbsolute))
}

// needs says what one factor leaves open.
func needs(t *vault.Tx, id ledger.ID) (Need, error) {
	totp, _, err := get[totpRecord](t, accountKey(id, totpKind))
	if err != nil {
		return NeedsCode, err
	}
	if totp.On {
		return NeedsCode, nil
	}
	a, err := person(t, id)
	if err != nil {
		return NeedsCode, err
	}
	wanted, err := asked(t, a)
	if err != nil {
		return NeedsCode, err
	}
	if wanted {
		if keys, err := t.Keys(accountKey(id, passkeyKind)); err != nil || len(keys) > 0 {
			return NeedsPasskey, err
		}
		return NeedsEnrol, nil
	}
	return NeedsNothing, nil
}

// replace completes a session, or proves one again, under a new secret, because it
// may do more now.
func (s *Store) replace(t *vault.Tx, x Session, by Method, from From) (Grant, error) {
	if err := t.Delete(sessionKey(x)); err != nil {
		return Grant{}, err
	}
	h := newHandle(x.Account)
	x.ID, x.Needs, x.Proved = h.id(), NeedsNothing, s.time()
	x.prove(by)
	if err := s.note(t, x.Account, Event{What: Proved, Detail: string(by)}, from); err != nil {
		return Grant{}, err
	}
	return Grant{x, h.String()}, putSession(t, x)
}

// maxMethods is how many proofs a session tells of: the last.
const maxMethods = 8

func (x *Session) prove(by Method) {
	x.Methods = append(x.Methods, by)
	x.Methods = x.Methods[max(0, len(x.Methods)-maxMethods):]
}

// Session returns the session that a secret opens. Look at Needs: a session that
// needs something may do nothing else.
func (s *Store) Session(_ context.Context, secret string) (Session, error) {
	var x Session
	err := s.vault.View(func(t *vault.Tx) (err error) {
		x, err = s.session(t, secret)
		return err
	})
	if now := s.time(); err == nil && now.Sub(x.Used) >= coarse {
		err = s.vault.Update(func(t *vault.Tx) (err error) {
			if x, err = s.session(t, secret); err != nil {
				return err
			}
			x.Used = now
			return putSession(t, x)
		})
	}
	return x, err
}

func (s *Store) session(t *vault.Tx, secret string) (Session, error) {
	h, ok := parseHandle(secret)
	if !ok {
		return Session{}, errSession
	}
	x, ok, err := get[Session](t, accountKey(h.owner, sessionKind, h.hash()...))
	if err == nil && (!ok || !s.now().Before(x.Ends())) {
		err = errSession
	}
	if err != nil {
		return Session{}, err
	}
	return x, nil
}

// Sessions lists an account's sessions, the last used first.
func (s *Store) Sessions(_ context.Context, id ledger.ID) ([]Session, error) {
	all, err := readAll[Session](s, accountKey(id, sessionKind))
	now := s.now()
	all = slices.DeleteFunc(all, func(x Session) bool { return !now.Before(x.Ends()) })
	slices.SortFunc(all, func(a, b Session) int { return b.Used.Compare(a.Used) })
	return all, err
}

// EndSession signs one session out.
func (s *Store) EndSession(_ context.Context, account ledger.ID, id string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		if _, err := remove[Session](t, accountKey(account, sessionKind, hashOf(id)...), "session"); err != nil {
			return err
		}
		return s.note(t, account, Event{What: SignedOut}, from)
	})
}

// SignOutEverywhere ends every session, and forgets every device, of an account but
// the session to keep, which may be empty.
func (s *Store) SignOutEverywhere(_ context.Context, account ledger.ID, keep string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		if err := endSessions(t, account, keep); err != nil {
			return err
		}
		if err := dropAll(t, accountKey(account, deviceKind)); err != nil {
			return err
		}
		return s.note(t, account, Event{What: SignedOutAll}, from)
	})
}

func endSessions(t *vault.Tx, account ledger.ID, keep string) error {
	all, err := list[Session](t, accountKey(account, sessionKind))
	for _, x := range all {
		if err == nil && x.ID != keep {
			err = t.Delete(sessionKey(x))
		}
	}
	return err
}

// dropAll deletes every record below a prefix.
func dropAll(t *vault.Tx, prefix []byte) error {
	keys, err := t.Keys(prefix)
	for _, k := range keys {
		if err == nil {
			err = t.Delete(k)
		}
	}
	return err
}
