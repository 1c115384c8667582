// Package land measures plots: what corners people walk, tap or type mean, whether they
// can be the outline of a plot, and how large that is. Places are WGS 84.
package land

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/geodesic"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Limits of a plot.
const (
	MinCorners = 3
	MaxCorners = 500
	MinArea    = 4          // square metres
	MaxArea    = 10_000_000 // square metres: 1,000 ha
)

// Point is a place in millionths of a degree, which is 11 cm at most: as close as a
// [trace.Position] says it.
type Point struct{ Lat, Lon int32 }

const millionth = 1e-6

func pointOf(lat, lon float64) Point {
	return Point{int32(math.Round(lat / millionth)), int32(math.Round(lon / millionth))}
}

// Degrees are the point's latitude and longitude.
func (p Point) Degrees() (lat, lon float64) {
	return float64(p.Lat) * millionth, float64(p.Lon) * millionth
}

func (p Point) less(q Point) (x, y int64) {
	return int64(p.Lon) - int64(q.Lon), int64(p.Lat) - int64(q.Lat)
}

// Position writes the point.
func (p Point) Position() trace.Position {
	return trace.Position{Lat: decimal(p.Lat), Lon: decimal(p.Lon)}
}

func decimal(n int32) string {
	return strconv.FormatFloat(float64(n)*millionth, 'f', 6, 64)
}

// ReadPoint reads a position.
func ReadPoint(p trace.Position) (Point, error) {
	lat, err := strconv.ParseFloat(p.Lat, 64)
	lon, err2 := strconv.ParseFloat(p.Lon, 64)
	if err != nil || err2 != nil || !(math.Abs(lat) <= 90) || !(math.Abs(lon) <= 180) {
		return Point{}, ledger.FieldErrorf(ledger.Invalid, "corners", "%s, %s is no place on earth", p.Lat, p.Lon)
	}
	return pointOf(lat, lon), nil
}

// Distance is how far two points are apart, in metres.
func Distance(a, b Point) (metres float64) {
	lat1, lon1 := a.Degrees()
	lat2, lon2 := b.Degrees()
	geodesic.WGS84.Inverse(lat1, lon1, lat2, lon2, &metres, nil, nil)
	return metres
}

// Ring is the outline of a plot: its corners in their order, the last joined to the
// first and not the same.
type Ring []Point

// ReadRing reads an outline as a profile has it.
func ReadRing(list []trace.Position) (r Ring, err error) {
	for _, at := range list {
		p, err := ReadPoint(at)
		if err != nil {
			return nil, err
		}
		r = append(r, p)
	}
	return r, nil
}

// Positions writes the outline.
func (r Ring) Positions() []trace.Position {
	list := make([]trace.Position, len(r))
	for i, p := range r {
		list[i] = p.Position()
	}
	return list
}

// Area is what the outline encloses on the ellipsoid, in whole square metres.
func (r Ring) Area() int64 {
	area, _ := r.measure()
	return int64(math.Round(math.Abs(area)))
}

// Perimeter is how long the outline is, in metres.
func (r Ring) Perimeter() float64 {
	_, perimeter := r.measure()
	return perimeter
}

func (r Ring) measure() (area, perimeter float64) {
	p := geodesic.WGS84.PolygonInit(false)
	for _, at := range r {
		p.AddPoint(at.Degrees())
	}
	p.Compute(false, true, &area, &perimeter)
	return area, perimeter
}

// Middle is the centre of the corners' extent.
func (r Ring) Middle() Point {
	if len(r) == 0 {
		return Point{}
	}
	b := r.Box()
	return Point{b.South + (b.North-b.South)/2, b.West + (b.East-b.West)/2}
}

// Box is what lies between two parallels and two meridians, in millionths of a degree.
type Box struct{ South, North, West, East int32 }

// Box is the smallest one around an outline. One without corners has a box that meets
// none.
func (r Ring) Box() Box {
	b := Box{South: math.MaxInt32, North: math.MinInt32, West: math.MaxInt32, East: math.MinInt32}
	for _, p := range r {
		b.South, b.North = min(b.South, p.Lat), max(b.North, p.Lat)
		b.West, b.East = min(b.West, p.Lon), max(b.East, p.Lon)
	}
	return b
}

// Meets reports whether two boxes have ground in common.
func (b Box) Meets(o Box) bool {
	return b.North > o.South && o.North > b.South && b.East > o.West && o.East > b.West
}

// Wider is the box with so many millionths of a degree more on each side.
func (b Box) Wider(by int32) Box { return Box{b.South - by, b.North + by, b.West - by, b.East + by} }

