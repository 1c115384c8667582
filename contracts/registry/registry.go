// Package registry is the contract that knows who is who: organisations, their
// members' keys, places, products, prefixes, reference lists. The operator admits
// organisations; each organisation manages its own.
//
// Every action's items are one of the directory's types in package trace, as
// JSON, decoded strictly. The summary is [trace.DirectorySummary] of the action
// and its items.
package registry

import (
	"strconv"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Rules is the newest version of the rules of all contracts.
const Rules = 1

// Contract is the registry. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return trace.RegistryContract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	if c.Action == trace.ActionFound {
		return found(s, c)
	}
	do, ok := actions[c.Action]
	if !ok {
		return nil, ledger.FieldErrorf(ledger.Invalid, "action", "the registry has no action %q", c.Action)
	}
	if err := says(c); err != nil {
		return nil, err
	}
	signer, err := Signed(s, c)
	if err != nil {
		return nil, err
	}
	if err := do(&action{State: s, call: c, signer: signer}); err != nil {
		return nil, err
	}
	return trace.Encode(trace.RegistryOutcome{Member: signer.Member, Org: signer.Org}), nil
}

// actions are what there is to do once the register is founded.
var actions = map[string]func(*action) error{
	trace.ActionAdmit:   each((*action).admit),
	trace.ActionRefuse:  each((*action).refuse),
	trace.ActionStand:   each((*action).stand),
	trace.ActionHost:    each((*action).host),
	trace.ActionEnrol:   each((*action).enrol),
	trace.ActionProfile: each((*action).profile),
	trace.ActionMember:  each((*action).member),
	trace.ActionRotate:  one((*action).rotate),
	trace.ActionDevice:  each((*action).device),
	trace.ActionMandate: each((*action).mandate),
	trace.ActionRevoke:  each((*action).revoke),
	trace.ActionPrefix:  each((*action).prefix),
	trace.ActionPlace:   each((*action).place),
	trace.ActionProduct: each((*action).product),
	trace.ActionList:    each((*action).list),
	trace.ActionErase:   each((*action).erase),
	trace.ActionRules:   each((*action).rules),

	trace.ActionCheckpoint: one((*action).checkpoint),
}

type action struct {
	ledger.State
	call   ledger.Call
	signer Signer
}

// each does something with every item of a call, in order.
func each[T any](do func(*action, T) error) func(*action) error {
	return func(a *action) error {
		items, err := trace.DecodeAll[T](a.call.Items)
		if err != nil {
			return err
		}
		for i, v := range items {
			if err := do(a, v); err != nil {
				return trace.AtItem(i, err)
			}
		}
		return nil
	}
}

// one does something with the only item of a call.
func one[T any](do func(*action, T) error) func(*action) error {
	return func(a *action) error {
		if len(a.call.Items) != 1 {
			return ledger.FieldErrorf(ledger.Invalid, "items", "there is one")
		}
		return each(do)(a)
	}
}

func says(c ledger.Call) error { return c.Says(trace.DirectorySummary(c.Action, len(c.Items))) }

func (a *action) operator() error {
	if a.signer.Kind != ledger.KindOperator {
		return ledger.Errorf(ledger.Forbidden, "only the operator may do that")
	}
	return a.signer.Must(ledger.RoleAdmin)
}

// found is the first transaction: the key named in the genesis founds the
// operator's organisation.
func found(s ledger.State, c ledger.Call) ([]byte, error) {
	if err := says(c); err != nil {
		return nil, err
	}
	g, err := genesis(s)
	if err != nil {
		return nil, err
	}
	if c.Signer != g.Operator {
		return nil, ledger.Errorf(ledger.Forbidden, "only the key named in the genesis founds the register")
	}
	if done, err := s.Get(foundedKey); err != nil || done != nil {
		return nil, firstError(err, ledger.Errorf(ledger.Conflict, "the register is founded already"))
	}
	items, err := trace.DecodeAll[trace.Admission](c.Items)
	if err != nil {
		return nil, err
	}
	if len(items) != 1 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items", "one organisation founds the register")
	}
	in := items[0]
	if in.Org.Kind != ledger.KindOperator {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items[0].org.kind", "the founding organisation is the operator")
	}
	if in.Org.Host != "" {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items[0].org.host", "the operator's host is the one that the genesis names")
	}
	a := &action{State: s, call: c}
	if err := a.put(in); err != nil {
		return nil, trace.AtItem(0, err)
	}
	s.Put(foundedKey, []byte(c.ID.String()))
	return trace.Encode(trace.RegistryOutcome{Member: in.Member.Member, Org: in.Org.ID}), nil
}

func firstError(err error, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (a *action) rules(in trace.RulesVersion) error {
	if err := a.operator(); err != nil {
		return err
	}
	if in.Version != a.call.Rules+1 || in.Version > Rules {
		return ledger.FieldErrorf(ledger.Invalid, "version", "rules %d are in force and this release knows rules up to %d", a.call.Rules, Rules)
	}
	a.Put(ledger.RulesKey, []byte(strconv.FormatUint(uint64(in.Version), 10)))
	return nil
}
