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
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// recallRoutes are how a recall is rehearsed, issued and lifted.
func (s *server) recallRoutes() []route {
	return append([]route{
		get("/recalls", recaller, s.recallsPage),
		get("/recalls/new", recaller, s.drillForm),
		post("/recalls/new", recaller, s.simulate),
		get("/recalls/:id", recaller, s.drillPage),
		get("/recalls/:id/:file", recaller, s.drillFile),
		get("/recalls/:id/issue", alarmer, s.issuePage),
		post("/recalls/:id/issue", alarmer, s.issue),
	}, s.deciding(alarmer, "/recalls/lift", s.lifting)...)
}

// drillKinds are what a simulated recall may start from.
var drillKinds = []string{"thing", "event", "place", "input"}

func (s *server) recallsPage(c echo.Context) error {
	ctx := c.Request().Context()
	v := &web.Recalls{}
	drills, err := s.Accounts.Drills(ctx, identityOf(ctx).Org)
	if err != nil {
		return err
	}
	for _, d := range drills {
		v.Drills = append(v.Drills, s.drillLine(ctx, d))
	}
	if v.List, err = s.recallLines(ctx); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Recalls, v)
}

// drillLine is what a simulated recall started from, and when.
func (s *server) drillLine(ctx context.Context, d account.Drill) web.Drill {
	line := web.Drill{
		ID: d.ID.String(), Kind: d.Asked.Kind, What: trace.Text{VI: d.Asked.What}, At: ledger.TimeOf(d.At), Took: d.Took, Things: d.Things,
	}
	if !d.Asked.From.IsZero() {
		line.From, line.Until = ledger.TimeOf(d.Asked.From), ledger.TimeOf(d.Asked.Until.AddDate(0, 0, -1))
	}
	id, err := trace.ParseID(d.Asked.What)
	switch {
	case err != nil:
	case d.Asked.Kind == "thing":
		line.What = (&presenter{server: s, ctx: ctx, viewer: viewerOf(ctx), products: map[trace.ID]*index.Product{}}).pieceName(id)
		if lot := unitOf(id); lot != id {
			line.Whole = drillPath(lot)
		}
	case d.Asked.Kind == "place":
		line.What = s.placeName(ctx, id)
	}
	return line
}

// placeName is what a place is called for the caller: its name where they may read it,
// or else its code.
func (s *server) placeName(ctx context.Context, id trace.ID) trace.Text {
	if p, err := s.Index.Place(ctx, viewerOf(ctx), id); err == nil && p.Profile != nil {
		return p.Profile.Name
	}
	return trace.Text{VI: codeText(id)}
}

// drillPath is the form that simulates the recall of a thing.
func drillPath(id trace.ID) string {
	return "/recalls/new?" + url.Values{"origin": {"thing"}, "start": {id.String()}}.Encode()
}

func (s *server) drillForm(c echo.Context) error {
	f := web.Form{}
	if origin := c.QueryParam("origin"); slices.Contains(drillKinds, origin) {
		f.Values = url.Values{"origin": {origin}, "start": {c.QueryParam("start")}}
	}
	return s.askDrill(c, http.StatusOK, f)
}

func (s *server) askDrill(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	now := time.Now().In(hanoi)
	v := &web.DrillForm{Form: f, From: now.AddDate(0, -6, 0).Format(time.DateOnly), Until: now.Format(time.DateOnly)}
	places, offer, err := s.offerPlaces(ctx, viewerOf(ctx), identityOf(ctx).Org, f, "place", func(index.Traits) bool { return true }, f.Value("place"))
	if err != nil {
		return err
	}
	v.PlaceOffer = offer
	for _, p := range places {
		text := codeText(p.ID)
		if p.Profile != nil {
			text = p.Profile.Name.In(string(s.lang(c))) + " · " + text
		}
		v.Places = append(v.Places, web.Option{Value: p.ID.String(), Text: text})
	}
	return show(s, c, code, s.pages.DrillForm, v)
}

func (s *server) simulate(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if form.Has("find") {
		return s.askDrill(c, http.StatusOK, web.Form{Values: form})
	}
	ctx := c.Request().Context()
	asked, err := askedIn(form)
	var d account.Drill
	if err == nil {
		d, err = s.office.Simulate(ctx, identityOf(ctx), viewerOf(ctx), asked, func(ctx context.Context) (office.Starts, error) { return s.startsOf(ctx, asked) })
	}
	if err != nil {
		return retyped(c, form, err, s.askDrill)
	}
	return c.Redirect(http.StatusSeeOther, "/recalls/"+d.ID.String())
}

// maxAsked is how long what a search starts from may be, in bytes.
const maxAsked = 500

