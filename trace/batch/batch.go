// Package batch is what people do to batches, and how that is written as EPCIS 2.0
// events: harvests, lots that are split, merged, graded and processed, cases and
// pallets, goods that are shipped, received, handed over, returned, destroyed and
// counted.
//
// Business steps and dispositions are the Core Business Vocabulary's where it has
// them, and else of the register's own namespace, [trace.Vocabulary]:
//
//	harvesting, splitting, merging, grading, transforming
//
// An action says nothing of custody, balances and recalls: the contract judges those.
package batch

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// Action is something that is done to batches.
type Action interface {
	// Check says what is wrong with it when it is recorded at a time. The error names
	// the field: event, at, note, in, out, things, into, to.
	Check(now time.Time) error
	drafts() []epcis.Draft
}

// Document writes an action as an EPCIS document; base is where the register's own
// codes are reached. The same action is the same events, however often it is sent.
func Document(base string, a Action) ([]byte, error) { return epcis.Write(base, a.drafts()...) }

// Limits of an action.
const (
	MaxNote   = 1000 // characters
	MaxThings = 2000 // pieces, lots and containers
	MaxAge    = 366  // days
	maxAhead  = 5 * time.Minute
)

// Record is what every action says of itself.
type Record struct {
	Event string    // identifier of the event, or of the first of two: urn:uuid:…
	At    time.Time // when it was done; its zone is kept
	Place trace.ID  // where; zero when it is not said
	Note  string
	Said  string // quantities in the words in which they were said, where those are people's own
}

func (r Record) check(now time.Time) error {
	switch {
	case !trace.ValidEventID(r.Event):
		return ledger.FieldErrorf(ledger.Invalid, "event", "is not a urn:uuid")
	case r.At.IsZero() || r.At.After(now.Add(maxAhead)):
		return ledger.FieldErrorf(ledger.Invalid, "at", "lies in the future, or is missing")
	case now.Sub(r.At) > MaxAge*24*time.Hour:
		return ledger.FieldErrorf(ledger.Invalid, "at", "is more than a year ago")
	case utf8.RuneCountInString(r.Said) > MaxNote:
		return ledger.FieldErrorf(ledger.Invalid, "qty", "is said in more than %d characters", MaxNote)
	case utf8.RuneCountInString(r.Note) > MaxNote:
		return ledger.FieldErrorf(ledger.Invalid, "note", "has more than %d characters", MaxNote)
	}
	return nil
}

// draft is an event of the action.
func (r Record) draft(kind trace.EventType, action trace.Action, step, disposition string) epcis.Draft {
	return epcis.Draft{
		Event: trace.Event{
			ID: r.Event, Type: kind, Action: action, Step: step, Disposition: disposition,
			Time: ledger.TimeOf(r.At), Zone: r.At.Format("-07:00"), ReadPoint: r.Place, Location: r.Place,
		},
		Ours: map[string]any{"note": r.Note, "said": r.Said},
	}
}

// derived is another identifier that follows from an event's: a UUID of version 8
// (RFC 9562, section 5.8), the same each time.
func derived(event, what string) string {
	h := sha256.Sum256([]byte(event + "\x00" + what))
	h[6] = h[6]&0x0F | 0x80
	h[8] = h[8]&0x3F | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// checkThings sees that a list names things, each once, and no less than nothing of
// any.
func checkThings(field string, list []trace.Stock) error {
	if len(list) == 0 {
		return ledger.FieldErrorf(ledger.Invalid, field, "is missing")
	}
	if len(list) > MaxThings {
		return ledger.FieldErrorf(ledger.TooLarge, field, "has more than %d things", MaxThings)
	}
	seen := make(map[trace.ID]bool, len(list))
	for _, s := range list {
		switch {
		case s.ID.IsZero():
			return ledger.FieldErrorf(ledger.Invalid, field, "has nothing in one line")
		case seen[s.ID]:
			return ledger.FieldErrorf(ledger.Invalid, field, "%s is there twice", s.ID)
		case s.Quantity != nil && (s.Quantity.IsZero() || s.Quantity.IsNegative()):
			return ledger.FieldErrorf(ledger.Invalid, field, "%s of %s is nothing, or less", s.Quantity, s.ID)
		case s.Quantity != nil && s.ID.Instance():
			return ledger.FieldErrorf(ledger.Invalid, field, "%s is one piece and has no quantity", s.ID)
		}
		seen[s.ID] = true
	}
	return nil
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
