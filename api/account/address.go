package account

import (
	"context"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// An e-mail address is somebody's once they opened a link that was sent to it. One that
// an account gets later counts for nothing before; the one that it was made with opens it
// by its password, and nothing is sent there. So nobody keeps an address by having typed
// it first.

// ForAddress is the purpose of a link that shows that an address is somebody's.
const ForAddress Purpose = "address"

// AddressLife is how long such a link is good.
const AddressLife = 24 * time.Hour

// Reached is where an account's letters go: its address, if that was proved.
func (a Account) Reached() string {
	if a.Unproved {
		return ""
	}
	return a.Email
}

// ToProve is the address that an account was given and has yet to prove; empty where
// there is none.
func (a Account) ToProve() string {
	if a.Pending == "" && a.Unproved {
		return a.Email
	}
	return a.Pending
}

// AddressLink makes a link to send to the address that a person has yet to prove; nil
// where there is none. It takes back the one before.
func (s *Store) AddressLink(ctx context.Context, id ledger.ID, from From) (*Mail, error) {
	a, err := s.Account(ctx, id)
	if err != nil || a.ToProve() == "" {
		return nil, err
	}
	if _, err := s.attempt(contactLimit, id.String(), from); err != nil {
		return nil, err
	}
	var secret string
	err = s.vault.Update(func(t *vault.Tx) error {
		if a, err = person(t, id); err != nil {
			return err
		}
		if err := dropAddressLinks(t, id); err != nil {
			return err
		}
		secret, err = s.accountLink(t, Link{Purpose: ForAddress, Account: id, Email: a.ToProve()}, AddressLife, from)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &Mail{Account: a, To: a.ToProve(), Secret: secret}, nil
}

func dropAddressLinks(t *vault.Tx, id ledger.ID) error {
	all, err := list[Link](t, accountKey(id, linkKind))
	for _, l := range all {
		if err == nil && l.Purpose == ForAddress {
			err = t.Delete(accountKey(id, linkKind, hashOf(l.ID)...))
		}
	}
	return err
}

// ProveAddress uses a link that was sent to an address: from now on it is the account's.
// An account that only claimed it loses it; one that proved it keeps it, which is a
// Conflict.
func (s *Store) ProveAddress(_ context.Context, secret string, from From) (a Account, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		l, at, err := s.link(t, secret, ofAccount, linkKind)
		if err != nil {
			return err
		}
		if a, err = person(t, l.Account); err != nil || l.Purpose != ForAddress || l.Email != a.ToProve() {
			return errLink
		}
		if err := s.surrender(t, l.Email, a.ID); err != nil {
			return err
		}
		after := a.Person
		after.Email = l.Email
		if err := claim(t, a.ID, a.Person, after); err != nil {
			return err
		}
		a.Person, a.Pending, a.Unproved = after, "", false
		if err := s.note(t, a.ID, Event{What: AddressProved}, from); err != nil {
			return err
		}
		if err := t.Put(accountKey(a.ID, personKind), a); err != nil {
			return err
		}
		return t.Delete(at)
	})
	return a, err
}

// surrender takes an address from another account that never proved it.
func (s *Store) surrender(t *vault.Tx, email string, to ledger.ID) error {
	owner, err := t.Find(emailName, email)
	if err != nil || owner.IsZero() || owner == to {
		return err
	}
	other, err := person(t, owner)
	if err != nil || !other.Unproved {
		return err // claiming it is refused
	}
	other.Email, other.Unproved = "", false
	if err := t.Release(emailName, email, owner); err != nil {
		return err
	}
	if err := s.note(t, owner, Event{What: PersonChanged}, From{}); err != nil {
		return err
	}
	return t.Put(accountKey(owner, personKind), other)
}
