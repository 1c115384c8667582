package land

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// degrees are a number, or degrees, minutes and seconds, with a letter for the side
// before or behind: B and Đ are the Vietnamese north and east.
var degrees = regexp.MustCompile(`^([NSEWBĐ])?\s*(\d{1,3}(?:[.,]\d+)?)\s*(?:°\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’]\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:["″”]|'')\s*)?)?([NSEWBĐ])?$`)

// ParseCorners reads corners as people type or paste them: a line for each with its
// latitude and longitude in either order, since in Việt Nam the one is never the other;
// with a point or a comma before the fraction; in degrees, or with minutes and seconds.
// A GeoJSON document is taken, too. Nothing is no outline.
func ParseCorners(text string) (Ring, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		list, err := ParseGeoJSON([]byte(text))
		if err != nil {
			return nil, err
		}
		if len(list) != 1 {
			return nil, ledger.FieldErrorf(ledger.Invalid, "corners", "%d plots are given where one is", len(list))
		}
		return list[0].Outline, nil
	}
	var r Ring
	for line := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '\n' || c == '\r' || c == ';' }) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p, ok := parsePoint(strings.ToUpper(line))
		if !ok {
			return nil, fault("unread", len(r)+1, 0, "corner %d, %.40q, is not a latitude and a longitude", len(r)+1, line)
		}
		r = append(r, p)
	}
	return r.Clean(), nil
}

// parsePoint tries every place at which a line may fall into two numbers.
func parsePoint(line string) (p Point, ok bool) {
	found := 0
	for i, c := range line {
		if c != ',' && c != ' ' && c != '\t' {
			continue
		}
		first, ok1 := parseDegrees(strings.Trim(line[:i], ", \t"))
		second, ok2 := parseDegrees(strings.Trim(line[i:], ", \t"))
		if !ok1 || !ok2 {
			continue
		}
		if first > second { // longitudes here are above 100, latitudes below 24
			first, second = second, first
		}
		if first > 90 || second > 180 {
			continue
		}
		if q := pointOf(first, second); found == 0 || q != p {
			p, found = q, found+1
		}
	}
	return p, found == 1
}

func parseDegrees(s string) (float64, bool) {
	m := degrees.FindStringSubmatch(s)
	if m == nil || m[1] != "" && m[5] != "" {
		return 0, false
	}
	total, scale := 0.0, 1.0
	for _, part := range m[2:5] {
		if part != "" {
			n, err := strconv.ParseFloat(strings.Replace(part, ",", ".", 1), 64)
			if err != nil || scale > 1 && n >= 60 {
				return 0, false
			}
			total += n / scale
		}
		scale *= 60
	}
	if side := m[1] + m[5]; side == "S" || side == "W" {
		total = -total
	}
	return total, true
}

// FormatCorners writes an outline so that ParseCorners reads it.
func FormatCorners(r Ring) string {
	lines := make([]string, len(r))
	for i, p := range r {
		at := p.Position()
		lines[i] = at.Lat + ", " + at.Lon
	}
	return strings.Join(lines, "\n")
}

// Feature is a plot of a GeoJSON document (RFC 7946).
type Feature struct {
	Outline    Ring
	At         *Point // to be written of one without an outline
	Name       string
	Properties map[string]any // to be written; what is read of them is the name
}

// nameProperties are where documents have a plot's name.
var nameProperties = []string{"name", "Name", "ten", "Ten", "TEN", "ProductionPlace", "title"}

// maxFeatures bounds a document.
const maxFeatures = 500

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
}

