package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/logbook"
)

// queueRoutes are what the logbook's phone takes along, and where it brings what was
// noted without a signal.
func (s *server) queueRoutes() []route {
	return []route{
		get("/manifest.webmanifest", anyone, s.manifest),
		get("/record/worker.js", anyone, s.worker),
		get("/record/offline", anyone, s.offlinePage),
		get("/record/pages", recorder, s.keptPages),
		post("/record/queue", recorder, s.queue),
	}
}

// Limits of what a phone sends at a time. The script that sends keeps to them.
const (
	maxBatch = 20      // actions
	maxShot  = 2 << 20 // bytes of a picture, which the phone makes small
	maxQueue = 4 << 20 // bytes of all of it
)

// queued is one action as a phone sends it: a form of the logbook, filled in.
type queued struct {
	Task   logbook.Task      `json:"task"`
	Fields map[string]string `json:"fields"`
}

// form is what was typed.
func (q queued) form() url.Values {
	form := url.Values{}
	for name, value := range q.Fields {
		form.Set(name, value)
	}
	return form
}

// brought says what became of an action: its place on the register, or what is wrong
// with it.
type brought struct {
	Event       string       `json:"event"`
	Entry       uint64       `json:"entry"`
	Transaction *ledger.TxID `json:"transaction,omitempty"`
	Time        ledger.Time  `json:"time,omitzero"`
	Next        string       `json:"next,omitempty"` // the page that the form leads to
	Problem     *Problem     `json:"problem,omitempty"`
	Words       string       `json:"words,omitempty"` // the problem, for a person
}

// queue takes the actions that waited on a phone, in their order. Each is answered for
// itself, by its identifier: the same one again by what became of the first. After one
// that is refused the next of the same crop are left; after a trouble that passes, all
// are.
//
// The request is multipart/form-data: "as", the member whose phone it was; "actions",
// JSON; and an action's pictures, named by its event, a dot and the form's field.
func (s *server) queue(c echo.Context) error {
	if err := openParts(c, maxQueue); err != nil {
		return err
	}
	r := c.Request()
	defer r.MultipartForm.RemoveAll()
	ctx := r.Context()
	if as := r.PostForm.Get("as"); as != identityOf(ctx).Member.String() {
		return ledger.FieldErrorf(ledger.Conflict, "as", "somebody else is signed in")
	}
	var actions []queued
	if err := json.Unmarshal([]byte(r.PostForm.Get("actions")), &actions); err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "actions", "are not a list of actions in JSON")
	}
	if len(actions) > maxBatch {
		return ledger.FieldErrorf(ledger.TooLarge, "actions", "are more than %d", maxBatch)
	}
	results, held := []brought{}, map[string]bool{}
	for _, q := range actions {
		crop := q.Fields["crop"]
		if held[crop] {
			continue
		}
		result, err := s.bring(ctx, q, func(field string) ([]byte, error) { return sentFile(r, q.Fields["event"]+"."+field, maxShot) })
		if code := ledger.CodeOf(err); code == ledger.Unavailable || ctx.Err() != nil {
			s.logFailure(ctx, c, asError(err), err)
			break
		}
		if err != nil {
			e := asError(err)
			s.logFailure(ctx, c, e, err)
			held[crop] = true
			result = brought{Problem: problemOf(e, err), Words: s.refusal(c, e, err)}
		}
		result.Event = q.Fields["event"]
		results = append(results, result)
	}
	return c.JSON(http.StatusOK, map[string]any{"results": results})
}

// refusal says in words why an action was refused.
func (s *server) refusal(c echo.Context, e *ledger.Error, err error) string {
	field, what := lastName(e.Field), why(e, err)
	var unsigned *office.Unsigned
	switch {
	case errors.As(err, &unsigned):
		field, what = "", "unsigned"
	case e.Code == ledger.Conflict && (field == "event" || field == "eventID"):
		field, what = "event", "said"
	}
	return s.pages.Wrong(s.lang(c), field, what)
}

// bring records one action, or finds it on the register.
func (s *server) bring(ctx context.Context, q queued, shot func(field string) ([]byte, error)) (brought, error) {
	if !slices.Contains(logbook.Tasks, q.Task) {
		return brought{}, ledger.FieldErrorf(ledger.Invalid, "task", "%s", errTask.Message)
	}
	form := q.form()
	entry, to, err := s.bringForm(ctx, q.Task, form, shot)
	if err != nil {
		return brought{}, err
	}
	e, err := s.Ledger.Entry(ctx, entry)
	if err != nil {
		return brought{}, err
	}
	return brought{Entry: e.Index, Transaction: &e.ID, Time: e.Time, Next: to}, nil
}

func (s *server) bringForm(ctx context.Context, task logbook.Task, form url.Values, shot func(field string) ([]byte, error)) (entry uint64, to string, err error) {
	if r, err := s.broughtBefore(ctx, task, form); err != nil || r != nil {
		if err != nil {
			return 0, "", err
		}
		return r.Entry, saying("/record/mine", "recorded"), nil
	}
	b, err := s.openBook(ctx, form.Get(forParam))
	if err != nil {
		return 0, "", err
	}
	pictures := shots{}
	for _, field := range []string{labelField, photoField} {
		if pictures[field], err = shot(field); err != nil {
			return 0, "", err
		}
		if len(pictures[field]) > maxShot {
			return 0, "", ledger.FieldErrorf(ledger.TooLarge, field, "has more than %d bytes", maxShot)
		}
	}
	r, to, err := s.enterForm(ctx, b, task, form, pictures)
	return r.Entry, to, err
}

// broughtBefore is the record that the caller made of an action before, nil when there
// is none. What has changed since, such as a table or somebody's leave to record for
// them, changes nothing about it. It is a Conflict when the record says something else.
func (s *server) broughtBefore(ctx context.Context, task logbook.Task, form url.Values) (*index.Record, error) {
	r, err := s.Index.Event(ctx, viewerOf(ctx), form.Get("event"))
	if ledger.CodeOf(err) == ledger.NotFound || err == nil && r.Member != identityOf(ctx).Member {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d, err := s.detailsHere(ctx, r)
	if err != nil {
		return nil, ignoreNotFound(err)
	}
	if e, err := typedEntry(task, form); err != nil || !says(r, d, e, form) {
		return nil, ledger.FieldErrorf(ledger.Conflict, "event", "is recorded with other words")
	}
	return r, nil
}

// says reports whether a record says what was typed. What was left empty may have been
// filled in.
func says(r *index.Record, d *details, e logbook.Entry, form url.Values) bool {
	about := len(r.Fact.Objects) == 1 && r.Fact.Objects[0].ID.String() == form.Get("crop")
	same := about && strings.TrimPrefix(r.Fact.Step, logbook.Vocabulary) == string(e.Task) && r.Fact.Time == ledger.TimeOf(e.At) && d.ours["note"] == e.Note
	if !same || !e.Task.TakesInput() {
		return same
	}
	filled := (e.Active == "" || d.ours["activeIngredient"] == e.Active) && (form.Get("interval") == "" || e.Interval == 0 || d.ours["preHarvestIntervalDays"] == strconv.Itoa(e.Interval))
	return filled && d.ours["input"] == e.Input && d.ours["dose"] == e.Dose && d.ours["purpose"] == e.Purpose && d.ours["used"] == e.Said
}

// queueOf is whose actions may wait on this phone; nil where a member signs elsewhere,
// which takes a signal.
func queueOf(ctx context.Context) *web.Queue {
	id := identityOf(ctx)
	if id == nil || id.Custody != account.AtNode {
		return nil
	}
	return &web.Queue{As: id.Member.String()}
}
