package trade

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// money loads an agreement and moves its bill on.
func (a *action) money(id ledger.ID) (d market.Deal, b market.Bill, err error) {
	if d, err = a.deal(id); err != nil {
		return d, b, err
	}
	if d.Bill != nil {
		b = *d.Bill
	}
	b.State, err = next(a, market.BillMoves, b.State, "bill")
	b.Changed, b.By = a.call.Time, a.out.Side
	return d, b, err
}

func (a *action) saveBill(d market.Deal, b market.Bill) error {
	d.Bill = &b
	a.saveDeal(d)
	return nil
}

func (a *action) bill(in market.Invoice) error {
	d, b, err := a.money(in.Agreement)
	switch {
	case err != nil:
		return err
	case d.State == market.Unsigned || d.State == market.Revoked:
		return ledger.FieldErrorf(ledger.Conflict, "agreement", "is not in force but %q", d.State)
	case in.Amount != d.Terms.Price || in.Amount == 0:
		return ledger.FieldErrorf(ledger.Conflict, "amount", "the price is %d", d.Terms.Price)
	case !plain(in.Reference, 1, market.MaxReference):
		return ledger.FieldErrorf(ledger.Invalid, "reference", "is not 1 to %d letters and digits", market.MaxReference)
	case (in.Bank == "") != (in.Account == "") || in.Bank != "" && !plain(in.Bank, market.BankDigits, market.BankDigits):
		return ledger.FieldErrorf(ledger.Invalid, "bank", "is not the %d digits of a bank, with an account", market.BankDigits)
	case !plain(in.Account, 0, market.MaxAccount):
		return ledger.FieldErrorf(ledger.Invalid, "account", "is not up to %d letters and digits", market.MaxAccount)
	case len(in.Number) > market.MaxInvoice:
		return ledger.FieldErrorf(ledger.TooLarge, "number", "has more than %d bytes", market.MaxInvoice)
	}
	key := referenceKey + d.Provider.String() + "|" + in.Reference
	if used, err := a.Get(key); err != nil {
		return err
	} else if used != nil {
		return ledger.FieldErrorf(ledger.Conflict, "reference", "is another bill's")
	}
	a.Put(key, []byte(d.ID.String()))
	b.Amount, b.Reference, b.Number, b.Billed = in.Amount, in.Reference, in.Number, a.call.Time
	b.To, b.Account = in.Bank, in.Account
	return a.saveBill(d, b)
}

// plain reports whether s has so many letters and digits and nothing else, as any bank
// passes it on.
func plain(s string, least, most int) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}

// pay declares that money was sent.
func (a *action) pay(in market.Payment) error {
	d, b, err := a.money(in.Agreement)
	if err == nil {
		err = bank(in.Bank)
	}
	if err != nil {
		return err
	}
	if d.At(a.call.Time) == market.Lapsed {
		return ledger.FieldErrorf(ledger.Conflict, "agreement", "was to be paid by %s, and is over", d.PayBy())
	}
	b.Bank = in.Bank
	return a.saveBill(d, b)
}

// refund declares that it was sent back, and ends the agreement.
func (a *action) refund(in market.Payment) error {
	d, b, err := a.money(in.Agreement)
	if err == nil {
		err = bank(in.Bank)
	}
	if err != nil {
		return err
	}
	b.Refund = in.Bank
	a.undone(&d, "")
	return a.saveBill(d, b)
}

func bank(s string) error {
	if len(s) > market.MaxBank {
		return ledger.FieldErrorf(ledger.TooLarge, "bank", "has more than %d bytes", market.MaxBank)
	}
	return nil
}

// judge confirms a payment, disputes it, or decides the dispute.
func (a *action) judge(in market.MoneyNote) error {
	d, b, err := a.money(in.Agreement)
	switch {
	case err != nil:
		return err
	case in.Evidence != "" && !trace.ValidCID(in.Evidence):
		return ledger.FieldErrorf(ledger.Invalid, "evidence", "%q is not a CIDv1 in base 32", in.Evidence)
	}
	if a.call.Action != market.ActionConfirm {
		if err := needsReason(in.Reason); err != nil {
			return err
		}
	} else if in != (market.MoneyNote{Agreement: in.Agreement}) {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "what is confirmed needs no reason and no evidence")
	}
	b.Reason, b.Evidence = in.Reason, in.Evidence
	if b.State == market.Confirmed && b.Settled.IsZero() {
		b.Settled, b.Portions = a.call.Time, d.Terms.Portions(d.Provider)
	}
	if a.call.Action == market.ActionReturn {
		a.undone(&d, in.Reason)
	}
	return a.saveBill(d, b)
}
