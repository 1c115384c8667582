package account

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// DataRequest asks an organisation for data that is not published. Everybody reads it, and
// nobody who asked: that is the account below which it is kept, and not in it.
type DataRequest struct {
	ID     ledger.ID `json:"id"`
	Org    ledger.ID `json:"org,omitzero"` // who is to answer; zero is the operator
	Title  string    `json:"title"`
	Text   string    `json:"text"`
	At     time.Time `json:"at"`
	Due    time.Time `json:"due"` // by when an answer is
	Passed []Passing `json:"passed,omitempty"`

	Reply  *DataReply `json:"reply,omitempty"`
	Hidden *Hiding    `json:"hidden,omitempty"` // since when only who asked, who is asked and the operator see it
}

// Passing hands a request on to whom it concerns.
type Passing struct {
	At   time.Time `json:"at"`
	From ledger.ID `json:"from,omitzero"`
	To   ledger.ID `json:"to,omitzero"`
	Why  string    `json:"why"`
}

// DataReply is the answer: the data, or why there is none.
type DataReply struct {
	At      time.Time `json:"at"`
	Dataset ledger.ID `json:"dataset,omitzero"` // that was published; zero where it was refused
	Text    string    `json:"text"`
}

// Hiding is why the operator keeps a request from everybody.
type Hiding struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// State says where it stands: open, passed, published, refused.
func (q DataRequest) State() string {
	switch {
	case q.Reply == nil && len(q.Passed) > 0:
		return "passed"
	case q.Reply == nil:
		return "open"
	case q.Reply.Dataset.IsZero():
		return "refused"
	}
	return "published"
}

// Limits of requests for data, in characters and numbers.
const (
	MaxRequestTitle = 150
	MaxRequestText  = 2000
	MaxRequestReply = 2000

	maxRequestsDay = 5       // of a person within 24 hours
	maxRequests    = 100     // of a person, also those that were answered
	maxAllRequests = 100_000 // of the node
	maxPassed      = 5       // times
	requestsLooked = 2000    // for one part of a list
)

var errNoRequest = ledger.Errorf(ledger.NotFound, "there is no such request")

// newRequestID is of a request that was made at a time; of two the later sorts first.
func newRequestID(at time.Time) (id ledger.ID) {
	id = requestIDAt(at)
	rand.Read(id[8:])
	return id
}

// requestIDAt is before all identifiers of a time.
func requestIDAt(at time.Time) (id ledger.ID) {
	binary.BigEndian.PutUint64(id[:], ^uint64(at.UnixMilli()))
	return id
}

func requestKey(account, id ledger.ID) []byte { return accountKey(account, requestedKind, id[:]...) }

// requestLists are the keys under which a request is found, each with the account.
func requestLists(q DataRequest) [][]byte {
	return [][]byte{nodeKey(requestedKind, q.ID[:]...), orgKey(q.Org, requestedKind, q.ID[:]...)}
}

// said is a text of at most some characters that somebody typed.
func said(field, text string, most int) (string, error) {
	text = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	if n := utf8.RuneCountInString(text); n == 0 || n > most || !utf8.ValidString(text) {
		return "", ledger.FieldErrorf(ledger.Invalid, field, "is not a text of 1 to %d characters", most)
	}
	return text, nil
}

// AskForData keeps what somebody asks an organisation for, until a day when an answer is
// due.
func (s *Store) AskForData(_ context.Context, by, org ledger.ID, title, text string, due time.Time) (q DataRequest, err error) {
	now := s.time()
	q = DataRequest{ID: newRequestID(now), Org: org, At: now, Due: due}
	if q.Title, err = said("request_title", title, MaxRequestTitle); err != nil {
		return q, err
	}
	if q.Text, err = said("request_text", text, MaxRequestText); err != nil {
		return q, err
	}
	err = s.vault.Update(func(t *vault.Tx) error {
		mine, err := t.Keys(accountKey(by, requestedKind))
		if err != nil {
			return err
		}
		day := ^uint64(now.Add(-24 * time.Hour).UnixMilli())
		lately := 0
		for _, k := range mine {
			if id := k[len(k)-len(q.ID):]; binary.BigEndian.Uint64(id) < day {
				lately++
			}
		}
		switch {
		case lately >= maxRequestsDay:
			return ledger.FieldErrorf(ledger.Conflict, "request_title", "no more than %d requests a day are taken of one person", maxRequestsDay)
		case len(mine) >= maxRequests:
			return ledger.FieldErrorf(ledger.TooLarge, "request_title", "there are %d requests of yours already; take one back first", maxRequests)
		}
		if err := room(t, nodeKey(requestedKind), maxAllRequests, "requests"); err != nil {
			return err
		}
		return putRequest(t, by, q)
	})
	if err == nil {
		s.asked.put(q)
	}
	return q, err
}

func putRequest(t *vault.Tx, by ledger.ID, q DataRequest) error {
	for _, key := range requestLists(q) {
		if err := t.Put(key, by); err != nil {
			return err
		}
	}
	return t.Put(requestKey(by, q.ID), q)
}

