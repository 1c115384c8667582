package office

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
)

// Outline is ground that is to be described.
type Outline struct {
	ID   trace.ID // of the place; zero for one that has no code yet
	Ring land.Ring
}

// Overlap is ground that an outline has in common with another.
type Overlap struct {
	N      int          // the outline's place in the list
	Corner int          // of the outline, from 1, near which it lies
	Other  int          // the other's place in the list, where Place is nil
	Place  *index.Place // the other, which is on the register
}

// placesAround is how many places around an outline are looked at.
const placesAround = 1000

// Overlaps finds what outlines have in common with each other, and with the places of an
// organisation that are used and not in the list, at most so many.
func (o *Office) Overlaps(ctx context.Context, org ledger.ID, list []Outline, most int) (found []Overlap, err error) {
	boxes, listed := make([]land.Box, len(list)), map[trace.ID]bool{}
	for i, one := range list {
		boxes[i], listed[one.ID] = one.Ring.Box(), true
	}
	for i, one := range list {
		if len(one.Ring) == 0 {
			continue
		}
		for j := range i {
			if !boxes[i].Meets(boxes[j]) {
				continue
			}
			if corner, overlaps := one.Ring.Overlaps(list[j].Ring); overlaps {
				found = append(found, Overlap{N: i, Corner: corner, Other: j})
			}
		}
		places, err := o.Index.PlacesWithin(ctx, index.Viewer{Org: org}, org, boxes[i], placesAround)
		if err != nil {
			return nil, err
		}
		for _, p := range places {
			r, err := land.ReadRing(p.Profile.Outline)
			if err != nil || listed[p.ID] {
				continue
			}
			if corner, overlaps := one.Ring.Overlaps(r); overlaps {
				found = append(found, Overlap{N: i, Corner: corner, Place: p})
			}
		}
		if len(found) >= most {
			return slices.Clip(found[:most]), nil
		}
	}
	return found, nil
}
