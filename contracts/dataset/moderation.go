package dataset

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// moderate is the operator's decision. Only the latest version is approved, so that
// nothing is that came after the operator looked; what harms is taken down whatever
// came since.
func (a *action) moderate(m market.Moderation) (market.Outcome, error) {
	none := market.Outcome{}
	l, err := Find(a, m.Dataset)
	switch {
	case err != nil:
		return none, err
	case !m.Standing.Valid():
		return none, ledger.FieldErrorf(ledger.Invalid, "standing", "%q is no decision", m.Standing)
	case m.Version < 1 || m.Version > l.Version:
		return none, ledger.FieldErrorf(ledger.NotFound, "version", "the latest version is %d", l.Version)
	case m.Standing == market.Approved && m.Version != l.Version:
		return none, ledger.FieldErrorf(ledger.Conflict, "version", "version %d came since", l.Version)
	case m.Standing == l.Standing:
		return none, ledger.FieldErrorf(ledger.Conflict, "standing", "is so already")
	}
	if err := reason(m.Reason); err != nil {
		return none, err
	}
	l.Standing = m.Standing
	saveListing(a, m.Dataset, l)
	return outcome(m.Dataset, l), nil
}

// clear lets a profile through, often before the first version is published.
func (a *action) clear(c market.Clearing) (market.Outcome, error) {
	none := market.Outcome{}
	switch {
	case c.Dataset.IsZero():
		return none, ledger.FieldErrorf(ledger.Invalid, "dataset", "is missing")
	case !trace.ValidCID(c.Profile):
		return none, ledger.FieldErrorf(ledger.Invalid, "profile", "%q is not a CIDv1 in base 32", c.Profile)
	}
	if err := reason(c.Reason); err != nil {
		return none, err
	}
	key := clearingKey(c.Dataset, c.Profile)
	if before, err := a.Get(key); err != nil {
		return none, err
	} else if before != nil {
		return none, ledger.FieldErrorf(ledger.Conflict, "profile", "was let through before")
	}
	l, _, err := loadListing(a, c.Dataset)
	if err != nil {
		return none, err
	}
	a.Put(key, []byte{'1'})
	return outcome(c.Dataset, l), nil
}

// grant lets the signer's organisation be counted in datasets made from the register,
// or ends that.
func (a *action) grant(g market.Grant) (market.Outcome, error) {
	none := market.Outcome{}
	switch {
	case g.Org != a.signer.Org:
		return none, ledger.FieldErrorf(ledger.Forbidden, "org", "is not the signer's, and nobody else may")
	case !g.Purpose.Valid():
		return none, ledger.FieldErrorf(ledger.Invalid, "purpose", "%q is no purpose", g.Purpose)
	case g.Ended && !g.Until.IsZero():
		return none, ledger.FieldErrorf(ledger.Invalid, "until", "what ends now ends at no other time")
	case !g.Until.IsZero() && g.Until <= a.call.Time:
		return none, ledger.FieldErrorf(ledger.Invalid, "until", "is over; it is %s", a.call.Time)
	}
	key := grantKey(g.Org, g.Purpose)
	before, given, err := ledger.Load(a, key, decode[market.Grant])
	switch {
	case err != nil:
		return none, err
	case g.Ended && !given:
		return none, ledger.FieldErrorf(ledger.Conflict, "ended", "there is no such leave")
	case g.Ended:
		a.Delete(key)
		return none, nil
	case given && before == g:
		return none, ledger.FieldErrorf(ledger.Conflict, "purpose", "this leave is given already")
	}
	a.Put(key, trace.Encode(g))
	return none, nil
}

func reason(s string) error {
	if s == "" || len(s) > market.MaxReason {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing or has more than %d bytes", market.MaxReason)
	}
	return nil
}
