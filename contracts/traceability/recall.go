package traceability

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// maxAncestors bounds the walk from a thing to all that it was made from.
const maxAncestors = 4096

func (r *run) recalls() error {
	if err := r.signer.Must(ledger.RoleRecaller); err != nil {
		return err
	}
	recalls, err := trace.DecodeAll[trace.Recall](r.call.Items)
	if err != nil {
		return err
	}
	if err := r.call.Says(trace.RecallSummary(recalls)); err != nil {
		return err
	}
	for i, in := range recalls {
		if err := r.recall(in); err != nil {
			return trace.AtItem(i, err)
		}
	}
	return nil
}

// recall stops a product, a lot or a piece. Its owner may, and an agency may for
// everybody's; each lifts its own.
func (r *run) recall(in trace.Recall) error {
	o, err := r.owner(in.Target)
	if err != nil {
		return err
	}
	switch {
	case !o.managed:
		return ledger.FieldErrorf(ledger.NotFound, "target", "%s belongs to nobody on this register", in.Target)
	case o.org != r.signer.Org && r.signer.Kind != ledger.KindAgency:
		return ledger.FieldErrorf(ledger.Forbidden, "target", "%s belongs to another organisation", in.Target)
	case in.Reason == "":
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing")
	case !in.Lift && (in.Action == "" || in.Contact == ""):
		return ledger.FieldErrorf(ledger.Invalid, "action", "a recall says what to do and whom to call")
	case in.Doc != "" && !trace.ValidCID(in.Doc):
		return ledger.FieldErrorf(ledger.Invalid, "doc", "%q is not a CIDv1 in base 32", in.Doc)
	}
	if err := shortAll("reason", in.Reason, in.Action, in.Contact, in.Class); err != nil {
		return err
	}
	key := recallKey + in.Target.String()
	by, _, err := load[[]ledger.ID](r, key)
	if err != nil {
		return err
	}
	mine := slices.Contains(by, r.signer.Org)
	if mine != in.Lift {
		state := "not recalled"
		if mine {
			state = "recalled already"
		}
		return ledger.FieldErrorf(ledger.Conflict, "target", "%s is %s by the signer's organisation", in.Target, state)
	}
	if in.Lift {
		by = slices.DeleteFunc(by, func(org ledger.ID) bool { return org == r.signer.Org })
	} else {
		by = append(by, r.signer.Org)
		slices.SortFunc(by, compareIDs)
	}
	saveList(r, key, by)
	return nil
}

// notRecalled walks from a thing over everything that is in it or went into it,
// and refuses it when any of that is recalled.
func (r *run) notRecalled(id trace.ID) error {
	w := walk{run: r, root: id}
	w.meet(id.String())
	for len(w.queue) > 0 {
		wave := w.queue
		w.queue = nil
		ledger.ReadAhead(w, func() []string { return lineage(wave...) })
		for _, next := range wave {
			if err := w.look(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetWalks is for when what things are made of or hold has changed.
func (r *run) forgetWalks() { clear(r.walked) }

// walk goes from a thing to all that is behind it.
type walk struct {
	*run
	root      trace.ID
	queue     []string // identifiers and keys of processes
	ancestors int
	contents  int
}

// meet queues what was not met before, and counts it.
func (w *walk) meet(next ...string) (added int) {
	for _, n := range next {
		if !w.walked[n] {
			set(&w.walked, n, true)
			w.queue = append(w.queue, n)
			added++
		}
	}
	return added
}

// look checks one thing for a recall and meets its lot, its product, what it was
// made from and what it contains.
func (w *walk) look(next string) error {
	if !strings.HasPrefix(next, processKey) {
		id, err := trace.ParseID(next)
		if err != nil {
			return fmt.Errorf("origin of %s: %w", w.root, err)
		}
		if b, err := w.Get(recallKey + next); err != nil {
			return err
		} else if b != nil {
			if id == w.root {
				return conflict("%s is recalled", id)
			}
			return conflict("%s comes from %s, which is recalled", w.root, id)
		}
		w.meet(id.Batch().String(), id.Product().String())
	}
	made, held, err := w.behind(next)
	if err != nil {
		return err
	}
	w.ancestors += w.meet(made...)
	w.contents += w.meet(held...)
	if w.ancestors > maxAncestors || w.contents > trace.MaxStock {
		return ledger.FieldErrorf(ledger.TooLarge, "objects", "%s was made from more than %d things or holds more than %d; it cannot be checked for recalls", w.root, maxAncestors, trace.MaxStock)
	}
	return nil
}

// behind are the names of what a thing, or a process, was made from, and of what it
// holds.
func (r *run) behind(name string) (made, held []string, err error) {
	if strings.HasPrefix(name, processKey) {
		parts, _, err := load[[]processPart](r, name)
		for _, p := range parts {
			for _, in := range p.In {
				made = append(made, in.ID.String())
			}
		}
		return made, nil, err
	}
	id, err := trace.ParseID(name)
	if err != nil {
		return nil, nil, err
	}
	origin, _, err := load[originRecord](r, originKey+name)
	if err != nil {
		return nil, nil, err
	}
	things, err := r.inside(id)
	for _, thing := range listed(things) {
		held = append(held, thing.String())
	}
	return origin.From, held, err
}

func shortAll(field string, texts ...string) error {
	for _, t := range texts {
		if err := short(field, t); err != nil {
			return err
		}
	}
	return nil
}
