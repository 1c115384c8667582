package api

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/epcis"
	"github.com/sogoc/sogoc/trace/index"
)

// Headers of the REST binding (EPCIS 2.0, section 12.6), and ours for the
// audience of what is captured.
const (
	headerEPCIS      = "GS1-EPCIS-Version"
	headerCBV        = "GS1-CBV-Version"
	headerRollback   = "GS1-Capture-Error-Behaviour"
	headerEventLimit = "GS1-EPCIS-Capture-Limit"
	headerSizeLimit  = "GS1-EPCIS-Capture-File-Size-Limit"
	headerAudience   = "Sogoc-Audience"
	headerOnBehalf   = "Sogoc-On-Behalf" // the member for whom the events are recorded, by that member's mandate
)

// Pages of events.
const (
	defaultPerPage = 30
	maxPerPage     = 1000
)

func (s *server) epcisHeaders(c echo.Context) {
	h := c.Response().Header()
	h.Set(headerEPCIS, "2.0.0")
	h.Set(headerCBV, "2.0.0")
	vary(c, "Accept")
}

func pathUnescape(s string) (string, error) { return url.PathUnescape(s) }

// epcisHome lists the resources of the interface.
func (s *server) epcisHome(c echo.Context) error {
	s.epcisHeaders(c)
	return c.JSON(http.StatusOK, map[string]any{
		"@set":                []string{"capture", "events", "epcs"},
		"captureEventLimit":   s.Limits.Events,
		"captureFileSize":     s.Limits.Size,
		"captureErrorDefault": "rollback",
	})
}

// audience reads for whom a document is captured.
func audience(c echo.Context) (ledger.Audience, error) {
	a := ledger.Audience(c.Request().Header.Get(headerAudience))
	if a == "" {
		return ledger.Parties, nil
	}
	if !a.Valid() {
		return "", ledger.FieldErrorf(ledger.Invalid, headerAudience, "%q is not public, parties or own", a)
	}
	return a, nil
}

func (s *server) readBody(c echo.Context, limit int64) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > limit {
		return nil, ledger.Errorf(ledger.TooLarge, "the request has more than %d bytes", limit)
	}
	var b bytes.Buffer
	b.Grow(bytes.MinRead + int(min(max(r.ContentLength, 0), smallBody))) // of the rest it is not known whether it comes
	if _, err := b.ReadFrom(http.MaxBytesReader(c.Response(), r.Body, limit)); err != nil {
		return nil, unreadable(err, "the request's body was cut short")
	}
	return b.Bytes(), nil
}

func (s *server) readDocument(c echo.Context) (body []byte, terms capture.Terms, err error) {
	media, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || (media != "application/json" && media != "application/ld+json") {
		return nil, terms, echo.NewHTTPError(http.StatusUnsupportedMediaType, "a document is application/ld+json or application/json")
	}
	if b := c.Request().Header.Get(headerRollback); b != "" && b != "rollback" {
		return nil, terms, ledger.FieldErrorf(ledger.Invalid, headerRollback, "a document is captured whole or not at all: rollback")
	}
	if terms.Audience, err = audience(c); err != nil {
		return nil, terms, err
	}
	if text := c.Request().Header.Get(headerOnBehalf); text != "" {
		id, err := ledger.ParseID(text)
		if err != nil {
			return nil, terms, ledger.FieldErrorf(ledger.Invalid, headerOnBehalf, "is not a member's identifier: %v", err)
		}
		terms.OnBehalf = &id
	}
	body, err = s.readBody(c, int64(s.Limits.Size))
	return body, terms, err
}

// epcisCapture takes a document. It answers when the events are on the register
// and can be read; the job that it names is finished by then.
func (s *server) epcisCapture(c echo.Context) error {
	s.epcisHeaders(c)
	c.Response().Header().Set(headerEventLimit, strconv.Itoa(s.Limits.Events))
	c.Response().Header().Set(headerSizeLimit, strconv.Itoa(s.Limits.Size))
	if err := signsHere(c.Request().Context(), trace.Contract, trace.ActionCapture); err != nil {
		return err
	}
	body, terms, err := s.readDocument(c)
	if err != nil {
		return err
	}
	r, err := s.Capture.Document(c.Request().Context(), identityOf(c.Request().Context()).Sign, body, false, terms)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/epcis/capture/"+strconv.FormatUint(r.Entry, 10))
	return c.NoContent(http.StatusAccepted)
}

