// Package dataset is the contract that keeps what was published and what it is
// offered for: each version of a dataset names its files by content, its licence and
// what it derives from; the operator approves it, or takes it off the catalogue.
package dataset

import (
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// Contract is the dataset contract. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return market.DatasetContract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	signer, err := registry.Signed(s, c)
	if err != nil {
		return nil, err
	}
	do, ok := actions[c.Action]
	if !ok {
		return nil, ledger.FieldErrorf(ledger.Invalid, "action", "dataset has no action %q", c.Action)
	}
	out, err := do(&action{State: s, call: c, signer: signer})
	if err != nil {
		return nil, err
	}
	out.Member, out.Org = signer.Member, signer.Org
	return trace.Encode(out), nil
}

var actions = map[string]func(*action) (market.Outcome, error){
	market.ActionPublish:  one(market.PublishSummary, (*action).publisher, (*action).publish),
	market.ActionOffer:    one(market.OfferSummary, (*action).publisher, (*action).offer),
	market.ActionRetract:  one(market.RetractSummary, (*action).publisher, (*action).retract),
	market.ActionModerate: one(market.ModerateSummary, (*action).operator, (*action).moderate),
	market.ActionClear:    one(market.ClearSummary, (*action).operator, (*action).clear),
	market.ActionGrant:    one(market.GrantSummary, (*action).administrator, (*action).grant),
}

type action struct {
	ledger.State
	call   ledger.Call
	signer registry.Signer
}

// one does something with the only item of a call, where the signer may and the
// summary says so.
func one[T any](summary func(T) string, may func(*action) error, do func(*action, T) (market.Outcome, error)) func(*action) (market.Outcome, error) {
	return func(a *action) (market.Outcome, error) {
		if err := may(a); err != nil {
			return market.Outcome{}, err
		}
		items, err := trace.DecodeAll[T](a.call.Items)
		if err != nil {
			return market.Outcome{}, err
		}
		if len(items) != 1 {
			return market.Outcome{}, ledger.FieldErrorf(ledger.Invalid, "items", "there is one at a time")
		}
		if err := a.call.Says(summary(items[0])); err != nil {
			return market.Outcome{}, err
		}
		out, err := do(a, items[0])
		if err != nil {
			return market.Outcome{}, trace.AtItem(0, err)
		}
		return out, nil
	}
}

func (a *action) publisher() error     { return a.signer.Must(ledger.RolePublisher) }
func (a *action) administrator() error { return a.signer.Must(ledger.RoleAdmin) }

func (a *action) operator() error {
	if a.signer.Kind != ledger.KindOperator {
		return ledger.Errorf(ledger.Forbidden, "only the operator may do that")
	}
	return a.signer.Must(ledger.RoleAdmin)
}

// own is a dataset that the signer's organisation publishes.
func (a *action) own(id ledger.ID) (Listing, error) {
	l, err := Find(a, id)
	if err == nil && l.Provider != a.signer.Org {
		err = ledger.FieldErrorf(ledger.Forbidden, "dataset", "another organisation publishes it")
	}
	return l, err
}

func outcome(id ledger.ID, l Listing) market.Outcome {
	return market.Outcome{Dataset: id, Provider: l.Provider, Version: l.Version, Standing: l.Standing, Class: l.Class}
}
