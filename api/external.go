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

// providers are where people can sign in elsewhere.
type providers []*openid.Source

// newProviders says where each provider sends people back to.
func newProviders(c Config) (all providers, err error) {
	for _, p := range c.OpenID {
		p.Redirect = c.PublicURL + "/signin/external/" + url.PathEscape(p.Key) + "/back"
		source, err := openid.NewSource(p)
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "OpenID", "%v", err)
		}
		if slices.ContainsFunc(all, func(o *openid.Source) bool { return o.Key == p.Key }) {
			return nil, ledger.FieldErrorf(ledger.Invalid, "OpenID", "two providers have the key %q", p.Key)
		}
		all = append(all, source)
	}
	return all, nil
}

// named are the providers as pages show them.
func (all providers) named() (list []web.Provider) {
	for _, p := range all {
		list = append(list, web.Provider{Key: p.Key, Name: p.Name})
	}
	return list
}

// of is the provider that a route names.
func (all providers) of(c echo.Context) (*openid.Source, error) {
	key, err := param(c, "provider")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p *openid.Source) bool { return p.Key == key })
	if i < 0 {
		return nil, echo.ErrNotFound
	}
	return all[i], nil
}

// linked are the providers that an account can sign in at.
func (s *server) linked(ctx context.Context, id ledger.ID) (list []web.Provider, err error) {
	all, err := s.Accounts.Externals(ctx, id)
	for _, p := range s.providers {
		if slices.ContainsFunc(all, func(e account.External) bool { return e.Issuer == p.Issuer }) {
			list = append(list, web.Provider{Key: p.Key, Name: p.Name})
		}
	}
	return list, err
}

// away is what a browser holds while its person is at a provider. The cookie comes
// back with them because they come by a link (SameSite=Lax).
type away struct {
	state string
	link  bool   // to their account, rather than sign in
	next  string // where they wanted to go
}

func (a away) String() string {
	v := url.Values{"state": {a.state}, nextParam: {a.next}}
	if a.link {
		v.Set("link", "true")
	}
	return url.QueryEscape(v.Encode())
}

func parseAway(cookie string) away {
	text, _ := url.QueryUnescape(cookie)
	v, _ := url.ParseQuery(text)
	return away{state: v.Get("state"), link: v.Get("link") != "", next: v.Get(nextParam)}
}

// leave sends somebody to a provider to sign in.
func (s *server) leave(c echo.Context) error {
	if _, err := typed(c); err != nil {
		return err
	}
	p, err := s.providers.of(c)
	if err != nil {
		return err
	}
	if err := s.depart(c, p, ledger.ID{}, away{next: s.next(c)}); err != nil {
		f, code, err := againAway(c, err)
		if err != nil {
			return err
		}
		return s.askSignIn(c, code, f)
	}
	return nil
}

// leaveToLink sends somebody to a provider to link what they have there.
func (s *server) leaveToLink(c echo.Context) error {
	p, err := s.providers.of(c)
	if err != nil {
		return err
	}
	if err := s.depart(c, p, callerOf(c.Request().Context()).person.ID, away{link: true}); err != nil {
		f, code, err := againAway(c, err)
		if err != nil {
			return err
		}
		return s.askExternal(c, code, f)
	}
	return nil
}

// depart answers with a page that goes on to the provider by itself. A redirect
// would not do: browsers hold it to the rule that forms stay on this site.
func (s *server) depart(c echo.Context, source *openid.Source, link ledger.ID, a away) error {
	ctx := c.Request().Context()
	p, err := source.Provider(ctx)
	if err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the sign-in service cannot be reached just now")
	}
	to, state, err := s.Accounts.BeginExternal(ctx, p, link, s.from(c))
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
	source, err := s.providers.of(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	a := parseAway(s.cookie(c, stateCookie))
	s.setCookie(c, stateCookie, "", 0)
	who := callerOf(ctx)
	switch {
	case a.link && who.person == nil:
		return s.detourTo(c, "/signin", "/account/external")
	case a.link && !who.session.Fresh(time.Now()):
		return s.detourTo(c, "/prove", "/account/external")
	}
	ask := func(code int, f web.Form) error {
		if a.link {
			return s.askExternal(c, code, f)
		}
		return s.askSignInThen(c, code, f, s.known(c, a.next))
	}
	p, err := source.Provider(ctx)
	if err != nil {
		err = ledger.Wrap(err, ledger.Unavailable, "the sign-in service cannot be reached just now")
	}
	var g account.Grant
	returned, code := c.QueryParam("state"), c.QueryParam("code")
	switch {
	case err != nil:
	case a.link:
		_, err = s.Accounts.LinkExternal(ctx, who.secret, p, a.state, returned, code, s.from(c))
	default:
		g, err = s.Accounts.SignInExternal(ctx, p, a.state, returned, code, s.from(c))
	}
	if err != nil {
		f, status, err := againAway(c, err)
		if err != nil {
			return err
		}
		return ask(status, f)
	}
	if a.link {
		return done(c, "/account/external", "linked")
	}
	return s.begin(c, g, s.known(c, a.next), false)
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
	v := &web.External{Form: f, Providers: s.providers.named()}
	for _, e := range all {
		name := e.Issuer
		if i := slices.IndexFunc(s.providers, func(p *openid.Source) bool { return p.Issuer == e.Issuer }); i >= 0 {
			name = s.providers[i].Name
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
