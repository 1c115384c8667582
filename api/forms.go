package api

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// maxForm bounds a form without files, in bytes.
const maxForm = 64 << 10

// typed is what a person sent in a form. Fields that are named secret are read and
// not shown again.
func typed(c echo.Context) (url.Values, error) { return typedUpTo(c, maxForm) }

func typedUpTo(c echo.Context, limit int64) (url.Values, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
	if err := r.ParseForm(); err != nil {
		return nil, unreadable(err, noForm)
	}
	return r.PostForm, nil
}

const noForm = "the form cannot be read"

// unreadable says why what a client sent could not be read: it has too many bytes, there
// is no room for it, or else it is wrong as the words say.
func unreadable(err error, words string) error {
	var large *http.MaxBytesError
	var e *ledger.Error
	if errors.As(err, &large) || errors.As(err, &e) {
		return err
	}
	return ledger.Wrap(err, ledger.Invalid, words)
}

// again is a form that is shown again with what was typed and what is wrong with
// it. Nothing secret comes back. A fault of ours is not the form's, and nothing is
// wrong with one that waits for a signature.
func again(c echo.Context, values url.Values, err error) (f web.Form, code int, fault error) {
	e := asError(err)
	var unsigned *office.Unsigned
	if e.Code == ledger.Internal || errors.As(err, &unsigned) {
		return f, 0, err
	}
	p := problemOf(e, err)
	addHeaders(c, p)
	f = web.Form{Values: url.Values{}, Wrong: map[string]string{lastName(e.Field): why(e, err)}, Later: int(math.Ceil(p.later.Seconds()))}
	for name, v := range values {
		if !secretField(name) {
			f.Values[name] = v
		}
	}
	return f, p.Status, nil
}

// retyped has a form shown again, unless what went wrong is a fault of ours.
func retyped(c echo.Context, values url.Values, err error, ask func(c echo.Context, code int, f web.Form) error) error {
	f, code, fault := again(c, values, err)
	if fault != nil {
		return fault
	}
	return ask(c, code, f)
}

// asking is a form that is about something, as retyped shows it.
func asking[V any](ask func(c echo.Context, code int, v V, f web.Form) error, v V) func(c echo.Context, code int, f web.Form) error {
	return func(c echo.Context, code int, f web.Form) error { return ask(c, code, v, f) }
}

// secretField reports whether a field's value is never sent back.
func secretField(name string) bool {
	return name == "password" || name == "pin" || name == "code" || name == "header_value" || strings.HasPrefix(name, "new_password")
}

// lastName is the field of a form that an error's field is: the last of its path.
func lastName(field string) string {
	return field[strings.LastIndexByte(field, '.')+1:]
}

// why ends the key of the text that says what is wrong.
func why(e *ledger.Error, err error) string {
	for sentinel, what := range map[error]string{
		password.ErrShort: "short", password.ErrLong: "long", password.ErrText: "text",
		password.ErrCommon: "common", password.ErrOwn: "own", account.ErrPINGone: "gone",
	} {
		if errors.Is(err, sentinel) {
			return what
		}
	}
	return string(e.Code)
}

// reader is for whom a page of the desk is made.
func (s *server) reader(c echo.Context) (web.Reader, error) {
	r := web.Reader{Lang: s.lang(c), Path: c.Request().URL.RequestURI(), Done: c.QueryParam("done")}
	who := callerOf(c.Request().Context())
	if who.person == nil {
		return r, nil
	}
	r.Me = &web.Me{
		Name: who.person.Name, Kind: who.authority.Kind, Roles: who.authority.Roles,
		Operator: who.authority.Kind == ledger.KindOperator && who.authority.may(ledger.RoleAdmin), Several: len(who.person.Members) > 1,
	}
	if id := who.identity; id != nil {
		name, err := s.orgName(c.Request().Context(), id.Org)
		if err != nil {
			return r, err
		}
		r.Me.Org = name
	}
	return r, nil
}

// show answers with a page of the desk.
func show[V any](s *server, c echo.Context, code int, write func(io.Writer, web.Reader, V) error, v V) error {
	r, err := s.reader(c)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, r, v); err != nil {
		return err
	}
	vary(c, "Accept-Language")
	keepNothing(c.Response().Header())
	return reply(c, code, echo.MIMETextHTMLCharsetUTF8, newBody(b.Bytes()))
}

// done leads on after a form was taken; what names the text that says so.
func done(c echo.Context, to, what string) error {
	return c.Redirect(http.StatusSeeOther, saying(to, what))
}

// saying is a page's address with what was done; empty says nothing.
func saying(to, what string) string {
	if what == "" {
		return to
	}
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	return to + join + url.Values{"done": {what}}.Encode()
}

// speak has the site speak a language to this browser from now on.
func speak(c echo.Context, language string) {
	if l, ok := web.ParseLang(language); ok {
		c.SetCookie(&http.Cookie{Name: web.LangCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: true})
	}
}
