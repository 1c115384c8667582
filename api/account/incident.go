package account

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// NotifyWithin is how long after an incident with personal data was discovered the
// authority must be told.
const NotifyWithin = 72 * time.Hour

// Incident is one entry of the operator's log of incidents with personal data. It
// is opened, the authority is notified, and it is closed; what need not be notified
// is closed with the reason. The texts name no person.
type Incident struct {
	ID         ledger.ID  `json:"id"`
	Title      string     `json:"title"`
	Discovered time.Time  `json:"discovered"`
	Opened     time.Time  `json:"opened"`
	Due        time.Time  `json:"due"` // 72 hours after it was discovered
	Notified   *time.Time `json:"notified,omitempty"`
	Closed     *time.Time `json:"closed,omitempty"`
	Notes      []Note     `json:"notes,omitempty"`
}

// Note is what happened, by whom.
type Note struct {
	At   time.Time `json:"at"`
	By   ledger.ID `json:"by"` // account
	Text string    `json:"text"`
}

const (
	maxIncidents = 1000
	maxNotes     = 100
	maxNote      = 500 // characters
)

// Overdue reports whether the authority should have been told.
func (i Incident) Overdue(now time.Time) bool {
	return i.Notified == nil && i.Closed == nil && now.After(i.Due)
}

func parseNote(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > maxNote || !utf8.ValidString(text) {
		return "", ledger.FieldErrorf(ledger.Invalid, field, "is not a text of 1 to %d characters", maxNote)
	}
	return text, nil
}

// OpenIncident begins an entry.
func (s *Store) OpenIncident(_ context.Context, title string, discovered time.Time, by ledger.ID) (i Incident, err error) {
	if title, err = parseNote("title", title); err != nil {
		return i, err
	}
	now := s.time()
	if discovered.After(now) || now.Sub(discovered) > 365*24*time.Hour {
		return i, ledger.FieldErrorf(ledger.Invalid, "discovered", "is not a time within the last year")
	}
	i = Incident{ID: ledger.NewID(), Title: title, Discovered: discovered.UTC(), Opened: now, Due: discovered.UTC().Add(NotifyWithin)}
	i.Notes = []Note{{now, by, title}}
	return i, s.vault.Update(func(t *vault.Tx) error {
		if err := room(t, nodeKey(incidentKind), maxIncidents, "incidents"); err != nil {
			return err
		}
		return t.Put(nodeKey(incidentKind, i.ID[:]...), i)
	})
}

// NoteIncident adds what happened to an open incident.
func (s *Store) NoteIncident(_ context.Context, id, by ledger.ID, text string) (Incident, error) {
	return s.incident(id, by, text, func(*Incident, time.Time) error { return nil })
}

// NotifyIncident notes that the authority was told.
func (s *Store) NotifyIncident(_ context.Context, id, by ledger.ID, text string) (Incident, error) {
	return s.incident(id, by, text, func(i *Incident, now time.Time) error {
		if i.Notified != nil {
			return ledger.Errorf(ledger.Conflict, "the authority was told already")
		}
		i.Notified = &now
		return nil
	})
}

// CloseIncident ends an incident; text says why, all the more when the authority was
// not told.
func (s *Store) CloseIncident(_ context.Context, id, by ledger.ID, text string) (Incident, error) {
	return s.incident(id, by, text, func(i *Incident, now time.Time) error {
		i.Closed = &now
		return nil
	})
}

// incident changes an open incident and notes why.
func (s *Store) incident(id, by ledger.ID, text string, change func(*Incident, time.Time) error) (i Incident, err error) {
	if text, err = parseNote("text", text); err != nil {
		return i, err
	}
	key := nodeKey(incidentKind, id[:]...)
	err = s.vault.Update(func(t *vault.Tx) error {
		found, ok, err := get[Incident](t, key)
		switch {
		case err != nil:
			return err
		case !ok:
			return ledger.Errorf(ledger.NotFound, "there is no such incident")
		case found.Closed != nil:
			return ledger.Errorf(ledger.Conflict, "the incident is closed")
		case len(found.Notes) >= maxNotes:
			return ledger.Errorf(ledger.TooLarge, "the incident has %d notes already", maxNotes)
		}
		now := s.time()
		if err := change(&found, now); err != nil {
			return err
		}
		found.Notes = append(found.Notes, Note{now, by, text})
		i = found
		return t.Put(key, i)
	})
	return i, err
}

// Incidents lists the log, what was discovered last first.
func (s *Store) Incidents(_ context.Context) ([]Incident, error) {
	all, err := readAll[Incident](s, nodeKey(incidentKind))
	slices.SortFunc(all, func(a, b Incident) int { return b.Discovered.Compare(a.Discovered) })
	return all, err
}
