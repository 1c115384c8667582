package trade

import (
	"slices"
	"strconv"

	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
	"github.com/sogoc/sogoc/trace"
)

// transfer asks for a version under an agreement in force.
func (a *action) transfer(in market.TransferRequest) error {
	d, err := a.deal(in.Agreement)
	if err != nil {
		return err
	}
	t, _, err := find[market.Transfer](a, transferKey+in.Transfer.String())
	if err != nil {
		return err
	}
	to, err := next(a, market.TransferMoves, t.State, "transfer")
	if err == nil {
		err = a.handedOut(d)
	}
	if err != nil {
		return err
	}
	l, err := dataset.Find(a, d.Dataset)
	switch {
	case err != nil:
		return err
	case in.Transfer.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "transfer", "is missing")
	case in.Version < 1 || in.Version > l.Version:
		return ledger.FieldErrorf(ledger.NotFound, "version", "the latest version is %d", l.Version)
	case !d.Gives(in.Version):
		return ledger.FieldErrorf(ledger.Forbidden, "version", "the agreement does not give this one")
	case d.Transfers >= market.MaxTransfers:
		return ledger.FieldErrorf(ledger.TooLarge, "agreement", "had %d transfers, which is all that there may be", d.Transfers)
	case (d.Kind == market.Files) != (len(in.Key) > 0):
		return ledger.FieldErrorf(ledger.Invalid, "key", "files are given by a key that theirs are wrapped to, and nothing else is")
	}
	if d.Kind == market.Files {
		if _, err := seal.ParsePublicKey(in.Key); err != nil {
			return err
		}
	}
	if in.Version > d.Version && d.Terms.Versions > 0 && !slices.Contains(d.Later, in.Version) {
		d.Later = append(d.Later, in.Version)
	}
	d.Transfers++
	a.saveDeal(d)
	a.saveTransfer(market.Transfer{
		ID: in.Transfer, Agreement: d.ID, Dataset: d.Dataset, Version: in.Version, Provider: d.Provider, Consumer: d.Consumer,
		State: to, Key: in.Key, Requested: a.call.Time, Changed: a.call.Time, By: a.out.Side,
	})
	return nil
}

// handedOut refuses an agreement under which nothing may change hands now.
func (a *action) handedOut(d market.Deal) error {
	if err := a.inForce(d); err != nil {
		return err
	}
	l, err := dataset.Find(a, d.Dataset)
	if err != nil {
		return err
	}
	return tradeable(l)
}

// moved loads a transfer and its agreement, and moves the transfer on.
func (a *action) moved(id ledger.ID) (t market.Transfer, d market.Deal, err error) {
	if t, err = load[market.Transfer](a, transferKey+id.String(), "transfer"); err != nil {
		return t, d, err
	}
	if d, err = a.deal(t.Agreement); err != nil {
		return t, d, err
	}
	t.State, err = next(a, market.TransferMoves, t.State, "transfer")
	return t, d, err
}

// keep records a transfer that the message changed.
func (a *action) keep(t market.Transfer, why string) error {
	if len(why) > market.MaxReason {
		return ledger.FieldErrorf(ledger.TooLarge, "reason", "has more than %d bytes", market.MaxReason)
	}
	t.Changed, t.By, t.Reason = a.call.Time, a.out.Side, why
	a.saveTransfer(t)
	return nil
}

// start hands over, once what it waits for has happened.
func (a *action) start(in market.TransferStart) error {
	t, d, err := a.moved(in.Transfer)
	if err == nil {
		err = a.handedOut(d)
	}
	if err != nil {
		return err
	}
	if d.Released() == 0 {
		return ledger.FieldErrorf(ledger.Conflict, "agreement", "waits for its payment to be confirmed")
	}
	if err := given(d.Kind, in); err != nil {
		return err
	}
	if err := wrapped(t, in.Keys); err != nil {
		return err
	}
	t.Keys, t.Token, t.Work, t.Started = in.Keys, in.Token, in.Work, a.call.Time
	return a.keep(t, "")
}

