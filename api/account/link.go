package account

import (
	"context"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Purpose is what a one-time link is for.
type Purpose string

const (
	ForInvitation Purpose = "invitation" // join an organisation
	ForReset      Purpose = "reset"      // a new password
	ForSetUp      Purpose = "set_up"     // the operator's first sign-in
)

// Link is a one-time link: made for somebody, good once, until it expires or is
// taken back. Its secret is not kept.
type Link struct {
	ID      string        `json:"id"` // names it; does not open it
	Purpose Purpose       `json:"purpose"`
	Account ledger.ID     `json:"account,omitzero"` // whose, of a reset and a set-up
	Org     ledger.ID     `json:"org,omitzero"`     // to join, of an invitation
	Roles   []ledger.Role `json:"roles,omitempty"`
	Name    string        `json:"name,omitempty"`  // of the invited person, where it is known
	Phone   string        `json:"phone,omitempty"` // only who has it may accept
	By      ledger.ID     `json:"by,omitzero"`     // the account that made it
	Made    time.Time     `json:"made"`
	Expires time.Time     `json:"expires"`
	Email   string        `json:"email,omitempty"` // that it proves
	// Codes says that a reset turns the second factor off and removes passkeys, for
	// who lost the phone.
	Codes bool `json:"codes,omitempty"`
}

// Lifetimes and numbers of links.
const (
	InvitationLife = 14 * 24 * time.Hour
	SetUpLife      = 7 * 24 * time.Hour
	HandedLife     = 72 * time.Hour // of a reset that an administrator hands over
	MailedLife     = time.Hour      // of a reset by e-mail
	MaxInvitations = 500            // open ones of an organisation
	maxLinks       = 5              // of an account; the oldest goes for one more
)

var errLink = ledger.Errorf(ledger.NotFound, "this link was used, has expired or was taken back; ask for another")

// Invite makes an invitation to an organisation. Roles are given on the register
// when it is accepted, by who may.
func (s *Store) Invite(ctx context.Context, l Link, from From) (secret string, made Link, err error) {
	secrets, list, err := s.InviteAll(ctx, []Link{l}, from)
	if err != nil {
		return "", l, err
	}
	return secrets[0], list[0], nil
}

// InviteAll makes invitations in one change: all of them or none.
func (s *Store) InviteAll(_ context.Context, list []Link, from From) (secrets []string, made []Link, err error) {
	handles := make([]handle, len(list))
	for i, l := range list {
		if l, err = l.invitation(); err != nil {
			return nil, nil, err
		}
		handles[i] = newHandle(l.Org)
		made = append(made, Link{
			ID: handles[i].id(), Purpose: ForInvitation, Org: l.Org, Roles: l.Roles, Name: l.Name, Phone: l.Phone,
			By: from.By, Made: s.time(), Expires: s.time().Add(InvitationLife),
		})
		secrets = append(secrets, handles[i].String())
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		for i, l := range made {
			if err := room(t, orgKey(l.Org, invitationKind), MaxInvitations, "open invitations"); err != nil {
				return err
			}
			if err := t.PutUntil(orgKey(l.Org, invitationKind, handles[i].hash()...), l, l.Expires); err != nil {
				return err
			}
		}
		return nil
	})
	return secrets, made, err
}

// invitation is what an invitation says, checked.
func (l Link) invitation() (_ Link, err error) {
	if l.Org.IsZero() || len(l.Roles) > len(ledger.Roles) || slices.ContainsFunc(l.Roles, func(r ledger.Role) bool { return !r.Valid() }) {
		return l, ledger.FieldErrorf(ledger.Invalid, "roles", "are not some of %v", ledger.Roles)
	}
	if l.Name != "" {
		if l.Name, err = parseName(l.Name); err != nil {
			return l, err
		}
	}
	if l.Phone != "" {
		l.Phone, err = ParsePhone(l.Phone)
	}
	return l, err
}

// Invitations lists an organisation's open invitations, the newest first.
func (s *Store) Invitations(_ context.Context, org ledger.ID) ([]Link, error) {
	all, err := readAll[Link](s, orgKey(org, invitationKind))
	now := s.now()
	all = slices.DeleteFunc(all, func(l Link) bool { return !now.Before(l.Expires) })
	slices.SortFunc(all, func(a, b Link) int { return b.Made.Compare(a.Made) })
	return all, err
}

