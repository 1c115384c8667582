package account

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Passkey is a WebAuthn credential of an account.
type Passkey struct {
	ID    string    `json:"id"` // names it here
	Name  string    `json:"name"`
	Added time.Time `json:"added"`
	Used  time.Time `json:"used"`
}

type passkeyRecord struct {
	Passkey
	Credential webauthn.Credential `json:"credential"`
}

const maxPasskeys = 20

// Passkeys is the store as a WebAuthn relying party. Passkeys verify the person
// (by a finger, a face or the phone's PIN), so one is two factors.
type Passkeys struct {
	s   *Store
	web *webauthn.WebAuthn
}

// Passkeys makes the store a relying party. origin is where people reach the node,
// such as https://truyxuat.example.vn; passkeys need a name, not a number.
func (s *Store) Passkeys(name, origin string) (*Passkeys, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: stateLife, TimeoutUVD: stateLife},
			Registration: webauthn.TimeoutConfig{Timeout: stateLife, TimeoutUVD: stateLife},
		},
	})
	if err != nil {
		return nil, err
	}
	return &Passkeys{s, web}, nil
}

// user is an account as WebAuthn sees it.
type user struct {
	Account
	keys []passkeyRecord
}

func (u user) WebAuthnID() []byte          { return u.ID[:] }
func (u user) WebAuthnDisplayName() string { return u.Name }

func (u user) WebAuthnName() string {
	for _, name := range []string{u.Phone, u.Email} {
		if name != "" {
			return name
		}
	}
	return u.Name
}

func (u user) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range u.keys {
		all = append(all, k.Credential)
	}
	return all
}

func loadUser(t *vault.Tx, id ledger.ID) (u user, err error) {
	if u.Account, err = person(t, id); err == nil {
		u.keys, err = list[passkeyRecord](t, accountKey(id, passkeyKind))
	}
	return u, err
}

func passkeyKey(id ledger.ID, credential []byte) []byte {
	return accountKey(id, passkeyKind, sum(credential)...)
}

// ceremony is what is carried from the beginning to the end.
type ceremony struct {
	Account ledger.ID            `json:"account"` // zero when signing in
	Data    webauthn.SessionData `json:"data"`
}

const (
	addPasskey = "passkey add"
	usePasskey = "passkey use"
)

// Begin offers to add a passkey to the account of a fresh session. It returns the
// options for navigator.credentials.create, and a state for Finish.
func (p *Passkeys) Begin(_ context.Context, session string) (options []byte, state string, err error) {
	var u user
	err = p.s.vault.View(func(t *vault.Tx) error {
		x, err := p.s.enrolling(t, session)
		if err != nil {
			return err
		}
		u, err = loadUser(t, x.Account)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	creation, data, err := p.web.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, "", ledger.Wrap(err, ledger.Internal, "a passkey cannot be added")
	}
	return p.offer(addPasskey, creation, ceremony{u.ID, *data})
}

func (p *Passkeys) offer(purpose string, options any, c ceremony) ([]byte, string, error) {
	b, err := json.Marshal(options)
	if err != nil {
		return nil, "", ledger.Wrap(err, ledger.Internal, "the passkey's options could not be written")
	}
	text, err := seal(p.s, purpose, c)
	return b, text, err
}

var errPasskey = ledger.Errorf(ledger.Unauthenticated, "this passkey was not accepted; begin again")

// refused hides why: the authenticator's answer is not the person's to judge.
func refused(err error) error { return ledger.Wrap(err, ledger.Unauthenticated, errPasskey.Message) }

// Finish adds the passkey that a browser made.
func (p *Passkeys) Finish(_ context.Context, session, state string, response []byte, name string, from From) (made Passkey, err error) {
	c, err := unseal[ceremony](p.s, addPasskey, state)
	if err != nil {
		return made, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return made, refused(err)
	}
	if name, err = parseName(name); err != nil {
		return made, err
	}
	err = p.s.vault.Update(func(t *vault.Tx) error {
		x, err := p.s.enrolling(t, session)
		if err != nil {
			return err
		}
		if x.Account != c.Account {
			return errState
		}
		u, err := loadUser(t, x.Account)
		if err != nil {
			return err
		}
		if len(u.keys) >= maxPasskeys {
			return ledger.Errorf(ledger.TooLarge, "there are %d passkeys already; remove one first", maxPasskeys)
		}
		credential, err := p.web.CreateCredential(u, c.Data, parsed)
		if err != nil {
			return refused(err)
		}
		at := passkeyKey(u.ID, credential.ID)
		if _, there, err := get[passkeyRecord](t, at); err != nil || there {
			return errors.Join(err, ledger.Errorf(ledger.Conflict, "this passkey was added already"))
		}
		now := p.s.time()
		made = Passkey{ID: hex.EncodeToString(sum(credential.ID)), Name: name, Added: now, Used: now}
		if err := t.Put(at, passkeyRecord{made, *credential}); err != nil {
			return err
		}
		x.Needs, x.Proved = NeedsNothing, now
		x.prove(ByPasskey)
		if err := putSession(t, x); err != nil {
			return err
		}
		return p.s.note(t, u.ID, Event{What: PasskeyAdded, Detail: name}, from)
	})
	if err != nil {
		return Passkey{}, err
	}
	return made, nil
}

// BeginSignIn returns the options for navigator.credentials.get, the same for
// everybody, and a state for SignIn.
func (p *Passkeys) BeginSignIn(_ context.Context, from From) (options []byte, state string, err error) {
	if _, err := p.s.attempt(beginLimit, "", from); err != nil {
		return nil, "", err
	}
	assertion, data, err := p.web.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", ledger.Wrap(err, ledger.Internal, "a sign-in by passkey cannot begin")
	}
	return p.offer(usePasskey, assertion, ceremony{Data: *data})
}

