package api

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// newPasskeys makes the site a place for passkeys; nil where browsers would refuse:
// they need TLS, this machine excepted, and a name.
func newPasskeys(c Config) (*account.Passkeys, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil || net.ParseIP(u.Hostname()) != nil || (u.Scheme != "https" && u.Hostname() != "localhost") {
		return nil, nil
	}
	return c.Accounts.Passkeys(c.Ledger.Genesis().Name, c.PublicURL)
}

var errNoPasskeys = ledger.Errorf(ledger.NotFound, "passkeys need an address with a name and TLS")

// offer is how a ceremony begins: what the browser is asked, and what it brings back.
type offer struct {
	Options json.RawMessage `json:"options"`
	State   string          `json:"state"`
}

// ceremony is how it ends.
type ceremony struct {
	State      string          `json:"state"`
	Credential json.RawMessage `json:"credential"`
	Name       string          `json:"name"` // of a new passkey
	Next       string          `json:"next"`
	Remember   bool            `json:"remember"`
}

// entered says where the person goes then.
type entered struct {
	Next string `json:"next"`
}

// ended reads what a script sends at the end of a ceremony.
func (s *server) ended(c echo.Context) (x ceremony, err error) {
	if s.passkeys == nil {
		return x, errNoPasskeys
	}
	r := http.MaxBytesReader(c.Response(), c.Request().Body, maxForm)
	if err := json.NewDecoder(r).Decode(&x); err != nil {
		return x, unreadable(err, "the request cannot be read")
	}
	return x, nil
}

// beginPasskey asks for any passkey, in the same words for everybody.
func (s *server) beginPasskey(c echo.Context) error {
	if s.passkeys == nil {
		return errNoPasskeys
	}
	options, state, err := s.passkeys.BeginSignIn(c.Request().Context(), s.from(c))
	if err != nil {
		return err
	}
	keepNothing(c.Response().Header())
	return c.JSON(http.StatusOK, offer{options, state})
}

func (s *server) signInPasskey(c echo.Context) error {
	x, err := s.ended(c)
	if err != nil {
		return err
	}
	g, err := s.passkeys.SignIn(c.Request().Context(), x.State, x.Credential, s.from(c))
	if err != nil {
		return err
	}
	return s.enterByScript(c, g, x)
}

// provePasskey completes a session, or shows again who it is.
func (s *server) provePasskey(c echo.Context) error {
	x, err := s.ended(c)
	if err != nil {
		return err
	}
	g, err := s.passkeys.Prove(c.Request().Context(), callerOf(c.Request().Context()).secret, x.State, x.Credential, s.from(c))
	if err != nil {
		return err
	}
	return s.enterByScript(c, g, x)
}

func (s *server) enterByScript(c echo.Context, g account.Grant, x ceremony) error {
	to, err := s.enter(c, g, s.known(c, x.Next), x.Remember)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, entered{to})
}

func (s *server) passkeysPage(c echo.Context) error {
	return s.askPasskeys(c, http.StatusOK, web.Form{})
}

func (s *server) askPasskeys(c echo.Context, code int, f web.Form) error {
	ctx := c.Request().Context()
	all, err := s.Accounts.PasskeysOf(ctx, callerOf(ctx).person.ID)
	if err != nil {
		return err
	}
	v := &web.Passkeys{Form: f, Can: s.passkeys != nil, Name: browserName(c.Request().UserAgent())}
	for _, k := range all {
		v.Passkeys = append(v.Passkeys, web.Passkey{ID: k.ID, Name: k.Name, Added: moment(k.Added), Used: moment(k.Used)})
	}
	return show(s, c, code, s.pages.Passkeys, v)
}

// beginNewPasskey and newPasskey add one. The store lets a fresh session, and one
// that lacks just a second factor.
func (s *server) beginNewPasskey(c echo.Context) error {
	if s.passkeys == nil {
		return errNoPasskeys
	}
	options, state, err := s.passkeys.Begin(c.Request().Context(), callerOf(c.Request().Context()).secret)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, offer{options, state})
}

func (s *server) newPasskey(c echo.Context) error {
	x, err := s.ended(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if _, err := s.passkeys.Finish(ctx, callerOf(ctx).secret, x.State, x.Credential, x.Name, s.from(c)); err != nil {
		return err
	}
	if x.Remember {
		if err := s.remember(c, callerOf(ctx).secret); err != nil {
			return err
		}
	}
	if x.Next != "" {
		return c.JSON(http.StatusOK, entered{s.known(c, x.Next)})
	}
	return c.JSON(http.StatusOK, entered{"/account/passkeys?done=passkey"})
}

func (s *server) removePasskey(c echo.Context) error {
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.Accounts.RemovePasskey(ctx, callerOf(ctx).secret, form.Get("id"), s.from(c)); ignoreNotFound(err) != nil {
		f, code, err := againLast(c, form, err)
		if err != nil {
			return err
		}
		return s.askPasskeys(c, code, f)
	}
	return done(c, "/account/passkeys", "unpasskey")
}

// againLast is again where a Conflict says that nothing would be left to sign in by.
func againLast(c echo.Context, form url.Values, err error) (web.Form, int, error) {
	f, code, fault := again(c, form, err)
	if fault == nil && ledger.CodeOf(err) == ledger.Conflict {
		f.Wrong = map[string]string{"": "last"}
	}
	return f, code, fault
}
