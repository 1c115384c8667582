package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

const requestsPath = "/datasets/requests"

// requestRoutes are where people ask for data that is not there, and see who answers when.
func (s *server) requestRoutes() []route {
	return slices.Concat([]route{
		get(requestsPath, anyone, s.requestsPage),
		get(requestsPath+"/new", person, s.requestForm),
		post(requestsPath+"/new", person, s.askForData),
		get(requestsPath+"/:id", anyone, s.requestPage),
		post(requestsPath+"/:id/drop", person, s.dropRequest),
		get(requestsPath+"/:id/answer", responder, s.replyForm),
		post(requestsPath+"/:id/answer", responder, s.replyToRequest),
		get(requestsPath+"/:id/pass", responder, s.passForm),
		post(requestsPath+"/:id/pass", responder, s.passRequest),
	},
		s.deciding(decider, "/desk/requests/:id/hide", s.hidingRequest),
		s.deciding(decider, "/desk/requests/:id/show", s.showingRequest),
	)
}

// requestsOnPage is how many requests a page lists.
const requestsOnPage = 20

// answerDays is in how many working days a request is to be answered. Holidays are not
// known here, and a day's end is the end of its date.
const answerDays = 15

// dueFrom is the last moment to answer what is asked at a time.
func dueFrom(at time.Time) time.Time {
	at = at.In(hanoi)
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, hanoi)
	for left := answerDays; left > 0; {
		day = day.AddDate(0, 0, 1)
		if d := day.Weekday(); d != time.Saturday && d != time.Sunday {
			left--
		}
	}
	return day.AddDate(0, 0, 1).Add(-time.Millisecond)
}

// openRequests counts what somebody's organisation has yet to answer, up to requestsCounted;
// ok is false for who answers none.
func (s *server) openRequests(ctx context.Context) (n int, ok bool, err error) {
	org, ok := responds(callerOf(ctx))
	if !ok {
		return 0, false, nil
	}
	list, _, err := s.Accounts.RequestsTo(ctx, org, ledger.ID{}, requestsCounted, func(q account.DataRequest) bool { return q.Reply == nil })
	return len(list), true, err
}

// requestsCounted is up to how many requests are counted.
const requestsCounted = 99

func requestPath(id ledger.ID) string { return requestsPath + "/" + id.String() }

// responds is the organisation that somebody answers requests for, the zero ID for the
// operator's; ok is false for who answers none.
func responds(who *caller) (org ledger.ID, ok bool) {
	if who.person == nil || who.identity == nil || responder.judge(who, http.MethodGet) != nil {
		return org, false
	}
	if who.authority.Kind == ledger.KindOperator {
		return org, true
	}
	return who.identity.Org, true
}

// requestsPage lists what people ask for: everything that is public, what is waited for or
// answered, the reader's own, or what their organisation is asked.
func (s *server) requestsPage(c echo.Context) error {
	ctx := c.Request().Context()
	var after ledger.ID
	if text := c.QueryParam(inAfter); text != "" {
		var err error
		if after, err = ledger.ParseID(text); err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "after", "is no part of a list")
		}
	}
	who := callerOf(ctx)
	org, ours := responds(who)
	v := &web.Requests{Search: strings.TrimSpace(c.QueryParam(inText)), Show: c.QueryParam("show"), Mine: who.person != nil, Ours: ours}
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	find := account.RequestQuery{Text: v.Search, After: after, Limit: requestsOnPage, Keep: requested(v.Show), Name: s.askedText}
	switch {
	case v.Show == "mine" && v.Mine:
		find.By = who.person.ID
	case v.Show == "ours" && v.Ours:
		find.Of = &org
	default:
		keep := find.Keep
		find.Keep = func(q account.DataRequest) bool { return q.Hidden == nil && keep(q) }
	}
	list, next, err := s.Accounts.FindRequests(ctx, find)
	if err != nil {
		return err
	}
	for _, q := range list {
		line, err := s.requestLine(names, q)
		if err != nil {
			return err
		}
		v.List = append(v.List, line)
	}
	if !next.IsZero() {
		v.Next = requestsPath + "?" + url.Values{inText: {v.Search}, "show": {v.Show}, inAfter: {next.String()}}.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.Requests, v)
}

// requested keeps the requests that are waited for, answered or either.
func requested(which string) func(account.DataRequest) bool {
	return func(q account.DataRequest) bool {
		return !(which == "open" && q.Reply != nil || which == "answered" && q.Reply == nil)
	}
}

// askedText is what who is asked is called.
func (s *server) askedText(ctx context.Context, org ledger.ID) (ledger.Text, error) {
	if org.IsZero() {
		return ledger.Text{VI: s.Ledger.Genesis().Name}, nil
	}
	return s.orgName(ctx, org)
}

// askedName is who is asked, as everybody knows it.
func (s *server) askedName(names *datasetNames, org ledger.ID) (web.Party, error) {
	if org.IsZero() {
		return web.Party{Name: trace.Text{VI: s.Ledger.Genesis().Name}}, nil
	}
	return names.party(org)
}

func (s *server) requestLine(names *datasetNames, q account.DataRequest) (web.RequestLine, error) {
	line := web.RequestLine{
		Path: requestPath(q.ID), Title: q.Title, Text: q.Text, At: ledger.TimeOf(q.At), Due: ledger.TimeOf(q.Due), State: q.State(),
		Late: q.Reply == nil && time.Now().After(q.Due), Hidden: q.Hidden != nil,
	}
	if q.Reply != nil {
		line.Answered = ledger.TimeOf(q.Reply.At)
	}
	var err error
	line.To, err = s.askedName(names, q.Org)
	return line, err
}

