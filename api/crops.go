package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/land"
	"github.com/sogoc/sogoc/trace/logbook"
)

// cropRoutes begin and end the seasons of an organisation's plots.
func (s *server) cropRoutes() []route {
	return []route{
		get("/crops/new", recorder, s.newCropPage),
		post("/crops/new", recorder, s.plant),
		post("/crops/end", recorder, s.endCrop),
	}
}

// wholePlace is what a form has for the whole orchard, which is put on the register with
// its first season.
const wholePlace = "whole"

func (s *server) newCropPage(c echo.Context) error {
	return s.askCrop(c, http.StatusOK, web.Form{})
}

func (s *server) askCrop(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	now := time.Now().In(vietnam)
	v := &web.CropForm{
		Form: f, Event: firstOf(f.Value("event"), trace.NewEventID()), For: b.name, Planted: now.Format(time.DateOnly), Today: now.Format(time.DateOnly),
		Audience: string(ledger.Parties), MayName: b.onBehalf == nil && callerOf(ctx).authority.may(ledger.RoleAdmin), Unit: "m2",
	}
	if b.onBehalf != nil {
		v.Member = b.onBehalf.String()
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return err
	}
	chosen := firstOf(f.Value("plot"), c.QueryParam("plot"))
	if err := s.askGround(ctx, b, v, chosen, communes); err != nil {
		return err
	}
	last, err := s.lastSeason(ctx, b, chosen)
	if err != nil {
		return err
	}
	products, offer, err := s.offerProducts(ctx, b.viewer, b.org, f, "product", cropsOnly, f.Value("product"), last.product.String())
	if err != nil {
		return err
	}
	v.ProductOffer = offer
	names := s.names(ctx, b.viewer)
	for _, p := range products {
		v.Products = append(v.Products, web.Choice{Value: p.ID.String(), Name: names(p.ID), Chosen: p.ID == last.product || len(products) == 1 && !offer.Long})
		v.Counted = v.Counted || !p.Unit.SameDimension("MTK")
	}
	v.Variety, v.Year = last.variety, last.year
	if v.MayName {
		// The form names what it makes, so that one that is sent twice makes it once.
		if v.ProductID = f.Value("product_id"); v.ProductID == "" {
			id, err := s.office.ProductCode(ctx, b.org)
			if err != nil {
				v.MayName = false
			} else {
				v.ProductID = id.String()
			}
		}
	}
	return show(s, c, code, s.pages.CropForm, v)
}

// askGround asks on which plot, and how much of it.
func (s *server) askGround(ctx context.Context, b book, v *web.CropForm, chosen string, communes map[string]trace.ListEntry) error {
	places, offer, err := s.offerPlaces(ctx, b.viewer, b.org, v.Form, "plot", usedPlot, chosen)
	if err != nil {
		return err
	}
	v.PlotOffer = offer
	for _, p := range places {
		is := p.ID.String() == chosen
		if is && (p.Kind != trace.PlacePlot || profileOf(p).Closed != "") {
			continue
		}
		v.Plots = append(v.Plots, web.Choice{Value: p.ID.String(), Name: placeName(p), Chosen: is})
		if is || len(places) == 1 {
			v.Unit = land.RegionOf(communes[p.Commune].Province.VI).Unit()
		}
	}
	if len(v.Plots) == 1 && !offer.Long {
		v.Plots[0].Chosen = true
	}
	if len(v.Plots) > 0 || !v.MayName {
		return nil
	}
	whole, err := s.wholePlot(ctx, communes)
	if err != nil || whole == nil {
		return err
	}
	v.Whole, v.WholeID, v.Commune = true, firstOf(v.Form.Value("whole_id"), whole.ID), whole.Commune
	v.Plots = []web.Choice{{Value: wholePlace, Name: wholeName, Chosen: true}}
	v.Unit = land.RegionOf(communes[whole.Commune].Province.VI).Unit()
	return nil
}

// wholeName is what an orchard is called that nobody divided.
var wholeName = trace.Text{VI: "Cả vườn", EN: "The whole orchard"}

