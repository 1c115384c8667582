package office

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/personal"
	"github.com/sogoc/sogoc/market/profile/table"
)

// Looker looks at the files of listings, one at a time, beside the requests: a large
// file takes minutes.
type Looker struct {
	office *Office
	wake   chan struct{}

	mu      sync.Mutex
	waiting []lookAt
}

// lookAt is a listing whose files are to be looked at.
type lookAt struct{ org, dataset ledger.ID }

// NewLooker makes one over an office.
func NewLooker(o *Office) *Looker { return &Looker{office: o, wake: make(chan struct{}, 1)} }

// Look has the files of a listing looked at that were not, soon.
func (k *Looker) Look(l account.Listing) {
	at := lookAt{l.Org, l.Release.Dataset}
	k.mu.Lock()
	if !slices.Contains(k.waiting, at) {
		k.waiting = append(k.waiting, at)
	}
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default: // it is awake
	}
}

func (k *Looker) next() (at lookAt, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.waiting) == 0 {
		return at, false
	}
	at = k.waiting[0]
	k.waiting = k.waiting[1:]
	return at, true
}

// Run looks until the context ends. A file that cannot be looked at because of a fault
// here stays as it was, and is looked at when somebody asks again.
func (k *Looker) Run(ctx context.Context) error {
	for {
		at, ok := k.next()
		if !ok {
			select {
			case <-k.wake:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := k.office.look(ctx, at.org, at.dataset); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the files of a draft could not be looked at", "dataset", at.dataset, "error", err)
		}
	}
}

// look looks at the files of a listing one after the other.
func (o *Office) look(ctx context.Context, org, dataset ledger.ID) error {
	l, err := o.Accounts.Listing(ctx, org, dataset)
	if err != nil {
		return err
	}
	for _, f := range l.Files {
		if f.Looked() {
			continue
		}
		columns, score, err := o.lookAt(ctx, org, &f)
		if err != nil {
			return err
		}
		_, err = o.Accounts.ChangeListing(ctx, org, dataset, func(now *account.Listing) error {
			if i := slices.IndexFunc(now.Files, func(other account.ListedFile) bool { return other.Upload == f.Upload }); i >= 0 {
				now.Files[i].Digest, now.Files[i].Profile, now.Files[i].Found, now.Files[i].Unseen = f.Digest, f.Profile, f.Found, f.Unseen
				describe(now, columns, score)
			}
			if !slices.ContainsFunc(now.Files, func(f account.ListedFile) bool { return !f.Looked() }) {
				forget(now)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lookAt profiles a file. What the profile does not cover is for a person to look at, as
// is a file that is broken.
func (o *Office) lookAt(ctx context.Context, org ledger.ID, f *account.ListedFile) (columns []market.Column, score int, err error) {
	file, err := o.Uploads.Read(org, f.Upload)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return nil, 0, err
	}
	f.Digest = ledger.Hash(sum.Sum(nil))
	p, err := profile.Read(ctx, file, f.Bytes, f.Name)
	var broken *table.Unreadable
	switch {
	case errors.As(err, &broken):
		f.Unseen = true
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	}
	if f.Profile, err = json.Marshal(p); err != nil {
		return nil, 0, err
	}
	f.Unseen = slices.ContainsFunc(p.Review, func(r profile.Reason) bool { return r.Key != "personal" })
	for i, t := range p.Tables {
		for n, found := range t.Personal {
			if slices.ContainsFunc(t.Personal[:n], func(before personal.Finding) bool { return before.Field == found.Field }) {
				continue // it looks like more than one kind
			}
			f.Found = append(f.Found, account.FoundColumn{Table: i, Name: found.Field, Kind: string(found.Kind), Why: found.Why})
		}
		for _, field := range t.Fields {
			columns = append(columns, market.Column{Name: field.Name, Title: field.Title, Type: string(field.Type), Unit: field.Unit})
		}
		if score == 0 || t.Quality.Score < score {
			score = t.Quality.Score
		}
	}
	return columns, score, nil
}

// describe notes in a listing the columns of its files: what was said of a column of the
// same name stays.
func describe(l *account.Listing, columns []market.Column, score int) {
	for _, col := range columns {
		if !slices.ContainsFunc(l.About.Columns, func(known market.Column) bool { return known.Name == col.Name }) {
			l.About.Columns = append(l.About.Columns, col)
		}
	}
	if score > 0 && (l.About.Score == 0 || score < l.About.Score) {
		l.About.Score = score
	}
}

// graded is the quality of the worst of a listing's tables, with what is said of their
// columns; 0 where there is none.
func graded(l account.Listing) (score int) {
	for _, f := range l.Files {
		var p profile.Profile
		if f.Profile == nil || json.Unmarshal(f.Profile, &p) != nil {
			continue
		}
		p.Describe(l.About.Columns)
		for _, t := range p.Tables {
			if t.Quality.Score > 0 && (score == 0 || t.Quality.Score < score) {
				score = t.Quality.Score
			}
		}
	}
	return score
}

// forget takes columns out of a listing that none of its files has any more; all of them
// are looked at.
func forget(l *account.Listing) {
	has := map[string]bool{}
	l.About.Score = graded(*l)
	for _, f := range l.Files {
		var p profile.Profile
		if f.Profile == nil || json.Unmarshal(f.Profile, &p) != nil {
			continue
		}
		for _, t := range p.Tables {
			for _, field := range t.Fields {
				has[field.Name] = true
			}
		}
	}
	l.About.Columns = slices.DeleteFunc(l.About.Columns, func(c market.Column) bool { return !has[c.Name] })
}
