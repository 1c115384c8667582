package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// signInRoutes are how somebody says who they are.
func (s *server) signInRoutes() []route {
	return []route{
		get("/signin", anyone, s.signInPage),
		post("/signin", anyone, s.signIn),
		post("/signin/pin", anyone, s.signInPIN),
		get("/signin/code", halfway, s.codePage),
		post("/signin/code", halfway, s.code),
		get("/prove", person, s.provePage),
		post("/prove", person, s.prove),
		post("/signout", halfway, s.signOut),
	}
}

func (s *server) signInPage(c echo.Context) error {
	if callerOf(c.Request().Context()).person != nil {
		return c.Redirect(http.StatusSeeOther, s.next(c))
	}
	return s.askSignIn(c, http.StatusOK, web.Form{})
}

func (s *server) askSignIn(c echo.Context, code int, f web.Form) error {
	pin, err := s.Accounts.DeviceHasPIN(c.Request().Context(), s.cookie(c, deviceCookie))
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.SignIn, &web.SignIn{Form: f, Next: s.next(c), PIN: pin})
}

func (s *server) signIn(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	g, err := s.Accounts.SignIn(c.Request().Context(), form.Get("identifier"), form.Get("password"), s.from(c))
	if err != nil {
		return s.refuseSignIn(c, form, err)
	}
	return s.begin(c, g, form.Get("remember") != "")
}

func (s *server) signInPIN(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	g, err := s.Accounts.SignInPIN(c.Request().Context(), s.cookie(c, deviceCookie), form.Get("pin"), s.from(c))
	if err != nil {
		return s.refuseSignIn(c, form, err)
	}
	return s.begin(c, g, false)
}

func (s *server) refuseSignIn(c echo.Context, form url.Values, err error) error {
	f, code, err := again(c, form, err)
	if err != nil {
		return err
	}
	return s.askSignIn(c, code, f)
}

// begin gives the browser a session, and leads on.
func (s *server) begin(c echo.Context, g account.Grant, remember bool) error {
	s.setCookie(c, sessionCookie, g.Secret, account.SessionAbsolute)
	if remember && g.Session.Needs == account.NeedsNothing {
		if err := s.remember(c, g.Secret); err != nil {
			return err
		}
	}
	to := s.next(c)
	if g.Session.Needs != account.NeedsNothing {
		q := url.Values{nextParam: {to}}
		if remember {
			q.Set("remember", "true")
		}
		to = "/signin/code?" + q.Encode()
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// remember makes the browser a known device of the session's person.
func (s *server) remember(c echo.Context, session string) error {
	secret, err := s.Accounts.RememberDevice(c.Request().Context(), session, deviceName(c.Request().UserAgent()), s.from(c))
	if err != nil {
		return err
	}
	s.setCookie(c, deviceCookie, secret, account.DeviceLife)
	return nil
}

// deviceName is what a person recognises a device by.
func deviceName(agent string) string {
	for _, known := range []string{"Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux"} {
		if strings.Contains(agent, known) {
			return known
		}
	}
	return "Web"
}

func (s *server) codePage(c echo.Context) error {
	return s.askCode(c, http.StatusOK, web.Form{})
}

func (s *server) askCode(c echo.Context, code int, f web.Form) error {
	x := callerOf(c.Request().Context()).session
	if x.Needs == account.NeedsNothing {
		return c.Redirect(http.StatusSeeOther, s.next(c))
	}
	return show(s, c, code, s.pages.Code, &web.Code{Form: f, Next: s.next(c), Needs: string(x.Needs)})
}

func (s *server) code(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	g, err := s.Accounts.SecondFactor(c.Request().Context(), callerOf(c.Request().Context()).secret, form.Get("code"), s.from(c))
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		return s.askCode(c, code, f)
	}
	return s.begin(c, g, c.QueryParam("remember") != "")
}

func (s *server) provePage(c echo.Context) error {
	return s.askProof(c, http.StatusOK, web.Form{})
}

func (s *server) askProof(c echo.Context, code int, f web.Form) error {
	return show(s, c, code, s.pages.Prove, &web.Prove{Form: f, Next: s.next(c)})
}

func (s *server) prove(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	_, err = s.Accounts.ProvePassword(c.Request().Context(), callerOf(c.Request().Context()).secret, form.Get("password"), s.from(c))
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		return s.askProof(c, code, f)
	}
	return c.Redirect(http.StatusSeeOther, s.next(c))
}

func (s *server) signOut(c echo.Context) error {
	x := callerOf(c.Request().Context()).session
	err := s.Accounts.EndSession(c.Request().Context(), x.Account, x.ID, s.from(c))
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return err
	}
	s.setCookie(c, sessionCookie, "", 0)
	s.setCookie(c, actingCookie, "", 0)
	return done(c, "/signin", "signed_out")
}
