package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Person is what somebody tells of themself.
type Person struct {
	Name     string `json:"name"`
	Phone    string `json:"phone,omitempty"`    // E.164
	Email    string `json:"email,omitempty"`    // as ParseEmail gives it
	Language string `json:"language,omitempty"` // vi, en and the like
}

// Account is a person at this node. The register knows nothing of it.
type Account struct {
	ID ledger.ID `json:"id"`
	Person
	// Unproved says that nobody showed yet that the address is theirs, and Pending is
	// another that takes its place once somebody does; see ToProve.
	Unproved bool         `json:"unproved,omitempty"`
	Pending  string       `json:"pending,omitempty"`
	Made     time.Time    `json:"made"`
	Members  []Membership `json:"members,omitempty"`
}

// Membership is what ties a person to the register: a member of an organisation,
// whose roles are on the ledger.
type Membership struct {
	Member ledger.ID      `json:"member"`
	Org    ledger.ID      `json:"org"`
	Key    ledger.Address `json:"key"` // that signs; zero before one is active
	Since  time.Time      `json:"since"`
	// Invited is by whom, and with which roles, until the first key is active.
	Invited *Invited `json:"invited,omitempty"`
}

// Invited is what an invitation promised.
type Invited struct {
	By    ledger.ID     `json:"by"` // account
	Roles []ledger.Role `json:"roles"`
}

// Waits reports whether the membership is not on the register yet.
func (m Membership) Waits() bool { return m.Key.IsZero() && m.Invited != nil }

// maxMemberships is how many organisations a person may work for.
const maxMemberships = 50

// parse normalises what a person told, and says what is wrong with it.
func (p Person) parse() (_ Person, err error) {
	if p.Name, err = parseName(p.Name); err != nil {
		return p, err
	}
	if p.Phone != "" {
		if p.Phone, err = ParsePhone(p.Phone); err != nil {
			return p, err
		}
	}
	if p.Email != "" {
		if p.Email, err = ParseEmail(p.Email); err != nil {
			return p, err
		}
	}
	if p.Language == "" {
		p.Language = "vi"
	}
	if n := len(p.Language); n < 2 || n > 3 || strings.Trim(p.Language, "abcdefghijklmnopqrstuvwxyz") != "" {
		return p, ledger.FieldErrorf(ledger.Invalid, "language", "is no language: vi, en and the like")
	}
	return p, nil
}

// Create makes an account, of somebody whose address was proved. A telephone number or
// an address that another account has is a Conflict.
func (s *Store) Create(_ context.Context, p Person, from From) (a Account, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		a, err = s.create(t, p, true, from)
		return err
	})
	return a, err
}

// create makes an account; proved says that its address was.
func (s *Store) create(t *vault.Tx, p Person, proved bool, from From) (Account, error) {
	p, err := p.parse()
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: ledger.NewID(), Person: p, Unproved: !proved && p.Email != "", Made: s.time()}
	if err := claim(t, a.ID, Person{}, p); err != nil {
		return Account{}, err
	}
	if err := s.note(t, a.ID, Event{What: AccountMade}, from); err != nil {
		return Account{}, err
	}
	return a, t.Put(accountKey(a.ID, personKind), a)
}

// claim takes what identifies a person now and gives back what no longer does.
func claim(t *vault.Tx, id ledger.ID, before, after Person) error {
	for _, n := range []struct{ kind, before, after string }{{phoneName, before.Phone, after.Phone}, {emailName, before.Email, after.Email}} {
		if n.before == n.after {
			continue
		}
		if n.before != "" {
			if err := t.Release(n.kind, n.before, id); err != nil {
				return err
			}
		}
		if n.after != "" {
			if err := t.Claim(n.kind, n.after, id); err != nil {
				return err
			}
		}
	}
	return nil
}

var errNoAccount = ledger.Errorf(ledger.NotFound, "there is no such account")

// Account returns an account.
func (s *Store) Account(_ context.Context, id ledger.ID) (a Account, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		a, err = person(t, id)
		return err
	})
	return a, err
}

func person(t *vault.Tx, id ledger.ID) (Account, error) {
	a, ok, err := get[Account](t, accountKey(id, personKind))
	if err == nil && !ok {
		err = errNoAccount
	}
	return a, err
}

// Lookup returns the account with a telephone number or an e-mail address. It is
// for those who may know that there is one.
func (s *Store) Lookup(_ context.Context, identifier string) (a Account, err error) {
	kind, name := parseIdentifier(identifier)
	err = s.vault.View(func(t *vault.Tx) error {
		id, err := t.Find(kind, name)
		if err == nil && id.IsZero() {
			err = errNoAccount
		}
		if err == nil {
			a, err = person(t, id)
		}
		return err
	})
	return a, err
}

