package office

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// everything is what the office reads with: it acts for members, and what it tells
// is for its callers to judge.
var everything = index.Viewer{Operator: true}

// RotateKey draws a member a new key at this node and puts it in the place of the
// one that they sign with. A key that was drawn before and is not on the register yet
// is taken first, so that it may be repeated.
func (o *Office) RotateKey(ctx context.Context, id *account.Identity, from account.From) error {
	next, err := o.nextKey(ctx, id.Account, id.Member, from)
	if err != nil {
		return err
	}
	return o.EnterKey(ctx, id, next)
}

// nextKey is a member's key at this node that is not on the register yet: the one that
// was drawn before, or a new one.
func (o *Office) nextKey(ctx context.Context, person, member ledger.ID, from account.From) (account.Key, error) {
	keys, err := o.Accounts.Keys(ctx, person)
	if err != nil {
		return account.Key{}, err
	}
	for _, k := range keys {
		if k.Member == member && k.Custody == account.AtNode && !k.Active && k.Retired == nil {
			return k, nil
		}
	}
	next, err := o.Accounts.NextKey(ctx, person, member, from)
	if err != nil {
		return account.Key{}, err
	}
	return account.Key{Address: next.Address, Member: next.Member, Org: next.Org, Custody: next.Custody}, nil
}

// ReplaceLost gives a member who lost their key another at this node, in the name of an
// administrator who may: of the member's organisation, or of the operator. Every other
// key of the member is ended on the register with the reason, those of devices too:
// whoever found the lost one may have added them. What they signed stays valid. It may
// be repeated until it succeeds.
func (o *Office) ReplaceLost(ctx context.Context, by *account.Identity, org, member ledger.ID, reason string, from account.From) error {
	c, err := o.Colleague(ctx, org, member)
	if err != nil {
		return err
	}
	switch {
	case member == by.Member:
		return ledger.FieldErrorf(ledger.Conflict, "member", "is yourself; somebody else who administers does it for you")
	case c.On == nil, c.Account.IsZero():
		return ledger.FieldErrorf(ledger.Conflict, "member", "is not on the register, or has no account at this node")
	case reason == "":
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing")
	}
	if err := o.Settle(ctx, c.Account); err != nil {
		return err
	}
	a, err := o.Accounts.Account(ctx, c.Account)
	if err != nil {
		return err
	}
	m, ok := a.Membership(member)
	if !ok {
		return ledger.FieldErrorf(ledger.Conflict, "member", "has left")
	}
	kept, err := o.keptHere(m.Key)
	if err != nil {
		return err
	}
	if kept && !slices.ContainsFunc(c.InForce(), func(k index.KeyInfo) bool { return len(k.Actions) == 0 && k.Key != m.Key }) {
		return ledger.FieldErrorf(ledger.Conflict, "lost", "the key is kept at this node, where nobody loses it")
	}
	if !kept {
		next, err := o.nextKey(ctx, a.ID, member, from)
		if err != nil {
			return err
		}
		if _, err := o.Direct(ctx, by, trace.ActionEnrol, trace.NewMember{Member: ledger.Enrolment{Member: member, Org: org, Key: next.Address, Roles: c.On.Roles}}); err != nil {
			return err
		}
		m.Key = next.Address
	}
	var lost []any
	for _, k := range c.InForce() {
		if k.Key != m.Key {
			lost = append(lost, trace.KeyRevocation{Key: k.Key, Reason: reason})
		}
	}
	if len(lost) == 0 {
		return nil // it was ended before
	}
	_, err = o.Direct(ctx, by, trace.ActionRevoke, lost...)
	return err
}

// keptHere reports whether a key that a member signs with is in custody at this node.
func (o *Office) keptHere(key ledger.Address) (bool, error) {
	if key.IsZero() {
		return false, nil
	}
	id, err := o.Accounts.Identity(key)
	if err != nil {
		return false, ignoreNotFound(err)
	}
	return id.Custody == account.AtNode, nil
}

// EnterKey puts a member's key on the register: a device's beside the one that they
// sign with, and any other in its place.
func (o *Office) EnterKey(ctx context.Context, id *account.Identity, k account.Key) error {
	if k.Member != id.Member {
		return ledger.FieldErrorf(ledger.NotFound, "key", "is none of this member's")
	}
	m, err := o.Index.Member(ctx, everything, id.Member)
	if err != nil {
		return err
	}
	enrolment := ledger.Enrolment{Member: id.Member, Org: m.Org, Key: k.Address, Roles: m.Roles}
	if k.Custody == account.InDevice {
		in := trace.DeviceKey{Member: enrolment, Actions: k.Actions}
		if k.Until != nil {
			in.Until = ledger.TimeOf(*k.Until)
		}
		_, err = o.Direct(ctx, id, trace.ActionDevice, in)
		return err
	}
	_, err = o.Direct(ctx, id, trace.ActionRotate, trace.NewMember{Member: enrolment})
	return err
}

// RevokeKey ends a key of a member. One that never came on the register is dropped.
func (o *Office) RevokeKey(ctx context.Context, id *account.Identity, address ledger.Address, reason string, from account.From) error {
	keys, err := o.Accounts.Keys(ctx, id.Account)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Address != address || k.Member != id.Member {
			continue
		}
		_, err := o.Index.Key(ctx, address)
		switch {
		case err == nil:
			_, err = o.Direct(ctx, id, trace.ActionRevoke, trace.KeyRevocation{Key: address, Reason: reason})
			return err
		case ledger.CodeOf(err) == ledger.NotFound:
			return o.Accounts.Retire(ctx, id.Account, address, from)
		}
		return err
	}
	return ledger.FieldErrorf(ledger.NotFound, "key", "is none of yours")
}
