package api

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/trace"
)

// nearby is how far from the middle of a cell a commune may be to name it, in degrees.
const nearby = 0.15

// scanPlaces names cells by the communes in their middle, those with the most scans
// first.
func (s *server) scanPlaces(ctx context.Context, cells map[account.Cell]int) ([]web.ScanCell, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return nil, err
	}
	list := slices.Collect(maps.Keys(cells))
	slices.SortFunc(list, func(a, b account.Cell) int { return cmp.Or(cmp.Compare(cells[b], cells[a]), cmp.Compare(a, b)) })
	var out []web.ScanCell
	for _, cell := range list[:min(len(list), scanCells)] {
		out = append(out, web.ScanCell{Cell: string(cell), Near: nearest(communes, cell), N: cells[cell]})
	}
	return out, nil
}

// nearest is the administrative unit whose middle is the nearest to that of a cell;
// empty where none is near.
func nearest(communes map[string]trace.ListEntry, cell account.Cell) trace.Text {
	lat, lon := cell.Position()
	best, name := nearby, trace.Text{}
	for _, c := range communes {
		if c.At == nil {
			continue
		}
		y, errY := strconv.ParseFloat(c.At.Lat, 64)
		x, errX := strconv.ParseFloat(c.At.Lon, 64)
		if errY != nil || errX != nil {
			continue
		}
		// Of several as near, always the same one.
		if d := math.Hypot(y-lat, (x-lon)*math.Cos(lat*math.Pi/180)); d < best || d == best && c.Name.VI < name.VI {
			best, name = d, trace.Text{VI: join(c.Name.VI, c.Province.VI), EN: join(c.Name.In("en"), c.Province.In("en"))}
		}
	}
	return name
}
