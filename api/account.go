package api

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// accountRoutes are where somebody looks after their account. What could give it to
// somebody else takes a fresh proof, also to look at.
func (s *server) accountRoutes() []route {
	return []route{
		get("/account", person, s.accountPage),
		get("/account/person", proven, s.personPage),
		post("/account/person", proven, s.setPerson),
		get("/account/password", proven, s.passwordPage),
		post("/account/password", proven, s.setPassword),
		get("/account/device", proven, s.devicePage),
		post("/account/device", proven, s.setPIN),
		post("/account/device/forget", proven, s.forgetDevice),
		get("/account/passkeys", proven, s.passkeysPage),
		post("/account/passkeys/begin", halfway, s.beginNewPasskey),
		post("/account/passkeys/finish", halfway, s.newPasskey),
		post("/account/passkeys/remove", proven, s.removePasskey),
		get("/account/codes", proven, s.codesPage),
		get("/account/codes/app", proven, s.appPage),
		post("/account/codes/app", proven, s.setApp),
		post("/account/codes/recovery", proven, s.renewRecovery),
		post("/account/codes/off", proven, s.codesOff),
		get("/account/external", proven, s.externalPage),
		post("/account/external/unlink", proven, s.unlink),
		post("/account/external/link", proven, s.leaveToLink),
		get("/account/sessions", person, s.sessionsPage),
		post("/account/sessions/end", person, s.endSession),
		post("/account/sessions/all", person, s.endSessions),
		get("/account/history", person, s.historyPage),
	}
}

func (s *server) accountPage(c echo.Context) error {
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
	sessions, err := s.Accounts.Sessions(ctx, me.ID)
	if err != nil {
		return err
	}
	v := &web.Account{
		Name: me.Name, Phone: me.Phone, Email: me.Email, ToProve: me.ToProve(), Language: web.Lang(me.Language),
		Password: moment(m.Password), PIN: device.HasPIN, Devices: m.Devices, Passkeys: m.Passkeys, Codes: m.Codes, Recovery: m.Recovery,
		External: m.External, Sessions: len(sessions),
		CanPasskey: s.passkeys != nil, CanExternal: len(s.OpenID) > 0,
	}
	v.Next = s.nextStep(me, m)
	return show(s, c, http.StatusOK, s.pages.Account, v)
}

// moment is a time as pages show it; zero stays zero.
func moment(t time.Time) ledger.Time {
	if t.IsZero() {
		return 0
	}
	return ledger.TimeOf(t)
}

// fewRecovery is how many recovery codes are so few that new ones are offered.
const fewRecovery = 2

// nextStep is the one thing that would make an account safer or easier to use now.
func (s *server) nextStep(me *account.Account, m account.Means) web.NextStep {
	switch {
	case m.Asked && !m.Strong():
		return web.NextSecond
	case me.Phone == "" && me.Email == "":
		return web.NextContact
	case m.Codes && m.Recovery <= fewRecovery:
		return web.NextRecovery
	case m.Password.IsZero() && m.Passkeys == 0:
		return web.NextPassword
	case s.passkeys != nil && m.Passkeys == 0:
		return web.NextPasskey
	}
	return web.NextNothing
}

func (s *server) personPage(c echo.Context) error {
	me := callerOf(c.Request().Context()).person
	email := me.Pending
	if email == "" {
		email = me.Email
	}
	return s.askPerson(c, http.StatusOK, web.PersonForm(me.Name, me.Phone, email, web.Lang(me.Language)))
}

func (s *server) askPerson(c echo.Context, code int, f web.Form) error {
	me := callerOf(c.Request().Context()).person
	v := &web.Person{Form: f, ToProve: me.ToProve(), Mail: s.Mail != nil}
	if me.Pending != "" {
		v.Counts = me.Email
	}
	return show(s, c, code, s.pages.Person, v)
}

func (s *server) setPerson(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	p := personOf(form)
	ctx := c.Request().Context()
	me := callerOf(ctx).person
	a, err := s.Accounts.SetPerson(ctx, me.ID, p, s.from(c))
	sent := false
	if err == nil && a.ToProve() != me.ToProve() {
		sent, err = s.mailAddress(ctx, me.ID, s.from(c))
	}
	if err != nil {
		return retyped(c, form, err, s.askPerson)
	}
	speak(c, p.Language)
	switch {
	case sent:
		return done(c, "/account/person", "address_sent")
	case a.ToProve() != me.ToProve() && a.ToProve() != "":
		return done(c, "/account/person", "person")
	}
	return done(c, "/account", "person")
}

// personOf is what somebody told of themself.
func personOf(form url.Values) account.Person {
	return account.Person{Name: form.Get("name"), Phone: form.Get("phone"), Email: form.Get("email"), Language: form.Get("language")}
}

func (s *server) passwordPage(c echo.Context) error {
	return s.askPassword(c, http.StatusOK, web.Form{})
}

func (s *server) askPassword(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	me := callerOf(ctx).person
	m, err := s.Accounts.Means(ctx, me.ID)
	if err != nil {
		return err
	}
	return show(s, c, code, s.pages.Password, &web.Password{Form: f, Username: identifier(me), Has: !m.Password.IsZero()})
}

// identifier is what a person signs in with, for password managers.
func identifier(a *account.Account) string {
	if a.Phone != "" {
		return a.Phone
	}
	return a.Email
}

func (s *server) setPassword(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	who := callerOf(ctx)
	before, err := s.Accounts.Means(ctx, who.person.ID)
	if err != nil {
		return err
	}
	if err := s.Accounts.SetPassword(ctx, who.person.ID, form.Get("password"), who.session.ID, s.from(c)); err != nil {
		return retyped(c, form, err, s.askPassword)
	}
	if before.Password.IsZero() {
		return done(c, "/account", "first_password")
	}
	s.setCookie(c, deviceCookie, "", 0) // it opens nothing any more
	return done(c, "/account", "password")
}

func (s *server) sessionsPage(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	all, err := s.Accounts.Sessions(ctx, who.person.ID)
	if err != nil {
		return err
	}
	v := &web.Sessions{}
	for _, x := range all {
		v.Sessions = append(v.Sessions, web.Session{
			ID: x.ID, Browser: browserName(x.Agent), Method: string(x.Methods[len(x.Methods)-1]),
			Made: moment(x.Made), Used: moment(x.Used), This: x.ID == who.session.ID,
		})
	}
	return show(s, c, http.StatusOK, s.pages.Sessions, v)
}

func (s *server) endSession(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	who := callerOf(ctx)
	if form.Get("id") == who.session.ID {
		return s.signOut(c)
	}
	if err := s.Accounts.EndSession(ctx, who.person.ID, form.Get("id"), s.from(c)); ignoreNotFound(err) != nil {
		return err
	}
	return done(c, "/account/sessions", "session")
}

// endSessions signs a person out everywhere else, and forgets their devices.
func (s *server) endSessions(c echo.Context) error {
	ctx := c.Request().Context()
	who := callerOf(ctx)
	if err := s.Accounts.SignOutEverywhere(ctx, who.person.ID, who.session.ID, s.from(c)); err != nil {
		return err
	}
	s.setCookie(c, deviceCookie, "", 0)
	return done(c, "/account/sessions", "sessions")
}
