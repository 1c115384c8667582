// Package catalog is the read model of the data market: datasets, their versions
// and who may read their files. It is built from the ordered entries and can be
// dropped at any time: Run builds it anew.
package catalog

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Config says where the catalogue is and how it reads payloads.
type Config struct {
	Dir     string
	Payload func(ctx context.Context, cid string) ([]byte, error) // NotFound when it is erased or not here
}

// Dataset is a dataset with its latest version.
type Dataset struct {
	market.Release
	Org         ledger.ID
	Entry       uint64      // index of the entry that published the version
	Published   ledger.Time // its record time
	About       *market.Description
	FirstSeen   ledger.Time // record time of version 1
	Predecessor uint64      // entry of the version before, for versions above 1
	Standing    market.Standing
	Judged      *Judgement     // nil while the operator has decided nothing
	Offers      []market.Offer // that were not retracted, also those that have ended
}

// Judgement is the operator's latest decision.
type Judgement struct {
	Version  int             `json:"version"` // that was looked at
	Standing market.Standing `json:"standing"`
	Reason   string          `json:"reason"`
	Time     ledger.Time     `json:"time"`
	Entry    uint64          `json:"entry"`
}

// Catalog is the read model. Reads are safe beside one Run.
type Catalog struct {
	db      *badger.DB
	payload func(ctx context.Context, cid string) ([]byte, error)

	mu       sync.RWMutex
	height   uint64
	datasets map[ledger.ID]*Dataset
	order    []ledger.ID
	readable map[string][]ledger.ID // datasets by what everybody may read of them
	advanced chan struct{}
}

// Keys of the database: the height with the register that it belongs to, and one
// record a version or a decision of the operator.
const (
	heightKey     = "h"
	releasePrefix = "r" // + entry index, big-endian
)

type stored struct {
	Release  market.Release  `json:"release"` // its Dataset alone of anything but a version
	Org      ledger.ID       `json:"org"`
	Time     ledger.Time     `json:"time"`
	Standing market.Standing `json:"standing,omitempty"`
	Judged   *Judgement      `json:"judged,omitempty"`
	Offer    *market.Offer   `json:"offer,omitempty"`
	Retract  ledger.ID       `json:"retract,omitzero"`
}

// Open opens or creates the catalogue in a folder.
func Open(c Config) (*Catalog, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	db, err := badger.Open(options(c.Dir))
	if err != nil {
		return nil, fmt.Errorf("catalogue in %s: %w", c.Dir, err)
	}
	x := &Catalog{db: db, payload: c.Payload, advanced: make(chan struct{})}
	x.reset()
	if err := x.load(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return x, nil
}

func options(dir string) badger.Options {
	return badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(8 << 20).WithBlockCacheSize(1 << 20).WithIndexCacheSize(1 << 20).WithValueLogFileSize(16 << 20).WithNumVersionsToKeep(1)
}

func (x *Catalog) reset() {
	x.height, x.order = 0, nil
	x.datasets, x.readable = map[ledger.ID]*Dataset{}, map[string][]ledger.ID{}
}

// Close lets go of the folder. Run must have returned.
func (x *Catalog) Close() error { return x.db.Close() }

func (x *Catalog) load() error {
	return x.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(releasePrefix), PrefetchValues: true, PrefetchSize: 100})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			var s stored
			if err := it.Item().Value(func(b []byte) error { return json.Unmarshal(b, &s) }); err != nil {
				return err
			}
			x.add(binary.BigEndian.Uint64(it.Item().Key()[1:]), s)
		}
		return nil
	})
}

