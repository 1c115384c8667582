package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// providers are those that people may sign in at, as pages show them.
func (s *server) providers() (list []web.Provider) {
	for _, p := range s.OpenID {
		list = append(list, web.Provider{Issuer: p.Issuer, Name: p.Name})
	}
	return list
}

var errNoProvider = ledger.FieldErrorf(ledger.Invalid, "issuer", "is none that people sign in at here")

func (s *server) provider(issuer string) (*openid.Provider, error) {
	i := slices.IndexFunc(s.OpenID, func(p *openid.Provider) bool { return p.Issuer == issuer })
	if i < 0 {
		return nil, errNoProvider
	}
	return s.OpenID[i], nil
}

// linked are the providers that an account can sign in at.
func (s *server) linked(ctx context.Context, id ledger.ID) (list []web.Provider, err error) {
	all, err := s.Accounts.Externals(ctx, id)
	for _, p := range s.providers() {
		if slices.ContainsFunc(all, func(e account.External) bool { return e.Issuer == p.Issuer }) {
			list = append(list, p)
		}
	}
	return list, err
}

// away is what a browser holds while its person is at a provider. The cookie comes
// back with them because they come by a link (SameSite=Lax).
type away struct {
	issuer string // at whose provider
	state  string
	link   bool   // to their account, rather than sign in
	next   string // where they wanted to go
}

func (a away) String() string {
	v := url.Values{"issuer": {a.issuer}, "state": {a.state}, nextParam: {a.next}}
	if a.link {
		v.Set("link", "true")
	}
	return url.QueryEscape(v.Encode())
}

func parseAway(cookie string) away {
	text, _ := url.QueryUnescape(cookie)
	v, _ := url.ParseQuery(text)
	return away{issuer: v.Get("issuer"), state: v.Get("state"), link: v.Get("link") != "", next: v.Get(nextParam)}
}

// leave sends somebody to a provider to sign in.
func (s *server) leave(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	err = s.depart(c, ledger.ID{}, away{issuer: form.Get("issuer"), next: s.next(c)})
	return s.stay(c, err, s.askSignIn)
}

// leaveToLink sends somebody to a provider to link what they have there.
func (s *server) leaveToLink(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	err = s.depart(c, callerOf(c.Request().Context()).person.ID, away{issuer: form.Get("issuer"), link: true})
	return s.stay(c, err, s.askExternal)
}

// stay shows again the page that somebody could not leave, or came back to for nothing.
func (s *server) stay(c echo.Context, err error, ask func(echo.Context, int, web.Form) error) error {
	if err == nil {
		return nil
	}
	f, code, err := againAway(c, err)
	if err != nil {
		return err
	}
	return ask(c, code, f)
}

// depart answers with a page that goes on to the provider by itself. A redirect
// would not do: browsers hold it to the rule that forms stay on this site.
func (s *server) depart(c echo.Context, link ledger.ID, a away) error {
	p, err := s.provider(a.issuer)
	if err != nil {
		return err
	}
	to, state, err := s.Accounts.BeginExternal(c.Request().Context(), p, link, s.from(c))
	if err != nil {
		return err
	}
	a.state = state
	s.setCookie(c, stateCookie, a.String(), account.SessionPending)
	c.Response().Header().Set("Refresh", "0; url="+to)
	return show(s, c, http.StatusOK, s.pages.Leave, &web.Leave{Provider: p.Name, To: to})
}

// arrive is where providers send people back.
func (s *server) arrive(c echo.Context) error {
	who := callerOf(c.Request().Context())
	a := parseAway(s.cookie(c, stateCookie))
	s.setCookie(c, stateCookie, "", 0)
	switch {
	case a.link && who.person == nil:
		return s.detourTo(c, "/signin", "/account/external")
	case a.link && !who.session.Fresh(time.Now()):
		return s.detourTo(c, "/prove", "/account/external")
	case a.link:
		return s.arriveToLink(c, a, who.secret)
	}
	next := s.known(c, a.next)
	g, err := s.vouchedFor(c, a)
	if err != nil {
		return s.stay(c, err, func(c echo.Context, code int, f web.Form) error { return s.askSignInThen(c, code, f, next) })
	}
	return s.beginAt(c, g, next, false)
}

// vouchedFor begins a session for whom a provider vouches.
func (s *server) vouchedFor(c echo.Context, a away) (account.Grant, error) {
	p, err := s.provider(a.issuer)
	if err != nil {
		return account.Grant{}, err
	}
	return s.Accounts.SignInExternal(c.Request().Context(), p, a.state, c.QueryParam("state"), c.QueryParam("code"), s.from(c))
}

func (s *server) arriveToLink(c echo.Context, a away, session string) error {
	p, err := s.provider(a.issuer)
	if err == nil {
		_, err = s.Accounts.LinkExternal(c.Request().Context(), session, p, a.state, c.QueryParam("state"), c.QueryParam("code"), s.from(c))
	}
	if err != nil {
		return s.stay(c, err, s.askExternal)
	}
	return done(c, "/account/external", "linked")
}

// againAway says what went wrong on the way to a provider and back.
func againAway(c echo.Context, err error) (web.Form, int, error) {
	f, code, fault := again(c, nil, err)
	what := ""
	switch ledger.CodeOf(err) {
	case ledger.Unauthenticated:
		what = "unlinked"
		if errors.Is(err, openid.ErrRefused) {
			what = "elsewhere"
		}
	case ledger.Invalid:
		what = "state"
	case ledger.Conflict:
		what = "taken"
	case ledger.Unavailable:
		what = "away"
	}
	if what != "" && f.Later == 0 {
		f.Wrong = map[string]string{"": what}
	}
	return f, code, fault
}

func (s *server) externalPage(c echo.Context) error {
	return s.askExternal(c, http.StatusOK, web.Form{})
}

func (s *server) askExternal(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	all, err := s.Accounts.Externals(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	v := &web.External{Form: f, Providers: s.providers()}
	for _, e := range all {
		name := e.Issuer
		if p, err := s.provider(e.Issuer); err == nil {
			name = p.Name
		}
		v.Linked = append(v.Linked, web.LinkedSignIn{ID: e.ID, Provider: name, Name: e.Name, Linked: moment(e.Linked), Used: moment(e.Used)})
	}
	return show(s, c, code, s.pages.External, v)
}

func (s *server) unlink(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.UnlinkExternal(ctx, callerOf(ctx).secret, form.Get("id"), s.from(c)); ignoreNotFound(err) != nil {
		f, code, err := againLast(c, form, err)
		if err != nil {
			return err
		}
		return s.askExternal(c, code, f)
	}
	return done(c, "/account/external", "unlinked")
}
