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

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// recordRoutes are a grower's logbook: what is done to a crop, noted by whoever did
// it or typed for them.
func (s *server) recordRoutes() []route {
	return []route{
		get("/record", recorder, s.recordPage),
		get("/record/new/:task", recorder, s.taskPage),
		post("/record/new/:task", recorder, s.note),
		get("/record/mine", member, s.recordsPage),
		get("/record/photo", member, s.workPhoto),
		post("/record/withdraw", recorder, s.withdraw),
	}
}

// maxCrops is how many crops a phone offers.
const maxCrops = 50

// cropsOf lists the standing crops and herds that an organisation entered, whose season
// is not over, the newest first.
func (s *server) cropsOf(ctx context.Context, v index.Viewer, org ledger.ID) ([]web.Crop, error) {
	list, _, err := s.cropsAmong(ctx, v, org, index.Query{}, maxCrops, false)
	return list, err
}

// cropsAmong lists those whose planting a query finds, at most so many, and those whose
// season is over where that is asked; more says that there are others.
func (s *server) cropsAmong(ctx context.Context, v index.Viewer, org ledger.ID, q index.Query, most int, ended bool) (list []web.Crop, more bool, err error) {
	names := s.names(ctx, v)
	q.Steps, q.Orgs = []string{logbook.StepPlanting}, []ledger.ID{org}
	seen := map[trace.ID]bool{}
	for page := (index.Page{Limit: 100}); ; {
		events, next, err := s.Index.Events(ctx, v, q, page)
		if err != nil {
			return nil, false, err
		}
		for _, r := range events {
			if r.Acting() != org || r.Voided != nil {
				continue
			}
			for _, o := range r.Fact.Objects {
				if seen[o.ID] || o.ID.Lot() == "" || len(q.IDs) > 0 && !slices.Contains(q.IDs, o.ID) {
					continue
				}
				seen[o.ID] = true
				over, err := s.seasonOver(ctx, v, org, o.ID)
				switch {
				case err != nil:
					return nil, false, err
				case over && !ended:
					continue
				case len(list) == most:
					return list, true, nil
				}
				crop := web.Crop{ID: o.ID, Name: names(o.ID), Over: over}
				if r.Fact.Location != nil {
					crop.Place = *r.Fact.Location
					if crop.Where, err = s.whereabouts(ctx, v, crop.Place); err != nil {
						return nil, false, err
					}
				}
				list = append(list, crop)
			}
		}
		if page.Token = next; next == "" {
			return list, false, nil
		}
	}
}

// seasonOver reports whether an organisation says that a crop's season is over.
func (s *server) seasonOver(ctx context.Context, v index.Viewer, org ledger.ID, crop trace.ID) (bool, error) {
	q := index.Query{Steps: []string{logbook.StepEnding}, Orgs: []ledger.ID{org}, IDs: []trace.ID{crop}}
	for page := (index.Page{Limit: 10}); ; {
		events, next, err := s.Index.Events(ctx, v, q, page)
		for _, r := range events {
			if r.Acting() == org && r.Voided == nil && r.Fact.Error == nil {
				return true, err
			}
		}
		if page.Token = next; err != nil || next == "" {
			return false, err
		}
	}
}

// offerCrops are the crops that a form lists: those on the places that what was typed
// finds, or else the newest, with those that are chosen already. Only by asking for it is
// one found whose season is over.
func (s *server) offerCrops(ctx context.Context, v index.Viewer, org ledger.ID, f web.Form, field string, ended bool, chosen ...string) (list []web.Crop, o web.Offer, err error) {
	o = web.Offer{Name: field + "_find"}
	o.Query = strings.TrimSpace(f.Value(o.Name))
	if list, o.Long, err = s.findCrops(ctx, v, org, o.Query, ended); err == nil && o.Query != "" && len(list) == 0 {
		o.Missing = true
		list, o.Long, err = s.findCrops(ctx, v, org, "", false)
	}
	for _, text := range chosen {
		if err != nil || text == "" || slices.ContainsFunc(list, func(c web.Crop) bool { return c.ID.String() == text }) {
			continue
		}
		var crop web.Crop
		if crop, err = s.anyCrop(ctx, book{org: org, viewer: v}, text); err == nil {
			list = append([]web.Crop{crop}, list...)
		}
		err = ignoreNotFound(err)
	}
	o.More, o.Long = o.Long, o.Long || o.Query != ""
	o.Total, o.Shown = len(list), len(list)
	return list, o, err
}

