package api

import (
	"net/http"
	"net/url"

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
		post("/signin/passkey/begin", anyone, s.beginPasskey),
		post("/signin/passkey/finish", anyone, s.signInPasskey),
		post("/signin/provider", anyone, s.leave),
		get(ProviderReturn, anyone, s.arrive),
		get("/signin/code", halfway, s.codePage),
		post("/signin/code", halfway, s.code),
		get("/signin/enrol", halfway, s.enrolPage),
		post("/signin/enrol", halfway, s.enrol),
		get("/prove", person, s.provePage),
		post("/prove", person, s.prove),
		post("/prove/passkey", halfway, s.provePasskey),
		post("/signout", halfway, s.signOut),
		get("/reset", anyone, s.resetPage),
		post("/reset", anyone, s.requestReset),
		get("/reset/:secret", anyone, s.freshPage),
		post("/reset/:secret", anyone, s.reset),
		get("/setup/:secret", anyone, s.setUpPage),
		post("/setup/:secret", anyone, s.setUp),
	}
}

func (s *server) signInPage(c echo.Context) error {
	if callerOf(c.Request().Context()).person != nil {
		return c.Redirect(http.StatusSeeOther, s.next(c))
	}
	return s.askSignIn(c, http.StatusOK, web.Form{})
}

func (s *server) askSignIn(c echo.Context, code int, f web.Form) error {
	return s.askSignInThen(c, code, f, s.next(c))
}

func (s *server) askSignInThen(c echo.Context, code int, f web.Form, next string) error {
	pin, err := s.Accounts.DeviceHasPIN(c.Request().Context(), s.cookie(c, deviceCookie))
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.SignIn, &web.SignIn{Form: f, Next: next, PIN: pin, Passkeys: s.passkeys != nil, Providers: s.providers()})
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
	return retyped(c, form, err, s.askSignIn)
}

// begin gives the browser a session, and leads on.
func (s *server) begin(c echo.Context, g account.Grant, remember bool) error {
	return s.beginAt(c, g, s.next(c), remember)
}

func (s *server) beginAt(c echo.Context, g account.Grant, next string, remember bool) error {
	to, err := s.enter(c, g, next, remember)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// enter gives the browser a session, and returns where its person goes: to what the
// session lacks first.
func (s *server) enter(c echo.Context, g account.Grant, next string, remember bool) (to string, err error) {
	s.setCookie(c, sessionCookie, g.Secret, account.SessionAbsolute)
	if g.Session.Needs == account.NeedsNothing {
		if remember {
			err = s.remember(c, g.Secret)
		}
		return next, err
	}
	q := url.Values{nextParam: {next}}
	if remember {
		q.Set("remember", "true")
	}
	return secondStep(g.Session.Needs) + "?" + q.Encode(), nil
}

// secondStep is where a session gets what it lacks.
func secondStep(need account.Need) string {
	if need == account.NeedsEnrol {
		return "/signin/enrol"
	}
	return "/signin/code"
}

// remember makes the browser a known device of the session's person.
func (s *server) remember(c echo.Context, session string) error {
	secret, err := s.Accounts.RememberDevice(c.Request().Context(), session, browserName(c.Request().UserAgent()), s.from(c))
	if err != nil {
		return err
	}
	s.setDevice(c, secret)
	return nil
}

func (s *server) setDevice(c echo.Context, secret string) {
	s.setCookie(c, deviceCookie, secret, account.DeviceLife)
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
