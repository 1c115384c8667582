package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// readyRoutes are where a provider has this node sign for its offers.
func (s *server) readyRoutes() []route {
	return []route{
		get("/trade/offers", publisher, s.offersPage),
		post("/trade/offers/:id", releasing, s.makeReady),
	}
}

// ownOffers are an organisation's offers that can be agreed to now, with the datasets
// that they are for.
func (s *server) ownOffers(ctx context.Context, org ledger.ID) (list []market.Offer, err error) {
	all, err := s.Catalog.Of(ctx, org)
	if err != nil {
		return nil, err
	}
	now := s.moment()
	for _, d := range all {
		for _, o := range d.Offers {
			if o.Until.IsZero() || now < o.Until {
				list = append(list, o)
			}
		}
	}
	return list, nil
}

func (s *server) offersPage(c echo.Context) error {
	ctx := c.Request().Context()
	id := identityOf(ctx)
	list, err := s.ownOffers(ctx, id.Org)
	if err != nil {
		return err
	}
	v := &web.TradeOffers{Here: id.Custody == account.AtNode}
	for _, o := range list {
		one := web.TradeOffer{N: len(v.List) + 1, ID: o.ID.String(), Until: o.Until}
		if one.Dataset, err = s.datasetName(ctx, o.Dataset); err != nil {
			return err
		}
		if one.Clauses, err = s.clauses(ctx, o.Terms); err != nil {
			return err
		}
		if one.Ready, err = s.isReady(ctx, id.Org, o.ID); err != nil {
			return err
		}
		v.List = append(v.List, one)
	}
	return show(s, c, http.StatusOK, s.pages.TradeOffers, v)
}

// isReady reports whether this node signs for an offer.
func (s *server) isReady(ctx context.Context, org, offer ledger.ID) (bool, error) {
	_, err := s.Accounts.Ready(ctx, org, offer)
	return err == nil, ignoreNotFound(err)
}

// makeReady has this node sign for an offer in the caller's name, or sign no more.
func (s *server) makeReady(c echo.Context) error {
	offer, err := idParam(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id := identityOf(ctx)
	list, err := s.ownOffers(ctx, id.Org)
	if err != nil {
		return err
	}
	known := false
	for _, o := range list {
		known = known || o.ID == offer
	}
	switch {
	case !known:
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	case form.Get("ready") == "":
		if err := s.Accounts.SetReady(ctx, id.Org, offer, ledger.Address{}); err != nil {
			return err
		}
		return done(c, "/trade/offers", "trade_unready")
	case id.Custody != account.AtNode:
		return ledger.Errorf(ledger.Conflict, "you sign with a key of your own, which this node does not have")
	}
	if err := s.Accounts.SetReady(ctx, id.Org, offer, id.Address); err != nil {
		return err
	}
	return done(c, "/trade/offers", "trade_ready")
}
