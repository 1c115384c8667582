package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// access says who may call a route at all; what they then see and do is for the
// services and the contracts to judge. The zero value is nobody.
type access struct {
	who  who
	role ledger.Role // that a member must have; empty for any
	or   ledger.Role // that does as well; empty for none
	// inPerson asks for a browser: what a person sees to themself is nothing for a
	// program.
	inPerson bool
	// fresh asks a person to have proved a moment ago who they are.
	fresh bool
	// scope is what a token must be for; empty is ScopeRead for a request that only
	// reads and ScopeManage for one that changes something.
	scope account.Scope
}

type who int

const (
	nobody     who = iota
	everybody      // signed in or not
	unfinished     // a browser whose sign-in may lack a step
	aPerson        // somebody signed in, whatever they belong to; never a program
	aMember        // who acts for an organisation: a person or a program
	anOperator     // a member of the operator's organisation
	aNode          // a node of this register, by its signature
)

// Who may what. Each route names one of these, or one with a scope.
var (
	anyone        = access{who: everybody}
	halfway       = access{who: unfinished}
	person        = access{who: aPerson}
	proven        = access{who: aPerson, fresh: true}
	member        = access{who: aMember}
	recorder      = access{who: aMember, role: ledger.RoleRecorder, scope: account.ScopeRecord}
	labeller      = access{who: aMember, role: ledger.RoleRecorder, or: ledger.RoleAdmin, scope: account.ScopeRecord}
	administrator = access{who: aMember, role: ledger.RoleAdmin}
	// colleague is a member in a browser, and principal has proved who they are, besides.
	// manager is a colleague who administers the organisation, and trusted has proved it.
	colleague = access{who: aMember, inPerson: true}
	principal = access{who: aMember, inPerson: true, fresh: true}
	manager   = access{who: aMember, role: ledger.RoleAdmin, inPerson: true}
	trusted   = access{who: aMember, role: ledger.RoleAdmin, inPerson: true, fresh: true}

	// recaller may simulate a recall, and alarmer issue and lift one.
	recaller = access{who: aMember, role: ledger.RoleRecaller, inPerson: true}
	alarmer  = access{who: aMember, role: ledger.RoleRecaller, inPerson: true, fresh: true}

	// answerer deals with what shoppers report.
	answerer = access{who: aMember, role: ledger.RoleAdmin, or: ledger.RoleRecaller, inPerson: true}

	// attester may record for an organisation in a browser; attesting besides has just
	// proved who they are. Whether it is one that attests its handler judges.
	attester  = access{who: aMember, role: ledger.RoleRecorder, inPerson: true}
	attesting = access{who: aMember, role: ledger.RoleRecorder, inPerson: true, fresh: true}

	// publisher prepares what the organisation publishes and agrees on; releasing besides
	// has just proved who they are, and signs.
	publisher = access{who: aMember, role: ledger.RolePublisher, inPerson: true}
	releasing = access{who: aMember, role: ledger.RolePublisher, inPerson: true, fresh: true}

	// sharer sees what the organisation is given of what others sell.
	sharer = access{who: aMember, role: ledger.RolePublisher, or: ledger.RoleAdmin, inPerson: true}

	// responder answers for the organisation what people ask it for.
	responder = access{who: aMember, role: ledger.RolePublisher, or: ledger.RoleAdmin, inPerson: true}

	operator = access{who: anOperator, role: ledger.RoleAdmin}
	decider  = access{who: anOperator, role: ledger.RoleAdmin, inPerson: true, fresh: true}
	node     = access{who: aNode}

	// acting is a member whose token the handler judges, because what it records says
	// which scope it takes.
	acting = member.for_(anyScope)
)

const anyScope account.Scope = "any"

// scopeOf is what a token must be for to record an action.
func scopeOf(contract, action string) account.Scope {
	switch {
	case contract == trace.Contract && action == trace.ActionCapture:
		return account.ScopeRecord
	case contract == market.DatasetContract && (action == market.ActionPublish || action == market.ActionOffer || action == market.ActionRetract):
		return account.ScopePublish
	case contract == market.TradeContract && action != market.ActionUphold && action != market.ActionReturn:
		return account.ScopeTrade
	case contract == trace.RegistryContract && (action == trace.ActionAdmit || action == trace.ActionRefuse):
		return account.ScopeAdmit // it says who administers a new organisation
	}
	return account.ScopeManage
}

