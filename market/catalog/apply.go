package catalog

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/market"
)

// applying is a batch of entries on its way to the disk.
type applying struct {
	catalog  *Catalog
	batch    *badger.WriteBatch
	rows     map[ledger.ID]*row
	releases map[uint64]released
	changed  []ledger.ID // in the order of the first change
}

// apply writes what entries change and shows it then. Entries that were applied before
// a crash, and whose height was not written, are applied once more: whatever is set is
// set to the same.
func (x *Catalog) apply(ctx context.Context, register ledger.Hash, entries []*ledger.Entry) error {
	a := &applying{catalog: x, batch: x.db.NewWriteBatch(), rows: map[ledger.ID]*row{}, releases: map[uint64]released{}}
	defer a.batch.Cancel()
	for _, e := range entries {
		if e.Tx.Header.Contract != market.DatasetContract {
			continue
		}
		if err := a.entry(e); err != nil {
			return fmt.Errorf("entry %d: %w", e.Index, err)
		}
	}
	for _, id := range a.changed {
		if err := a.set(named(datasetPrefix, id), a.rows[id]); err != nil {
			return err
		}
	}
	height := entries[len(entries)-1].Index + 1
	if err := a.batch.Set([]byte(heightKey), disk.AppendHeight(nil, register, height)); err != nil {
		return err
	}
	if err := a.batch.Flush(); err != nil {
		return err
	}
	if err := a.show(ctx); err != nil {
		return err
	}
	x.progress.Advance(height)
	return nil
}

func (a *applying) entry(e *ledger.Entry) error {
	var out market.Outcome
	if err := json.Unmarshal(e.Outcome, &out); err != nil {
		return err
	}
	item := e.Tx.Items[0].Data
	switch e.Tx.Header.Action {
	case market.ActionPublish:
		s := released{Org: out.Org, Time: e.Time}
		if err := json.Unmarshal(item, &s.Release); err != nil {
			return err
		}
		return a.publish(e, s, out.Standing)
	case market.ActionOffer:
		var o market.Offer
		if err := json.Unmarshal(item, &o); err != nil {
			return err
		}
		r, err := a.row(o.Dataset, e)
		if err != nil {
			return err
		}
		r.offer(o)
		return a.batch.Set(heldKey(o.Policy, e.Index), o.Dataset[:])
	case market.ActionGrant:
		var g market.Grant
		if err := json.Unmarshal(item, &g); err != nil {
			return err
		}
		return a.grant(g)
	case market.ActionRetract:
		var o market.Retraction
		if err := json.Unmarshal(item, &o); err != nil {
			return err
		}
		r, err := a.row(out.Dataset, e)
		if err != nil {
			return err
		}
		r.retract(o.Offer)
	case market.ActionModerate:
		var m market.Moderation
		if err := json.Unmarshal(item, &m); err != nil {
			return err
		}
		r, err := a.row(m.Dataset, e)
		if err != nil {
			return err
		}
		r.Standing = out.Standing
		r.Judged = &Judgement{Version: m.Version, Standing: m.Standing, Reason: m.Reason, Time: e.Time, Entry: e.Index}
	}
	return nil // what else the contract knows is not in a catalogue
}

func (a *applying) publish(e *ledger.Entry, s released, standing market.Standing) error {
	r := s.Release
	d, err := a.row(r.Dataset, e)
	if err != nil {
		return err
	}
	switch {
	case d.First == 0:
		d.Org, d.First, d.FirstAt = s.Org, e.Index, e.Time
	case d.Entry < e.Index:
		d.Before = d.Entry
	}
	d.Entry, d.Standing = max(d.Entry, e.Index), standing
	a.releases[e.Index] = s
	if err := errors.Join(
		a.set(numbered(releasePrefix, e.Index), s),
		a.batch.Set(versionKey(r.Dataset, r.Version), binary.BigEndian.AppendUint64(nil, e.Index)),
		a.batch.Set(heldKey(r.Description, e.Index), r.Dataset[:]),
	); err != nil {
		return err
	}
	if r.Access == market.Open {
		for _, f := range r.Files {
			if err := a.batch.Set(heldKey(f.CID, e.Index), r.Dataset[:]); err != nil {
				return err
			}
		}
	}
	for _, src := range r.From {
		from, version, ok := sourceOf(src)
		if !ok {
			continue
		}
		use := Use{Dataset: r.Dataset, Version: r.Version, Of: version}
		if err := a.set(append(named(usePrefix, from), numbered("", e.Index)...), use); err != nil {
			return err
		}
	}
	return nil
}

