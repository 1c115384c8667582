package office

import (
	"context"

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
	keys, err := o.Accounts.Keys(ctx, id.Account)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Member == id.Member && k.Custody == account.AtNode && !k.Active && k.Retired == nil {
			return o.EnterKey(ctx, id, k)
		}
	}
	next, err := o.Accounts.NextKey(ctx, id.Account, id.Member, from)
	if err != nil {
		return err
	}
	return o.EnterKey(ctx, id, account.Key{Address: next.Address, Member: next.Member, Org: next.Org, Custody: next.Custody})
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
