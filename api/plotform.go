package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
)

// Limits of what is said of a place, in characters.
const (
	maxPlaceName = 100
	maxAssigned  = 60
)

// How far a plot may lie from the middle of its commune, in metres: beyond the first
// distance the commune is doubted where another one is nearer, beyond the second it is
// refused.
const (
	communeNear = 10_000
	communeFar  = 60_000
)

// mapped lets a page ask the phone where it is, which no other page does.
func mapped(c echo.Context) {
	c.Response().Header().Set("Permissions-Policy", "camera=(), geolocation=(self), microphone=()")
}

func (s *server) newPlotPage(c echo.Context) error {
	return s.askPlot(c, http.StatusOK, web.Form{}, nil, web.PlotForm{})
}

func (s *server) editPlotPage(c echo.Context) error {
	ctx := c.Request().Context()
	p, err := s.ownPlace(ctx, book{org: identityOf(ctx).Org, viewer: viewerOf(ctx)}, c.QueryParam("id"))
	if err != nil {
		return err
	}
	return s.askPlot(c, http.StatusOK, web.Form{}, p, web.PlotForm{})
}

// askPlot shows the form of a place; p is the one that is changed, nil for a new one, and
// v has what is wrong with what was typed.
func (s *server) askPlot(c echo.Context, code int, f web.Form, p *index.Place, v web.PlotForm) (err error) {
	ctx := c.Request().Context()
	v.Form, v.Action, v.Back, v.New = f, "/plots/new", "/plots", p == nil
	communes, err := s.communes(ctx)
	if err != nil {
		return err
	}
	if v.Communes, err = s.communeOptions(ctx, s.lang(c)); err != nil {
		return err
	}
	if p == nil {
		v.Kind = trace.PlacePlot
		if v.Commune, err = s.ownCommune(ctx); err != nil {
			return err
		}
		if v.ID = f.Value("id"); v.ID == "" {
			ids, err := s.office.PlaceCodes(ctx, identityOf(ctx).Org, 1)
			if err != nil {
				return err
			}
			v.ID = ids[0].String()
		}
	} else {
		said := profileOf(p)
		v.Action, v.Back = "/plots/edit", plotPath(book{}, p.ID)
		v.ID, v.Name, v.Kind, v.Commune, v.Assigned = p.ID.String(), placeName(p).VI, p.Kind, p.Commune, said.Assigned
		if r, err := land.ReadRing(said.Outline); err == nil {
			v.Corners = land.FormatCorners(r)
		}
		v.Units = batch.FormatMeasures(said.Units, web.DecimalMark(s.lang(c)))
		if v.Corners == "" && said.Area != "" {
			v.Area, v.Unit = strings.Replace(said.Area, ".", web.DecimalMark(s.lang(c)), 1), "ha"
		}
	}
	if v.Unit == "" {
		v.Unit = land.RegionOf(communes[v.Commune].Province.VI).Unit()
	}
	drawn, _ := land.ParseCorners(firstOf(f.Value("corners"), v.Corners)) // what cannot be read is said beside it
	if v.Sketch, err = s.sketch(ctx, v.ID, drawn, firstOf(f.Value("commune"), v.Commune), communes); err != nil {
		return err
	}
	mapped(c)
	return show(s, c, code, s.pages.PlotForm, &v)
}

// A map to draw on has so many other plots, out of so many millionths of a degree around
// the one that is drawn already.
const (
	sketched      = 200
	neighbourhood = 20_000
)

