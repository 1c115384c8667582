package traceability

import (
	"bytes"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// event is one fact at work.
type event struct {
	*run
	f        *trace.Fact
	out      trace.EventOutcome
	undoable eventRecord
}

// record applies a fact: once, whole, or not at all.
func (e *event) record() error {
	if err := e.check(); err != nil {
		return err
	}
	e.takesPart(e.signer.Org)
	key := shortKey(eventKey, e.f.Event)
	before, known, err := load[eventRecord](e, key)
	if err != nil {
		return err
	}
	if known && before.Hash != e.f.Hash {
		return ledger.FieldErrorf(ledger.Conflict, "event", "an event %s with another content is recorded", e.f.Event)
	}
	if known && (e.f.Error == nil || before.Void) {
		e.out = trace.EventOutcome{Duplicate: true}
		return nil
	}
	e.undoable = eventRecord{Hash: e.f.Hash, Org: e.signer.Org}
	switch {
	case known:
		if before.Org != e.signer.Org {
			return ledger.FieldErrorf(ledger.Forbidden, "error", "another organisation recorded this event; only that one declares it wrong")
		}
		e.out.Voids = e.f.Event
		err = e.undo(before)
		e.undoable = eventRecord{Hash: e.f.Hash, Org: e.signer.Org, Void: true}
	case e.f.Error != nil:
		e.undoable.Void = true // wrong from the start: a statement without effect
	default:
		err = e.apply()
	}
	if err != nil {
		return err
	}
	e.save(key, e.undoable)
	return nil
}

// takesPart adds an organisation to those that took part, the signer's first.
func (e *event) takesPart(org ledger.ID) {
	if !slices.Contains(e.out.Parties, org) && len(e.out.Parties) < maxParties {
		e.out.Parties = append(e.out.Parties, org)
	}
}

const maxParties = 64

func (e *event) apply() error {
	managed := false
	for s := range e.f.Stocks {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if o.managed {
			managed = true
			e.takesPart(o.org)
		}
	}
	e.out.Managed = managed
	if err := e.parties(); err != nil {
		return err
	}
	switch e.f.Type {
	case trace.TransformationEvent:
		return e.transform()
	case trace.AggregationEvent:
		switch e.f.Action {
		case trace.Add:
			return e.pack()
		case trace.Delete:
			return e.unpack()
		}
		return e.observe()
	case trace.AssociationEvent:
		return e.observe()
	}
	switch {
	case e.f.Step == trace.StepShipping && e.f.Action != trace.Delete:
		return e.ship()
	case e.f.Step == trace.StepReceiving && e.f.Action != trace.Delete:
		return e.receive()
	case e.f.Step == trace.StepRetailSelling:
		return e.end(accSold)
	case e.f.Type == trace.ObjectEvent && e.f.Action == trace.Add:
		return e.commission()
	case e.f.Type == trace.ObjectEvent && e.f.Action == trace.Delete:
		return e.end(accDestroyed)
	}
	return e.observe()
}

// parties adds the organisations that sources and destinations name.
func (e *event) parties() error {
	for _, refs := range [][]trace.PartyRef{e.f.From, e.f.To} {
		for _, ref := range refs {
			org, _, known, err := e.party([]trace.PartyRef{ref})
			if err != nil {
				return err
			}
			if known {
				e.takesPart(org)
			}
		}
	}
	return nil
}

func (e *event) commission() error {
	for _, s := range e.f.Objects {
		if err := e.make(s, nil); err != nil {
			return err
		}
	}
	return nil
}

// observe lets the owner, the holder and those who ship to each other say
// something about a thing, and inspectors about anything.
func (e *event) observe() error {
	if e.signer.Attests() {
		return nil
	}
	for s := range e.f.Stocks {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if !o.managed {
			continue
		}
		held, err := e.holding(s.ID)
		if err != nil {
			return err
		}
		if !held && !e.makes(o) {
			return e.notHeld(s.ID)
		}
		if held && e.f.Step == trace.StepInspecting {
			if err := e.unblockCustody(s.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// ship hands custody to the receiver that the event names. One without an account
// ends it: handed over, unconfirmed.
func (e *event) ship() error {
	if !e.out.Managed {
		return nil
	}
	receiver, named, known, err := e.party(e.f.To)
	if err != nil {
		return err
	}
	if named == nil {
		return ledger.FieldErrorf(ledger.Invalid, "to", "shipping names its receiver: a possessing_party, an owning_party or a location")
	}
	if known && receiver == e.signer.Org {
		return e.observe() // between the signer's own places
	}
	for _, s := range e.f.Objects {
		if err := e.notRecalled(s.ID); err != nil {
			return err
		}
		to := accHandedOver
		if known {
			to = shipment(receiver, e.signer.Org)
		}
		q, err := e.take(s, to)
		if err != nil {
			return err
		}
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		switch {
		case !o.managed:
		case !known:
			e.flag(s.ID, trace.FlagUnconfirmed, q, nil)
		case !s.ID.Instance() && balanced(s.ID):
			if err := e.addSender(s.ID, receiver); err != nil {
				return err
			}
		}
	}
	return nil
}

// addSender notes that the signer ships a lot to a receiver.
func (e *event) addSender(id trace.ID, receiver ledger.ID) error {
	key := sendersKey + id.String() + "|" + receiver.String()
	senders, _, err := load[[]ledger.ID](e, key)
	if err != nil || slices.Contains(senders, e.signer.Org) {
		return err
	}
	senders = append(senders, e.signer.Org)
	slices.SortFunc(senders, func(a, b ledger.ID) int { return bytes.Compare(a[:], b[:]) })
	e.save(key, senders)
	return nil
}

// receive takes over what was shipped to the signer.
func (e *event) receive() error {
	from, _, fromKnown, err := e.party(e.f.From)
	if err != nil {
		return err
	}
	for _, s := range e.f.Objects {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		switch {
		case !o.managed || !balanced(s.ID):
		case s.ID.Instance():
			err = e.receivePiece(s.ID)
		default:
			err = e.receiveLot(o, s, from, fromKnown)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *event) receivePiece(id trace.ID) error {
	at, err := e.holder(id)
	if err != nil {
		return err
	}
	own, _, err := load[pieceRecord](e, pieceKey+id.String())
	if err != nil {
		return err
	}
	switch me := e.signer.Org; {
	case at.To != nil && *at.To == me:
		e.takesPart(*at.From)
		if own.In != nil {
			return nil // it comes with its container
		}
		return e.place(id, pieceRecord{Org: &me})
	case at.Org != nil && *at.Org == me:
		return nil
	}
	return ledger.FieldErrorf(ledger.Forbidden, "objects", "%s was not shipped to the signer's organisation", id)
}

func (e *event) receiveLot(o owner, s trace.Stock, from ledger.ID, fromKnown bool) error {
	me := e.signer.Org
	unit, _, err := e.lot(s.ID)
	if err != nil {
		return err
	}
	senders, _, err := load[[]ledger.ID](e, sendersKey+s.ID.String()+"|"+me.String())
	if err != nil {
		return err
	}
	shipped := trace.NewQuantity(0, 0, unit)
	var open []move
	for _, sender := range senders {
		if fromKnown && sender != from {
			continue
		}
		q, _, err := e.account(s.ID, shipment(me, sender), unit)
		if err != nil {
			return err
		}
		if q.IsZero() || q.IsNegative() {
			continue
		}
		e.takesPart(sender)
		open = append(open, move{s.ID, shipment(me, sender), me.String(), q})
		if shipped, err = shipped.Add(q); err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%v", err)
		}
	}
	if len(open) == 0 {
		if _, held, err := e.account(s.ID, me.String(), unit); held || err != nil {
			return err // it is there already: an observation
		}
		return ledger.FieldErrorf(ledger.Forbidden, "objects", "%s was not shipped to the signer's organisation", s.ID)
	}
	for _, m := range open {
		if err := e.move(m.ID, m.From, m.To, m.Qty); err != nil {
			return err
		}
	}
	if s.Quantity == nil {
		return nil
	}
	got, err := counted(s, unit)
	if err != nil {
		return err
	}
	missing, err := shipped.Sub(got)
	if err != nil || missing.IsZero() {
		return err
	}
	if missing.IsNegative() {
		_, hardCap := o.limits()
		if far, err := missing.Neg().Exceeds(hardCap, shipped); err != nil || far {
			return conflict("%s: %s received where %s was shipped, more than its product allows", s.ID, got, shipped)
		}
	}
	e.flag(s.ID, trace.FlagDiscrepancy, &got, &shipped)
	return e.move(s.ID, me.String(), accLost, missing)
}

// pack puts pieces and parts of lots into a container in the signer's hands.
func (e *event) pack() error {
	parent := e.f.Parent
	if parent == nil {
		return nil // EPCIS allows ADD without a parent only for observations; nothing moves
	}
	if !e.out.Managed {
		e.packEdges(e.f.Objects)
		return nil
	}
	if err := e.container(*parent); err != nil {
		return err
	}
	contents, _, err := load[[]trace.Stock](e, contentsKey+parent.String())
	if err != nil {
		return err
	}
	for _, s := range e.f.Objects {
		if s.ID == *parent {
			return conflict("%s cannot be packed into itself", s.ID)
		}
		q, err := e.take(s, inContainer(*parent))
		if err != nil {
			return err
		}
		contents, err = addContent(contents, trace.Stock{ID: s.ID, Quantity: q})
		if err != nil {
			return err
		}
		e.out.Edges = append(e.out.Edges, trace.Edge{Kind: trace.PackedInto, From: s.ID, To: *parent, Quantity: q})
	}
	if len(contents) > trace.MaxStock {
		return ledger.FieldErrorf(ledger.TooLarge, "objects", "%s would hold more than %d things", parent, trace.MaxStock)
	}
	return e.replace(*parent, contentsKey+parent.String(), contents)
}

func (e *event) packEdges(objects []trace.Stock) {
	for _, s := range objects {
		e.out.Edges = append(e.out.Edges, trace.Edge{Kind: trace.PackedInto, From: s.ID, To: *e.f.Parent, Quantity: s.Quantity})
	}
}

// container makes sure that the signer has the container; one that is new under
// the signer's own prefix, or under nobody's, comes to be with its first use.
func (e *event) container(id trace.ID) error {
	at, ok, err := load[pieceRecord](e, pieceKey+id.String())
	if err != nil {
		return err
	}
	if !ok {
		o, err := e.owner(id)
		if err != nil {
			return err
		}
		if o.managed && !e.makes(o) {
			return ledger.FieldErrorf(ledger.Forbidden, "parent", "%s belongs to another organisation's prefix", id)
		}
		return e.place(id, pieceRecord{Org: &e.signer.Org})
	}
	if at.Org == nil || *at.Org != e.signer.Org {
		return ledger.FieldErrorf(ledger.Forbidden, "parent", "the signer's organisation does not hold the container %s", id)
	}
	return nil
}

func addContent(contents []trace.Stock, s trace.Stock) ([]trace.Stock, error) {
	i := slices.IndexFunc(contents, func(c trace.Stock) bool { return c.ID == s.ID })
	if i < 0 {
		return append(contents, s), nil
	}
	if s.Quantity == nil || contents[i].Quantity == nil {
		return contents, nil
	}
	sum, err := contents[i].Quantity.Add(*s.Quantity)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	}
	contents[i].Quantity = &sum
	return contents, nil
}

// unpack takes children out of a container, all of them where none is named.
func (e *event) unpack() error {
	parent := e.f.Parent
	if parent == nil || !e.out.Managed {
		return nil
	}
	if err := e.container(*parent); err != nil {
		return err
	}
	contents, _, err := load[[]trace.Stock](e, contentsKey+parent.String())
	if err != nil {
		return err
	}
	out := e.f.Objects
	if len(out) == 0 {
		out = contents
	}
	rest := slices.Clone(contents)
	for _, s := range out {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rest, func(c trace.Stock) bool { return c.ID == s.ID })
		if i < 0 {
			if !o.managed {
				continue
			}
			return conflict("%s is not in %s", s.ID, parent)
		}
		if s.ID.Instance() || rest[i].Quantity == nil || !o.managed {
			rest = slices.Delete(rest, i, i+1)
			if s.ID.Instance() && o.managed {
				if err := e.place(s.ID, pieceRecord{Org: &e.signer.Org}); err != nil {
					return err
				}
			}
			continue
		}
		q := *rest[i].Quantity
		if s.Quantity != nil {
			if q, err = counted(s, q.Unit()); err != nil {
				return err
			}
		}
		left, err := rest[i].Quantity.Sub(q)
		if err != nil || left.IsNegative() {
			return conflict("%s: only %s of it is in %s", s.ID, rest[i].Quantity, parent)
		}
		if left.IsZero() {
			rest = slices.Delete(rest, i, i+1)
		} else {
			rest[i].Quantity = &left
		}
		if err := e.move(s.ID, inContainer(*parent), e.signer.Org.String(), q); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		return e.replace(*parent, contentsKey+parent.String(), nil)
	}
	return e.replace(*parent, contentsKey+parent.String(), rest)
}

// end takes things out of the world: sold to a shopper, destroyed.
func (e *event) end(account string) error {
	for _, s := range e.f.Objects {
		if account == accSold {
			if err := e.notRecalled(s.ID); err != nil {
				return err
			}
		}
		if _, err := e.take(s, account); err != nil {
			return err
		}
	}
	return nil
}

// transform uses inputs up and makes outputs of them.
func (e *event) transform() error {
	inputs, err := e.consume()
	if err != nil {
		return err
	}
	from := make([]string, 0, len(inputs)+1)
	for _, in := range inputs {
		if id := in.ID.String(); !slices.Contains(from, id) {
			from = append(from, id)
		}
	}
	if e.f.Process != "" {
		if inputs, err = e.process(inputs); err != nil {
			return err
		}
		from = []string{processMark + e.f.Process}
	}
	if err := e.yield(inputs); err != nil {
		return err
	}
	for _, s := range e.f.Outputs {
		if err := e.make(s, from); err != nil {
			return err
		}
		for _, in := range inputs {
			e.out.Edges = append(e.out.Edges, trace.Edge{Kind: trace.MadeInto, From: in.ID, To: s.ID, Quantity: in.Quantity, Made: s.Quantity})
		}
	}
	return nil
}

const processMark = "process:"

// process adds inputs to those of a transformation that spans several events, and
// returns all of them.
func (e *event) process(inputs []trace.Stock) ([]trace.Stock, error) {
	key := shortKey(processKey, e.f.Process)
	all, _, err := load[[]trace.Stock](e, key)
	if err != nil {
		return nil, err
	}
	if len(inputs) == 0 {
		return all, nil
	}
	for _, in := range inputs {
		if all, err = addContent(all, in); err != nil {
			return nil, err
		}
	}
	if len(all) > maxAncestors {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "process", "it has more than %d inputs", maxAncestors)
	}
	return all, e.replace(trace.ID{}, key, all)
}

// consume takes the inputs. What stands and bears again is not used up.
func (e *event) consume() ([]trace.Stock, error) {
	inputs := make([]trace.Stock, 0, len(e.f.Inputs))
	for _, s := range e.f.Inputs {
		o, err := e.owner(s.ID)
		if err != nil {
			return nil, err
		}
		if o.managed {
			if err := e.notRecalled(s.ID); err != nil {
				return nil, err
			}
		}
		q := s.Quantity
		if o.product != nil && o.product.Perennial {
			held, err := e.holding(s.ID)
			if err != nil {
				return nil, err
			}
			if !held {
				return nil, e.notHeld(s.ID)
			}
			if err := e.free(s.ID); err != nil {
				return nil, err
			}
		} else if q, err = e.take(s, accUsed); err != nil {
			return nil, err
		}
		inputs = append(inputs, trace.Stock{ID: s.ID, Quantity: q})
	}
	return inputs, nil
}

// yield compares what came out with what went in, where both are counted alike:
// one product's outputs may weigh at most its yield times the inputs.
func (e *event) yield(inputs []trace.Stock) error {
	for i, s := range e.f.Outputs {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if !o.managed || s.Quantity == nil || i != slices.IndexFunc(e.f.Outputs, func(x trace.Stock) bool { return x.ID.Product() == s.ID.Product() }) {
			continue
		}
		in, ok, err := e.sum(inputs, s.Quantity.Unit())
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		out, _, err := e.sum(e.f.Outputs, s.Quantity.Unit())
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

// sum adds the quantities that are counted like unit; ok is false when any of the
// stock is counted otherwise or not at all, since then nothing can be compared.
func (e *event) sum(stock []trace.Stock, unit trace.Unit) (total trace.Quantity, ok bool, err error) {
	total = trace.NewQuantity(0, 0, unit)
	for _, s := range stock {
		o, err := e.owner(s.ID)
		if err != nil {
			return total, false, err
		}
		if s.Quantity == nil || !s.Quantity.Unit().SameDimension(unit) || o.product != nil && o.product.Perennial {
			return total, false, nil
		}
		q, err := s.Quantity.In(unit)
		if err == nil {
			total, err = total.Add(q)
		}
		if err != nil {
			return total, false, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
		}
	}
	return total, len(stock) > 0, nil
}
