package registry

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// mandate lets an organisation act for the signer, or takes that back. Nobody but
// the member itself does: neither an administrator, nor the operator, nor a device.
func (a *action) mandate(in trace.Mandate) error {
	if in.Member != a.signer.Member {
		return ledger.FieldErrorf(ledger.Forbidden, "member", "is not the signer, and only the member itself gives or withdraws a mandate")
	}
	if len(in.Reason) > maxWords {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "has more than %d bytes", maxWords)
	}
	if known, err := Known(a, in.Agent); err != nil || !known {
		return firstError(err, ledger.FieldErrorf(ledger.NotFound, "agent", "is not on the register"))
	}
	key := mandateKey + in.Member.String() + "|" + in.Agent.String()
	before, given, err := load[leave](a, key)
	if err != nil {
		return err
	}
	if in.Withdrawn {
		switch {
		case len(in.Actions) > 0 || in.Until != 0:
			return ledger.FieldErrorf(ledger.Invalid, "actions", "what is withdrawn is withdrawn whole: it names no actions and no time")
		case !given:
			return ledger.FieldErrorf(ledger.Conflict, "withdrawn", "there is no mandate for this organisation")
		}
		a.Delete(key)
		return nil
	}
	after, err := a.leave(in.Actions, in.Until)
	if err != nil {
		return err
	}
	if given && before.Until == after.Until && slices.Equal(slices.Sorted(slices.Values(before.Actions)), slices.Sorted(slices.Values(after.Actions))) {
		return ledger.FieldErrorf(ledger.Conflict, "actions", "the organisation has this mandate already")
	}
	save(a, key, after)
	return nil
}