// Clean drops corners that repeat the one before, and the first one where it comes
// again at the end.
func (r Ring) Clean() Ring {
	r = slices.Compact(slices.Clone(r))
	for len(r) > 1 && r[0] == r[len(r)-1] {
		r = r[:len(r)-1]
	}
	return r
}

// The extent of Việt Nam with its islands, roughly.
var country = struct{ south, north, west, east float64 }{6.5, 23.5, 102.1, 117.9}

// Check refuses what cannot be a plot's outline. The field of the error is corners, and
// where a corner is at fault the message numbers it from 1; a [*Fault] is beneath.
func (r Ring) Check() error {
	switch {
	case len(r) < MinCorners:
		return fault("few", 0, 0, "an outline has %d corners at least", MinCorners)
	case len(r) > MaxCorners:
		return fault("many", 0, 0, "an outline has %d corners at most", MaxCorners)
	}
	for i, p := range r {
		lat, lon := p.Degrees()
		if lat < country.south || lat > country.north || lon < country.west || lon > country.east {
			return fault("abroad", i+1, 0, "corner %d is outside Việt Nam", i+1)
		}
	}
	if i, j, crossed := r.crossing(); crossed {
		return fault("crossed", i+1, j+1, "the side from corner %d crosses the one from corner %d", i+1, j+1)
	}
	switch area := r.Area(); {
	case area < MinArea:
		return fault("small", 0, 0, "the outline encloses less than %d m²", MinArea)
	case area > MaxArea:
		return fault("large", 0, 0, "the outline encloses more than %d ha", MaxArea/10_000)
	}
	return nil
}

// Fault is what is wrong with an outline: a word, and the corners at fault, from 1; 0
// where none is.
type Fault struct {
	Kind          string // few, many, abroad, crossed, small, large
	Corner, Other int
}

func (f *Fault) Error() string { return "outline " + f.Kind }

func fault(kind string, corner, other int, format string, args ...any) error {
	err := ledger.FieldErrorf(ledger.Invalid, "corners", format, args...)
	err.Err = &Fault{kind, corner, other}
	return err
}

