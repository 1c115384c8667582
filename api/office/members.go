package office

import (
	"context"
	"log/slog"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Colleague is a member of an organisation: as the register has it, as this node
// knows the person, or as both. One who waits is not on the register yet.
type Colleague struct {
	Member  ledger.ID
	Name    string // empty for a member of another node
	Account ledger.ID
	Roles   []ledger.Role
	Waits   bool
	On      *index.Member   // nil while it waits
	Custody account.Custody // of the signing key; empty where this node does not know
	Last    *ledger.Entry   // that it signed, or nil
}

// InForce lists the member's keys that can sign.
func (c *Colleague) InForce() (keys []index.KeyInfo) {
	if c.On == nil {
		return nil
	}
	for _, k := range c.On.Keys {
		if k.Revoked == nil {
			keys = append(keys, k)
		}
	}
	return keys
}

// Gone reports whether the membership is over: no key can sign.
func (c *Colleague) Gone() bool { return !c.Waits && len(c.InForce()) == 0 }

// Colleagues lists the members of an organisation for one of its own: those that wait
// first, then in the order of their enrolment.
func (o *Office) Colleagues(ctx context.Context, org ledger.ID) ([]*Colleague, error) {
	people, err := o.Accounts.Colleagues(ctx, org)
	if err != nil {
		return nil, err
	}
	type known struct {
		person account.Account
		member account.Membership
	}
	here := map[ledger.ID]known{}
	var list []*Colleague
	for _, a := range people {
		for _, m := range a.Members {
			if m.Org != org {
				continue
			}
			here[m.Member] = known{a, m}
			if m.Waits() {
				list = append(list, &Colleague{Member: m.Member, Name: a.Name, Account: a.ID, Roles: m.Invited.Roles, Waits: true})
			}
		}
	}
	for token := ""; ; {
		page, next, err := o.Index.Members(ctx, index.Viewer{Org: org}, org, index.Page{Token: token, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, on := range page {
			c := &Colleague{Member: on.ID, Roles: on.Roles, On: on}
			if k, ok := here[on.ID]; ok {
				c.Name, c.Account = k.person.Name, k.person.ID
				if id, err := o.Accounts.Identity(k.member.Key); err == nil {
					c.Custody = id.Custody
				}
				list = slices.DeleteFunc(list, func(w *Colleague) bool { return w.Member == on.ID })
			}
			last, _, err := o.Index.EntriesBy(ctx, index.Viewer{Org: org}, on.ID, index.Page{Limit: 1})
			if err == nil && len(last) > 0 {
				c.Last, err = o.Ledger.Entry(ctx, last[0])
			}
			if err != nil {
				return nil, err
			}
			list = append(list, c)
		}
		if token = next; token == "" {
			return list, nil
		}
	}
}

// Colleague returns a member of an organisation, or NotFound: also for a member of
// another organisation.
func (o *Office) Colleague(ctx context.Context, org, member ledger.ID) (*Colleague, error) {
	all, err := o.Colleagues(ctx, org)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(c *Colleague) bool { return c.Member == member })
	if i < 0 {
		return nil, ledger.FieldErrorf(ledger.NotFound, "member", "is not a member of your organisation")
	}
	return all[i], nil
}

// Stands reports whether a member of an organisation may act: neither is suspended,
// and a key of theirs is in force that is no device's.
func (o *Office) Stands(ctx context.Context, org, member ledger.ID) (bool, error) {
	m, err := o.Index.Member(ctx, everything, member)
	if err != nil {
		return false, ignoreNotFound(err)
	}
	in, err := o.Index.Organisation(ctx, everything, org)
	if err != nil {
		return false, ignoreNotFound(err)
	}
	return in.Suspended == nil && !m.Suspended && hasKey(m), nil
}

// hasKey reports whether a key of a member is in force that is no device's.
func hasKey(m *index.Member) bool {
	return slices.ContainsFunc(m.Keys, func(k index.KeyInfo) bool { return k.Revoked == nil && len(k.Actions) == 0 })
}

// Confirm puts a member on the register who waits since they accepted an
// invitation, with the roles that it promised.
func (o *Office) Confirm(ctx context.Context, by *account.Identity, member ledger.ID) error {
	c, err := o.Colleague(ctx, by.Org, member)
	if err != nil {
		return err
	}
	if !c.Waits {
		return nil // a try before got as far
	}
	return o.enrol(ctx, by, c.Account, member)
}

func (o *Office) enrol(ctx context.Context, by *account.Identity, person, member ledger.ID) error {
	a, err := o.Accounts.Account(ctx, person)
	if err != nil {
		return err
	}
	m, ok := a.Membership(member)
	if !ok || !m.Waits() || m.Org != by.Org {
		return ledger.FieldErrorf(ledger.NotFound, "member", "does not wait to join your organisation")
	}
	// A crash may have come between the register and the account.
	if err := o.Settle(ctx, person); err != nil {
		return err
	}
	if _, err := o.Accounts.Acting(ctx, person, member); ledger.CodeOf(err) != ledger.Forbidden || err == nil {
		return err
	}
	keys, err := o.Accounts.Keys(ctx, person)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k account.Key) bool { return k.Member == member && k.Retired == nil })
	if i < 0 {
		return ledger.Errorf(ledger.Conflict, "the member has no key")
	}
	_, err = o.Direct(ctx, by, trace.ActionEnrol, trace.NewMember{Member: ledger.Enrolment{
		Member: member, Org: m.Org, Key: keys[i].Address, Roles: m.Invited.Roles,
	}})
	return err
}

