package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
)

// plotRoutes are an organisation's places: plots, packing houses and the rest.
func (s *server) plotRoutes() []route {
	return []route{
		get("/plots", colleague, s.plotsPage),
		get("/plots.geojson", member, s.plotsFile),
		get("/plots/one", colleague, s.plotPage),
		get("/plots/new", manager, s.newPlotPage),
		post("/plots/new", manager, s.addPlot),
		get("/plots/edit", manager, s.editPlotPage),
		post("/plots/edit", manager, s.changePlot),
		post("/plots/close", manager, s.closePlot),
		get("/plots/import", manager, s.importPage),
		post("/plots/import", manager, s.importPlots),
	}
}

// eachPlace calls f with every place of an organisation.
func (s *server) eachPlace(ctx context.Context, v index.Viewer, org ledger.ID, f func(*index.Place) error) error {
	for page := (index.Page{Limit: 500}); ; {
		places, next, err := s.Index.Places(ctx, v, org, page)
		for _, p := range places {
			if err == nil {
				err = f(p)
			}
		}
		if page.Token = next; err != nil || next == "" {
			return err
		}
	}
}

// profileOf is what is said of a place; an empty one where nothing is.
func profileOf(p *index.Place) trace.Profile {
	if p.Profile == nil {
		return trace.Profile{}
	}
	return *p.Profile
}

// placeName is what a place is called, or what kind of place it is.
func placeName(p *index.Place) trace.Text {
	if name := profileOf(p).Name; name != (trace.Text{}) {
		return name
	}
	return placeKinds[p.Kind]
}

// ownPlace is the place of a logbook's organisation that an identifier names. Another's
// is not found, whoever asks.
func (s *server) ownPlace(ctx context.Context, b book, text string) (*index.Place, error) {
	id, err := trace.ParseID(text)
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	p, err := s.Index.Place(ctx, b.viewer, id)
	if err == nil && p.Owner != b.org {
		err = ledger.Errorf(ledger.NotFound, "the place is none of this organisation's")
	}
	return p, err
}

// plotPath is the page of a place.
func plotPath(b book, id trace.ID) string { return b.path("/plots/one", "id", id.String()) }

// path is an address in a logbook.
func (b book) path(to string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if b.onBehalf != nil {
		q.Set(forParam, b.onBehalf.String())
	}
	if len(q) == 0 {
		return to
	}
	return to + "?" + q.Encode()
}

// areaOf is how large a place is, with what people there count in.
func areaOf(p *index.Place, communes map[string]trace.ListEntry) web.Area {
	m2 := land.FromHectares(profileOf(p).Area)
	if m2 == 0 {
		return web.Area{}
	}
	region := land.RegionOf(communes[p.Commune].Province.VI)
	return web.Area{Hectares: land.Hectares(m2), Metres: strconv.FormatInt(m2, 10), Customary: region.Customary(m2), Unit: region.Unit()}
}

func (s *server) plotLine(b book, p *index.Place, communes map[string]trace.ListEntry) web.PlotLine {
	said := profileOf(p)
	pr := &presenter{communes: communes}
	old := ""
	if b.onBehalf == nil {
		old = strings.Join(said.Old, "; ")
	}
	return web.PlotLine{
		Name: placeName(p), Kind: p.Kind, Commune: pr.communeText(p.Commune), Path: plotPath(b, p.ID),
		Area: areaOf(p, communes), Assigned: said.Assigned, Old: old, Drawn: len(said.Outline) > 0, Closed: web.Date(said.Closed),
	}
}

// placeFilters narrow the list of places.
var placeFilters = []filter{
	{"used", func(t index.Traits) bool { return !t.Closed }},
	{"closed", func(t index.Traits) bool { return t.Closed }},
}

func (s *server) plotsPage(c echo.Context) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	l, chosen := listingOf(c, "/plots", placeFilters, forParam)
	found, err := s.Index.FindPlaces(ctx, b.viewer, b.org, index.Search{Query: l.query, Only: chosen.only}, l.page)
	if err != nil {
		return err
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return err
	}
	v := &web.Plots{For: b.name, MayChange: b.onBehalf == nil && callerOf(ctx).authority.may(ledger.RoleAdmin), Find: finder(l, found, placeFilters)}
	if v.First, err = s.noPlot(ctx, b, found.Counts); err != nil {
		return err
	}
	drawn := &web.Land{}
	for _, p := range found.List {
		line := s.plotLine(b, p, communes)
		v.List = append(v.List, line)
		// Whoever records on somebody's behalf needs no more than the name.
		if b.onBehalf == nil && line.Drawn && line.Closed == "" {
			drawn.Shapes = append(drawn.Shapes, web.Shape{Name: line.Name, Path: line.Path, Corners: profileOf(p).Outline})
		}
	}
	if len(drawn.Shapes) > 0 {
		v.Map = drawn
	}
	if v.MayChange && v.First {
		if v.Whole, err = s.wholePlot(ctx, communes); err != nil {
			return err
		}
	}
	return show(s, c, http.StatusOK, s.pages.Plots, v)
}

// usedPlot is ground that something is grown on.
func usedPlot(t index.Traits) bool { return t.Kind == trace.PlacePlot && !t.Closed }

