package traceability

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// event is one fact at work.
type event struct {
	*run
	f         *trace.Fact
	out       trace.EventOutcome
	balances  map[balanceOf]int // where in the outcome, once there are many
	intervals map[trace.ID]int  // where in the outcome's flags
	record    eventRecord       // what an error declaration will need
}

// tell applies a fact: once, whole, or not at all.
func (e *event) tell() error {
	if err := e.check(); err != nil {
		return err
	}
	if err := e.takesPart(e.signer.Org); err != nil {
		return err
	}
	key := shortKey(eventKey, e.f.Event)
	e.record = eventRecord{Content: content(e.f), Org: e.signer.Org}
	was, known, err := load[eventRecord](e, key)
	if err != nil {
		return err
	}
	if known && was.Alone && was.Org != e.signer.Org {
		known = false // what somebody else declared wrong unseen binds nobody
	}
	if known && was.Content != e.record.Content {
		return ledger.FieldErrorf(ledger.Conflict, "event", "an event %s with another content is recorded", e.f.Event)
	}
	if known && (e.f.Error == nil || was.Void) {
		e.out = trace.EventOutcome{Duplicate: true}
		return nil
	}
	switch {
	case known:
		e.record.Void = true
		err = e.declaredWrong(was)
	case e.f.Error != nil:
		e.record.Void, e.record.Alone = true, true // a statement without effect
	default:
		err = e.apply()
	}
	if err != nil {
		return err
	}
	e.save(key, &e.record)
	return nil
}

// takesPart adds an organisation to those that took part, the signer's first.
func (e *event) takesPart(org ledger.ID) error {
	if slices.Contains(e.out.Parties, org) {
		return nil
	}
	if len(e.out.Parties) == maxParties {
		return ledger.Errorf(ledger.TooLarge, "more than %d organisations take part; record several events", maxParties)
	}
	e.out.Parties = append(e.out.Parties, org)
	return nil
}

const maxParties = 64

