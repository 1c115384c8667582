package table

import (
	"fmt"
	"math"
	"strconv"

	"github.com/sogoc/sogoc/ledger"
)

// Geometries is what the geometries of a GeoJSON file are (RFC 7946).
type Geometries struct {
	Features int64
	Types    map[string]int64 // "none" for a feature that is nowhere
	BBox     [4]float64       // west, south, east, north
	Placed   bool             // BBox holds
}

// GeometryField is the field in which a feature of GeoJSON says where it is: a point as
// "longitude,latitude"; of what is larger than a plot its middle, to a hundredth of a
// degree.
const GeometryField = "geometry"

// plot is how many degrees across something is, at most, whose place is that of a house
// or a plot.
const plot = 0.01

// shape is one geometry while it is read.
type shape struct {
	kind  string
	first [2]string // the first position, as it is written
	bbox  [4]float64
	n     int
	far   bool // a position is nowhere on earth
}

// geometry reads the geometry of a feature.
func (r *jsonRows) geometry(b *Batch, line int64) error {
	var g shape
	if err := r.shape(&g, 1); err != nil {
		return err
	}
	if g.kind == "" {
		g.kind = "none"
	}
	if len(r.geometries.Types) < 20 || r.geometries.Types[g.kind] > 0 {
		r.geometries.Types[g.kind]++
	}
	if g.far {
		b.Faults = append(b.Faults, Fault{line, "coordinates"})
	}
	if g.n == 0 {
		return nil
	}
	all := &r.geometries.BBox
	if !r.geometries.Placed {
		*all, r.geometries.Placed = g.bbox, true
	}
	all[0], all[1] = min(all[0], g.bbox[0]), min(all[1], g.bbox[1])
	all[2], all[3] = max(all[2], g.bbox[2]), max(all[3], g.bbox[3])
	i, err := r.field(GeometryField)
	if err != nil {
		return err
	}
	if len(r.cells[i]) > 0 {
		r.cells[i] = append(r.cells[i], "; "...) // a property has the same name
	}
	r.cells[i] = append(r.cells[i], g.place()...)
	return nil
}

func (g *shape) place() string {
	if g.bbox[2]-g.bbox[0] <= plot && g.bbox[3]-g.bbox[1] <= plot {
		return g.first[0] + "," + g.first[1]
	}
	middle := func(a, b float64) float64 { return math.Round((a+b)*50) / 100 }
	return fmt.Sprintf("%.2f,%.2f", middle(g.bbox[0], g.bbox[2]), middle(g.bbox[1], g.bbox[3]))
}

// shape reads a geometry, or null.
func (r *jsonRows) shape(g *shape, depth int) error {
	if err := r.deep(depth); err != nil {
		return err
	}
	c, err := r.peek()
	if err != nil {
		return r.broken(err)
	}
	if c != '{' {
		return r.skip(depth)
	}
	r.pos++
	for first := true; ; first = false {
		more, err := r.more('}', first)
		if err != nil || !more {
			return err
		}
		key, err := r.key()
		if err != nil {
			return err
		}
		c, err := r.peek()
		if err != nil {
			return r.broken(err)
		}
		switch {
		case key == "type" && c == '"':
			var kind []byte
			if kind, err = r.string(nil); depth == 1 {
				g.kind = string(kind[:min(len(kind), 40)])
			}
		case key == "coordinates" && c == '[':
			err = r.positions(g, depth+1)
		case key == "geometries" && c == '[':
			r.pos++
			for first := true; ; first = false {
				if more, err = r.more(']', first); err != nil || !more {
					break
				}
				if err = r.shape(g, depth+2); err != nil {
					break
				}
			}
		default:
			err = r.skip(depth + 1)
		}
		if err != nil {
			return err
		}
	}
}

// positions reads the coordinates of a geometry, however deep they are.
func (r *jsonRows) positions(g *shape, depth int) error {
	if err := r.deep(depth); err != nil {
		return err
	}
	if err := r.take('['); err != nil {
		return err
	}
	var at [2]float64
	var text [2]string
	n := 0
	for first := true; ; first = false {
		more, err := r.more(']', first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		c, err := r.peek()
		switch {
		case err != nil:
			return r.broken(err)
		case c == '[':
			if err := r.positions(g, depth+1); err != nil {
				return err
			}
			continue
		}
		var buf [64]byte
		b, err := r.literal(buf[:0])
		if err != nil {
			return err
		}
		if n < 2 {
			v, err := strconv.ParseFloat(string(b), 64)
			if err != nil {
				return unreadable(ledger.Invalid, "json", r.line, "has a coordinate that is no number")
			}
			at[n] = v
			if g.n == 0 {
				text[n] = string(b)
			}
		}
		n++
	}
	switch {
	case n < 2:
		return nil
	case math.Abs(at[0]) > 180 || math.Abs(at[1]) > 90:
		g.far = true
		return nil
	case g.n == 0:
		g.first, g.bbox = text, [4]float64{at[0], at[1], at[0], at[1]}
	}
	g.n++
	g.bbox[0], g.bbox[1] = min(g.bbox[0], at[0]), min(g.bbox[1], at[1])
	g.bbox[2], g.bbox[3] = max(g.bbox[2], at[0]), max(g.bbox[3], at[1])
	return nil
}
