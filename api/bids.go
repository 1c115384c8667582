package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace"
)

const bidsPath = "/bids"

// bidRoutes are where organisations say what data they look for, and others answer.
func (s *server) bidRoutes() []route {
	return slices.Concat([]route{
		get(bidsPath, anyone, s.bidsPage),
		get(bidsPath+"/new", releasing, s.bidForm),
		post(bidsPath+"/new", releasing, s.postBid),
		get(bidsPath+"/:id", anyone, s.bidPage),
		get(bidsPath+"/:id/answer", publisher, s.answerForm),
		post(bidsPath+"/:id/answer", releasing, s.answerBid),
	},
		s.deciding(releasing, bidsPath+"/:id/met", s.closingBid("bid_met", "Đã có dữ liệu cần tìm.")),
		s.deciding(releasing, bidsPath+"/:id/close", s.closingBid("bid_close", "")),
		s.deciding(decider, "/desk/bids/:id/close", s.removingBid),
	)
}

// Of a list, and of a bid.
const (
	bidsOnPage   = 20
	answersShown = 200
)

func bidPath(id ledger.ID) string { return bidsPath + "/" + id.String() }

// bidsPage lists what is sought, to everybody.
func (s *server) bidsPage(c echo.Context) error {
	ctx := c.Request().Context()
	from, err := pageOf(c)
	if err != nil {
		return err
	}
	v := &web.Bids{Search: strings.TrimSpace(c.QueryParam(inText)), Closed: c.QueryParam("show") == "closed"}
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	list, next, err := s.sought(ctx, v.Search, v.Closed, from, bidsOnPage)
	if err != nil {
		return err
	}
	for _, b := range list {
		line, err := s.bidLine(ctx, names, b)
		if err != nil {
			return err
		}
		v.List = append(v.List, line)
	}
	if next != 0 {
		more := url.Values{"page": {strconv.FormatUint(uint64(next), 10)}}
		if v.Search != "" {
			more.Set(inText, v.Search)
		}
		if v.Closed {
			more.Set("show", "closed")
		}
		v.Next = bidsPath + "?" + more.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Bids, v)
}

// sought lists the bids that can be answered, or those that cannot any more, in whose
// words or seeker's name every word of a text is, with marks or without.
func (s *server) sought(ctx context.Context, text string, closed bool, from deals.Page, limit int) ([]market.BidRecord, deals.Page, error) {
	now := ledger.TimeOf(time.Now())
	keep := func(b market.BidRecord) bool { return b.Open(now) != closed }
	if text == "" {
		return s.Deals.Bids(from, limit, func(b market.BidRecord) (bool, error) { return keep(b), ctx.Err() })
	}
	list, next, err := s.Wanted.Find(ctx, text, uint64(from), limit, keep)
	return list, deals.Page(next), err
}

func (s *server) bidLine(ctx context.Context, names *datasetNames, b market.BidRecord) (web.BidLine, error) {
	line := web.BidLine{
		Path: bidPath(b.ID), Title: trace.Text{VI: b.ID.String()}, Posted: b.Posted, Until: b.Until.Add(-time.Millisecond), Open: b.Open(ledger.TimeOf(time.Now())), Purpose: string(b.Purpose),
	}
	if d := s.office.Sought(ctx, b); d != nil {
		line.Title, line.Text = d.Title, d.Text
	}
	var err error
	line.By, err = names.party(b.Org)
	return line, err
}

// bidOf is the bid that an address names.
func (s *server) bidOf(c echo.Context) (market.BidRecord, error) {
	id, err := idParam(c)
	if err != nil {
		return market.BidRecord{}, err
	}
	return s.Deals.Bid(id)
}

func (s *server) bidPage(c echo.Context) error {
	b, err := s.bidOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	v := &web.BidPage{PassOn: passingOf(b.PassOn), Exclusive: b.Exclusive, Days: b.Days, Closed: b.Closed, Reason: b.Reason}
	if v.BidLine, err = s.bidLine(ctx, names, b); err != nil {
		return err
	}
	who := callerOf(ctx)
	publishes := who.identity != nil && who.authority.may(ledger.RolePublisher)
	operates := who.authority.Kind == ledger.KindOperator && who.authority.may(ledger.RoleAdmin)
	v.Own = publishes && who.identity.Org == b.Org
	v.Answers, err = s.answersTo(ctx, b, func(n market.Negotiation) bool {
		return operates || publishes && (n.Provider == who.identity.Org || n.Consumer == who.identity.Org)
	})
	v.Seen = v.Own || operates
	if err != nil {
		return err
	}
	switch {
	case v.Own && !b.Closed:
		v.Met, v.TakeBack = v.Path+"/met", v.Path+"/close"
	case !v.Own && v.Open:
		v.Answer = v.Path + "/answer"
	}
	if operates && !v.Own && !b.Closed {
		v.Remove = "/desk" + v.Path + "/close"
	}
	return show(s, c, http.StatusOK, s.pages.BidPage, v)
}