// cropPlaces is on how many places a search of crops looks.
const cropPlaces = 200

// findCrops finds crops by the place that they stand on, the newest first; all of them
// where nothing is looked for.
func (s *server) findCrops(ctx context.Context, v index.Viewer, org ledger.ID, query string, ended bool) (list []web.Crop, more bool, err error) {
	if query == "" {
		return s.cropsAmong(ctx, v, org, index.Query{}, maxCrops, false)
	}
	places, err := s.Index.FindPlaces(ctx, v, org, index.Search{Query: query}, index.Page{Limit: cropPlaces})
	if err != nil || len(places.List) == 0 {
		return nil, false, err
	}
	var q index.Query
	for _, p := range places.List {
		q.Places = append(q.Places, p.ID)
	}
	list, more, err = s.cropsAmong(ctx, v, org, q, maxCrops, ended)
	return list, more || places.Next != "", err
}

// whereabouts is what a place is called; empty where the viewer may not know.
func (s *server) whereabouts(ctx context.Context, v index.Viewer, id trace.ID) (trace.Text, error) {
	p, err := s.Index.Place(ctx, v, id)
	if err != nil || p.Profile == nil {
		return trace.Text{}, ignoreNotFound(err)
	}
	return p.Profile.Name, nil
}

// book is whose logbook somebody writes in: their own organisation's, or that of a
// member who lets it.
type book struct {
	org      ledger.ID
	viewer   index.Viewer // who reads what is in it
	onBehalf *ledger.ID   // the member; nil in one's own
	name     trace.Text   // theirs
}

// forParam names the member on whose behalf somebody records.
const forParam = "for"

// bookOf opens a logbook: the one's whose member the request names, if its mandate
// is in force.
func (s *server) bookOf(c echo.Context) (book, error) {
	return s.openBook(c.Request().Context(), firstOf(c.QueryParam(forParam), formValue(c, forParam)))
}

// openBook opens the logbook of a member that is named; of none, one's own.
func (s *server) openBook(ctx context.Context, text string) (book, error) {
	if text == "" {
		return book{org: identityOf(ctx).Org, viewer: viewerOf(ctx)}, nil
	}
	member, err := ledger.ParseID(text)
	if err != nil {
		return book{}, ledger.FieldErrorf(ledger.Invalid, forParam, "%v", err)
	}
	m, err := s.mandateOf(ctx, member, identityOf(ctx).Org)
	if err != nil {
		return book{}, err
	}
	b := book{org: m.Org, viewer: index.Viewer{Org: m.Org}, onBehalf: &member}
	b.name, err = s.memberName(ctx, m.Org, member)
	return b, err
}

func formValue(c echo.Context, name string) string {
	if reads(c.Request().Method) {
		return ""
	}
	return c.FormValue(name)
}

