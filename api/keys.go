package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// keyRoutes are where people see and change the keys that sign for them.
func (s *server) keyRoutes() []route {
	return []route{
		get("/account/keys", person, s.keysPage),
		get("/account/keys/rotate", proven, s.rotatePage),
		post("/account/keys/rotate", proven, s.rotate),
		get("/account/keys/wallet", proven, s.walletPage),
		post("/account/keys/wallet", proven, s.beginWallet),
		get("/account/keys/device", proven, s.deviceKeyPage),
		post("/account/keys/device", proven, s.beginDevice),
		post("/account/keys/bind", proven, s.bind),
		get("/account/keys/enter", proven, s.enterPage),
		post("/account/keys/enter", proven, s.enterKey),
		get("/account/keys/revoke", proven, s.revokePage),
		post("/account/keys/revoke", proven, s.revokeKey),
	}
}

// deviceActions are what a device may be let record.
var deviceActions = []string{trace.Contract + "/" + trace.ActionCapture, market.DatasetContract + "/" + market.ActionPublish}

func (s *server) keysPage(c echo.Context) error {
	ctx := c.Request().Context()
	me := callerOf(ctx).person
	if err := s.office.Settle(ctx, me.ID); err != nil {
		return err
	}
	all, err := s.Accounts.Keys(ctx, me.ID)
	if err != nil {
		return err
	}
	v := &web.Keys{}
	for _, k := range all {
		view, err := s.keyView(c, k)
		if err != nil {
			return err
		}
		v.List = append(v.List, view)
	}
	for _, m := range me.Members {
		v.Acting = v.Acting || !m.Key.IsZero()
	}
	return show(s, c, http.StatusOK, s.pages.Keys, v)
}

func (s *server) keyView(c echo.Context, k account.Key) (web.Key, error) {
	v := web.Key{
		Address: k.Address.String(), Member: k.Member.String(), Custody: string(k.Custody), Actions: k.Actions,
		Made: ledger.TimeOf(k.Made), Until: timeOf(k.Until), Retired: timeOf(k.Retired), Active: k.Active,
	}
	ctx := c.Request().Context()
	on, err := s.Index.Key(ctx, k.Address)
	if ignoreNotFound(err) != nil {
		return v, err
	}
	if err == nil && on.Revoked != nil {
		v.Why = on.Revoked.Reason
	}
	v.Org, err = s.orgName(ctx, k.Org)
	return v, err
}

// keyOf is the person's own key that a form is about.
func (s *server) keyOf(c echo.Context, text string) (account.Key, error) {
	ctx := c.Request().Context()
	all, err := s.Accounts.Keys(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return account.Key{}, err
	}
	for _, k := range all {
		if k.Address.String() == text && k.Retired == nil {
			return k, nil
		}
	}
	return account.Key{}, ledger.FieldErrorf(ledger.NotFound, "key", "is none of yours")
}

// asMember is the person as a member of theirs that a form names.
func (s *server) asMember(c echo.Context, text string) (*account.Identity, error) {
	member, err := ledger.ParseID(text)
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "member", "%v", err)
	}
	ctx := c.Request().Context()
	return s.Accounts.Acting(ctx, callerOf(ctx).person.ID, member)
}

func (s *server) rotatePage(c echo.Context) error {
	return s.askKey(c, http.StatusOK, "rotate", web.Form{})
}

func (s *server) walletPage(c echo.Context) error {
	return s.askKey(c, http.StatusOK, "wallet", web.Form{})
}

func (s *server) deviceKeyPage(c echo.Context) error {
	return s.askKey(c, http.StatusOK, "device", web.Form{})
}

// askKey is the page of a change; what is rotate, wallet or device.
func (s *server) askKey(c echo.Context, code int, what string, f web.Form) error {
	members, err := s.memberOptions(c)
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.AskKey, &web.AskKey{Form: f, What: what, Members: members, Actions: deviceActions})
}

func (s *server) rotate(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	id, err := s.asMember(c, form.Get("member"))
	if err == nil {
		err = thenDone(s.office.RotateKey(c.Request().Context(), id, s.from(c)), "/account/keys", "key_rotated")
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askKey, "rotate"))
	}
	return done(c, "/account/keys", "key_rotated")
}

