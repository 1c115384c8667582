package traceability

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Bounds of what a fact may hold. An event that needs more is several events.
const (
	maxHash  = 200  // bytes
	maxWords = 1000 // bytes of what is written for people
	maxRefs  = 100  // sources, destinations, corrections
)

// check refuses a fact that breaks its format. The node's codec said the same
// before; a contract trusts no node.
func (e *event) check() error {
	f := e.f
	latest := e.call.Time.Add(FutureBound)
	switch {
	case f.Event == "" || len(f.Event) > trace.MaxID:
		return ledger.FieldErrorf(ledger.Invalid, "event", "is missing or has more than %d bytes", trace.MaxID)
	case f.Hash == "" || len(f.Hash) > maxHash:
		return ledger.FieldErrorf(ledger.Invalid, "hash", "is missing or has more than %d bytes", maxHash)
	case !trace.ValidCID(f.Payload):
		return ledger.FieldErrorf(ledger.Invalid, "payload", "%q is not a CIDv1 in base 32", f.Payload)
	case !f.Audience.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "audience", "%q is not public, parties or own", f.Audience)
	case f.Time.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "time", "is missing")
	case f.Time > latest:
		return ledger.FieldErrorf(ledger.Invalid, "time", "%s lies in the future; it is %s", f.Time, e.call.Time)
	case f.Wait < 0 || f.Wait > trace.MaxWait || f.Wait > 0 && f.Type != trace.ObjectEvent:
		return ledger.FieldErrorf(ledger.Invalid, "wait", "is not 1 to %d days of an ObjectEvent", trace.MaxWait)
	case f.Error != nil && f.Error.Time > latest:
		return ledger.FieldErrorf(ledger.Invalid, "error.time", "%s lies in the future; it is %s", f.Error.Time, e.call.Time)
	case len(f.Objects)+len(f.Inputs)+len(f.Outputs) > trace.MaxStock:
		return ledger.FieldErrorf(ledger.TooLarge, "objects", "there are more than %d identifiers", trace.MaxStock)
	case len(f.From) > maxRefs || len(f.To) > maxRefs || f.Error != nil && len(f.Error.Corrections) > maxRefs:
		return ledger.FieldErrorf(ledger.TooLarge, "to", "there are more than %d sources, destinations or corrections", maxRefs)
	}
	if err := e.checkWords(); err != nil {
		return err
	}
	if err := e.checkShape(); err != nil {
		return err
	}
	for s := range f.Stocks {
		if s.ID.IsZero() {
			return ledger.FieldErrorf(ledger.Invalid, "objects", "an identifier is empty")
		}
		if s.Quantity != nil && s.Quantity.IsNegative() {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%s of %s is less than nothing", s.Quantity, s.ID)
		}
	}
	return nil
}

func (e *event) checkWords() error {
	f := e.f
	words := []struct{ field, text string }{
		{"step", f.Step}, {"disposition", f.Disposition}, {"zone", f.Zone}, {"process", f.Process},
	}
	for _, refs := range [][]trace.PartyRef{f.From, f.To} {
		for _, ref := range refs {
			if ref.ID.IsZero() {
				return ledger.FieldErrorf(ledger.Invalid, "to", "a source or destination has no identifier")
			}
			words = append(words, struct{ field, text string }{"to", ref.Type})
		}
	}
	if f.Error != nil {
		words = append(words, struct{ field, text string }{"error.reason", f.Error.Reason})
		for _, c := range f.Error.Corrections {
			words = append(words, struct{ field, text string }{"error.corrections", c})
		}
	}
	for _, w := range words {
		if err := short(w.field, w.text); err != nil {
			return err
		}
	}
	return nil
}

// short refuses words that nobody would read.
func short(field, text string) error {
	if len(text) > maxWords {
		return ledger.FieldErrorf(ledger.TooLarge, field, "has more than %d bytes", maxWords)
	}
	return nil
}

func (e *event) checkShape() error {
	f := e.f
	transforms := f.Type == trace.TransformationEvent
	switch f.Type {
	case trace.ObjectEvent, trace.AggregationEvent, trace.TransactionEvent, trace.AssociationEvent, trace.TransformationEvent:
	default:
		return ledger.FieldErrorf(ledger.Invalid, "type", "%q is not a type of event", f.Type)
	}
	switch {
	case transforms && (f.Action != "" || len(f.Objects) > 0 || f.Parent != nil):
		return ledger.FieldErrorf(ledger.Invalid, "action", "a transformation has inputs and outputs, no action, objects and parent")
	case !transforms && f.Action != trace.Add && f.Action != trace.Observe && f.Action != trace.Delete:
		return ledger.FieldErrorf(ledger.Invalid, "action", "%q is not ADD, OBSERVE or DELETE", f.Action)
	case !transforms && (len(f.Inputs) > 0 || len(f.Outputs) > 0 || f.Process != ""):
		return ledger.FieldErrorf(ledger.Invalid, "inputs", "only a transformation has inputs, outputs and a process")
	case f.Type == trace.ObjectEvent && f.Parent != nil:
		return ledger.FieldErrorf(ledger.Invalid, "parent", "an ObjectEvent has none")
	}
	return nil
}

// sorted is a list in an order of its own.
func sorted[T trace.Stock | trace.PartyRef](list []T) []T {
	if len(list) < 2 {
		return list
	}
	type spelled struct {
		key   string
		value T
	}
	all := make([]spelled, len(list))
	for i, v := range list {
		all[i] = spelled{string(trace.Encode(v)), v}
	}
	slices.SortFunc(all, func(a, b spelled) int { return cmp.Compare(a.key, b.key) })
	out := make([]T, len(list))
	for i := range all {
		out[i] = all[i].value
	}
	return out
}

// notHeld says that the signer has nothing of a batch.
func (e *event) notHeld(id trace.ID) error {
	return ledger.FieldErrorf(ledger.Forbidden, "objects", "the signer's organisation does not hold %s", id)
}

func conflict(format string, args ...any) error {
	return ledger.FieldErrorf(ledger.Conflict, "objects", "%s", fmt.Sprintf(format, args...))
}
