package traceability

import (
	"strings"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/trace"
)

// ahead are the keys that facts make the rules read for certain, as far as they are
// about managed things and known before anything is read.
func (r *run) ahead(facts []trace.Fact) (keys []string) {
	for i := range facts {
		f := &facts[i]
		keys = append(keys, shortKey(eventKey, f.Event))
		for s := range f.Stocks {
			keys = append(keys, registry.OwnerKey(s.ID))
		}
		if f.Parent != nil {
			keys = append(keys, pieceKey+f.Parent.String())
		}
		object := f.Type == trace.ObjectEvent
		switch {
		case f.Type == trace.TransformationEvent:
			keys = r.made(r.taken(recalled(seasons(keys, f), f.Inputs), f.Inputs), f.Outputs)
		case f.Step == trace.StepShipping, f.Step == trace.StepRetailSelling:
			keys = r.taken(recalled(keys, f.Objects), f.Objects)
		case f.Step == trace.StepReceiving:
			keys = r.here(keys, f.Objects)
		case object && f.Action == trace.Add:
			keys = r.made(keys, f.Objects)
		case object && f.Action == trace.Delete, f.Type == trace.AggregationEvent && f.Action == trace.Add:
			keys = r.taken(keys, f.Objects)
		default:
			keys = r.here(keys, f.Objects)
		}
		keys = treatments(keys, f)
	}
	return keys
}

// seasons adds the months in which a transformation's inputs may be in an interval.
func seasons(keys []string, f *trace.Fact) []string {
	for _, s := range f.Inputs {
		if s.ID.Lot() != "" || s.ID.Instance() {
			for _, crop := range withBatch(s.ID) {
				keys = append(keys, monthKey(crop, f.Time))
			}
		}
	}
	return keys
}

// treatments adds the months that a treatment's interval reaches into.
func treatments(keys []string, f *trace.Fact) []string {
	if f.Wait == 0 || f.Error != nil {
		return keys
	}
	safe, err := trace.SafeFrom(f.Time, f.Zone, f.Wait)
	if err != nil {
		return keys
	}
	for _, s := range f.Objects {
		if s.ID.Lot() != "" || s.ID.Instance() {
			keys = append(keys, monthKeys(s.ID, f.Time, safe)...)
		}
	}
	return keys
}

// here adds where the signer's part of things is.
func (r *run) here(keys []string, things []trace.Stock) []string {
	for _, s := range things {
		switch {
		case s.ID.Instance():
			keys = append(keys, pieceKey+s.ID.String())
		case s.ID.Lot() != "":
			keys = append(keys, stockKey+s.ID.String()+"|"+r.signer.Org.String())
		}
	}
	return keys
}

// made adds what making things reads.
func (r *run) made(keys []string, things []trace.Stock) []string {
	for _, s := range things {
		switch {
		case s.ID.Instance():
			keys = append(keys, originKey+s.ID.String(), pieceKey+s.ID.String())
		case s.ID.Lot() != "":
			keys = append(keys, originKey+s.ID.String())
		}
	}
	return keys
}

// taken adds what moving things out of the signer's hands reads.
func (r *run) taken(keys []string, things []trace.Stock) []string {
	for _, s := range things {
		for _, one := range withBatch(s.ID) {
			keys = append(keys, blockedKey+one.String())
		}
		if s.ID.Lot() != "" && !s.ID.Instance() {
			keys = append(keys, originKey+s.ID.String())
		}
	}
	return r.here(keys, things)
}

// recalled adds where the search for a recall begins.
func recalled(keys []string, things []trace.Stock) []string {
	for _, s := range things {
		keys = append(keys, lineage(s.ID.String(), s.ID.Batch().String(), s.ID.Product().String())...)
	}
	return keys
}

// lineage are the keys that the search for a recall reads of things and processes.
func lineage(names ...string) (keys []string) {
	for _, n := range names {
		if strings.HasPrefix(n, processKey) {
			keys = append(keys, n)
		} else {
			keys = append(keys, recallKey+n, originKey+n, contentsKey+n)
		}
	}
	return keys
}
