// Package trade is the contract by which two organisations agree on a dataset and keep
// what they agreed: negotiation, agreement, transfer, payment. Who may send which
// message in which state is in the tables of package market; here is what else has to
// hold, and what a message changes.
//
// # Who is silent
//
// A negotiation that nobody answers is heard no more after [market.MaxSilence]. A
// provider that does not deliver in time lets the consumer stop the transfer and have
// the price back; a consumer that does not object in time has received; one that does
// not pay in time for what was delivered has no agreement any more. None of this needs
// a clock to act: whoever it serves sends the message, and the record time decides.
package trade

import (
	"encoding/json"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// State keys, one an entity.
const (
	negotiationKey = "tr|negotiation|" // + id: market.Negotiation
	dealKey        = "tr|deal|"        // + agreement's id: market.Deal
	heldKey        = "tr|held|"        // + dataset: held
	transferKey    = "tr|transfer|"    // + id: market.Transfer
	referenceKey   = "tr|reference|"   // + provider|reference: agreement's id
	bidKey         = "tr|bid|"         // + id: market.BidRecord
)

// Contract is the trade contract. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return market.TradeContract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	signer, err := registry.Signed(s, c)
	if err != nil {
		return nil, err
	}
	do, ok := actions[c.Action]
	if !ok {
		return nil, ledger.FieldErrorf(ledger.Invalid, "action", "trade has no action %q", c.Action)
	}
	a := &action{State: s, call: c, signer: signer}
	if err := do(a); err != nil {
		return nil, err
	}
	a.out.Member, a.out.Org = signer.Member, signer.Org
	return trace.Encode(a.out), nil
}

var actions = map[string]func(*action) error{
	market.ActionRequest:   one((*action).request),
	market.ActionPropose:   one((*action).propose),
	market.ActionAccept:    one((*action).accept),
	market.ActionAgree:     one((*action).agree),
	market.ActionVerify:    one((*action).verify),
	market.ActionFinalize:  one((*action).finalize),
	market.ActionTerminate: one((*action).terminate),
	market.ActionSuspend:   one((*action).rule),
	market.ActionResume:    one((*action).rule),
	market.ActionRevoke:    one((*action).rule),
	market.ActionEnd:       one((*action).rule),
	market.ActionTransfer:  one((*action).transfer),
	market.ActionStart:     one((*action).start),
	market.ActionComplete:  one((*action).received),
	market.ActionSettle:    one((*action).received),
	market.ActionPause:     one((*action).pause),
	market.ActionContinue:  one((*action).pause),
	market.ActionStop:      one((*action).stop),
	market.ActionObject:    one((*action).object),
	market.ActionBill:      one((*action).bill),
	market.ActionPay:       one((*action).pay),
	market.ActionRefund:    one((*action).refund),
	market.ActionConfirm:   one((*action).judge),
	market.ActionDispute:   one((*action).judge),
	market.ActionUphold:    one((*action).judge),
	market.ActionReturn:    one((*action).judge),
	market.ActionBid:       one((*action).bid),
	market.ActionClose:     one((*action).closeBid),
}

type action struct {
	ledger.State
	call   ledger.Call
	signer registry.Signer
	out    market.TradeOutcome
}

// one does something with the only item of a call, whose summary says what it is
// about.
func one[T any](do func(*action, T) error) func(*action) error {
	return func(a *action) error {
		items, err := trace.DecodeAll[T](a.call.Items)
		if err != nil {
			return err
		}
		if len(items) != 1 {
			return ledger.FieldErrorf(ledger.Invalid, "items", "one message is sent at a time")
		}
		about, err := market.About(a.call.Items[0])
		if err != nil {
			return err
		}
		if err := a.call.Says(market.TradeSummary(a.call.Action, about)); err != nil {
			return err
		}
		if err := do(a, items[0]); err != nil {
			return trace.AtItem(0, err)
		}
		return nil
	}
}

// side is whose member signed, with the role that the side's messages take.
func (a *action) side(provider, consumer ledger.ID) (market.Side, error) {
	switch {
	case a.signer.Org == provider:
		a.out.Side = market.Provider
	case a.signer.Org == consumer:
		a.out.Side = market.Consumer
	case a.signer.Kind == ledger.KindOperator:
		a.out.Side = market.Operator
		return a.out.Side, a.signer.Must(ledger.RoleAdmin)
	default:
		return "", ledger.Errorf(ledger.Forbidden, "this is between other organisations")
	}
	return a.out.Side, a.signer.Must(ledger.RolePublisher)
}

// next is the state that the message leads to.
func next[S ~string](a *action, moves market.Moves[S], state S, field string) (S, error) {
	to, ok := moves[market.Move[S]{State: state, Action: a.call.Action, By: a.out.Side}]
	if !ok {
		return "", ledger.FieldErrorf(ledger.Conflict, field, "is %q, where the %s cannot %s", state, a.out.Side, a.call.Action)
	}
	return to, nil
}

func load[T any](a *action, key, field string) (v T, err error) {
	v, known, err := find[T](a, key)
	if err == nil && !known {
		err = ledger.FieldErrorf(ledger.NotFound, field, "is not on the register")
	}
	return v, err
}

func find[T any](s ledger.StateReader, key string) (v T, known bool, err error) {
	return ledger.Load(s, key, func(b []byte) (v T, err error) {
		err = json.Unmarshal(b, &v)
		return v, err
	})
}

func (a *action) saveNegotiation(n market.Negotiation) {
	a.Put(negotiationKey+n.ID.String(), trace.Encode(n))
	a.out.Negotiation = &n
}

func (a *action) saveDeal(d market.Deal) {
	a.Put(dealKey+d.ID.String(), trace.Encode(d))
	a.out.Deal = &d
}

func (a *action) saveTransfer(t market.Transfer) {
	a.Put(transferKey+t.ID.String(), trace.Encode(t))
	a.out.Transfer = &t
}

func (a *action) saveBid(b market.BidRecord) {
	a.Put(bidKey+b.ID.String(), trace.Encode(b))
	a.out.Bid = &b
}

func needsReason(s string) error {
	if s == "" || len(s) > market.MaxReason {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing or has more than %d bytes", market.MaxReason)
	}
	return nil
}