// SignIn begins a session by the passkey that a browser used. A state is good once.
func (p *Passkeys) SignIn(_ context.Context, state string, response []byte, from From) (Grant, error) {
	return p.use(state, response, from, func(t *vault.Tx, u user) (Grant, error) {
		return p.s.begin(t, u.ID, ByPasskey, true, from)
	})
}

// Prove completes a session by a passkey of its account, or shows again who it is.
// The session gets a new secret, because it may do more now.
func (p *Passkeys) Prove(_ context.Context, session, state string, response []byte, from From) (Grant, error) {
	return p.use(state, response, from, func(t *vault.Tx, u user) (Grant, error) {
		x, err := p.s.session(t, session)
		if err == nil && x.Account != u.ID {
			err = errPasskey
		}
		if err != nil {
			return Grant{}, err
		}
		return p.s.replace(t, x, ByPasskey, from)
	})
}

// use checks the passkey that a browser used and, when it is one of an account's,
// makes the change that it earns.
func (p *Passkeys) use(state string, response []byte, from From, earned func(*vault.Tx, user) (Grant, error)) (g Grant, err error) {
	c, err := unseal[ceremony](p.s, usePasskey, state)
	if err != nil {
		return Grant{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return Grant{}, refused(err)
	}
	spent := false
	err = p.s.vault.Update(func(t *vault.Tx) error {
		var u user
		var broken error // of the store, not of the passkey
		find := func(_, handle []byte) (webauthn.User, error) {
			if len(handle) != len(u.ID) {
				return nil, errPasskey
			}
			var err error
			if u, err = loadUser(t, ledger.ID(handle)); err != nil && ledger.CodeOf(err) != ledger.NotFound {
				broken = err
			}
			return u, err
		}
		credential, err := p.web.ValidateDiscoverableLogin(find, c.Data, parsed)
		if broken != nil {
			return broken
		}
		if err != nil {
			return refused(err)
		}
		if credential.Authenticator.CloneWarning {
			if err := p.s.note(t, u.ID, Event{What: SignInFailed, Detail: string(ByPasskey)}, from); err != nil {
				return err
			}
			return errPasskey
		}
		at := passkeyKey(u.ID, credential.ID)
		r, ok, err := get[passkeyRecord](t, at)
		if err != nil {
			return err
		}
		if !ok {
			return errPasskey
		}
		if !spent { // this may run again
			if err := p.s.spend(state); err != nil {
				return err
			}
			spent = true
		}
		r.Credential, r.Used = *credential, p.s.time()
		if err := t.Put(at, r); err != nil {
			return err
		}
		g, err = earned(t, u)
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	p.s.addresses.undo(beginLimit, from.Address)
	return g, nil
}

// PasskeysOf lists an account's passkeys, the last used first.
func (s *Store) PasskeysOf(_ context.Context, id ledger.ID) ([]Passkey, error) {
	all, err := readAll[Passkey](s, accountKey(id, passkeyKind))
	slices.SortFunc(all, func(a, b Passkey) int { return b.Used.Compare(a.Used) })
	return all, err
}

// RemovePasskey removes a passkey of the account of a fresh session.
func (s *Store) RemovePasskey(_ context.Context, session, id string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		k, err := remove[Passkey](t, accountKey(x.Account, passkeyKind, hashOf(id)...), "passkey")
		if err != nil {
			return err
		}
		if err := keepsAWayIn(t, x.Account); err != nil {
			return err
		}
		return s.note(t, x.Account, Event{What: PasskeyRemoved, Detail: k.Name}, from)
	})
}

// dropPasskeys removes every passkey of an account, as part of a change.
func (s *Store) dropPasskeys(t *vault.Tx, id ledger.ID, from From) error {
	all, err := list[Passkey](t, accountKey(id, passkeyKind))
	for _, k := range all {
		if err == nil {
			err = s.note(t, id, Event{What: PasskeyRemoved, Detail: k.Name}, from)
		}
	}
	if err != nil {
		return err
	}
	return dropAll(t, accountKey(id, passkeyKind))
}