// epcisJob describes a finished capture: it is the ledger entry of that number.
func (s *server) epcisJob(c echo.Context) error {
	s.epcisHeaders(c)
	v := viewerOf(c.Request().Context())
	e, err := s.entry(c, "id")
	if err == nil { // whose first event the caller may read: a document has one audience
		_, err = s.Index.At(c.Request().Context(), v, e.Index, 0)
	}
	if err != nil && ledger.CodeOf(err) == ledger.NotFound {
		return ledger.Errorf(ledger.NotFound, "there is no capture of that number")
	}
	if err != nil {
		return err
	}
	at := e.Time.Time().Format(time.RFC3339Nano)
	return c.JSON(http.StatusOK, map[string]any{
		"captureID": strconv.FormatUint(e.Index, 10), "createdAt": at, "finishedAt": at,
		"running": false, "success": true, "captureErrorBehaviour": "rollback", "errors": []any{},
	})
}

// epcisEvent takes one event.
func (s *server) epcisEvent(c echo.Context) error {
	s.epcisHeaders(c)
	if err := signsHere(c.Request().Context(), trace.Contract, trace.ActionCapture); err != nil {
		return err
	}
	body, terms, err := s.readDocument(c)
	if err != nil {
		return err
	}
	r, err := s.Capture.Document(c.Request().Context(), identityOf(c.Request().Context()).Sign, body, true, terms)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/epcis/events/"+url.PathEscape(r.Events[0]))
	return c.NoContent(http.StatusCreated)
}

// queryParams are the query parameters that this interface knows (EPCIS 2.0,
// section 8.2.7.1). Others are refused rather than passed over.
var queryParams = []string{
	"perPage", "nextPageToken", "eventType", "EQ_bizStep", "MATCH_epc", "MATCH_anyEPC", "MATCH_epcClass", "MATCH_anyEPCClass",
	"EQ_readPoint", "EQ_bizLocation", "GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime",
}

func (s *server) epcisEvents(c echo.Context) error {
	q, err := eventQuery(c)
	if err != nil {
		return err
	}
	return s.answerEvents(c, q)
}

// epcisOf lists the events about an EPC or a class.
func (s *server) epcisOf(c echo.Context) error {
	id, err := s.id(c, "id")
	if err != nil {
		return err
	}
	q, err := eventQuery(c)
	if err != nil {
		return err
	}
	q.IDs = []trace.ID{id}
	return s.answerEvents(c, q)
}

