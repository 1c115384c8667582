package trade

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// deal loads an agreement and says whose member signed the message about it.
func (a *action) deal(id ledger.ID) (market.Deal, error) {
	d, err := load[market.Deal](a, dealKey+id.String(), "agreement")
	if err == nil {
		_, err = a.side(d.Provider, d.Consumer)
	}
	return d, err
}

// inForce refuses an agreement under which nothing is given now.
func (a *action) inForce(d market.Deal) error {
	if state := d.At(a.call.Time); state != market.InForce {
		return ledger.FieldErrorf(ledger.Conflict, "agreement", "is not in force but %q", state)
	}
	return nil
}

// rule changes whether an agreement is in force.
func (a *action) rule(in market.Ruling) error {
	d, err := a.deal(in.Agreement)
	if err != nil {
		return err
	}
	to, err := next(a, market.DealMoves, d.At(a.call.Time), "agreement")
	if err == nil {
		err = needsReason(in.Reason)
	}
	if err != nil {
		return err
	}
	if a.call.Action == market.ActionRevoke && a.out.Side == market.Provider && !d.Received {
		a.owedBack(&d)
	}
	a.change(&d, to, in.Reason)
	a.saveDeal(d)
	return nil
}

func (a *action) change(d *market.Deal, to market.DealState, why string) {
	d.State, d.Changed, d.By, d.Reason = to, a.call.Time, a.out.Side, why
}

// undone ends an agreement under which the provider did not give what it owed.
func (a *action) undone(d *market.Deal, why string) {
	a.owedBack(d)
	switch d.At(a.call.Time) {
	case market.InForce, market.Suspended, market.Barred:
		a.change(d, market.Revoked, why)
	}
}

// owedBack makes the provider owe back what was paid; what was not is no longer to be
// paid.
func (a *action) owedBack(d *market.Deal) {
	if d.Bill == nil {
		return
	}
	b := *d.Bill
	switch b.State {
	case market.Billed:
		b.State = market.Void
	case market.Declared, market.Confirmed, market.Disputed:
		b.State = market.Due
	default:
		return
	}
	b.Changed, b.By = a.call.Time, a.out.Side
	d.Bill = &b
}
