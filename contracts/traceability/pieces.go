package traceability

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// pieceRecord says where a piece is. Exactly one of Org, In, To and Gone is set.
type pieceRecord struct {
	Org  *ledger.ID `json:"o,omitempty"` // held by
	In   *trace.ID  `json:"i,omitempty"` // packed in
	To   *ledger.ID `json:"t,omitempty"` // shipped to
	From *ledger.ID `json:"f,omitempty"` // by
	Gone string     `json:"g,omitempty"` // an account where things end
	Use  string     `json:"u,omitempty"` // the event by which a container of nobody's prefix was last taken into use
}

// placing is a piece's way from one place to another; Before is nil when the
// piece came to be.
type placing struct {
	ID     trace.ID     `json:"i"`
	Before *pieceRecord `json:"b,omitempty"`
	After  *pieceRecord `json:"a"`
}

func (p *pieceRecord) heldBy(org ledger.ID) bool { return p.Org != nil && *p.Org == org }

// holder is the piece's place as balances name it.
func (p *pieceRecord) holder() string {
	switch {
	case p.Org != nil:
		return p.Org.String()
	case p.In != nil:
		return inContainer(*p.In)
	case p.To != nil:
		return "to " + p.To.String()
	}
	return p.Gone
}

// piece reads where a piece is, nil where it never was.
func (r *run) piece(id trace.ID) (*pieceRecord, error) {
	at, _, err := load[*pieceRecord](r, pieceKey+id.String())
	return at, err
}

// place puts a piece somewhere, in the same use unless it is a new one.
func (e *event) place(id trace.ID, at pieceRecord) error {
	before, err := e.piece(id)
	if err != nil {
		return err
	}
	if before != nil && at.Use == "" {
		at.Use = before.Use
	}
	e.record.Pieces = append(e.record.Pieces, placing{id, before, &at})
	return e.put(id, before, &at)
}

// putBack undoes a placing. A piece that has moved on since stays where it is, and
// is blocked for all to see.
func (e *event) putBack(p placing) error {
	if p.Before == nil || p.Before.Use != p.After.Use {
		if things, err := e.inside(p.ID); err != nil || len(things) > 0 {
			return err // another event packed into it since, and keeps it in use
		}
	}
	now, err := e.Get(pieceKey + p.ID.String())
	if err != nil {
		return err
	}
	if now == nil && p.After.Use != "" {
		return e.put(p.ID, nil, p.Before) // its use was declared wrong before
	}
	if !bytes.Equal(now, encode(p.After)) {
		return e.blockCustody(p.ID)
	}
	return e.put(p.ID, p.After, p.Before)
}

func (e *event) put(id trace.ID, before, after *pieceRecord) error {
	if before != nil {
		e.balance(id, before.holder(), trace.NewQuantity(0, 0, ""))
		if before.In != nil {
			if err := e.packed(before.In.String(), id, false); err != nil {
				return err
			}
		}
	}
	if after == nil {
		e.Delete(pieceKey + id.String())
		return nil
	}
	e.save(pieceKey+id.String(), after)
	e.balance(id, after.holder(), trace.NewQuantity(1, 0, ""))
	if after.In != nil {
		return e.packed(after.In.String(), id, true)
	}
	return nil
}

// takePiece moves a piece out of the signer's hands: into a container, a shipment
// or an account where things end.
func (e *event) takePiece(id trace.ID, to string) error {
	at, err := e.piece(id)
	if err != nil {
		return err
	}
	switch {
	case at == nil:
		return e.notHeld(id)
	case at.In != nil:
		return conflict("%s is packed in %s; it is unpacked first", id, at.In)
	case at.Gone != "":
		return conflict("%s is gone: %s", id, strings.ReplaceAll(at.Gone, "_", " "))
	case !at.heldBy(e.signer.Org):
		return e.notHeld(id)
	}
	if receiver, _, shipped := cutShipment(to); shipped {
		org, err := ledger.ParseID(receiver)
		if err != nil {
			return err
		}
		return e.place(id, pieceRecord{To: &org, From: &e.signer.Org})
	}
	if strings.HasPrefix(to, "in ") {
		return e.place(id, pieceRecord{In: e.f.Parent})
	}
	return e.place(id, pieceRecord{Gone: to})
}

// outermost is where a piece is in the end: a packed one is where its outermost
// container is.
func (r *run) outermost(id trace.ID) (*pieceRecord, error) {
	for range maxDepth {
		at, err := r.piece(id)
		if err != nil || at == nil || at.In == nil {
			return at, err
		}
		id = *at.In
	}
	return nil, ledger.FieldErrorf(ledger.TooLarge, "objects", "%s is packed more than %d deep", id, maxDepth)
}

// maxDepth bounds boxes in boxes.
const maxDepth = 16

// inside is what a container holds, read once a transaction.
func (r *run) inside(container trace.ID) (map[trace.ID]bool, error) {
	if things, ok := r.contents[container]; ok {
		return things, nil
	}
	list, _, err := load[[]trace.ID](r, contentsKey+container.String())
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, nil
	}
	things := make(map[trace.ID]bool, len(list))
	for _, id := range list {
		things[id] = true
	}
	set(&r.contents, container, things)
	return things, nil
}

func listed(things map[trace.ID]bool) []trace.ID {
	return slices.SortedFunc(maps.Keys(things), func(a, b trace.ID) int { return strings.Compare(a.String(), b.String()) })
}

// packed notes that a thing is in a container, or no more.
func (r *run) packed(container string, id trace.ID, in bool) error {
	c, err := trace.ParseID(container)
	if err != nil {
		return err
	}
	things, err := r.inside(c)
	if err != nil || things[id] == in {
		return err
	}
	if things == nil {
		things = map[trace.ID]bool{}
		set(&r.contents, c, things)
	}
	if in {
		things[id] = true
		r.forgetWalks()
	} else {
		delete(things, id)
	}
	if len(things) > trace.MaxStock {
		return ledger.FieldErrorf(ledger.TooLarge, "objects", "%s would hold more than %d things", c, trace.MaxStock)
	}
	set(&r.repacked, c, true)
	return nil
}

// saveContents writes the lists of containers that the transaction packed or
// unpacked.
func (r *run) saveContents() {
	for _, c := range listed(r.repacked) {
		saveList(r, contentsKey+c.String(), listed(r.contents[c]))
	}
}
