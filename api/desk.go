package api

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// deskRoutes are the operator's desk.
func (s *server) deskRoutes() []route {
	return slices.Concat(
		[]route{get("/desk", operator, s.desk)},
		s.dossierRoutes(), s.directoryRoutes(), s.moderationRoutes(), s.listRoutes(), s.incidentRoutes(), s.healthRoutes(), s.peopleRoutes(), s.deskMarketRoutes(),
	)
}

// act is a decision: a page that says what will happen and asks what it takes.
type act struct {
	name   string // of its texts
	who    trace.Text
	back   string // where it leads, done or not
	danger bool
	photo  string
	facts  []web.Fact
	fields []web.Field
	do     func(ctx context.Context, by *account.Identity, form url.Values) error
	// with is done instead where files come with the form, which one of its fields asks for.
	with func(ctx context.Context, by *account.Identity, form url.Values, files []*multipart.FileHeader) error
}

// sent does what a form says that was sent to it, and returns what was typed.
func (a *act) sent(c echo.Context) (form url.Values, err error) {
	ctx := c.Request().Context()
	if a.with == nil {
		if form, err = typed(c); err == nil {
			err = a.do(ctx, identityOf(ctx), form)
		}
		return form, err
	}
	form, files, err := evidenceIn(c)
	if err == nil {
		err = a.with(ctx, identityOf(ctx), form, files)
	}
	return form, err
}

// decision is the two routes of an act of the operator's.
func (s *server) decision(path string, find func(echo.Context) (*act, error)) []route {
	return s.deciding(decider, path, find)
}

// deciding is the two routes of an act. find makes it for a request, of whose address
// the form keeps everything.
func (s *server) deciding(need access, path string, find func(echo.Context) (*act, error)) []route {
	return []route{
		get(path, need, func(c echo.Context) error {
			a, err := find(c)
			if err != nil {
				return err
			}
			return s.ask(c, http.StatusOK, a, web.Form{})
		}),
		post(path, need, func(c echo.Context) error {
			a, err := find(c)
			if err != nil {
				return err
			}
			if form, err := a.sent(c); err != nil {
				return retyped(c, form, err, asking(s.ask, a))
			}
			return done(c, a.back, a.name)
		}),
	}
}

// ask shows the page of an act. What is wrong with something that is no field of the
// form is said above it.
func (s *server) ask(c echo.Context, code int, a *act, f web.Form) error {
	for name, what := range f.Wrong {
		if name != "" && !slices.ContainsFunc(a.fields, func(in web.Field) bool { return in.Name == name }) {
			delete(f.Wrong, name)
			f.Wrong[""] = what
		}
	}
	return show(s, c, code, s.pages.Act, &web.Act{
		Form: f, Name: a.name, Who: a.who, Action: c.Request().URL.RequestURI(), Back: a.back,
		Danger: a.danger, Photo: a.photo, Facts: a.facts, Fields: a.fields, Files: a.with != nil,
	})
}

// reasonField asks why; the contract bounds it.
var reasonField = web.Field{Name: "reason", Type: "textarea", Max: 500, Required: true}

func reasonIn(form url.Values) string { return strings.TrimSpace(form.Get("reason")) }

// deskLast is how many of the last records a page shows.
const deskLast = 8

func (s *server) desk(c echo.Context) error {
	ctx := c.Request().Context()
	h, err := s.vitals()
	if err != nil {
		return err
	}
	v := &web.DeskHome{Standing: s.standing(h), Recalls: len(s.Index.RecallsInForce())}
	waiting, _, err := s.office.Applications(ctx, account.Sent, "", 1)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		v.Since = ledger.TimeOf(waiting[0].At)
	}
	if v.Dossiers, err = s.Accounts.CountApplications(ctx, account.Sent); err != nil {
		return err
	}
	contested, err := s.Accounts.Contested(ctx)
	if err != nil {
		return err
	}
	v.Contested, v.Unjudged = len(contested), s.Catalog.Waiting()
	incidents, err := s.incidents(ctx)
	if err != nil {
		return err
	}
	for _, i := range incidents {
		if i.Open() {
			v.Incidents = append(v.Incidents, i)
		}
		if i.Open() && i.Notified.IsZero() && i.Now > i.Due {
			v.Troubles = append(v.Troubles, web.Trouble{Kind: "overdue", Grave: true, Name: i.Title, Path: "/desk/incidents/" + i.ID})
		}
	}
	size := s.Ledger.Size()
	var last []uint64
	for n := range min(size, deskLast) {
		last = append(last, size-1-n)
	}
	if v.Records, err = s.deskRecords(ctx, last); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.DeskHome, v)
}

// deskRecords are records in a line each.
func (s *server) deskRecords(ctx context.Context, entries []uint64) (list []web.DeskRecord, err error) {
	for _, n := range entries {
		e, err := s.Ledger.Entry(ctx, n)
		if err != nil {
			return nil, err
		}
		r, err := s.deskRecord(ctx, e)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// deskRecord is a record in a line.
func (s *server) deskRecord(ctx context.Context, e *ledger.Entry) (web.DeskRecord, error) {
	r := web.DeskRecord{Entry: e.Index, At: e.Time, What: bilingual(e.Tx.Header.Summary)}
	key, err := s.Index.Key(ctx, e.Signer)
	if err != nil {
		return r, ignoreNotFound(err) // the index has not come to it
	}
	r.Who, err = s.deskParty(ctx, key.Org)
	return r, err
}

// bilingual takes the two languages of a summary apart: "Ghi sổ 1 sự kiện (record 1
// events): 1 harvesting".
func bilingual(summary string) trace.Text {
	vi, rest, ok := strings.Cut(summary, " (")
	en, _, closed := strings.Cut(rest, ")")
	if !ok || !closed || en == "" {
		return trace.Text{VI: summary}
	}
	return trace.Text{VI: vi, EN: strings.ToUpper(en[:1]) + en[1:]}
}

// deskParty is an organisation as the operator sees it.
func (s *server) deskParty(ctx context.Context, id ledger.ID) (web.Party, error) {
	o, err := s.Index.Organisation(ctx, index.Viewer{Operator: true}, id)
	if err != nil {
		return web.Party{}, ignoreNotFound(err)
	}
	return s.deskPartyOf(ctx, o)
}

func (s *server) deskPartyOf(ctx context.Context, o *index.Organisation) (web.Party, error) {
	communes, err := s.communes(ctx)
	if err != nil {
		return web.Party{}, err
	}
	p := (&presenter{server: s, communes: communes}).party(o)
	if o.Kind == ledger.KindOperator && p.Name == (trace.Text{}) {
		name := s.Ledger.Genesis().Name
		p.Name = trace.Text{VI: name, EN: name}
	}
	return p, nil
}

// idParam is an identifier in an address. One that is none is not there.
func idParam(c echo.Context) (ledger.ID, error) {
	name, err := param(c, "id")
	if err != nil {
		return ledger.ID{}, err
	}
	id, err := ledger.ParseID(name)
	if err != nil {
		return ledger.ID{}, ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	}
	return id, nil
}

// nameOf is the name of an account here; empty where there is none any more.
func (s *server) nameOf(ctx context.Context, id ledger.ID) (string, error) {
	a, err := s.Accounts.Account(ctx, id)
	return a.Name, ignoreNotFound(err)
}
