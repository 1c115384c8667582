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
	"github.com/sogoc/sogoc/trace"
)

func (s *server) incidentRoutes() []route {
	return slices.Concat(
		[]route{
			get("/desk/incidents", operator, s.incidentsPage),
			get("/desk/incidents.csv", operator, s.incidentsFile),
			get("/desk/incidents/:id", operator, s.incidentPage),
		},
		s.decision("/desk/incidents/new", s.openIncident),
		s.decision("/desk/incidents/:id/note", s.incidentStep("note", s.Accounts.NoteIncident)),
		s.decision("/desk/incidents/:id/notify", s.incidentStep("notify", s.Accounts.NotifyIncident)),
		s.decision("/desk/incidents/:id/close", s.incidentStep("close", s.Accounts.CloseIncident)),
	)
}

// incidents is the log as pages show it.
func (s *server) incidents(ctx context.Context) ([]web.DeskIncident, error) {
	all, err := s.Accounts.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	now := ledger.TimeOf(time.Now())
	var list []web.DeskIncident
	for _, i := range all {
		one := web.DeskIncident{
			ID: i.ID.String(), Title: i.Title, Discovered: ledger.TimeOf(i.Discovered), Opened: ledger.TimeOf(i.Opened), Due: ledger.TimeOf(i.Due),
			Notified: timeOf(i.Notified), Done: timeOf(i.Closed), Now: now,
		}
		for _, n := range i.Notes {
			name, err := s.nameOf(ctx, n.By)
			if err != nil {
				return nil, err
			}
			one.Notes = append(one.Notes, web.DeskNote{At: ledger.TimeOf(n.At), By: name, Text: n.Text})
		}
		list = append(list, one)
	}
	return list, nil
}

// timeOf is zero for a time that has not come.
func timeOf(t *time.Time) ledger.Time {
	if t == nil {
		return 0
	}
	return ledger.TimeOf(*t)
}

func (s *server) incidentsPage(c echo.Context) error {
	list, err := s.incidents(c.Request().Context())
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.DeskIncidents, &web.DeskIncidents{List: list, Now: ledger.TimeOf(time.Now())})
}

func (s *server) incident(c echo.Context) (*web.DeskIncident, ledger.ID, error) {
	id, err := idParam(c)
	if err != nil {
		return nil, id, err
	}
	list, err := s.incidents(c.Request().Context())
	if err != nil {
		return nil, id, err
	}
	i := slices.IndexFunc(list, func(one web.DeskIncident) bool { return one.ID == id.String() })
	if i < 0 {
		return nil, id, ledger.Errorf(ledger.NotFound, "there is no such incident")
	}
	return &list[i], id, nil
}

func (s *server) incidentPage(c echo.Context) error {
	v, _, err := s.incident(c)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.DeskIncident, v)
}

// hanoi is the time in which people here write; it has had no other offset since
// 1975.
var hanoi = time.FixedZone("+07:00", 7*60*60)

// A field of day and time, as browsers write it.
const dayAndTime = "2006-01-02T15:04"

func (s *server) openIncident(echo.Context) (*act, error) {
	return &act{
		name: "incident", back: "/desk/incidents",
		fields: []web.Field{
			{Name: "title", Type: "textarea", Max: 500, Required: true},
			{Name: "discovered", Type: "datetime-local", Required: true, Value: time.Now().In(hanoi).Format(dayAndTime)},
		},
		do: func(ctx context.Context, by *account.Identity, form url.Values) error {
			at, err := time.ParseInLocation(dayAndTime, form.Get("discovered"), hanoi)
			if err != nil {
				return ledger.FieldErrorf(ledger.Invalid, "discovered", "is not a day and a time")
			}
			_, err = s.Accounts.OpenIncident(ctx, form.Get("title"), at, by.Account)
			return err
		},
	}, nil
}

// incidentStep is a step that an open incident takes.
func (s *server) incidentStep(name string, take func(ctx context.Context, id, by ledger.ID, text string) (account.Incident, error)) func(echo.Context) (*act, error) {
	return func(c echo.Context) (*act, error) {
		v, id, err := s.incident(c)
		if err != nil {
			return nil, err
		}
		return &act{
			name: name, who: trace.Text{VI: v.Title}, back: "/desk/incidents/" + v.ID,
			fields: []web.Field{{Name: "text", Type: "textarea", Max: 500, Required: true}},
			do: func(ctx context.Context, by *account.Identity, form url.Values) error {
				_, err := take(ctx, id, by.Account, form.Get("text"))
				return err
			},
		}, nil
	}
}

// incidentsFile is the log for a spreadsheet.
func (s *server) incidentsFile(c echo.Context) error {
	list, err := s.incidents(c.Request().Context())
	if err != nil {
		return err
	}
	rows := [][]string{{"id", "title", "discovered", "opened", "due", "notified", "closed", "notes"}}
	for _, i := range list {
		var notes []string
		for _, n := range i.Notes {
			notes = append(notes, spreadsheetTime(n.At)+" "+n.By+": "+n.Text)
		}
		rows = append(rows, []string{i.ID, i.Title, spreadsheetTime(i.Discovered), spreadsheetTime(i.Opened), spreadsheetTime(i.Due), spreadsheetTime(i.Notified), spreadsheetTime(i.Done), strings.Join(notes, "\n")})
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="su-co.csv"`)
	keepNothing(h)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", sheet(rows))
}
