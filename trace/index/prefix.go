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
