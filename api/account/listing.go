package account

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Listing is what an organisation prepares to publish: the next version of a dataset.
// It goes once that is on the register.
type Listing struct {
	Release market.Release     `json:"release"` // without its files
	About   market.Description `json:"about"`
	Files   []ListedFile       `json:"files,omitempty"`

	Org     ledger.ID `json:"org"`
	By      ledger.ID `json:"by"` // account that began it
	Made    time.Time `json:"made"`
	Changed time.Time `json:"changed"`

	// Contested says why the organisation holds that what was found in its files is no
	// personal data, or what is in those that could not be read; it asks the operator.
	Contested string `json:"contested,omitempty"`
	// Cleared is the CID of the profile that the operator let through, and Answer what
	// they said to what was contested.
	Cleared string `json:"cleared,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

// ListedFile is a file of a listing.
type ListedFile struct {
	Upload ledger.ID `json:"upload"`
	Name   string    `json:"name"`
	Media  string    `json:"media"`
	Bytes  int64     `json:"bytes"`

	Digest  ledger.Hash     `json:"digest,omitzero"`   // SHA-256 of the bytes that were looked at, once they were
	Profile json.RawMessage `json:"profile,omitempty"` // of package profile, where it could be made
	Found   []FoundColumn   `json:"found,omitempty"`   // that look like personal data
	Unseen  bool            `json:"unseen,omitempty"`  // nobody but a person can tell what is in it

	CID    string         `json:"cid,omitempty"`    // once it is among the payloads
	Sealed *market.Sealed `json:"sealed,omitempty"` // where that is a ciphertext
}

// Looked reports whether the node looked into the file.
func (f ListedFile) Looked() bool { return !f.Digest.IsZero() }

// FoundColumn is a column that looks like personal data.
type FoundColumn struct {
	Table int         `json:"table,omitempty"` // its place in the file
	Name  string      `json:"name"`
	Kind  string      `json:"kind"`
	Why   ledger.Text `json:"why,omitzero"`
}

// Draft is the release as far as it is prepared.
func (l Listing) Draft() market.Release {
	r := l.Release
	r.Files = nil
	review := &market.Review{}
	for _, f := range l.Files {
		r.Files = append(r.Files, market.File{Name: f.Name, Media: f.Media, Bytes: f.Bytes, CID: f.CID, Sealed: f.Sealed})
		review.Found += len(f.Found)
		if f.Unseen {
			review.Unseen++
		}
		if !f.Looked() {
			return withFiles(r, l.Files)
		}
	}
	if len(r.Files) > 0 {
		r.Review = review
	}
	return r
}

// withFiles is the release with all files, and no review: one of them was not looked at.
func withFiles(r market.Release, files []ListedFile) market.Release {
	r.Files = nil
	for _, f := range files {
		r.Files = append(r.Files, market.File{Name: f.Name, Media: f.Media, Bytes: f.Bytes})
	}
	return r
}

// Missing lists what has to be said before the listing is published.
func (l Listing) Missing() []market.Gap { return market.Gaps(l.Draft(), l.About) }

// Doubtful reports whether the operator has to let what was found through.
func (l Listing) Doubtful() bool {
	return slices.ContainsFunc(l.Files, func(f ListedFile) bool { return f.Unseen || len(f.Found) > 0 })
}

// Limits of an organisation's listings.
const (
	maxListings  = 100
	maxContested = 500 // characters
)

// BeginListing keeps a new listing of an organisation, of a new dataset or of the next
// version of one; there is one listing a dataset.
func (s *Store) BeginListing(_ context.Context, l Listing) (Listing, error) {
	l.Made = s.time()
	l.Changed = l.Made
	key := orgKey(l.Org, listingKind, l.Release.Dataset[:]...)
	err := s.vault.Update(func(t *vault.Tx) error {
		if _, ok, err := get[Listing](t, key); err != nil || ok {
			return cmpErr(err, ledger.Errorf(ledger.Conflict, "the next version of this dataset is being prepared already"))
		}
		if err := room(t, orgKey(l.Org, listingKind), maxListings, "drafts"); err != nil {
			return err
		}
		return t.Put(key, l)
	})
	return l, err
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Listing is a listing of an organisation, or NotFound.
func (s *Store) Listing(_ context.Context, org, dataset ledger.ID) (Listing, error) {
	l, ok, err := read[Listing](s, orgKey(org, listingKind, dataset[:]...))
	if err == nil && !ok {
		err = ledger.Errorf(ledger.NotFound, "there is no such draft")
	}
	return l, err
}

// Listings are all of an organisation, what was changed last first.
func (s *Store) Listings(_ context.Context, org ledger.ID) ([]Listing, error) {
	all, err := readAll[Listing](s, orgKey(org, listingKind))
	slices.SortFunc(all, func(a, b Listing) int { return cmp.Compare(b.Changed.UnixMilli(), a.Changed.UnixMilli()) })
	return all, err
}

// ChangeListing changes a listing; change may be called several times, and its error
// leaves the listing as it was.
func (s *Store) ChangeListing(_ context.Context, org, dataset ledger.ID, change func(*Listing) error) (l Listing, err error) {
	key := orgKey(org, listingKind, dataset[:]...)
	err = s.vault.Update(func(t *vault.Tx) error {
		found, ok, err := get[Listing](t, key)
		if err != nil || !ok {
			return cmpErr(err, ledger.Errorf(ledger.NotFound, "there is no such draft"))
		}
		if err := change(&found); err != nil {
			return err
		}
		if !found.Doubtful() {
			found.Contested, found.Answer = "", ""
		}
		found.Changed = s.time()
		l = found
		waiting := nodeKey(contestedKind, dataset[:]...)
		if l.Contested == "" {
			if err := t.Delete(waiting); err != nil {
				return err
			}
		} else if err := t.Put(waiting, org); err != nil {
			return err
		}
		return t.Put(key, l)
	})
	return l, err
}

// Contest asks the operator to let through what was found in a listing's files.
func (s *Store) Contest(ctx context.Context, org, dataset ledger.ID, why string) (Listing, error) {
	if n := len([]rune(why)); n == 0 || n > maxContested {
		return Listing{}, ledger.FieldErrorf(ledger.Invalid, "reason", "is not a text of 1 to %d characters", maxContested)
	}
	return s.ChangeListing(ctx, org, dataset, func(l *Listing) error {
		if !l.Doubtful() {
			return ledger.FieldErrorf(ledger.Conflict, "reason", "nothing was found in these files")
		}
		l.Contested, l.Answer = why, ""
		return nil
	})
}

// Contested are the listings of all organisations that wait for the operator.
func (s *Store) Contested(ctx context.Context) (all []Listing, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		all = nil
		orgs := map[ledger.ID]ledger.ID{}
		prefix := nodeKey(contestedKind)
		if err := t.Each(prefix, func(e vault.Entry) error {
			var org ledger.ID
			err := e.Read(&org)
			orgs[ledger.ID(e.Key[len(prefix):])] = org
			return err
		}); err != nil {
			return err
		}
		for dataset, org := range orgs {
			l, ok, err := get[Listing](t, orgKey(org, listingKind, dataset[:]...))
			if err != nil {
				return err
			}
			if ok {
				all = append(all, l)
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Listing) int { return a.Changed.Compare(b.Changed) })
	return all, err
}

// EndListing removes a listing, and returns it; one that is not there is removed
// already.
func (s *Store) EndListing(_ context.Context, org, dataset ledger.ID) (l Listing, err error) {
	key := orgKey(org, listingKind, dataset[:]...)
	err = s.vault.Update(func(t *vault.Tx) error {
		found, ok, err := get[Listing](t, key)
		if err != nil || !ok {
			return err
		}
		l = found
		if err := t.Delete(nodeKey(contestedKind, dataset[:]...)); err != nil {
			return err
		}
		return t.Delete(key)
	})
	return l, err
}

// KeepFileKey keeps the key that opens a ciphertext of an organisation, before anybody
// learns of the ciphertext. The first one stays.
func (s *Store) KeepFileKey(_ context.Context, org ledger.ID, cid string, key [32]byte) error {
	at := orgKey(org, fileKeyKind, []byte(cid)...)
	return s.vault.Update(func(t *vault.Tx) error {
		if _, ok, err := get[[]byte](t, at); err != nil || ok {
			return err
		}
		return t.Put(at, key[:])
	})
}

// FileKey is the key that opens a ciphertext of an organisation, or NotFound.
func (s *Store) FileKey(_ context.Context, org ledger.ID, cid string) (key [32]byte, err error) {
	b, ok, err := read[[]byte](s, orgKey(org, fileKeyKind, []byte(cid)...))
	if err == nil && (!ok || len(b) != len(key)) {
		err = ledger.Errorf(ledger.NotFound, "the key of this file is not at this node")
	}
	copy(key[:], b)
	return key, err
}
