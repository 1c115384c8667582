package account

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// External links an account to whom an OpenID Connect provider vouches for.
type External struct {
	ID      string    `json:"id"` // names it here
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	Name    string    `json:"name,omitempty"` // as the provider has it
	Linked  time.Time `json:"linked"`
	Used    time.Time `json:"used"`
}

// name is what is claimed, so that a subject opens one account only.
func (e External) name() string { return e.Issuer + "\n" + e.Subject }

func externalKey(account ledger.ID, e External) []byte {
	return accountKey(account, externalKind, sum([]byte(e.name()))...)
}

const maxExternal = 10

// journey is a person on the way to a provider and back.
type journey struct {
	Issuer string      `json:"issuer"`
	Flow   openid.Flow `json:"flow"`
	For    ledger.ID   `json:"for,omitzero"` // the account to link to; zero to sign in
}

const externalPurpose = "external"

const unreachable = "the sign-in service cannot be reached just now"

// BeginExternal returns where to send a person to sign in at a provider, and a
// state for a cookie until they are back. With an account it is to be linked there,
// without one they sign in by it; a state for one does not do for the other.
func (s *Store) BeginExternal(ctx context.Context, p *openid.Provider, account ledger.ID, from From) (address, state string, err error) {
	if _, err := s.attempt(beginLimit, "", from); err != nil {
		return "", "", err
	}
	flow, address, err := p.Begin(ctx)
	if err != nil {
		return "", "", ledger.Wrap(err, ledger.Unavailable, unreachable)
	}
	state, err = seal(s, externalPurpose, journey{p.Issuer, flow, account})
	return address, state, err
}

// arrive reads whom the provider vouches for.
func (s *Store) arrive(ctx context.Context, p *openid.Provider, account ledger.ID, state, returned, code string) (External, error) {
	j, err := unseal[journey](s, externalPurpose, state)
	if err != nil {
		return External{}, err
	}
	if j.Issuer != p.Issuer || j.For != account {
		return External{}, errState
	}
	who, err := p.Finish(ctx, j.Flow, returned, code)
	switch {
	case errors.Is(err, openid.ErrRefused):
		return External{}, ledger.Wrap(err, ledger.Unauthenticated, "the sign-in there was not accepted; begin again")
	case err != nil:
		return External{}, ledger.Wrap(err, ledger.Unavailable, unreachable)
	}
	if err := s.spend(state); err != nil {
		return External{}, err
	}
	return External{Issuer: who.Issuer, Subject: who.Subject, Name: clip(who.Name, maxName)}, nil
}

// SignInExternal begins a session for the account that a provider's subject is
// linked to. Nobody's account is opened for an e-mail address alone: link first.
func (s *Store) SignInExternal(ctx context.Context, p *openid.Provider, state, returned, code string, from From) (g Grant, err error) {
	who, err := s.arrive(ctx, p, ledger.ID{}, state, returned, code)
	if err != nil {
		return Grant{}, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		id, err := t.Find(externalName, who.name())
		if err != nil {
			return err
		}
		e, ok, err := get[External](t, externalKey(id, who))
		if err == nil && !ok {
			err = ledger.Errorf(ledger.Unauthenticated, "no account here is linked to this sign-in; sign in another way and link it")
		}
		if err != nil {
			return err
		}
		e.Used = s.time()
		if err := t.Put(externalKey(id, e), e); err != nil {
			return err
		}
		g, err = s.begin(t, id, ByExternal, false, from)
		return err
	})
	if err != nil {
		return Grant{}, err
	}
	s.addresses.undo(beginLimit, from.Address)
	return g, nil
}

// LinkExternal links whom a provider vouches for to the account of a fresh session.
func (s *Store) LinkExternal(ctx context.Context, session string, p *openid.Provider, state, returned, code string, from From) (e External, err error) {
	x, err := s.Session(ctx, session)
	if err != nil {
		return External{}, err
	}
	if e, err = s.arrive(ctx, p, x.Account, state, returned, code); err != nil {
		return External{}, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		if err := room(t, accountKey(x.Account, externalKind), maxExternal, "linked sign-ins"); err != nil {
			return err
		}
		if err := t.Claim(externalName, e.name(), x.Account); err != nil {
			return err
		}
		e.ID = hex.EncodeToString(sum([]byte(e.name())))
		e.Linked, e.Used = s.time(), s.time()
		if err := s.note(t, x.Account, Event{What: ExternalLinked, Detail: e.Issuer}, from); err != nil {
			return err
		}
		return t.Put(externalKey(x.Account, e), e)
	})
	if err != nil {
		return External{}, err
	}
	return e, nil
}

// Externals lists an account's linked sign-ins, the last used first.
func (s *Store) Externals(_ context.Context, id ledger.ID) ([]External, error) {
	all, err := readAll[External](s, accountKey(id, externalKind))
	slices.SortFunc(all, func(a, b External) int { return b.Used.Compare(a.Used) })
	return all, err
}

// UnlinkExternal removes a linked sign-in from the account of a fresh session.
func (s *Store) UnlinkExternal(_ context.Context, session, id string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		e, err := remove[External](t, accountKey(x.Account, externalKind, hashOf(id)...), "linked sign-in")
		if err != nil {
			return err
		}
		if err := keepsAWayIn(t, x.Account); err != nil {
			return err
		}
		if err := t.Release(externalName, e.name(), x.Account); err != nil {
			return err
		}
		return s.note(t, x.Account, Event{What: ExternalRemoved, Detail: e.Issuer}, from)
	})
}
