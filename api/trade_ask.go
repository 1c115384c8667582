package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
)

// asked is the dataset that somebody asks for.
func (s *server) asked(c echo.Context) (d catalog.Dataset, err error) {
	id, err := ledger.ParseID(c.QueryParam("dataset"))
	if err != nil {
		return d, ledger.Errorf(ledger.NotFound, "there is no such dataset")
	}
	if d, err = s.Catalog.Dataset(c.Request().Context(), id); err != nil {
		return d, err
	}
	if d.Org == identityOf(c.Request().Context()).Org {
		return d, ledger.Errorf(ledger.Conflict, "this dataset is your own organisation's")
	}
	return d, nil
}

func (s *server) tradeAskPage(c echo.Context) error {
	d, err := s.asked(c)
	if err != nil {
		return err
	}
	return s.askTrade(c, http.StatusOK, d, web.Form{})
}

// askTrade shows what a dataset is offered for, and a form for other terms.
func (s *server) askTrade(c echo.Context, code int, d catalog.Dataset, f web.Form) (err error) {
	ctx := c.Request().Context()
	v := &web.TradeAsk{
		Form: f, Action: "/trade/new?dataset=" + d.Release.Dataset.String(), Back: "/datasets/" + d.Release.Dataset.String(),
		Fields: termFields(market.Terms{Purposes: []market.Purpose{market.PurposeInternal}}),
	}
	// An agency is asked by which law before anything else; on the way to terms like
	// everybody's it says so.
	switch by := c.QueryParam("by"); {
	case callerOf(ctx).authority.Kind != ledger.KindAgency || c.QueryParam("offer") != "":
	case by == "terms":
		v.Other = v.Action
		v.Action += "&by=terms"
	default:
		v.Law, v.Other, v.Fields = true, v.Action+"&by=terms", lawFields()
	}
	if v.Dataset, err = s.datasetName(ctx, d.Release.Dataset); err != nil {
		return err
	}
	if v.With, err = s.parties(ctx)(d.Org); err != nil {
		return err
	}
	now := s.moment()
	for _, o := range d.Offers {
		if v.Law {
			break // nothing is offered to who asks by law
		}
		if only := c.QueryParam("offer"); !o.Until.IsZero() && now >= o.Until || only != "" && only != o.ID.String() {
			continue
		}
		clauses, err := s.clauses(ctx, o.Terms)
		if err != nil {
			return err
		}
		ready, err := s.isReady(ctx, d.Org, o.ID)
		if err != nil {
			return err
		}
		v.Offers = append(v.Offers, web.TradeOffer{N: len(v.Offers) + 1, ID: o.ID.String(), Clauses: clauses, Until: o.Until, Ready: ready})
	}
	return show(s, c, code, s.pages.TradeAsk, v)
}

