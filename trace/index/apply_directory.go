package index

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// The directory's rows, as JSON unless noted:
//
//	O organisation            orgRow
//	A seq                     organisation's identifier, by admission
//	G h(GLN or code)          organisation's identifier
//	K address                 KeyInfo
//	L h(place)                placeRow
//	U organisation, h(place)  seq since which it is the organisation's
//	P h(product)              productRow
//	Q organisation, h(product) seq since which it is the organisation's
//	N organisation, h(product) seq since which it may make lots of another's product
//	X g digits, X i issuer    organisation's identifier
//	T name 0 version          ListVersion
//	Z cid                     ErasedPayload
//	D ^seq                    CID of an erased payload, the newest first

type orgRow struct {
	Org       trace.Organisation `json:"org"`
	Suspended *trace.Standing    `json:"suspended,omitempty"`
	Stood     ledger.Time        `json:"stood,omitzero"` // when it was suspended
	Admitted  ledger.Time        `json:"admitted"`
	Entry     uint64             `json:"entry"` // of its admission
	Item      int                `json:"item"`
	Dossier   ledger.Hash        `json:"dossier,omitzero"`
	Reason    string             `json:"reason,omitempty"`
	Described seq                `json:"described"` // where its profile was last set
}

func (r *orgRow) described() described {
	return described{Describes: r.Org.Profile, org: r.Org.ID, seq: r.Described}
}

type placeRow struct {
	Place trace.Place `json:"place"`
	Owner ledger.ID   `json:"owner"`
	Seq   seq         `json:"seq"`
}

func (r *placeRow) described() described {
	return described{Describes: r.Place.Profile, org: r.Owner, seq: r.Seq, shown: r.Place.Shown}
}

type productRow struct {
	Product trace.Product `json:"product"`
	Owner   ledger.ID     `json:"owner"`
	Seq     seq           `json:"seq"`
}

func (r *productRow) described() described {
	return described{Describes: r.Product.Profile, org: r.Owner, seq: r.Seq}
}

func orgKey(id ledger.ID) []byte { return key('O', id[:]) }
func hashed(kind byte, id trace.ID) []byte {
	h := hashOf(id.String())
	return key(kind, h[:])
}
func listKey(name string, version int) []byte {
	return key('T', []byte(name), []byte{0}, be64(uint64(version)))
}

