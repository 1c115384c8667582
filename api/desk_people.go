package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// peopleRoutes are where the operator lets somebody in again whom no organisation lets
// in alone: who belongs to several, or to none.
func (s *server) peopleRoutes() []route {
	return []route{
		get("/desk/people", decider, s.peoplePage),
		post("/desk/people/:id/reset", decider, s.resetPerson),
	}
}

// peoplePage finds one person by all of their number or address: nobody leafs through
// the people of a node.
func (s *server) peoplePage(c echo.Context) error {
	v := &web.DeskPeople{Search: strings.TrimSpace(c.QueryParam("q"))}
	if v.Search != "" {
		a, err := s.Accounts.Lookup(c.Request().Context(), v.Search)
		if ignoreNotFound(err) != nil {
			return err
		}
		if err == nil {
			if v.Found, err = s.deskPerson(c, a); err != nil {
				return err
			}
		}
	}
	return show(s, c, http.StatusOK, s.pages.DeskPeople, v)
}

func (s *server) deskPerson(c echo.Context, a account.Account) (*web.DeskPerson, error) {
	p := &web.DeskPerson{ID: a.ID.String(), Name: a.Name, Phone: a.Phone, Email: a.Email}
	for _, m := range a.Members {
		name, err := s.orgName(c.Request().Context(), m.Org)
		if err != nil {
			return nil, err
		}
		p.Orgs = append(p.Orgs, name)
	}
	return p, nil
}

func (s *server) resetPerson(c echo.Context) error {
	id, err := idParam(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	a, err := s.Accounts.Account(ctx, id)
	if err != nil {
		return err
	}
	secret, err := s.Accounts.ResetLink(ctx, id, form.Get("codes") != "", s.by(c))
	if err != nil {
		return err
	}
	return s.hand(c, a.Name, secret, "/desk/people")
}

// hand shows a link to reset a password, this once, to who hands it over.
func (s *server) hand(c echo.Context, name, secret, back string) error {
	link, l, err := s.linkTo(c.Request().Context(), "/reset/", secret)
	if err != nil {
		return err
	}
	drawing, err := drawQR(link)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Handed, &web.Handed{Name: name, Link: link, Until: ledger.TimeOf(l.Expires), QR: drawing, Back: back})
}