// Decline sends somebody away who waits to join.
func (o *Office) Decline(ctx context.Context, by *account.Identity, member ledger.ID, from account.From) error {
	c, err := o.Colleague(ctx, by.Org, member)
	if err != nil {
		return err
	}
	if !c.Waits {
		return ledger.FieldErrorf(ledger.Conflict, "member", "is on the register already")
	}
	return o.Accounts.Leave(ctx, c.Account, member, from)
}

// SetMember gives a member of the own organisation roles and standing.
func (o *Office) SetMember(ctx context.Context, by *account.Identity, to trace.MemberChange) error {
	c, err := o.Colleague(ctx, by.Org, to.Member)
	if err != nil {
		return err
	}
	switch {
	case c.On == nil:
		return ledger.FieldErrorf(ledger.Conflict, "member", "is not on the register yet")
	case to.Suspended && to.Member == by.Member:
		return ledger.FieldErrorf(ledger.Conflict, "member", "is yourself; another administrator suspends you")
	case to.Suspended == c.On.Suspended && sameRoles(to.Roles, c.On.Roles):
		return nil
	}
	_, err = o.Direct(ctx, by, trace.ActionMember, to)
	return err
}

func sameRoles(a, b []ledger.Role) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// EndMembership has a member of the own organisation leave: it is suspended, every
// key of it ends, and the person's account lets go of it. What they signed stays
// valid. It may be repeated until it succeeds. Whoever leaves by themself is not
// suspended, as then they could not sign the rest.
func (o *Office) EndMembership(ctx context.Context, by *account.Identity, member ledger.ID, reason string, from account.From) error {
	c, err := o.Colleague(ctx, by.Org, member)
	if err != nil {
		return err
	}
	if c.On == nil {
		return o.Decline(ctx, by, member, from)
	}
	if !c.On.Suspended && member != by.Member {
		change := trace.MemberChange{Member: member, Roles: c.On.Roles, Suspended: true, Reason: reason}
		if _, err := o.Direct(ctx, by, trace.ActionMember, change); err != nil {
			return err
		}
	}
	var ends []any
	for _, k := range c.InForce() {
		ends = append(ends, trace.KeyRevocation{Key: k.Key, Reason: reason})
	}
	if len(ends) > 0 {
		if _, err := o.Direct(ctx, by, trace.ActionRevoke, ends...); err != nil {
			return err
		}
	}
	if c.Account.IsZero() {
		return nil
	}
	return o.Accounts.Leave(ctx, c.Account, member, from)
}

// ResetLink makes a link for a member of the own organisation to set a new password.
// Who belongs to others too, or applies for one, is not the organisation's alone to
// let in: the operator makes theirs.
func (o *Office) ResetLink(ctx context.Context, by *account.Identity, member ledger.ID, codes bool, from account.From) (secret string, err error) {
	c, err := o.Colleague(ctx, by.Org, member)
	if err != nil {
		return "", err
	}
	if c.Account.IsZero() || c.Gone() {
		return "", ledger.FieldErrorf(ledger.Conflict, "member", "has no account at this node, or has left")
	}
	return o.Accounts.ResetLinkBy(ctx, by.Org, c.Account, codes, from)
}

// Join uses an invitation for somebody new, and puts them on the register in the
// name of who invited them. waits says that an administrator is to confirm them
// first: the invitation's maker signs with a key of their own, or may no more.
func (o *Office) Join(ctx context.Context, secret string, p account.Person, how account.Choice, from account.From) (done account.Arrival, waits bool, err error) {
	if done, err = o.Accounts.Join(ctx, secret, p, how, from); err != nil {
		return done, false, err
	}
	return done, !o.welcome(ctx, done.Acceptance), nil
}

// JoinAs uses an invitation for somebody who has an account.
func (o *Office) JoinAs(ctx context.Context, secret string, person ledger.ID, from account.From) (done account.Acceptance, waits bool, err error) {
	if done, err = o.Accounts.AcceptAs(ctx, secret, person, from); err != nil {
		return done, false, err
	}
	return done, !o.welcome(ctx, done), nil
}

// welcome enrols who accepted an invitation, where its maker's key is here; the
// invitation is what they agreed to. Whether they still may is for the contract.
func (o *Office) welcome(ctx context.Context, in account.Acceptance) bool {
	by, err := o.inviter(ctx, in.Invitation)
	if err == nil {
		err = o.enrol(ctx, by, in.Identity.Account, in.Identity.Member)
	}
	if err != nil {
		slog.InfoContext(ctx, "somebody who joined waits to be confirmed", "org", in.Invitation.Org, "error", err)
	}
	return err == nil
}

func (o *Office) inviter(ctx context.Context, l account.Link) (*account.Identity, error) {
	a, err := o.Accounts.Account(ctx, l.By)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(a.Members, func(m account.Membership) bool { return m.Org == l.Org })
	if i < 0 {
		return nil, ledger.Errorf(ledger.Forbidden, "who made the invitation has left the organisation")
	}
	return o.Accounts.Acting(ctx, a.ID, a.Members[i].Member)
}
