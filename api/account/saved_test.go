package account

import (
	"fmt"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

func TestSavedSearches(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	me, other := ledger.NewID(), ledger.NewID()
	must(t, s.SaveSearch(ctx, me, "q=v%E1%BA%A3i", 7))
	must(t, s.SaveSearch(ctx, me, "q=v%E1%BA%A3i", 9))
	must(t, s.SaveSearch(ctx, other, "theme=AGRI", 7))
	all, err := s.SavedSearches(ctx, me)
	if err != nil || len(all) != 1 || all[0].Query != "q=v%E1%BA%A3i" || all[0].Seen != 7 {
		t.Fatalf("%+v, %v", all, err)
	}
	id := all[0].ID
	if one, err := s.LookedAt(ctx, me, id, 12); err != nil || one.Seen != 12 {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := s.LookedAt(ctx, other, id, 12); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("another one looks at it: %v", err)
	}
	must(t, s.DropSearch(ctx, other, id))
	for i := range MaxSaved - 1 {
		must(t, s.SaveSearch(ctx, me, fmt.Sprint("q=", i), 0))
	}
	if err := s.SaveSearch(ctx, me, "q=x", 0); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("one more than there may be: %v", err)
	}
	must(t, s.DropSearch(ctx, me, id))
	must(t, s.SaveSearch(ctx, me, "q=x", 0))
	if err := s.SaveSearch(ctx, me, string(make([]byte, MaxSavedQuery+1)), 0); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("a very long one: %v", err)
	}
}
