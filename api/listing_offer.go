package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

// ownDataset is a published dataset of the caller's organisation that an address names.
func (s *server) ownDataset(c echo.Context) (catalog.Dataset, error) {
	id, err := idParam(c)
	if err != nil {
		return catalog.Dataset{}, err
	}
	ctx := c.Request().Context()
	d, err := s.Catalog.Known(ctx, id)
	if err == nil && d.Org != identityOf(ctx).Org {
		err = ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return d, err
}

func (s *server) offerForm(c echo.Context) error { return s.askOffer(c, http.StatusOK, web.Form{}) }

func (s *server) askOffer(c echo.Context, code int, f web.Form) error {
	d, err := s.ownDataset(c)
	if err != nil {
		return err
	}
	terms := market.Terms{Attribute: true, Purposes: []market.Purpose{market.PurposeInternal}}
	if n := len(d.Offers); n > 0 {
		terms = d.Offers[n-1].Terms
	}
	line := listingLine(d)
	v := &web.ListingOfferForm{Form: f, ListingLine: line, Fields: termFields(terms), Finding: f.Value("find") == "share_find"}
	if v.Shares, err = s.shareRows(c, f, terms.Shares); err != nil {
		return err
	}
	if v.Found, err = s.shareFound(c, f); err != nil {
		return err
	}
	return show(s, c, code, s.pages.ListingOfferForm, v)
}

// makeOffer puts terms beside a dataset, under which anybody may ask for it.
func (s *server) makeOffer(c echo.Context) error {
	d, err := s.ownDataset(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	if form.Has("find") || form.Has("drop") {
		return s.askOffer(c, http.StatusOK, web.Form{Values: form})
	}
	ctx, to := c.Request().Context(), "/data/"+d.Release.Dataset.String()
	o := market.Offer{ID: ledger.NewID(), Dataset: d.Release.Dataset}
	shares, err := sharesIn(form)
	if err == nil {
		o.Terms, err = termsIn(form, market.Terms{Shares: shares})
	}
	if err == nil && len(shares) > len(o.Terms.Shares) {
		err = ledger.FieldErrorf(ledger.Conflict, "shares", "nothing is to be paid, and so nothing to be shared")
	}
	if err == nil {
		o.Until, err = untilIn(form, "until")
	}
	if err == nil {
		err = s.office.Offer(ctx, identityOf(ctx), o)
	}
	if err = thenDone(err, to, "data_offered"); err != nil {
		return retyped(c, form, err, s.askOffer)
	}
	return done(c, to, "data_offered")
}

// untilIn reads the last day of something from a field; none is without end.
func untilIn(form url.Values, field string) (ledger.Time, error) {
	text := form.Get(field)
	if text == "" {
		return 0, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, hanoi)
	if err != nil || !day.AddDate(0, 0, 1).After(time.Now()) {
		return 0, ledger.FieldErrorf(ledger.Invalid, field, "is no day to come")
	}
	return ledger.TimeOf(day.AddDate(0, 0, 1)), nil
}

// retracting takes an offer back.
func (s *server) retracting(c echo.Context) (*act, error) {
	d, err := s.ownDataset(c)
	if err != nil {
		return nil, err
	}
	offer, err := ledger.ParseID(c.Param("offer"))
	if err != nil {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such offer")
	}
	to := "/data/" + d.Release.Dataset.String()
	for _, o := range d.Offers {
		if o.ID != offer {
			continue
		}
		return &act{
			name: "retract_offer", who: listingLine(d).Title, back: to, facts: []web.Fact{{Label: "price", Value: dong(o.Terms.Price)}},
			do: func(ctx context.Context, by *account.Identity, _ url.Values) error {
				return thenDone(s.office.Retract(ctx, by, offer), to, "retract_offer")
			},
		}, nil
	}
	return nil, ledger.Errorf(ledger.NotFound, "there is no such offer")
}

// offersOf are the offers of a dataset as its provider sees them.
func (s *server) offersOf(ctx context.Context, d catalog.Dataset) (list []web.ListingOffer, err error) {
	for _, o := range d.Offers {
		one := web.ListingOffer{Retract: "/data/" + d.Release.Dataset.String() + "/offers/" + o.ID.String() + "/retract", Until: o.Until, Name: dong(o.Terms.Price)}
		if one.Clauses, err = s.clauses(ctx, o.Terms); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}