// begun is what is offered again of the season before.
type begun struct {
	product       trace.ID
	variety, year string
}

// lastSeason is the one that was entered last, of the chosen plot where there is one.
func (s *server) lastSeason(ctx context.Context, b book, plot string) (last begun, err error) {
	q := index.Query{Steps: []string{logbook.StepPlanting}, Orgs: []ledger.ID{b.org}}
	if id, err := trace.ParseID(plot); err == nil {
		q.Places = []trace.ID{id}
	}
	events, _, err := s.Index.Events(ctx, b.viewer, q, index.Page{Limit: 20})
	if err != nil {
		return last, err
	}
	for _, r := range events {
		if r.Acting() != b.org || r.Voided != nil || r.Fact.Error != nil || len(r.Fact.Objects) == 0 {
			continue
		}
		last.product = r.Fact.Objects[0].ID.Product()
		payload, err := s.payload(ctx, r.Fact.Payload)
		if err != nil {
			return last, ignoreNotFound(err)
		}
		d, err := detailsOf(payload)
		if err != nil {
			return last, err
		}
		last.variety, last.year = d.ilmd["variety"], d.ilmd["plantedYear"]
		return last, nil
	}
	return last, nil
}

// plant begins a season.
func (s *server) plant(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if form.Has("find") {
		return s.askCrop(c, http.StatusOK, web.Form{Values: form})
	}
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	if r, err := s.Index.Event(ctx, b.viewer, form.Get("event")); err == nil && r.Acting() == b.org && len(r.Fact.Objects) > 0 {
		return done(c, b.path("/record", "crop", r.Fact.Objects[0].ID.String()), "planted")
	}
	season, err := s.seasonIn(ctx, b, form)
	if err == nil {
		err = season.Check(time.Now())
	}
	to := "/record"
	if err == nil {
		to = b.path("/record", "crop", season.Crop.String())
		err = thenDone(s.enterIn(ctx, b, season, form), to, "planted")
	}
	if err != nil {
		return retyped(c, form, err, s.askCrop)
	}
	return done(c, to, "planted")
}

// written is something that is recorded as an EPCIS document.
type written interface {
	Document(base string) ([]byte, error)
}

// enterIn records it in a logbook, for whom the form says.
func (s *server) enterIn(ctx context.Context, b book, w written, form url.Values) error {
	doc, err := w.Document(s.PublicURL)
	if err != nil {
		return err
	}
	terms := capture.Terms{Audience: ledger.Parties, OnBehalf: b.onBehalf}
	switch a := ledger.Audience(form.Get("audience")); a {
	case ledger.Public, ledger.Own:
		terms.Audience = a
	}
	return s.enterDocument(ctx, doc, terms)
}

