package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

func (s *server) codesPage(c echo.Context) error {
	ctx := c.Request().Context()
	m, err := s.Accounts.Means(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Codes, &web.Codes{On: m.Codes, Recovery: m.Recovery, Asked: m.Asked})
}

func (s *server) appPage(c echo.Context) error {
	return s.askApp(c, http.StatusOK, web.Form{}, &web.App{Action: "/account/codes/app"})
}

func (s *server) setApp(c echo.Context) error {
	return s.confirmApp(c, func(echo.Context) string { return "/account/codes" }, func(code int, f web.Form) error {
		return s.askApp(c, code, f, &web.App{Action: "/account/codes/app"})
	})
}

// enrolPage leads somebody through what an organisation asks for before they go on.
func (s *server) enrolPage(c echo.Context) error {
	return s.askEnrol(c, http.StatusOK, web.Form{})
}

func (s *server) askEnrol(c echo.Context, code int, f web.Form) error {
	switch x := callerOf(c.Request().Context()).session; x.Needs {
	case account.NeedsNothing:
		return c.Redirect(http.StatusSeeOther, s.next(c))
	case account.NeedsEnrol:
	default:
		return c.Redirect(http.StatusSeeOther, secondStep(x.Needs)+"?"+url.Values{nextParam: {s.next(c)}}.Encode())
	}
	return s.askApp(c, code, f, &web.App{
		Action: "/signin/enrol", Next: s.next(c), Enrol: true, Passkey: s.passkeys != nil, Name: browserName(c.Request().UserAgent()),
	})
}

func (s *server) enrol(c echo.Context) error {
	return s.confirmApp(c, s.next, func(code int, f web.Form) error { return s.askEnrol(c, code, f) })
}

// askApp shows what an authenticator app takes.
func (s *server) askApp(c echo.Context, code int, f web.Form, v *web.App) (err error) {
	ctx := c.Request().Context()
	v.Form, v.Remember = f, remembering(c)
	if v.Secret, v.Address, err = s.Accounts.BeginTOTP(ctx, callerOf(ctx).secret, s.Ledger.Genesis().Name); err != nil {
		return err
	}
	if v.QR, err = drawQR(v.Address); err != nil {
		return err
	}
	return show(s, c, code, s.pages.App, v)
}

// confirmApp turns codes on, and shows the recovery codes.
func (s *server) confirmApp(c echo.Context, next func(echo.Context) string, ask func(int, web.Form) error) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	who := callerOf(ctx)
	codes, err := s.Accounts.ConfirmTOTP(ctx, who.secret, form.Get("code"), s.from(c))
	if err != nil {
		f, code, err := again(c, form, err)
		if err != nil {
			return err
		}
		return ask(code, f)
	}
	if remembering(c) {
		if err := s.remember(c, who.secret); err != nil {
			return err
		}
	}
	return s.showRecovery(c, codes, next(c))
}

// showRecovery shows recovery codes, once: they are in no address and not kept.
func (s *server) showRecovery(c echo.Context, codes []string, next string) error {
	ctx := c.Request().Context()
	a, err := s.Accounts.Account(ctx, callerOf(ctx).session.Account)
	if err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Recovery, &web.Recovery{Codes: codes, Next: next, Whose: a.Name})
}

func (s *server) renewRecovery(c echo.Context) error {
	ctx := c.Request().Context()
	codes, err := s.Accounts.RenewRecovery(ctx, callerOf(ctx).secret, s.from(c))
	if ledger.CodeOf(err) == ledger.NotFound {
		return c.Redirect(http.StatusSeeOther, "/account/codes") // turned off meanwhile
	}
	if err != nil {
		return err
	}
	return s.showRecovery(c, codes, "/account/codes")
}

func (s *server) codesOff(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.Accounts.RemoveTOTP(ctx, callerOf(ctx).secret, s.from(c)); err != nil {
		return err
	}
	return done(c, "/account/codes", "codes_off")
}