// RevokeInvitation takes an invitation back.
func (s *Store) RevokeInvitation(_ context.Context, org ledger.ID, id string) error {
	return s.vault.Update(func(t *vault.Tx) error {
		_, err := remove[Link](t, orgKey(org, invitationKind, hashOf(id)...), "invitation")
		return err
	})
}

// Invitation looks at an invitation without using it.
func (s *Store) Invitation(_ context.Context, secret string) (l Link, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		l, _, err = s.link(t, secret, ofOrg, invitationKind)
		return err
	})
	return l, err
}

// link finds a link that is still good, and where it is.
func (s *Store) link(t *vault.Tx, secret string, of, kind byte) (Link, []byte, error) {
	h, ok := parseHandle(secret)
	if !ok {
		return Link{}, nil, errLink
	}
	at := record(of, h.owner, kind, h.hash()...)
	l, ok, err := get[Link](t, at)
	if err == nil && (!ok || !s.now().Before(l.Expires)) {
		err = errLink
	}
	if err != nil {
		return Link{}, nil, err
	}
	return l, at, nil
}

// Acceptance is what an invitation led to: a member, whose key is yet to be put on
// the register with the invitation's roles, and a session for who is new.
type Acceptance struct {
	Invitation Link
	Identity   *Identity
	Grant      Grant
}

// Accept uses an invitation for somebody who has no account here. The invitation
// stays good when it fails.
func (s *Store) Accept(_ context.Context, secret string, p Person, from From) (done Acceptance, err error) {
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
		// Who has just been invited is asked for a second factor at the next sign-in.
		done = accepted
		done.Grant, err = s.begin(t, a.ID, ByLink, true, from)
		return err
	})
	if err != nil {
		return Acceptance{}, err
	}
	try.succeeded()
	return done, nil
}

// acceptNew makes an account and has it accept an invitation.
func (s *Store) acceptNew(t *vault.Tx, secret string, p Person, from From) (a Account, done Acceptance, err error) {
	l, at, err := s.link(t, secret, ofOrg, invitationKind)
	if err != nil {
		return a, done, err
	}
	if l.Phone != "" && p.Phone == "" {
		p.Phone = l.Phone
	}
	if p.Phone == "" && p.Email == "" {
		return a, done, ledger.FieldErrorf(ledger.Invalid, "phone", "is needed to sign in later, or an e-mail address")
	}
	if a, err = s.create(t, p, false, from); err != nil {
		return a, done, err
	}
	done, err = s.accept(t, l, at, a, from)
	return a, done, err
}

// AcceptAs uses an invitation for an account that is signed in.
func (s *Store) AcceptAs(_ context.Context, secret string, account ledger.ID, from From) (done Acceptance, err error) {
	try, err := s.attempt(linkLimit, secret, from)
	if err != nil {
		return done, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		l, at, err := s.link(t, secret, ofOrg, invitationKind)
		if err != nil {
			return err
		}
		a, err := person(t, account)
		if err != nil {
			return err
		}
		if done, err = s.accept(t, l, at, a, from); err != nil {
			return err
		}
		return try.forgive(t)
	})
	if err != nil {
		return Acceptance{}, err
	}
	try.succeeded()
	return done, nil
}

func (s *Store) accept(t *vault.Tx, l Link, at []byte, a Account, from From) (Acceptance, error) {
	if l.Phone != "" && l.Phone != a.Phone {
		return Acceptance{}, ledger.FieldErrorf(ledger.Forbidden, "phone", "is not the one that was invited")
	}
	if slices.ContainsFunc(a.Members, func(m Membership) bool { return m.Org == l.Org }) {
		return Acceptance{}, ledger.Errorf(ledger.Conflict, "you belong to this organisation already")
	}
	id, err := s.newMember(t, a, Membership{Org: l.Org, Invited: &Invited{By: l.By, Roles: l.Roles}}, from)
	if err != nil {
		return Acceptance{}, err
	}
	return Acceptance{Invitation: l, Identity: id}, t.Delete(at)
}