// seasonIn reads a season from a form, and first puts on the register what it names that
// is not there yet: the whole orchard, a crop of the organisation's own.
func (s *server) seasonIn(ctx context.Context, b book, form url.Values) (logbook.Season, error) {
	season := logbook.Season{Event: form.Get("event"), Variety: strings.TrimSpace(form.Get("variety")), Note: form.Get("note")}
	var err error
	if season.At, err = dayIn(form.Get("planted"), "planted"); err != nil {
		return season, err
	}
	if text := strings.TrimSpace(form.Get("year")); text != "" {
		if season.Year, err = strconv.Atoi(text); err != nil {
			return season, ledger.FieldErrorf(ledger.Invalid, "year", "is not a year")
		}
	}
	m2, err := typedArea(form)
	if err != nil {
		return season, err
	}
	plants := trace.Quantity{}
	if text := strings.TrimSpace(form.Get("plants")); text != "" {
		if plants, err = batch.ParseAmount(text, ""); err != nil {
			return season, ledgerField(err, "plants")
		}
	}
	product, create, err := s.cropProduct(ctx, b, form)
	if err != nil {
		return season, err
	}
	place, makes, err := s.cropPlace(ctx, b, form)
	if err != nil {
		return season, err
	}
	said := place.Profile
	if m2 == 0 {
		m2 = land.FromHectares(said.Area)
	}
	season.Place, season.AreaCode = place.Place.ID, said.Assigned
	if m2 > 0 {
		season.Area = land.Hectares(m2)
	}
	switch {
	case !product.Unit.SameDimension("MTK"):
		if plants.IsZero() {
			return season, ledger.FieldErrorf(ledger.Invalid, "plants", "is missing")
		}
		season.Quantity = trace.NewQuantity(0, 0, product.Unit)
		if season.Quantity, err = trace.ParseQuantity(plants.Number(), product.Unit); err != nil {
			return season, ledger.FieldErrorf(ledger.Invalid, "plants", "%v", err)
		}
	case m2 == 0:
		return season, ledger.FieldErrorf(ledger.Invalid, "area", "is missing")
	default:
		if season.Quantity, err = trace.NewQuantity(m2, 0, "MTK").In(product.Unit); err != nil {
			return season, ledger.FieldErrorf(ledger.Invalid, "area", "%v", err)
		}
	}
	name := s.names(ctx, b.viewer)(product.ID).VI
	if create != nil {
		name = create.Name.VI
	}
	if season.Crop, err = s.seasonLot(ctx, product.ID, name, season.At); err != nil {
		return season, err
	}
	if err := season.Check(time.Now()); err != nil {
		return season, err
	}
	if makes {
		err = thenDone(s.office.DescribePlaces(ctx, identityOf(ctx), place), "/crops/new", "plot_added")
	}
	if err == nil && create != nil {
		err = thenDone(s.office.DescribeProducts(ctx, identityOf(ctx), office.DescribedProduct{Product: product, Profile: *create}), "/crops/new", "product_added")
	}
	return season, err
}

// dayIn is a day of a form at eight in the morning, or a moment ago where it is today.
func dayIn(text, field string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, text, vietnam)
	if err != nil {
		return day, ledger.FieldErrorf(ledger.Invalid, field, "is not a day")
	}
	at, now := day.Add(8*time.Hour), time.Now().In(vietnam).Truncate(time.Second)
	if at.After(now) && day.Before(now) {
		return now, nil
	}
	return at, nil
}

// typedArea is how much ground a form says, in square metres; 0 where it says nothing.
func typedArea(form url.Values) (int64, error) {
	text := strings.TrimSpace(form.Get("area"))
	if text == "" {
		return 0, nil
	}
	q, err := batch.ParseAmount(text, "")
	if err != nil {
		return 0, ledgerField(err, "area")
	}
	return land.SquareMetres(q, form.Get("area_unit"))
}

// Ratios of a crop that is put on the register with its first season: harvests are
// weighed, and not taken from it.
var (
	cropTolerance = trace.Ratio{Num: 2, Den: 100}
	cropCap       = trace.Ratio{Num: 10, Den: 100}
)

// cropProduct is the crop that a form names; create is what is said of one that is not on
// the register yet.
func (s *server) cropProduct(ctx context.Context, b book, form url.Values) (p trace.Product, create *trace.Profile, err error) {
	name := strings.TrimSpace(form.Get("crop_name"))
	may := b.onBehalf == nil && callerOf(ctx).authority.may(ledger.RoleAdmin)
	if name != "" && may {
		if utf8.RuneCountInString(name) > maxPlaceName {
			return p, nil, ledger.FieldErrorf(ledger.Invalid, "crop_name", "has more than %d characters", maxPlaceName)
		}
		id, err := trace.ParseID(form.Get("product_id"))
		if err != nil {
			return p, nil, ledger.FieldErrorf(ledger.Invalid, "crop_name", "%v", err)
		}
		known, err := s.Index.Product(ctx, b.viewer, id)
		if err == nil && known.Owner == b.org {
			return known.Product, nil, nil
		}
		if taken, err := s.office.Taken(ctx, id); taken || err != nil {
			return p, nil, errOr(err, ledger.FieldErrorf(ledger.Conflict, "crop_name", "has a code that names something else"))
		}
		return trace.Product{ID: id, Unit: "MTK", Tolerance: cropTolerance, HardCap: cropCap, Perennial: true}, &trace.Profile{Name: trace.Text{VI: name}}, nil
	}
	id, err := trace.ParseID(form.Get("product"))
	if err != nil {
		return p, nil, ledger.FieldErrorf(ledger.Invalid, "product", "is missing")
	}
	known, err := s.Index.Product(ctx, b.viewer, id)
	if err != nil || !known.Perennial || known.Owner != b.org && !slices.Contains(known.Makers, b.org) {
		return p, nil, errOr(ignoreNotFound(err), ledger.FieldErrorf(ledger.NotFound, "product", "is no crop of this organisation"))
	}
	return known.Product, nil, nil
}

