package index

import (
	"context"
	"encoding/binary"
	"math"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// What is known of members, as JSON unless noted. An organisation's members are for
// itself and the operator to see, a mandate for its agent too; refused applications
// are the operator's.
//
//	S member                  memberRow
//	M organisation, seq       member's identifier, by enrolment
//	V member, agent           MandateInfo
//	W agent, member           nothing
//	R organisation, seq       RefusedApplication

// Member is a member of an organisation.
type Member struct {
	ID        ledger.ID      `json:"id"`
	Org       ledger.ID      `json:"org"`
	Roles     []ledger.Role  `json:"roles"`
	Suspended bool           `json:"suspended,omitempty"`
	Changed   *MemberChanged `json:"changed,omitempty"` // what last changed roles or standing; nil for the enrolment
	Since     ledger.Time    `json:"since"`             // of the enrolment, record time
	Entry     uint64         `json:"entry"`             // of the enrolment
	Item      int            `json:"item"`
	Keys      []KeyInfo      `json:"-"` // in the order of their enrolment, revoked ones too
}

// MemberChanged says why a member's roles or standing are what they are.
type MemberChanged struct {
	Reason string      `json:"reason"`
	By     ledger.ID   `json:"by"` // the member who changed them
	Entry  uint64      `json:"entry"`
	Item   int         `json:"item"`
	Time   ledger.Time `json:"time"` // record time
}

type memberRow struct {
	Member
	Addresses []ledger.Address `json:"keys"`
}

// MandateInfo is a mandate as it was last given, and whether it was withdrawn since.
type MandateInfo struct {
	trace.Mandate
	Org   ledger.ID   `json:"org"` // the principal's
	Entry uint64      `json:"entry"`
	Item  int         `json:"item"`
	Time  ledger.Time `json:"time"` // record time

	Withdrawal *Revocation `json:"withdrawal,omitempty"`
}

// InForce reports whether the agent may use it at a time.
func (m *MandateInfo) InForce(at ledger.Time) bool {
	return m.Withdrawal == nil && (m.Until == 0 || at < m.Until)
}

// RefusedApplication is an application that the operator did not admit.
type RefusedApplication struct {
	trace.Refusal
	Entry uint64      `json:"entry"`
	Item  int         `json:"item"`
	Time  ledger.Time `json:"time"` // record time
}

// Member reads a member, or NotFound, also for who may not see it.
func (x *Index) Member(_ context.Context, v Viewer, id ledger.ID) (m *Member, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		m, err = memberAt(txn, v, id)
		return err
	})
	if err == nil && m == nil {
		err = absent("member " + id.String())
	}
	return m, err
}

// memberAt is nil when there is none, or none that the viewer may see.
func memberAt(txn *badger.Txn, v Viewer, id ledger.ID) (*Member, error) {
	row, ok, err := getRow[memberRow](txn, key('S', id[:]))
	if err != nil || !ok || !v.is(row.Org) {
		return nil, err
	}
	m := row.Member
	for _, a := range row.Addresses {
		k, ok, err := getRow[KeyInfo](txn, key('K', a[:]))
		if err != nil || !ok {
			return nil, corruptUnless(err)
		}
		m.Keys = append(m.Keys, k)
	}
	return &m, nil
}

// Members lists the members of an organisation in the order of their enrolment.
func (x *Index) Members(_ context.Context, v Viewer, org ledger.ID, page Page) (list []*Member, next string, err error) {
	if !v.is(org) {
		return nil, "", nil
	}
	var ids []ledger.ID
	next, err = x.list('M', key('M', org[:]), 8, page, func(_, value []byte) { ids = append(ids, ledger.ID(value)) })
	if err != nil {
		return nil, "", err
	}
	err = x.view(func(txn *badger.Txn) error {
		for _, id := range ids {
			m, err := memberAt(txn, v, id)
			if err != nil || m == nil {
				return corruptUnless(err)
			}
			list = append(list, m)
		}
		return nil
	})
	return list, next, err
}

// Mandates lists what a member gave, also what it withdrew or what is over, in an
// order that stays. An agent sees its own alone.
func (x *Index) Mandates(_ context.Context, v Viewer, member ledger.ID, page Page) ([]*MandateInfo, string, error) {
	prefix := key('V', member[:])
	return x.mandates(v, 'V', prefix, page, func(k []byte) []byte { return append(prefix[:len(prefix):len(prefix)], k...) })
}

// MandatesTo lists what members of any organisation gave to an agent.
func (x *Index) MandatesTo(_ context.Context, v Viewer, agent ledger.ID, page Page) ([]*MandateInfo, string, error) {
	if !v.is(agent) {
		return nil, "", nil
	}
	return x.mandates(v, 'W', key('W', agent[:]), page, func(k []byte) []byte { return key('V', k, agent[:]) })
}

