package index

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func (b *batch) enrol(e *ledger.Entry, i int, m ledger.Enrolment) error {
	if m.Key.IsZero() {
		return nil
	}
	return b.newKey(KeyInfo{Enrolment: m, Entry: e.Index, Item: i, Time: e.Time})
}

// newKey takes in a key, and with the first its member.
func (b *batch) newKey(k KeyInfo) error {
	row, known, err := getRow[memberRow](b.txn, key('S', k.Member[:]))
	if err != nil {
		return err
	}
	if !known {
		row.Member = Member{ID: k.Member, Org: k.Org, Roles: k.Roles, Since: k.Time, Entry: k.Entry, Item: k.Item}
		if err := b.put(key('M', k.Org[:], be64(uint64(seqOf(k.Entry, k.Item)))), k.Member[:]); err != nil {
			return err
		}
	}
	row.Addresses = append(row.Addresses, k.Key)
	b.touch(DepOrg(k.Org))
	if err := b.putRow(key('S', k.Member[:]), row); err != nil {
		return err
	}
	return b.putRow(key('K', k.Key[:]), k)
}

// rotate enrols a key in the place of the one that signed.
func (b *batch) rotate(e *ledger.Entry, i int, m ledger.Enrolment) error {
	if err := b.enrol(e, i, m); err != nil {
		return err
	}
	return b.revoke(e.Signer, Revocation{By: m.Key, Entry: e.Index, Time: e.Time})
}

func (b *batch) revoke(address ledger.Address, how Revocation) error {
	row, ok, err := getRow[KeyInfo](b.txn, key('K', address[:]))
	if err != nil || !ok {
		return corruptUnless(err)
	}
	row.Revoked = &how
	b.raise = true
	return b.putRow(key('K', address[:]), row)
}

func (b *batch) member(v trace.MemberChange, how MemberChanged) error {
	k := key('S', v.Member[:])
	row, ok, err := getRow[memberRow](b.txn, k)
	if err != nil || !ok {
		return corruptUnless(err)
	}
	row.Roles, row.Suspended, row.Changed = v.Roles, v.Suspended, &how
	b.raise = true
	return b.putRow(k, row)
}

// mandate takes in what a member of an organisation gave or withdrew.
func (b *batch) mandate(e *ledger.Entry, i int, v trace.Mandate, org ledger.ID) error {
	k := key('V', v.Member[:], v.Agent[:])
	if v.Withdrawn {
		row, ok, err := getRow[MandateInfo](b.txn, k)
		if err != nil || !ok {
			return corruptUnless(err)
		}
		row.Withdrawal = &Revocation{Reason: v.Reason, Entry: e.Index, Time: e.Time}
		return b.putRow(k, row)
	}
	if err := b.put(key('W', v.Agent[:], v.Member[:]), []byte{}); err != nil {
		return err
	}
	return b.putRow(k, MandateInfo{Mandate: v, Org: org, Entry: e.Index, Item: i, Time: e.Time})
}
