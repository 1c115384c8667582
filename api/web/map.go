package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/trace"
)

// Map is where the journey went. Only what its owners show, or their communes'
// centres, belongs here.
type Map struct {
	Stops   []Stop             // oldest first
	Outline [][]trace.Position // rings of the province or area, if there is a list of them
}

// Stop is a place on the map.
type Stop struct {
	Name    trace.Text // who or what is there
	Commune trace.Text
	At      trace.Position
	Radius  int // metres within which it really is; 0 when exact
}

// picture is a map in the units of its viewBox.
type picture struct {
	Width, Height int
	Dots          []dot
	Lines         []string // graticule, as path data
	Route         string   // path data
	Area          string   // path data
	ScaleX        int      // where the scale bar starts
	ScaleEnd      int
	ScaleY        int
	ScaleWidth    int
	ScaleLabel    string
}

type dot struct {
	Stop
	N        int // number on the map and in the list
	X, Y     int // of the numbered mark
	TX, TY   int // of the place itself
	R        int // of the uncertainty
	Off      bool
	Distance string // from the first stop, in words; empty at it
}

const (
	mapWidth, mapHeight = 440, 290
	mapMargin           = 44
	mapMark             = 15.0 // radius of a numbered mark
	metresADegree       = 111_320.0
	leastSpan           = 6_000.0 // metres across the map's height, at the closest
)

type point struct{ x, y float64 }

// projection is equirectangular, true at the middle's latitude: good enough for a
// sketch of a country, and the scale bar is right where it stands.
type projection struct {
	lon, lat float64 // middle
	cos      float64
	scale    float64 // units a metre
}

func (p projection) at(lon, lat float64) point {
	return point{
		mapWidth/2 + (lon-p.lon)*p.cos*metresADegree*p.scale,
		mapHeight/2 - (lat-p.lat)*metresADegree*p.scale,
	}
}

// drawMap returns nil when no stop has a position that can be read.
func (w words) drawMap(m *Map) *picture {
	if m == nil {
		return nil
	}
	type spot struct {
		Stop
		lon, lat float64
	}
	var spots []spot
	for _, s := range m.Stops {
		if lon, lat, ok := degrees(s.At); ok {
			spots = append(spots, spot{s, lon, lat})
		}
	}
	if len(spots) == 0 {
		return nil
	}
	west, east, south, north := 180.0, -180.0, 90.0, -90.0
	for _, s := range spots {
		r := float64(s.Radius) / metresADegree
		west, east = min(west, s.lon-r), max(east, s.lon+r)
		south, north = min(south, s.lat-r), max(north, s.lat+r)
	}
	p := fit(west, east, south, north)

	pic := &picture{Width: mapWidth, Height: mapHeight}
	var route []point
	for _, s := range spots {
		at := p.at(s.lon, s.lat)
		if n := len(route); n == 0 || math.Hypot(route[n-1].x-at.x, route[n-1].y-at.y) > 1 {
			route = append(route, at)
		}
		if known(pic.Dots, s.Stop) {
			continue
		}
		d := dot{Stop: s.Stop, N: len(pic.Dots) + 1, TX: round(at.x), TY: round(at.y), R: round(float64(s.Radius) * p.scale)}
		mark := clear(at, pic.Dots)
		d.X, d.Y = round(mark.x), round(mark.y)
		d.Off = math.Hypot(mark.x-at.x, mark.y-at.y) > 2
		if len(pic.Dots) > 0 {
			d.Distance = w.distance(metres(spots[0].lon, spots[0].lat, s.lon, s.lat))
		}
		pic.Dots = append(pic.Dots, d)
	}
	if len(route) > 1 {
		pic.Route = curve(route)
	}
	for _, ring := range m.Outline {
		var b strings.Builder
		for _, pos := range ring {
			if lon, lat, ok := degrees(pos); ok {
				at := p.at(lon, lat)
				fmt.Fprintf(&b, "%c%d %d", "ML"[min(b.Len(), 1)], round(at.x), round(at.y))
			}
		}
		if b.Len() > 0 {
			pic.Area += b.String() + "Z"
		}
	}
	w.measure(pic, p)
	return pic
}