func (s *server) beginWallet(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	id, err := s.asMember(c, form.Get("member"))
	var ch account.Challenge
	if err == nil {
		ch, err = s.Accounts.BeginWallet(c.Request().Context(), id.Account, id.Member)
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askKey, "wallet"))
	}
	return s.askBind(c, http.StatusOK, ch, web.Form{})
}

func (s *server) beginDevice(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	id, err := s.asMember(c, form.Get("member"))
	var ch account.Challenge
	if err == nil {
		days, _ := strconv.Atoi(form.Get("expires")) // none is for ever
		ch, err = s.Accounts.BeginDevice(c.Request().Context(), id.Account, id.Member, form["actions"], time.Duration(days)*24*time.Hour)
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askKey, "device"))
	}
	return s.askBind(c, http.StatusOK, ch, web.Form{})
}

// askBind shows the challenge that the key's holder is to sign.
func (s *server) askBind(c echo.Context, code int, ch account.Challenge, f web.Form) error {
	data, err := json.MarshalIndent(s.Accounts.Typed(ch), "", "  ")
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.BindKey, &web.BindKey{
		Form: f, Custody: string(ch.Custody), Actions: ch.Actions, Nonce: ch.Nonce.String(), Typed: string(data), Until: ledger.Time(ch.Expiry * 1_000),
	})
}

// bind takes the signature of a challenge, and puts its key on the register.
func (s *server) bind(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	me := callerOf(ctx).person.ID
	nonce, err := ledger.ParseHash(form.Get("nonce"))
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "nonce", "%v", err)
	}
	ch, err := s.Accounts.Challenge(ctx, me, nonce)
	if err != nil {
		return err
	}
	sig, err := account.ParseSignature(form.Get("signature"))
	var k account.Key
	if err == nil {
		k, err = s.Accounts.Bind(ctx, me, nonce, sig, s.from(c))
	}
	if err != nil {
		return retyped(c, form, err, asking(s.askBind, ch))
	}
	return s.enrolKey(c, k)
}

// enrolKey puts a key on the register, signed by the one that its member has now.
func (s *server) enrolKey(c echo.Context, k account.Key) error {
	id, err := s.asMember(c, k.Member.String())
	if err != nil {
		return err
	}
	what := "key_" + string(k.Custody)
	if err := s.office.EnterKey(c.Request().Context(), id, k); err != nil {
		return thenDone(err, "/account/keys", what)
	}
	return done(c, "/account/keys", what)
}

func (s *server) enterPage(c echo.Context) error {
	return s.aboutKey(c, http.StatusOK, web.Form{}, c.QueryParam("key"), s.pages.EnterKey)
}

func (s *server) enterKey(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	k, err := s.keyOf(c, form.Get("key"))
	if err != nil {
		return err
	}
	return s.enrolKey(c, k)
}

func (s *server) revokePage(c echo.Context) error {
	return s.aboutKey(c, http.StatusOK, web.Form{}, c.QueryParam("key"), s.pages.RevokeKey)
}

func (s *server) aboutKey(c echo.Context, code int, f web.Form, address string, write func(io.Writer, web.Reader, *web.AboutKey) error) error {
	k, err := s.keyOf(c, address)
	if err != nil {
		return err
	}
	v, err := s.keyView(c, k)
	if err != nil {
		return err
	}
	return show(s, c, code, write, &web.AboutKey{Form: f, Key: v})
}

func (s *server) revokeKey(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	k, err := s.keyOf(c, form.Get("key"))
	if err != nil {
		return err
	}
	id, err := s.asMember(c, k.Member.String())
	if err != nil {
		return err
	}
	if err := s.office.RevokeKey(c.Request().Context(), id, k.Address, form.Get("reason"), s.from(c)); err != nil {
		f, code, err := again(c, form, thenDone(err, "/account/keys", "key_revoked"))
		if err != nil {
			return err
		}
		return s.aboutKey(c, code, f, form.Get("key"), s.pages.RevokeKey)
	}
	return done(c, "/account/keys", "key_revoked")
}
