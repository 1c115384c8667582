package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// logs collects what is logged until the test ends.
func logs(t *testing.T) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return &b
}

// What a request carries that is no log's business.
const (
	aToken    = "sg_bearerbearerbearer"
	aCookie   = "cookiecookiecookie"
	aLink     = "linklink/link link" // in the path, escaped
	aPassword = "mật khẩu+của&tôi"
	aQuestion = "queryqueryquery"
)

// carrying is a request with all of it.
func carrying(form bool) *http.Request {
	body := url.Values{"password": {aPassword}}.Encode()
	r := httptest.NewRequest(http.MethodPost, "/setup/"+url.PathEscape(aLink)+"?q="+aQuestion, strings.NewReader(body))
	r.RemoteAddr = "203.0.113.77:4711"
	r.Header.Set("Authorization", "Bearer "+aToken)
	r.Header.Set("Cookie", "session="+aCookie)
	if form {
		r.Header.Set("Content-Type", echo.MIMEApplicationForm)
	}
	return r
}

// tells lists what of it is in a text.
func tells(text string) (told []string) {
	for _, s := range []string{aToken, aCookie, aLink, url.PathEscape(aLink), aPassword, url.QueryEscape(aPassword), aQuestion, "203.0.113.77"} {
		if strings.Contains(text, s) {
			told = append(told, s)
		}
	}
	return told
}

// TestLogTellsNoSecrets: neither the line of a request nor that of its failure tells
// what the request carried, even where the cause repeats all of it.
func TestLogTellsNoSecrets(t *testing.T) {
	for what, fails := range map[string]func(c echo.Context) error{
		"well": func(c echo.Context) error { return c.String(http.StatusOK, "ok") },
		"a raw cause": func(c echo.Context) error {
			return fmt.Errorf("%s %q: %w", c.Request().URL, c.FormValue("password"), errors.New(aToken+" "+aCookie+" from 203.0.113.77:4711"))
		},
		"a wrapped cause": func(c echo.Context) error {
			secret, err := param(c, "secret")
			return ledger.Wrap(fmt.Errorf("%s, %s, %v", secret, c.FormValue("password"), err), ledger.Unavailable, "the store cannot be read")
		},
		"an operation": func(c echo.Context) error {
			c.FormValue("password")
			ctx := context.WithValue(c.Request().Context(), requestKey{}, c)
			return new(server).own(ctx, fmt.Errorf("%s with %s by %v", c.Request().RequestURI, c.Request().Form, c.Request().Header))
		},
		"a panic": func(c echo.Context) error { panic(c.FormValue("password") + aToken) },
	} {
		log := logs(t)
		s := &server{pages: web.New(web.Options{})}
		e := echo.New()
		e.HTTPErrorHandler = s.fail
		e.Pre(escapedPath)
		e.Use(s.logged, s.recover)
		e.POST("/setup/:secret", fails)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, carrying(true))
		if told := tells(log.String()); told != nil {
			t.Errorf("%s: the log tells %q: %s", what, told, log)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		var last struct {
			Msg, Method, Route string
			Status             int
			Bytes              int64
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
			t.Fatal(err)
		}
		if last.Msg != "request" || last.Method != "POST" || last.Route != "/setup/:secret" || last.Status != w.Code || last.Bytes != int64(w.Body.Len()) {
			t.Errorf("%s: answered %d with %d bytes, logged %+v", what, w.Code, w.Body.Len(), last)
		}
		if failed := strings.Contains(log.String(), "request failed") || strings.Contains(log.String(), "handler panicked"); failed != (w.Code >= 500) {
			t.Errorf("%s: answered %d, logged %s", what, w.Code, log)
		}
	}
}

// TestLogKeepsTheCause: what is taken out of a cause is what the request carried,
// and nothing else.
func TestLogKeepsTheCause(t *testing.T) {
	log := logs(t)
	r := carrying(false)
	c := echo.New().NewContext(r, httptest.NewRecorder())
	new(server).logFailure(t.Context(), c, ledger.Errorf(ledger.Internal, ""), errors.New("value log: no space left on device"))
	if !strings.Contains(log.String(), "value log: no space left on device") {
		t.Errorf("it says %s", log)
	}
}

func TestConnectionLog(t *testing.T) {
	log := logs(t)
	for _, line := range []string{"http: TLS handshake error from 203.0.113.77:4711: EOF\n", "http: TLS handshake error from [2001:db8::77%eth0]:4711: EOF\n"} {
		if n, err := (connectionLog{}).Write([]byte(line)); n != len(line) || err != nil {
			t.Error(n, err)
		}
	}
	if strings.Contains(log.String(), "203.0.113") || strings.Contains(log.String(), "2001:db8") || strings.Count(log.String(), "TLS handshake error from …: EOF") != 2 {
		t.Errorf("it says %s", log)
	}
}

func TestMadeUpMethodIsNotLogged(t *testing.T) {
	if knownMethod("PUT") != "PUT" || knownMethod("SG_SECRET") != "other" {
		t.Error("a method is logged as a client made it up")
	}
}
