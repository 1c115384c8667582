package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// maxHappened is how many lines of an account's history its page shows.
const maxHappened = 100

func (s *server) historyPage(c echo.Context) error {
	ctx := c.Request().Context()
	all, err := s.Accounts.History(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	v := &web.History{More: len(all) > maxHappened}
	for _, e := range all[:min(len(all), maxHappened)] {
		h, err := s.happened(ctx, e)
		if err != nil {
			return err
		}
		v.Events = append(v.Events, h)
	}
	return show(s, c, http.StatusOK, s.pages.History, v)
}

// happened says what a line tells, as far as it says something to a person.
func (s *server) happened(ctx context.Context, e account.Event) (web.Happened, error) {
	h := web.Happened{What: string(e.What), At: moment(e.At), Address: e.Address, Browser: browserName(e.Agent)}
	switch e.What {
	case account.SignedIn, account.SignInFailed, account.Proved:
		h.Method = e.Detail
	case account.LinkMade, account.LinkUsed:
		h.Link = e.Detail
	case account.DeviceKnown, account.DeviceForgotten, account.PINSet, account.PINBlocked, account.PasskeyAdded, account.PasskeyRemoved,
		account.ExternalLinked, account.ExternalRemoved, account.ApplicationSent, account.TokenMade, account.TokenRevoked:
		h.Name = e.Detail
	case account.Joined, account.MembershipEnded:
		org, err := ledger.ParseID(e.Detail)
		if err != nil {
			break
		}
		name, err := s.orgName(ctx, org)
		if err != nil {
			return h, err
		}
		h.Org = name
	}
	if e.By.IsZero() {
		return h, nil
	}
	by, err := s.Accounts.Account(ctx, e.By)
	h.By = by.Name
	return h, ignoreNotFound(err)
}