// given refuses what does not go with the kind of what is handed over.
func given(kind market.Kind, in market.TransferStart) error {
	keys, token, work := len(in.Keys) > 0, !in.Token.IsZero(), len(in.Work) > 0
	switch {
	case keys != (kind == market.Files) || len(in.Keys) > market.MaxFiles:
		return ledger.FieldErrorf(ledger.Invalid, "keys", "files are handed over by 1 to %d wrapped keys, and nothing else is", market.MaxFiles)
	case token != (kind == market.API):
		return ledger.FieldErrorf(ledger.Invalid, "token", "a data service is opened by a token, and nothing else is")
	case work != (kind == market.Service) || len(in.Work) > market.MaxFiles:
		return ledger.FieldErrorf(ledger.Invalid, "work", "work is delivered as 1 to %d payloads, and nothing else is", market.MaxFiles)
	}
	for i, cid := range in.Work {
		if !trace.ValidCID(cid) {
			return ledger.FieldErrorf(ledger.Invalid, "work["+strconv.Itoa(i)+"]", "%q is not a CIDv1 in base 32", cid)
		}
	}
	return nil
}

// wrapped refuses keys that were not wrapped for the consumer and this transfer; that
// they open what they should is for the consumer to find out, and to prove.
func wrapped(t market.Transfer, keys []market.WrappedKey) error {
	if len(keys) == 0 {
		return nil
	}
	to, err := seal.ParsePublicKey(t.Key)
	if err != nil {
		return err
	}
	seen := map[ledger.Hash]bool{}
	for i, k := range keys {
		field := "keys[" + strconv.Itoa(i) + "]"
		if seen[k.Key] {
			return ledger.FieldErrorf(ledger.Invalid, field+".key", "has a wrapped key already")
		}
		seen[k.Key] = true
		if err := seal.CheckWrapped(k.Wrapped, to, t.Context()); err != nil {
			return ledger.FieldErrorf(ledger.CodeOf(err), field+".wrapped", "%v", err)
		}
	}
	return nil
}

// received is a receipt: the consumer's, or its silence.
func (a *action) received(in market.TransferNote) error {
	t, d, err := a.moved(in.Transfer)
	if err != nil {
		return err
	}
	if by := d.ObjectBy(t); a.call.Action == market.ActionSettle && a.call.Time < by {
		return ledger.FieldErrorf(ledger.Conflict, "transfer", "the consumer may object until %s", by)
	}
	if !d.Received {
		d.Received = true
		a.saveDeal(d)
	}
	return a.keep(t, in.Reason)
}

// pause suspends a transfer, or continues one that the signer's side suspended.
func (a *action) pause(in market.TransferNote) error {
	t, d, err := a.moved(in.Transfer)
	if err != nil {
		return err
	}
	if a.call.Action == market.ActionContinue {
		if t.By != a.out.Side {
			return ledger.FieldErrorf(ledger.Forbidden, "transfer", "the %s suspended it", t.By)
		}
		if err := a.handedOut(d); err != nil {
			return err
		}
	}
	return a.keep(t, in.Reason)
}

// stop ends a transfer. A consumer to which nothing came in time has the price back,
// and the agreement is over.
func (a *action) stop(in market.TransferNote) error {
	t, d, err := a.moved(in.Transfer)
	if err == nil {
		err = needsReason(in.Reason)
	}
	if err != nil {
		return err
	}
	if in.Silent {
		by := d.DeliverBy(t)
		if a.out.Side != market.Consumer || !t.Started.IsZero() || by == 0 || a.call.Time < by {
			return ledger.FieldErrorf(ledger.Conflict, "silent", "the provider is not late")
		}
		a.undone(&d, in.Reason)
		a.saveDeal(d)
	}
	return a.keep(t, in.Reason)
}