// ResetLink makes a link for an account to set a new password, for an administrator
// to hand over. It is taken back when the account joins an organisation, applies for
// one or leaves one. codes turns the second factor off when it is used, and removes
// passkeys.
func (s *Store) ResetLink(_ context.Context, account ledger.ID, codes bool, from From) (secret string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		if _, err := person(t, account); err != nil {
			return err
		}
		secret, err = s.accountLink(t, Link{Purpose: ForReset, Account: account, Codes: codes}, HandedLife, from)
		return err
	})
	return secret, err
}

// ResetLinkBy is ResetLink for an administrator of an organisation. Who belongs to
// others too, or applies for one, is not the organisation's alone to let in.
func (s *Store) ResetLinkBy(_ context.Context, org, account ledger.ID, codes bool, from From) (secret string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		a, err := person(t, account)
		if err != nil {
			return err
		}
		applied, err := list[Application](t, accountKey(account, applicationKind))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(a.Members, func(m Membership) bool { return m.Org == org }) {
			return ledger.FieldErrorf(ledger.Conflict, "member", "has left")
		}
		if slices.ContainsFunc(a.Members, func(m Membership) bool { return m.Org != org }) ||
			slices.ContainsFunc(applied, func(p Application) bool { return p.Org != org }) {
			return ledger.FieldErrorf(ledger.Forbidden, "member", "works for others too, so the operator makes the link")
		}
		// Written again, so that a change of memberships that began before sees the link.
		if err := t.Put(accountKey(account, personKind), a); err != nil {
			return err
		}
		secret, err = s.accountLink(t, Link{Purpose: ForReset, Account: account, Codes: codes}, HandedLife, from)
		return err
	})
	return secret, err
}

// SetUpLink makes the link by which the operator signs in for the first time.
func (s *Store) SetUpLink(_ context.Context, account ledger.ID) (secret string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		if _, err := person(t, account); err != nil {
			return err
		}
		done, err := isSetUp(t, account)
		if err == nil && done {
			err = ledger.Errorf(ledger.Conflict, "the account is set up already")
		}
		if err != nil {
			return err
		}
		secret, err = s.accountLink(t, Link{Purpose: ForSetUp, Account: account}, SetUpLife, From{})
		return err
	})
	return secret, err
}

// IsSetUp reports whether an account has a password, and so needs no set-up link.
func (s *Store) IsSetUp(_ context.Context, account ledger.ID) (done bool, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		done, err = isSetUp(t, account)
		return err
	})
	return done, err
}

func isSetUp(t *vault.Tx, account ledger.ID) (bool, error) {
	_, has, err := get[passwordRecord](t, accountKey(account, passwordKind))
	return has, err
}

func (s *Store) accountLink(t *vault.Tx, l Link, life time.Duration, from From) (string, error) {
	if err := dropOldest(t, l.Account); err != nil {
		return "", err
	}
	h := newHandle(l.Account)
	l.ID, l.By, l.Made, l.Expires = h.id(), from.By, s.time(), s.time().Add(life)
	if err := s.note(t, l.Account, Event{What: LinkMade, Detail: string(l.Purpose)}, from); err != nil {
		return "", err
	}
	return h.String(), t.PutUntil(accountKey(l.Account, linkKind, h.hash()...), l, l.Expires)
}

// dropOldest makes room for one more link of an account.
func dropOldest(t *vault.Tx, account ledger.ID) error {
	all, err := list[Link](t, accountKey(account, linkKind))
	slices.SortFunc(all, func(a, b Link) int { return a.Made.Compare(b.Made) })
	for i := 0; err == nil && i <= len(all)-maxLinks; i++ {
		err = t.Delete(accountKey(account, linkKind, hashOf(all[i].ID)...))
	}
	return err
}

// dropHanded takes back what others were given to let a person in again: to whom the
// account belongs has changed, and so has who may.
func dropHanded(t *vault.Tx, account ledger.ID) error {
	all, err := list[Link](t, accountKey(account, linkKind))
	for _, l := range all {
		if err == nil && l.Purpose == ForReset && !l.By.IsZero() {
			err = t.Delete(accountKey(account, linkKind, hashOf(l.ID)...))
		}
	}
	return err
}

// Mail is a link to send to an address of a person.
type Mail struct {
	Account Account
	To      string
	Secret  string
}