// passingOf is what a form calls it that data may be passed on.
func passingOf(p market.PassOn) string {
	for name, value := range passings {
		if value == p {
			return name
		}
	}
	return ""
}

// answersTo are the answers to a bid that somebody may see: they are between their sides.
func (s *server) answersTo(ctx context.Context, b market.BidRecord, may func(market.Negotiation) bool) ([]web.TradeLine, error) {
	list, err := s.Deals.Answers(b.ID, answersShown, may)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return s.tradeLines(ctx, list, identityOf(ctx).Org)
}

func (s *server) bidForm(c echo.Context) error { return s.askBid(c, http.StatusOK, web.Form{}) }

func (s *server) askBid(c echo.Context, code int, f web.Form) error {
	v := &web.BidForm{Form: f, MaxTitle: market.MaxBidTitle, MaxText: market.MaxBidText}
	purposes := web.Field{Name: "purposes", Type: "select"}
	for _, p := range purposesOf {
		purposes.Options = append(purposes.Options, web.Option{Value: string(p)})
	}
	v.Fields = []web.Field{
		purposes, {Name: "passOn", Type: "select", Options: []web.Option{{Value: "nothing"}, {Value: "derived"}, {Value: "all"}}},
		{Name: "days", Mode: "numeric", Max: 10}, {Name: "exclusive", Type: "check"},
	}
	return show(s, c, code, s.pages.BidForm, v)
}

func (s *server) postBid(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	b, sought, err := bidIn(form)
	var id ledger.ID
	if err == nil {
		id, err = s.office.PostBid(ctx, identityOf(ctx), b, sought)
	}
	if err = thenDone(err, bidPath(id), "bid_posted"); err != nil {
		return retyped(c, form, err, s.askBid)
	}
	return done(c, bidPath(id), "bid_posted")
}

// bidIn reads the form of a bid.
func bidIn(form url.Values) (b market.Bid, sought market.BidDescription, err error) {
	sought.Title.VI, sought.Text.VI = strings.TrimSpace(form.Get("bid_title")), strings.TrimSpace(strings.ReplaceAll(form.Get("bid_text"), "\r\n", "\n"))
	b = market.Bid{Purpose: market.Purpose(form.Get("purposes")), PassOn: passings[form.Get("passOn")], Exclusive: form.Get("exclusive") == "true"}
	if err = sought.Check(); err != nil {
		return b, sought, err
	}
	if text := strings.TrimSpace(form.Get("days")); text != "" {
		if b.Days, err = strconv.Atoi(text); err != nil || b.Days < 0 || b.Days > market.MaxDays {
			return b, sought, ledger.FieldErrorf(ledger.Invalid, "days", "is not from 0 to %d", market.MaxDays)
		}
	}
	if b.Until, err = untilIn(form, "last_day"); err == nil && b.Until.IsZero() {
		err = ledger.FieldErrorf(ledger.Invalid, "last_day", "is missing")
	}
	return b, sought, err
}

// closingBid ends a bid of the caller's organisation. A fixed reason stands where nothing
// more is said, else one is asked for.
func (s *server) closingBid(name, reason string) func(echo.Context) (*act, error) {
	return func(c echo.Context) (*act, error) {
		b, err := s.bidOf(c)
		if err == nil && b.Org != identityOf(c.Request().Context()).Org {
			err = ledger.Errorf(ledger.Forbidden, "another organisation posted this")
		}
		if err != nil {
			return nil, err
		}
		asked := reasonField
		asked.Required = reason == ""
		return s.bidAct(c, b, name, asked, reason)
	}
}

// removingBid is for the operator to take what should not be public off the list.
func (s *server) removingBid(c echo.Context) (*act, error) {
	b, err := s.bidOf(c)
	if err != nil {
		return nil, err
	}
	return s.bidAct(c, b, "bid_remove", reasonField, "")
}

func (s *server) bidAct(c echo.Context, b market.BidRecord, name string, asked web.Field, reason string) (*act, error) {
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return nil, err
	}
	line, err := s.bidLine(ctx, names, b)
	if err != nil {
		return nil, err
	}
	if b.Closed {
		return nil, ledger.Errorf(ledger.Conflict, "this is closed already")
	}
	return &act{
		name: name, who: line.Title, back: line.Path, danger: name == "bid_remove", fields: []web.Field{asked},
		do: func(ctx context.Context, by *account.Identity, form url.Values) error {
			why := reasonIn(form)
			if why == "" {
				why = reason
			}
			return thenDone(s.office.Say(ctx, by, market.ActionClose, market.BidClosing{Bid: b.ID, Reason: why}), line.Path, name)
		},
	}, nil
}