func (x *Catalog) add(entry uint64, s stored) {
	before := x.datasets[s.Release.Dataset]
	if before != nil && before.Entry >= entry {
		return // written before a crash, and the height that goes with it was not
	}
	if s.Release.Version == 0 {
		x.datasets[s.Release.Dataset] = before.after(s)
		if s.Offer != nil {
			x.open(s.Release.Dataset, s.Offer.Policy)
		}
		return
	}
	d := &Dataset{Release: s.Release, Org: s.Org, Entry: entry, Published: s.Time, FirstSeen: s.Time, Standing: s.Standing}
	if before != nil {
		d.FirstSeen, d.Predecessor, d.Judged, d.Offers = before.FirstSeen, before.Entry, before.Judged, before.Offers
	} else {
		x.order = append(x.order, s.Release.Dataset)
	}
	x.datasets[s.Release.Dataset] = d
	x.open(d.Release.Dataset, s.Release.Description)
	for _, f := range s.Release.Files {
		if f.Sealed == nil {
			x.open(d.Release.Dataset, f.CID)
		}
	}
}

// after is a dataset after something that is no version of it.
func (d *Dataset) after(s stored) *Dataset {
	next := *d
	gone := s.Retract
	if s.Judged != nil {
		next.Standing, next.Judged = s.Standing, s.Judged
	}
	if s.Offer != nil {
		gone = s.Offer.ID
	}
	next.Offers = slices.DeleteFunc(slices.Clone(d.Offers), func(o market.Offer) bool { return o.ID == gone })
	if s.Offer != nil {
		next.Offers = append(next.Offers, *s.Offer)
	}
	return &next
}

func (x *Catalog) open(dataset ledger.ID, cid string) {
	if !slices.Contains(x.readable[cid], dataset) {
		x.readable[cid] = append(x.readable[cid], dataset)
	}
}

// Run follows the ledger until the context ends. A catalogue of another register,
// or one that is ahead of the ledger, is built anew.
func (x *Catalog) Run(ctx context.Context, r ledger.Reader) error {
	register := r.Genesis().Register()
	height, err := x.stored(register)
	if err != nil {
		return err
	}
	if height > r.Size() || height == 0 {
		if err := x.db.DropAll(); err != nil {
			return err
		}
		x.mu.Lock()
		x.reset()
		x.mu.Unlock()
		height = 0
	}
	x.advance(height)
	return ledger.Follow(ctx, r, height, func(entries []*ledger.Entry) error { return x.apply(register, entries) })
}

func (x *Catalog) stored(register ledger.Hash) (height uint64, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(heightKey))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return item.Value(func(b []byte) error {
			if len(b) == 40 && ledger.Hash(b[:32]) == register {
				height = binary.BigEndian.Uint64(b[32:])
			}
			return nil
		})
	})
	return height, err
}

func (x *Catalog) apply(register ledger.Hash, entries []*ledger.Entry) error {
	last := entries[len(entries)-1]
	found := map[uint64]stored{}
	batch := x.db.NewWriteBatch()
	defer batch.Cancel()
	for _, e := range entries {
		if e.Tx.Header.Contract != market.DatasetContract {
			continue
		}
		s, ok, err := storedOf(e)
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Index, err)
		}
		if !ok {
			continue
		}
		b, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := batch.Set(binary.BigEndian.AppendUint64([]byte(releasePrefix), e.Index), b); err != nil {
			return err
		}
		found[e.Index] = s
	}
	height := binary.BigEndian.AppendUint64(register[:], last.Index+1)
	if err := batch.Set([]byte(heightKey), height); err != nil {
		return err
	}
	if err := batch.Flush(); err != nil {
		return err
	}
	x.mu.Lock()
	for _, e := range entries {
		if s, ok := found[e.Index]; ok {
			x.add(e.Index, s)
		}
	}
	x.mu.Unlock()
	x.advance(last.Index + 1)
	return nil
}

// storedOf is what an entry says of a dataset; ok is false where that is nothing that
// a catalogue shows.
func storedOf(e *ledger.Entry) (s stored, ok bool, err error) {
	var out market.Outcome
	if err := json.Unmarshal(e.Outcome, &out); err != nil {
		return s, false, err
	}
	s = stored{Org: out.Org, Time: e.Time, Standing: out.Standing}
	item := e.Tx.Items[0].Data
	switch e.Tx.Header.Action {
	case market.ActionPublish:
		err = json.Unmarshal(item, &s.Release)
		return s, true, err
	case market.ActionModerate:
		var m market.Moderation
		err = json.Unmarshal(item, &m)
		s.Judged = &Judgement{Version: m.Version, Standing: m.Standing, Reason: m.Reason, Time: e.Time, Entry: e.Index}
	case market.ActionOffer:
		s.Offer = new(market.Offer)
		err = json.Unmarshal(item, s.Offer)
	case market.ActionRetract:
		var r market.Retraction
		err = json.Unmarshal(item, &r)
		s.Retract = r.Offer
	default:
		return s, false, nil
	}
	s.Release.Dataset = out.Dataset
	return s, true, err
}