// row is the row of a dataset that an entry changes.
func (a *applying) row(id ledger.ID, e *ledger.Entry) (*row, error) {
	r := a.rows[id]
	if r == nil {
		r = new(row)
		b, err := a.catalog.db.Get(named(datasetPrefix, id))
		if err == nil && b != nil {
			err = json.Unmarshal(b, r)
		}
		if err != nil {
			return nil, err
		}
		a.rows[id] = r
		a.changed = append(a.changed, id)
	}
	if e.Index >= r.Changed {
		r.Changed, r.ChangedAt = e.Index, e.Time
	}
	return r, nil
}

func (a *applying) set(key []byte, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return a.batch.Set(key, b)
}

// show puts what changed among what is searched.
func (a *applying) show(ctx context.Context) error {
	list := make([]listed, 0, len(a.changed))
	for _, id := range a.changed {
		r := a.rows[id]
		if r.First == 0 {
			continue // of a dataset that has no version, which the contract refuses
		}
		s, ok := a.releases[r.Entry]
		if !ok {
			b, err := a.catalog.db.Get(numbered(releasePrefix, r.Entry))
			if err == nil {
				err = json.Unmarshal(b, &s)
			}
			if err != nil {
				return err
			}
		}
		list = append(list, listed{id: id, row: *r, release: s})
	}
	return a.catalog.list(ctx, list)
}

// listed is a dataset on its way to the shelf, with the words about it.
type listed struct {
	id      ledger.ID
	row     row
	release released
	about   *market.Description
}

// list reads the words about datasets and puts all on the shelf.
func (x *Catalog) list(ctx context.Context, list []listed) error {
	inParallel(len(list), func(i int) { list[i].about = x.about(ctx, list[i].id, list[i].release.Release.Description) })
	if err := ctx.Err(); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	before := len(x.changes)
	for i := range list {
		x.put(&list[i])
	}
	x.order(before)
	return nil
}

// about reads a description. One that is not here, or cannot be read, is left out.
func (x *Catalog) about(ctx context.Context, id ledger.ID, cid string) *market.Description {
	b, err := x.config.Payload(ctx, cid)
	if err != nil {
		if ctx.Err() == nil {
			slog.DebugContext(ctx, "the description of a dataset is not here", "dataset", id, "cid", cid, "error", err)
		}
		return nil
	}
	about := new(market.Description)
	if err := json.Unmarshal(b, about); err != nil {
		slog.DebugContext(ctx, "the description of a dataset cannot be read", "dataset", id, "cid", cid, "error", err)
		return nil
	}
	return about
}

// loadAt is how many datasets are put on the shelf at once when Run begins.
const loadAt = 2048

// load puts everything on the shelf that is on disk, in the order of first publication.
func (x *Catalog) load(ctx context.Context) error {
	downloads, err := x.config.Downloads(ctx)
	if err != nil {
		return err
	}
	x.mu.Lock()
	x.loaded = downloads
	x.mu.Unlock()
	all, err := x.stocked()
	if err != nil {
		return err
	}
	for len(all) > 0 {
		part := all[:min(loadAt, len(all))]
		all = all[len(part):]
		failed := make([]error, len(part))
		inParallel(len(part), func(i int) {
			b, err := x.db.Get(numbered(releasePrefix, part[i].row.Entry))
			failed[i] = errors.Join(err, json.Unmarshal(b, &part[i].release))
		})
		if err := errors.Join(failed...); err != nil {
			return err
		}
		if err := x.list(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// stocked are the rows of all datasets, in the order of first publication.
func (x *Catalog) stocked() (all []listed, err error) {
	prefix := []byte(datasetPrefix)
	err = x.db.View(func(txn *badger.Txn) error {
		return scan(txn, prefix, prefix, func(key, value []byte) (bool, error) {
			l := listed{id: ledger.ID(key[len(prefix):])}
			err := json.Unmarshal(value, &l.row)
			all = append(all, l)
			return true, err
		})
	})
	all = slices.DeleteFunc(all, func(l listed) bool { return l.row.First == 0 })
	slices.SortFunc(all, func(a, b listed) int { return cmp.Compare(a.row.First, b.row.First) })
	return all, err
}

// inParallel calls f for 0 to n-1 on all processors.
func inParallel(n int, f func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	group.Wait()
}
