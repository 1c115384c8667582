package index

import (
	"context"
	"math"
	"slices"
	"sort"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Event reads an event by its identifier, the first that was recorded under it:
// when it was declared wrong, Voided says where. It is NotFound when there is none
// or the viewer may not read it.
func (x *Index) Event(_ context.Context, v Viewer, event string) (*Record, error) {
	var rec *Record
	err := x.view(func(txn *badger.Txn) error {
		seqs, err := x.eventSeqs(txn, event)
		if err != nil || len(seqs) == 0 {
			return err
		}
		rec, err = recordAt(txn, v, seqs[0])
		return err
	})
	return found(rec, err)
}

// At reads the event at a place of the register, or NotFound.
func (x *Index) At(_ context.Context, v Viewer, entry uint64, item int) (*Record, error) {
	if item < 0 || item >= ledger.MaxItems || entry > math.MaxUint64>>itemBits {
		return nil, absent("the event")
	}
	var rec *Record
	err := x.view(func(txn *badger.Txn) (err error) {
		rec, err = recordAt(txn, v, seqOf(entry, item))
		return err
	})
	return found(rec, err)
}

func found(rec *Record, err error) (*Record, error) {
	if err == nil && rec == nil {
		err = absent("the event")
	}
	return rec, err
}

// Known tells a service whether an event is recorded, with which hash, and whether
// it was declared wrong already. It is not for the outside: it answers about
// events of every audience.
func (x *Index) Known(_ context.Context, event string) (hash string, hasError, ok bool, err error) {
	err = x.view(func(txn *badger.Txn) error {
		seqs, err := x.eventSeqs(txn, event)
		if err != nil || len(seqs) == 0 {
			return err
		}
		rec, err := recordAt(txn, Viewer{Operator: true}, seqs[0])
		if err != nil || rec == nil {
			return err
		}
		hash, ok = rec.Fact.Hash, true
		hasError = rec.Voided != nil || rec.Fact.Error != nil || len(seqs) > 1
		return nil
	})
	return hash, hasError, ok, err
}

// Query selects events; what is zero selects all. Bounds in time are From ≤ t <
// Until. Lists mean any of their members.
type Query struct {
	Types   []trace.EventType
	Steps   []string
	IDs     []trace.ID  // things; a product stands for its lots and pieces, a lot for its pieces
	Places  []trace.ID  // read point, business location, or location of a source or destination
	Parties []trace.ID  // sources and destinations
	Orgs    []ledger.ID // organisations that took part, or recorded for one that did

	OnBehalf []ledger.ID // members on whose behalf others recorded

	From, Until                 ledger.Time // event time
	RecordedFrom, RecordedUntil ledger.Time // record time

	Oldest bool // the oldest record first instead of the newest
}

// maxExamined is how many events one call of Events looks at.
const maxExamined = 20_000

// Events lists the events that the viewer may read, in the order of the register
// or against it. next is empty at the end. A page may have fewer than its limit,
// even none, and go on nevertheless: a call looks at a bounded number of events.
func (x *Index) Events(ctx context.Context, v Viewer, q Query, page Page) (list []*Record, next string, err error) {
	kind := byte('N')
	bound := seq(math.MaxUint64)
	if q.Oldest {
		kind, bound = 'E', 0
	}
	from, err := page.from(kind, 8)
	if err != nil {
		return nil, "", err
	}
	err = x.view(func(txn *badger.Txn) error {
		low, high, err := x.recorded(txn, q)
		if err != nil || low >= high {
			return err
		}
		bound = min(max(bound, low), high-1)
		if from != nil {
			r := reader{b: from}
			bound = seq(r.uint64())
		}
		c := q.cursor(txn, bound)
		defer c.close()
		for examined := 0; ; examined++ {
			s, ok, err := c.next()
			if err != nil || !ok || s < low || s >= high {
				return err
			}
			if len(list) >= page.limit() || examined >= maxExamined {
				next = makeToken(kind, be64(uint64(s)))
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			h, ok, err := headerAt(txn, s)
			if err != nil {
				return err
			}
			if !ok || !v.may(h.access) || !q.selectsHeader(&h) {
				continue
			}
			rec, err := h.record(s)
			if err != nil {
				return err
			}
			if q.selects(rec) {
				list = append(list, rec)
			}
		}
	})
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// EventsOf lists the events on an identifier, as Events does.
func (x *Index) EventsOf(ctx context.Context, v Viewer, id trace.ID, page Page) ([]*Record, string, error) {
	return x.Events(ctx, v, Query{IDs: []trace.ID{id}}, page)
}

// cursor goes along what is in one list of each kind that the query names, the list
// that is likely to be the shortest first. Types are left to the headers: there are few.
func (q *Query) cursor(txn *badger.Txn, bound seq) cursor {
	var all []cursor
	add := func(kind byte, hashes []hash) {
		if len(hashes) == 0 {
			return
		}
		terms := make([]term, len(hashes))
		for i, h := range hashes {
			terms[i] = term{kind, h}
		}
		all = append(all, newUnion(txn, terms, bound, !q.Oldest))
	}
	ids := func(list []trace.ID) (hashes []hash) {
		for _, id := range list {
			hashes = append(hashes, hashOf(id.String()))
		}
		return hashes
	}
	orgs := func(list []ledger.ID) (hashes []hash) {
		for _, id := range list {
			hashes = append(hashes, hash(id))
		}
		return hashes
	}
	var steps, types []hash
	for _, step := range q.Steps {
		steps = append(steps, hashOf(step))
	}
	add(termThing, ids(q.IDs))
	add(termBehalf, orgs(q.OnBehalf))
	add(termParty, ids(q.Parties))
	add(termPlace, ids(q.Places))
	add(termStep, steps)
	add(termOrg, orgs(q.Orgs))
	if len(all) == 0 {
		for _, t := range q.Types {
			types = append(types, hashOf(string(t)))
		}
		add(termType, types)
	}
	switch len(all) {
	case 0:
		return newAll(txn, bound, !q.Oldest)
	case 1:
		return all[0]
	}
	return &intersection{cursors: all, heads: make([]seq, len(all)), live: make([]bool, len(all)), descending: !q.Oldest}
}

// recorded turns the bounds in record time into bounds of seqs. Record time never
// goes back along the register, so they are found by bisection.
func (x *Index) recorded(txn *badger.Txn, q Query) (low, high seq, err error) {
	height := x.Height()
	high = seq(math.MaxUint64)
	search := func(t ledger.Time) seq {
		entry := sort.Search(int(height), func(i int) bool {
			c := newAll(txn, seqOf(uint64(i), 0), false)
			defer c.close()
			s, ok, e := c.next()
			if e != nil || !ok {
				return true
			}
			h, _, e := headerAt(txn, s)
			if e != nil {
				err = e
			}
			return h.recorded >= t
		})
		return seqOf(uint64(entry), 0)
	}
	if q.RecordedFrom != 0 {
		low = search(q.RecordedFrom)
	}
	if q.RecordedUntil != 0 {
		high = search(q.RecordedUntil)
	}
	return low, high, err
}

// selectsHeader judges what is known without decoding the fact.
func (q *Query) selectsHeader(h *header) bool {
	return (len(q.Types) == 0 || slices.Contains(q.Types, trace.EventType(h.kind))) &&
		(len(q.Steps) == 0 || slices.Contains(q.Steps, string(h.step))) &&
		(q.From == 0 || h.happened >= q.From) && (q.Until == 0 || h.happened < q.Until) &&
		(q.RecordedFrom == 0 || h.recorded >= q.RecordedFrom) && (q.RecordedUntil == 0 || h.recorded < q.RecordedUntil)
}

// selects judges the rest, also where the posting list has judged it already:
// equal hashes are not equal terms.
func (q *Query) selects(rec *Record) bool {
	f := &rec.Fact
	return anyOf(q.IDs, func(id trace.ID) bool { return concerns(f, id) }) &&
		anyOf(q.Places, func(id trace.ID) bool {
			return optionally(f.ReadPoint, id) || optionally(f.Location, id) || refers(f, id, trace.PartyLocation)
		}) &&
		anyOf(q.Parties, func(id trace.ID) bool { return refers(f, id, "") }) &&
		anyOf(q.Orgs, func(id ledger.ID) bool {
			return rec.Org == id || rec.For == id || slices.Contains(rec.Outcome.Parties, id)
		}) &&
		anyOf(q.OnBehalf, func(m ledger.ID) bool { return rec.Fact.OnBehalf != nil && *rec.Fact.OnBehalf == m })
}

func anyOf[T any](list []T, f func(T) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, f)
}

func optionally(p *trace.ID, id trace.ID) bool { return p != nil && *p == id }

// concerns reports whether the fact is about the thing, a lot or a piece of it.
func concerns(f *trace.Fact, id trace.ID) bool {
	for s := range f.Stocks {
		if s.ID == id || s.ID.Batch() == id || s.ID.Product() == id {
			return true
		}
	}
	return false
}

func refers(f *trace.Fact, id trace.ID, kind string) bool {
	for _, list := range [][]trace.PartyRef{f.From, f.To} {
		for _, p := range list {
			if p.ID == id && (kind == "" || p.Type == kind) {
				return true
			}
		}
	}
	return false
}