// sketch is what a map to draw on starts with: the organisation's other plots, and where
// the communes are.
func (s *server) sketch(ctx context.Context, but string, around land.Ring, commune string, communes map[string]trace.ListEntry) (out web.Sketch, err error) {
	out.Communes = map[string][2]float64{}
	for code, unit := range communes {
		if unit.At == nil {
			continue
		}
		if p, err := land.ReadPoint(*unit.At); err == nil {
			lat, lon := p.Degrees()
			out.Communes[code] = [2]float64{lat, lon}
		}
	}
	out.Centre = out.Communes[commune]
	// The new one is drawn beside those that came last, in most cases.
	box := land.Box{South: math.MinInt32, North: math.MaxInt32, West: math.MinInt32, East: math.MaxInt32}
	if len(around) > 0 {
		box = around.Box().Wider(neighbourhood)
	}
	places, err := s.Index.PlacesWithin(ctx, viewerOf(ctx), identityOf(ctx).Org, box, sketched)
	if err != nil {
		return out, err
	}
	for _, p := range places {
		r, err := land.ReadRing(profileOf(p).Outline)
		if err != nil || len(r) == 0 || p.ID.String() == but {
			continue
		}
		shape := web.SketchPlot{Name: placeName(p).VI}
		for _, at := range r {
			lat, lon := at.Degrees()
			shape.Corners = append(shape.Corners, [2]float64{lat, lon})
		}
		out.Plots = append(out.Plots, shape)
	}
	return out, nil
}

// addPlot records a new place. The form names it, so that one that is sent twice is one
// place.
func (s *server) addPlot(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, err := trace.ParseID(form.Get("id"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "id", "%v", err)
	}
	if p, err := s.Index.Place(ctx, viewerOf(ctx), id); err == nil && p.Owner == identityOf(ctx).Org {
		return done(c, plotPath(book{}, id), "plot_added")
	}
	if taken, err := s.office.Taken(ctx, id); taken || err != nil {
		return errOr(err, ledger.FieldErrorf(ledger.Conflict, "id", "names something else already"))
	}
	return s.describePlot(c, form, nil, office.Described{Place: trace.Place{ID: id, Kind: form.Get("kind")}}, "plot_added")
}

func (s *server) changePlot(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.ownPlace(ctx, book{org: identityOf(ctx).Org, viewer: viewerOf(ctx)}, form.Get("id"))
	if err != nil {
		return err
	}
	return s.describePlot(c, form, p, office.Described{Place: p.Place, Profile: profileOf(p)}, "plot_changed")
}

// describePlot reads what a form says of a place and records it.
func (s *server) describePlot(c echo.Context, form url.Values, p *index.Place, d office.Described, word string) error {
	ctx := c.Request().Context()
	warnings, err := s.readPlot(ctx, form, &d)
	if err == nil && len(warnings) > 0 && form.Get("sure") == "" {
		f := web.Form{Values: form, Wrong: map[string]string{}}
		return s.askPlot(c, http.StatusConflict, f, p, web.PlotForm{Warnings: warnings})
	}
	to := plotPath(book{}, d.Place.ID)
	if err == nil {
		err = thenDone(s.office.DescribePlaces(ctx, identityOf(ctx), d), to, word)
	}
	if err != nil {
		f, code, fault := again(c, form, err)
		if fault != nil {
			return fault
		}
		return s.askPlot(c, code, f, p, web.PlotForm{Fault: faultOf(err)})
	}
	return done(c, to, word)
}

// faultOf is what is wrong with an outline, where that is what an error says.
func faultOf(err error) *web.PlotFault {
	var f *land.Fault
	if !errors.As(err, &f) {
		return nil
	}
	return &web.PlotFault{Kind: f.Kind, Corner: f.Corner, Other: f.Other}
}

// readPlot fills in what a form says of a place, and tells what may be wrong with it.
func (s *server) readPlot(ctx context.Context, form url.Values, d *office.Described) ([]web.PlotWarning, error) {
	name := strings.TrimSpace(form.Get("name"))
	if n := utf8.RuneCountInString(name); n == 0 || n > maxPlaceName {
		return nil, ledger.FieldErrorf(ledger.Invalid, "name", "is not 1 to %d characters", maxPlaceName)
	}
	if d.Profile.Name.VI != name {
		d.Profile.Name = trace.Text{VI: name}
	}
	d.Profile.Assigned = strings.TrimSpace(form.Get("assigned"))
	if utf8.RuneCountInString(d.Profile.Assigned) > maxAssigned {
		return nil, ledger.FieldErrorf(ledger.Invalid, "assigned", "has more than %d characters", maxAssigned)
	}
	units, err := batch.ParseMeasures(form.Get("units"))
	if err != nil {
		return nil, err
	}
	d.Profile.Units = units
	communes, err := s.communes(ctx)
	if err != nil {
		return nil, err
	}
	commune := strings.TrimSpace(form.Get("commune"))
	if _, known := communes[commune]; len(communes) > 0 && !known {
		return nil, ledger.FieldErrorf(ledger.Invalid, "commune", "%q is not in the register's list", commune)
	}
	d.Place.Commune, d.Profile.Commune = commune, commune
	outline, err := land.ParseCorners(form.Get("corners"))
	if err != nil {
		return nil, ledgerField(err, "corners")
	}
	if len(outline) == 0 {
		return nil, undrawn(form, &d.Profile)
	}
	if err := outline.Check(); err != nil {
		return nil, err
	}
	warnings, err := s.nearby(outline, commune, communes)
	if err != nil {
		return nil, err
	}
	drawn(&d.Profile, outline)
	more, err := s.overlapping(ctx, d.Place.ID, outline)
	return append(warnings, more...), err
}