// mandates reads a page of those below a prefix; rowOf gives the row's key for what
// follows the prefix.
func (x *Index) mandates(v Viewer, kind byte, prefix []byte, page Page, rowOf func(k []byte) []byte) (list []*MandateInfo, next string, err error) {
	var keys [][]byte
	next, err = x.list(kind, prefix, 16, page, func(k, _ []byte) { keys = append(keys, rowOf(k)) })
	if err != nil {
		return nil, "", err
	}
	err = x.view(func(txn *badger.Txn) error {
		for _, k := range keys {
			row, ok, err := getRow[MandateInfo](txn, k)
			if err != nil || !ok {
				return corruptUnless(err)
			}
			if v.is(row.Org) || v.is(row.Agent) {
				list = append(list, &row)
			}
		}
		return nil
	})
	return list, next, err
}

// Refusals lists refused applications for the operator: of an organisation, or all
// with the zero ID, the oldest of each first.
func (x *Index) Refusals(_ context.Context, v Viewer, org ledger.ID, page Page) (list []*RefusedApplication, next string, err error) {
	if !v.Operator {
		return nil, "", nil
	}
	prefix, size := key('R'), 24
	if !org.IsZero() {
		prefix, size = key('R', org[:]), 8
	}
	var keys [][]byte
	next, err = x.list('R', prefix, size, page, func(k, _ []byte) { keys = append(keys, key('R', prefix[1:], k)) })
	for _, k := range keys {
		if err != nil {
			return nil, "", err
		}
		var row RefusedApplication
		row, err = one[RefusedApplication](x, k, "the application")
		list = append(list, &row)
	}
	return list, next, err
}

// EntriesOf lists the entries that an organisation's members signed, or that were
// recorded on their behalf, the newest first. What they are the ledger says. They
// are for itself and the operator; for others there are none.
func (x *Index) EntriesOf(_ context.Context, v Viewer, org ledger.ID, page Page) ([]uint64, string, error) {
	if !v.is(org) {
		return nil, "", nil
	}
	return x.history(term{termActor, hash(org)}, page)
}

// EntriesBy lists the entries that a member signed, or that were recorded on its
// behalf, as EntriesOf does.
func (x *Index) EntriesBy(ctx context.Context, v Viewer, member ledger.ID, page Page) ([]uint64, string, error) {
	if _, err := x.Member(ctx, v, member); err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			err = nil
		}
		return nil, "", err
	}
	return x.history(term{termMember, hash(member)}, page)
}

func (x *Index) history(t term, page Page) (list []uint64, next string, err error) {
	from, err := page.from('H', 8)
	if err != nil {
		return nil, "", err
	}
	bound := seq(math.MaxUint64)
	if from != nil {
		bound = seq(binary.BigEndian.Uint64(from))
	}
	err = x.view(func(txn *badger.Txn) error {
		c := newPostings(txn, t, bound, true)
		defer c.close()
		for {
			s, ok, err := c.next()
			if err != nil || !ok {
				return err
			}
			if len(list) == page.limit() {
				next = makeToken('H', be64(uint64(s)))
				return nil
			}
			list = append(list, s.entry())
		}
	})
	return list, next, err
}

// MayRead refuses, as NotFound, an item of an entry that the viewer may not read: an
// event by its audience, what was decided about a member and why a key of theirs
// ended, a mandate, a refused application. What is refused is refused in the words for what is not there. The
// rest is for everybody: receipts show who was enrolled.
func (x *Index) MayRead(ctx context.Context, v Viewer, e *ledger.Entry, item int) error {
	none := ledger.Errorf(ledger.NotFound, "the entry has no such item")
	if item < 0 || item >= len(e.Tx.Items) {
		return none
	}
	err := x.mayRead(ctx, v, e, item)
	if ledger.CodeOf(err) == ledger.NotFound {
		return none
	}
	return err
}

func (x *Index) mayRead(ctx context.Context, v Viewer, e *ledger.Entry, item int) error {
	data := e.Tx.Items[item].Data
	switch h := &e.Tx.Header; {
	case h.Contract == trace.Contract && h.Action == trace.ActionCapture:
		_, err := x.At(ctx, v, e.Index, item)
		return err
	case h.Contract != trace.RegistryContract:
		return nil
	case h.Action == trace.ActionRefuse && !v.Operator:
		return absent("the application")
	case h.Action == trace.ActionMember:
		return decoded(data, func(c trace.MemberChange) error {
			_, err := x.Member(ctx, v, c.Member)
			return err
		})
	case h.Action == trace.ActionRevoke:
		return decoded(data, func(r trace.KeyRevocation) error {
			k, err := x.Key(ctx, r.Key)
			if err == nil {
				_, err = x.Member(ctx, v, k.Member)
			}
			return err
		})
	case h.Action == trace.ActionMandate:
		return decoded(data, func(m trace.Mandate) error {
			if v.is(m.Agent) {
				return nil
			}
			_, err := x.Member(ctx, v, m.Member)
			return err
		})
	}
	return nil
}