// noPlot reports whether an organisation has no plot that is used; counts are those of
// what it found last.
func (s *server) noPlot(ctx context.Context, b book, counts map[index.Traits]int) (bool, error) {
	for t, n := range counts {
		if n > 0 && usedPlot(t) {
			return false, nil
		}
	}
	plots, err := s.Index.FindPlaces(ctx, b.viewer, b.org, index.Search{Only: usedPlot}, index.Page{Limit: 1})
	return plots.Total == 0, err
}

// wholePlot is what one tap records where nobody has drawn anything: the whole orchard,
// in the organisation's own commune. nil where that is not known.
func (s *server) wholePlot(ctx context.Context, communes map[string]trace.ListEntry) (*web.PlotForm, error) {
	commune, err := s.ownCommune(ctx)
	if err != nil || commune == "" {
		return nil, err
	}
	if _, known := communes[commune]; len(communes) > 0 && !known {
		return nil, nil
	}
	ids, err := s.office.PlaceCodes(ctx, identityOf(ctx).Org, 1)
	if err != nil {
		return nil, nil // without a code there is none to offer
	}
	return &web.PlotForm{ID: ids[0].String(), Commune: commune}, nil
}

// ownCommune is where the caller's organisation says it is.
func (s *server) ownCommune(ctx context.Context) (string, error) {
	o, err := s.Index.Organisation(ctx, viewerOf(ctx), identityOf(ctx).Org)
	if err != nil || o.Profile == nil {
		return "", err
	}
	return o.Profile.Commune, nil
}

// plotsFile is an organisation's drawn plots as GeoJSON, with what rules on deforestation
// ask for beside the outline.
func (s *server) plotsFile(c echo.Context) error {
	ctx := c.Request().Context()
	org := identityOf(ctx).Org
	communes, err := s.communes(ctx)
	if err != nil {
		return err
	}
	name, err := s.orgName(ctx, org)
	if err != nil {
		return err
	}
	pr := &presenter{communes: communes}
	list := []land.Feature{}
	err = s.eachPlace(ctx, viewerOf(ctx), org, func(p *index.Place) error {
		said := profileOf(p)
		if p.Kind != trace.PlacePlot || said.Closed != "" {
			return nil
		}
		r, err := land.ReadRing(said.Outline)
		if err != nil {
			return err
		}
		f := land.Feature{Outline: r, Name: placeName(p).VI, Properties: map[string]any{
			"ProducerName": name.VI, "ProducerCountry": "VN", "ProductionPlace": pr.communeText(p.Commune).VI, "id": p.ID.Link(s.PublicURL),
		}}
		if m2 := land.FromHectares(said.Area); m2 > 0 {
			f.Properties["Area"] = float64(m2) / 10_000
		}
		if said.Assigned != "" {
			f.Properties["plantingAreaCode"] = said.Assigned
		}
		list = append(list, f)
		return nil
	})
	if err != nil {
		return err
	}
	doc, err := land.GeoJSON(list)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the plots cannot be written")
	}
	keepNothing(c.Response().Header())
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="plots.geojson"`)
	return reply(c, http.StatusOK, "application/geo+json", newBody(doc))
}

func (s *server) plotPage(c echo.Context) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	p, err := s.ownPlace(ctx, b, c.QueryParam("id"))
	if err != nil {
		return err
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return err
	}
	said, may := profileOf(p), callerOf(ctx).authority.may
	v := &web.Plot{PlotLine: s.plotLine(b, p, communes), Code: codeText(p.ID), ID: p.ID.String(), For: b.name}
	if b.onBehalf == nil {
		if v.Drawn {
			v.Corners = said.Outline
			v.Map = &web.Land{Shapes: []web.Shape{{Name: v.Name, Corners: said.Outline, Chosen: true}}}
			r, err := land.ReadRing(said.Outline)
			if err != nil {
				return err
			}
			v.Perimeter = strconv.FormatFloat(r.Perimeter(), 'f', 0, 64)
		}
		if may(ledger.RoleAdmin) {
			v.Edit = b.path("/plots/edit", "id", p.ID.String())
		}
	}
	if may(ledger.RoleRecorder) {
		if p.Kind == trace.PlacePlot {
			v.Plant = b.path("/crops/new", "plot", p.ID.String())
		}
		v.Test = b.path("/plots/tests/new", "plot", p.ID.String())
	}
	crops, _, err := s.cropsAmong(ctx, b.viewer, b.org, index.Query{Places: []trace.ID{p.ID}}, maxCrops, false)
	if err != nil {
		return err
	}
	for _, crop := range crops {
		if crop.Place == p.ID {
			crop.Path = b.path("/record", "crop", crop.ID.String())
			v.Crops = append(v.Crops, crop)
		}
	}
	if v.Tests, err = s.testsOf(ctx, b, p.ID); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Plot, v)
}

// closePlot says that a place is used no more, or is used again. What is recorded of it
// stays.
func (s *server) closePlot(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.ownPlace(ctx, book{org: identityOf(ctx).Org, viewer: viewerOf(ctx)}, form.Get("id"))
	if err != nil {
		return err
	}
	said, word := profileOf(p), "plot_reopened"
	said.Closed = ""
	if form.Get("close") != "" {
		said.Closed, word = time.Now().In(vietnam).Format(time.DateOnly), "plot_closed"
	}
	if said.Name == (trace.Text{}) {
		said.Name = placeName(p)
	}
	place := p.Place
	err = s.office.DescribePlaces(ctx, identityOf(ctx), office.Described{Place: place, Profile: said})
	if err = thenDone(err, "/plots", word); err != nil {
		return err
	}
	return done(c, "/plots", word)
}
