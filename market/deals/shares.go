package deals

import (
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Sale is an agreement of which an organisation is given a part of the price.
type Sale struct {
	market.Deal
	Parts  int         // of market.Whole
	Amount market.Dong // as the price was divided, or will be
	State  SaleState
}

// SaleState says whether a part of a price is to be had.
type SaleState string

const (
	Unpaid   SaleState = "unpaid"   // the provider has not confirmed the price
	Paid     SaleState = "paid"     // it has: the part is due
	Disputed SaleState = "disputed" // the operator is asked
	Returned SaleState = "returned" // the price is to be given back, or was, or is not to be paid
)

// Shared lists the sales of which an organisation is given a part, the last that came in
// force first; next is zero at the end. Due is the sum of all parts that are paid, and
// open that of those that are not yet.
func (x *Deals) Shared(org ledger.ID, from Page, limit int) (list []Sale, due, open market.Dong, next Page, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		return Page(0).each(txn, shareKey+raw(org), func(page Page, id string) (bool, error) {
			var d market.Deal
			if err := load(txn, dealKey+id, "agreement", &d); err != nil {
				return false, err
			}
			one := saleOf(d, org)
			switch one.State {
			case Paid:
				due += one.Amount
			case Unpaid:
				open += one.Amount
			}
			switch {
			case page < from:
			case len(list) < limit:
				list = append(list, one)
			case next == 0:
				next = page
			}
			return true, nil
		})
	})
	return list, due, open, next, err
}

// saleOf is what an organisation is given of an agreement.
func saleOf(d market.Deal, org ledger.ID) Sale {
	s := Sale{Deal: d, State: Unpaid}
	portions := d.Terms.Portions(d.Provider)
	if d.Bill != nil {
		switch d.Bill.State {
		case market.Confirmed:
			s.State = Paid
		case market.Disputed, market.Unreturned:
			s.State = Disputed
		case market.Due, market.Refunded, market.Void:
			s.State = Returned
		}
		if len(d.Bill.Portions) > 0 {
			portions = d.Bill.Portions
		}
	}
	if d.Bill == nil || d.Bill.State == market.Billed {
		if d.State == market.Revoked {
			s.State = Returned // nobody will pay it
		}
	}
	if i := slices.IndexFunc(d.Terms.Shares, func(one market.Share) bool { return one.Org == org }); i >= 0 {
		s.Parts = d.Terms.Shares[i].Parts
		s.Amount = portions[i+1].Amount // the provider's is the first
	}
	return s
}
