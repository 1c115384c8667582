package sheets

import (
	"context"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
)

// Overlap is ground that a row's plot has in common with another: of another row, or of
// one that is on the register.
type Overlap struct {
	Row    *Row
	Corner int // of the row's outline, from 1, near which it lies
	Other  *Row
	Place  *index.Place
}

// Overlaps finds what the outlines of a draft have in common with each other and with
// plots that it leaves alone, at most so many.
func (s *Service) Overlaps(ctx context.Context, d *Draft, most int) (list []Overlap, err error) {
	if d.Kind != Plots {
		return nil, nil
	}
	b, err := s.book(ctx, d.Kind, d.Org)
	if err != nil {
		return nil, err
	}
	var rows []*Row
	var outlines []office.Outline
	for _, row := range d.Rows {
		if row.State != New && row.State != Changed && row.State != Alike {
			continue
		}
		t := b.apply(&Row{Cells: row.Cells}, b.byID[row.ID])
		if r, err := land.ReadRing(t.Said.Outline); err == nil && len(r) > 0 && t.Said.Closed == "" {
			rows, outlines = append(rows, row), append(outlines, office.Outline{ID: row.ID, Ring: r})
		}
	}
	found, err := s.Office.Overlaps(ctx, d.Org, outlines, most)
	for _, o := range found {
		one := Overlap{Row: rows[o.N], Corner: o.Corner, Place: o.Place}
		if o.Place == nil {
			one.Other = rows[o.Other]
		}
		list = append(list, one)
	}
	return list, err
}
