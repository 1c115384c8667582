package trade

import (
	"bytes"
	"strconv"

	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// say moves a negotiation on by the signer's message.
func (a *action) say(n *market.Negotiation) error {
	side, err := a.side(n.Provider, n.Consumer)
	if err != nil {
		return err
	}
	to, err := next(a, market.NegotiationMoves, n.State, "negotiation")
	switch {
	case err != nil:
		return err
	case a.call.Action == market.ActionTerminate, n.Messages == 0:
	case n.Messages >= market.MaxMessages:
		return ledger.FieldErrorf(ledger.TooLarge, "negotiation", "there were %d messages, and it can only be terminated", n.Messages)
	case a.call.Time >= n.Expires():
		return ledger.FieldErrorf(ledger.Conflict, "negotiation", "nobody answered until %s, and it can only be terminated", n.Expires())
	}
	n.State, n.By, n.Last, n.Messages = to, side, a.call.Time, n.Messages+1
	return nil
}

func (a *action) request(in market.Request) error {
	n, known, err := find[market.Negotiation](a, negotiationKey+in.Negotiation.String())
	if err != nil {
		return err
	}
	if known && n.Dataset != in.Dataset {
		return ledger.FieldErrorf(ledger.Conflict, "dataset", "is another than the negotiation's")
	}
	l, err := dataset.Find(a, in.Dataset)
	if err != nil {
		return err
	}
	if !known {
		n = market.Negotiation{ID: in.Negotiation, Dataset: in.Dataset, Provider: l.Provider, Consumer: a.signer.Org}
		switch {
		case n.ID.IsZero():
			return ledger.FieldErrorf(ledger.Invalid, "negotiation", "is missing")
		case n.Provider == n.Consumer:
			return ledger.FieldErrorf(ledger.Forbidden, "dataset", "is the signer's own")
		}
	}
	if err := a.say(&n); err != nil {
		return err
	}
	if err := tradeable(l); err != nil {
		return err
	}
	if n.Terms, err = a.asked(in); err != nil {
		return err
	}
	n.Offer, n.Basis = in.Offer, in.Basis
	if n.Basis != "" && a.signer.Kind != ledger.KindAgency {
		return ledger.FieldErrorf(ledger.Forbidden, "basis", "only an agency is given access by law")
	}
	if err := a.termed(n); err != nil {
		return err
	}
	a.saveNegotiation(n)
	return nil
}

// asked are the terms that a request names.
func (a *action) asked(in market.Request) (market.Terms, error) {
	switch {
	case (in.Terms == nil) == in.Offer.IsZero():
		return market.Terms{}, ledger.FieldErrorf(ledger.Invalid, "terms", "a request names either an offer or terms of its own")
	case in.Terms != nil:
		return *in.Terms, nil
	}
	o, err := dataset.FindOffer(a, in.Offer)
	switch {
	case err != nil:
		return market.Terms{}, err
	case o.Dataset != in.Dataset:
		return market.Terms{}, ledger.FieldErrorf(ledger.Conflict, "offer", "is for another dataset")
	case !o.Open(a.call.Time):
		return market.Terms{}, ledger.FieldErrorf(ledger.Conflict, "offer", "is not in force any more")
	}
	return o.Terms, nil
}

// termed refuses terms that cannot be kept, or that do not go with their basis.
func (a *action) termed(n market.Negotiation) error {
	switch {
	case len(n.Basis) > market.MaxBasis:
		return ledger.FieldErrorf(ledger.TooLarge, "basis", "has more than %d bytes", market.MaxBasis)
	case n.Basis != "" && n.Terms.Price > 0:
		return ledger.FieldErrorf(ledger.Conflict, "terms.price", "access by law costs nothing")
	}
	if err := n.Terms.Check(); err != nil {
		return err
	}
	for i, share := range n.Terms.Shares {
		known, err := registry.Known(a, share.Org)
		if err != nil {
			return err
		}
		if !known {
			return ledger.FieldErrorf(ledger.NotFound, "terms.shares["+strconv.Itoa(i)+"].org", "is not on the register")
		}
	}
	return nil
}

// tradeable refuses what nobody can agree on.
func tradeable(l dataset.Listing) error {
	switch {
	case l.Access == market.Listed:
		return ledger.FieldErrorf(ledger.Conflict, "dataset", "is only listed: nothing of it is handed out here")
	case l.Access == market.Open && l.Kind == market.Files:
		return ledger.FieldErrorf(ledger.Conflict, "dataset", "is open to everybody")
	case l.Standing != market.Approved:
		return ledger.FieldErrorf(ledger.Forbidden, "dataset", "the operator has not approved it")
	}
	return nil
}

func (a *action) propose(in market.Proposal) error {
	n, known, err := find[market.Negotiation](a, negotiationKey+in.Negotiation.String())
	if err != nil {
		return err
	}
	if known && (n.Dataset != in.Dataset || !in.Bid.IsZero()) {
		return ledger.FieldErrorf(ledger.Conflict, "dataset", "is another than the negotiation's, or a bid is named where the negotiation is under way")
	}
	l, err := dataset.Find(a, in.Dataset)
	if err != nil {
		return err
	}
	if !known {
		if n, err = a.answers(in, l); err != nil {
			return err
		}
	}
	if err := a.say(&n); err != nil {
		return err
	}
	if err := tradeable(l); err != nil {
		return err
	}
	n.Terms, n.Offer = in.Terms, ledger.ID{}
	if err := a.termed(n); err != nil {
		return err
	}
	a.saveNegotiation(n)
	return nil
}

// answers begins a negotiation with who posted a bid.
func (a *action) answers(in market.Proposal, l dataset.Listing) (n market.Negotiation, err error) {
	switch {
	case in.Negotiation.IsZero():
		return n, ledger.FieldErrorf(ledger.Invalid, "negotiation", "is missing")
	case l.Provider != a.signer.Org:
		return n, ledger.FieldErrorf(ledger.Forbidden, "dataset", "another organisation publishes it")
	case in.Bid.IsZero():
		return n, ledger.FieldErrorf(ledger.NotFound, "negotiation", "is not on the register, and no bid is answered")
	}
	b, err := load[market.BidRecord](a, bidKey+in.Bid.String(), "bid")
	switch {
	case err != nil:
		return n, err
	case !b.Open(a.call.Time):
		return n, ledger.FieldErrorf(ledger.Conflict, "bid", "is closed")
	case b.Org == a.signer.Org:
		return n, ledger.FieldErrorf(ledger.Forbidden, "bid", "is the signer's own")
	}
	return market.Negotiation{ID: in.Negotiation, Dataset: in.Dataset, Provider: l.Provider, Consumer: b.Org, Bid: b.ID}, nil
}

// heard loads a negotiation and moves it on.
func (a *action) heard(id ledger.ID) (market.Negotiation, error) {
	n, err := load[market.Negotiation](a, negotiationKey+id.String(), "negotiation")
	if err == nil {
		err = a.say(&n)
	}
	return n, err
}

func (a *action) accept(in market.Acceptance) error {
	n, err := a.heard(in.Negotiation)
	if err != nil {
		return err
	}
	a.saveNegotiation(n)
	return nil
}

// agree writes down what the provider signs: nothing but what was put forward last.
func (a *action) agree(in market.Agreement) error {
	n, err := a.heard(in.Negotiation)
	if err != nil {
		return err
	}
	l, err := dataset.Find(a, n.Dataset)
	if err != nil {
		return err
	}
	if err := tradeable(l); err != nil {
		return err
	}
	_, known, err := find[market.Deal](a, dealKey+in.ID.String())
	switch {
	case err != nil:
		return err
	case in.ID.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "id", "is missing")
	case known:
		return ledger.FieldErrorf(ledger.Conflict, "id", "there is an agreement of this id")
	case in.Dataset != n.Dataset || in.Provider != n.Provider || in.Consumer != n.Consumer || in.Basis != n.Basis:
		return ledger.FieldErrorf(ledger.Conflict, "negotiation", "is about another dataset, between others, or on another basis")
	case !bytes.Equal(trace.Encode(in.Terms), trace.Encode(n.Terms)):
		return ledger.FieldErrorf(ledger.Conflict, "terms", "are not those that were put forward last")
	case in.Version < 1 || in.Version > l.Version:
		return ledger.FieldErrorf(ledger.NotFound, "version", "the latest version is %d", l.Version)
	case !trace.ValidCID(in.Document):
		return ledger.FieldErrorf(ledger.Invalid, "document", "%q is not a CIDv1 in base 32", in.Document)
	}
	if _, err := a.room(in.Dataset, in.Terms.Exclusive); err != nil {
		return err
	}
	n.Agreement = in.ID
	a.saveNegotiation(n)
	a.saveDeal(market.Deal{Agreement: in, Kind: l.Kind, Changed: a.call.Time, By: a.out.Side})
	return nil
}

