package deals

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Owed is what a side has to do next, and by when.
type Owed struct {
	Action   string // the message that does it
	By       market.Side
	Until    ledger.Time // zero where there is no time for it
	Transfer ledger.ID   // that it is about, where it is about one
}

// Owed lists what is waited for at a time, the parties' first.
func (c Course) Owed(now ledger.Time) (list []Owed) {
	add := func(action string, by market.Side, until ledger.Time, transfer ledger.ID) {
		list = append(list, Owed{action, by, until, transfer})
	}
	if !c.State.Over() && now < c.Expires() {
		action := map[market.NegotiationState]string{
			market.Requested: market.ActionAgree, market.Offered: market.ActionAccept, market.Accepted: market.ActionAgree,
			market.AgreedOn: market.ActionVerify, market.Verified: market.ActionFinalize,
		}[c.State]
		add(action, c.By.Other(), c.Expires(), ledger.ID{})
	}
	d := c.Deal
	if d == nil || d.State == market.Unsigned {
		return list
	}
	state := d.At(now)
	if bill := d.Bill; bill != nil {
		switch bill.State {
		case market.Billed:
			if state != market.Lapsed {
				add(market.ActionPay, market.Consumer, d.PayBy(), ledger.ID{})
			}
		case market.Declared:
			add(market.ActionConfirm, market.Provider, 0, ledger.ID{})
		case market.Due:
			add(market.ActionRefund, market.Provider, 0, ledger.ID{})
		case market.Disputed, market.Unreturned:
			add(market.ActionUphold, market.Operator, 0, ledger.ID{})
		}
	} else if d.Terms.Price > 0 && state != market.Revoked {
		add(market.ActionBill, market.Provider, 0, ledger.ID{})
	}
	for _, t := range c.Transfers {
		switch {
		case t.State == market.TransferRequested && state == market.InForce && d.Released() != 0:
			add(market.ActionStart, market.Provider, d.DeliverBy(t), t.ID)
		case t.State == market.TransferStarted && now < d.ObjectBy(t):
			add(market.ActionComplete, market.Consumer, d.ObjectBy(t), t.ID)
		case t.State == market.TransferStarted:
			add(market.ActionSettle, market.Provider, 0, t.ID)
		}
	}
	return list
}