// crossing finds two sides that meet where they should not, by their first corners.
func (r Ring) crossing() (i, j int, found bool) {
	n := len(r)
	for i := range n {
		for j := i + 1; j < n; j++ {
			a, b, c, d := r[i], r[(i+1)%n], r[j], r[(j+1)%n]
			switch {
			case j == i+1: // they share b
				if turn(a, b, d) == 0 && back(a, b, d) {
					return i, j, true
				}
			case (j+1)%n == i: // they share a
				if turn(c, a, b) == 0 && back(c, a, b) {
					return j, i, true
				}
			case touch(a, b, c, d):
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// turn is positive where a, b, c turn left, negative where they turn right.
func turn(a, b, c Point) int64 {
	x1, y1 := b.less(a)
	x2, y2 := c.less(a)
	return x1*y2 - y1*x2
}

// back reports whether c, on a line with a and b, lies back towards a.
func back(a, b, c Point) bool {
	x1, y1 := b.less(a)
	x2, y2 := c.less(b)
	return x1*x2+y1*y2 < 0
}

// touch reports whether two sides have a point in common.
func touch(a, b, c, d Point) bool {
	if cross(a, b, c, d) {
		return true
	}
	return on(a, b, c) || on(a, b, d) || on(c, d, a) || on(c, d, b)
}

// cross reports whether two sides cross each other, each going on beyond.
func cross(a, b, c, d Point) bool {
	opposite := func(x, y int64) bool { return x > 0 && y < 0 || x < 0 && y > 0 }
	return opposite(turn(a, b, c), turn(a, b, d)) && opposite(turn(c, d, a), turn(c, d, b))
}

// on reports whether p lies on the side from a to b.
func on(a, b, p Point) bool {
	return turn(a, b, p) == 0 && min(a.Lon, b.Lon) <= p.Lon && p.Lon <= max(a.Lon, b.Lon) && min(a.Lat, b.Lat) <= p.Lat && p.Lat <= max(a.Lat, b.Lat)
}

// Overlaps reports whether two plots have ground in common, and the corner of the first,
// from 1, at which they do. Neighbours may share corners and sides.
func (r Ring) Overlaps(other Ring) (corner int, overlaps bool) {
	if len(r) < MinCorners || len(other) < MinCorners || !r.Box().Meets(other.Box()) {
		return 0, false
	}
	for i, p := range r {
		if lat, lon := p.Degrees(); !other.borders(p) && other.holds(lat, lon) {
			return i + 1, true
		}
	}
	for i, a := range r {
		b := r[(i+1)%len(r)]
		for j, c := range other {
			if cross(a, b, c, other[(j+1)%len(other)]) {
				return i + 1, true
			}
		}
	}
	if lat, lon := r.inside(); other.holds(lat, lon) {
		return 1, true
	}
	if lat, lon := other.inside(); r.holds(lat, lon) {
		return 1, true
	}
	return 0, false
}

// borders reports whether a point lies on the outline.
func (r Ring) borders(p Point) bool {
	for i, a := range r {
		if on(a, r[(i+1)%len(r)], p) {
			return true
		}
	}
	return false
}

// holds reports whether a place lies within the outline.
func (r Ring) holds(lat, lon float64) bool {
	in := false
	for i, a := range r {
		y1, x1 := a.Degrees()
		y2, x2 := r[(i+1)%len(r)].Degrees()
		if (y1 > lat) != (y2 > lat) && lon < x1+(x2-x1)*(lat-y1)/(y2-y1) {
			in = !in
		}
	}
	return in
}

// inside is a place within the outline: in the middle of where a parallel between two
// corners runs within it first.
func (r Ring) inside() (lat, lon float64) {
	var lats []int32
	for _, p := range r {
		lats = append(lats, p.Lat)
	}
	slices.Sort(lats)
	lats = slices.Compact(lats)
	if len(lats) < 2 {
		return r[0].Degrees()
	}
	lat = (float64(lats[0]) + float64(lats[1])) / 2 * millionth
	var lons []float64
	for i, a := range r {
		y1, x1 := a.Degrees()
		y2, x2 := r[(i+1)%len(r)].Degrees()
		if (y1 > lat) != (y2 > lat) {
			lons = append(lons, x1+(x2-x1)*(lat-y1)/(y2-y1))
		}
	}
	slices.Sort(lons)
	if len(lons) < 2 {
		return r[0].Degrees()
	}
	return lat, (lons[0] + lons[1]) / 2
}

// Region is where people measure land alike.
type Region string

const (
	North   Region = "north"   // sào of 360 m²
	Central Region = "central" // sào of 500 m²
	South   Region = "south"   // công of 1,000 m²
)

// The provinces since 2025 that are not in the middle of the country, as [trace.Plain]
// writes them.
var (
	northern = []string{"ha noi", "hai phong", "bac ninh", "hung yen", "ninh binh", "quang ninh", "lang son", "cao bang", "tuyen quang", "lao cai", "thai nguyen", "phu tho", "son la", "lai chau", "dien bien"}
	southern = []string{"ho chi minh", "dong nai", "tay ninh", "vinh long", "dong thap", "an giang", "can tho", "ca mau"}
)

// RegionOf is the region of a province by its name; empty where there is no name.
func RegionOf(province string) Region {
	name := trace.Plain(province)
	has := func(p string) bool { return strings.HasSuffix(name, p) }
	switch {
	case name == "":
		return ""
	case slices.ContainsFunc(northern, has):
		return North
	case slices.ContainsFunc(southern, has):
		return South
	}
	return Central
}

// Units in which people say how large land is, by the names that forms have for them, in
// square metres.
var unitSizes = map[string]int64{"m2": 1, "ha": 10_000, "sao_north": 360, "sao_central": 500, "cong": 1000}

// Units lists them.
var Units = []string{"m2", "ha", "sao_north", "sao_central", "cong"}

// Unit is the one that people of a region use beside hectares.
func (r Region) Unit() string {
	switch r {
	case North:
		return "sao_north"
	case South:
		return "cong"
	case Central:
		return "sao_central"
	}
	return "m2"
}

// SquareMetres is so much of a unit, in whole square metres, rounded to the nearest.
func SquareMetres(q trace.Quantity, unit string) (int64, error) {
	size, ok := unitSizes[unit]
	n, exact := new(big.Rat).SetString(q.Number())
	if !ok || !exact || n.Sign() < 0 {
		return 0, ledger.FieldErrorf(ledger.Invalid, "area", "%s %s is no area", q.Number(), unit)
	}
	n.Mul(n, big.NewRat(size, 1))
	m2, _ := strconv.ParseInt(n.FloatString(0), 10, 64)
	if m2 < MinArea || m2 > MaxArea {
		return 0, ledger.FieldErrorf(ledger.Invalid, "area", "is not %d m² to %d ha", MinArea, MaxArea/10_000)
	}
	return m2, nil
}

// Customary writes an area in a region's own unit with one digit behind the point, empty
// where it has none.
func (r Region) Customary(m2 int64) string {
	if r == "" {
		return ""
	}
	return big.NewRat(m2, unitSizes[r.Unit()]).FloatString(1)
}
