package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/trace"
)

// previewRows is how many rows of a table the page shows.
const previewRows = 12

// showContent fills in what is in the files of an open dataset. Nothing else may call it:
// of other datasets not even one cell is for everybody.
func (s *server) showContent(ctx context.Context, out *web.Dataset, d catalog.Dataset, found []profile.Profile) error {
	for _, p := range found {
		for _, t := range p.Tables {
			for _, f := range t.Fields {
				if line := fieldNamed(out, f.Name); line != nil {
					line.Min, line.Max, line.Examples = f.Min, f.Max, f.Examples
				}
			}
			if len(out.Columns) == 0 {
				out.Columns, out.Rows = profiledRows(out, t)
			}
		}
	}
	for _, f := range d.Files {
		switch catalog.FormatOf(f.Media) {
		case "csv":
			if out.Chart != nil || d.About == nil {
				continue
			}
			b, err := s.payload(ctx, f.CID)
			if err != nil {
				if err = ignoreAbsent(err); err != nil {
					return err
				}
				continue
			}
			tabulate(out, d.About, b)
		case "geojson":
			if out.Shapes != nil {
				continue
			}
			b, err := s.payload(ctx, f.CID)
			if err != nil {
				if err = ignoreAbsent(err); err != nil {
					return err
				}
				continue
			}
			out.Shapes = shapesOf(b)
		}
	}
	return nil
}

// ignoreAbsent lets a payload be away, or too large to be looked into.
func ignoreAbsent(err error) error {
	if ledger.CodeOf(err) == ledger.TooLarge {
		return nil
	}
	return ignoreNotFound(err)
}

// profiledRows are the first rows of a table as its profile has them.
func profiledRows(out *web.Dataset, t profile.Table) (columns []web.Column, rows [][]string) {
	numeric := map[string]bool{}
	for _, f := range t.Fields {
		numeric[f.Name] = f.Type == profile.Number || f.Type == profile.Integer
	}
	for _, name := range t.Preview.Fields {
		col := web.Column{Name: trace.Text{VI: name}, Numeric: numeric[name]}
		if line := fieldNamed(out, name); line != nil && !line.Title.IsZero() {
			col.Name = line.Title
		}
		columns = append(columns, col)
	}
	return columns, t.Preview.Rows[:min(len(t.Preview.Rows), previewRows)]
}

// tabulate shows the first rows of a CSV file that its description fits, where no profile
// did, and its first numeric column as a chart.
func tabulate(out *web.Dataset, a *market.Description, b []byte) {
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 || len(a.Columns) == 0 || len(rows[0]) != len(a.Columns) {
		return // a file that does not fit its description is offered without a preview
	}
	rows = rows[1:]
	if len(out.Columns) == 0 {
		for _, col := range a.Columns {
			name := col.Title
			if name.IsZero() {
				name.VI = col.Name
			}
			out.Columns = append(out.Columns, web.Column{Name: name, Numeric: col.Type == "number" || col.Type == "integer"})
		}
		out.Rows = rows[:min(len(rows), previewRows)]
	}
	if out.Total == 0 {
		out.Total = len(rows)
	}
	out.Chart = chartOf(a.Columns, rows[:min(len(rows), previewRows)])
}

// chartOf draws the first numeric column, each row under the names in it. Rows in
// another unit than the first are left out: they cannot be compared.
func chartOf(columns []market.Column, rows [][]string) *web.Chart {
	numeric, unit := -1, -1
	var names []int
	for i, c := range columns {
		switch {
		case c.Type == "number" && numeric < 0:
			numeric = i
		case c.Name == "unit":
			unit = i
		case strings.HasSuffix(c.Name, "name") || strings.HasPrefix(c.Name, "ten_"):
			names = append(names, i)
		}
	}
	if numeric < 0 || len(names) == 0 {
		return nil
	}
	chart := &web.Chart{Title: columns[numeric].Title}
	for _, row := range rows {
		u := columns[numeric].Unit
		if unit >= 0 {
			u = row[unit]
		}
		q, err := trace.ParseQuantity(row[numeric], trace.Unit(u))
		if err != nil || len(chart.Bars) > 0 && q.Unit() != chart.Bars[0].Value.Unit() {
			continue
		}
		label := make([]string, len(names))
		for i, n := range names {
			label[i] = row[n]
		}
		chart.Bars = append(chart.Bars, web.Bar{Label: ledger.Text{VI: strings.Join(label, " · ")}, Value: q})
	}
	if len(chart.Bars) < 2 {
		return nil
	}
	return chart
}

// Bounds of what is drawn of a map: a page is for a phone.
const (
	mapFeatures = 1000
	mapCorners  = 20_000
)

type geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  []geometry      `json:"geometries"`
}

// shapesOf reads GeoJSON (RFC 7946); nil where nothing in it can be drawn.
func shapesOf(b []byte) *web.Shapes {
	var doc struct {
		geometry
		Geometry *geometry `json:"geometry"`
		Features []struct {
			Geometry *geometry `json:"geometry"`
		} `json:"features"`
	}
	if json.Unmarshal(bytes.TrimPrefix(b, []byte("\ufeff")), &doc) != nil {
		return nil
	}
	out, corners := &web.Shapes{}, mapCorners
	draw := func(g *geometry) {
		out.Total++
		if g != nil && out.Shown < mapFeatures && corners > 0 && addShape(out, g, &corners, 0) {
			out.Shown++
		}
	}
	switch doc.Type {
	case "FeatureCollection":
		for _, f := range doc.Features {
			draw(f.Geometry)
		}
	case "Feature":
		draw(doc.Geometry)
	default:
		draw(&doc.geometry)
	}
	if out.Shown == 0 {
		return nil
	}
	return out
}

// deepest is how many collections of geometries may be in one another.
const deepest = 4

// addShape adds a geometry as long as corners are left.
func addShape(out *web.Shapes, g *geometry, corners *int, depth int) bool {
	lines := func(list ...[]web.LonLat) (kept [][]web.LonLat) {
		for _, one := range list {
			if len(one) > 0 && *corners > 0 {
				one = one[:min(len(one), *corners)]
				*corners -= len(one)
				kept = append(kept, one)
			}
		}
		return kept
	}
	read := func(v any) bool { return json.Unmarshal(g.Coordinates, v) == nil }
	before := *corners
	switch g.Type {
	case "Point":
		var p web.LonLat
		if read(&p) {
			out.Points = append(out.Points, p)
			*corners--
		}
	case "MultiPoint":
		var list []web.LonLat
		if read(&list) {
			for _, kept := range lines(list) {
				out.Points = append(out.Points, kept...)
			}
		}
	case "LineString":
		var line []web.LonLat
		if read(&line) {
			out.Lines = append(out.Lines, lines(line)...)
		}
	case "MultiLineString":
		var list [][]web.LonLat
		if read(&list) {
			out.Lines = append(out.Lines, lines(list...)...)
		}
	case "Polygon":
		var rings [][]web.LonLat
		if read(&rings) {
			out.Areas = append(out.Areas, lines(rings...)...)
		}
	case "MultiPolygon":
		var list [][][]web.LonLat
		if read(&list) {
			for _, rings := range list {
				out.Areas = append(out.Areas, lines(rings...)...)
			}
		}
	case "GeometryCollection":
		for i := range g.Geometries {
			if depth < deepest {
				addShape(out, &g.Geometries[i], corners, depth+1)
			}
		}
	}
	return *corners < before
}
