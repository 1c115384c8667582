package account

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/words"
)

// RequestQuery is a search of requests for data.
type RequestQuery struct {
	Text  string    // every word of it is in the request, or in the name of who is asked
	After ledger.ID // next of the page before
	Limit int
	Of    *ledger.ID // only those that an organisation is to answer, or has answered
	By    ledger.ID  // only those of an account
	// Name is what who is asked is called; NotFound when nobody knows.
	Name func(ctx context.Context, org ledger.ID) (ledger.Text, error)
	Keep func(DataRequest) bool
}

// askedFor finds requests by their words. It is filled when somebody first searches.
type askedFor struct {
	mu     sync.Mutex
	filled bool
	list   words.List
}

// askedAt is when a request was made, by its identifier.
func askedAt(id ledger.ID) uint64 { return ^binary.BigEndian.Uint64(id[:]) }

// put adds a request, or says anew who is asked.
func (a *askedFor) put(q DataRequest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.filled {
		put(&a.list, q)
	}
}

func put(list *words.List, q DataRequest) { list.Put(q.ID, q.Org, askedAt(q.ID), q.Title, q.Text) }

// fill reads all requests, once.
func (a *askedFor) fill(ctx context.Context, s *Store) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.filled {
		return nil
	}
	err := s.vault.View(func(t *vault.Tx) error {
		prefix := nodeKey(requestedKind)
		keys, err := t.Keys(prefix)
		if err != nil {
			return err
		}
		for _, k := range keys {
			q, _, err := requestAt(t, ledger.ID(k[len(prefix):]))
			if err != nil {
				return err
			}
			put(&a.list, q)
		}
		return ctx.Err()
	})
	a.filled = err == nil
	return err
}

// FindRequests lists the requests that are found, the last first; next is zero at the end,
// and a page may be short where few are kept.
func (s *Store) FindRequests(ctx context.Context, q RequestQuery) (found []DataRequest, next ledger.ID, err error) {
	list := &s.asked.list
	if q.By.IsZero() {
		if err := s.asked.fill(ctx, s); err != nil {
			return nil, next, err
		}
	} else {
		own, err := s.OwnRequests(ctx, q.By)
		if err != nil {
			return nil, next, err
		}
		list = new(words.List)
		for _, one := range own {
			put(list, one)
		}
	}
	of := words.Query{Text: q.Text, Limit: q.Limit, Of: q.Of, Name: q.Name, Keep: func(id ledger.ID) (bool, error) {
		one, _, err := s.DataRequest(ctx, id)
		switch {
		case ledger.CodeOf(err) == ledger.NotFound:
			list.Remove(id) // it went with its account
			return false, nil
		case err != nil || !q.Keep(one):
			return false, err
		}
		found = append(found, one)
		return true, nil
	}}
	if !q.After.IsZero() {
		of.Before = askedAt(q.After)
	}
	_, before, err := list.Find(ctx, of)
	if before != 0 {
		next = requestIDAt(time.UnixMilli(int64(before)))
	}
	return found, next, err
}