// RequestReset makes a reset link for who has an e-mail address; nil where nobody
// has this identifier, or no address that was proved. Tell whoever asked the same in every case;
// the work is the same, too.
func (s *Store) RequestReset(_ context.Context, identifier string, from From) (*Mail, error) {
	kind, name := parseIdentifier(identifier)
	var a Account
	if err := s.vault.View(func(t *vault.Tx) error {
		id, err := t.Find(kind, name)
		if err == nil {
			a, _, err = get[Account](t, accountKey(id, personKind))
		}
		return err
	}); err != nil {
		return nil, err
	}
	subject := a.ID.String()
	if a.ID.IsZero() {
		subject = kind + " " + name
	}
	if _, err := s.attempt(resetLimit, subject, from); err != nil {
		return nil, err
	}
	// Nobody's links are kept below the zero ID, where no secret opens them.
	var secret string
	if err := s.vault.Update(func(t *vault.Tx) (err error) {
		secret, err = s.accountLink(t, Link{Purpose: ForReset, Account: a.ID}, MailedLife, from)
		return err
	}); err != nil {
		return nil, err
	}
	if a.Reached() == "" {
		return nil, nil
	}
	return &Mail{a, a.Reached(), secret}, nil
}

// AccountLink looks at a reset or set-up link without using it.
func (s *Store) AccountLink(_ context.Context, secret string) (l Link, a Account, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		if l, _, err = s.link(t, secret, ofAccount, linkKind); err != nil {
			return err
		}
		if a, err = person(t, l.Account); err != nil {
			return errLink
		}
		return nil
	})
	return l, a, err
}

// Reset uses a link to set a new password. It ends every session and every token,
// forgets every device and takes back every other link. Sign in follows, with the second factor
// where there is one.
func (s *Store) Reset(ctx context.Context, secret, pass string, from From) error {
	l, a, err := s.AccountLink(ctx, secret)
	if err != nil {
		return err
	}
	if l.Purpose != ForReset {
		return errLink
	}
	hash, err := s.hashNew(ctx, a.Person, pass)
	if err != nil {
		return err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		if err := s.useLink(t, secret, hash, from); err != nil {
			return err
		}
		return dropGrants(t, l.Account)
	})
	s.forget()
	return err
}

// SetUp uses a set-up link: the operator says who they are and chooses a password.
func (s *Store) SetUp(ctx context.Context, secret string, p Person, pass string, from From) (g Grant, err error) {
	l, _, err := s.AccountLink(ctx, secret)
	if err != nil {
		return g, err
	}
	if l.Purpose != ForSetUp {
		return g, errLink
	}
	if p, err = p.parse(); err != nil {
		return g, err
	}
	if p.Phone == "" && p.Email == "" {
		return g, ledger.FieldErrorf(ledger.Invalid, "email", "is needed to sign in later, or a telephone number")
	}
	hash, err := s.hashNew(ctx, p, pass)
	if err != nil {
		return g, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		if err := s.useLink(t, secret, hash, from); err != nil {
			return err
		}
		a, err := person(t, l.Account)
		if err != nil {
			return err
		}
		if err := claim(t, a.ID, a.Person, p); err != nil {
			return err
		}
		a.Unproved = p.Email != "" && (a.Unproved || p.Email != a.Email)
		a.Person = p
		if err := t.Put(accountKey(a.ID, personKind), a); err != nil {
			return err
		}
		g, err = s.begin(t, a.ID, ByLink, false, from)
		return err
	})
	return g, err
}

// useLink uses an account's link up, and all others with it.
func (s *Store) useLink(t *vault.Tx, secret string, hash password.Hash, from From) error {
	l, _, err := s.link(t, secret, ofAccount, linkKind)
	if err != nil {
		return err
	}
	for _, kind := range []byte{linkKind, deviceKind} {
		if err := dropAll(t, accountKey(l.Account, kind)); err != nil {
			return err
		}
	}
	if l.Codes {
		if err := s.dropTOTP(t, l.Account, from); err != nil {
			return err
		}
		if err := s.dropPasskeys(t, l.Account, from); err != nil {
			return err
		}
	}
	if err := s.note(t, l.Account, Event{What: LinkUsed, Detail: string(l.Purpose)}, from); err != nil {
		return err
	}
	if err := t.Delete(s.bucket(resetLimit, l.Account.String())); err != nil {
		return err
	}
	return s.setPassword(t, l.Account, hash, "", from)
}