// ledgerField is an error that names a field of the form.
func ledgerField(err error, field string) error {
	var e *ledger.Error
	if errors.As(err, &e) {
		named := *e
		named.Field = field
		return &named
	}
	return err
}

// drawn says an outline and what follows from it.
func drawn(p *trace.Profile, outline land.Ring) {
	at := outline.Middle().Position()
	p.Outline, p.Point, p.Area = outline.Positions(), &at, land.Hectares(outline.Area())
}

// undrawn takes an area as people say it, of a place that nobody drew.
func undrawn(form url.Values, p *trace.Profile) error {
	if len(p.Outline) > 0 {
		p.Point = nil // the middle of what was drawn
	}
	p.Outline, p.Area = nil, ""
	text := strings.TrimSpace(form.Get("area"))
	if text == "" {
		return nil
	}
	q, err := batch.ParseAmount(text, "")
	if err != nil {
		return ledgerField(err, "area")
	}
	m2, err := land.SquareMetres(q, form.Get("area_unit"))
	if err != nil {
		return err
	}
	p.Area = land.Hectares(m2)
	return nil
}

// nearby doubts the commune of an outline that lies nearer to another's middle, and
// refuses one that is far away.
func (s *server) nearby(outline land.Ring, commune string, communes map[string]trace.ListEntry) ([]web.PlotWarning, error) {
	said := communes[commune]
	if said.At == nil {
		return nil, nil
	}
	middle := outline.Middle()
	away := func(unit trace.ListEntry) (float64, bool) {
		if unit.At == nil {
			return 0, false
		}
		at, err := land.ReadPoint(*unit.At)
		return land.Distance(middle, at), err == nil
	}
	far, ok := away(said)
	switch {
	case !ok || far <= communeNear:
		return nil, nil
	case far > communeFar:
		return nil, ledger.FieldErrorf(ledger.Invalid, "commune", "the plot lies %.0f km from it", far/1000)
	}
	nearest, name := far, trace.Text{}
	for _, unit := range communes {
		if d, ok := away(unit); ok && d < nearest {
			nearest, name = d, unit.Name
		}
	}
	if nearest == far {
		return nil, nil
	}
	return []web.PlotWarning{{Kind: "commune", Name: name}}, nil
}

// overlapsNamed is how many overlaps a page names.
const overlapsNamed = 50

// overlapping finds the organisation's other plots that an outline has ground in common
// with.
func (s *server) overlapping(ctx context.Context, but trace.ID, outline land.Ring) (list []web.PlotWarning, err error) {
	found, err := s.office.Overlaps(ctx, identityOf(ctx).Org, []office.Outline{{ID: but, Ring: outline}}, overlapsNamed)
	for _, o := range found {
		list = append(list, web.PlotWarning{Kind: "overlap", Corner: o.Corner, Name: placeName(o.Place)})
	}
	return list, err
}

func (s *server) importPage(c echo.Context) error {
	return s.askImport(c, http.StatusOK, web.Form{}, web.PlotImport{})
}

// askImport shows the form of a file of plots; v has what is wrong with one that was sent.
func (s *server) askImport(c echo.Context, code int, f web.Form, v web.PlotImport) (err error) {
	v.Form = f
	ctx := c.Request().Context()
	if v.Communes, err = s.communeOptions(ctx, s.lang(c)); err != nil {
		return err
	}
	if v.Commune, err = s.ownCommune(ctx); err != nil {
		return err
	}
	return show(s, c, code, s.pages.PlotImport, &v)
}

