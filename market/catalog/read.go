package catalog

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/words"
)

// Dataset is a dataset with its latest version.
type Dataset struct {
	market.Release
	Org         ledger.ID
	Entry       uint64      // index of the entry that published the version
	Published   ledger.Time // its record time
	About       *market.Description
	First       uint64      // entry of version 1
	FirstSeen   ledger.Time // record time of version 1
	Predecessor uint64      // entry of the version before, for versions above 1
	Changed     uint64      // entry of the latest change of any kind
	ChangedAt   ledger.Time
	Standing    market.Standing
	Judged      *Judgement     // nil while the operator has decided nothing
	Offers      []market.Offer // that were not retracted, also those that have ended
	Downloads   int64
}

// Judgement is the operator's latest decision.
type Judgement struct {
	Version  int             `json:"version"` // that was looked at
	Standing market.Standing `json:"standing"`
	Reason   string          `json:"reason"`
	Time     ledger.Time     `json:"time"`
	Entry    uint64          `json:"entry"`
}

// Version is one version of a dataset.
type Version struct {
	market.Release
	Org       ledger.ID
	Entry     uint64
	Published ledger.Time
	About     *market.Description
}

// Use says what was derived from a version of a dataset.
type Use struct {
	Dataset ledger.ID `json:"dataset"`
	Version int       `json:"version"`
	Of      int       `json:"of"` // the version that it was derived from
}

// Change is a dataset that was published or changed; Gone is set where it is not shown
// any more, and nothing else but Dataset.Release.Dataset, Changed and ChangedAt with it.
type Change struct {
	Dataset
	Gone bool
}

// Readable reports whether everybody may read a payload: it is a file of an open release,
// a description, or the policy of an offer, and its dataset is not delisted.
func (x *Catalog) Readable(cid string) bool {
	ok := false
	if cid == "" {
		return false
	}
	prefix := []byte(heldPrefix + cid)
	err := x.db.View(func(txn *badger.Txn) error {
		return scan(txn, prefix, prefix, func(key, value []byte) (bool, error) {
			if len(key) != len(prefix)+8 { // a CID that begins like this one
				return true, nil
			}
			r, _, err := read[row](txn, named(datasetPrefix, ledger.ID(value)))
			ok = err == nil && r.Standing != market.Delisted
			return !ok, err
		})
	})
	return ok && err == nil
}

// Dataset returns a dataset's latest version; NotFound also when it is delisted.
func (x *Catalog) Dataset(ctx context.Context, id ledger.ID) (Dataset, error) {
	d, err := x.Known(ctx, id)
	if err == nil && d.Standing == market.Delisted {
		return Dataset{}, absent(id)
	}
	return d, err
}

// Known returns a dataset's latest version also when it is delisted: for its provider, for
// those who have an agreement about it and for the operator.
func (x *Catalog) Known(ctx context.Context, id ledger.ID) (Dataset, error) {
	l, err := x.stock(id)
	if err != nil {
		return Dataset{}, err
	}
	d := l.dataset()
	d.About = x.about(ctx, id, d.Description)
	x.mu.RLock()
	if i := x.byID[id]; i != nil {
		d.Downloads = i.downloads
	}
	x.mu.RUnlock()
	return d, nil
}

func (l *listed) dataset() Dataset {
	r := &l.row
	return Dataset{
		Release: l.release.Release, Org: r.Org, Entry: r.Entry, Published: l.release.Time, First: r.First, FirstSeen: r.FirstAt, Predecessor: r.Before,
		Changed: r.Changed, ChangedAt: r.ChangedAt, Standing: r.Standing, Judged: r.Judged, Offers: r.Offers,
	}
}

// stock reads what is on disk about a dataset.
func (x *Catalog) stock(id ledger.ID) (l listed, err error) {
	l.id = id
	err = x.db.View(func(txn *badger.Txn) error {
		var ok bool
		if l.row, ok, err = read[row](txn, named(datasetPrefix, id)); err != nil {
			return err
		}
		if !ok || l.row.First == 0 {
			return absent(id)
		}
		l.release, _, err = read[released](txn, numbered(releasePrefix, l.row.Entry))
		return err
	})
	return l, err
}

// Version returns one version of a dataset, or NotFound.
func (x *Catalog) Version(ctx context.Context, id ledger.ID, version int) (Version, error) {
	list, err := x.Versions(ctx, id, version+1, 1)
	if err != nil {
		return Version{}, err
	}
	if len(list) == 0 || list[0].Version != version {
		return Version{}, ledger.Errorf(ledger.NotFound, "there is no version %d of dataset %s", version, id)
	}
	return list[0], nil
}

// Versions lists up to n versions of a dataset, the latest first, from the one before
// another on; 0 is before none.
func (x *Catalog) Versions(ctx context.Context, id ledger.ID, before, n int) ([]Version, error) {
	if _, err := x.stock(id); err != nil {
		return nil, err
	}
	var list []Version
	prefix := named(versionPrefix, id)
	err := x.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
		defer it.Close()
		from := append(slices.Clone(prefix), 0xff, 0xff, 0xff, 0xff)
		if before > 0 {
			from = versionKey(id, before-1)
		}
		for it.Seek(from); it.Valid() && len(list) < n; it.Next() {
			b, err := it.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			entry := binary.BigEndian.Uint64(b)
			r, _, err := read[released](txn, numbered(releasePrefix, entry))
			if err != nil {
				return err
			}
			list = append(list, Version{Release: r.Release, Org: r.Org, Entry: entry, Published: r.Time})
		}
		return nil
	})
	for i := range list {
		list[i].About = x.about(ctx, id, list[i].Description)
	}
	return list, err
}

