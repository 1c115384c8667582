package office

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Leaving is what an erasure of an account does to one of its memberships.
type Leaving struct {
	Member ledger.ID
	Org    ledger.ID
	Kind   ledger.Kind
	Sole   bool             // the organisation's only administrator
	Alone  bool             // a household's or an artisan's only administrator: what is personal of it goes
	Papers []string         // the payloads that go, by CID
	Keys   []ledger.Address // that are ended on the register, devices' first
	Bar    Bar              // why it cannot be done yet

	key ledger.Address // that the member signs with
}

// Bar is why somebody's account cannot be erased yet.
type Bar string

const (
	BarSole      Bar = "sole"      // the organisation would be left without an administrator
	BarSuspended Bar = "suspended" // the member cannot sign that its papers go; the operator can
)

// eraseReason stands in the register, for everybody.
const eraseReason = "Chủ dữ liệu yêu cầu xóa (erased at the request of whom it is about)"

// maxErased is how many payloads one transaction erases.
const maxErased = 500

// Leaving says what an erasure of an account would do, membership by membership.
func (o *Office) Leaving(ctx context.Context, id ledger.ID) (list []Leaving, err error) {
	if err := o.Settle(ctx, id); err != nil {
		return nil, err
	}
	a, err := o.Accounts.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, m := range a.Members {
		l, ok, err := o.leaving(ctx, m)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, l)
		}
	}
	return list, nil
}

// leaving is one membership's part; there is none where the register knows nothing of
// it.
func (o *Office) leaving(ctx context.Context, m account.Membership) (l Leaving, ok bool, err error) {
	member, err := o.Index.Member(ctx, everything, m.Member)
	if err != nil {
		return l, false, ignoreNotFound(err)
	}
	org, err := o.Index.Organisation(ctx, everything, m.Org)
	if err != nil {
		return l, false, ignoreNotFound(err)
	}
	l = Leaving{Member: m.Member, Org: m.Org, Kind: org.Kind, key: m.Key}
	for _, devices := range []bool{true, false} {
		for _, k := range member.Keys {
			if k.Revoked == nil && (len(k.Actions) > 0) == devices {
				l.Keys = append(l.Keys, k.Key)
			}
		}
	}
	if administers(member) {
		n, err := o.administrators(ctx, m.Org)
		if err != nil {
			return l, false, err
		}
		l.Sole = n == 1
	}
	if l.Alone = l.Sole && org.Kind.Natural(); l.Alone {
		if l.Papers, err = o.Papers(ctx, org); err != nil {
			return l, false, err
		}
	}
	switch suspended := member.Suspended || org.Suspended != nil; {
	case suspended && len(l.Papers) > 0:
		l.Bar = BarSuspended
	case suspended || m.Key.IsZero():
		l.Keys = nil // they cannot sign; their key is worth nothing
	case l.Sole && !l.Alone:
		l.Bar = BarSole
	}
	return l, true, nil
}

func administers(m *index.Member) bool {
	return !m.Suspended && slices.Contains(m.Roles, ledger.RoleAdmin) && hasKey(m)
}

// administrators counts those of an organisation, as the contract does.
func (o *Office) administrators(ctx context.Context, org ledger.ID) (n int, err error) {
	for page := (index.Page{Limit: 100}); ; {
		list, next, err := o.Index.Members(ctx, everything, org, page)
		if err != nil {
			return 0, err
		}
		for _, m := range list {
			if administers(m) {
				n++
			}
		}
		if next == "" {
			return n, nil
		}
		page.Token = next
	}
}

// Papers are the payloads that are about a household or an artisan: the profiles that
// it and its places have or had, and the pictures in them; not those that were erased.
// What is said of its products stays: it is about goods.
func (o *Office) Papers(ctx context.Context, org *index.Organisation) (list []string, err error) {
	add := func(d *trace.Describes) error {
		if d == nil {
			return nil
		}
		for _, cid := range []string{d.Payload, d.Image} {
			if cid == "" || slices.Contains(list, cid) {
				continue
			}
			if _, err := o.Index.Erased(ctx, cid); err == nil {
				continue
			} else if ledger.CodeOf(err) != ledger.NotFound {
				return err
			}
			list = append(list, cid)
		}
		return nil
	}
	admission, err := o.Ledger.Entry(ctx, org.Entry)
	if err != nil {
		return nil, err
	}
	if err := describedBy(admission, org.ID, add); err != nil {
		return nil, err
	}
	for page := (index.Page{Limit: 1000}); ; {
		entries, next, err := o.Index.EntriesOf(ctx, everything, org.ID, page)
		if err != nil {
			return nil, err
		}
		for _, n := range entries {
			e, err := o.Ledger.Entry(ctx, n)
			if err != nil {
				return nil, err
			}
			if err := describedBy(e, org.ID, add); err != nil {
				return nil, err
			}
		}
		if next == "" {
			return list, nil
		}
		page.Token = next
	}
}

