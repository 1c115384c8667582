package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
	"github.com/sogoc/sogoc/trace/protection"
)

// protectionRoutes are what follows a spraying: from when on the harvest is allowed,
// and products that a technician confirms.
func (s *server) protectionRoutes() []route {
	return []route{
		get("/record/sprayed", recorder, s.sprayedPage),
		get("/record/label", member, s.labelPhoto),
		get("/record/confirm", administrator, s.confirmPage),
		post("/record/confirm", administrator, s.confirm),
	}
}

// protection reads the table of plant protection that is in force; an empty one where
// none is published, or it is at another node so far.
func (s *server) protection(ctx context.Context) (*protection.Table, error) {
	list, err := s.Index.List(ctx, protection.List)
	if err != nil {
		return &protection.Table{}, ignoreNotFound(err)
	}
	if table, ok := s.cache.protection(list.Payload); ok {
		return table, nil
	}
	b, err := s.payload(ctx, list.Payload)
	if err != nil {
		return &protection.Table{}, ignoreNotFound(err)
	}
	table := new(protection.Table)
	if err := json.Unmarshal(b, table); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the table of plant protection cannot be read")
	}
	s.cache.keepProtection(list.Payload, table)
	return table, nil
}

// products are what a phone suggests for a crop, and what it warns of.
func (s *server) products(ctx context.Context, crop web.Crop) (list []web.Product, banned []web.Banned, err error) {
	table, err := s.protection(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range table.For(crop.Name.VI) {
		list = append(list, web.Product{Name: r.Product.VI, Active: r.Active, Dose: r.Dose, Interval: r.Interval})
	}
	for _, r := range table.Forbidden() {
		banned = append(banned, web.Banned{Product: protection.Fold(r.Product.VI), Substance: protection.Substance(r.Active), Rule: r.Rule})
	}
	return list, banned, nil
}

// labelField names the photo of a product's label in a form, and photoField one of a
// product itself, or of what was done; bareField is set by who records without a label.
const (
	labelField = "label"
	photoField = "photo"
	bareField  = "unphotographed"
)

// complete fills in what the table knows of a sprayed product and was left empty. A
// product that is not in a table is marked for a technician, with a photo of its
// label; the error names that field when there is none yet.
func (s *server) complete(ctx context.Context, e *logbook.Entry, crop web.Crop, form url.Values, label []byte) error {
	if e.Task != logbook.Spray {
		return nil
	}
	table, err := s.protection(ctx)
	if err != nil {
		return err
	}
	if r := table.Find(e.Input, crop.Name.VI); r != nil {
		if e.Active == "" {
			e.Active = r.Active
		}
		if form.Get("interval") == "" {
			e.Interval = r.Interval
		}
		return nil
	}
	if len(table.Rows) == 0 || table.Known(e.Input) != nil || table.Ban(e.Input, e.Active) != nil {
		return nil // there is nothing to be in, or it is known, for another crop or for none
	}
	e.Unlisted = true
	if len(label) == 0 {
		if form.Get(bareField) != "" {
			return nil
		}
		return ledger.FieldErrorf(ledger.Invalid, labelField, "the product is not in the table; a photo of its label is missing")
	}
	e.Label, err = s.keepPicture(ctx, labelField, label)
	return err
}

// spraying is a recorded spraying with what its document says.
type spraying struct {
	*index.Record
	details *details
	input   web.Input
}

func (s *server) spraying(ctx context.Context, v index.Viewer, event string) (spraying, error) {
	r, err := s.Index.Event(ctx, v, event)
	if err != nil {
		return spraying{}, err
	}
	one, err := s.readSpraying(ctx, r)
	if err == nil && one.input.Product == "" {
		err = ledger.Errorf(ledger.NotFound, "%s is not a spraying", event)
	}
	return one, err
}

func (s *server) readSpraying(ctx context.Context, r *index.Record) (one spraying, err error) {
	one.Record = r
	b, err := s.payload(ctx, r.Fact.Payload)
	if err != nil {
		return one, err
	}
	if one.details, err = detailsOf(b); err != nil {
		return one, err
	}
	one.input, _ = one.details.input(r.Fact.Time, r.Fact.Zone)
	return one, nil
}

// pending reports whether a technician has yet to confirm it.
func (r spraying) pending() bool {
	return r.Voided == nil && r.Fact.Error == nil && r.details.ours["unlisted"] == "true"
}

// sprayed is a spraying as pages show it.
func (s *server) sprayed(ctx context.Context, v index.Viewer, r spraying) (out web.Sprayed, err error) {
	out = web.Sprayed{Event: r.Fact.Event, Input: r.input, Audience: r.Fact.Audience, Pending: r.pending()}
	if len(r.Fact.Objects) > 0 {
		out.Crop = s.names(ctx, v)(r.Fact.Objects[0].ID)
	}
	if r.Fact.Wait > 0 {
		if out.Safe, err = trace.SafeFrom(r.Fact.Time, r.Fact.Zone, r.Fact.Wait); err != nil {
			return out, err
		}
	}
	if r.details.ours[labelField] != "" {
		out.Label = "/record/label?" + url.Values{"event": {r.Fact.Event}}.Encode()
	}
	table, err := s.protection(ctx)
	if err != nil {
		return out, err
	}
	if ban := table.Ban(r.input.Product, r.input.Active); ban != nil {
		out.Input.Banned = ban.Rule
	} else if row := table.Find(r.input.Product, out.Crop.VI); row != nil {
		if row.Status == protection.Restricted {
			out.Restricted = row.Rule
		}
		out.Free = row.Interval == 0
		if r.input.Interval < row.Interval {
			out.Least = row.Interval
		}
	} else if table.Known(r.input.Product) != nil {
		out.OtherCrop = true
	}
	return out, nil
}

func (s *server) sprayedPage(c echo.Context) error {
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	one, err := s.spraying(ctx, b.viewer, c.QueryParam("event"))
	if err != nil {
		return err
	}
	v, err := s.sprayed(ctx, b.viewer, one)
	if err != nil {
		return err
	}
	v.For, v.Back = b.name, "/record"+b.query()
	return show(s, c, http.StatusOK, s.pages.Sprayed, &v)
}

// labelPhoto is the photo of a label that an event names, for who may read the event.
func (s *server) labelPhoto(c echo.Context) error {
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	one, err := s.spraying(ctx, b.viewer, c.QueryParam("event"))
	if err != nil {
		return err
	}
	return s.showPhoto(c, one.details.ours[labelField])
}

// sprayingsRead is how many of an organisation's latest sprayings are looked at for
// those that wait.
const sprayingsRead = 500

// waiting lists the sprayings of an organisation that a technician has yet to confirm,
// the newest first.
func (s *server) waiting(ctx context.Context, b book) (list []spraying, err error) {
	q := index.Query{Steps: []string{logbook.Vocabulary + string(logbook.Spray)}, Orgs: []ledger.ID{b.org}}
	page := index.Page{Limit: 100}
	for read := 0; read < sprayingsRead; {
		events, next, err := s.Index.Events(ctx, b.viewer, q, page)
		if err != nil {
			return nil, err
		}
		for _, r := range events {
			if r.Acting() != b.org || r.Voided != nil || r.Fact.Error != nil {
				continue
			}
			one, err := s.readSpraying(ctx, r)
			if err = ignoreNotFound(err); err != nil {
				return nil, err
			}
			if one.details != nil && one.pending() {
				list = append(list, one)
			}
		}
		if read += len(events); next == "" {
			break
		}
		page.Token = next
	}
	return list, nil
}

func (s *server) confirmPage(c echo.Context) error { return s.askConfirm(c, http.StatusOK, web.Form{}) }

func (s *server) askConfirm(c echo.Context, code int, f web.Form) error {
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	v := &web.Confirm{Form: f, For: b.name}
	query := url.Values{}
	if b.onBehalf != nil {
		v.Member = b.onBehalf.String()
		query.Set(forParam, v.Member)
	}
	if event := firstOf(f.Value("event"), c.QueryParam("event")); event != "" {
		r, err := s.spraying(ctx, b.viewer, event)
		if err != nil {
			return err
		}
		one, err := s.sprayed(ctx, b.viewer, r)
		if err != nil {
			return err
		}
		// The form names the event, so that one that is sent twice is one record.
		one.Next = firstOf(f.Value("next"), trace.NewEventID())
		if one.Label != "" {
			one.Label += strings.TrimSuffix("&"+query.Encode(), "&")
		}
		v.One = &one
		return show(s, c, code, s.pages.Confirm, v)
	}
	list, err := s.waiting(ctx, b)
	if err != nil {
		return err
	}
	for _, r := range list {
		one, err := s.sprayed(ctx, b.viewer, r)
		if err != nil {
			return err
		}
		query.Set("event", one.Event)
		one.Path = "/record/confirm?" + query.Encode()
		v.List = append(v.List, one)
	}
	if b.onBehalf == nil {
		if v.Others, err = s.principals(ctx, b.org, "/record/confirm"); err != nil {
			return err
		}
	}
	return show(s, c, code, s.pages.Confirm, v)
}

// principals are the members for whom an organisation records, each with a page of
// theirs.
func (s *server) principals(ctx context.Context, org ledger.ID, page string) (list []web.Principal, err error) {
	given, _, err := s.Index.MandatesTo(ctx, index.Viewer{Org: org}, org, index.Page{Limit: mandatesShown})
	if err != nil {
		return nil, err
	}
	now := ledger.TimeOf(time.Now())
	for _, m := range given {
		if !m.InForce(now) {
			continue
		}
		name, err := s.memberName(ctx, m.Org, m.Member)
		if err != nil {
			return nil, err
		}
		list = append(list, web.Principal{Name: name, Path: page + "?" + url.Values{forParam: {m.Member.String()}}.Encode()})
	}
	return list, nil
}

// confirm has a technician's word on a product that was not in the table recorded: the
// event again with what they say, in the place of the one that waits; or that it was
// wrong.
func (s *server) confirm(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	if err := s.confirmed(c.Request().Context(), b, form); err != nil {
		return retyped(c, form, err, s.askConfirm)
	}
	to, what := "/record/confirm", "confirmed"
	if b.onBehalf != nil {
		to += "?" + url.Values{forParam: {b.onBehalf.String()}}.Encode()
	}
	if form.Get("decision") == "reject" {
		what = "withdrawn"
	}
	return done(c, to, what)
}

func (s *server) confirmed(ctx context.Context, b book, form url.Values) error {
	one, err := s.spraying(ctx, b.viewer, form.Get("event"))
	if err != nil {
		return err
	}
	if one.Acting() != b.org || !one.pending() || len(one.Fact.Objects) != 1 {
		return ledger.FieldErrorf(ledger.Conflict, "event", "it does not wait for anybody")
	}
	stored, err := s.payload(ctx, one.Fact.Payload)
	if err != nil {
		return err
	}
	now := time.Now().In(vietnam)
	var doc []byte
	switch form.Get("decision") {
	case "reject":
		doc, err = logbook.Withdraw(stored, now)
	case "confirm":
		var days int
		if days, err = strconv.Atoi(form.Get("interval")); err != nil {
			return ledger.FieldErrorf(ledger.Invalid, "interval", "is not a number of days")
		}
		e := logbook.Entry{
			Event: form.Get("next"), Task: logbook.Spray, Crop: one.Fact.Objects[0].ID,
			At:    one.Fact.Time.Time().In(time.FixedZone("", int(offset(one.Fact.Zone).Seconds()))),
			Input: one.input.Product, Active: strings.TrimSpace(form.Get("active")), Dose: one.input.Dose, Purpose: one.input.Purpose.VI,
			Interval: days, Note: one.details.ours["note"], Label: one.details.ours[labelField],
		}
		if one.Fact.Location != nil {
			e.Place = *one.Fact.Location
		}
		if e.Active == "" {
			return ledger.FieldErrorf(ledger.Invalid, "active", "is missing")
		}
		if err = e.Check(now); err == nil {
			doc, err = e.Correct(stored, now, s.PublicURL)
		}
	default:
		return ledger.FieldErrorf(ledger.Invalid, "decision", "is neither confirm nor reject")
	}
	if err != nil {
		return err
	}
	terms := capture.Terms{Audience: one.Fact.Audience, OnBehalf: b.onBehalf}
	_, err = s.Capture.Document(ctx, identityOf(ctx).Sign, doc, false, terms)
	return err
}

// treatmentsRead is how many of a crop's latest events are looked at for its interval.
const treatmentsRead = 200

// safeFrom is when the harvest of a crop is allowed; zero when it is now.
func (s *server) safeFrom(ctx context.Context, v index.Viewer, crop trace.ID) (safe ledger.Time, err error) {
	events, _, err := s.Index.Events(ctx, v, index.Query{IDs: []trace.ID{crop}}, index.Page{Limit: treatmentsRead})
	if err != nil {
		return 0, err
	}
	return latestInterval(events, crop, ledger.TimeOf(time.Now())), nil
}

// latestInterval is the end of the interval that a crop is in; zero when it is in none.
func latestInterval(events []*index.Record, crop trace.ID, now ledger.Time) (safe ledger.Time) {
	for _, r := range events {
		about := slices.ContainsFunc(r.Fact.Objects, func(o trace.Stock) bool { return o.ID == crop })
		if r.Fact.Wait == 0 || r.Voided != nil || r.Fact.Error != nil || !about {
			continue
		}
		if until, err := trace.SafeFrom(r.Fact.Time, r.Fact.Zone, r.Fact.Wait); err == nil && until > now {
			safe = max(safe, until)
		}
	}
	return safe
}
