package web

import (
	"fmt"
	"math"
	"strings"
)

// Shapes is what is drawn of a file with places in it.
type Shapes struct {
	Points []LonLat
	Lines  [][]LonLat
	Areas  [][]LonLat // rings; a hole is a ring of its own
	Shown  int        // features that are drawn
	Total  int
}

// LonLat is a place in degrees of WGS 84.
type LonLat [2]float64

func (p LonLat) onMap() bool { return math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 85 }

// shapesPicture is a map of shapes in the units of its viewBox.
type shapesPicture struct {
	picture
	Ways   string // path data
	Points []mark
}

type mark struct{ X, Y int }

// drawShapes returns nil when there is nothing that can be drawn.
func (w words) drawShapes(s *Shapes) *shapesPicture {
	if s == nil {
		return nil
	}
	west, east, south, north := 180.0, -180.0, 90.0, -90.0
	grow := func(all []LonLat) {
		for _, p := range all {
			if p.onMap() {
				west, east, south, north = min(west, p[0]), max(east, p[0]), min(south, p[1]), max(north, p[1])
			}
		}
	}
	grow(s.Points)
	for _, list := range [][][]LonLat{s.Lines, s.Areas} {
		for _, one := range list {
			grow(one)
		}
	}
	if west > east {
		return nil
	}
	p := fit(west, east, south, north)
	pic := &shapesPicture{picture: picture{Width: mapWidth, Height: mapHeight}}
	seen := map[mark]bool{}
	for _, at := range s.Points {
		if m := p.mark(at); at.onMap() && !seen[m] {
			seen[m] = true
			pic.Points = append(pic.Points, m)
		}
	}
	pic.Area, pic.Ways = p.path(s.Areas, "Z"), p.path(s.Lines, "")
	w.measure(&pic.picture, p)
	return pic
}

func (p projection) mark(at LonLat) mark {
	on := p.at(at[0], at[1])
	return mark{round(on.x), round(on.y)}
}

// path draws lines, without the corners that fall on the one before.
func (p projection) path(list [][]LonLat, end string) string {
	var b strings.Builder
	for _, one := range list {
		var last mark
		n := 0
		for _, at := range one {
			m := p.mark(at)
			if !at.onMap() || n > 0 && m == last {
				continue
			}
			fmt.Fprintf(&b, "%c%d %d", "ML"[min(n, 1)], m.X, m.Y)
			last = m
			n++
		}
		if n > 0 {
			b.WriteString(end)
		}
	}
	return b.String()
}