// mayRecord refuses a program whose token is not for an action.
func mayRecord(ctx context.Context, contract, action string) error {
	if who := callerOf(ctx); who.session == nil && !who.identity.Allows(scopeOf(contract, action)) {
		return errScope(scopeOf(contract, action))
	}
	return nil
}

// forPeople reports whether an action says who acts for whom: it changes keys, members
// and their roles, or mandates. By a key that is here only a person does so, on a page
// and with a fresh proof: whoever got hold of a token could otherwise stay for good.
func forPeople(contract, action string) bool {
	switch action {
	case trace.ActionRotate, trace.ActionDevice, trace.ActionEnrol, trace.ActionRevoke, trace.ActionMember, trace.ActionMandate:
		return contract == trace.RegistryContract
	}
	return false
}

// mayDirect refuses a browser that changes the directory without its person having
// proved a moment ago who they are, as the pages do that are for it.
func mayDirect(ctx context.Context, contract string) error {
	if who := callerOf(ctx); contract == trace.RegistryContract && who.session != nil && !who.session.Fresh(time.Now()) {
		return errStale
	}
	return nil
}

// mayUpload refuses a program whose token is for nothing that names a payload.
func mayUpload(ctx context.Context) error {
	who := callerOf(ctx)
	if who.session != nil || slices.ContainsFunc([]account.Scope{account.ScopeRecord, account.ScopePublish, account.ScopeTrade, account.ScopeManage}, who.identity.Allows) {
		return nil
	}
	return errScope(account.ScopeRecord)
}

func errScope(scope account.Scope) error {
	return ledger.Errorf(ledger.Forbidden, "the token is not for %q", scope)
}

// for_ is the same access for tokens of a scope.
func (a access) for_(scope account.Scope) access {
	a.scope = scope
	return a
}