// requestOf is the request that an address names, with whose it is. One that is hidden is
// there for who asked, who is asked and the operator.
func (s *server) requestOf(c echo.Context) (q account.DataRequest, by ledger.ID, err error) {
	id, err := idParam(c)
	if err != nil {
		return q, by, err
	}
	ctx := c.Request().Context()
	if q, by, err = s.Accounts.DataRequest(ctx, id); err != nil || q.Hidden == nil {
		return q, by, err
	}
	who := callerOf(ctx)
	if org, ok := responds(who); ok && (org == q.Org || org.IsZero()) || who.person != nil && who.person.ID == by {
		return q, by, nil
	}
	return account.DataRequest{}, by, ledger.Errorf(ledger.NotFound, "there is no such request")
}

func (s *server) requestPage(c echo.Context) error {
	q, by, err := s.requestOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	v := &web.RequestPage{}
	if v.RequestLine, err = s.requestLine(names, q); err != nil {
		return err
	}
	for _, p := range slices.Backward(q.Passed) {
		one := web.RequestPassing{At: ledger.TimeOf(p.At), Why: p.Why}
		if one.From, err = s.askedName(names, p.From); err != nil {
			return err
		}
		if one.To, err = s.askedName(names, p.To); err != nil {
			return err
		}
		v.Passed = append(v.Passed, one)
	}
	if r := q.Reply; r != nil {
		v.Reply = r.Text
		if !r.Dataset.IsZero() {
			v.Dataset = "/datasets/" + r.Dataset.String()
			if v.DatasetName, err = s.datasetName(ctx, r.Dataset); err != nil {
				return err
			}
		}
	}
	who := callerOf(ctx)
	if org, ok := responds(who); ok && org == q.Org && q.Reply == nil {
		v.Answer, v.Pass = v.Path+"/answer", v.Path+"/pass"
	}
	if who.person != nil && who.person.ID == by {
		v.Own = true
		if q.Reply == nil {
			v.Drop = v.Path + "/drop"
		}
	}
	if q.Hidden != nil {
		v.Why = q.Hidden.Reason
	}
	if who.authority.Kind == ledger.KindOperator && who.authority.may(ledger.RoleAdmin) {
		v.Moderate = "/desk/requests/" + q.ID.String() + map[bool]string{true: "/show", false: "/hide"}[q.Hidden != nil]
	}
	return show(s, c, http.StatusOK, s.pages.RequestPage, v)
}

// askedLooked is among how many organisations, in the order of their admission, agencies
// are looked for. Whoever is further on is asked by way of the operator, who passes it on.
const askedLooked = 1000

// askable are the organisations that can be asked beside the operator: agencies, and those
// that publish data already.
func (s *server) askable(ctx context.Context, names *datasetNames) (list []web.Choice, err error) {
	var ids []ledger.ID
	all, _, err := s.Index.Organisations(ctx, index.Viewer{}, index.Page{Limit: askedLooked})
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if o.Kind == ledger.KindAgency && o.Suspended == nil {
			ids = append(ids, o.ID)
		}
	}
	found, err := s.Catalog.Search(ctx, catalog.Query{Limit: 1, Facets: map[catalog.Facet][]string{}})
	if err != nil {
		return nil, err
	}
	for _, one := range found.Facets[catalog.ByPublisher] {
		if id, err := ledger.ParseID(one.Value); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		p, err := names.party(id)
		if err != nil {
			return nil, err
		}
		list = append(list, web.Choice{Value: id.String(), Name: p.Name})
	}
	slices.SortFunc(list, func(a, b web.Choice) int { return strings.Compare(trace.Plain(a.Name.VI), trace.Plain(b.Name.VI)) })
	return list, nil
}

// toIn reads who is chosen to be asked; the zero ID is the operator.
func toIn(form url.Values, list []web.Choice) (id ledger.ID, err error) {
	text := form.Get("to")
	if text == "" {
		return id, nil
	}
	if !slices.ContainsFunc(list, func(c web.Choice) bool { return c.Value == text }) {
		return id, ledger.FieldErrorf(ledger.NotFound, "to", "cannot be asked")
	}
	return ledger.ParseID(text)
}

func (s *server) requestForm(c echo.Context) error {
	return s.askRequest(c, http.StatusOK, web.Form{})
}

func (s *server) askRequest(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	v := &web.RequestForm{Form: f, Due: ledger.TimeOf(dueFrom(time.Now())), MaxTitle: account.MaxRequestTitle, MaxText: account.MaxRequestText, Operator: s.Ledger.Genesis().Name}
	if v.To, err = s.askable(ctx, names); err != nil {
		return err
	}
	for i := range v.To {
		v.To[i].Chosen = v.To[i].Value == c.QueryParam("to")
	}
	return show(s, c, code, s.pages.RequestForm, v)
}

func (s *server) askForData(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	q, err := s.takeRequest(ctx, form)
	if err != nil {
		return retyped(c, form, err, s.askRequest)
	}
	return done(c, requestPath(q.ID), "request_sent")
}

func (s *server) takeRequest(ctx context.Context, form url.Values) (q account.DataRequest, err error) {
	names, err := s.datasetNames(ctx)
	if err != nil {
		return q, err
	}
	list, err := s.askable(ctx, names)
	if err != nil {
		return q, err
	}
	to, err := toIn(form, list)
	if err != nil {
		return q, err
	}
	return s.Accounts.AskForData(ctx, callerOf(ctx).person.ID, to, form.Get("request_title"), form.Get("request_text"), dueFrom(time.Now()))
}

func (s *server) dropRequest(c echo.Context) error {
	q, _, err := s.requestOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.DropRequest(ctx, q.ID, callerOf(ctx).person.ID); err != nil {
		return err
	}
	return done(c, requestsPath, "request_dropped")
}