// describedBy goes through the descriptions of an organisation and of its places in an
// entry that admits it or that it signed.
func describedBy(e *ledger.Entry, org ledger.ID, do func(*trace.Describes) error) error {
	if e.Tx.Header.Contract != trace.RegistryContract {
		return nil
	}
	for _, it := range e.Tx.Items {
		var admitted trace.Admission
		var own trace.OwnProfile
		var place trace.Place
		var err error
		switch e.Tx.Header.Action {
		case trace.ActionAdmit:
			if err = trace.Decode(it.Data, &admitted); admitted.Org.ID != org {
				continue // another's, in the same entry
			}
		case trace.ActionProfile:
			err = trace.Decode(it.Data, &own)
		case trace.ActionPlace:
			err = trace.Decode(it.Data, &place)
		}
		for _, d := range []*trace.Describes{admitted.Org.Profile, own.Profile, place.Profile} {
			if err == nil {
				err = do(d)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func ignoreNotFound(err error) error {
	if ledger.CodeOf(err) == ledger.NotFound {
		return nil
	}
	return err
}

// EraseAccount erases an account: what is personal on the register goes, the
// person's keys are ended there, and then everything of the account is removed here.
// What they signed stays valid. It may be repeated: it goes on where a crash, or a
// signature that has to be given elsewhere, cut it off.
func (o *Office) EraseAccount(ctx context.Context, id ledger.ID, from account.From) (account.Tombstone, error) {
	list, err := o.Leaving(ctx, id)
	if err != nil {
		return account.Tombstone{}, err
	}
	for _, l := range list {
		switch l.Bar {
		case BarSole:
			return account.Tombstone{}, ledger.FieldErrorf(ledger.Conflict, "account", "organisation %s has no other administrator; make somebody one first", l.Org)
		case BarSuspended:
			return account.Tombstone{}, ledger.FieldErrorf(ledger.Forbidden, "account", "organisation %s is suspended; the register's operator erases its documents first", l.Org)
		}
	}
	for _, l := range list {
		if err := o.leave(ctx, id, l, from); err != nil {
			return account.Tombstone{}, err
		}
	}
	applied, err := o.Accounts.Applications(ctx, id)
	if err != nil {
		return account.Tombstone{}, err
	}
	for _, a := range applied {
		for _, d := range a.Dossier.Documents {
			if err := o.Discard(ctx, d); err != nil {
				return account.Tombstone{}, err
			}
		}
	}
	return o.Accounts.Erase(ctx, id)
}

// leave does one membership's part on the register.
func (o *Office) leave(ctx context.Context, account ledger.ID, l Leaving, from account.From) error {
	if len(l.Papers) == 0 && len(l.Keys) == 0 {
		return nil
	}
	id, err := o.Accounts.Acting(ctx, account, l.Member)
	if err != nil {
		return err
	}
	for papers := range slices.Chunk(l.Papers, maxErased) {
		items := make([]any, len(papers))
		for i, cid := range papers {
			items[i] = trace.Erasure{Payload: cid, Reason: eraseReason}
		}
		if _, err := o.Direct(ctx, id, trace.ActionErase, items...); err != nil {
			return err
		}
	}
	if err := o.withdrawMandates(ctx, id); err != nil {
		return err
	}
	var ended []any
	for _, k := range l.Keys {
		if !l.Alone || k != l.key {
			ended = append(ended, trace.KeyRevocation{Key: k, Reason: eraseReason})
		}
	}
	if len(ended) > 0 {
		if _, err := o.Direct(ctx, id, trace.ActionRevoke, ended...); err != nil {
			return err
		}
	}
	if !l.Alone {
		return nil
	}
	// The register lets no organisation be without an administrator's key. So the last
	// one of a household is a key that nobody has: it is destroyed with the account.
	return o.RotateKey(ctx, id, from)
}
