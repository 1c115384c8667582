package api

import (
	"fmt"
	"image/color"
	"net/http"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// joinRoutes are what an invitation opens. Looking at it changes nothing, so that the
// previews of chat applications do not use it up.
func (s *server) joinRoutes() []route {
	return []route{
		get("/join/:secret", anyone, s.joinPage),
		post("/join/:secret", anyone, s.join),
	}
}

func (s *server) invitationsPage(c echo.Context) error {
	return s.askInvitation(c, http.StatusOK, web.Form{})
}

func (s *server) askInvitation(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	org := callerOf(ctx).identity.Org
	open, err := s.Accounts.Invitations(ctx, org)
	if err != nil {
		return err
	}
	v := &web.Invitations{Form: f, Roles: []ledger.Role{ledger.RoleRecorder}}
	for _, l := range open {
		line := web.Invitation{ID: l.ID, Name: l.Name, Phone: l.Phone, Roles: l.Roles, Until: ledger.TimeOf(l.Expires)}
		if by, err := s.Accounts.Account(ctx, l.By); err == nil {
			line.By = by.Name
		}
		v.List = append(v.List, line)
	}
	return show(s, c, code, s.pages.Invitations, v)
}

// invite makes an invitation, and shows its link at once: it is kept nowhere.
func (s *server) invite(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	l := account.Link{Org: callerOf(ctx).identity.Org, Name: strings.TrimSpace(form.Get("name")), Phone: strings.TrimSpace(form.Get("phone"))}
	for _, r := range form["roles"] {
		l.Roles = append(l.Roles, ledger.Role(r))
	}
	var secret string
	if len(l.Roles) == 0 {
		err = ledger.FieldErrorf(ledger.Invalid, "roles", "there is at least one")
	} else {
		secret, l, err = s.Accounts.Invite(ctx, l, s.by(c))
	}
	if err != nil {
		return retyped(c, form, err, s.askInvitation)
	}
	v := &web.Invited{Name: l.Name, Roles: l.Roles, Link: s.joinLink(secret), Host: s.host(), Until: ledger.TimeOf(l.Expires)}
	if v.Org, err = s.orgName(ctx, l.Org); err != nil {
		return err
	}
	if v.QR, err = drawQR(v.Link); err != nil {
		return err
	}
	return show(s, c, http.StatusOK, s.pages.Invited, v)
}

func (s *server) joinLink(secret string) string { return s.PublicURL + "/join/" + secret }

// drawQR is an address as a drawing in a page, error correction level M.
func drawQR(address string) (web.QR, error) {
	code, err := qr.Encode(address, qr.M, qr.Unicode)
	if err != nil {
		return web.QR{}, ledger.Wrap(err, ledger.Internal, "the link does not fit into a QR code")
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			first := x
			for x < n && code.At(x, y) == color.Black {
				x++
			}
			if x > first {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", first, y, x-first, x-first)
			}
		}
	}
	return web.QR{Size: n, Path: path.String()}, nil
}

func (s *server) revokeInvitation(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.Accounts.RevokeInvitation(ctx, callerOf(ctx).identity.Org, c.Param("id")); err != nil {
		return err
	}
	return done(c, "/org/invitations", "invitation_revoked")
}

func (s *server) joinPage(c echo.Context) error {
	l, err := s.Accounts.Invitation(c.Request().Context(), c.Param("secret"))
	if err != nil {
		return s.lapsed(c, err)
	}
	return s.askJoin(c, http.StatusOK, l, web.Form{})
}

// lapsed says that an invitation is no longer good, and what to do.
func (s *server) lapsed(c echo.Context, err error) error {
	if ledger.CodeOf(err) != ledger.NotFound {
		return err
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	return show(s, c, http.StatusNotFound, s.pages.Lapsed, &web.Lapsed{})
}

func (s *server) askJoin(c echo.Context, code int, l account.Link, f web.Form) error {
	ctx := c.Request().Context()
	secret := c.Param("secret")
	org, err := s.orgName(ctx, l.Org)
	if err != nil {
		return err
	}
	link := s.joinLink(secret)
	v := &web.Join{
		Form: f, Org: org, Roles: l.Roles, Until: ledger.TimeOf(l.Expires), Name: l.Name, Phone: l.Phone, PhoneFixed: l.Phone != "", Password: c.QueryParam("how") == "password",
		Link: link, SignIn: "/signin?" + url.Values{nextParam: {"/join/" + secret}}.Encode(), App: web.InAppOf(c.Request().UserAgent(), link),
	}
	if by, err := s.Accounts.Account(ctx, l.By); err == nil {
		v.By = by.Name
	}
	if me := callerOf(ctx).person; me != nil {
		v.Me = me.Name
		for _, m := range me.Members {
			v.Belongs = v.Belongs || m.Org == l.Org
		}
	}
	c.Response().Header().Set("X-Robots-Tag", "noindex")
	return show(s, c, code, s.pages.Join, v)
}

// join accepts an invitation: for somebody new, who is signed in and can come back
// from then on, or with the account that is signed in.
func (s *server) join(c echo.Context) error {
	ctx := c.Request().Context()
	secret := c.Param("secret")
	form, err := typed(c)
	if err != nil {
		return err
	}
	l, err := s.Accounts.Invitation(ctx, secret)
	if err != nil {
		return s.lapsed(c, err)
	}
	var member ledger.ID
	var waits bool
	if me := callerOf(ctx).person; me != nil {
		var in account.Acceptance
		if in, waits, err = s.office.JoinAs(ctx, secret, me.ID, s.from(c)); err == nil {
			member = in.Identity.Member
		}
	} else {
		var in account.Arrival
		how := account.Choice{PIN: form.Get("pin"), Password: form.Get("password"), Device: browserName(c.Request().UserAgent())}
		if in, waits, err = s.office.Join(ctx, secret, s.newcomer(c, form), how, s.from(c)); err == nil {
			member = in.Identity.Member
			s.setCookie(c, sessionCookie, in.Grant.Secret, account.SessionAbsolute)
			s.mailNewcomer(ctx, in.Grant.Session.Account, s.from(c))
			if in.Device != "" {
				s.setCookie(c, deviceCookie, in.Device, account.DeviceLife)
			}
		}
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askJoin, l))
	}
	if waits {
		return done(c, "/me", "waiting")
	}
	s.setCookie(c, actingCookie, member.String(), account.SessionAbsolute)
	return done(c, "/me", "joined")
}