// SetPerson changes what a person told of themself. Another address is Pending from
// then on, and counts once it is proved; the one before counts as long.
func (s *Store) SetPerson(ctx context.Context, id ledger.ID, p Person, from From) (a Account, err error) {
	if p, err = p.parse(); err != nil {
		return Account{}, err
	}
	if a, err = s.Account(ctx, id); err != nil {
		return Account{}, err
	}
	if p.Phone != a.Phone { // a refusal tells that somebody else has it
		if _, err := s.attempt(contactLimit, id.String(), from); err != nil {
			return Account{}, err
		}
	}
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if a, err = person(t, id); err != nil {
			return err
		}
		switch p.Email {
		case "", a.Email:
			a.Pending = ""
		default:
			a.Pending, p.Email = p.Email, a.Email
		}
		if p.Email == "" {
			a.Unproved = false
		}
		if err := claim(t, id, a.Person, p); err != nil {
			return err
		}
		a.Person = p
		if err := s.note(t, id, Event{What: PersonChanged}, from); err != nil {
			return err
		}
		return t.Put(accountKey(id, personKind), a)
	})
	return a, err
}

// Membership returns a person's membership by its member ID.
func (a Account) Membership(member ledger.ID) (Membership, bool) {
	i := slices.IndexFunc(a.Members, func(m Membership) bool { return m.Member == member })
	if i < 0 {
		return Membership{}, false
	}
	return a.Members[i], true
}

// setMembership adds or replaces a membership and lists it with its organisation.
func setMembership(t *vault.Tx, a *Account, m Membership) error {
	i := slices.IndexFunc(a.Members, func(o Membership) bool { return o.Member == m.Member })
	switch {
	case i >= 0:
		a.Members[i] = m
	case len(a.Members) >= maxMemberships:
		return ledger.Errorf(ledger.TooLarge, "a person belongs to at most %d organisations", maxMemberships)
	default:
		a.Members = append(a.Members, m)
	}
	if err := t.Put(accountKey(a.ID, personKind), a); err != nil {
		return err
	}
	return t.Put(orgKey(m.Org, orgMemberKind, m.Member[:]...), a.ID)
}

// Leave ends a membership at this node and destroys its keys here. The member's
// key is revoked on the register first.
func (s *Store) Leave(_ context.Context, id, member ledger.ID, from From) error {
	err := s.vault.Update(func(t *vault.Tx) error {
		a, err := person(t, id)
		if err != nil {
			return err
		}
		m, ok := a.Membership(member)
		if !ok {
			return ledger.Errorf(ledger.NotFound, "the account has no such membership")
		}
		a.Members = slices.DeleteFunc(a.Members, func(o Membership) bool { return o.Member == member })
		keys, err := list[keyRecord](t, accountKey(id, keyKind))
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.Member != member {
				continue
			}
			if err := t.Delete(accountKey(id, keyKind, k.Address[:]...)); err != nil {
				return err
			}
			if err := t.Release(keyName, k.Address.String(), id); err != nil {
				return err
			}
		}
		if err := dropTokens(t, id, func(k Token) bool { return k.Member == member }); err != nil {
			return err
		}
		if err := dropHanded(t, id); err != nil {
			return err
		}
		if err := t.Delete(orgKey(m.Org, orgMemberKind, member[:]...)); err != nil {
			return err
		}
		if err := s.note(t, id, Event{What: MembershipEnded, Detail: m.Org.String()}, from); err != nil {
			return err
		}
		return t.Put(accountKey(id, personKind), a)
	})
	s.forget()
	return err
}

// Colleagues lists the accounts of an organisation's members at this node.
func (s *Store) Colleagues(_ context.Context, org ledger.ID) (all []Account, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		ids, err := list[ledger.ID](t, orgKey(org, orgMemberKind))
		if err != nil {
			return err
		}
		for _, id := range ids {
			a, err := person(t, id)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// OrgSettings are what an organisation asks of its members at this node.
type OrgSettings struct {
	SecondFactor bool `json:"second_factor"` // every sign-in takes two
}

// OrgSettings returns an organisation's settings.
func (s *Store) OrgSettings(_ context.Context, org ledger.ID) (OrgSettings, error) {
	o, _, err := read[OrgSettings](s, orgKey(org, orgSettingsKind))
	return o, err
}

// SetOrgSettings changes them. Sessions that began before stay as they are.
func (s *Store) SetOrgSettings(_ context.Context, org ledger.ID, o OrgSettings) error {
	return s.vault.Update(func(t *vault.Tx) error { return t.Put(orgKey(org, orgSettingsKind), o) })
}
