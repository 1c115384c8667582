package office

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
)

// Looker looks at the files of listings, one at a time, beside the requests: a large
// file takes minutes.
type Looker struct {
	office *Office
	wake   chan struct{}

	mu      sync.Mutex
	waiting []lookAt
	now     lookAt
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
		if err := o.lookAt(ctx, org, &f); err != nil {
			return err
		}
		_, err := o.Accounts.ChangeListing(ctx, org, dataset, func(now *account.Listing) error {
			if i := slices.IndexFunc(now.Files, func(other account.ListedFile) bool { return other.Upload == f.Upload }); i >= 0 {
				now.Files[i].Profile, now.Files[i].Found, now.Files[i].Unseen = f.Profile, f.Found, f.Unseen
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lookAt says of a file what nobody but a person can tell: what is in it.
func (o *Office) lookAt(_ context.Context, org ledger.ID, f *account.ListedFile) error {
	file, err := o.Uploads.Read(org, f.Upload)
	if err != nil {
		return err
	}
	f.Unseen = true
	return file.Close()
}