// maxUses bounds what is told of a dataset that much is derived from.
const maxUses = 1000

// Uses lists what was derived from a dataset, the oldest first, but for what is delisted.
func (x *Catalog) Uses(_ context.Context, id ledger.ID) (list []Use, err error) {
	prefix := named(usePrefix, id)
	err = x.db.View(func(txn *badger.Txn) error {
		return scan(txn, prefix, prefix, func(_, value []byte) (bool, error) {
			var u Use
			if err := json.Unmarshal(value, &u); err != nil {
				return false, err
			}
			r, _, err := read[row](txn, named(datasetPrefix, u.Dataset))
			if err == nil && r.Standing != market.Delisted {
				list = append(list, u)
			}
			return len(list) < maxUses, err
		})
	})
	return list, err
}

// Published lists up to n datasets in the order of first publication, from the one after
// entry on, which is First of the last one seen. Each is listed once, whatever changes
// meanwhile. Delisted ones are left out.
func (x *Catalog) Published(ctx context.Context, after uint64, n int) (list []Dataset, err error) {
	for len(list) < n {
		part := x.firstAfter(after, n-len(list))
		if len(part) == 0 {
			break
		}
		for _, d := range part {
			after = d.entry
			one, err := x.Dataset(ctx, d.id)
			if ignoreNotFound(err) != nil {
				return nil, err
			}
			if err == nil {
				list = append(list, one)
			}
		}
	}
	return list, nil
}

type at struct {
	entry uint64
	id    ledger.ID
}

func (x *Catalog) firstAfter(entry uint64, n int) (list []at) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	i := sort.Search(len(x.items), func(i int) bool { return x.items[i].first > entry })
	for _, d := range x.items[i:min(i+n, len(x.items))] {
		list = append(list, at{d.first, d.id})
	}
	return list
}

// Changes lists up to n datasets in the order of their latest change, from the one after
// entry on, which is Changed of the last one seen. Whoever goes on from there has every
// dataset as it is now, each once unless it changed in between.
func (x *Catalog) Changes(ctx context.Context, since uint64, n int) (list []Change, err error) {
	for _, c := range x.changedAfter(since, n) {
		d, err := x.Known(ctx, c.id)
		if err != nil {
			return nil, err
		}
		if d.Standing == market.Delisted {
			gone := Dataset{Changed: d.Changed, ChangedAt: d.ChangedAt, Org: d.Org}
			gone.Release.Dataset = c.id
			list = append(list, Change{gone, true})
			continue
		}
		list = append(list, Change{Dataset: d})
	}
	// One that changed since it was looked up is further down now.
	slices.SortFunc(list, func(a, b Change) int { return cmp.Compare(a.Changed, b.Changed) })
	return list, nil
}

func (x *Catalog) changedAfter(entry uint64, n int) (list []at) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	i := sort.Search(len(x.changes), func(i int) bool { return x.changes[i].entry > entry })
	for ; i < len(x.changes) && len(list) < n; i++ {
		if d := x.items[x.changes[i].item]; d.changed == x.changes[i].entry {
			list = append(list, at{d.changed, d.id})
		}
	}
	return list
}

// Of lists the datasets of an organisation, also those that are delisted, in the order of
// first publication.
func (x *Catalog) Of(ctx context.Context, org ledger.ID) (list []Dataset, err error) {
	x.mu.RLock()
	var ids []ledger.ID
	for _, d := range x.items {
		if d.org == org {
			ids = append(ids, d.id)
		}
	}
	x.mu.RUnlock()
	for _, id := range ids {
		d, err := x.Known(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// Reread looks once more for a description, of which the catalogue would not notice by
// itself at once that it has been erased or has come.
func (x *Catalog) Reread(ctx context.Context, cid string) error {
	var ids []ledger.ID
	x.mu.RLock()
	for _, d := range x.items {
		if d.description == cid {
			ids = append(ids, d.id)
		}
	}
	x.mu.RUnlock()
	return x.reread(ctx, ids)
}

func (x *Catalog) reread(ctx context.Context, ids []ledger.ID) error {
	list := make([]listed, len(ids))
	for i, id := range ids {
		var err error
		if list[i], err = x.stock(id); err != nil {
			return err
		}
	}
	return x.list(ctx, list)
}

// How often, and of how many datasets at once, what was not here is looked for.
const (
	retryAfter = 10 * time.Second
	retryMost  = 100
)

// retry looks for descriptions that were not here when they were needed.
func (x *Catalog) retry(ctx context.Context) error {
	now := x.config.Now()
	x.mu.Lock()
	var ids []ledger.ID
	if now.Sub(x.retried) >= retryAfter {
		x.retried = now
		for id := range x.wordless { // any of them
			if ids = append(ids, id); len(ids) == retryMost {
				break
			}
		}
	}
	x.mu.Unlock()
	return x.reread(ctx, ids)
}

// publishers are what organisations are called who published something.
func (x *Catalog) publishers(ctx context.Context) map[ledger.ID][]words.Word {
	x.mu.RLock()
	orgs := x.orgs // only appended to
	x.mu.RUnlock()
	return x.names.Of(ctx, x.config.Now(), orgs, x.config.Publisher)
}

// sourceOf is the dataset and the version that a source names.
func sourceOf(src market.Source) (id ledger.ID, version int, ok bool) {
	if src.Kind != market.FromDataset {
		return id, 0, false
	}
	name, number, _ := strings.Cut(src.Ref, "/")
	id, err := ledger.ParseID(name)
	version, err2 := strconv.Atoi(number)
	return id, version, errors.Join(err, err2) == nil
}
