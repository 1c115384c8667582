package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
)

func (s *server) devicePage(c echo.Context) error {
	return s.askDevice(c, http.StatusOK, web.Form{})
}

func (s *server) askDevice(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	me := callerOf(ctx).person
	this, known, err := s.Accounts.ThisDevice(ctx, me.ID, s.cookie(c, deviceCookie))
	if err != nil {
		return err
	}
	all, err := s.Accounts.Devices(ctx, me.ID)
	if err != nil {
		return err
	}
	v := &web.Device{Form: f, PIN: this.HasPIN}
	for _, d := range all {
		v.Devices = append(v.Devices, web.KnownDevice{
			ID: d.ID, Name: d.Name, Added: moment(d.Added), Used: moment(d.Used), PIN: d.HasPIN, This: known && d.ID == this.ID,
		})
	}
	return show(s, c, code, s.pages.Device, v)
}

// setPIN remembers the device and gives it a PIN.
func (s *server) setPIN(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	who := callerOf(ctx)
	device, err := s.Accounts.SetUpPIN(ctx, who.secret, browserName(c.Request().UserAgent()), form.Get("pin"), s.from(c))
	if err != nil {
		return retyped(c, form, err, s.askDevice)
	}
	s.setDevice(c, device)
	return done(c, "/account/device", "pin")
}

func (s *server) forgetDevice(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.ForgetDevice(ctx, callerOf(ctx).person.ID, form.Get("id"), s.from(c)); ignoreNotFound(err) != nil {
		return err
	}
	return done(c, "/account/device", "forgotten")
}
