package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/epcis"
)

// failing answers a request with an error.
func failing(method, path string, err error) *http.Response {
	s := &server{Config: quiet, pages: web.New(web.Options{})}
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Use(s.recover)
	e.Any("/*", func(echo.Context) error { return err })
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Result()
}

// TestCodes: each code has its status at each interface, and a cause stays inside.
func TestCodes(t *testing.T) {
	exceptions := map[ledger.Code]string{
		ledger.Invalid: epcis.ValidationException, ledger.Unauthenticated: epcis.SecurityException, ledger.Forbidden: epcis.SecurityException,
		ledger.NotFound: epcis.NoSuchResourceException, ledger.Conflict: epcis.ResourceAlreadyExistsException,
		ledger.TooLarge: epcis.CaptureLimitExceededException, ledger.Unavailable: epcis.ImplementationException, ledger.Internal: epcis.ImplementationException,
	}
	if len(status) != len(exceptions) {
		t.Fatalf("%d codes", len(status))
	}
	for code, want := range status {
		err := fmt.Errorf("around: %w", &ledger.Error{Code: code, Field: "eventTime", Message: "what is wrong", Err: errors.New("the raw cause")})
		for _, path := range []string{"/epcis/capture", "/api/v1/x", "/01/09520001000010"} {
			r := failing(http.MethodPost, path, err)
			if r.StatusCode != want {
				t.Errorf("%s at %s: %d, want %d", code, path, r.StatusCode, want)
			}
			if retry := r.Header.Get("Retry-After"); (retry != "") != (code == ledger.Unavailable) {
				t.Errorf("%s at %s: Retry-After %q", code, path, retry)
			}
			if auth := r.Header.Get("WWW-Authenticate"); (auth != "") != (code == ledger.Unauthenticated) {
				t.Errorf("%s at %s: WWW-Authenticate %q", code, path, auth)
			}
			b := make([]byte, r.ContentLength+1<<16)
			n, _ := r.Body.Read(b)
			text := string(b[:n])
			if strings.Contains(text, "raw cause") || strings.Contains(text, "around") {
				t.Errorf("%s at %s tells the cause: %s", code, path, text)
			}
			if strings.HasPrefix(path, "/01") {
				if !strings.HasPrefix(text, "<!DOCTYPE html>") {
					t.Errorf("%s is no page: %s", code, text)
				}
				continue
			}
			var p Problem
			if err := json.Unmarshal(b[:n], &p); err != nil || p.Status != want || p.Detail != "what is wrong" || p.Field != "eventTime" {
				t.Errorf("%s at %s: %s", code, path, text)
			}
			if path == "/epcis/capture" && p.Type != exceptions[code] {
				t.Errorf("%s is %s, want %s", code, p.Type, exceptions[code])
			}
		}
	}
}

// quiet reports nowhere.
var quiet = Config{Log: slog.New(slog.DiscardHandler)}

// TestOwnProblem: operations answer an overloaded ledger as the rest does.
func TestOwnProblem(t *testing.T) {
	var p *Problem
	s := &server{Config: quiet}
	err := s.own(t.Context(), ledger.Errorf(ledger.Unavailable, "the queue is full"))
	if !errors.As(err, &p) || p.GetStatus() != http.StatusServiceUnavailable || p.GetHeaders().Get("Retry-After") == "" {
		t.Errorf("%+v", err)
	}
	if s.own(t.Context(), nil) != nil {
		t.Error("nothing went wrong")
	}
}

func TestOtherErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		code ledger.Code
	}{
		{errors.New("disk on fire"), ledger.Internal},
		{&http.MaxBytesError{Limit: 7}, ledger.TooLarge},
		{ledger.Wrap(&http.MaxBytesError{Limit: 7}, ledger.Unavailable, "the payload could not be read"), ledger.TooLarge},
	} {
		if e := asError(test.err); e.Code != test.code || strings.Contains(e.Message, "fire") {
			t.Errorf("%v is %s: %s", test.err, e.Code, e.Message)
		}
	}
}

func TestPanic(t *testing.T) {
	s := &server{Config: quiet, pages: web.New(web.Options{})}
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Use(s.recover)
	e.GET("/api/v1/x", func(echo.Context) error { panic("secret state") })
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/x", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "br": false,
		"x-gzip": false, "identity, gzip": true, "gzip;q=x": false, "*": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", header)
		if got := takesGzip(r); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}