// allow is the gate before every route.
func (s *server) allow(need access, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		vary(c, "Authorization, Cookie")
		who, err := s.identify(c)
		if err != nil {
			return err
		}
		if who.session != nil {
			c.Response().Before(func() { keepNothing(c.Response().Header()) })
		}
		if who.session != nil || forBrowsers(c) {
			if err := s.fromHere(c); err != nil {
				return err
			}
		}
		if err := need.judge(who, c.Request().Method); err != nil {
			return s.turnAway(c, err)
		}
		ctx := context.WithValue(c.Request().Context(), callerKey{}, who)
		if need.who == aNode {
			p, err := s.identifyNode(c)
			if err != nil {
				return err
			}
			ctx = context.WithValue(ctx, peerKey{}, p)
		}
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// errors of the gate.
var (
	errNobody     = ledger.Errorf(ledger.Unauthenticated, "this needs somebody who is signed in, or a token: Authorization: Bearer …")
	errUnfinished = ledger.Errorf(ledger.Unauthenticated, "the sign-in needs a second step")
	errProgram    = ledger.Errorf(ledger.Forbidden, "this is for a person in a browser, not for a token")
	errStranger   = ledger.Errorf(ledger.Forbidden, "this is for members of an organisation on the register")
	errFallen     = ledger.Errorf(ledger.Forbidden, "this is for members under a key in force, of an organisation in good standing")
	errStale      = ledger.Errorf(ledger.Unauthenticated, "show again who you are, please")
)

// judge refuses who may not.
func (a access) judge(who *caller, method string) error {
	signedIn := who.person != nil || who.identity != nil
	switch {
	case a.who == nobody:
		return ledger.Errorf(ledger.Forbidden, "this is for nobody")
	case a.who == everybody, a.who == aNode:
		return nil
	case a.who == unfinished && who.session != nil:
		return nil
	case who.session != nil && who.session.Needs != account.NeedsNothing:
		return errUnfinished
	case !signedIn:
		return errNobody
	case (a.who <= aPerson || a.inPerson) && who.session == nil:
		return errProgram
	case a.who <= aPerson:
		return a.judgeProof(who)
	case who.identity == nil:
		return errStranger
	}
	if who.authority.Kind == "" {
		return errFallen
	}
	if scope := a.scopeFor(method); who.session == nil && scope != anyScope && !who.identity.Allows(scope) {
		return errScope(scope)
	}
	if a.who == anOperator && who.authority.Kind != ledger.KindOperator {
		return ledger.Errorf(ledger.Forbidden, "this is for the register's operator")
	}
	if a.role != "" && !who.authority.may(a.role) && !who.authority.may(a.or) {
		return ledger.Errorf(ledger.Forbidden, "this needs the role %q in an organisation in good standing", a.role)
	}
	return a.judgeProof(who)
}

// judgeProof refuses who has not proved a moment ago who they are, where that is
// asked for: of people only, and last, so that nobody proves it for nothing.
func (a access) judgeProof(who *caller) error {
	if a.fresh && (who.session == nil || !who.session.Fresh(time.Now())) {
		return errStale
	}
	return nil
}

func (a access) scopeFor(method string) account.Scope {
	switch {
	case a.scope != "":
		return a.scope
	case reads(method):
		return account.ScopeRead
	}
	return account.ScopeManage
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// fromHere refuses what another site made a signed-in browser send. Browsers say
// where a request that changes something comes from, by Sec-Fetch-Site or by
// Origin; one that says neither is not served by its cookie.
func (s *server) fromHere(c echo.Context) error {
	r := c.Request()
	if reads(r.Method) {
		return nil
	}
	said := r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get(echo.HeaderOrigin) != ""
	if !said || s.origins.Check(r) != nil {
		return ledger.Errorf(ledger.Forbidden, "this came from another site; open the page here and try again")
	}
	return nil
}

// keepNothing has the browser of somebody who is signed in forget what only they
// see: phones are shared.
func keepNothing(h http.Header) {
	if !strings.HasPrefix(h.Get("Cache-Control"), "public") {
		h.Set("Cache-Control", "private, no-store")
	}
}

// forBrowsers reports whether a route answers forms rather than programs.
func forBrowsers(c echo.Context) bool {
	path := c.Path()
	return !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/epcis")
}

// turnAway leads a person to where they get what they lack, and comes back; a
// program, and a form that was sent, are told. Whoever took long over a form proves
// again who they are, and comes back to its page.
func (s *server) turnAway(c echo.Context, err error) error {
	r := c.Request()
	if bindingOf(c) != bindingPage || r.Header.Get(echo.HeaderAuthorization) != "" {
		return err
	}
	if !reads(r.Method) {
		back := r.URL.RequestURI()
		if !s.openable[c.Path()] {
			from, parsed := url.Parse(r.Referer())
			if parsed != nil {
				return err
			}
			back = s.known(c, from.RequestURI())
		}
		if err != errStale {
			return err
		}
		return s.detourTo(c, "/prove", back)
	}
	to := map[error]string{errNobody: "/signin", errUnfinished: "/signin/code", errStale: "/prove"}[err]
	if to == "" {
		return err
	}
	return s.detourTo(c, to, r.URL.RequestURI())
}

// nextParam is where a detour ends.
const nextParam = "next"

// detourTo leads elsewhere first.
func (s *server) detourTo(c echo.Context, to, next string) error {
	return c.Redirect(http.StatusSeeOther, to+"?"+url.Values{nextParam: {next}}.Encode())
}

// next is where a person wanted to go.
func (s *server) next(c echo.Context) string {
	text := c.QueryParam(nextParam)
	if text == "" && !reads(c.Request().Method) {
		text = c.FormValue(nextParam)
	}
	return s.known(c, text)
}

// known is a page of this site, or home when what was asked for is not known here.
func (s *server) known(c echo.Context, text string) string {
	const home = "/me"
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\\x00\r\n\t") {
		return home
	}
	found := c.Echo().AcquireContext()
	defer c.Echo().ReleaseContext(found)
	found.SetPath("") // of an earlier request; where nothing is found it stays
	if c.Echo().Router().Find(http.MethodGet, u.EscapedPath(), found); !s.openable[found.Path()] {
		return home
	}
	return text
}
