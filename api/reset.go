package api

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

func (s *server) resetPage(c echo.Context) error {
	return show(s, c, http.StatusOK, s.pages.Reset, &web.Reset{Mail: s.Mail != nil, Sent: c.QueryParam("sent") != ""})
}

// requestReset sends a link to who has an account and an address. Everybody is told
// the same.
func (s *server) requestReset(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if s.Mail == nil {
		return c.Redirect(http.StatusSeeOther, "/reset")
	}
	ctx := c.Request().Context()
	m, err := s.Accounts.RequestReset(ctx, form.Get("identifier"), s.from(c))
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		return show(s, c, code, s.pages.Reset, &web.Reset{Form: f, Mail: true})
	}
	if m != nil {
		subject, text := s.pages.ResetLetter(web.Lang(m.Account.Language), m.Account.Name, s.PublicURL+"/reset/"+m.Secret)
		if err := s.Mail(ctx, m.To, subject, text); err != nil {
			slog.ErrorContext(ctx, "a letter could not be sent", "error", err) // whoever asked is told the same
		}
	}
	return c.Redirect(http.StatusSeeOther, "/reset?sent=true")
}

// behind looks at what a link leads to; ok is false after the page was answered that
// says that it leads nowhere any more.
func (s *server) behind(c echo.Context, purpose account.Purpose) (l account.Link, a account.Account, ok bool, err error) {
	secret, err := param(c, "secret")
	if err != nil {
		return l, a, false, err
	}
	l, a, err = s.Accounts.AccountLink(c.Request().Context(), secret)
	if err == nil && l.Purpose == purpose {
		return l, a, true, nil
	}
	if ignoreNotFound(err) != nil {
		return l, a, false, err
	}
	return l, a, false, s.gone(c, purpose)
}

func (s *server) gone(c echo.Context, purpose account.Purpose) error {
	return show(s, c, http.StatusNotFound, s.pages.Gone, &web.Gone{SetUp: purpose == account.ForSetUp, Address: purpose == account.ForAddress})
}

func (s *server) freshPage(c echo.Context) error {
	return s.askFresh(c, http.StatusOK, web.Form{})
}

func (s *server) askFresh(c echo.Context, code int, f web.Form) error {
	l, a, ok, err := s.behind(c, account.ForReset)
	if !ok {
		return err
	}
	return show(s, c, code, s.pages.Fresh, &web.Fresh{Form: f, Name: a.Name, Username: identifier(&a), Phone: l.Codes})
}

func (s *server) reset(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if _, _, ok, err := s.behind(c, account.ForReset); !ok {
		return err
	}
	if err := s.Accounts.Reset(c.Request().Context(), c.Param("secret"), form.Get("password"), s.from(c)); err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			return s.gone(c, account.ForReset)
		}
		return retyped(c, form, err, s.askFresh)
	}
	// Whoever was signed in here is not any more.
	s.setCookie(c, sessionCookie, "", 0)
	return done(c, "/signin", "reset")
}

func (s *server) setUpPage(c echo.Context) error {
	return s.askSetUp(c, http.StatusOK, web.Form{Values: url.Values{"language": {string(s.lang(c))}}})
}

func (s *server) askSetUp(c echo.Context, code int, f web.Form) error {
	if _, _, ok, err := s.behind(c, account.ForSetUp); !ok {
		return err
	}
	return show(s, c, code, s.pages.SetUp, &web.SetUp{Form: f})
}

func (s *server) setUp(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if _, _, ok, err := s.behind(c, account.ForSetUp); !ok {
		return err
	}
	p := personOf(form)
	g, err := s.Accounts.SetUp(c.Request().Context(), c.Param("secret"), p, form.Get("password"), s.from(c))
	if err != nil {
		if ledger.CodeOf(err) == ledger.NotFound {
			return s.gone(c, account.ForSetUp)
		}
		return retyped(c, form, err, s.askSetUp)
	}
	s.mailNewcomer(c.Request().Context(), g.Session.Account, s.from(c))
	speak(c, p.Language)
	return s.beginAt(c, g, "/account", false)
}
