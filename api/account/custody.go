package account

import (
	"context"
	"crypto/ecdsa"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Custody says where a member's private key is.
type Custody string

const (
	AtNode   Custody = "node"   // sealed here; used for that member's own actions only
	InWallet Custody = "wallet" // with the person; this node sees signatures
	InDevice Custody = "device" // in a device that may record some things and nothing else
)

// Key is a member's key. It is made or bound first, then put on the register by a
// transaction, then active; when another takes its place it is retired, and a
// retired key that was here is destroyed: what it signed stays valid.
type Key struct {
	Address ledger.Address `json:"address"`
	Member  ledger.ID      `json:"member"`
	Org     ledger.ID      `json:"org"`
	Custody Custody        `json:"custody"`
	// Actions that a device may record, as contract/action. Others have none and may
	// all that the member may.
	Actions []string   `json:"actions,omitempty"`
	Until   *time.Time `json:"until,omitempty"` // when a device's key ends; nil for never
	Made    time.Time  `json:"made"`
	Active  bool       `json:"active"`
	Retired *time.Time `json:"retired,omitempty"`
}

type keyRecord struct {
	Key
	Private []byte `json:"private,omitempty"`
}

// maxKeys is how many keys an account keeps, retired ones included.
const maxKeys = 200

// NewKey draws a key for a member.
func NewKey() (*ecdsa.PrivateKey, error) { return crypto.GenerateKey() }

// Keep takes the key of a member who is on the register into custody, for an
// account of its own that nobody can sign in to yet. The same key again replaces
// the membership that it was kept for.
func (s *Store) Keep(label string, member, org ledger.ID, key *ecdsa.PrivateKey) (*Identity, error) {
	var id *Identity
	err := s.vault.Update(func(t *vault.Tx) error {
		address := ledger.AddressOf(&key.PublicKey)
		owner, err := t.Find(keyName, address.String())
		if err != nil {
			return err
		}
		var a Account
		if owner.IsZero() {
			a, err = s.create(t, Person{Name: label}, false, From{})
		} else {
			a, err = person(t, owner)
		}
		if err != nil {
			return err
		}
		for _, m := range a.Members {
			if m.Key == address && m.Member != member {
				if err := t.Delete(orgKey(m.Org, orgMemberKind, m.Member[:]...)); err != nil {
					return err
				}
			}
		}
		a.Members = slices.DeleteFunc(a.Members, func(m Membership) bool { return m.Key == address })
		r := keyRecord{Key{Address: address, Member: member, Org: org, Custody: AtNode, Made: s.time(), Active: true}, crypto.FromECDSA(key)}
		if err := s.putKey(t, a.ID, r, From{}); err != nil {
			return err
		}
		if err := setMembership(t, &a, Membership{Member: member, Org: org, Key: address, Since: s.time()}); err != nil {
			return err
		}
		id, err = s.identity(a, r)
		return err
	})
	s.forget()
	return id, err
}

// NewMember makes a member of an organisation of an account, with a key in custody
// that is not active yet: it is put on the register by an enrolment, and then
// Activate is called.
func (s *Store) NewMember(_ context.Context, account, org ledger.ID, from From) (id *Identity, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		a, err := person(t, account)
		if err != nil {
			return err
		}
		id, err = s.newMember(t, a, Membership{Org: org}, from)
		return err
	})
	return id, err
}

func (s *Store) newMember(t *vault.Tx, a Account, m Membership, from From) (*Identity, error) {
	m.Member, m.Since = ledger.NewID(), s.time()
	if err := dropHanded(t, a.ID); err != nil {
		return nil, err
	}
	if err := setMembership(t, &a, m); err != nil {
		return nil, err
	}
	if err := s.note(t, a.ID, Event{What: Joined, Detail: m.Org.String()}, from); err != nil {
		return nil, err
	}
	return s.newKey(t, a, m, from)
}

// NextKey makes a member another key in custody, to take the place of the active
// one: it is put on the register by a rotation, and then Activate is called.
func (s *Store) NextKey(_ context.Context, account, member ledger.ID, from From) (id *Identity, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		a, m, err := membership(t, account, member)
		if err != nil {
			return err
		}
		id, err = s.newKey(t, a, m, from)
		return err
	})
	return id, err
}

func membership(t *vault.Tx, account, member ledger.ID) (Account, Membership, error) {
	a, err := person(t, account)
	if err != nil {
		return a, Membership{}, err
	}
	m, ok := a.Membership(member)
	if !ok {
		return a, m, ledger.Errorf(ledger.NotFound, "the account has no such membership")
	}
	return a, m, nil
}

func (s *Store) newKey(t *vault.Tx, a Account, m Membership, from From) (*Identity, error) {
	key, err := NewKey()
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a key could not be made")
	}
	r := keyRecord{Key{Address: ledger.AddressOf(&key.PublicKey), Member: m.Member, Org: m.Org, Custody: AtNode, Made: s.time()}, crypto.FromECDSA(key)}
	if err := s.putKey(t, a.ID, r, from); err != nil {
		return nil, err
	}
	return s.identity(a, r)
}