func requestAt(t *vault.Tx, id ledger.ID) (q DataRequest, by ledger.ID, err error) {
	by, ok, err := get[ledger.ID](t, nodeKey(requestedKind, id[:]...))
	if err == nil && ok {
		q, ok, err = get[DataRequest](t, requestKey(by, id))
	}
	if err == nil && !ok {
		err = errNoRequest
	}
	return q, by, err
}

// DataRequest reads a request, and whose it is.
func (s *Store) DataRequest(_ context.Context, id ledger.ID) (q DataRequest, by ledger.ID, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		q, by, err = requestAt(t, id)
		return err
	})
	return q, by, err
}

// RequestsTo lists the requests that an organisation is to answer, or has answered, of
// those that keep says, the last first, after one; next is the last that was looked at,
// and zero at the end. A part may be short where few are kept.
func (s *Store) RequestsTo(_ context.Context, org, after ledger.ID, limit int, keep func(DataRequest) bool) (list []DataRequest, next ledger.ID, err error) {
	prefix := orgKey(org, requestedKind)
	err = s.vault.View(func(t *vault.Tx) error {
		keys, err := t.Keys(prefix)
		if err != nil {
			return err
		}
		var last ledger.ID
		looked := 0
		for _, k := range keys {
			id := ledger.ID(k[len(prefix):])
			if string(id[:]) <= string(after[:]) {
				continue
			}
			if len(list) == limit || looked == requestsLooked {
				next = last
				return nil
			}
			looked, last = looked+1, id
			q, _, err := requestAt(t, id)
			if err != nil {
				return err
			}
			if keep(q) {
				list = append(list, q)
			}
		}
		return nil
	})
	return list, next, err
}

// OwnRequests lists what somebody asked for, the last first.
func (s *Store) OwnRequests(_ context.Context, by ledger.ID) ([]DataRequest, error) {
	return readAll[DataRequest](s, accountKey(by, requestedKind))
}

// changeRequest changes a request that is not answered, for who is to answer it.
func (s *Store) changeRequest(id, org ledger.ID, f func(t *vault.Tx, q *DataRequest, now time.Time) error) (q DataRequest, by ledger.ID, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if q, by, err = requestAt(t, id); err != nil {
			return err
		}
		switch {
		case q.Org != org:
			return ledger.Errorf(ledger.Forbidden, "another organisation is asked")
		case q.Reply != nil:
			return ledger.Errorf(ledger.Conflict, "the request is answered already")
		}
		if err := f(t, &q, s.time()); err != nil {
			return err
		}
		return putRequest(t, by, q)
	})
	return q, by, err
}

// AnswerRequest answers a request with a dataset, or refuses where that is zero, and
// returns it with whose it is.
func (s *Store) AnswerRequest(_ context.Context, id, org, dataset ledger.ID, text string) (DataRequest, ledger.ID, error) {
	if text != "" || dataset.IsZero() {
		var err error
		if text, err = said("reply", text, MaxRequestReply); err != nil {
			return DataRequest{}, ledger.ID{}, err
		}
	}
	return s.changeRequest(id, org, func(_ *vault.Tx, q *DataRequest, now time.Time) error {
		q.Reply = &DataReply{At: now, Dataset: dataset, Text: text}
		return nil
	})
}

// PassRequest hands a request on to whom it concerns, who has until another day.
func (s *Store) PassRequest(_ context.Context, id, org, to ledger.ID, why string, due time.Time) error {
	why, err := said("why", why, MaxRequestReply)
	if err != nil {
		return err
	}
	q, _, err := s.changeRequest(id, org, func(t *vault.Tx, q *DataRequest, now time.Time) error {
		switch {
		case to == org:
			return ledger.FieldErrorf(ledger.Invalid, "to", "has it already")
		case len(q.Passed) >= maxPassed:
			return ledger.Errorf(ledger.Conflict, "the request was passed on %d times, and is to be answered now", maxPassed)
		}
		q.Passed = append(q.Passed, Passing{At: now, From: q.Org, To: to, Why: why})
		err := t.Delete(orgKey(q.Org, requestedKind, q.ID[:]...))
		q.Org, q.Due = to, due
		return err
	})
	if err == nil {
		s.asked.put(q)
	}
	return err
}

// HideRequest keeps a request from everybody for a reason; without one it is shown again.
func (s *Store) HideRequest(_ context.Context, id ledger.ID, reason string) error {
	return s.vault.Update(func(t *vault.Tx) error {
		q, by, err := requestAt(t, id)
		if err != nil {
			return err
		}
		q.Hidden = nil
		if reason != "" {
			if reason, err = said("reason", reason, MaxRequestReply); err != nil {
				return err
			}
			q.Hidden = &Hiding{At: s.time(), Reason: reason}
		}
		return t.Put(requestKey(by, id), q)
	})
}

// DropRequest takes back what somebody asked for, while it is not answered.
func (s *Store) DropRequest(_ context.Context, id, by ledger.ID) error {
	err := s.vault.Update(func(t *vault.Tx) error {
		q, whose, err := requestAt(t, id)
		switch {
		case err != nil:
			return err
		case whose != by:
			return errNoRequest
		case q.Reply != nil:
			return ledger.Errorf(ledger.Conflict, "the request is answered already")
		}
		for _, key := range append(requestLists(q), requestKey(by, id)) {
			if err := t.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.asked.list.Remove(id)
	}
	return err
}
