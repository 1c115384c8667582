package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/epcis"
)

// status is the one table from a code to HTTP.
var status = map[ledger.Code]int{
	ledger.Invalid:         http.StatusBadRequest,
	ledger.Unauthenticated: http.StatusUnauthorized,
	ledger.Forbidden:       http.StatusForbidden,
	ledger.NotFound:        http.StatusNotFound,
	ledger.Conflict:        http.StatusConflict,
	ledger.TooLarge:        http.StatusRequestEntityTooLarge,
	ledger.Unavailable:     http.StatusServiceUnavailable,
	ledger.Internal:        http.StatusInternalServerError,
}

// retryAfter is how many seconds a client waits after an Unavailable.
const retryAfter = 2

// problem is a problem details object (RFC 9457).
type problem struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Status int           `json:"status"`
	Detail string        `json:"detail,omitempty"`
	Field  string        `json:"field,omitempty"`
	Errors []problemItem `json:"errors,omitempty"`
}

type problemItem struct {
	Event   *int   `json:"event,omitempty"` // position in the document's event list
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// asError gives any error a code. What HTTP itself refuses comes as Echo's own.
func asError(err error) *ledger.Error {
	var e *ledger.Error
	if errors.As(err, &e) {
		return e
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return ledger.Errorf(ledger.TooLarge, "the request has more than %d bytes", tooLarge.Limit)
	}
	return ledger.Wrap(err, ledger.Internal, "something went wrong here; it was logged")
}

// logFailure logs what is our fault, with the cause that the caller is not told.
func logFailure(ctx context.Context, e *ledger.Error, err error) {
	if e.Code == ledger.Internal || e.Code == ledger.Unavailable {
		slog.ErrorContext(ctx, "request failed", "error", err)
	}
}

// fail answers with an error in the shape that its interface asks for.
func (s *server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		s.failHTTP(he, c)
		return
	}
	e := asError(err)
	logFailure(c.Request().Context(), e, err)
	if e.Code == ledger.Unavailable {
		c.Response().Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if e.Code == ledger.Unauthenticated {
		c.Response().Header().Set("WWW-Authenticate", `Bearer realm="sogoc"`)
	}
	switch bindingOf(c) {
	case bindingPage:
		s.failPage(c, status[e.Code], e)
	case bindingEPCIS:
		x := epcis.Exceptions[e.Code]
		writeProblem(c, problem{Type: x.Type, Title: x.Title, Status: x.Status, Detail: e.Message, Field: e.Field, Errors: problemItems(err)})
	default:
		writeProblem(c, problem{Type: "about:blank", Title: string(e.Code), Status: status[e.Code], Detail: e.Message, Field: e.Field, Errors: problemItems(err)})
	}
}

func problemItems(err error) []problemItem {
	var v *epcis.ValidationError
	if !errors.As(err, &v) {
		return nil
	}
	items := make([]problemItem, len(v.Problems))
	for i, p := range v.Problems {
		items[i] = problemItem{Field: p.Field, Message: p.Message}
		if p.Event >= 0 {
			items[i].Event = &p.Event
		}
	}
	return items
}

func writeProblem(c echo.Context, p problem) {
	b, err := json.Marshal(p)
	if err != nil {
		b = []byte(`{"type":"about:blank","title":"internal","status":500}`)
	}
	if err := c.Blob(p.Status, "application/problem+json", b); err != nil {
		slog.DebugContext(c.Request().Context(), "an answer could not be written", "error", err)
	}
}

// failHTTP answers what no handler saw: no route, wrong method.
func (s *server) failHTTP(he *echo.HTTPError, c echo.Context) {
	e := ledger.Errorf(ledger.NotFound, "there is nothing at this address")
	if he.Code == http.StatusMethodNotAllowed {
		e = ledger.Errorf(ledger.Invalid, "this address does not take %s", c.Request().Method)
	}
	if bindingOf(c) == bindingPage {
		s.failPage(c, he.Code, e)
		return
	}
	writeProblem(c, problem{Type: "about:blank", Title: http.StatusText(he.Code), Status: he.Code, Detail: e.Message})
}
