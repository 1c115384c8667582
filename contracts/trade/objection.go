package trade

import (
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// object ends a transfer whose fraud is proved, and the agreement with it: the price is
// due back.
func (a *action) object(in market.Objection) error {
	t, d, err := a.moved(in.Transfer)
	if err != nil {
		return err
	}
	if by := d.ObjectBy(t); a.call.Time >= by {
		return ledger.FieldErrorf(ledger.Conflict, "transfer", "the time to object was over at %s", by)
	}
	f, err := dataset.FindFile(a, t.Dataset, t.Version, in.File)
	if err != nil {
		return err
	}
	if err := proved(t, f, in); err != nil {
		return err
	}
	t.Fraud = true
	const why = "what was handed over is not what was committed to"
	a.undone(&d, why)
	a.saveDeal(d)
	return a.keep(t, why)
}

// proved refuses an objection that shows nothing. Commitments that package seal does not
// know need no evidence: who published them meant that there could be none.
func proved(t market.Transfer, f market.File, in market.Objection) error {
	committed := f.Committed()
	key, given := t.Wrapped(f.Sealed.Key)
	switch {
	case committed.Validate() != nil:
		return nil
	case len(in.BadKey) > market.MaxEvidence || len(in.BadChunk) > market.MaxEvidence:
		return ledger.FieldErrorf(ledger.TooLarge, "badChunk", "evidence has at most %d bytes", market.MaxEvidence)
	case len(in.BadKey) > 0 && len(in.BadChunk) > 0:
		return ledger.FieldErrorf(ledger.Invalid, "badKey", "either the key is bad or a chunk")
	case len(in.BadChunk) > 0:
		e, err := seal.ParseEvidence(in.BadChunk)
		if err == nil {
			err = e.Verify(committed)
		}
		return refuted("badChunk", err)
	case !given:
		return nil
	case len(in.BadKey) == 0:
		return ledger.FieldErrorf(ledger.Conflict, "file", "its key was given, and nothing shows that it is bad")
	}
	to, err := seal.ParsePublicKey(t.Key)
	if err != nil {
		return err
	}
	return refuted("badKey", seal.VerifyBadKey(in.BadKey, key, to, t.Context(), committed))
}

// refuted names the evidence that shows nothing.
func refuted(field string, err error) error {
	if err == nil {
		return nil
	}
	return ledger.FieldErrorf(ledger.CodeOf(err), field, "%v", err)
}