func (s *server) tradeAsk(c echo.Context) error {
	d, err := s.asked(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	to, err := s.sendRequest(ctx, d, form)
	if err != nil {
		return retyped(c, form, err, asking(s.askTrade, d))
	}
	return done(c, to, "trade_request")
}

// sendRequest asks under the offer that the form names, or on the terms in it.
func (s *server) sendRequest(ctx context.Context, d catalog.Dataset, form url.Values) (to string, err error) {
	r := market.Request{Dataset: d.Release.Dataset, Basis: strings.TrimSpace(form.Get("basis"))}
	if offer := form.Get("offer"); offer != "" {
		if r.Offer, err = ledger.ParseID(offer); err != nil {
			return "", ledger.FieldErrorf(ledger.Invalid, "offer", "is not one of this dataset's")
		}
	} else {
		terms, err := termsIn(form, market.Terms{})
		if err == nil && r.Basis == "" && form.Get("law") == "true" {
			err = ledger.FieldErrorf(ledger.Invalid, "basis", "is missing")
		}
		if err != nil {
			return "", err
		}
		r.Terms = &terms
	}
	id, err := s.office.Ask(ctx, identityOf(ctx), r)
	if err == nil && form.Get("sign") == "true" {
		err = s.office.Conclude(ctx, identityOf(ctx), id)
	}
	to = "/trade/" + id.String()
	return to, thenDone(err, to, "trade_request")
}

func (s *server) tradeTermsPage(c echo.Context) error {
	return s.askTerms(c, http.StatusOK, web.Form{})
}

// askTerms shows the form by which a side answers with other terms.
func (s *server) askTerms(c echo.Context, code int, f web.Form) error {
	course, side, err := s.courseOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	v := &web.TradeAsk{
		Form: f, Action: c.Request().URL.Path, Back: "/trade/" + course.ID.String(), Counter: true, Fields: termFields(course.Terms),
	}
	if v.Dataset, err = s.datasetName(ctx, course.Dataset); err != nil {
		return err
	}
	other := course.Provider
	if side == market.Provider {
		other = course.Consumer
	}
	if v.With, err = s.parties(ctx)(other); err != nil {
		return err
	}
	return show(s, c, code, s.pages.TradeAsk, v)
}

func (s *server) tradeTerms(c echo.Context) error {
	course, side, err := s.courseOf(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx, to := c.Request().Context(), "/trade/"+course.ID.String()
	terms, err := termsIn(form, course.Terms)
	switch {
	case err != nil:
	case side == market.Provider:
		err = s.office.Say(ctx, identityOf(ctx), market.ActionPropose, market.Proposal{Negotiation: course.ID, Dataset: course.Dataset, Terms: terms})
	default:
		err = s.office.Say(ctx, identityOf(ctx), market.ActionRequest, market.Request{Negotiation: course.ID, Dataset: course.Dataset, Terms: &terms})
	}
	if err = thenDone(err, to, "trade_terms"); err != nil {
		return retyped(c, form, err, s.askTerms)
	}
	return done(c, to, "trade_terms")
}

// What the selects of terms offer.
var (
	releases    = map[string]market.Condition{"signing": market.OnSigning, "payment": market.OnPayment}
	passings    = map[string]market.PassOn{"nothing": market.PassNothing, "derived": market.PassDerived, "all": market.PassAll}
	purposesOf  = []market.Purpose{market.PurposeInternal, market.PurposeResearch, market.PurposeCommercial, market.PurposePublic, market.PurposeAny}
	laterCounts = []int{0, 1, 4, 12, -1}
)

// termFields are the fields of a form of terms, with what was put forward before.
func termFields(t market.Terms) []web.Field {
	number := func(name string, value int) web.Field {
		f := web.Field{Name: name, Mode: "numeric", Max: 10}
		if value != 0 {
			f.Value = strconv.Itoa(value)
		}
		return f
	}
	options := func(chosen func(string) bool, values ...string) (list []web.Option) {
		for _, v := range values {
			list = append(list, web.Option{Value: v, Chosen: chosen(v)})
		}
		return list
	}
	var purposes, later []string
	for _, p := range purposesOf {
		purposes = append(purposes, string(p))
	}
	for _, n := range laterCounts {
		later = append(later, strconv.Itoa(n))
	}
	yes := func(set bool) string { return strconv.FormatBool(set) }
	return []web.Field{
		{Name: "price", Mode: "numeric", Max: 16, Required: true, Value: dong(t.Price)},
		{Name: "release", Type: "select", Options: options(func(v string) bool { return releases[v] == t.Release }, "signing", "payment")},
		number("payDays", t.PayDays),
		{Name: "purposes", Type: "checks", Required: true, Options: options(func(v string) bool { return slices.Contains(t.Purposes, market.Purpose(v)) }, purposes...)},
		number("days", t.Days),
		{Name: "versions", Type: "select", Options: options(func(v string) bool { return v == strconv.Itoa(t.Versions) }, later...)},
		number("downloads", t.Downloads),
		number("calls", t.Calls),
		{Name: "passOn", Type: "select", Options: options(func(v string) bool { return passings[v] == t.PassOn }, "nothing", "derived", "all")},
		{Name: "exclusive", Type: "check", Value: yes(t.Exclusive)},
		{Name: "attribute", Type: "check", Value: yes(t.Attribute)},
		number("deliver", t.Deliver),
		number("object", t.Object),
		{Name: "territory", Max: 300, Value: strings.Join(t.Territory, " ")},
	}
}

// lawFields are those of who asks by law, and pays nothing: for what, and for how long.
func lawFields() (list []web.Field) {
	for _, f := range termFields(market.Terms{Purposes: []market.Purpose{market.PurposePublic}}) {
		switch f.Name {
		case "purposes", "days", "versions", "passOn":
			list = append(list, f)
		}
	}
	return list
}

// termsIn reads a form of terms. What it does not ask about is as it was put forward
// before.
func termsIn(form url.Values, before market.Terms) (t market.Terms, err error) {
	t = market.Terms{Shares: before.Shares, Release: releases[form.Get("release")], PassOn: passings[form.Get("passOn")]}
	var price int
	for name, into := range map[string]*int{
		"price": &price, "payDays": &t.PayDays, "days": &t.Days, "versions": &t.Versions, "downloads": &t.Downloads, "calls": &t.Calls, "deliver": &t.Deliver, "object": &t.Object,
	} {
		text := strings.NewReplacer(".", "", ",", "", " ", "").Replace(strings.TrimSpace(form.Get(name)))
		if text == "" {
			continue
		}
		if *into, err = strconv.Atoi(text); err != nil {
			return t, ledger.FieldErrorf(ledger.Invalid, name, "is not a whole number")
		}
	}
	t.Price = market.Dong(price)
	for _, p := range form["purposes"] {
		t.Purposes = append(t.Purposes, market.Purpose(p))
	}
	t.Territory = strings.Fields(strings.ToUpper(form.Get("territory")))
	t.Exclusive, t.Attribute = form.Get("exclusive") == "true", form.Get("attribute") == "true"
	if t.Price == 0 {
		t.Release, t.PayDays, t.Shares = market.OnSigning, 0, nil
	}
	return t, t.Check()
}