// parties finds out whether the rules apply to the event, and adds the owners of
// what it is about and the organisations that sources and destinations name.
func (e *event) parties() error {
	for s := range e.f.Stocks {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		e.out.Managed = e.out.Managed || o.kind != stated
		if o.kind == piece && s.Quantity != nil {
			return ledger.FieldErrorf(ledger.Invalid, "qty", "%s is one piece and has no quantity", s.ID)
		}
		if o.managed {
			if err := e.takesPart(o.org); err != nil {
				return err
			}
		}
	}
	for _, refs := range [][]trace.PartyRef{e.f.From, e.f.To} {
		for _, ref := range refs {
			n, err := e.name(ref.ID)
			if err != nil {
				return err
			}
			if n.known {
				if err := e.takesPart(n.org); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (e *event) apply() error {
	if err := e.parties(); err != nil {
		return err
	}
	if err := e.act(); err != nil {
		return err
	}
	if err := e.treat(); err != nil {
		return err
	}
	return e.declaredSafe()
}

// act does what the event's type, action and step mean.
func (e *event) act() error {
	f := e.f
	packs := f.Type == trace.AggregationEvent && f.Action != trace.Observe
	if packs || f.Type == trace.AssociationEvent || f.Type == trace.TransformationEvent {
		if e.out.Managed && (f.Step == trace.StepShipping || f.Step == trace.StepRetailSelling) {
			return ledger.FieldErrorf(ledger.Invalid, "step", "%s is an event of its own, not part of %s %s", f.Step, f.Type, f.Action)
		}
	}
	switch {
	case f.Type == trace.TransformationEvent:
		return e.transform()
	case packs && f.Parent != nil && f.Action == trace.Add:
		return e.pack()
	case packs && f.Parent != nil:
		return e.unpack()
	case packs || f.Type == trace.AssociationEvent:
		return e.observe()
	case f.Step == trace.StepShipping:
		return e.ship()
	case f.Step == trace.StepReceiving:
		return e.receive()
	case f.Step == trace.StepRetailSelling:
		return e.end(accSold)
	case f.Type == trace.ObjectEvent && f.Action == trace.Add:
		return e.commission()
	case f.Type == trace.ObjectEvent && f.Action == trace.Delete:
		return e.end(accDestroyed)
	}
	return e.observe()
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
		if o.kind == stated {
			continue
		}
		held, err := e.holding(o, s.ID)
		if err != nil {
			return err
		}
		if !held && !e.makes(o) {
			return e.notHeld(s.ID)
		}
		if o.kind == piece && e.f.Step == trace.StepInspecting {
			if err := e.inspect(s.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// inspect confirms a piece's place when its holder looked at it.
func (e *event) inspect(id trace.ID) error {
	at, err := e.outermost(id)
	if err != nil || at == nil || !at.heldBy(e.signer.Org) {
		return err
	}
	_, err = e.confirmCustody(id)
	return err
}

// moved is what a movement is about: the container, where one is named, and
// everything in it with it.
func (e *event) moved() ([]trace.Stock, error) {
	if e.f.Parent == nil || !e.out.Managed {
		return e.f.Objects, nil
	}
	things, err := e.inside(*e.f.Parent)
	if err != nil {
		return nil, err
	}
	for _, s := range e.f.Objects {
		o, err := e.owner(s.ID)
		if err != nil {
			return nil, err
		}
		if o.kind != stated && !things[s.ID] {
			return nil, conflict("%s is not in %s", s.ID, e.f.Parent)
		}
	}
	return []trace.Stock{{ID: *e.f.Parent}}, nil
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
	if !named {
		return ledger.FieldErrorf(ledger.Invalid, "to", "shipping names its receiver: a possessing_party, an owning_party or a location")
	}
	if known && receiver == e.signer.Org {
		return e.observe() // between the signer's own places
	}
	to := accHandedOver
	if known {
		to = shipment(receiver, e.signer.Org)
	}
	things, err := e.moved()
	if err != nil {
		return err
	}
	for _, s := range things {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if o.kind == stated {
			continue
		}
		if err := e.notRecalled(s.ID); err != nil {
			return err
		}
		q, err := e.take(s, to)
		if err != nil {
			return err
		}
		if !known {
			e.flag(s.ID, trace.FlagUnconfirmed, q, nil)
		}
	}
	return nil
}

// receive takes over what was shipped to the signer.
func (e *event) receive() error {
	from, _, fromKnown, err := e.party(e.f.From)
	if err != nil {
		return err
	}
	things, err := e.moved()
	if err != nil {
		return err
	}
	for _, s := range things {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		switch o.kind {
		case class:
			if !e.makes(o) {
				err = e.notHeld(s.ID)
			}
		case piece:
			err = e.receivePiece(s.ID)
		case lot:
			err = e.receiveLot(o, s, from, fromKnown)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *event) notShipped(id trace.ID) error {
	return ledger.FieldErrorf(ledger.Forbidden, "objects", "%s was not shipped to the signer's organisation", id)
}

func (e *event) receivePiece(id trace.ID) error {
	at, err := e.outermost(id)
	if err != nil {
		return err
	}
	me := e.signer.Org
	switch {
	case at == nil:
		return e.notShipped(id)
	case at.To != nil && *at.To == me:
		if err := e.takesPart(*at.From); err != nil {
			return err
		}
		own, err := e.piece(id)
		if err != nil || own.In != nil {
			return err // it comes with its container
		}
		return e.place(id, pieceRecord{Org: &me})
	case at.heldBy(me):
		return nil // it is there already: an observation
	}
	return e.notShipped(id)
}

// receiveLot closes what is under way to the signer. What is missing counts as
// lost until it comes after all; more than was shipped is taken as over.
func (e *event) receiveLot(o owner, s trace.Stock, from ledger.ID, fromKnown bool) error {
	unit, _, err := e.unit(s.ID)
	if err != nil {
		return err
	}
	me, lost := e.signer.Org.String(), lostBy(e.signer.Org)
	missed, _, err := e.account(s.ID, lost, unit)
	if err != nil {
		return err
	}
	shipped, err := e.arrive(s.ID, unit, from, fromKnown)
	if err != nil {
		return err
	}
	got := shipped
	if s.Quantity != nil {
		if got, err = counted(s, unit); err != nil {
			return err
		}
	}
	more, err := got.Sub(shipped)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	}
	late := more // of what was missed before
	if tooMuch, err := more.Sub(missed); err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	} else if !tooMuch.IsNegative() {
		late = missed
	}
	switch {
	case shipped.IsZero() && (s.Quantity == nil || late != more || more.IsZero()):
		if _, held, err := e.account(s.ID, me, unit); held || err != nil {
			return err // it is there already: an observation
		}
		return e.notShipped(s.ID)
	case more.IsNegative():
		e.flag(s.ID, trace.FlagDiscrepancy, &got, &shipped)
		return e.move(s.ID, me, lost, more.Neg())
	}
	if err := e.move(s.ID, lost, me, late); err != nil {
		return err
	}
	extra, err := more.Sub(late)
	if err != nil || extra.IsZero() {
		return err
	}
	_, hardCap := o.limits()
	if far, err := extra.Exceeds(hardCap, shipped); err != nil || far {
		return conflict("%s: %s received where %s was shipped, more than its product allows", s.ID, got, shipped)
	}
	e.flag(s.ID, trace.FlagDiscrepancy, &got, &shipped)
	return e.overdraw(o, s.ID, me, extra)
}

// arrive moves everything of a lot that is under way to the signer, from all who
// shipped or from one of them, into the signer's hands.
func (e *event) arrive(id trace.ID, unit trace.Unit, from ledger.ID, fromKnown bool) (shipped trace.Quantity, err error) {
	me := e.signer.Org
	shipped = trace.NewQuantity(0, 0, unit)
	senders, _, err := load[[]ledger.ID](e, sendersKey+id.String()+"|"+me.String())
	if err != nil {
		return shipped, err
	}
	for _, sender := range senders {
		if fromKnown && sender != from {
			continue
		}
		q, _, err := e.account(id, shipment(me, sender), unit)
		if err != nil {
			return shipped, err
		}
		if q.IsZero() || q.IsNegative() {
			continue
		}
		if err := e.takesPart(sender); err != nil {
			return shipped, err
		}
		if shipped, err = shipped.Add(q); err != nil {
			return shipped, ledger.FieldErrorf(ledger.Invalid, "qty", "%v", err)
		}
		if err := e.move(id, shipment(me, sender), me.String(), q); err != nil {
			return shipped, err
		}
	}
	return shipped, nil
}

// end takes things out of the world: sold to a shopper, destroyed.
func (e *event) end(account string) error {
	things, err := e.moved()
	if err != nil {
		return err
	}
	for _, s := range things {
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
