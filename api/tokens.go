package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// tokenRoutes are where people make tokens for their programs.
func (s *server) tokenRoutes() []route {
	return []route{
		get("/account/tokens", person, s.tokensPage),
		get("/account/tokens/new", proven, s.newTokenPage),
		post("/account/tokens/new", proven, s.makeToken),
		post("/account/tokens/revoke", person, s.revokeToken),
	}
}

func (s *server) tokensPage(c echo.Context) error {
	ctx := c.Request().Context()
	me := callerOf(ctx).person
	all, err := s.Accounts.Tokens(ctx, me.ID)
	if err != nil {
		return err
	}
	v := &web.Tokens{Member: len(me.Members) > 0}
	for _, k := range all {
		t, err := s.tokenView(c, k)
		if err != nil {
			return err
		}
		v.List = append(v.List, t)
	}
	return show(s, c, http.StatusOK, s.pages.Tokens, v)
}

func (s *server) tokenView(c echo.Context, k account.Token) (web.Token, error) {
	t := web.Token{ID: k.ID, Name: k.Name, Made: ledger.TimeOf(k.Made), Expires: timeOf(k.Expires), Used: timeOf(k.Used)}
	t.Expired = k.Expires != nil && !time.Now().Before(*k.Expires)
	for _, scope := range k.Scopes {
		t.Scopes = append(t.Scopes, string(scope))
	}
	ctx := c.Request().Context()
	m, ok := callerOf(ctx).person.Membership(k.Member)
	if !ok {
		return t, nil
	}
	var err error
	t.Org, err = s.orgName(ctx, m.Org)
	return t, err
}

func (s *server) newTokenPage(c echo.Context) error {
	return s.askToken(c, http.StatusOK, web.Form{})
}

func (s *server) askToken(c echo.Context, code int, f web.Form) error {
	members, err := s.memberOptions(c)
	if err != nil {
		return err
	}
	v := &web.NewToken{Form: f, Members: members}
	for _, scope := range account.Scopes {
		if scope == account.ScopeAdmit && callerOf(c.Request().Context()).authority.Kind != ledger.KindOperator {
			continue // it is for the operator alone
		}
		v.Scopes = append(v.Scopes, string(scope))
	}
	return show(s, c, code, s.pages.NewToken, v)
}

// memberOptions are the organisations that a person acts for; the chosen one first
// where there is one.
func (s *server) memberOptions(c echo.Context) (list []web.Membership, err error) {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	for _, m := range who.person.Members {
		name, err := s.orgName(ctx, m.Org)
		if err != nil {
			return nil, err
		}
		list = append(list, web.Membership{Member: m.Member.String(), Org: name, Chosen: who.identity != nil && who.identity.Member == m.Member})
	}
	return list, nil
}

// makeToken answers with the token itself, this once: it stands in no address and is
// kept nowhere.
func (s *server) makeToken(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	secret, made, err := s.tokenOf(c, form.Get("name"), form["scopes"], form.Get("expires"), form.Get("member"))
	if err != nil {
		return retyped(c, form, err, s.askToken)
	}
	t, err := s.tokenView(c, made)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.MadeToken, &web.MadeToken{Token: t, Secret: secret, Address: s.PublicURL})
}

func (s *server) tokenOf(c echo.Context, name string, scopes []string, days, member string) (secret string, made account.Token, err error) {
	k := account.Token{Name: name}
	if k.Member, err = ledger.ParseID(member); err != nil {
		return "", k, ledger.FieldErrorf(ledger.Invalid, "member", "%v", err)
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return "", k, ledger.FieldErrorf(ledger.Invalid, "expires", "is not a number of days")
	}
	for _, scope := range scopes {
		k.Scopes = append(k.Scopes, account.Scope(scope))
	}
	me := callerOf(c.Request().Context()).person
	return s.Accounts.MakeToken(c.Request().Context(), me.ID, k, time.Duration(n)*24*time.Hour, s.from(c))
}

func (s *server) revokeToken(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.RevokeToken(ctx, callerOf(ctx).person.ID, form.Get("token"), s.from(c)); err != nil {
		return err
	}
	return done(c, "/account/tokens", "token_revoked")
}
