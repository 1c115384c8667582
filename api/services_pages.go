package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/upstream"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

// ownService is a data service of the caller's organisation that an address names.
func (s *server) ownService(c echo.Context) (catalog.Dataset, error) {
	d, err := s.ownDataset(c)
	if err == nil && d.Release.Kind != market.API {
		err = ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return d, err
}

func (s *server) servicePage(c echo.Context) error {
	return s.askService(c, http.StatusOK, web.Form{})
}

// askService shows where a data service is, without the secret that opens it.
func (s *server) askService(c echo.Context, code int, f web.Form) error {
	d, err := s.ownService(c)
	if err != nil {
		return err
	}
	at, err := s.Accounts.Upstream(c.Request().Context(), d.Org, d.Release.Dataset)
	if ignoreNotFound(err) != nil {
		return err
	}
	v := &web.ServiceForm{Form: f, ListingLine: listingLine(d), Set: at.Base != "", Kept: at.Secret != ""}
	if f.Values == nil {
		v.Form.Values = url.Values{"base": {at.Base}, "header": {at.Header}}
	}
	return show(s, c, code, s.pages.ServiceForm, v)
}

func (s *server) setService(c echo.Context) error {
	d, err := s.ownService(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	next, err := s.serviceIn(ctx, d, form)
	if err == nil {
		err = s.Accounts.SetUpstream(ctx, d.Org, d.Release.Dataset, next)
	}
	if err != nil {
		return retyped(c, form, err, s.askService)
	}
	return done(c, "/data/"+d.Release.Dataset.String(), "service_set")
}

// serviceIn reads where a service is. A secret that is left out stays as it was, where
// it goes to the same host in the same header: to others it was not entrusted.
func (s *server) serviceIn(ctx context.Context, d catalog.Dataset, form url.Values) (account.Upstream, error) {
	next := upstream.Service{Base: form.Get("base"), Header: form.Get("header"), Secret: form.Get("header_value")}
	if next.Header != "" && next.Secret == "" {
		was, err := s.Accounts.Upstream(ctx, d.Org, d.Release.Dataset)
		if ignoreNotFound(err) != nil {
			return was, err
		}
		if sameHost(was.Base, next.Base) && was.Header == next.Header {
			next.Secret = was.Secret
		}
	}
	next, err := s.Services.Check(next)
	return account.Upstream(next), err
}

func sameHost(a, b string) bool {
	x, err := url.Parse(a)
	y, err2 := url.Parse(b)
	return err == nil && err2 == nil && x.Host != "" && x.Scheme == y.Scheme && x.Host == y.Host
}

// consumed is the agreement on a data service that an address names, for its consumer.
func (s *server) consumed(c echo.Context) (*market.Deal, error) {
	course, side, err := s.courseOf(c)
	if err != nil {
		return nil, err
	}
	if side != market.Consumer || course.Deal == nil || course.Deal.Kind != market.API {
		return nil, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return course.Deal, nil
}

// makePass answers with the token itself, this once.
func (s *server) makePass(c echo.Context) error {
	d, err := s.consumed(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	if state := s.over(*d); state != "" {
		return ledger.Errorf(ledger.Forbidden, "no call is passed on any more: the agreement is %s", state)
	}
	ctx := c.Request().Context()
	secret, made, err := s.Accounts.MakePass(ctx, d.Consumer, d.ID, form.Get("name"))
	if err != nil {
		return retyped(c, form, err, s.showTrade)
	}
	return show(s, c, http.StatusOK, s.pages.MadePass, &web.MadePass{
		Name: made.Name, Secret: secret, Address: s.serviceAddress(d.ID), Back: "/trade/" + d.Negotiation.String(),
	})
}

func (s *server) revokePass(c echo.Context) error {
	d, err := s.consumed(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	if err := s.Accounts.RevokePass(c.Request().Context(), d.Consumer, d.ID, form.Get("pass")); err != nil {
		return err
	}
	return done(c, "/trade/"+d.Negotiation.String(), "pass_revoked")
}

func (s *server) serviceAddress(agreement ledger.ID) string {
	return s.PublicURL + servicesPath + agreement.String() + "/"
}

// over is the state of an agreement whose use has ended for good; empty before.
func (s *server) over(d market.Deal) market.DealState {
	switch state := d.At(s.moment()); state {
	case market.Revoked, market.Ended, market.Expired, market.Lapsed:
		return state
	}
	return ""
}

// serviceDays is how many days with calls a page lists.
const serviceDays = 14

// serviceView is how the data service of an agreement is called.
func (s *server) serviceView(ctx context.Context, d market.Deal, side market.Side, f web.Form) (*web.TradeService, error) {
	if d.Kind != market.API || d.State == market.Unsigned {
		return nil, nil
	}
	v := &web.TradeService{Form: f, Address: s.serviceAddress(d.ID), Limit: d.Terms.Calls, Path: "/trade/" + d.Negotiation.String() + "/passes"}
	err := s.callable(ctx, d)
	if err != nil && ledger.CodeOf(err) != ledger.Forbidden {
		return nil, err
	}
	v.Open, v.Over = err == nil, string(s.over(d))
	days, err := s.Accounts.CallDays(ctx, d.Provider, d.ID)
	if err != nil {
		return nil, err
	}
	for _, day := range days[:min(len(days), serviceDays)] {
		v.Days = append(v.Days, web.TradeCalls{Day: web.Date(day.Day), N: day.N})
	}
	switch side {
	case market.Provider:
		_, err := s.Accounts.Upstream(ctx, d.Provider, d.Dataset)
		if ignoreNotFound(err) != nil {
			return nil, err
		}
		v.Setup, v.Unset = "/data/"+d.Dataset.String()+"/service", err != nil
	case market.Consumer:
		v.Mine = true
		all, err := s.Accounts.Passes(ctx, d.Consumer, d.ID)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			v.Passes = append(v.Passes, web.TradePass{ID: p.ID, Name: p.Name, Made: ledger.TimeOf(p.Made), Used: timeOf(p.Used)})
		}
	}
	return v, nil
}
