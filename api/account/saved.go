package account

import (
	"context"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// SavedSearch is a search for datasets that somebody wants to look at again.
type SavedSearch struct {
	ID    ledger.ID `json:"id"`
	Query string    `json:"query"` // as the address of the search has it
	Made  time.Time `json:"made"`
	Seen  uint64    `json:"seen"` // how many entries the register had when it was looked at last
}

// Bounds of saved searches.
const (
	MaxSaved      = 50 // of an account
	MaxSavedQuery = 2000
)

func savedKey(account, id ledger.ID) []byte { return accountKey(account, savedKind, id[:]...) }

// SaveSearch keeps a search. One that is kept already stays as it is.
func (s *Store) SaveSearch(_ context.Context, account ledger.ID, query string, seen uint64) error {
	if len(query) > MaxSavedQuery {
		return ledger.FieldErrorf(ledger.TooLarge, "query", "has more than %d bytes", MaxSavedQuery)
	}
	return s.vault.Update(func(t *vault.Tx) error {
		all, err := list[SavedSearch](t, accountKey(account, savedKind))
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.Query == query {
				return nil
			}
		}
		if len(all) >= MaxSaved {
			return ledger.FieldErrorf(ledger.Conflict, "query", "there are %d saved searches; drop one first", MaxSaved)
		}
		one := SavedSearch{ID: ledger.NewID(), Query: query, Made: s.time(), Seen: seen}
		return t.Put(savedKey(account, one.ID), one)
	})
}

// SavedSearches lists an account's searches.
func (s *Store) SavedSearches(_ context.Context, account ledger.ID) ([]SavedSearch, error) {
	return readAll[SavedSearch](s, accountKey(account, savedKind))
}

// LookedAt notes that somebody looks at what a saved search finds, or is NotFound.
func (s *Store) LookedAt(_ context.Context, account, id ledger.ID, seen uint64) (one SavedSearch, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		var ok bool
		if one, ok, err = get[SavedSearch](t, savedKey(account, id)); err != nil {
			return err
		}
		if !ok {
			return ledger.Errorf(ledger.NotFound, "there is no such saved search")
		}
		one.Seen = max(one.Seen, seen)
		return t.Put(savedKey(account, id), one)
	})
	return one, err
}

// DropSearch forgets a saved search; it may be gone already.
func (s *Store) DropSearch(_ context.Context, account, id ledger.ID) error {
	return s.vault.Update(func(t *vault.Tx) error { return t.Delete(savedKey(account, id)) })
}
