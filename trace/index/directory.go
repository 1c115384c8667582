package index

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Organisation is a party of the register as the viewer sees it.
type Organisation struct {
	trace.Organisation
	Suspended  *trace.Standing // set while it is suspended
	Stood      ledger.Time     // record time of that
	Profile    *trace.Profile  // nil when it is sealed from the viewer, erased or not here
	AdmittedAt ledger.Time     // record time
	Entry      uint64          // of its admission
	Item       int

	// For itself and the operator: which application it was admitted for, and why.
	Dossier ledger.Hash
	Reason  string
}

// Place is a place of the directory as the viewer sees it.
type Place struct {
	trace.Place
	Profile *trace.Profile
	Owner   ledger.ID
	Entry   uint64 // where it was last described
	Item    int
}

// Product is a product of the directory.
type Product struct {
	trace.Product
	Profile *trace.Profile
	Owner   ledger.ID
	Entry   uint64
	Item    int
}

// KeyInfo is a member's key.
type KeyInfo struct {
	ledger.Enrolment
	Actions []string    `json:"actions,omitempty"` // contract/action that a device's key is for; none for a member's own
	Until   ledger.Time `json:"until,omitzero"`    // when a device's key ends, record time; zero for never
	Entry   uint64      `json:"entry"`             // the enrolment's place in the register
	Item    int         `json:"item"`
	Time    ledger.Time `json:"time"` // record time
	Revoked *Revocation `json:"revoked,omitempty"`
}

// Revocation says when a key ended.
type Revocation struct {
	Reason string         `json:"reason,omitempty"`
	By     ledger.Address `json:"by,omitzero"` // the member's key that took its place, where it was rotated
	Entry  uint64         `json:"entry"`
	Time   ledger.Time    `json:"time"` // record time
}

// ListVersion is a version of a reference list.
type ListVersion struct {
	trace.List
	Entry uint64      `json:"entry"`
	Item  int         `json:"item"`
	Time  ledger.Time `json:"time"` // record time
}

// ErasedPayload is the tombstone of a payload.
type ErasedPayload struct {
	trace.Erasure
	Entry uint64      `json:"entry"`
	Item  int         `json:"item"`
	Time  ledger.Time `json:"time"` // record time
}

func absent(what string) error {
	return ledger.Errorf(ledger.NotFound, "%s is not on the register", what)
}

// one reads a row in a view of its own; an absent one is NotFound.
func one[T any](x *Index, k []byte, what string) (row T, err error) {
	ok := false
	err = x.view(func(txn *badger.Txn) (err error) {
		row, ok, err = getRow[T](txn, k)
		return err
	})
	if err == nil && !ok {
		err = absent(what)
	}
	return row, err
}

// Organisation reads an organisation, or NotFound.
func (x *Index) Organisation(ctx context.Context, v Viewer, id ledger.ID) (*Organisation, error) {
	row, err := one[orgRow](x, orgKey(id), "organisation "+id.String())
	if err != nil {
		return nil, err
	}
	p, err := x.profile(ctx, v, row.described())
	if err != nil {
		return nil, err
	}
	o := &Organisation{Organisation: row.Org, Suspended: row.Suspended, Stood: row.Stood, Profile: p, AdmittedAt: row.Admitted, Entry: row.Entry, Item: row.Item}
	if v.is(id) {
		o.Dossier, o.Reason = row.Dossier, row.Reason
	}
	return o, nil
}

