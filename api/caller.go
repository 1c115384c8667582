package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
)

// caller is who made a request: nobody, a person in a browser, or a program that
// acts for a member by a token.
type caller struct {
	person    *account.Account  // nil where nobody is signed in
	session   *account.Session  // of a browser; nil for a program
	secret    string            // that opens the session
	identity  *account.Identity // the member that they act as; nil where there is none
	authority authority         // of that member
}

// Cookies of a browser. Over TLS they have the prefix by which no other host can
// set them (RFC 6265bis, section 4.1.3.2).
const (
	sessionCookie = "sogoc"        // the session's secret
	deviceCookie  = "sogoc-device" // the known device's
	actingCookie  = "sogoc-as"     // the membership that the person chose
	stateCookie   = "sogoc-state"  // of a ceremony that goes elsewhere and back
	securePrefix  = "__Host-"
)

func (s *server) cookieName(name string) string {
	if s.Secure {
		return securePrefix + name
	}
	return name
}

// setCookie gives the browser something to hold; an empty value takes it away.
func (s *server) setCookie(c echo.Context, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if value == "" {
		age = -1
	}
	c.SetCookie(&http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
}

func (s *server) cookie(c echo.Context, name string) string {
	k, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return k.Value
}

// from is where a request came from, for the account store.
func (s *server) from(c echo.Context) account.From {
	return account.From{Address: ClientAddress(c.Request(), s.TrustedProxies), Agent: c.Request().UserAgent(), Device: s.cookie(c, deviceCookie)}
}

// identify finds out who a request is from. A wrong token is refused also where
// none is needed, so that nobody takes an answer for anybody's as their own; a
// session that has ended is nobody's, since browsers go on sending its cookie.
func (s *server) identify(c echo.Context) (*caller, error) {
	if header := c.Request().Header.Get(echo.HeaderAuthorization); header != "" {
		return s.program(c, header)
	}
	secret := s.cookie(c, sessionCookie)
	if secret == "" {
		return &caller{}, nil
	}
	return s.visitor(c, secret)
}

// program reads a bearer token.
func (s *server) program(c echo.Context, header string) (*caller, error) {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return nil, ledger.Errorf(ledger.Unauthenticated, "authorisation is by a bearer token")
	}
	ctx := c.Request().Context()
	id, err := s.Accounts.IdentifyFrom(ctx, strings.TrimSpace(token), ClientAddress(c.Request(), s.TrustedProxies))
	if err != nil {
		return nil, err
	}
	who := &caller{identity: id}
	who.authority, err = s.authorityOf(ctx, id.Address)
	if !id.Allows(account.ScopeRead) {
		who.authority.Viewer = index.Viewer{}
	}
	return who, err
}

// visitor reads a browser's session.
func (s *server) visitor(c echo.Context, secret string) (*caller, error) {
	ctx := c.Request().Context()
	x, err := s.Accounts.Session(ctx, secret)
	if ledger.CodeOf(err) == ledger.Unauthenticated {
		s.setCookie(c, sessionCookie, "", 0)
		return &caller{}, nil
	}
	if err != nil {
		return nil, err
	}
	who := &caller{session: &x, secret: secret}
	if x.Needs != account.NeedsNothing {
		return who, nil
	}
	a, err := s.Accounts.Account(ctx, x.Account)
	if err != nil {
		return nil, err
	}
	who.person = &a
	if err := s.act(c, who); err != nil || who.identity == nil || who.authority.Kind != "" {
		return who, err
	}
	// Perhaps another key took the place of theirs, and what the register says of it was
	// not carried over.
	if err := s.office.Settle(ctx, a.ID); err != nil {
		return nil, err
	}
	if a, err = s.Accounts.Account(ctx, a.ID); err != nil {
		return nil, err
	}
	return who, s.act(c, who)
}

// act finds out as whom a person acts.
func (s *server) act(c echo.Context, who *caller) (err error) {
	ctx := c.Request().Context()
	who.identity, who.authority = nil, authority{}
	m, ok := chosen(*who.person, s.cookie(c, actingCookie))
	if !ok {
		return nil
	}
	if who.identity, err = s.Accounts.Acting(ctx, who.person.ID, m.Member); err != nil {
		return err
	}
	who.authority, err = s.authorityOf(ctx, m.Key)
	return err
}

// chosen is the membership by which a person acts: the one that they chose, or the
// first that has a key.
func chosen(a account.Account, member string) (account.Membership, bool) {
	if id, err := ledger.ParseID(member); err == nil {
		if m, ok := a.Membership(id); ok && !m.Key.IsZero() {
			return m, true
		}
	}
	i := slices.IndexFunc(a.Members, func(m account.Membership) bool { return !m.Key.IsZero() })
	if i < 0 {
		return account.Membership{}, false
	}
	return a.Members[i], true
}

func ignoreNotFound(err error) error {
	if err != nil && ledger.CodeOf(err) == ledger.NotFound {
		return nil
	}
	return err
}

// callerKey is where a request's context keeps who called.
type callerKey struct{}

// callerOf is who a request is from; nobody where allow has not looked.
func callerOf(ctx context.Context) *caller {
	if who, ok := ctx.Value(callerKey{}).(*caller); ok {
		return who
	}
	return &caller{}
}

// identityOf is the member that a request acts as, nil for an anonymous one.
func identityOf(ctx context.Context) *account.Identity { return callerOf(ctx).identity }

// viewerOf is the caller as the read models see them.
func viewerOf(ctx context.Context) index.Viewer { return callerOf(ctx).authority.Viewer }