// cropPlace is the plot that a form names; makes says that it is the whole orchard, which
// is not on the register yet.
func (s *server) cropPlace(ctx context.Context, b book, form url.Values) (d office.Described, makes bool, err error) {
	if form.Get("plot") != wholePlace {
		p, err := s.ownPlace(ctx, b, form.Get("plot"))
		if ledger.CodeOf(err) == ledger.NotFound && err != nil {
			return d, false, ledger.FieldErrorf(ledger.Invalid, "plot", "is none of this organisation's")
		}
		if err != nil {
			return d, false, err
		}
		if p.Kind != trace.PlacePlot || profileOf(p).Closed != "" {
			return d, false, ledger.FieldErrorf(ledger.Invalid, "plot", "is no plot that is used")
		}
		return office.Described{Place: p.Place, Profile: profileOf(p)}, false, nil
	}
	id, err := trace.ParseID(form.Get("whole_id"))
	if err != nil || b.onBehalf != nil || !callerOf(ctx).authority.may(ledger.RoleAdmin) {
		return d, false, ledger.FieldErrorf(ledger.Invalid, "plot", "is none of this organisation's")
	}
	if p, err := s.Index.Place(ctx, b.viewer, id); err == nil && p.Owner == b.org {
		return office.Described{Place: p.Place, Profile: profileOf(p)}, false, nil
	}
	if taken, err := s.office.Taken(ctx, id); taken || err != nil {
		return d, false, errOr(err, ledger.FieldErrorf(ledger.Conflict, "plot", "has a code that names something else"))
	}
	commune, err := s.ownCommune(ctx)
	return office.Described{
		Place:   trace.Place{ID: id, Kind: trace.PlacePlot, Commune: commune},
		Profile: trace.Profile{Name: wholeName, Commune: commune},
	}, true, err
}

// seasonLot is the lot number of a season that its crop does not have yet.
func (s *server) seasonLot(ctx context.Context, crop trace.ID, name string, day time.Time) (trace.ID, error) {
	numbered := func(n uint64) (trace.ID, error) { return crop.WithLot(batch.LotNumber(name, day.In(vietnam), int(n))) }
	n, err := batch.FirstFree(func(n uint64) (bool, error) {
		lot, err := numbered(n)
		if err != nil {
			return false, err
		}
		return s.Index.Mentioned(ctx, lot)
	})
	if err != nil {
		return trace.ID{}, err
	}
	return numbered(n)
}

// endCrop says that a season is over.
func (s *server) endCrop(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	to := b.path("/record")
	if r, err := s.Index.Event(ctx, b.viewer, form.Get("event")); err == nil && r.Acting() == b.org {
		return done(c, to, "crop_ended")
	}
	crop, err := s.cropOf(ctx, b, form.Get("crop"))
	if err != nil {
		return err
	}
	end := logbook.Ending{Event: form.Get("event"), Crop: crop.ID, Place: crop.Place, At: time.Now().In(vietnam)}
	if err := end.Check(time.Now()); err != nil {
		return err
	}
	if err := thenDone(s.enterIn(ctx, b, end, form), to, "crop_ended"); err != nil {
		return err
	}
	return done(c, to, "crop_ended")
}