// Party reads the organisation that events name by its GLN, its code or one of its
// places, or NotFound.
func (x *Index) Party(ctx context.Context, v Viewer, id trace.ID) (*Organisation, error) {
	var org ledger.ID
	err := x.view(func(txn *badger.Txn) (err error) {
		org, err = partyOf(txn, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if org.IsZero() {
		return nil, absent(id.String())
	}
	return x.Organisation(ctx, v, org)
}

// partyOf is the organisation that an identifier names, as the contract has it; the
// zero ID where it names none.
func partyOf(txn *badger.Txn, id trace.ID) (org ledger.ID, err error) {
	b, err := get(txn, hashed('G', id))
	if err != nil {
		return org, err
	}
	if b != nil {
		copy(org[:], b)
		return org, nil
	}
	row, _, err := getRow[placeRow](txn, hashed('L', id))
	return row.Owner, err
}

// Organisations lists them in the order of their admission.
func (x *Index) Organisations(ctx context.Context, v Viewer, page Page) (list []*Organisation, next string, err error) {
	var ids []ledger.ID
	next, err = x.list('A', []byte{'A'}, 8, page, func(_, value []byte) {
		ids = append(ids, ledger.ID(value))
	})
	for _, id := range ids {
		if err == nil {
			var o *Organisation
			o, err = x.Organisation(ctx, v, id)
			list = append(list, o)
		}
	}
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// list calls f for a page of the keys below a prefix; size is the length of what
// follows it in each key.
func (x *Index) list(kind byte, prefix []byte, size int, page Page, f func(key, value []byte)) (next string, err error) {
	from, err := page.from(kind, size)
	if err != nil {
		return "", err
	}
	n := 0
	err = x.view(func(txn *badger.Txn) error {
		return scan(txn, prefix, append(bytes.Clone(prefix), from...), func(k, v []byte) (bool, error) {
			if n++; n > page.limit() {
				next = makeToken(kind, k[len(prefix):])
				return false, nil
			}
			f(k[len(prefix):], v)
			return true, nil
		})
	})
	return next, err
}

// Place reads a place, or NotFound.
func (x *Index) Place(ctx context.Context, v Viewer, id trace.ID) (*Place, error) {
	row, err := one[placeRow](x, hashed('L', id), id.String())
	if err != nil {
		return nil, err
	}
	return x.asPlace(ctx, v, row)
}

func (x *Index) asPlace(ctx context.Context, v Viewer, row placeRow) (*Place, error) {
	p, err := x.profile(ctx, v, row.described())
	if err != nil {
		return nil, err
	}
	return &Place{row.Place, p, row.Owner, row.Seq.entry(), row.Seq.item()}, nil
}

// Places lists the places of an organisation, in an order that stays. Each has its
// commune and nothing closer for who may not see its profile.
func (x *Index) Places(ctx context.Context, v Viewer, org ledger.ID, page Page) (list []*Place, next string, err error) {
	var hashes []hash
	next, err = x.list('U', key('U', org[:]), 16, page, func(k, _ []byte) { hashes = append(hashes, hash(k)) })
	for _, h := range hashes {
		if err != nil {
			break
		}
		var row placeRow
		var p *Place
		if row, err = one[placeRow](x, key('L', h[:]), "the place"); err == nil {
			p, err = x.asPlace(ctx, v, row)
			list = append(list, p)
		}
	}
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// Product reads the product that the identifier is, or is a lot or a piece of; or
// NotFound.
func (x *Index) Product(ctx context.Context, v Viewer, id trace.ID) (*Product, error) {
	row, err := one[productRow](x, hashed('P', id.Product()), id.Product().String())
	if err != nil {
		return nil, err
	}
	return x.asProduct(ctx, v, row)
}

func (x *Index) asProduct(ctx context.Context, v Viewer, row productRow) (*Product, error) {
	p, err := x.profile(ctx, v, row.described())
	if err != nil {
		return nil, err
	}
	return &Product{row.Product, p, row.Owner, row.Seq.entry(), row.Seq.item()}, nil
}

// Products lists the products of an organisation, or all with the zero ID, in an
// order that stays.
func (x *Index) Products(ctx context.Context, v Viewer, org ledger.ID, page Page) (list []*Product, next string, err error) {
	prefix := []byte{'P'}
	if !org.IsZero() {
		prefix = key('Q', org[:])
	}
	var hashes []hash
	next, err = x.list('P', prefix, 16, page, func(k, _ []byte) { hashes = append(hashes, hash(k)) })
	for _, h := range hashes {
		if err != nil {
			break
		}
		var row productRow
		var p *Product
		if row, err = one[productRow](x, key('P', h[:]), "the product"); err == nil {
			p, err = x.asProduct(ctx, v, row)
			list = append(list, p)
		}
	}
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// Owner is the organisation whose product, place, code or GS1 prefix the
// identifier belongs to; NotFound when it is nobody's on the register.
func (x *Index) Owner(id trace.ID) (org ledger.ID, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		org, err = ownerOf(txn, id)
		return err
	})
	if err == nil && org.IsZero() {
		err = absent("the owner of " + id.String())
	}
	return org, err
}

// ownerOf gives the zero ID when there is none.
func ownerOf(txn *badger.Txn, id trace.ID) (org ledger.ID, err error) {
	if row, ok, err := getRow[productRow](txn, hashed('P', id.Product())); ok || err != nil {
		return row.Owner, err
	}
	if row, ok, err := getRow[placeRow](txn, hashed('L', id)); ok || err != nil {
		return row.Owner, err
	}
	var candidates []string
	if code, ok := id.Code(); ok {
		candidates = []string{"i" + code.Issuer()}
	} else if k, ok := id.Key(); ok {
		for _, c := range k.PrefixCandidates() {
			candidates = append(candidates, "g"+c)
		}
	}
	for _, c := range candidates {
		if b, err := get(txn, key('X', []byte(c))); b != nil || err != nil {
			copy(org[:], b)
			return org, err
		}
	}
	return org, nil
}

// Key reads what is known about a key, or NotFound. Who signed is public: receipts
// show it.
func (x *Index) Key(_ context.Context, a ledger.Address) (*KeyInfo, error) {
	row, err := one[KeyInfo](x, key('K', a[:]), "key "+a.String())
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// List reads the newest version of a reference list, or NotFound.
func (x *Index) List(_ context.Context, name string) (*ListVersion, error) {
	var found *ListVersion
	err := x.view(func(txn *badger.Txn) error {
		return scan(txn, key('T', []byte(name), []byte{0}), nil, func(_, v []byte) (bool, error) {
			found = new(ListVersion)
			if err := json.Unmarshal(v, found); err != nil {
				return false, corrupt(err)
			}
			return true, nil
		})
	})
	if err == nil && found == nil {
		err = absent("list " + name)
	}
	return found, err
}

// ListVersions lists the versions of a reference list, the first one first; of every
// list, by name, where the name is empty.
func (x *Index) ListVersions(_ context.Context, name string) (list []ListVersion, err error) {
	prefix := []byte{'T'}
	if name != "" {
		prefix = key('T', []byte(name), []byte{0})
	}
	err = x.view(func(txn *badger.Txn) (err error) {
		list, err = rows[ListVersion](txn, prefix)
		return err
	})
	return list, err
}

// rows decodes every row below a prefix.
func rows[T any](txn *badger.Txn, prefix []byte) (list []T, err error) {
	err = scan(txn, prefix, nil, func(_, v []byte) (bool, error) {
		var row T
		if err := json.Unmarshal(v, &row); err != nil {
			return false, corrupt(err)
		}
		list = append(list, row)
		return true, nil
	})
	return list, err
}

// Erasures lists what was erased, the last first.
func (x *Index) Erasures(ctx context.Context, page Page) (list []ErasedPayload, next string, err error) {
	var cids []string
	next, err = x.list('D', []byte{'D'}, 8, page, func(_, cid []byte) { cids = append(cids, string(cid)) })
	for _, cid := range cids {
		if err != nil {
			break
		}
		var e *ErasedPayload
		if e, err = x.Erased(ctx, cid); err == nil {
			list = append(list, *e)
		}
	}
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// Erased reads a payload's tombstone, or NotFound.
func (x *Index) Erased(_ context.Context, cid string) (*ErasedPayload, error) {
	row, err := one[ErasedPayload](x, key('Z', []byte(cid)), "an erasure of "+cid)
	if err != nil {
		return nil, err
	}
	return &row, nil
}
