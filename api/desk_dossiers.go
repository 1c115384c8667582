package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func (s *server) dossierRoutes() []route {
	return slices.Concat(
		[]route{
			get("/desk/dossiers", operator, s.dossiersPage),
			get("/desk/dossiers/:id", operator, s.dossierPage),
		},
		s.decision("/desk/dossiers/:id/admit", s.admitting),
		s.decision("/desk/dossiers/:id/refuse", s.refusing),
	)
}

func (s *server) dossiersPage(c echo.Context) error {
	ctx := c.Request().Context()
	v := &web.DeskDossiers{State: c.QueryParam("state"), Counts: map[string]int{}}
	if v.State == "" {
		v.State = string(account.Sent)
	}
	for _, state := range account.ApplicationStates {
		n, err := s.Accounts.CountApplications(ctx, state)
		if err != nil {
			return err
		}
		v.Counts[string(state)] = n
	}
	list, next, err := s.office.Applications(ctx, account.ApplicationState(v.State), c.QueryParam("from"), deskRows)
	if err != nil {
		return err
	}
	for _, a := range list {
		row, err := s.dossierRow(ctx, a)
		if err != nil {
			return err
		}
		v.List = append(v.List, row)
	}
	if next != "" {
		v.Next = "/desk/dossiers?" + url.Values{"state": {v.State}, "from": {next}}.Encode()
	}
	return show(s, c, http.StatusOK, s.pages.DeskDossiers, v)
}

func (s *server) dossierRow(ctx context.Context, a account.Application) (web.DeskDossierRow, error) {
	communes, err := s.communes(ctx)
	d := a.Dossier
	return web.DeskDossierRow{
		ID: a.Org.String(), Name: d.Name, Kind: d.Kind, Commune: (&presenter{server: s, communes: communes}).communeText(d.Commune),
		At: ledger.TimeOf(a.At), Documents: len(d.Documents), Again: a.State == account.Sent && len(a.Decisions) > 0,
	}, err
}

func (s *server) dossierPage(c echo.Context) error {
	a, err := s.sentApplication(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	row, err := s.dossierRow(ctx, a)
	if err != nil {
		return err
	}
	d := a.Dossier
	v := &web.DeskDossier{
		DeskDossierRow: row, State: string(a.State), Hash: a.Hash().String(), Number: d.Number, Address: d.Address, Phone: d.Phone, Web: d.Web,
		About: d.About, Note: d.Note, Codes: string(d.Codes), GS1: d.GS1, Proof: d.Licence, Pending: a.Chosen != nil,
	}
	who, err := s.Accounts.Account(ctx, a.Account)
	if err != nil {
		return err
	}
	v.Applicant = web.Party{Name: trace.Text{VI: who.Name}, Phone: who.Phone, Email: who.Email}
	v.Files = attachments(a)
	for _, x := range slices.Backward(a.Decisions) {
		by, err := s.nameOf(ctx, x.By)
		if err != nil {
			return err
		}
		v.Decisions = append(v.Decisions, web.DeskDecision{
			At: ledger.TimeOf(x.At), State: string(x.State), By: by, Reason: x.Reason, Issuer: x.Issuer, GS1: x.GS1, Evidence: x.Evidence, Entry: x.Entry,
		})
	}
	return show(s, c, http.StatusOK, s.pages.DeskDossier, v)
}

func (s *server) sentApplication(c echo.Context) (a account.Application, err error) {
	id, err := idParam(c)
	if err != nil {
		return a, err
	}
	return s.office.Application(c.Request().Context(), id)
}

// onDossier begins a decision about an application as it was read: its hash is in
// the query.
func (s *server) onDossier(c echo.Context, name string) (*act, account.Application, ledger.Hash, error) {
	a, err := s.sentApplication(c)
	if err != nil {
		return nil, a, ledger.Hash{}, err
	}
	seen, err := ledger.ParseHash(c.QueryParam("seen"))
	if err != nil {
		return nil, a, seen, ledger.Errorf(ledger.NotFound, "decide from the application's page")
	}
	return &act{name: name, who: a.Dossier.Name, back: "/desk/dossiers/" + a.Org.String(), fields: []web.Field{reasonField}}, a, seen, nil
}

func (s *server) admitting(c echo.Context) (*act, error) {
	a, app, seen, err := s.onDossier(c, "admit")
	if err != nil {
		return nil, err
	}
	if d := app.Dossier; d.Codes == account.GS1Codes {
		a.fields = append(a.fields, web.Field{Name: "gs1", Mode: "numeric", Max: 12, Value: d.GS1}, web.Field{Name: "evidence", Type: "textarea", Max: 500, Value: d.Licence})
	}
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		_, err := s.office.Admit(ctx, by, app.Org, seen, office.Assignment{Reason: reasonIn(form), GS1: form.Get("gs1"), Evidence: form.Get("evidence")})
		return err
	}
	return a, nil
}

func (s *server) refusing(c echo.Context) (*act, error) {
	a, app, seen, err := s.onDossier(c, "refuse")
	if err != nil {
		return nil, err
	}
	a.danger = true
	a.do = func(ctx context.Context, by *account.Identity, form url.Values) error {
		_, err := s.office.Refuse(ctx, by, app.Org, seen, reasonIn(form))
		return err
	}
	return a, nil
}
