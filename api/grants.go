package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// grantRoutes are where an organisation lets its records be counted, and where the
// operator makes a dataset of what is.
func (s *server) grantRoutes() []route {
	return []route{
		get("/org/grants", trusted, s.grantsPage),
		post("/org/grants", trusted, s.giveGrant),
		post("/desk/market/harvest", decider, s.beginning(s.office.BeginHarvest)),
		post("/desk/market/scans", decider, s.beginning(s.office.BeginScans)),
		post("/desk/market/prices", decider, s.beginning(s.office.BeginPrices)),
	}
}

// grantPurposes are those that an organisation is asked about.
var grantPurposes = []market.Purpose{market.PurposePublic, market.PurposeResearch, market.PurposeCommercial}

func (s *server) grantsPage(c echo.Context) error { return s.askGrants(c, http.StatusOK, web.Form{}) }

func (s *server) askGrants(c echo.Context, code int, f web.Form) error {
	list, err := s.Catalog.Grants(identityOf(c.Request().Context()).Org)
	if err != nil {
		return err
	}
	v := &web.Grants{Form: f}
	now := ledger.TimeOf(time.Now())
	for _, p := range grantPurposes {
		one := web.Grant{Purpose: string(p)}
		for _, g := range list {
			one.Given = one.Given || g.Purpose == p && (g.Until.IsZero() || now < g.Until)
		}
		v.List = append(v.List, one)
	}
	return show(s, c, code, s.pages.Grants, v)
}

func (s *server) giveGrant(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	by := identityOf(ctx)
	g := market.Grant{Org: by.Org, Purpose: market.Purpose(form.Get("purpose")), Ended: form.Get("end") == "true"}
	said := "grant"
	if g.Ended {
		said = "grant_ended"
	}
	if err := thenDone(s.office.Grant(ctx, by, g), "/org/grants", said); err != nil {
		return retyped(c, form, err, s.askGrants)
	}
	return done(c, "/org/grants", said)
}

// beginning begins a draft of what those have together who let themselves be counted.
func (s *server) beginning(begin func(context.Context, *account.Identity, ledger.Hash) (account.Listing, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		l, err := begin(ctx, identityOf(ctx), s.Ledger.Genesis().Register())
		if err != nil {
			return err
		}
		return done(c, draftPath(l)+"/what", "data_saved")
	}
}
