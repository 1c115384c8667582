package traceability

import (
	"bytes"
	"slices"

	"github.com/sogoc/sogoc/trace"
)

// undo moves everything that an event moved back, newest first. A record that has
// changed since stays as it is, and the thing is blocked for all to see.
func (e *event) undo(was eventRecord) error {
	e.out.Managed = len(was.Moves)+len(was.Changes) > 0
	for i := len(was.Moves) - 1; i >= 0; i-- {
		m := was.Moves[i]
		if err := e.book(m.ID, m.To, m.From, m.Qty); err != nil {
			return err
		}
	}
	for i := len(was.Changes) - 1; i >= 0; i-- {
		if err := e.restore(was.Changes[i]); err != nil {
			return err
		}
	}
	for s := range e.f.Stocks {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if o.managed {
			e.takesPart(o.org)
		}
	}
	return e.parties()
}

// custody is the account under which a thing is blocked that moved on after an
// event which is now declared wrong. Its holder inspects it to say that it is
// there all the same.
const custody = "custody"

func (e *event) unblockCustody(id trace.ID) error {
	accounts, _, err := load[[]string](e, blockedKey+id.String())
	if err != nil || !slices.Contains(accounts, custody) {
		return err
	}
	return e.block(id, custody, trace.NewQuantity(0, 0, ""))
}

func (e *event) restore(c change) error {
	now, err := e.Get(c.Key)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, c.After) {
		if c.ID.IsZero() {
			return nil
		}
		return e.block(c.ID, custody, trace.NewQuantity(-1, 0, ""))
	}
	if len(c.Before) == 0 {
		e.Delete(c.Key)
		return nil
	}
	e.Put(c.Key, c.Before)
	return nil
}
