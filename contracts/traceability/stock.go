package traceability

import (
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// What holds for a product that its owner has not described.
var (
	DefaultTolerance = trace.Ratio{Num: 2, Den: 100}
	DefaultHardCap   = trace.Ratio{Num: 10, Den: 100}
)

// limits are how far a lot may be over, silently and at all.
func (o owner) limits() (tolerance, hardCap trace.Ratio) {
	if o.product == nil {
		return DefaultTolerance, DefaultHardCap
	}
	return o.product.Tolerance, o.product.HardCap
}

// over judges an excess against a whole: silent, flagged or refused.
func (e *event) over(o owner, id trace.ID, excess, whole trace.Quantity, what string) error {
	tolerance, hardCap := o.limits()
	far, err := excess.Exceeds(hardCap, whole)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", id, err)
	}
	if far {
		return conflict("%s: %s by %s, more than the %s of %s that its product allows", id, what, excess, hardCap, whole)
	}
	if flagged, err := excess.Exceeds(tolerance, whole); err != nil || flagged {
		e.flag(id, trace.FlagOver, &excess, &whole)
		return err
	}
	return nil
}

// overdraw gives an account more than there was. What its product allows is for
// all that was ever over of the lot, whoever took it.
func (e *event) overdraw(o owner, id trace.ID, to string, excess trace.Quantity) error {
	made, _, err := e.account(id, accMade, excess.Unit())
	if err != nil {
		return err
	}
	before, _, err := e.account(id, accOver, excess.Unit())
	if err != nil {
		return err
	}
	total, err := excess.Sub(before)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", id, err)
	}
	if err := e.over(o, id, total, made.Neg(), "more is taken than there is"); err != nil {
		return err
	}
	return e.move(id, accOver, to, excess)
}

// counted is a stock's quantity in the lot's own unit.
func counted(s trace.Stock, unit trace.Unit) (trace.Quantity, error) {
	q, err := s.Quantity.In(unit)
	if err != nil {
		return q, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	}
	return q, nil
}

// countedSome is counted for what cannot be nothing.
func countedSome(s trace.Stock, unit trace.Unit) (trace.Quantity, error) {
	if s.Quantity.IsZero() {
		return *s.Quantity, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: the quantity is nothing", s.ID)
	}
	return counted(s, unit)
}

// unit is what a lot is counted in; ok is false where none of it was made on the
// register.
func (r *run) unit(id trace.ID) (unit trace.Unit, ok bool, err error) {
	origin, ok, err := r.origin(id)
	return origin.counted(), ok, err
}

func (r *run) origin(id trace.ID) (o originRecord, ok bool, err error) {
	o, _, err = load[originRecord](r, originKey+id.String())
	return o, o.Event != "", err
}

// make brings a lot or a piece into being in the signer's hands.
func (e *event) make(s trace.Stock, from []string) error {
	o, err := e.owner(s.ID)
	if err != nil || o.kind == stated {
		return err
	}
	if !e.makes(o) {
		return ledger.FieldErrorf(ledger.Forbidden, "objects", "%s belongs to another organisation's product or prefix", s.ID)
	}
	if o.kind == class {
		return nil
	}
	origin, exists, err := e.origin(s.ID)
	if err != nil {
		return err
	}
	if exists && (o.kind == piece || !slices.Equal(from, origin.From)) {
		return conflict("%s was made before, by event %s", s.ID, origin.Event)
	}
	if !exists {
		origin = originRecord{Event: e.f.Event, From: from}
	}
	if o.kind == piece {
		e.save(originKey+s.ID.String(), &origin)
		return e.makePiece(s.ID)
	}
	if s.Quantity == nil {
		return ledger.FieldErrorf(ledger.Invalid, "qty", "%s is a lot; how much of it was made is missing", s.ID)
	}
	if exists {
		q, err := countedSome(s, origin.counted())
		if err != nil {
			return err
		}
		return e.move(s.ID, accMade, e.signer.Org.String(), q)
	}
	unit := s.Quantity.Unit()
	if o.product != nil {
		unit = o.product.Unit
	}
	return e.open(s, origin, unit)
}

