// Package catalog is the read model of the data market: datasets, their versions,
// what they are offered for, who may read their files, and a search over them. It is
// built from the ordered entries and can be dropped at any time: Run builds it anew.
//
// Facts are on disk; what a search needs is in memory and made when Run begins. Words
// of descriptions are only in memory, so that nothing is left of one that is erased.
package catalog

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/market/words"
)

// Config says where the catalogue is and what it reads besides the ledger. Only Dir and
// Payload have to be there.
type Config struct {
	Dir       string
	Payload   func(ctx context.Context, cid string) ([]byte, error)         // NotFound when it is erased or not here
	Publisher func(ctx context.Context, org ledger.ID) (ledger.Text, error) // what an organisation is called; NotFound when nobody knows
	Downloads func(ctx context.Context) (map[ledger.ID]int64, error)        // of each dataset, when Run begins
	Now       func() time.Time                                              // time.Now where it is nil
}

// Catalog is the read model. Reads are safe beside one Run.
type Catalog struct {
	config   Config
	db       *disk.DB
	names    words.Names
	progress ledger.Progress

	mu sync.RWMutex
	shelf
}

// Open opens or creates the catalogue in a folder. Until Run has come up to the ledger,
// single datasets are read as they were when it ended; lists and searches are empty.
func Open(c Config) (*Catalog, error) {
	if c.Publisher == nil {
		c.Publisher = func(context.Context, ledger.ID) (ledger.Text, error) { return ledger.Text{}, nil }
	}
	if c.Downloads == nil {
		c.Downloads = func(context.Context) (map[ledger.ID]int64, error) { return nil, nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	db, err := disk.Open(options(c.Dir))
	if err != nil {
		return nil, err
	}
	return &Catalog{config: c, db: db, shelf: newShelf()}, nil
}

func options(dir string) badger.Options {
	return disk.Options(dir, slog.New(slog.DiscardHandler)).WithMemTableSize(8 << 20).WithIndexCacheSize(1 << 20).WithValueLogFileSize(16 << 20)
}

// Close lets go of the folder. Run must have returned.
func (x *Catalog) Close() error { return x.db.Close() }

// Run follows the ledger until the context ends. A catalogue of another register,
// or one that is ahead of the ledger, is built anew.
func (x *Catalog) Run(ctx context.Context, r ledger.Reader) error {
	register := r.Genesis().Register()
	height, err := x.stored(register)
	if err != nil {
		return err
	}
	x.mu.Lock()
	x.shelf = newShelf()
	x.mu.Unlock()
	if height > r.Size() || height == 0 {
		if err := x.db.DropAll(); err != nil {
			return err
		}
		height = 0
	}
	if err := x.load(ctx); err != nil {
		return err
	}
	x.progress.Advance(height)
	return ledger.Follow(ctx, r, height, func(entries []*ledger.Entry) error { return x.apply(ctx, register, entries) })
}

func (x *Catalog) stored(register ledger.Hash) (uint64, error) {
	b, err := x.db.Get([]byte(heightKey))
	if err != nil {
		return 0, err
	}
	of, height := disk.ParseHeight(b)
	if of != register {
		return 0, nil
	}
	return height, nil
}

// Height is the number of entries applied.
func (x *Catalog) Height() uint64 { return x.progress.Height() }

// Wait returns when Height is at least height, or with the context's error.
func (x *Catalog) Wait(ctx context.Context, height uint64) error { return x.progress.Wait(ctx, height) }

// Downloaded counts one more download of a dataset.
func (x *Catalog) Downloaded(id ledger.ID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if d := x.byID[id]; d != nil {
		d.downloads++
	}
}

// absent is the answer for what the catalogue does not show.
func absent(id ledger.ID) error { return ledger.Errorf(ledger.NotFound, "there is no dataset %s", id) }

func ignoreNotFound(err error) error {
	var e *ledger.Error
	if errors.As(err, &e) && e.Code == ledger.NotFound {
		return nil
	}
	return err
}
