package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
)

// log is where requests and faults are reported.
func (s *server) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// logged writes a line for each request when it is answered: what was asked for by
// its route, never by its address, which may hold what only the caller may know, and
// nothing of who asked.
func (s *server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		if !s.log().Enabled(ctx, slog.LevelInfo) {
			return next(c)
		}
		began := time.Now()
		defer func() { // also where an answer was broken off
			s.log().LogAttrs(ctx, slog.LevelInfo, "request",
				slog.String("method", knownMethod(c.Request().Method)), slog.String("route", c.Path()),
				slog.Int("status", c.Response().Status), slog.Int64("bytes", c.Response().Size),
				slog.Float64("ms", float64(time.Since(began).Microseconds())/1000))
		}()
		if err := next(c); err != nil {
			c.Error(err) // now, so that the status is known
		}
		return nil
	}
}

// knownMethod keeps out of the log what a client makes up.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// requestKey is where the context of an operation keeps its request.
type requestKey struct{}

// logFailure logs what is our fault, with the cause that the caller is not told. c is
// the request, nil where it is not at hand.
func (s *server) logFailure(ctx context.Context, c echo.Context, e *ledger.Error, err error) {
	_, tooOften := account.RetryAfter(err)
	if tooOften || e.Code != ledger.Internal && e.Code != ledger.Unavailable {
		return
	}
	route, cause := "", err.Error()
	if c != nil {
		route, cause = c.Path(), withoutPrivate(cause, c)
	}
	s.log().ErrorContext(ctx, "request failed", "route", route, "error", cause)
}

// logPanic logs where a handler panicked. What it panicked with may hold anything,
// unless it is of the runtime's making.
func (s *server) logPanic(c echo.Context, value any) {
	what := fmt.Sprintf("%T", value)
	if e, ok := value.(runtime.Error); ok {
		what = e.Error()
	}
	s.log().ErrorContext(c.Request().Context(), "handler panicked", "route", c.Path(), "panic", what, "stack", string(debug.Stack()))
}

// shortestPrivate is how long what a request carries must be to be taken out of a
// log: anything shorter says nothing by itself.
const shortestPrivate = 4

// withoutPrivate takes out of a text what the request carried: tokens, cookies, what
// its address holds and what a form was filled in with. Errors repeat such things.
func withoutPrivate(text string, c echo.Context) string {
	r := c.Request()
	carried := slices.Concat(c.ParamValues(), []string{peerAddress(r).String()})
	for _, header := range r.Header.Values(echo.HeaderAuthorization) {
		carried = append(carried, strings.Fields(header)...)
	}
	for _, cookie := range r.Cookies() {
		carried = append(carried, cookie.Value)
	}
	forms := []url.Values{r.URL.Query(), r.Form, r.PostForm}
	if r.MultipartForm != nil {
		forms = append(forms, r.MultipartForm.Value)
	}
	for _, form := range forms {
		for _, values := range form {
			carried = append(carried, values...)
		}
	}
	for _, s := range carried {
		if plain, err := pathUnescape(s); err == nil {
			carried = append(carried, plain, url.QueryEscape(plain))
		}
	}
	slices.SortFunc(carried, func(a, b string) int { return len(b) - len(a) }) // what holds another goes first
	for _, s := range carried {
		if len(s) >= shortestPrivate {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	return text
}

// connectionLog takes what net/http says of connections, without whose they are.
type connectionLog struct{}

var networkAddress = regexp.MustCompile(`(\[[0-9A-Fa-f:.]+(%[^\]]*)?\]|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+):[0-9]+`)

func (connectionLog) Write(b []byte) (int, error) {
	slog.Debug(networkAddress.ReplaceAllString(strings.TrimSpace(string(b)), "…"))
	return len(b), nil
}
