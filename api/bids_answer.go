package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

// answerable is the bid that an address names, if the caller's organisation may answer it.
func (s *server) answerable(c echo.Context) (market.BidRecord, error) {
	b, err := s.bidOf(c)
	switch {
	case err != nil:
		return b, err
	case b.Org == identityOf(c.Request().Context()).Org:
		return b, ledger.Errorf(ledger.Conflict, "this is your own organisation's")
	case !b.Open(ledger.TimeOf(time.Now())):
		return b, ledger.Errorf(ledger.Conflict, "this cannot be answered any more")
	}
	return b, nil
}

// sellable are the caller's organisation's datasets that can be agreed on.
func (s *server) sellable(ctx context.Context) (list []catalog.Dataset, err error) {
	all, err := s.Catalog.Of(ctx, identityOf(ctx).Org)
	for _, d := range all {
		if d.Standing == market.Approved && d.Access != market.Listed && !(d.Access == market.Open && d.Kind == market.Files) {
			list = append(list, d)
		}
	}
	return list, err
}

func (s *server) answerForm(c echo.Context) error { return s.askAnswer(c, http.StatusOK, web.Form{}) }

// askAnswer shows what the organisation offers, and its other data; ?dataset= is one whose
// terms are to be written, which begin as the bid asks for them.
func (s *server) askAnswer(c echo.Context, code int, f web.Form) error {
	b, err := s.answerable(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	v := &web.BidAnswer{Form: f}
	if v.BidLine, err = s.bidLine(ctx, names, b); err != nil {
		return err
	}
	list, err := s.sellable(ctx)
	if err != nil {
		return err
	}
	now, chosen := ledger.TimeOf(time.Now()), c.QueryParam("dataset")
	for _, d := range list {
		id := d.Release.Dataset.String()
		one := web.BidDataset{ID: id, Terms: v.Path + "/answer?" + url.Values{"dataset": {id}}.Encode()}
		if one.Title, err = s.datasetName(ctx, d.Release.Dataset); err != nil {
			return err
		}
		if id == chosen {
			v.Chosen = &one
			v.Fields = termFields(market.Terms{Purposes: []market.Purpose{b.Purpose}, PassOn: b.PassOn, Exclusive: b.Exclusive, Days: b.Days})
		}
		for _, o := range d.Offers {
			if !o.Until.IsZero() && now >= o.Until {
				continue
			}
			clauses, err := s.clauses(ctx, o.Terms)
			if err != nil {
				return err
			}
			one.Offers = append(one.Offers, web.TradeOffer{N: len(one.Offers) + 1, ID: o.ID.String(), Clauses: clauses, Until: o.Until})
		}
		v.Datasets = append(v.Datasets, one)
	}
	if chosen != "" && v.Chosen == nil {
		return ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return show(s, c, code, s.pages.BidAnswer, v)
}

func (s *server) answerBid(c echo.Context) error {
	b, err := s.answerable(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p, err := s.proposalIn(ctx, b, c.QueryParam("dataset"), form)
	to := ""
	if err == nil {
		var id ledger.ID
		id, err = s.office.AnswerBid(ctx, identityOf(ctx), p)
		to = "/trade/" + id.String()
		err = thenDone(err, to, "bid_answered")
	}
	if err != nil {
		return retyped(c, form, err, s.askAnswer)
	}
	return done(c, to, "bid_answered")
}

// proposalIn is an answer by an offer that a form names, or on the terms in it for the
// dataset that is chosen.
func (s *server) proposalIn(ctx context.Context, b market.BidRecord, chosen string, form url.Values) (market.Proposal, error) {
	list, err := s.sellable(ctx)
	if err != nil {
		return market.Proposal{}, err
	}
	offer, now := form.Get("offer"), ledger.TimeOf(time.Now())
	for _, d := range list {
		p := market.Proposal{Dataset: d.Release.Dataset, Bid: b.ID}
		if offer == "" && d.Release.Dataset.String() == chosen {
			p.Terms, err = termsIn(form, market.Terms{})
			return p, err
		}
		for _, o := range d.Offers {
			if o.ID.String() == offer && (o.Until.IsZero() || now < o.Until) {
				p.Terms = o.Terms
				return p, nil
			}
		}
	}
	return market.Proposal{}, ledger.Errorf(ledger.NotFound, "choose one of your organisation's offers")
}
