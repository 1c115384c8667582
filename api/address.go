package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// addressRoutes are where somebody shows that an e-mail address is theirs.
func (s *server) addressRoutes() []route {
	return []route{
		post("/account/person/address", proven, s.mailAgain),
		get("/address/:secret", anyone, s.addressPage),
		post("/address/:secret", anyone, s.proveAddress),
	}
}

// mailAddress sends a link to the address that an account has yet to prove, if there is
// one and the node sends letters. sent says that one is on its way.
func (s *server) mailAddress(ctx context.Context, id ledger.ID, from account.From) (sent bool, err error) {
	if s.Mail == nil {
		return false, nil
	}
	m, err := s.Accounts.AddressLink(ctx, id, from)
	if err != nil || m == nil {
		return false, err
	}
	subject, text := s.pages.AddressLetter(web.Lang(m.Account.Language), m.Account.Name, s.PublicURL+"/address/"+m.Secret)
	return true, s.Mail(ctx, m.To, subject, text)
}

// mailNewcomer is mailAddress for who has just come: the account is made whatever
// becomes of the letter, which can be sent again.
func (s *server) mailNewcomer(ctx context.Context, id ledger.ID, from account.From) {
	if _, err := s.mailAddress(ctx, id, from); err != nil {
		slog.ErrorContext(ctx, "a letter could not be sent", "error", err)
	}
}

func (s *server) mailAgain(c echo.Context) error {
	ctx := c.Request().Context()
	sent, err := s.mailAddress(ctx, callerOf(ctx).person.ID, s.from(c))
	if err != nil {
		return retyped(c, nil, err, s.askPerson)
	}
	if !sent {
		return done(c, "/account/person", "")
	}
	return done(c, "/account/person", "address_sent")
}

func (s *server) addressPage(c echo.Context) error {
	l, a, ok, err := s.behind(c, account.ForAddress)
	if !ok {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Address, &web.Address{Name: a.Name, Email: l.Email})
}

func (s *server) proveAddress(c echo.Context) error {
	secret, err := param(c, "secret")
	if err != nil {
		return err
	}
	_, err = s.Accounts.ProveAddress(c.Request().Context(), secret, s.from(c))
	switch {
	case ledger.CodeOf(err) == ledger.NotFound && err != nil:
		return s.gone(c, account.ForAddress)
	case ledger.CodeOf(err) == ledger.Conflict && err != nil:
		return show(s, c, http.StatusConflict, s.pages.Address, &web.Address{Taken: true})
	case err != nil:
		return err
	}
	if callerOf(c.Request().Context()).person == nil {
		return done(c, "/signin", "address")
	}
	return done(c, "/account", "address")
}
