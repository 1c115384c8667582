package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// toAnswer is the request that an address names, if the caller's organisation is to answer
// it, which is the zero ID for the operator's.
func (s *server) toAnswer(c echo.Context) (q account.DataRequest, org ledger.ID, err error) {
	if q, _, err = s.requestOf(c); err != nil {
		return q, org, err
	}
	org, ok := responds(callerOf(c.Request().Context()))
	switch {
	case !ok || org != q.Org:
		return q, org, ledger.Errorf(ledger.Forbidden, "another organisation is asked")
	case q.Reply != nil:
		return q, org, ledger.Errorf(ledger.Conflict, "the request is answered already")
	}
	return q, org, nil
}

func (s *server) replyForm(c echo.Context) error { return s.askReply(c, http.StatusOK, web.Form{}) }

func (s *server) askReply(c echo.Context, code int, f web.Form) error {
	v := &web.RequestReply{Form: f, Most: account.MaxRequestReply}
	if err := s.replying(c, &v.RequestLine); err != nil {
		return err
	}
	return show(s, c, code, s.pages.RequestReply, v)
}

// replying puts the request that is answered to a page.
func (s *server) replying(c echo.Context, line *web.RequestLine) error {
	q, _, err := s.toAnswer(c)
	if err != nil {
		return err
	}
	names, err := s.datasetNames(c.Request().Context())
	if err != nil {
		return err
	}
	*line, err = s.requestLine(names, q)
	return err
}

// replyToRequest takes an answer, and writes to who asked.
func (s *server) replyToRequest(c echo.Context) error {
	q, org, err := s.toAnswer(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	dataset, err := s.repliedWith(ctx, form)
	var by ledger.ID
	if err == nil {
		q, by, err = s.Accounts.AnswerRequest(ctx, q.ID, org, dataset, strings.TrimSpace(form.Get("reply")))
	}
	if err != nil {
		return retyped(c, form, err, s.askReply)
	}
	s.tellOfReply(ctx, q, by)
	return done(c, requestPath(q.ID), "request_answered")
}

var numberOfDataset = regexp.MustCompile(`(?:^|/)([0-9a-f]{32})(?:$|[/?#])`)

// repliedWith is the dataset that an answer gives, by its address or number; the zero ID of
// one that refuses.
func (s *server) repliedWith(ctx context.Context, form url.Values) (id ledger.ID, err error) {
	switch form.Get("how") {
	case "refused":
		return id, nil
	case "published":
		found := numberOfDataset.FindStringSubmatch(strings.TrimSpace(form.Get("given")))
		if found == nil {
			return id, ledger.FieldErrorf(ledger.Invalid, "given", "is not the address of a dataset")
		}
		if id, err = ledger.ParseID(found[1]); err == nil {
			_, err = s.Catalog.Dataset(ctx, id)
		}
		if err != nil && ledger.CodeOf(err) == ledger.NotFound {
			err = ledger.FieldErrorf(ledger.NotFound, "given", "is no dataset that everybody sees")
		}
		return id, err
	}
	return id, ledger.FieldErrorf(ledger.Invalid, "how", "is not chosen")
}

// tellOfReply writes to who asked, at the address that is proved to be theirs. What was
// asked and answered is in no letter. An answer stands whatever becomes of it.
func (s *server) tellOfReply(ctx context.Context, q account.DataRequest, by ledger.ID) {
	if s.Mail == nil {
		return
	}
	a, err := s.Accounts.Account(ctx, by)
	if err == nil && a.Email != "" && !a.Unproved {
		subject, text := s.pages.ReplyLetter(web.Lang(a.Language), a.Name, s.PublicURL+requestPath(q.ID))
		err = s.Mail(ctx, a.Email, subject, text)
	}
	if err != nil {
		slog.ErrorContext(ctx, "a letter could not be sent", "error", err)
	}
}

func (s *server) passForm(c echo.Context) error { return s.askPass(c, http.StatusOK, web.Form{}) }

func (s *server) askPass(c echo.Context, code int, f web.Form) error {
	v := &web.RequestPass{Form: f, Most: account.MaxRequestReply, Operator: s.Ledger.Genesis().Name}
	if err := s.replying(c, &v.RequestLine); err != nil {
		return err
	}
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	if v.To, err = s.askable(ctx, names); err != nil {
		return err
	}
	return show(s, c, code, s.pages.RequestPass, v)
}

// passRequest hands a request on; whom it concerns has the whole time again.
func (s *server) passRequest(c echo.Context) error {
	q, org, err := s.toAnswer(c)
	if err != nil {
		return err
	}
	form, err := typed(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	names, err := s.datasetNames(ctx)
	if err != nil {
		return err
	}
	list, err := s.askable(ctx, names)
	if err != nil {
		return err
	}
	to, err := toIn(form, list)
	if err == nil {
		err = s.Accounts.PassRequest(ctx, q.ID, org, to, form.Get("why"), dueFrom(time.Now()))
	}
	if err != nil {
		return retyped(c, form, err, s.askPass)
	}
	return done(c, requestPath(q.ID), "request_passed")
}

// hidingRequest keeps what should not be public from everybody.
func (s *server) hidingRequest(c echo.Context) (*act, error) {
	return s.moderating(c, "request_hide", true)
}

func (s *server) showingRequest(c echo.Context) (*act, error) {
	return s.moderating(c, "request_show", false)
}

func (s *server) moderating(c echo.Context, name string, hide bool) (*act, error) {
	q, _, err := s.requestOf(c)
	if err != nil {
		return nil, err
	}
	if hide == (q.Hidden != nil) {
		return nil, ledger.Errorf(ledger.Conflict, "that is so already")
	}
	a := &act{name: name, who: trace.Text{VI: q.Title}, back: requestPath(q.ID), danger: hide}
	if hide {
		a.fields = []web.Field{reasonField}
	}
	a.do = func(ctx context.Context, _ *account.Identity, form url.Values) error {
		why := reasonIn(form)
		if hide && why == "" {
			return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing")
		}
		if !hide {
			why = ""
		}
		return s.Accounts.HideRequest(ctx, q.ID, why)
	}
	return a, nil
}
