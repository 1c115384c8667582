package traceability

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Bounds of lineage that hostile events could blow up: outcomes hold an edge for
// every pair of input and output.
const (
	maxEdges   = 10_000 // that the events of a transaction may add by transforming
	maxProcess = 1_024  // inputs, and outputs, of a transformation of several events
)

// transform uses inputs up and makes outputs of them.
func (e *event) transform() error {
	inputs, err := e.consume()
	if err != nil {
		return err
	}
	outputs := e.f.Outputs
	var from []string
	if e.f.Process == "" {
		for _, in := range inputs {
			from = append(from, in.ID.String())
		}
		slices.Sort(from)
		from = slices.Compact(from)
	} else {
		if inputs, outputs, err = e.process(inputs); err != nil {
			return err
		}
		from = []string{e.record.Process}
	}
	if err := e.yield(inputs, outputs); err != nil {
		return err
	}
	if e.edges += len(inputs) * len(e.f.Outputs); e.edges > maxEdges {
		return ledger.FieldErrorf(ledger.TooLarge, "inputs", "the events make more than %d pairs of an input and an output", maxEdges)
	}
	for _, s := range e.f.Outputs {
		if err := e.make(s, from); err != nil {
			return err
		}
		for _, in := range inputs {
			e.out.Edges = append(e.out.Edges, trace.Edge{Kind: trace.MadeInto, From: in.ID, To: s.ID, Quantity: in.Quantity, Made: s.Quantity})
		}
	}
	return e.harvested()
}

// process adds the event to a transformation that spans several events of the
// signer's organisation, and returns all that went in and all that came out.
func (e *event) process(inputs []trace.Stock) (in, out []trace.Stock, err error) {
	key := shortKey(processKey+e.signer.Org.String()+"|", e.f.Process)
	parts, _, err := load[[]processPart](e, key)
	if err != nil {
		return nil, nil, err
	}
	parts = append(parts, processPart{Event: e.f.Event, In: inputs, Out: e.f.Outputs})
	for _, p := range parts {
		in, out = append(in, p.In...), append(out, p.Out...)
	}
	if len(in) > maxProcess || len(out) > maxProcess {
		return nil, nil, ledger.FieldErrorf(ledger.TooLarge, "process", "it has more than %d inputs or outputs", maxProcess)
	}
	e.save(key, parts)
	e.record.Process = key
	e.forgetWalks()
	return in, out, nil
}

// consume takes the inputs. What stands and bears again is not used up.
func (e *event) consume() ([]trace.Stock, error) {
	inputs := make([]trace.Stock, 0, len(e.f.Inputs))
	for _, s := range e.f.Inputs {
		o, err := e.owner(s.ID)
		if err != nil {
			return nil, err
		}
		q := s.Quantity
		if o.kind != stated {
			if err := e.notRecalled(s.ID); err != nil {
				return nil, err
			}
			if o.perennial() {
				err = e.harvest(o, s.ID)
			} else {
				q, err = e.take(s, accUsed)
			}
			if err != nil {
				return nil, err
			}
		}
		inputs = append(inputs, trace.Stock{ID: s.ID, Quantity: q})
	}
	return inputs, nil
}

// harvest makes sure that a standing crop or herd is the signer's to harvest.
func (e *event) harvest(o owner, id trace.ID) error {
	held, err := e.holding(o, id)
	if err != nil {
		return err
	}
	if !held {
		return e.notHeld(id)
	}
	return e.free(id, accUsed)
}

// yield compares what came out with what went in, where both are counted alike:
// one product's outputs may weigh at most its yield times the inputs.
func (e *event) yield(inputs, outputs []trace.Stock) error {
	var judged []trace.ID
	for _, s := range e.f.Outputs {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if o.kind == stated || s.Quantity == nil || slices.Contains(judged, s.ID.Product()) {
			continue
		}
		judged = append(judged, s.ID.Product())
		in, comparable, err := e.sum(inputs, s.Quantity.Unit())
		if err != nil {
			return err
		}
		if !comparable {
			continue
		}
		out, _, err := e.sum(outputs, s.Quantity.Unit())
		if err != nil {
			return err
		}
		ratio := trace.Ratio{Num: 1, Den: 1}
		if o.product != nil && o.product.Yield != nil {
			ratio = *o.product.Yield
		}
		most, err := in.Times(ratio)
		if err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
		}
		excess, err := out.Sub(most)
		if err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
		}
		if excess.IsNegative() || excess.IsZero() {
			continue
		}
		if err := e.over(o, s.ID, excess, most, "more comes out than went in"); err != nil {
			return err
		}
	}
	return nil
}

// sum adds the quantities that are counted like unit; all is false when some of
// the stock is counted otherwise or not at all.
func (e *event) sum(stock []trace.Stock, unit trace.Unit) (total trace.Quantity, all bool, err error) {
	total = trace.NewQuantity(0, 0, unit)
	all = len(stock) > 0
	for _, s := range stock {
		o, err := e.owner(s.ID)
		if err != nil {
			return total, false, err
		}
		if s.Quantity == nil || !s.Quantity.Unit().SameDimension(unit) || o.perennial() {
			all = false
			continue
		}
		if total, err = total.Add(*s.Quantity); err != nil {
			return total, false, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
		}
	}
	return total, all, nil
}
