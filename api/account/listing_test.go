package account

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

func TestListings(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	org, dataset := ledger.NewID(), ledger.NewID()
	l := Listing{Org: org, By: ledger.NewID(), Release: market.Release{Dataset: dataset, Version: 1}, About: market.Description{Title: ledger.Text{VI: "Giá cà phê"}}}
	l, err := s.BeginListing(ctx, l)
	must(t, err)
	if _, err := s.BeginListing(ctx, l); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("two drafts of one version: %v", err)
	}
	if _, err := s.Listing(ctx, ledger.NewID(), dataset); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("another organisation reads it: %v", err)
	}
	refused := errors.New("refused")
	if _, err := s.ChangeListing(ctx, org, dataset, func(l *Listing) error { l.About.Place = "x"; return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	if _, err := s.Contest(ctx, org, dataset, "x"); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("nothing is contested: %v", err)
	}
	l, err = s.ChangeListing(ctx, org, dataset, func(l *Listing) error {
		l.Files = []ListedFile{
			{Upload: ledger.NewID(), Name: "a.csv", Bytes: 1, Digest: ledger.Hash{1}, Profile: json.RawMessage(`{}`), Found: []FoundColumn{{Name: "phone", Kind: "phone"}}},
			{Upload: ledger.NewID(), Name: "b.pdf", Bytes: 2, Digest: ledger.Hash{2}, Unseen: true},
		}
		return nil
	})
	must(t, err)
	if r := l.Draft(); l.About.Place != "" || len(r.Files) != 2 || r.Review == nil || r.Review.Found != 1 || r.Review.Unseen != 1 || !l.Doubtful() {
		t.Errorf("%+v", r)
	}
	for _, why := range []string{"", strings.Repeat("a", maxContested+1)} {
		if _, err := s.Contest(ctx, org, dataset, why); ledger.CodeOf(err) != ledger.Invalid {
			t.Error(err)
		}
	}
	_, err = s.Contest(ctx, org, dataset, "numbers of plots")
	must(t, err)
	if all, err := s.Contested(ctx); err != nil || len(all) != 1 || all[0].Contested != "numbers of plots" {
		t.Errorf("%+v, %v", all, err)
	}
	// What is not looked at has no review, and what is mended waits for nobody.
	l, err = s.ChangeListing(ctx, org, dataset, func(l *Listing) error {
		l.Files = []ListedFile{{Name: "c.csv", Bytes: 3}, {Name: "d.csv", Bytes: 4}}
		return nil
	})
	must(t, err)
	if r := l.Draft(); r.Review != nil || len(r.Files) != 2 || l.Contested != "" {
		t.Errorf("%+v", l)
	}
	if all, err := s.Contested(ctx); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := s.Listings(ctx, org); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	gone, err := s.EndListing(ctx, org, dataset)
	must(t, err)
	if gone.Release.Dataset != dataset || len(gone.Files) != 2 {
		t.Errorf("%+v", gone)
	}
	if gone, err = s.EndListing(ctx, org, dataset); err != nil || !gone.Org.IsZero() {
		t.Errorf("%+v, %v", gone, err)
	}
}

func TestFileKeys(t *testing.T) {
	s := open(t)
	org := ledger.NewID()
	must(t, s.KeepFileKey(t.Context(), org, "bafy", [32]byte{1}))
	must(t, s.KeepFileKey(t.Context(), org, "bafy", [32]byte{2}))
	if key, err := s.FileKey(t.Context(), org, "bafy"); err != nil || key != [32]byte{1} {
		t.Errorf("%v, %v", key, err)
	}
	if _, err := s.FileKey(t.Context(), ledger.NewID(), "bafy"); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
}
