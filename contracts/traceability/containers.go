package traceability

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// pack puts pieces and parts of lots into a container in the signer's hands.
func (e *event) pack() error {
	parent := *e.f.Parent
	if e.out.Managed {
		if err := e.container(parent); err != nil {
			return err
		}
	}
	for _, s := range e.f.Objects {
		if s.ID == parent {
			return conflict("%s cannot be packed into itself", s.ID)
		}
		q, err := e.take(s, inContainer(parent))
		if err != nil {
			return err
		}
		e.out.Edges = append(e.out.Edges, trace.Edge{Kind: trace.PackedInto, From: s.ID, To: parent, Quantity: q})
	}
	return nil
}

// container makes sure that the signer has the container. One that is new under
// the signer's own prefix, or empty and under nobody's, comes into use with this.
func (e *event) container(id trace.ID) error {
	o, err := e.owner(id)
	if err != nil {
		return err
	}
	if o.kind == class || o.kind == lot {
		return ledger.FieldErrorf(ledger.Invalid, "parent", "%s is not one container but a kind or a lot of things", id)
	}
	at, err := e.piece(id)
	if err != nil {
		return err
	}
	switch {
	case o.kind == stated:
		if _, err := e.confirmCustody(id); err != nil { // doubts are of its last use
			return err
		}
		return e.place(id, pieceRecord{Org: &e.signer.Org, Use: e.f.Event})
	case at == nil && !e.makes(o):
		return ledger.FieldErrorf(ledger.Forbidden, "parent", "%s belongs to another organisation's prefix", id)
	case at == nil:
		return e.place(id, pieceRecord{Org: &e.signer.Org})
	case !at.heldBy(e.signer.Org):
		return ledger.FieldErrorf(ledger.Forbidden, "parent", "the signer's organisation does not hold the container %s, or it is packed itself", id)
	case !o.managed:
		return e.place(id, *at) // where it is; the event is of this use
	}
	return nil
}

// idle reports whether a container of nobody's prefix is free for whoever packs
// next: it is empty, and neither packed itself nor under way.
func (r *run) idle(id trace.ID, at *pieceRecord) (bool, error) {
	if at.In != nil || at.To != nil {
		return false, nil
	}
	things, err := r.inside(id)
	return len(things) == 0, err
}

// reused are the containers of nobody's prefix, as accounts, that an event was about
// and that are in another use by now.
func (e *event) reused(was eventRecord) (map[string]bool, error) {
	accounts := map[string]bool{}
	for _, p := range was.Pieces {
		if p.After.Use == "" {
			continue
		}
		now, err := e.piece(p.ID)
		if err != nil {
			return nil, err
		}
		if now != nil && now.Use != p.After.Use {
			accounts[inContainer(p.ID)] = true
		}
	}
	return accounts, nil
}

// unpack takes children out of a container, all of them where none is named.
func (e *event) unpack() error {
	if !e.out.Managed {
		return nil
	}
	parent := *e.f.Parent
	if err := e.container(parent); err != nil {
		return err
	}
	things, err := e.inside(parent)
	if err != nil {
		return err
	}
	out := e.f.Objects
	if len(out) == 0 {
		for _, id := range listed(things) {
			out = append(out, trace.Stock{ID: id})
		}
	}
	for _, s := range out {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		switch {
		case o.kind == stated || o.kind == class:
			continue
		case !things[s.ID]:
			return conflict("%s is not in %s", s.ID, parent)
		case o.kind == piece:
			err = e.place(s.ID, pieceRecord{Org: &e.signer.Org})
		default:
			err = e.unpackLot(s, parent)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *event) unpackLot(s trace.Stock, parent trace.ID) error {
	have, _, err := e.account(s.ID, inContainer(parent), "")
	if err != nil {
		return err
	}
	q := have
	if s.Quantity != nil {
		if q, err = countedSome(s, have.Unit()); err != nil {
			return err
		}
	}
	if left, err := have.Sub(q); err != nil || left.IsNegative() {
		return conflict("%s: only %s of it is in %s", s.ID, have, parent)
	}
	return e.move(s.ID, inContainer(parent), e.signer.Org.String(), q)
}