func eventQuery(c echo.Context) (index.Query, error) {
	q := index.Query{Oldest: true}
	for name, values := range c.QueryParams() {
		if !slices.Contains(queryParams, name) {
			return q, ledger.FieldErrorf(ledger.Invalid, name, "this query parameter is not known here")
		}
		if len(values) > 1 {
			return q, ledger.FieldErrorf(ledger.Invalid, name, "is given twice; several values are separated by |")
		}
		list := strings.Split(values[0], "|")
		var err error
		switch name {
		case "eventType":
			for _, v := range list {
				q.Types = append(q.Types, trace.EventType(v))
			}
		case "EQ_bizStep":
			for _, v := range list {
				q.Steps = append(q.Steps, bareStep(v))
			}
		case "MATCH_epc", "MATCH_anyEPC", "MATCH_epcClass", "MATCH_anyEPCClass":
			q.IDs, err = addIDs(q.IDs, name, list)
		case "EQ_readPoint", "EQ_bizLocation":
			q.Places, err = addIDs(q.Places, name, list)
		case "GE_eventTime":
			q.From, err = queryTime(name, values[0])
		case "LT_eventTime":
			q.Until, err = queryTime(name, values[0])
		case "GE_recordTime":
			q.RecordedFrom, err = queryTime(name, values[0])
		case "LT_recordTime":
			q.RecordedUntil, err = queryTime(name, values[0])
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

// bareStep is a business step as the index keeps it: the bare word of the Core
// Business Vocabulary, in whichever of its forms it was asked for.
func bareStep(s string) string {
	for _, prefix := range []string{"https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:"} {
		if word, ok := strings.CutPrefix(s, prefix); ok {
			return word
		}
	}
	return s
}

func addIDs(ids []trace.ID, name string, values []string) ([]trace.ID, error) {
	for _, v := range values {
		id, err := trace.ParseID(v)
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, name, "%v", err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func queryTime(name, v string) (ledger.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		return 0, ledger.FieldErrorf(ledger.Invalid, name, "%q is not a time like 2026-06-03T07:30:00+07:00", v)
	}
	return ledger.TimeOf(t), nil
}

// page reads perPage and nextPageToken.
func page(c echo.Context) (index.Page, error) {
	p := index.Page{Token: c.QueryParam("nextPageToken"), Limit: defaultPerPage}
	if v := c.QueryParam("perPage"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPerPage {
			return p, ledger.FieldErrorf(ledger.Invalid, "perPage", "is a number from 1 to %d", maxPerPage)
		}
		p.Limit = n
	}
	return p, nil
}

// answerEvents writes a query document, with a Link to the next page (section
// 12.6.4).
func (s *server) answerEvents(c echo.Context, q index.Query) error {
	s.epcisHeaders(c)
	v := viewerOf(c.Request().Context())
	p, err := page(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	records, next, err := s.Index.Events(ctx, v, q, p)
	if err != nil {
		return err
	}
	stored := make([]*epcis.Stored, 0, len(records))
	for _, r := range records {
		e, err := s.stored(c, r)
		if err != nil {
			return err
		}
		if e != nil {
			stored = append(stored, e)
		}
	}
	var b bytes.Buffer
	if err := epcis.WriteQueryDocument(&b, epcis.Query{Created: ledger.TimeOf(time.Now())}, stored); err != nil {
		return err
	}
	if next != "" {
		u := *c.Request().URL
		params := u.Query()
		params.Set("nextPageToken", next)
		params.Set("perPage", strconv.Itoa(p.Limit))
		u.RawQuery = params.Encode()
		c.Response().Header().Set("Link", "<"+u.RequestURI()+`>; rel="next"`)
	}
	return reply(c, http.StatusOK, jsonType(c), newBody(b.Bytes()))
}

// epcisOne writes one event.
func (s *server) epcisOne(c echo.Context) error {
	s.epcisHeaders(c)
	v := viewerOf(c.Request().Context())
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	r, err := s.Index.Event(c.Request().Context(), v, id)
	if err != nil {
		return err
	}
	e, err := s.stored(c, r)
	if err != nil {
		return err
	}
	if e == nil {
		return ledger.Errorf(ledger.NotFound, "the event's document was erased, or has not reached this node yet")
	}
	b, err := epcis.SingleEvent(e, false)
	if err != nil {
		return err
	}
	return reply(c, http.StatusOK, jsonType(c), newBody(b))
}

// stored reads an event's payload; nil when it was erased or is not here yet.
func (s *server) stored(c echo.Context, r *index.Record) (*epcis.Stored, error) {
	b, err := s.payload(c.Request().Context(), r.Fact.Payload)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return epcis.OpenPayload(b, r.Fact.Event, r.Time)
}

func jsonType(c echo.Context) string {
	if strings.Contains(c.Request().Header.Get(echo.HeaderAccept), "application/json") {
		return echo.MIMEApplicationJSON
	}
	return "application/ld+json"
}

// id is a path parameter that names a thing.
func (s *server) id(c echo.Context, name string) (trace.ID, error) {
	v, err := param(c, name)
	if err != nil {
		return trace.ID{}, err
	}
	id, err := trace.ParseTyped(v)
	if err != nil {
		return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, name, "%v", err)
	}
	return id, nil
}
