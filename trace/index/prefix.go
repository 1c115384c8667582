package index

import (
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Prefixes lists the GS1 company prefixes and the issuers of codes that an
// organisation has, prefixes first, each in order. They are public: every
// identifier shows one.
func (x *Index) Prefixes(ctx context.Context, org ledger.ID) (list []trace.Prefix, err error) {
	err = x.view(func(txn *badger.Txn) error {
		return scan(txn, []byte{'X'}, nil, func(k, owner []byte) (bool, error) {
			if ledger.ID(owner) == org {
				p := trace.Prefix{Org: org}
				switch name := string(k[2:]); k[1] {
				case 'g':
					p.GS1 = name
				case 'i':
					p.Issuer = name
				}
				list = append(list, p)
			}
			return true, ctx.Err()
		})
	})
	return list, err
}

// Assigned reports who has an issuer of codes, or exactly this GS1 prefix; the zero
// ID when nobody has.
func (x *Index) Assigned(p trace.Prefix) (org ledger.ID, err error) {
	name := "g" + p.GS1
	if p.Issuer != "" {
		name = "i" + p.Issuer
	}
	err = x.view(func(txn *badger.Txn) error {
		b, err := get(txn, key('X', []byte(name)))
		copy(org[:], b)
		return err
	})
	return org, err
}

// Overlaps reports who has a GS1 prefix that begins with p, or with which p begins;
// the zero ID when nobody has.
func (x *Index) Overlaps(p string) (org ledger.ID, err error) {
	err = x.view(func(txn *badger.Txn) error {
		for n := 1; n < len(p); n++ {
			b, err := get(txn, key('X', []byte("g"+p[:n])))
			if copy(org[:], b); b != nil || err != nil {
				return err
			}
		}
		return scan(txn, key('X', []byte("g"+p)), nil, func(_, owner []byte) (bool, error) {
			copy(org[:], owner)
			return false, nil
		})
	})
	return org, err
}
