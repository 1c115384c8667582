package catalog

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

func grantKey(org ledger.ID, purpose market.Purpose) []byte {
	return append(named(grantPrefix, org), purpose...)
}

// grant keeps the leave of an organisation to be counted, or its end.
func (a *applying) grant(g market.Grant) error {
	if g.Ended {
		return a.batch.Delete(grantKey(g.Org, g.Purpose))
	}
	return a.set(grantKey(g.Org, g.Purpose), g)
}

// Grants are the leaves that an organisation gave to be counted in datasets made from the
// register, and did not end; zero is every organisation.
func (x *Catalog) Grants(org ledger.ID) (list []market.Grant, err error) {
	prefix := []byte(grantPrefix)
	if !org.IsZero() {
		prefix = named(grantPrefix, org)
	}
	err = x.db.View(func(txn *badger.Txn) error {
		return scan(txn, prefix, prefix, func(_, value []byte) (bool, error) {
			var g market.Grant
			err := json.Unmarshal(value, &g)
			list = append(list, g)
			return true, err
		})
	})
	slices.SortFunc(list, func(a, b market.Grant) int {
		return cmp.Or(slices.Compare(a.Org[:], b.Org[:]), cmp.Compare(a.Purpose, b.Purpose))
	})
	return list, err
}

// Counted are the organisations that may be counted for a purpose at a time.
func (x *Catalog) Counted(purpose market.Purpose, at ledger.Time) (map[ledger.ID]bool, error) {
	list, err := x.Grants(ledger.ID{})
	if err != nil {
		return nil, err
	}
	all := map[ledger.ID]bool{}
	for _, g := range list {
		if (g.Purpose == purpose || g.Purpose == market.PurposeAny) && (g.Until.IsZero() || at < g.Until) {
			all[g.Org] = true
		}
	}
	return all, nil
}
