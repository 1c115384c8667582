package deals

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Legal is a message that a side may send next.
type Legal struct {
	Action   string
	Transfer ledger.ID // that it is about, where it is about one
}

// Legal lists what a side may send at a time, by the tables of the contract: what goes
// on first, what ends it last.
func (c Course) Legal(by market.Side, now ledger.Time) (list []Legal) {
	add := func(allowed bool, action string, transfer ledger.ID) {
		if allowed {
			list = append(list, Legal{action, transfer})
		}
	}
	heard := now < c.Expires() && c.Messages < market.MaxMessages
	for _, action := range []string{market.ActionAccept, market.ActionAgree, market.ActionVerify, market.ActionFinalize, market.ActionRequest, market.ActionPropose, market.ActionTerminate} {
		add((heard || action == market.ActionTerminate) && market.NegotiationMoves.Allows(c.State, action, by), action, ledger.ID{})
	}
	if c.Deal == nil || c.Deal.State == market.Unsigned {
		return list
	}
	state := c.Deal.At(now)
	for _, t := range c.Transfers {
		for _, action := range []string{market.ActionStart, market.ActionComplete, market.ActionSettle, market.ActionContinue, market.ActionObject, market.ActionPause, market.ActionStop} {
			add(market.TransferMoves.Allows(t.State, action, by) && c.timely(t, action, by, state, now), action, t.ID)
		}
	}
	add(state == market.InForce && market.TransferMoves.Allows("", market.ActionTransfer, by), market.ActionTransfer, ledger.ID{})
	bill := market.BillState("")
	if c.Deal.Bill != nil {
		bill = c.Deal.Bill.State
	}
	for _, action := range []string{market.ActionBill, market.ActionPay, market.ActionConfirm, market.ActionUphold, market.ActionReturn, market.ActionRefund, market.ActionDispute} {
		allowed := market.BillMoves.Allows(bill, action, by)
		if action == market.ActionBill {
			allowed = allowed && c.Deal.Terms.Price > 0 && state != market.Revoked
		}
		add(allowed && (action != market.ActionPay || state != market.Lapsed), action, ledger.ID{})
	}
	for _, action := range []string{market.ActionResume, market.ActionSuspend, market.ActionEnd, market.ActionRevoke} {
		add(market.DealMoves.Allows(state, action, by), action, ledger.ID{})
	}
	return list
}

// timely reports whether a message about a transfer is neither too early nor too late.
func (c Course) timely(t market.Transfer, action string, by market.Side, state market.DealState, now ledger.Time) bool {
	switch action {
	case market.ActionStart:
		return state == market.InForce && c.Deal.Released() != 0
	case market.ActionSettle:
		return now >= c.Deal.ObjectBy(t)
	case market.ActionObject:
		return now < c.Deal.ObjectBy(t)
	case market.ActionContinue:
		return state == market.InForce && t.By == by
	}
	return true
}
