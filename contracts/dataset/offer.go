package dataset

import (
	"strconv"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// offer puts terms beside a dataset that anybody may agree to, once the operator has
// approved it.
func (a *action) offer(o market.Offer) (market.Outcome, error) {
	none := market.Outcome{}
	l, err := a.own(o.Dataset)
	if err != nil {
		return none, err
	}
	switch {
	case o.ID.IsZero():
		return none, ledger.FieldErrorf(ledger.Invalid, "id", "is missing")
	case l.Access == market.Listed:
		return none, ledger.FieldErrorf(ledger.Conflict, "dataset", "is only listed: nothing of it is handed out here")
	case l.Class == "":
		return none, ledger.FieldErrorf(ledger.Conflict, "dataset", "its latest version has no statement of what is offered")
	case l.Standing == market.Refused || l.Standing == market.Delisted:
		return none, ledger.FieldErrorf(ledger.Forbidden, "dataset", "the operator did not approve it")
	case !o.Until.IsZero() && o.Until <= a.call.Time:
		return none, ledger.FieldErrorf(ledger.Invalid, "until", "is over; it is %s", a.call.Time)
	case !trace.ValidCID(o.Policy):
		return none, ledger.FieldErrorf(ledger.Invalid, "policy", "%q is not a CIDv1 in base 32", o.Policy)
	}
	if err := o.Terms.Check(); err != nil {
		return none, err
	}
	for i, share := range o.Terms.Shares {
		known, err := registry.Known(a, share.Org)
		if err != nil {
			return none, err
		}
		if !known {
			return none, ledger.FieldErrorf(ledger.NotFound, "terms.shares["+strconv.Itoa(i)+"].org", "is not on the register")
		}
	}
	key := offerKey + o.ID.String()
	if made, err := a.Get(key); err != nil {
		return none, err
	} else if made != nil {
		return none, ledger.FieldErrorf(ledger.Conflict, "id", "there is an offer of this id")
	}
	a.Put(key, trace.Encode(Offered{Offer: o, Provider: l.Provider}))
	return outcome(o.Dataset, l), nil
}

// retract takes an offer back. What was agreed under it stays.
func (a *action) retract(r market.Retraction) (market.Outcome, error) {
	none := market.Outcome{}
	o, err := FindOffer(a, r.Offer)
	switch {
	case err != nil:
		return none, err
	case o.Provider != a.signer.Org:
		return none, ledger.FieldErrorf(ledger.Forbidden, "offer", "another organisation made it")
	case o.Retracted:
		return none, ledger.FieldErrorf(ledger.Conflict, "offer", "was taken back before")
	}
	l, err := Find(a, o.Dataset)
	if err != nil {
		return none, err
	}
	o.Retracted = true
	a.Put(offerKey+r.Offer.String(), trace.Encode(o))
	return outcome(o.Dataset, l), nil
}
