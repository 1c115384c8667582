package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// meRoutes are the first page of somebody who is signed in.
func (s *server) meRoutes() []route {
	return []route{
		get("/me", person, s.myHome),
		post("/me/as", person, s.actAs),
	}
}

func (s *server) myHome(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	v := &web.MyHome{}
	for _, m := range who.person.Members {
		if m.Key.IsZero() {
			continue
		}
		name, err := s.orgName(ctx, m.Org)
		if err != nil {
			return err
		}
		v.Members = append(v.Members, web.MyMembership{Member: m.Member.String(), Org: name, Chosen: who.identity != nil && who.identity.Member == m.Member})
	}
	return show(s, c, http.StatusOK, s.pages.Me, v)
}

// actAs chooses the organisation that a person acts for.
func (s *server) actAs(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	member, err := ledger.ParseID(form.Get("member"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "member", "%v", err)
	}
	m, ok := callerOf(c.Request().Context()).person.Membership(member)
	if !ok || m.Key.IsZero() {
		return ledger.FieldErrorf(ledger.NotFound, "member", "is none of yours")
	}
	s.setCookie(c, actingCookie, member.String(), account.SessionAbsolute)
	return c.Redirect(http.StatusSeeOther, "/me")
}

// orgName is an organisation's name as its own members read it; empty where it has
// no profile.
func (s *server) orgName(ctx context.Context, org ledger.ID) (trace.Text, error) {
	o, err := s.Index.Organisation(ctx, index.Viewer{Org: org}, org)
	switch {
	case err != nil:
		return trace.Text{}, ignoreNotFound(err)
	case o.Profile != nil:
		return o.Profile.Name, nil
	case o.Kind == ledger.KindOperator:
		name := s.Ledger.Genesis().Name
		return trace.Text{VI: name, EN: name}, nil
	}
	return trace.Text{}, nil
}
