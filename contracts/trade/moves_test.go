package trade_test

import (
	"maps"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

var sides = []market.Side{market.Provider, market.Consumer, market.Operator, ""}

// paths lead to every state there is.
var negotiationPaths = map[market.NegotiationState][]string{
	"":                {},
	market.Requested:  {"consumer request"},
	market.Offered:    {"consumer request", "provider propose"},
	market.Accepted:   {"consumer request", "provider propose", "consumer accept"},
	market.AgreedOn:   {"consumer request", "provider agree"},
	market.Verified:   {"consumer request", "provider agree", "consumer verify"},
	market.Finalized:  {"consumer request", "provider agree", "consumer verify", "provider finalize"},
	market.Terminated: {"consumer request", "provider terminate"},
}

// TestNegotiationMoves tries every message of every side in every state.
func TestNegotiationMoves(t *testing.T) {
	actions := []string{market.ActionRequest, market.ActionPropose, market.ActionAccept, market.ActionAgree, market.ActionVerify, market.ActionFinalize, market.ActionTerminate}
	every(t, market.NegotiationMoves, negotiationPaths, actions, (*floor).course, func(c *course) market.NegotiationState { return c.out.Negotiation.State })
}

func TestDealMoves(t *testing.T) {
	paths := map[market.DealState][]string{
		market.InForce:   {},
		market.Suspended: {"provider suspend"},
		market.Barred:    {"operator suspend"},
		market.Revoked:   {"provider revoke"},
		market.Ended:     {"consumer end"},
	}
	actions := []string{market.ActionSuspend, market.ActionResume, market.ActionRevoke, market.ActionEnd}
	every(t, market.DealMoves, paths, actions, (*floor).signed, func(c *course) market.DealState { return c.out.Deal.State })
}

// paidFor is a course whose provider may start transfers.
func (f *floor) paidFor() *course {
	return f.signed().do("provider bill", "provider confirm")
}

func TestTransferMoves(t *testing.T) {
	paths := map[market.TransferState][]string{
		"":                        {},
		market.TransferRequested:  {"consumer transfer"},
		market.TransferStarted:    {"consumer transfer", "provider start"},
		market.TransferSuspended:  {"consumer transfer", "provider start", "consumer pause"},
		market.TransferCompleted:  {"consumer transfer", "provider start", "consumer complete"},
		market.TransferTerminated: {"consumer transfer", "provider stop"},
	}
	actions := []string{market.ActionTransfer, market.ActionStart, market.ActionComplete, market.ActionPause, market.ActionStop}
	state := func(c *course) market.TransferState { return c.out.Transfer.State }
	every(t, market.TransferMoves, paths, actions, (*floor).paidFor, state)

	// Who paused continues; when objections are over, silence is a receipt.
	for _, by := range []string{"provider", "consumer"} {
		paths[market.TransferSuspended] = []string{"consumer transfer", "provider start", by + " pause"}
		only := market.Moves[market.TransferState]{
			{State: market.TransferSuspended, Action: market.ActionContinue, By: market.Side(by)}: market.TransferStarted,
		}
		every(t, only, paths, []string{market.ActionContinue}, (*floor).paidFor, state)
	}
	// Whose file's key was not given has nothing else to prove.
	withheld := func(f *floor) *course {
		c := f.paidFor()
		c.withheld = true
		return c
	}
	every(t, market.TransferMoves, paths, []string{market.ActionObject}, withheld, state)
	f := newFloor(t)
	for from, path := range paths {
		for _, by := range sides {
			c := f.paidFor().do(path...)
			f.after(8 * day)
			try(t, c, market.TransferMoves, from, market.ActionSettle, by, state)
		}
	}
}

func TestBillMoves(t *testing.T) {
	paths := map[market.BillState][]string{
		"":                {},
		market.Billed:     {"provider bill"},
		market.Declared:   {"provider bill", "consumer pay"},
		market.Confirmed:  {"provider bill", "consumer pay", "provider confirm"},
		market.Disputed:   {"provider bill", "consumer dispute"},
		market.Due:        {"provider bill", "consumer dispute", "operator return"},
		market.Refunded:   {"provider bill", "consumer pay", "provider refund"},
		market.Unreturned: {"provider bill", "consumer pay", "provider refund", "consumer dispute"},
		market.Void:       {"provider bill", "provider revoke"},
	}
	actions := []string{market.ActionBill, market.ActionPay, market.ActionConfirm, market.ActionRefund, market.ActionDispute, market.ActionUphold, market.ActionReturn}
	every(t, market.BillMoves, paths, actions, (*floor).signed, func(c *course) market.BillState { return c.out.Deal.Bill.State })
}

// every tries every message of every side in every state.
func every[S ~string](t *testing.T, moves market.Moves[S], paths map[S][]string, actions []string, begin func(*floor) *course, state func(*course) S) {
	t.Helper()
	f := newFloor(t)
	for from, path := range paths {
		for _, action := range actions {
			for _, by := range sides {
				if from != "" || !elsewhere(action, by) {
					try(t, begin(f).do(path...), moves, from, action, by, state)
				}
			}
		}
	}
}

// elsewhere reports first messages that other tests are about: anybody who asks is a
// consumer, and who proposes first answers a bid.
func elsewhere(action string, by market.Side) bool {
	return action == market.ActionRequest && by != market.Provider && by != market.Consumer ||
		action == market.ActionPropose && by == market.Provider
}

// try sends one message: what the table has leads where it says, and is refused when
// it is sent again in another transaction; what the table has not is refused and
// leaves nothing.
func try[S ~string](t *testing.T, c *course, moves market.Moves[S], from S, action string, by market.Side, state func(*course) S) {
	t.Helper()
	to, legal := moves[market.Move[S]{State: from, Action: action, By: by}]
	if legal {
		if err := c.send(by, action); err != nil || state(c) != to {
			t.Errorf("%q, %s of the %s: %v, %+v", from, action, by, err, c.out)
			return
		}
		if moves.Allows(to, action, by) {
			return
		}
	}
	before := c.State()
	code := ledger.CodeOf(c.send(by, action))
	if code != ledger.Conflict && (legal || code != ledger.Forbidden && code != ledger.NotFound) {
		t.Errorf("%q, %s of %q, where it is out of place: %s", from, action, by, code)
	}
	if !maps.Equal(before, c.State()) {
		t.Errorf("%q, %s of %q: something is left", from, action, by)
	}
}
