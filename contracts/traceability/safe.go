package traceability

import (
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// declaredSafe refuses an event that declares something safe which is in doubt.
func (e *event) declaredSafe() error {
	if e.f.Disposition != trace.DispositionConformant && !e.f.Conformant {
		return nil
	}
	things := slices.Concat(e.f.Objects, e.f.Outputs)
	if e.f.Parent != nil {
		things = append(things, trace.Stock{ID: *e.f.Parent})
	}
	for _, s := range things {
		o, err := e.owner(s.ID)
		if err != nil {
			return err
		}
		if o.kind != lot && o.kind != piece {
			continue
		}
		doubt, err := e.doubt(s.ID)
		if err != nil {
			return err
		}
		if doubt != nil {
			return inDoubt("disposition", s.ID, doubt)
		}
	}
	return nil
}

func inDoubt(field string, id trace.ID, d *trace.Early) error {
	of := "it"
	if d.Of != id {
		of = d.Of.String() + ", from which it comes,"
	}
	return ledger.FieldErrorf(ledger.Conflict, field,
		"%s cannot be declared safe: %s was harvested on %s, within the pre-harvest interval, and would have been safe from %s on; a laboratory result of after the harvest clears it",
		id, of, day(d.Harvested), day(d.Safe))
}

// day is a moment's in Vietnam.
func day(t ledger.Time) string { return t.Add(7 * time.Hour).Time().Format("02/01/2006") }

// doubt walks from a thing over everything that is in it or went into it, as far as
// the search for a recall does, and says whether it may be declared safe.
func (r *run) doubt(id trace.ID) (*trace.Early, error) {
	root := id.String()
	things := map[string]trace.Behind{root: {}}
	early, ancestors, contents := false, 0, 0
	meet := func(wave, names []string) ([]string, int) {
		added := 0
		for _, n := range names {
			if _, met := things[n]; !met {
				things[n] = trace.Behind{}
				wave = append(wave, n)
				added++
			}
		}
		return wave, added
	}
	for wave := []string{root}; len(wave) > 0; {
		ledger.ReadAhead(r.State, func() []string { return safetyKeys(wave) })
		var next []string
		for _, name := range wave {
			is, _, err := load[safety](r, safetyKey+name)
			if err != nil {
				return nil, err
			}
			made, held, err := r.behind(name)
			if err != nil {
				return nil, err
			}
			if one, err := trace.ParseID(name); err == nil && one.Batch() != one && one.Batch().Lot() != "" {
				made = append(made, one.Batch().String())
			}
			at := trace.Behind{From: slices.Concat(made, held), Early: is.early(), Tested: is.tested()}
			if at.Early != nil {
				early = true
				if at.Early.Of, err = r.nameOf(name); err != nil {
					return nil, err
				}
			}
			things[name] = at
			var n int
			next, n = meet(next, made)
			ancestors += n
			next, n = meet(next, held)
			if contents += n; ancestors > maxAncestors || contents > trace.MaxStock {
				return nil, ledger.FieldErrorf(ledger.TooLarge, "objects", "%s was made from more than %d things or holds more than %d; it cannot be declared safe", id, maxAncestors, trace.MaxStock)
			}
		}
		wave = next
	}
	if !early {
		return nil, nil
	}
	return trace.Doubt(root, things), nil
}

// nameOf is the identifier of a thing, or of the first that a process made.
func (r *run) nameOf(name string) (trace.ID, error) {
	ids, err := r.namedThings(name)
	if err != nil || len(ids) == 0 {
		return trace.ID{}, err
	}
	return ids[0], nil
}

// namedThings is a thing itself, or all that a process made.
func (r *run) namedThings(name string) ([]trace.ID, error) {
	if strings.HasPrefix(name, processKey) {
		return r.processOutputs(name)
	}
	id, err := trace.ParseID(name)
	return []trace.ID{id}, err
}

func safetyKeys(names []string) (keys []string) {
	for _, n := range names {
		keys = append(keys, safetyKey+n)
		if strings.HasPrefix(n, processKey) {
			keys = append(keys, n)
		} else {
			keys = append(keys, originKey+n, contentsKey+n)
		}
	}
	return keys
}