// fit is the projection that shows a box, which is not drawn larger than leastSpan.
func fit(west, east, south, north float64) projection {
	p := projection{lon: (west + east) / 2, lat: (south + north) / 2}
	p.cos = max(math.Cos(p.lat*math.Pi/180), 0.05)
	across := max((east-west)*p.cos*metresADegree/(mapWidth-2*mapMargin), (north-south)*metresADegree/(mapHeight-2*mapMargin), leastSpan/mapHeight)
	p.scale = 1 / across
	return p
}

// measure gives a map its net and its scale bar.
func (w words) measure(pic *picture, p projection) {
	pic.Lines = graticule(p)
	bar := nice(110 / p.scale)
	pic.ScaleWidth = round(bar * p.scale)
	pic.ScaleEnd, pic.ScaleY = mapWidth-16, mapHeight-26
	pic.ScaleX = pic.ScaleEnd - pic.ScaleWidth
	pic.ScaleLabel = w.distance(bar)
}

// known merges the stops of one place.
func known(dots []dot, s Stop) bool {
	for _, d := range dots {
		if d.At == s.At {
			return true
		}
	}
	return false
}

// clear moves a mark off the marks that are there, in widening circles.
func clear(at point, dots []dot) point {
	for turn := range 64 {
		r := 4.0 * math.Ceil(float64(turn)/8) * 2
		a := float64(turn%8) * math.Pi / 4
		c := point{at.x + r*math.Cos(a), at.y + r*math.Sin(a)}
		free := c.x > mapMark && c.x < mapWidth-mapMark && c.y > mapMark && c.y < mapHeight-mapMark
		for _, d := range dots {
			free = free && math.Hypot(float64(d.X)-c.x, float64(d.Y)-c.y) > 2*mapMark+2
		}
		if free {
			return c
		}
	}
	return at
}

// curve joins points by arcs that bend a little to one side, so that there and
// back can be told apart.
func curve(points []point) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", round(points[0].x), round(points[0].y))
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		mx, my := (from.x+to.x)/2-(to.y-from.y)*0.14, (from.y+to.y)/2+(to.x-from.x)*0.14
		fmt.Fprintf(&b, "Q%d %d %d %d", round(mx), round(my), round(to.x), round(to.y))
	}
	return b.String()
}

// graticule is a net of meridians and parallels at round degrees.
func graticule(p projection) []string {
	step := nice(80/p.scale) / metresADegree
	step = math.Pow(10, math.Round(math.Log10(step)*3)/3)
	var lines []string
	for i := -12; i <= 12; i++ {
		lon := (math.Round(p.lon/step) + float64(i)) * step
		if x := round(p.at(lon, p.lat).x); x > 0 && x < mapWidth {
			lines = append(lines, fmt.Sprintf("M%d 0V%d", x, mapHeight))
		}
		lat := (math.Round(p.lat/step) + float64(i)) * step
		if y := round(p.at(p.lon, lat).y); y > 0 && y < mapHeight {
			lines = append(lines, fmt.Sprintf("M0 %dH%d", y, mapWidth))
		}
	}
	return lines
}

// nice is the largest of 1, 2 and 5 times a power of ten that is not above x.
func nice(x float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{5, 2} {
		if m*base <= x {
			return m * base
		}
	}
	return base
}

// distance writes metres for people.
func (w words) distance(m float64) string {
	switch {
	case m < 1000:
		return w.number(strconv.Itoa(round(m))) + "\u00a0m"
	case m < 10_000 && math.Mod(m, 1000) != 0:
		return w.number(strconv.FormatFloat(m/1000, 'f', 1, 64)) + "\u00a0km"
	}
	return w.number(strconv.Itoa(round(m/1000))) + "\u00a0km"
}

// metres is the great-circle distance on a sphere.
func metres(lon1, lat1, lon2, lat2 float64) float64 {
	rad := math.Pi / 180
	s1, s2 := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	return 2 * 6_371_000 * math.Asin(math.Sqrt(s1*s1+math.Cos(lat1*rad)*math.Cos(lat2*rad)*s2*s2))
}

func degrees(p trace.Position) (lon, lat float64, ok bool) {
	lon, err := strconv.ParseFloat(p.Lon, 64)
	lat, err2 := strconv.ParseFloat(p.Lat, 64)
	return lon, lat, err == nil && err2 == nil && math.Abs(lon) <= 180 && math.Abs(lat) <= 85
}

func round(x float64) int { return int(math.Round(x)) }