type document struct {
	geometry
	Features   []document     `json:"features"`
	Geometry   *geometry      `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

// ParseGeoJSON reads the plots of a GeoJSON document: its polygons, with longitudes
// before latitudes. A polygon with a hole is refused, since a plot has none here.
func ParseGeoJSON(data []byte) ([]Feature, error) {
	var d document
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &d); err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "geojson", "is no GeoJSON document")
	}
	list, err := d.read(nil)
	if err == nil && len(list) == 0 {
		err = ledger.FieldErrorf(ledger.Invalid, "geojson", "has no polygon in it")
	}
	return list, err
}

func (d *document) read(list []Feature) ([]Feature, error) {
	switch d.Type {
	case "FeatureCollection":
		for i := range d.Features {
			if d.Features[i].Type != "Feature" {
				continue
			}
			var err error
			if list, err = d.Features[i].read(list); err != nil {
				return nil, err
			}
		}
		return list, nil
	case "Feature":
		if d.Geometry == nil {
			return list, nil
		}
		name := ""
		for _, key := range nameProperties {
			if s, ok := d.Properties[key].(string); ok && strings.TrimSpace(s) != "" {
				name = strings.TrimSpace(s)
				break
			}
		}
		return d.Geometry.read(list, name)
	}
	return d.geometry.read(list, "")
}

func (g *geometry) read(list []Feature, name string) ([]Feature, error) {
	var polygons [][][][]float64
	var err error
	switch g.Type {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		err = json.Unmarshal(g.Coordinates, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(g.Coordinates, &polygons)
	}
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "geojson", "the coordinates of plot %d cannot be read", len(list)+1)
	}
	for _, rings := range polygons {
		n := len(list) + 1
		if len(rings) != 1 {
			return nil, ledger.FieldErrorf(ledger.Invalid, "geojson", "plot %d has a hole, or no outline", n)
		}
		if n > maxFeatures {
			return nil, ledger.FieldErrorf(ledger.TooLarge, "geojson", "has more than %d plots", maxFeatures)
		}
		var r Ring
		for i, at := range rings[0] {
			if len(at) < 2 || !(math.Abs(at[0]) <= 180) || !(math.Abs(at[1]) <= 90) {
				return nil, ledger.FieldErrorf(ledger.Invalid, "geojson", "corner %d of plot %d is no place on earth; a longitude comes before its latitude", i+1, n)
			}
			r = append(r, pointOf(at[1], at[0]))
		}
		list = append(list, Feature{Outline: r.Clean(), Name: name})
	}
	return list, nil
}

// GeoJSON writes plots as a FeatureCollection (RFC 7946): longitude before latitude with
// six digits, outlines counter-clockwise and closed. One without an outline is a point,
// or has no geometry.
func GeoJSON(list []Feature) ([]byte, error) {
	features := make([]any, len(list))
	for i, f := range list {
		properties := map[string]any{"name": f.Name}
		for key, value := range f.Properties {
			properties[key] = value
		}
		var shape any
		if len(f.Outline) > 0 {
			shape = map[string]any{"type": "Polygon", "coordinates": [][]json.RawMessage{f.Outline.closed()}}
		} else if f.At != nil {
			shape = map[string]any{"type": "Point", "coordinates": f.At.coordinates()}
		}
		features[i] = map[string]any{"type": "Feature", "properties": properties, "geometry": shape}
	}
	return json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
}

func (r Ring) closed() (list []json.RawMessage) {
	area, _ := r.measure()
	for i := range len(r) + 1 {
		p := r[i%len(r)]
		if area < 0 { // clockwise
			p = r[(2*len(r)-i)%len(r)]
		}
		list = append(list, p.coordinates())
	}
	return list
}

func (p Point) coordinates() json.RawMessage {
	at := p.Position()
	return json.RawMessage(fmt.Sprintf("[%s,%s]", at.Lon, at.Lat))
}

// Hectares writes square metres as hectares, exactly.
func Hectares(m2 int64) string { return trace.NewQuantity(m2, 4, "HAR").Number() }

// FromHectares reads what Hectares writes; 0 where it is no such number.
func FromHectares(text string) int64 {
	q, err := trace.ParseQuantity(text, "HAR")
	if err != nil {
		return 0
	}
	m2, err := SquareMetres(q, "ha")
	if err != nil {
		return 0
	}
	return m2
}
