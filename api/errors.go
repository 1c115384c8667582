package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
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

// Problem is a problem details object (RFC 9457). It is exported because the
// description of operations is made by reflection.
type Problem struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Status int           `json:"status"`
	Detail string        `json:"detail,omitempty"`
	Field  string        `json:"field,omitempty" doc:"what the problem is with"`
	Errors []ProblemItem `json:"errors,omitempty"`

	later time.Duration // until it is worth trying again; retryAfter when 0
}

// ProblemItem is one of several things that are wrong.
type ProblemItem struct {
	Event   *int   `json:"event,omitempty" doc:"position in the document's event list"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func (p *Problem) Error() string             { return p.Detail }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are what an answer of that status carries besides.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(max(retryAfter, int(math.Ceil(p.later.Seconds())))))
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="sogoc"`)
	}
	return h
}

// asError gives any error a code. What HTTP itself refuses comes as Echo's own.
func asError(err error) *ledger.Error {
	var tooLarge *http.MaxBytesError // also where a store could not read on for it
	if errors.As(err, &tooLarge) {
		return ledger.Errorf(ledger.TooLarge, "the request has more than %d bytes", tooLarge.Limit)
	}
	var e *ledger.Error
	if errors.As(err, &e) {
		return e
	}
	return ledger.Wrap(err, ledger.Internal, "something went wrong here; it was logged")
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
	s.logFailure(c.Request().Context(), c, e, err)
	p := problemOf(e, err)
	switch bindingOf(c) {
	case bindingPage:
		var unsigned *office.Unsigned
		if errors.As(err, &unsigned) {
			s.askForSignature(c, err, unsigned.Prepared)
			return
		}
		addHeaders(c, p)
		s.failPage(c, p.Status, e)
		return
	case bindingEPCIS:
		x := exception(c, e.Code)
		p.Type, p.Title, p.Status = x.Type, x.Title, x.Status
	}
	s.writeProblem(c, p)
}

// problemOf describes an error; a cause stays inside.
func problemOf(e *ledger.Error, err error) *Problem {
	later, _ := account.RetryAfter(err)
	return &Problem{Type: "about:blank", Title: string(e.Code), Status: status[e.Code], Detail: e.Message, Field: e.Field, Errors: problemItems(err), later: later}
}

// exception is what EPCIS calls an error: of a query other than of a capture.
func exception(c echo.Context, code ledger.Code) epcis.Exception {
	x := epcis.Exceptions[code]
	if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
		return x
	}
	switch code {
	case ledger.Invalid:
		x.Type, x.Title = epcis.QueryParameterException, "The query is not valid"
	case ledger.TooLarge:
		x.Type, x.Title = epcis.QueryTooLargeException, "The query asks for too much"
	}
	return x
}

func addHeaders(c echo.Context, p *Problem) {
	for name, values := range p.GetHeaders() {
		c.Response().Header()[name] = values
	}
}

func problemItems(err error) []ProblemItem {
	var v *epcis.ValidationError
	if !errors.As(err, &v) {
		return nil
	}
	items := make([]ProblemItem, len(v.Problems))
	for i, p := range v.Problems {
		items[i] = ProblemItem{Field: p.Field, Message: p.Message}
		if p.Event >= 0 {
			items[i].Event = &p.Event
		}
	}
	return items
}

func (s *server) writeProblem(c echo.Context, p *Problem) {
	addHeaders(c, p)
	b, err := json.Marshal(p)
	if err != nil {
		b = []byte(`{"type":"about:blank","title":"internal","status":500}`)
	}
	if err := reply(c, p.Status, p.ContentType(""), newBody(b)); err != nil {
		s.log().DebugContext(c.Request().Context(), "an answer could not be written", "error", err)
	}
}

// failHTTP answers what HTTP itself refuses: no route, wrong method, a media type
// that is not taken.
func (s *server) failHTTP(he *echo.HTTPError, c echo.Context) {
	p := &Problem{Type: "about:blank", Title: http.StatusText(he.Code), Status: he.Code, Detail: "there is nothing at this address"}
	e := ledger.Errorf(ledger.NotFound, "%s", p.Detail)
	switch he.Code {
	case http.StatusMethodNotAllowed:
		p.Detail = "this address does not take " + c.Request().Method
		e.Code = ledger.Invalid
	case http.StatusUnsupportedMediaType:
		p.Detail, _ = he.Message.(string)
		p.Field = echo.HeaderContentType
	}
	switch bindingOf(c) {
	case bindingPage:
		s.failPage(c, he.Code, e)
		return
	case bindingEPCIS:
		switch he.Code {
		case http.StatusNotFound:
			p.Type = epcis.NoSuchResourceException
		case http.StatusUnsupportedMediaType:
			p.Type = epcis.UnsupportedMediaTypeException
		}
	}
	s.writeProblem(c, p)
}

// own turns an error into what an operation answers.
func (s *server) own(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	e := asError(err)
	c, _ := ctx.Value(requestKey{}).(echo.Context)
	s.logFailure(ctx, c, e, err)
	return problemOf(e, err)
}

// ownProblems makes the library that describes operations answer in the same
// words as the rest.
var ownProblems = sync.OnceFunc(func() {
	huma.NewError = func(code int, message string, causes ...error) huma.StatusError {
		if code == http.StatusUnprocessableEntity {
			code = http.StatusBadRequest
		}
		p := &Problem{Type: "about:blank", Title: http.StatusText(code), Status: code, Detail: message}
		for c, s := range status {
			if s == code {
				p.Title = string(c)
			}
		}
		for _, err := range causes {
			item := ProblemItem{Message: err.Error()}
			if d, ok := err.(*huma.ErrorDetail); ok {
				item = ProblemItem{Field: d.Location, Message: d.Message}
			}
			p.Errors = append(p.Errors, item)
		}
		return p
	}
})