func (x *Catalog) advance(height uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.height = height
	close(x.advanced)
	x.advanced = make(chan struct{})
}

// Height is the number of entries applied.
func (x *Catalog) Height() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.height
}

// Wait returns when Height is at least height, or with the context's error.
func (x *Catalog) Wait(ctx context.Context, height uint64) error {
	for {
		x.mu.RLock()
		now, advanced := x.height, x.advanced
		x.mu.RUnlock()
		if now >= height {
			return nil
		}
		select {
		case <-advanced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Readable reports whether everybody may read a payload because a dataset holds
// it.
func (x *Catalog) Readable(cid string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.ContainsFunc(x.readable[cid], func(id ledger.ID) bool { return x.datasets[id].Standing != market.Delisted })
}

// Dataset returns a dataset's latest version; NotFound also when it is delisted.
func (x *Catalog) Dataset(ctx context.Context, id ledger.ID) (Dataset, error) {
	d, err := x.Known(ctx, id)
	if err == nil && d.Standing == market.Delisted {
		return Dataset{}, absent(id)
	}
	return d, err
}

// Known returns a dataset's latest version also when it is delisted: for its provider
// and for the operator.
func (x *Catalog) Known(ctx context.Context, id ledger.ID) (Dataset, error) {
	x.mu.RLock()
	d := x.datasets[id]
	x.mu.RUnlock()
	if d == nil {
		return Dataset{}, absent(id)
	}
	return x.described(ctx, *d)
}

func absent(id ledger.ID) error {
	return ledger.Errorf(ledger.NotFound, "there is no dataset %s", id)
}

// Of lists the datasets of an organisation, also those that are delisted, in the order of
// first publication.
func (x *Catalog) Of(ctx context.Context, org ledger.ID) (list []Dataset, err error) {
	x.mu.RLock()
	for _, id := range x.order {
		if d := x.datasets[id]; d.Org == org {
			list = append(list, *d)
		}
	}
	x.mu.RUnlock()
	for i := range list {
		if list[i], err = x.described(ctx, list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Datasets lists every dataset, the latest published first.
func (x *Catalog) Datasets(ctx context.Context) ([]Dataset, error) {
	x.mu.RLock()
	all := make([]Dataset, 0, len(x.order))
	for _, id := range x.order {
		if d := x.datasets[id]; d.Standing != market.Delisted {
			all = append(all, *d)
		}
	}
	x.mu.RUnlock()
	slices.SortFunc(all, func(a, b Dataset) int { return int(b.Entry) - int(a.Entry) })
	for i := range all {
		d, err := x.described(ctx, all[i])
		if err != nil {
			return nil, err
		}
		all[i] = d
	}
	return all, nil
}

// described reads the words about a dataset; a description that is not here is
// left out and logged.
func (x *Catalog) described(ctx context.Context, d Dataset) (Dataset, error) {
	b, err := x.payload(ctx, d.Description)
	if err != nil {
		if ledger.CodeOf(err) != ledger.NotFound {
			return d, err
		}
		slog.WarnContext(ctx, "the description of a dataset is not here", "dataset", d.Release.Dataset, "cid", d.Description)
		return d, nil
	}
	var about market.Description
	if err := json.Unmarshal(b, &about); err != nil {
		slog.WarnContext(ctx, "the description of a dataset cannot be read", "dataset", d.Release.Dataset, "cid", d.Description, "error", err)
		return d, nil
	}
	d.About = &about
	return d, nil
}
