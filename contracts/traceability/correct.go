package traceability

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// undo takes back everything that an event did, newest first. What others did
// since stands; where that leaves less than nothing of a lot, or a piece moved on,
// the thing is blocked for all to see. What it did with a container that is in
// another use by now stands: that is somebody else's.
func (e *event) undo(was eventRecord) error {
	var moves []move
	for _, s := range e.made() {
		m, opened, err := e.unopen(s.ID)
		if err != nil {
			return err
		}
		if opened {
			moves = append(moves, m)
		}
	}
	reused, err := e.reused(was)
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(append(moves, was.Moves...)) {
		if reused[m.From] || reused[m.To] {
			continue
		}
		if err := e.moveBack(m); err != nil {
			return err
		}
	}
	for _, p := range slices.Backward(was.Pieces) {
		if reused[inContainer(p.ID)] || reused[p.After.holder()] || p.Before != nil && reused[p.Before.holder()] {
			continue
		}
		if err := e.putBack(p); err != nil {
			return err
		}
	}
	for _, s := range e.made() {
		if err := e.unmake(s.ID); err != nil {
			return err
		}
	}
	for _, id := range was.Freed {
		if reused[inContainer(id)] {
			continue
		}
		if err := e.blockCustody(id); err != nil {
			return err
		}
	}
	var early *trace.Early
	if was.Process != "" {
		parts, _, err := load[[]processPart](e, was.Process)
		if err != nil {
			return err
		}
		is, _, err := load[safety](e, safetyKey+was.Process)
		if err != nil {
			return err
		}
		early = is.early()
		saveList(e, was.Process, slices.DeleteFunc(parts, func(p processPart) bool { return p.Event == e.f.Event }))
	}
	e.forgetWalks()
	if err := e.parties(); err != nil {
		return err
	}
	if err := e.unharvest(was.Process, early); err != nil {
		return err
	}
	return e.untreat()
}

// made are the things that the event may have made, or added to. Origins tell which
// of them it did.
func (e *event) made() []trace.Stock {
	switch {
	case e.f.Type == trace.TransformationEvent:
		return e.f.Outputs
	case e.f.Type == trace.ObjectEvent && e.f.Action == trace.Add:
		return e.f.Objects
	}
	return nil
}

// unopen gives the accounts that the event opened keys of their own, and tells the
// opening as a move.
func (e *event) unopen(id trace.ID) (m move, opened bool, err error) {
	origin, _, err := e.origin(id)
	if err != nil || origin.Opening == nil || origin.Event != e.f.Event {
		return m, false, err
	}
	m = move{ID: id, From: accMade, To: origin.Opening.Org.String(), Qty: origin.Opening.Qty, New: newFrom | newTo}
	for _, account := range []string{m.From, m.To} {
		q, _, err := e.account(id, account, "")
		if err != nil {
			return m, false, err
		}
		e.Put(stockKey+id.String()+"|"+account, []byte(q.String()))
	}
	origin.Opening, origin.Unit = nil, origin.counted()
	e.save(originKey+id.String(), &origin)
	return m, true, nil
}

// unmake takes an origin away, or what it says of a lot, unless another part of the
// lot stands.
func (e *event) unmake(id trace.ID) error {
	origin, ok, err := e.origin(id)
	if err != nil || !ok {
		return err
	}
	if id.Instance() {
		if origin.Event == e.f.Event {
			e.Delete(originKey + id.String())
		}
		return nil
	}
	made, _, err := e.account(id, accMade, "")
	if err == nil && made.IsZero() {
		e.save(originKey+id.String(), &originRecord{})
		e.Delete(stockKey + id.String() + "|" + accMade) // what is made next may be counted in another unit
	}
	return err
}

// declaredWrong records an error declaration of an event that is known.
func (e *event) declaredWrong(was eventRecord) error {
	if was.Org != e.signer.Org {
		return ledger.FieldErrorf(ledger.Forbidden, "error", "another organisation recorded this event; only that one declares it wrong")
	}
	e.out.Voids = e.f.Event
	return e.undo(was)
}