// query is that of a page of a book.
func (b book) query(pairs ...string) string {
	q := url.Values{}
	if b.onBehalf != nil {
		q.Set(forParam, b.onBehalf.String())
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func (s *server) recordPage(c echo.Context) error {
	ctx := c.Request().Context()
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	crops, offer, err := s.offerCrops(ctx, b.viewer, b.org, web.Form{Values: c.QueryParams()}, "crops", false, c.QueryParam("crop"))
	if err != nil {
		return err
	}
	v, err := s.recordView(ctx, b, crops, c.QueryParam("crop"))
	if err != nil {
		return err
	}
	v.Find = offer
	if v.Others, err = s.othersOf(ctx, b); err != nil {
		return err
	}
	if v.Plant = b.path("/crops/new"); v.Chosen != "" {
		v.Ending = trace.NewEventID()
		if b.onBehalf == nil {
			v.Harvest = "/batches/new" + b.query("crop", v.Chosen)
		}
	}
	if callerOf(ctx).authority.may(ledger.RoleAdmin) {
		list, err := s.waiting(ctx, b)
		if err != nil {
			return err
		}
		v.ToConfirm = len(list)
	}
	return show(s, c, http.StatusOK, s.pages.Record, v)
}

// othersOf are the members in whose books whoever reads a book may write besides:
// they are named in one's own.
func (s *server) othersOf(ctx context.Context, b book) ([]web.Principal, error) {
	if b.onBehalf != nil {
		return nil, nil
	}
	return s.principals(ctx, b.org, "/record")
}

// recordView is the page of a book on which a crop is chosen: the first, where none is
// named.
func (s *server) recordView(ctx context.Context, b book, crops []web.Crop, chosen string) (v *web.Record, err error) {
	if chosen == "" && len(crops) > 0 {
		chosen = crops[0].ID.String()
	}
	v = &web.Record{Crops: slices.Clone(crops), For: b.name, Queue: queueOf(ctx)}
	if b.onBehalf != nil {
		v.Member = b.onBehalf.String()
	}
	for i := range v.Crops {
		crop := &v.Crops[i]
		crop.Path, crop.Chosen = "/record"+b.query("crop", crop.ID.String()), crop.ID.String() == chosen
		if crop.Chosen {
			v.Chosen = chosen
			if v.Safe, err = s.safeFrom(ctx, b.viewer, crop.ID); err != nil {
				return nil, err
			}
		}
	}
	if chosen != "" {
		v.Dossiers = "/dossiers" + b.query("of", chosen)
	}
	for _, t := range logbook.Tasks {
		v.Tasks = append(v.Tasks, web.Task{Name: string(t), Path: taskPath(b, t, chosen)})
	}
	return v, nil
}

func taskPath(b book, t logbook.Task, crop string) string {
	return "/record/new/" + string(t) + b.query("crop", crop)
}

func (s *server) taskPage(c echo.Context) error {
	return s.askTask(c, http.StatusOK, web.Form{})
}

func (s *server) askTask(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	task := logbook.Task(c.Param("task"))
	if !slices.Contains(logbook.Tasks, task) {
		return errTask
	}
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	crop, err := s.cropOf(ctx, b, firstOf(f.Value("crop"), c.QueryParam("crop")))
	if err != nil {
		return err
	}
	v, err := s.taskView(ctx, b, crop, task)
	if err != nil {
		return err
	}
	v.Form, v.AskLabel = f, f.Wrong[labelField] != ""
	// The form names the event, so that one that is sent twice is one record.
	v.Event, v.At = firstOf(f.Value("event"), trace.NewEventID()), time.Now().In(vietnam).Format(localTime)
	return show(s, c, code, s.pages.TaskForm, v)
}

var errTask = ledger.Errorf(ledger.NotFound, "the logbook has no such task")

// taskView is the page on which a task is noted, without what is of one time only.
func (s *server) taskView(ctx context.Context, b book, crop web.Crop, task logbook.Task) (v *web.TaskForm, err error) {
	v = &web.TaskForm{
		Task: string(task), TakesInput: task.TakesInput(), Crop: crop, Audience: string(ledger.Parties), For: b.name,
		Path: taskPath(b, task, crop.ID.String()), Back: "/record" + b.query("crop", crop.ID.String()), Queue: queueOf(ctx),
	}
	if task.TakesInput() {
		own, err := s.measures(ctx, b.viewer, b.org, crop.ID.Product())
		if err != nil {
			return nil, err
		}
		v.Units = fieldUnits(own)
		last, err := s.lastUnit(ctx, b.viewer, b.org, logbook.Vocabulary+string(task), usedWords)
		if err != nil {
			return nil, err
		}
		choose(v.Units, last)
	}
	if b.onBehalf != nil {
		v.Member = b.onBehalf.String()
	}
	if v.Last, err = s.lastOf(ctx, b, task, crop.ID); err != nil {
		return nil, err
	}
	if task == logbook.Spray {
		if v.Products, v.Banned, err = s.products(ctx, crop); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func firstOf(some ...string) string {
	i := slices.IndexFunc(some, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return some[i]
}

// localTime is how a browser writes a time without its zone.
const localTime = "2006-01-02T15:04"

// vietnam is the zone of times that a form does not say the zone of.
var vietnam = time.FixedZone("", 7*3600)

// cropOf reads a crop of a logbook whose season is not over.
func (s *server) cropOf(ctx context.Context, b book, text string) (web.Crop, error) {
	crop, err := s.anyCrop(ctx, b, text)
	if err == nil && crop.Over {
		return web.Crop{}, errNoCrop
	}
	return crop, err
}

var errNoCrop = ledger.FieldErrorf(ledger.NotFound, "crop", "is none of this organisation's")

// anyCrop reads a crop of a logbook.
func (s *server) anyCrop(ctx context.Context, b book, text string) (web.Crop, error) {
	id, err := trace.ParseID(text)
	if err != nil {
		return web.Crop{}, ledger.FieldErrorf(ledger.Invalid, "crop", "%v", err)
	}
	crops, _, err := s.cropsAmong(ctx, b.viewer, b.org, index.Query{IDs: []trace.ID{id}}, 1, true)
	if err == nil && len(crops) == 0 {
		err = errNoCrop
	}
	if err != nil {
		return web.Crop{}, err
	}
	return crops[0], nil
}

// lastOf is what was put on a crop when a task was noted last.
func (s *server) lastOf(ctx context.Context, b book, task logbook.Task, crop trace.ID) (*web.Input, error) {
	if !task.TakesInput() {
		return nil, nil
	}
	events, _, err := s.Index.Events(ctx, b.viewer, index.Query{Steps: []string{logbook.Vocabulary + string(task)}, IDs: []trace.ID{crop}}, index.Page{Limit: 1})
	if err != nil || len(events) == 0 {
		return nil, err
	}
	payload, err := ReadPayload(ctx, s.Store, events[0].Fact.Payload)
	if err != nil {
		return nil, ignoreNotFound(err)
	}
	d, err := detailsOf(payload)
	if err != nil {
		return nil, err
	}
	in, ok := d.input(events[0].Fact.Time, events[0].Fact.Zone)
	if !ok {
		return nil, nil
	}
	return &in, nil
}

// note records what a form of the logbook says.
func (s *server) note(c echo.Context) error {
	form, pictures, err := typedShots(c, labelField, photoField)
	if err != nil {
		return err
	}
	b, err := s.bookOf(c)
	if err != nil {
		return err
	}
	_, to, err := s.enterForm(c.Request().Context(), b, logbook.Task(c.Param("task")), form, pictures)
	if err = thenDone(err, "/record/mine", "recorded"); err != nil {
		return retyped(c, form, err, s.askTask)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// enterForm records what a form of the logbook says, once, however often it is sent. It
// returns where that leads.
func (s *server) enterForm(ctx context.Context, b book, task logbook.Task, form url.Values, pictures shots) (r capture.Result, to string, err error) {
	e, err := s.noted(ctx, b, task, form, pictures)
	if err != nil {
		return r, "", err
	}
	doc, err := e.Document(s.PublicURL)
	if err != nil {
		return r, "", err
	}
	terms := capture.Terms{Audience: ledger.Parties, OnBehalf: b.onBehalf}
	if form.Get("audience") == string(ledger.Public) {
		terms.Audience = ledger.Public
	}
	r, err = s.enterOnce(ctx, e.Event, doc, terms)
	return r, leadsTo(b, task, e.Event), err
}

// leadsTo is the page that follows a record: what a spraying means for the harvest, or
// else the list.
func leadsTo(b book, task logbook.Task, event string) string {
	to := "/record/mine"
	if task == logbook.Spray {
		to = "/record/sprayed" + b.query("event", event)
	}
	return saying(to, "recorded")
}

// noted reads an entry from a form.
func (s *server) noted(ctx context.Context, b book, task logbook.Task, form url.Values, pictures shots) (logbook.Entry, error) {
	crop, err := s.cropOf(ctx, b, form.Get("crop"))
	if err != nil {
		return logbook.Entry{}, err
	}
	e, err := typedEntry(task, form)
	if err != nil {
		return e, err
	}
	e.Crop, e.Place = crop.ID, crop.Place
	if e.Said != "" {
		own, err := s.measures(ctx, b.viewer, b.org, crop.ID.Product())
		if err != nil {
			return e, err
		}
		q, _, err := batch.ParseCounted(e.Said, own, "")
		if err != nil {
			return e, ledgerField(err, "used")
		}
		e.Used = &q
	}
	if err := e.Check(time.Now()); err != nil {
		return e, err
	}
	if err := s.complete(ctx, &e, crop, form, pictures[labelField]); err != nil {
		return e, err
	}
	if shot := pictures[photoField]; len(shot) > 0 {
		e.Photo, err = s.keepPicture(ctx, photoField, shot)
	}
	return e, err
}

// typedEntry is an entry as it was typed.
func typedEntry(task logbook.Task, form url.Values) (logbook.Entry, error) {
	at, err := time.ParseInLocation(localTime, form.Get("at"), vietnam)
	if err != nil {
		return logbook.Entry{}, ledger.FieldErrorf(ledger.Invalid, "at", "is not a day and a time")
	}
	interval := 0
	if text := form.Get("interval"); text != "" {
		if interval, err = strconv.Atoi(text); err != nil {
			return logbook.Entry{}, ledger.FieldErrorf(ledger.Invalid, "interval", "is not a number of days")
		}
	}
	return logbook.Entry{
		Event: form.Get("event"), Task: task, At: at, Input: form.Get("input"), Active: form.Get("active"), Dose: form.Get("dose"),
		Purpose: form.Get("purpose"), Interval: interval, Note: form.Get("note"), Said: typedUse(task, form),
	}, nil
}

// typedUse is how much was used, in words as they were typed.
func typedUse(task logbook.Task, form url.Values) string {
	if form.Get("used") == "" || !task.TakesInput() {
		return ""
	}
	return strings.Join(strings.Fields(form.Get("used")+" "+form.Get("used_unit")), " ")
}

// recordsShown is how many records a page of one's own lists.
const recordsShown = 50

func (s *server) recordsPage(c echo.Context) error {
	ctx := c.Request().Context()
	v, org := viewerOf(ctx), identityOf(ctx).Org
	events, next, err := s.Index.Events(ctx, v, index.Query{Orgs: []ledger.ID{org}}, index.Page{Token: c.QueryParam("token"), Limit: recordsShown})
	if err != nil {
		return err
	}
	out := &web.Records{}
	if next != "" {
		out.More = "/record/mine?" + url.Values{"token": {next}}.Encode()
	}
	names := s.names(ctx, v)
	who := s.whoRecorded(ctx)
	for _, r := range events {
		if r.Acting() != org && r.Org != org || r.Fact.Error != nil {
			continue
		}
		line := web.OwnRecord{
			Event: r.Fact.Event, Word: r.Fact.Step, Type: r.Fact.Type, Action: r.Fact.Action, Time: r.Fact.Time, Recorded: r.Time,
			Audience: r.Fact.Audience, Withdrawn: r.Voided != nil,
			By: who(r.Member), Mine: r.Member == identityOf(ctx).Member,
		}
		if r.Fact.OnBehalf != nil {
			line.OnBehalf = true
			if line.For, err = s.memberName(ctx, r.Acting(), *r.Fact.OnBehalf); err != nil {
				return err
			}
			if line.Typist, err = s.agentName(ctx, r.Org); err != nil {
				return err
			}
		}
		for thing := range r.Fact.Stocks {
			line.What, line.Link = names(thing.ID), thing.ID.Path()
			break
		}
		if line.Photo, err = s.hasPhoto(ctx, r); err != nil {
			return err
		}
		out.List = append(out.List, line)
	}
	out.MayWithdraw = callerOf(ctx).authority.may(ledger.RoleRecorder)
	return show(s, c, http.StatusOK, s.pages.Records, out)
}

// whoRecorded names the members of the caller's organisation who have an account
// here.
func (s *server) whoRecorded(ctx context.Context) func(member ledger.ID) string {
	known := map[ledger.ID]string{}
	if colleagues, err := s.Accounts.Colleagues(ctx, identityOf(ctx).Org); err == nil {
		for _, a := range colleagues {
			for _, m := range a.Members {
				known[m.Member] = a.Name
			}
		}
	}
	return func(member ledger.ID) string { return known[member] }
}

// withdraw declares a record of the caller's organisation wrong.
func (s *server) withdraw(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	r, err := s.Index.Event(ctx, viewerOf(ctx), form.Get("event"))
	if err != nil {
		return err
	}
	stored, err := ReadPayload(ctx, s.Store, r.Fact.Payload)
	if err != nil {
		return err
	}
	doc, err := logbook.Withdraw(stored, time.Now().In(vietnam))
	if err != nil {
		return err
	}
	terms := capture.Terms{Audience: r.Fact.Audience}
	if r.Acting() != identityOf(ctx).Org {
		terms.OnBehalf = r.Fact.OnBehalf // whoever typed it takes it back on the same behalf
	}
	if err := s.enterDocument(ctx, doc, terms); err != nil {
		return thenDone(err, "/record/mine", "withdrawn")
	}
	return done(c, "/record/mine", "withdrawn")
}
