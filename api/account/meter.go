package account

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Calls of a data service are counted by agreement and by day in Vietnam. What is on
// the disk runs ahead of what was called, by maxAhead calls and a 64th of the day's
// quota at most: a crash costs the caller so many calls of that day, and never lets
// more pass than was agreed. Who closes the store writes down the exact number.

// maxAhead is how many calls are written down before they are made.
const maxAhead = 64

// CallDay is how often a data service was called under an agreement on a day.
type CallDay struct {
	Day string `json:"day"` // 2026-06-03
	N   int    `json:"n"`
}

// Usage is what a call was counted as.
type Usage struct {
	Day    string
	N      int           // that day, this call among them
	Resets time.Duration // until the next day
}

// meters are the agreements that were called since the store was opened.
type meters struct {
	mu  sync.Mutex
	all map[ledger.ID]*meter
}

// meter counts the calls of an agreement on one day.
type meter struct {
	mu   sync.Mutex
	at   []byte // where the day is kept
	day  string
	n    int
	kept int // n on the disk, which is as much or more
}

func (m *meters) of(agreement ledger.ID) *meter {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[ledger.ID]*meter{}
	}
	if m.all[agreement] == nil {
		m.all[agreement] = &meter{}
	}
	return m.all[agreement]
}

// ahead is how far the disk runs ahead of a day's quota.
func ahead(limit int) int {
	if limit == 0 {
		return maxAhead
	}
	return min(maxAhead, max(1, limit/64))
}

// CountCall counts a call under an agreement of a provider, of which a day has so many
// at most, or any number where limit is 0; ok is false where the day has no more.
func (s *Store) CountCall(_ context.Context, provider, agreement ledger.ID, limit int) (u Usage, ok bool, err error) {
	now := s.time().In(vietnam)
	m := s.meters.of(agreement)
	m.mu.Lock()
	defer m.mu.Unlock()
	if day := now.Format(time.DateOnly); m.day != day {
		if err := s.settle(m); err != nil {
			return u, false, err
		}
		at := callDayKey(provider, agreement, now)
		d, _, err := read[CallDay](s, at)
		if err != nil {
			return u, false, err
		}
		m.at, m.day, m.n, m.kept = at, day, d.N, d.N
	}
	y, month, d := now.Date()
	u = Usage{m.day, m.n, time.Date(y, month, d+1, 0, 0, 0, 0, vietnam).Sub(now)}
	if limit > 0 && m.n >= limit {
		return u, false, nil
	}
	if m.n == m.kept {
		next := m.n + ahead(limit)
		if limit > 0 {
			next = min(next, limit)
		}
		if err := s.keep(m, next); err != nil {
			return u, false, err
		}
	}
	m.n++
	u.N = m.n
	return u, true, nil
}

// Uncount takes back a call that never reached the service.
func (s *Store) Uncount(agreement ledger.ID, u Usage) {
	m := s.meters.of(agreement)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day == u.Day && m.n > 0 {
		m.n--
	}
}

// keep writes down a day's number.
func (s *Store) keep(m *meter, n int) error {
	err := s.vault.Update(func(t *vault.Tx) error { return t.PutUntil(m.at, CallDay{m.day, n}, s.time().Add(dayLife)) })
	if err == nil {
		m.kept = n
	}
	return err
}

// settle writes down the exact number of a meter's day.
func (s *Store) settle(m *meter) error {
	if m.kept == m.n {
		return nil
	}
	return s.keep(m, m.n)
}

func (s *Store) settleCalls() (err error) {
	s.meters.mu.Lock()
	defer s.meters.mu.Unlock()
	for _, m := range s.meters.all {
		m.mu.Lock()
		err = errors.Join(err, s.settle(m))
		m.mu.Unlock()
	}
	return err
}

// CallDays lists the days on which a data service was called under an agreement, the
// last first.
func (s *Store) CallDays(_ context.Context, provider, agreement ledger.ID) ([]CallDay, error) {
	list, err := readAll[CallDay](s, orgKey(provider, callDayKind, agreement[:]...))
	m := s.meters.of(agreement)
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range list {
		if list[i].Day == m.day {
			list[i].N = m.n
		}
	}
	slices.Reverse(list)
	return slices.DeleteFunc(list, func(d CallDay) bool { return d.N == 0 }), err
}

func callDayKey(provider, agreement ledger.ID, at time.Time) []byte {
	return binary.BigEndian.AppendUint32(orgKey(provider, callDayKind, agreement[:]...), dayNumber(at))
}
