package index

import (
	"context"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// maxFlagged is how many flagged things one call looks at.
const maxFlagged = 10_000

// FlaggedHoldings lists what has flags of what an organisation has, is sent or sent: what
// was harvested within a pre-harvest interval has one.
// Another viewer sees none.
func (x *Index) FlaggedHoldings(_ context.Context, v Viewer, org ledger.ID) (list []Holding, err error) {
	if !v.is(org) {
		return nil, nil
	}
	prefix := key('H', []byte{'f'}, org[:])
	seen := map[trace.ID]bool{}
	err = x.view(func(txn *badger.Txn) error {
		for _, id := range x.early.all() {
			unit := unitOf(id)
			if seen[unit] {
				continue
			}
			seen[unit] = true
			if list, err = x.appendHolding(txn, list, org, unit); err != nil {
				return err
			}
		}
		examined := 0
		return scan(txn, prefix, nil, func(_, value []byte) (bool, error) {
			examined++
			id, err := trace.ParseID(string(value))
			if err != nil {
				return false, corrupt(err)
			}
			unit := unitOf(id)
			if seen[unit] {
				return true, nil
			}
			rows, err := x.flagRows(txn, hashOf(id.String()))
			if err != nil || len(rows) == 0 {
				return examined < maxFlagged, err
			}
			seen[unit] = true
			list, err = x.appendHolding(txn, list, org, unit)
			return examined < maxFlagged, err
		})
	})
	return newestFirst(list), err
}

// appendHolding adds the first way in which an organisation has to do with a unit.
func (x *Index) appendHolding(txn *badger.Txn, list []Holding, org ledger.ID, unit trace.ID) ([]Holding, error) {
	for _, w := range ways {
		one, ok, err := x.holding(txn, org, w, unit)
		if err != nil {
			return list, err
		}
		if ok {
			return append(list, one), nil
		}
	}
	return list, nil
}

func newestFirst(list []Holding) []Holding {
	slices.SortStableFunc(list, func(a, b Holding) int {
		return int(int64(seqOf(b.Event.Entry, b.Event.Item)) - int64(seqOf(a.Event.Entry, a.Event.Item)))
	})
	return list
}

// maxRecalled is how many things below recalls one call of RecalledHoldings looks at.
const maxRecalled = 50_000

// RecalledHoldings lists what a recall in force reaches of what an organisation has,
// is sent or sent; cut is set when there may be more. Another viewer sees none.
func (x *Index) RecalledHoldings(ctx context.Context, v Viewer, org ledger.ID) (list []Holding, cut bool, err error) {
	recalls := x.RecallsInForce()
	if !v.is(org) || len(recalls) == 0 {
		return nil, false, nil
	}
	err = x.view(func(txn *badger.Txn) error {
		seen := map[trace.ID]bool{}
		var queue []trace.ID
		push := func(id trace.ID) {
			if !seen[id] {
				seen[id] = true
				queue = append(queue, id)
			}
		}
		for _, r := range recalls {
			push(r.Target)
			lots, err := lotsOf(txn, r.Target, maxRecalled)
			if err != nil {
				return err
			}
			for _, lot := range lots {
				push(lot)
			}
		}
		listed := map[trace.ID]bool{}
		for i := 0; i < len(queue); i++ {
			if i == maxRecalled {
				cut = true
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			id := queue[i]
			if unit := unitOf(id); !listed[unit] {
				listed[unit] = true
				var err error
				if list, err = x.appendHolding(txn, list, org, unit); err != nil {
					return err
				}
			}
			var failed error
			err := x.adjacency(txn, down, hashOf(id.String()), func(e *edge) {
				child, err := trace.ParseID(e.other)
				if err != nil {
					failed = corrupt(err)
					return
				}
				push(child)
			})
			if err == nil {
				err = failed
			}
			if err != nil {
				return err
			}
			if unit := unitOf(id); unit == id && id.Lot() != "" {
				if err := piecesBelow(txn, id, push); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return newestFirst(list), cut, err
}

// makingsSeen is how many of a lot's events are looked at for those that made pieces.
const makingsSeen = 32

// piecesBelow yields the pieces that the first events of a lot made of it.
func piecesBelow(txn *badger.Txn, lot trace.ID, yield func(trace.ID)) error {
	c := newPostings(txn, term{termThing, hashOf(lot.String())}, 0, false)
	defer c.close()
	for range makingsSeen {
		s, ok, err := c.next()
		if err != nil || !ok {
			return err
		}
		h, ok, err := headerAt(txn, s)
		if err != nil {
			return err
		}
		if !ok || string(h.kind) != string(trace.TransformationEvent) && string(h.step) != trace.StepCommissioning {
			continue
		}
		rec, err := h.record(s)
		if err != nil {
			return err
		}
		for _, made := range append(slices.Clone(rec.Fact.Outputs), rec.Fact.Objects...) {
			if made.ID != lot && unitOf(made.ID) == lot {
				yield(made.ID)
			}
		}
	}
	return nil
}

// lotsOf are the lots of a product, at most so many.
func lotsOf(txn *badger.Txn, product trace.ID, most int) (list []trace.ID, err error) {
	if product != product.Product() {
		return nil, nil
	}
	h := hashOf(product.String())
	err = scan(txn, key('n', h[:]), nil, func(_, v []byte) (bool, error) {
		lots, err := unpackLots(v)
		for _, lot := range lots {
			list = append(list, lot.id)
		}
		return len(list) < most, err
	})
	return list, err
}