// askedIn reads what a simulated recall starts from.
func askedIn(form url.Values) (a account.Asked, err error) {
	a = account.Asked{Kind: form.Get("origin"), What: strings.TrimSpace(form.Get("start"))}
	if a.Kind == "place" && form.Get("place") != "" {
		a.What = form.Get("place")
	}
	switch {
	case !slices.Contains(drillKinds, a.Kind):
		return a, ledger.FieldErrorf(ledger.Invalid, "origin", "is none of those offered")
	case a.What == "" || len(a.What) > maxAsked:
		return a, ledger.FieldErrorf(ledger.Invalid, "start", "is missing or too long")
	}
	if a.Kind == "thing" || a.Kind == "place" {
		id, err := typedID(a.What)
		if err != nil {
			return a, ledger.FieldErrorf(ledger.Invalid, "start", "%v", err)
		}
		a.What = id.String()
	}
	if a.Kind == "place" || a.Kind == "input" {
		if a.From, err = time.ParseInLocation(time.DateOnly, form.Get("from"), hanoi); err != nil {
			return a, ledger.FieldErrorf(ledger.Invalid, "from", "is not a day")
		}
		if a.Until, err = time.ParseInLocation(time.DateOnly, form.Get("until"), hanoi); err != nil || a.Until.Before(a.From) {
			return a, ledger.FieldErrorf(ledger.Invalid, "until", "is not a day after the first")
		}
		a.Until = a.Until.AddDate(0, 0, 1)
	}
	return a, nil
}

// Bounds of finding what a recall starts from.
const (
	maxStarts    = 2_000 // things
	maxLookedAt  = 5_000 // records at a place, or on inputs
	startsOnPage = 200   // records that are read at once
)

// startsOf finds the things that a simulated recall starts from, as far as the caller
// may read the records that name them.
func (s *server) startsOf(ctx context.Context, a account.Asked) (office.Starts, error) {
	switch a.Kind {
	case "event":
		return s.madeByEvent(ctx, a.What)
	case "place":
		id, err := trace.ParseID(a.What)
		if err != nil {
			return office.Starts{}, ledger.FieldErrorf(ledger.Invalid, "start", "%v", err)
		}
		q := index.Query{Places: []trace.ID{id}, From: ledger.TimeOf(a.From), Until: ledger.TimeOf(a.Until)}
		return s.startsIn(ctx, q, func(*index.Record) (bool, error) { return true, nil })
	case "input":
		return s.treatedWith(ctx, a)
	}
	id, err := trace.ParseID(a.What)
	if err != nil {
		return office.Starts{}, ledger.FieldErrorf(ledger.Invalid, "start", "%v", err)
	}
	_, err = s.Index.Batch(ctx, viewerOf(ctx), id)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return office.Starts{}, nil
	}
	return office.Starts{Things: []trace.ID{id}}, err
}

// madeByEvent starts from what an event made, or was about.
func (s *server) madeByEvent(ctx context.Context, event string) (office.Starts, error) {
	rec, err := s.Index.Event(ctx, viewerOf(ctx), event)
	if err != nil {
		return office.Starts{}, ignoreNotFound(err)
	}
	starts := office.Starts{Records: 1}
	starts.Things = addThings(nil, &rec.Fact)
	return starts, nil
}

// addThings adds what an event made, or was about, each once. What was made of other
// things stands for itself: these may be sound.
func addThings(list []trace.ID, f *trace.Fact) []trace.ID {
	about := f.Objects
	if len(f.Outputs) > 0 {
		about = f.Outputs
	}
	if len(about) == 0 && f.Parent != nil {
		about = []trace.Stock{{ID: *f.Parent}}
	}
	for _, one := range about {
		if !slices.Contains(list, one.ID) {
			list = append(list, one.ID)
		}
	}
	return list
}

// treatedWith starts from the crops on which an input of a name was noted, by the
// caller's organisation or, for the operator and agencies, by anybody whose notes they
// may read.
func (s *server) treatedWith(ctx context.Context, a account.Asked) (office.Starts, error) {
	q := index.Query{From: ledger.TimeOf(a.From), Until: ledger.TimeOf(a.Until)}
	for _, task := range logbook.Tasks {
		if task.TakesInput() {
			q.Steps = append(q.Steps, logbook.Vocabulary+string(task))
		}
	}
	if kind := callerOf(ctx).authority.Kind; kind != ledger.KindOperator && kind != ledger.KindAgency {
		q.Orgs = []ledger.ID{identityOf(ctx).Org}
	}
	name := ledger.Fold(a.What)
	return s.startsIn(ctx, q, func(rec *index.Record) (bool, error) {
		payload, err := ReadPayload(ctx, s.Store, rec.Fact.Payload)
		if err != nil {
			return false, ignoreNotFound(err)
		}
		d, err := detailsOf(payload)
		if err != nil {
			return false, err
		}
		in, ok := d.input(rec.Fact.Time, rec.Fact.Zone)
		return ok && (strings.Contains(ledger.Fold(in.Product), name) || strings.Contains(ledger.Fold(in.Active), name)), nil
	})
}

// startsIn starts from what the records that a query and a test select are about.
func (s *server) startsIn(ctx context.Context, q index.Query, selects func(*index.Record) (bool, error)) (office.Starts, error) {
	var starts office.Starts
	page := index.Page{Limit: startsOnPage}
	for {
		list, next, err := s.Index.Events(ctx, viewerOf(ctx), q, page)
		if err != nil {
			return starts, err
		}
		for _, rec := range list {
			if starts.Records == maxLookedAt || len(starts.Things) >= maxStarts {
				starts.Cut = true
				return starts, nil
			}
			starts.Records++
			if rec.Voided != nil || rec.Fact.Error != nil {
				continue
			}
			ok, err := selects(rec)
			if err != nil {
				return starts, err
			}
			if ok {
				starts.Things = addThings(starts.Things, &rec.Fact)
			}
		}
		if page.Token = next; next == "" {
			return starts, nil
		}
	}
}