// importPlots records the plots of a GeoJSON file, all of them or none. What lies over
// another plot is warned of first; then the file comes back with the form.
func (s *server) importPlots(c echo.Context) error {
	form, file, err := typedPhoto(c, "geojson")
	if err != nil {
		return err
	}
	if len(file) == 0 {
		file = []byte(form.Get("drawn"))
	}
	ctx := c.Request().Context()
	v, err := s.takePlots(ctx, form, file)
	if len(v.Faults) > 0 || len(v.Warnings) > 0 {
		code := http.StatusBadRequest
		if len(v.Faults) == 0 {
			code, v.Drawn = http.StatusConflict, string(file)
		}
		form.Del("drawn")
		return s.askImport(c, code, web.Form{Values: form, Wrong: map[string]string{}}, v)
	}
	if err = thenDone(err, "/plots", "plots_added"); err != nil {
		form.Del("drawn")
		f, code, fault := again(c, form, err)
		if fault != nil {
			return fault
		}
		return s.askImport(c, code, f, web.PlotImport{})
	}
	return done(c, "/plots", "plots_added")
}

// takePlots records the plots of a file, unless something is wrong with one, or may be and
// the form does not say that somebody looked.
func (s *server) takePlots(ctx context.Context, form url.Values, file []byte) (v web.PlotImport, err error) {
	if len(file) == 0 {
		return v, ledger.FieldErrorf(ledger.Invalid, "geojson", "is missing")
	}
	features, err := land.ParseGeoJSON(file)
	if err != nil {
		return v, err
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return v, err
	}
	commune := strings.TrimSpace(form.Get("commune"))
	if _, known := communes[commune]; commune == "" || len(communes) > 0 && !known {
		return v, ledger.FieldErrorf(ledger.Invalid, "commune", "%q is not in the register's list", commune)
	}
	ids, err := s.office.PlaceCodes(ctx, identityOf(ctx).Org, len(features))
	if err != nil {
		return v, err
	}
	list, outlines := make([]office.Described, len(features)), make([]office.Outline, len(features))
	for i, f := range features {
		name := []rune(firstOf(f.Name, "Thửa "+strconv.Itoa(i+1)))
		list[i] = office.Described{
			Place:   trace.Place{ID: ids[i], Kind: trace.PlacePlot, Commune: commune},
			Profile: trace.Profile{Name: trace.Text{VI: string(name[:min(len(name), maxPlaceName)])}, Commune: commune},
		}
		var warnings []web.PlotWarning
		err := f.Outline.Check()
		if err == nil {
			warnings, err = s.nearby(f.Outline, commune, communes)
		}
		if fault := faultOf(err); fault != nil {
			v.Faults = append(v.Faults, web.ImportFault{N: i + 1, Name: f.Name, PlotFault: *fault})
			continue
		}
		for _, w := range warnings {
			v.Warnings = append(v.Warnings, web.ImportWarning{N: i + 1, Name: f.Name, PlotWarning: w})
		}
		outlines[i].Ring = f.Outline
		if err != nil {
			return v, err
		}
		drawn(&list[i].Profile, f.Outline)
	}
	if len(v.Faults) > 0 {
		v.Warnings = nil
		return v, nil
	}
	overlaps, err := s.office.Overlaps(ctx, identityOf(ctx).Org, outlines, overlapsNamed)
	if err != nil {
		return v, err
	}
	for _, o := range overlaps {
		w := web.ImportWarning{N: o.N + 1, Name: features[o.N].Name, PlotWarning: web.PlotWarning{Kind: "overlap", Corner: o.Corner}}
		if o.Place != nil {
			w.PlotWarning.Name = placeName(o.Place)
		} else {
			w.PlotWarning.Name = list[o.Other].Profile.Name
		}
		v.Warnings = append(v.Warnings, w)
	}
	if len(v.Warnings) > 0 && form.Get("sure") == "" {
		return v, nil
	}
	return web.PlotImport{}, s.office.DescribePlaces(ctx, identityOf(ctx), list...)
}
