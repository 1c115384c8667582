// Package traceability is the contract that keeps batches honest: who may record
// an event, that quantities balance, that a child is in one parent, that what is
// recalled does not move on.
//
// An identifier is managed when its product, prefix or issuer belongs to an
// organisation on the register; the rules bind managed identifiers. Anything else
// is recorded as its signer's statement.
//
// # How quantities are kept
//
// A lot has accounts, and quantities move between them, as in double-entry books:
// "made" (which goes negative by what was ever made), one account a holding
// organisation, "in CONTAINER", ">RECEIVER|SENDER" while shipped, and where it
// ended: "used", "sold", "destroyed", "handed_over", "lost" (shipped but not
// received) and "over" (taken beyond what was there, within the product's cap).
// The accounts of a lot always sum to nothing. An error declaration moves
// everything that its event moved back; an account below nothing after that
// blocks the lot until a later event makes it good.
//
// A piece (an identifier with a serial, an SSCC) is in one place at a time.
package traceability

import (
	"fmt"
	"slices"
	"time"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// FutureBound is how far ahead of the record time an event may lie: clocks in
// the field are off by a little.
const FutureBound = 5 * time.Minute

// Contract is the traceability contract. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return trace.Contract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	signer, err := registry.Signed(s, c)
	if err != nil {
		return nil, err
	}
	r := &run{State: s, call: c, signer: signer, owners: map[trace.ID]owner{}}
	out := trace.Outcome{Member: signer.Member, Org: signer.Org}
	switch c.Action {
	case trace.ActionCapture:
		out.Events, err = r.capture()
	case trace.ActionRecall:
		err = r.recalls()
	case trace.ActionCertify:
		err = r.certificates()
	default:
		err = ledger.FieldErrorf(ledger.Invalid, "action", "traceability has no action %q", c.Action)
	}
	if err != nil {
		return nil, err
	}
	return trace.Encode(out), nil
}

// run is one transaction at work.
type run struct {
	ledger.State
	call   ledger.Call
	signer registry.Signer
	owners map[trace.ID]owner // looked up once a transaction
}

// owner is to whom an identifier belongs.
type owner struct {
	org     ledger.ID
	product *registry.ProductRecord
	managed bool
}

func (r *run) owner(id trace.ID) (owner, error) {
	product := id.Product()
	if o, ok := r.owners[product]; ok {
		return o, nil
	}
	var o owner
	var err error
	o.org, o.product, o.managed, err = registry.Owner(r, id)
	if err == nil {
		r.owners[product] = o
	}
	return o, err
}

// makes reports whether the signer may make lots and pieces of what o owns.
func (r *run) makes(o owner) bool {
	return o.org == r.signer.Org || o.product != nil && slices.Contains(o.product.Makers, r.signer.Org)
}

func (r *run) summary(want string) error {
	if r.call.Summary != want {
		return ledger.FieldErrorf(ledger.Invalid, "summary", "is not what the transaction does, which is %q", want)
	}
	return nil
}

func decodeAll[T any](items [][]byte) ([]T, error) {
	out := make([]T, len(items))
	for i, data := range items {
		if err := trace.Decode(data, &out[i]); err != nil {
			return nil, trace.AtItem(i, err)
		}
	}
	return out, nil
}

func (r *run) capture() ([]trace.EventOutcome, error) {
	if err := r.signer.Must(ledger.RoleRecorder); err != nil {
		return nil, err
	}
	facts, err := decodeAll[trace.Fact](r.call.Items)
	if err != nil {
		return nil, err
	}
	if err := r.summary(trace.Summary(facts)); err != nil {
		return nil, err
	}
	out := make([]trace.EventOutcome, len(facts))
	for i := range facts {
		e := &event{run: r, f: &facts[i]}
		if err := e.record(); err != nil {
			return nil, trace.AtItem(i, err)
		}
		out[i] = e.out
	}
	return out, nil
}

// check refuses a fact that breaks its format. The node's codec said the same
// before; a contract trusts no node.
func (e *event) check() error {
	f := e.f
	switch {
	case f.Event == "" || len(f.Event) > trace.MaxID:
		return ledger.FieldErrorf(ledger.Invalid, "event", "is missing or has more than %d bytes", trace.MaxID)
	case f.Hash == "" || len(f.Hash) > 200:
		return ledger.FieldErrorf(ledger.Invalid, "hash", "is missing or has more than 200 bytes")
	case !trace.ValidCID(f.Payload):
		return ledger.FieldErrorf(ledger.Invalid, "payload", "%q is not a CIDv1 in base 32", f.Payload)
	case !f.Audience.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "audience", "%q is not public, parties or own", f.Audience)
	case f.Time > e.call.Time.Add(FutureBound):
		return ledger.FieldErrorf(ledger.Invalid, "time", "%s lies in the future; it is %s", f.Time, e.call.Time)
	case f.Error != nil && f.Error.Time > e.call.Time.Add(FutureBound):
		return ledger.FieldErrorf(ledger.Invalid, "error.time", "%s lies in the future; it is %s", f.Error.Time, e.call.Time)
	case len(f.Objects)+len(f.Inputs)+len(f.Outputs) > trace.MaxStock:
		return ledger.FieldErrorf(ledger.TooLarge, "objects", "there are more than %d identifiers", trace.MaxStock)
	}
	transforms := f.Type == trace.TransformationEvent
	switch f.Type {
	case trace.ObjectEvent, trace.AggregationEvent, trace.TransactionEvent, trace.AssociationEvent, trace.TransformationEvent:
	default:
		return ledger.FieldErrorf(ledger.Invalid, "type", "%q is not a type of event", f.Type)
	}
	switch {
	case transforms && (f.Action != "" || len(f.Objects) > 0):
		return ledger.FieldErrorf(ledger.Invalid, "action", "a transformation has inputs and outputs, no action and objects")
	case !transforms && f.Action != trace.Add && f.Action != trace.Observe && f.Action != trace.Delete:
		return ledger.FieldErrorf(ledger.Invalid, "action", "%q is not ADD, OBSERVE or DELETE", f.Action)
	case !transforms && (len(f.Inputs) > 0 || len(f.Outputs) > 0):
		return ledger.FieldErrorf(ledger.Invalid, "inputs", "only a transformation has inputs and outputs")
	case len(f.Inputs)*len(f.Outputs) > maxEdges:
		return ledger.FieldErrorf(ledger.TooLarge, "inputs", "inputs times outputs are more than %d; record several events", maxEdges)
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

// maxEdges bounds the lineage that one event may add.
const maxEdges = 10_000

// notHeld says that the signer has nothing of a batch.
func (e *event) notHeld(id trace.ID) error {
	return ledger.FieldErrorf(ledger.Forbidden, "objects", "the signer's organisation does not hold %s", id)
}

func conflict(format string, args ...any) error {
	return ledger.FieldErrorf(ledger.Conflict, "objects", "%s", fmt.Sprintf(format, args...))
}