func (a *action) verify(in market.Verification) error {
	n, d, err := a.signing(in.Negotiation)
	if err != nil {
		return err
	}
	if in.Document != d.Document {
		return ledger.FieldErrorf(ledger.Conflict, "document", "is not the one that the provider signed")
	}
	a.saveNegotiation(n)
	d.Changed, d.By = a.call.Time, a.out.Side
	a.saveDeal(d)
	return nil
}

// finalize puts the agreement in force, if there is still room for it.
func (a *action) finalize(in market.Finalization) error {
	n, d, err := a.signing(in.Negotiation)
	if err != nil {
		return err
	}
	l, err := dataset.Find(a, n.Dataset)
	if err != nil {
		return err
	}
	if err := tradeable(l); err != nil {
		return err
	}
	d.State, d.Since, d.Changed, d.By = market.InForce, a.call.Time, a.call.Time, a.out.Side
	if err := a.hold(d); err != nil {
		return err
	}
	a.saveNegotiation(n)
	a.saveDeal(d)
	return nil
}

// signing is a negotiation whose agreement was written down.
func (a *action) signing(id ledger.ID) (n market.Negotiation, d market.Deal, err error) {
	if n, err = a.heard(id); err == nil {
		d, err = load[market.Deal](a, dealKey+n.Agreement.String(), "agreement")
	}
	return n, d, err
}

func (a *action) terminate(in market.Termination) error {
	n, err := a.heard(in.Negotiation)
	if err == nil {
		err = needsReason(in.Reason)
	}
	if err != nil {
		return err
	}
	n.Reason = in.Reason
	a.saveNegotiation(n)
	return nil
}
