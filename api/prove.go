package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
)

func (s *server) codePage(c echo.Context) error {
	return s.askCode(c, http.StatusOK, web.Form{})
}

func (s *server) askCode(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	x := callerOf(ctx).session
	switch x.Needs {
	case account.NeedsNothing:
		return c.Redirect(http.StatusSeeOther, s.next(c))
	case account.NeedsEnrol:
		return c.Redirect(http.StatusSeeOther, "/signin/enrol?"+url.Values{nextParam: {s.next(c)}}.Encode())
	}
	m, err := s.Accounts.Means(ctx, x.Account)
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.Code, &web.Code{
		Form: f, Next: s.next(c), Remember: remembering(c), Needs: string(x.Needs), Passkeys: s.passkeys != nil && m.Passkeys > 0,
	})
}

// remembering reports whether a sign-in of several steps is to be remembered.
func remembering(c echo.Context) bool {
	return firstOf(c.QueryParam("remember"), formValue(c, "remember")) != ""
}

func (s *server) code(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	g, err := s.Accounts.SecondFactor(c.Request().Context(), callerOf(c.Request().Context()).secret, form.Get("code"), s.from(c))
	if err != nil {
		return retyped(c, form, err, s.askCode)
	}
	return s.begin(c, g, remembering(c))
}

func (s *server) provePage(c echo.Context) error {
	return s.askProof(c, http.StatusOK, web.Form{})
}

func (s *server) askProof(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	me := callerOf(ctx).person
	m, err := s.Accounts.Means(ctx, me.ID)
	if err != nil {
		return err
	}
	device, _, err := s.Accounts.ThisDevice(ctx, me.ID, s.cookie(c, deviceCookie))
	if err != nil {
		return err
	}
	linked, err := s.linked(ctx, me.ID)
	if err != nil {
		return err
	}
	v := &web.Prove{
		Form: f, Next: s.next(c), Username: identifier(me),
		Password: !m.Password.IsZero(), PIN: device.HasPIN, Passkey: s.passkeys != nil && m.Passkeys > 0,
	}
	v.Code = m.Codes && !v.Password && !v.PIN
	if !v.Password {
		v.Providers = linked
	}
	return show(s, c, code, s.pages.Prove, v)
}

func (s *server) prove(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	if err := s.proveBy(c, form); err != nil {
		return retyped(c, form, err, s.askProof)
	}
	return c.Redirect(http.StatusSeeOther, s.next(c))
}

// proveBy shows again who a session is, by what was typed.
func (s *server) proveBy(c echo.Context, form url.Values) error {
	ctx := c.Request().Context()
	session := callerOf(ctx).secret
	switch form.Get("by") {
	case "pin":
		_, err := s.Accounts.ProvePIN(ctx, session, s.cookie(c, deviceCookie), form.Get("pin"), s.from(c))
		return err
	case "code":
		g, err := s.Accounts.SecondFactor(ctx, session, form.Get("code"), s.from(c))
		if err == nil {
			s.setCookie(c, sessionCookie, g.Secret, account.SessionAbsolute)
		}
		return err
	}
	_, err := s.Accounts.ProvePassword(ctx, session, form.Get("password"), s.from(c))
	return err
}