// putKey stores a key that is new to the account, and notes it.
func (s *Store) putKey(t *vault.Tx, account ledger.ID, r keyRecord, from From) error {
	if err := room(t, accountKey(account, keyKind), maxKeys, "keys"); err != nil {
		return err
	}
	if err := t.Claim(keyName, r.Address.String(), account); err != nil {
		return err
	}
	what := KeyMade
	if r.Custody != AtNode {
		what = KeyBound
	}
	if err := s.note(t, account, Event{What: what, Detail: r.Address.String()}, from); err != nil {
		return err
	}
	return t.Put(accountKey(account, keyKind, r.Address[:]...), r)
}

// Activate makes a key that is on the register the one that a member signs with;
// the one before is retired. A device's key becomes active beside the member's.
func (s *Store) Activate(_ context.Context, account ledger.ID, address ledger.Address, from From) error {
	err := s.vault.Update(func(t *vault.Tx) error {
		r, err := ownKey(t, account, address)
		if err != nil || r.Active {
			return err
		}
		if r.Retired != nil {
			return ledger.Errorf(ledger.Conflict, "the key %s is retired", address)
		}
		r.Active = true
		if r.Custody != InDevice {
			a, m, err := membership(t, account, r.Member)
			if err != nil {
				return err
			}
			if !m.Key.IsZero() {
				if err := s.retire(t, account, m.Key, from); err != nil {
					return err
				}
			}
			m.Key, m.Invited = address, nil
			if err := setMembership(t, &a, m); err != nil {
				return err
			}
		}
		if err := s.note(t, account, Event{What: KeyActive, Detail: address.String()}, from); err != nil {
			return err
		}
		return t.Put(accountKey(account, keyKind, address[:]...), r)
	})
	s.forget()
	return err
}

// Retire ends a key that was revoked on the register, without another in its place.
func (s *Store) Retire(_ context.Context, account ledger.ID, address ledger.Address, from From) error {
	err := s.vault.Update(func(t *vault.Tx) error {
		r, err := ownKey(t, account, address)
		if err != nil {
			return err
		}
		if a, m, err := membership(t, account, r.Member); err == nil && m.Key == address {
			m.Key = ledger.Address{}
			if err := setMembership(t, &a, m); err != nil {
				return err
			}
		}
		return s.retire(t, account, address, from)
	})
	s.forget()
	return err
}

func (s *Store) retire(t *vault.Tx, account ledger.ID, address ledger.Address, from From) error {
	r, err := ownKey(t, account, address)
	if err != nil || r.Retired != nil {
		return err
	}
	now := s.time()
	r.Active, r.Retired, r.Private = false, &now, nil
	if err := s.note(t, account, Event{What: KeyRetired, Detail: address.String()}, from); err != nil {
		return err
	}
	return t.Put(accountKey(account, keyKind, address[:]...), r)
}

func ownKey(t *vault.Tx, account ledger.ID, address ledger.Address) (keyRecord, error) {
	r, ok, err := get[keyRecord](t, accountKey(account, keyKind, address[:]...))
	if err == nil && !ok {
		err = ledger.Errorf(ledger.NotFound, "the account has no key %s", address)
	}
	return r, err
}

// Keys lists an account's keys, the newest first.
func (s *Store) Keys(_ context.Context, account ledger.ID) (all []Key, err error) {
	records, err := readAll[keyRecord](s, accountKey(account, keyKind))
	for _, r := range records {
		all = append(all, r.Key)
	}
	slices.SortFunc(all, func(a, b Key) int { return b.Made.Compare(a.Made) })
	return all, err
}

// Identity returns who acts by a key that this node knows.
func (s *Store) Identity(address ledger.Address) (id *Identity, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		id, err = s.identityOf(t, address)
		return err
	})
	return id, err
}

func (s *Store) identityOf(t *vault.Tx, address ledger.Address) (*Identity, error) {
	owner, err := t.Find(keyName, address.String())
	if err == nil && owner.IsZero() {
		err = ledger.Errorf(ledger.NotFound, "the key %s is not known to this node", address)
	}
	if err != nil {
		return nil, err
	}
	a, err := person(t, owner)
	if err != nil {
		return nil, err
	}
	r, err := ownKey(t, owner, address)
	if err == nil && r.Retired != nil {
		err = ledger.Errorf(ledger.NotFound, "the key %s is retired", address)
	}
	if err != nil {
		return nil, err
	}
	return s.identity(a, r)
}

// Acting returns a person as a member, by the member's active key.
func (s *Store) Acting(_ context.Context, account, member ledger.ID) (id *Identity, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		_, m, err := membership(t, account, member)
		if err == nil && m.Key.IsZero() {
			err = ledger.Errorf(ledger.Forbidden, "the membership has no active key yet")
		}
		if err == nil {
			id, err = s.identityOf(t, m.Key)
		}
		return err
	})
	return id, err
}

func (s *Store) identity(a Account, r keyRecord) (*Identity, error) {
	id := &Identity{Label: a.Name, Account: a.ID, Member: r.Member, Org: r.Org, Address: r.Address, Custody: r.Custody, register: s.register, actions: r.Actions}
	if r.Custody != AtNode {
		return id, nil
	}
	var err error
	if id.key, err = crypto.ToECDSA(r.Private); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a key in custody is damaged")
	}
	return id, nil
}
