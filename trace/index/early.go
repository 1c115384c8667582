package index

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Early is that a batch, or something that it was made of or contains, was harvested
// within a pre-harvest interval.
type Early struct {
	trace.Early
	On []trace.ID // everything that was, the nearest first
	// Cleared are the laboratory results of after the harvest, when nothing is left
	// in doubt: then it may be declared safe. Otherwise there are none.
	Cleared []Certificate
}

// earlyRow is a lot or a piece that was harvested early: the latest flag that an
// outcome told of it.
type earlyRow struct {
	Flag trace.Flag `json:"flag"`
	Seq  seq        `json:"seq"`
}

func earlyKey(id trace.ID) []byte { return hashed('y', id) }

// earlySet holds what was harvested early. There is little of it, so that all is in
// memory, as recalls are.
type earlySet struct {
	mu sync.RWMutex
	of map[trace.ID]earlyRow
}

func (s *earlySet) load(txn *badger.Txn) error {
	of := map[trace.ID]earlyRow{}
	err := scan(txn, []byte{'y'}, nil, func(_, v []byte) (bool, error) {
		var row earlyRow
		if err := json.Unmarshal(v, &row); err != nil {
			return false, corrupt(err)
		}
		of[row.Flag.ID] = row
		return true, nil
	})
	s.mu.Lock()
	s.of = of
	s.mu.Unlock()
	return err
}

func (s *earlySet) add(news []earlyRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range news {
		if row.Flag.Kind == trace.FlagInterval {
			s.of[row.Flag.ID] = row
		} else {
			delete(s.of, row.Flag.ID)
		}
	}
}

func (s *earlySet) get(id trace.ID) (earlyRow, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	row, ok := s.of[id]
	return row, ok
}

// all are the things that were harvested early, in no order.
func (s *earlySet) all() []trace.ID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Keys(s.of))
}

func (s *earlySet) none() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.of) == 0
}

// interval notes what an outcome told of a thing. It holds until another does.
func (b *batch) interval(f trace.Flag, s seq) error {
	row := earlyRow{f, s}
	b.early = append(b.early, row)
	b.touch(DepEvents(f.ID))
	if f.Kind == trace.FlagInterval {
		return b.putRow(earlyKey(f.ID), row)
	}
	return b.delete(earlyKey(f.ID))
}

// earlyOf says what holds of a thing that ids are behind, itself among them; nil
// when nothing of that was harvested early.
func (x *Index) earlyOf(txn *badger.Txn, id trace.ID, ids []trace.ID) (*Early, error) {
	if x.early.none() {
		return nil, nil
	}
	out := &Early{}
	things := map[string]trace.Behind{}
	for _, one := range ids {
		row, ok := x.early.get(one)
		if !ok {
			continue
		}
		out.On = append(out.On, one)
		things[one.String()] = trace.Behind{Early: &trace.Early{Of: one, Harvested: row.Flag.Harvested, Safe: row.Flag.Safe}}
	}
	if len(out.On) == 0 {
		return nil, nil
	}
	results := map[trace.ID][]Certificate{}
	for _, one := range ids {
		at := things[one.String()]
		for _, same := range aliases(one)[1:] {
			at.From = append(at.From, same.String())
		}
		if err := x.parents(txn, one, func(parent trace.ID, left bool) {
			if !left {
				at.From = append(at.From, parent.String())
			}
		}); err != nil {
			return nil, err
		}
		list, err := x.certificates(txn, []string{one.String()})
		if err != nil {
			return nil, err
		}
		standing := slices.DeleteFunc(list, func(c Certificate) bool {
			return c.Scheme != trace.SchemeLaboratory || !c.RevokedAt.IsZero() || !c.SuspendedAt.IsZero()
		})
		at.Tested = trace.TestedSafe(func(yield func(trace.TestResult) bool) {
			for _, c := range standing {
				if !yield(trace.TestResult{Date: c.From, Failed: c.Result == trace.ResultFailed}) {
					return
				}
			}
		})
		if !at.Tested.IsZero() {
			results[one] = slices.DeleteFunc(standing, func(c Certificate) bool { return c.Result == trace.ResultFailed })
		}
		things[one.String()] = at
	}
	if doubt := trace.Doubt(id.String(), things); doubt != nil {
		out.Early = *doubt
		return out, nil
	}
	untested := make(map[string]trace.Behind, len(things))
	for name, at := range things {
		at.Tested = 0
		untested[name] = at
	}
	if worst := trace.Doubt(id.String(), untested); worst != nil {
		out.Early = *worst
	}
	for _, one := range ids {
		for _, c := range results[one] {
			if c.From > out.Harvested {
				out.Cleared = append(out.Cleared, c)
			}
		}
	}
	if len(out.Cleared) == 0 { // several results, each of another harvest
		for _, one := range ids {
			out.Cleared = append(out.Cleared, results[one]...)
		}
	}
	return out, nil
}

// flag is a thing's own, as everybody sees it: the day from which it would have been
// safe is of everybody's concern, whoever may read the event that told it.
func (r earlyRow) flag(recorded ledger.Time) Flag {
	return Flag{Flag: r.Flag, Event: Moment{r.Seq.entry(), r.Seq.item(), recorded}}
}