// open writes the origin of a lot, with what was made of it as its opening. Where an
// earlier making was declared wrong there may be accounts, and it is booked as
// anything else.
func (e *event) open(s trace.Stock, origin originRecord, unit trace.Unit) error {
	q, err := countedSome(s, unit)
	if err != nil {
		return err
	}
	maker, key := e.signer.Org, originKey+s.ID.String()
	before, err := e.Get(key)
	if err != nil {
		return err
	}
	if before != nil {
		origin.Unit = unit
		e.save(key, &origin)
		return e.move(s.ID, accMade, maker.String(), q)
	}
	origin.Opening = &opening{Org: maker, Qty: q}
	e.save(key, &origin)
	e.balance(s.ID, maker.String(), q)
	return nil
}

// makePiece puts a new piece into the signer's hands. One that is somewhere
// already stays there: a container that was used before this was recorded, or a
// piece whose first recording was declared wrong.
func (e *event) makePiece(id trace.ID) error {
	at, err := e.piece(id)
	switch {
	case err != nil:
		return err
	case at == nil:
		return e.place(id, pieceRecord{Org: &e.signer.Org})
	case at.heldBy(e.signer.Org):
		return nil
	}
	if good, err := e.confirmCustody(id); good || err != nil {
		return err
	}
	return conflict("%s is in use already", id)
}

// take moves what the signer holds of a lot or a piece to another account, and
// returns how much of a lot it was.
func (e *event) take(s trace.Stock, to string) (*trace.Quantity, error) {
	o, err := e.owner(s.ID)
	switch {
	case err != nil || o.kind == stated:
		return s.Quantity, err
	case o.kind == class:
		if !e.makes(o) {
			return nil, e.notHeld(s.ID)
		}
		return s.Quantity, nil
	}
	if err := e.free(s.ID, to); err != nil {
		return nil, err
	}
	if o.kind == piece {
		return nil, e.takePiece(s.ID, to)
	}
	return e.takeLot(o, s, to)
}

func (e *event) takeLot(o owner, s trace.Stock, to string) (*trace.Quantity, error) {
	mine := e.signer.Org.String()
	unit, made, err := e.unit(s.ID)
	if err != nil {
		return nil, err
	}
	have, held, err := e.account(s.ID, mine, unit)
	if err != nil {
		return nil, err
	}
	if !made || !held {
		return nil, e.notHeld(s.ID)
	}
	if have.IsZero() || have.IsNegative() {
		return nil, conflict("the signer's part of %s is used up", s.ID)
	}
	q := have
	if s.Quantity != nil {
		if q, err = countedSome(s, unit); err != nil {
			return nil, err
		}
	}
	excess, err := q.Sub(have)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "qty", "%s: %v", s.ID, err)
	}
	if !excess.IsNegative() && !excess.IsZero() {
		if err := e.overdraw(o, s.ID, mine, excess); err != nil {
			return nil, err
		}
	}
	return &q, e.move(s.ID, mine, to, q)
}

// holding reports whether the signer has, is sent, or sent a thing, and may
// therefore say something about it.
func (r *run) holding(o owner, id trace.ID) (bool, error) {
	if o.kind == piece {
		at, err := r.outermost(id)
		if at == nil || err != nil {
			return false, err
		}
		for _, org := range []*ledger.ID{at.Org, at.To, at.From} {
			if org != nil && *org == r.signer.Org {
				return true, nil
			}
		}
		return false, nil
	}
	if _, ok, err := r.account(id, r.signer.Org.String(), ""); ok || err != nil {
		return ok, err
	}
	b, err := r.Get(sendersKey + id.String() + "|" + r.signer.Org.String())
	return b != nil, err
}
