package trade

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

func (a *action) bid(in market.Bid) error {
	if in.Org != a.signer.Org {
		return ledger.FieldErrorf(ledger.Forbidden, "org", "is not the signer's")
	}
	if _, err := a.side(ledger.ID{}, in.Org); err != nil {
		return err
	}
	switch {
	case in.ID.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "id", "is missing")
	case !trace.ValidCID(in.Description):
		return ledger.FieldErrorf(ledger.Invalid, "description", "%q is not a CIDv1 in base 32", in.Description)
	case !in.Purpose.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "purpose", "%q is no purpose", in.Purpose)
	case !in.PassOn.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "passOn", "%q is not known", in.PassOn)
	case in.Days < 0 || in.Days > market.MaxDays:
		return ledger.FieldErrorf(ledger.Invalid, "days", "is not from 0 to %d", market.MaxDays)
	case in.Until <= a.call.Time:
		return ledger.FieldErrorf(ledger.Invalid, "until", "is over; it is %s", a.call.Time)
	}
	if _, known, err := find[market.BidRecord](a, bidKey+in.ID.String()); err != nil {
		return err
	} else if known {
		return ledger.FieldErrorf(ledger.Conflict, "id", "there is a bid of this id")
	}
	a.saveBid(market.BidRecord{Bid: in, Posted: a.call.Time})
	return nil
}

// closeBid ends a bid: its own organisation's, or the operator.
func (a *action) closeBid(in market.BidClosing) error {
	b, err := load[market.BidRecord](a, bidKey+in.Bid.String(), "bid")
	if err != nil {
		return err
	}
	if _, err := a.side(ledger.ID{}, b.Org); err != nil {
		return err
	}
	if b.Closed {
		return ledger.FieldErrorf(ledger.Conflict, "bid", "is closed already")
	}
	if err := needsReason(in.Reason); err != nil {
		return err
	}
	b.Closed, b.Reason = true, in.Reason
	a.saveBid(b)
	return nil
}