func (b *batch) registry(e *ledger.Entry) error {
	var out trace.RegistryOutcome
	if err := json.Unmarshal(e.Outcome, &out); err != nil {
		return err
	}
	b.acted(e, out.Member, out.Org)
	for i, it := range e.Tx.Items {
		if err := b.directory(e, i, it.Data, out); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	return nil
}

func (b *batch) directory(e *ledger.Entry, i int, data []byte, out trace.RegistryOutcome) error {
	s, org := seqOf(e.Index, i), out.Org
	switch e.Tx.Header.Action {
	case trace.ActionFound, trace.ActionAdmit:
		return decoded(data, func(v trace.Admission) error { return b.admit(e, i, v) })
	case trace.ActionEnrol:
		return decoded(data, func(v trace.NewMember) error { return b.enrol(e, i, v.Member) })
	case trace.ActionRefuse:
		return decoded(data, func(v trace.Refusal) error {
			return b.putRow(key('R', v.Org[:], be64(uint64(s))), RefusedApplication{v, e.Index, i, e.Time})
		})
	case trace.ActionMember:
		return decoded(data, func(v trace.MemberChange) error {
			return b.member(v, MemberChanged{v.Reason, out.Member, e.Index, i, e.Time})
		})
	case trace.ActionMandate:
		return decoded(data, func(v trace.Mandate) error { return b.mandate(e, i, v, org) })
	case trace.ActionRotate:
		return decoded(data, func(v trace.NewMember) error { return b.rotate(e, i, v.Member) })
	case trace.ActionDevice:
		return decoded(data, func(v trace.DeviceKey) error {
			return b.newKey(KeyInfo{Enrolment: v.Member, Actions: v.Actions, Until: v.Until, Entry: e.Index, Item: i, Time: e.Time})
		})
	case trace.ActionProfile:
		return decoded(data, func(v trace.OwnProfile) error { return b.ownProfile(v, s) })
	case trace.ActionStand:
		return decoded(data, func(v trace.Standing) error { return b.stand(v, e.Time) })
	case trace.ActionHost:
		return decoded(data, b.host)
	case trace.ActionRevoke:
		return decoded(data, func(v trace.KeyRevocation) error {
			return b.revoke(v.Key, Revocation{Reason: v.Reason, Entry: e.Index, Time: e.Time})
		})
	case trace.ActionPrefix:
		b.raise = true
		return decoded(data, b.prefix)
	case trace.ActionPlace:
		return decoded(data, func(v trace.Place) error { return b.place(placeRow{v, org, s}) })
	case trace.ActionProduct:
		return decoded(data, func(v trace.Product) error { return b.product(productRow{v, org, s}) })
	case trace.ActionList:
		b.raise = true
		return decoded(data, func(v trace.List) error {
			if err := b.grant(v.Payload, s, grantPublic, org); err != nil {
				return err
			}
			return b.putRow(listKey(v.Name, v.Version), ListVersion{v, e.Index, i, e.Time})
		})
	case trace.ActionErase:
		b.raise = true
		return decoded(data, func(v trace.Erasure) error {
			b.erased = append(b.erased, v.Payload)
			if err := b.put(key('D', be64(^uint64(s))), []byte(v.Payload)); err != nil {
				return err
			}
			return b.putRow(key('Z', []byte(v.Payload)), ErasedPayload{v, e.Index, i, e.Time})
		})
	}
	return nil
}

// decoded hands an item to what takes it in.
func decoded[T any](data []byte, f func(T) error) error {
	var v T
	if err := trace.Decode(data, &v); err != nil {
		return err
	}
	return f(v)
}

// admit takes in an organisation, or a new description of one.
func (b *batch) admit(e *ledger.Entry, i int, v trace.Admission) error {
	s := seqOf(e.Index, i)
	row := orgRow{Admitted: e.Time, Entry: e.Index, Item: i}
	before, ok, err := getRow[orgRow](b.txn, orgKey(v.Org.ID))
	if err != nil {
		return err
	}
	if ok {
		row = before
		if g := before.Org.GLN; g != nil && (v.Org.GLN == nil || *v.Org.GLN != *g) {
			if err := b.delete(hashed('G', *g)); err != nil {
				return err
			}
		}
	} else if err := b.put(key('A', be64(uint64(s))), v.Org.ID[:]); err != nil {
		return err
	}
	row.Org, row.Described, row.Dossier, row.Reason = v.Org, s, v.Dossier, v.Reason
	if v.Org.GLN != nil {
		if err := b.put(hashed('G', *v.Org.GLN), v.Org.ID[:]); err != nil {
			return err
		}
		b.touch(DepFacts(*v.Org.GLN))
	}
	b.touch(DepOrg(v.Org.ID))
	if err := b.putRow(orgKey(v.Org.ID), row); err != nil {
		return err
	}
	if err := b.describe(row.described(), before.described()); err != nil {
		return err
	}
	return b.enrol(e, i, v.Member)
}

// standing changes what is known of an organisation but for its description.
func (b *batch) standing(org ledger.ID, change func(*orgRow)) error {
	row, ok, err := getRow[orgRow](b.txn, orgKey(org))
	if err != nil || !ok {
		return corruptUnless(err)
	}
	change(&row)
	b.touch(DepOrg(org))
	return b.putRow(orgKey(org), row)
}

func (b *batch) ownProfile(v trace.OwnProfile, s seq) error {
	row, ok, err := getRow[orgRow](b.txn, orgKey(v.Org))
	if err != nil || !ok {
		return corruptUnless(err)
	}
	before := row.described()
	row.Org.Profile, row.Described = v.Profile, s
	if g := row.Org.GLN; g != nil {
		b.touch(DepFacts(*g))
	}
	b.touch(DepOrg(v.Org))
	if err := b.putRow(orgKey(v.Org), row); err != nil {
		return err
	}
	return b.describe(row.described(), before)
}

func (b *batch) stand(v trace.Standing, at ledger.Time) error {
	return b.standing(v.Org, func(row *orgRow) {
		row.Suspended, row.Stood = nil, 0
		if v.Suspended {
			row.Suspended, row.Stood = &v, at
		}
	})
}

func (b *batch) host(v trace.Hosting) error {
	return b.standing(v.Org, func(row *orgRow) { row.Org.Host = v.Host })
}

func (b *batch) prefix(v trace.Prefix) error {
	if v.GS1 != "" {
		if err := b.put(key('X', []byte("g"+v.GS1)), v.Org[:]); err != nil {
			return err
		}
	}
	if v.Issuer != "" {
		return b.put(key('X', []byte("i"+v.Issuer)), v.Org[:])
	}
	return nil
}

func (b *batch) place(row placeRow) error {
	h := hashOf(row.Place.ID.String())
	before, ok, err := getRow[placeRow](b.txn, key('L', h[:]))
	if err != nil {
		return err
	}
	if ok && before.Owner != row.Owner {
		if err := b.strike('U', placeRoll, before.Owner, h); err != nil {
			return err
		}
	}
	b.touch(DepFacts(row.Place.ID))
	if err := b.putRow(key('L', h[:]), row); err != nil {
		return err
	}
	if err := b.enlist('U', placeRoll, row.Owner, h, row.Seq); err != nil {
		return err
	}
	return b.describe(row.described(), before.described())
}

func (b *batch) product(row productRow) error {
	h := hashOf(row.Product.ID.String())
	before, ok, err := getRow[productRow](b.txn, key('P', h[:]))
	if err != nil {
		return err
	}
	if ok && before.Owner != row.Owner {
		if err := b.strike('Q', productRoll, before.Owner, h); err != nil {
			return err
		}
	}
	for _, org := range before.Product.Makers {
		if !slices.Contains(row.Product.Makers, org) {
			if err := b.strike('N', productRoll, org, h); err != nil {
				return err
			}
		}
	}
	for _, org := range row.Product.Makers {
		if org != row.Owner {
			if err := b.enlist('N', productRoll, org, h, row.Seq); err != nil {
				return err
			}
		}
	}
	b.touch(depFacts(h))
	b.touch(DepOrg(row.Owner))
	if err := b.putRow(key('P', h[:]), row); err != nil {
		return err
	}
	if err := b.enlist('Q', productRoll, row.Owner, h, row.Seq); err != nil {
		return err
	}
	return b.describe(row.described(), before.described())
}

// enlist puts something on an organisation's roll, where it keeps its place when it is
// described again.
func (b *batch) enlist(kind byte, r rollKind, org ledger.ID, thing hash, s seq) error {
	k := key(kind, org[:], thing[:])
	since, err := get(b.txn, k)
	if err != nil {
		return err
	}
	if since != nil {
		s = seq(binary.BigEndian.Uint64(since))
	} else if err := b.put(k, be64(uint64(s))); err != nil {
		return err
	}
	b.marks = append(b.marks, mark{rollOf{r, org}, thing, s})
	return nil
}

// strike takes something off it.
func (b *batch) strike(kind byte, r rollKind, org ledger.ID, thing hash) error {
	b.marks = append(b.marks, mark{rollOf{r, org}, thing, 0})
	return b.delete(key(kind, org[:], thing[:]))
}
