package index

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// MaxAncestors is how many identifiers a walk upward visits, as in the contract.
const MaxAncestors = 4096

// Recall is a recall in force.
type Recall struct {
	trace.Recall
	Org   ledger.ID   `json:"org"` // who declared it
	Entry uint64      `json:"entry"`
	Item  int         `json:"item"`
	Time  ledger.Time `json:"time"` // record time
	On    trace.ID    `json:"on"`   // the ancestor, or the identifier itself, that the recall covers
}

// recallSet holds the recalls in force by their targets, at most one of each
// organisation, as each lifts its own. There are few, so all of them are in memory,
// and one that was just recorded reaches every descendant at its next read.
type recallSet struct {
	mu     sync.RWMutex
	target map[trace.ID][]Recall
}

func recallKey(target trace.ID, s seq) []byte {
	h := hashOf(target.String())
	return key('r', h[:], be64(uint64(s)))
}

func (r *recallSet) load(txn *badger.Txn) error {
	list := map[trace.ID][]Recall{}
	err := scan(txn, []byte{'r'}, nil, func(_, v []byte) (bool, error) {
		var one Recall
		if err := json.Unmarshal(v, &one); err != nil {
			return false, corrupt(err)
		}
		enforce(list, one)
		return true, nil
	})
	r.mu.Lock()
	r.target = list
	r.mu.Unlock()
	return err
}

// enforce puts a recall or its lift in force; they come in order for each target.
func enforce(list map[trace.ID][]Recall, one Recall) {
	left := slices.DeleteFunc(slices.Clone(list[one.Target]), func(r Recall) bool { return r.Org == one.Org })
	if !one.Lift {
		left = append(left, one)
	}
	if len(left) == 0 {
		delete(list, one.Target)
	} else {
		list[one.Target] = left
	}
}

func (r *recallSet) add(news []Recall) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range news {
		enforce(r.target, one)
	}
}

// covering lists the recalls in force on any of the identifiers, or on their lots
// or products; each once, in the order of the register.
func (r *recallSet) covering(ids []trace.ID) []Recall {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.target) == 0 {
		return nil
	}
	var list []Recall
	seen := map[trace.ID]bool{}
	for _, id := range ids {
		for _, t := range classes(id) {
			if seen[t] {
				continue
			}
			seen[t] = true
			for _, one := range r.target[t] {
				one.On = id
				list = append(list, one)
			}
		}
	}
	slices.SortFunc(list, inOrder)
	return list
}

// inOrder compares recalls by their place in the register.
func inOrder(a, b Recall) int { return cmp.Compare(seqOf(a.Entry, a.Item), seqOf(b.Entry, b.Item)) }

// classes are the identifier, its lot and its product, each once.
func classes(id trace.ID) []trace.ID {
	list := append(make([]trace.ID, 0, 3), id)
	for _, c := range []trace.ID{id.Batch(), id.Product()} {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// Recalls lists what was ever declared for a target, recalls and lifts, in order.
func (x *Index) Recalls(target trace.ID) ([]Recall, error) {
	h := hashOf(target.String())
	return x.declared(key('r', h[:]))
}

// RecallsDeclared lists every recall and every lift, the newest first.
func (x *Index) RecallsDeclared() ([]Recall, error) {
	list, err := x.declared([]byte{'r'})
	slices.SortFunc(list, func(a, b Recall) int { return inOrder(b, a) })
	return list, err
}

func (x *Index) declared(prefix []byte) (list []Recall, err error) {
	err = x.view(func(txn *badger.Txn) (err error) {
		list, err = rows[Recall](txn, prefix)
		return err
	})
	return list, err
}

// RecallsInForce lists every recall in force, the newest first.
func (x *Index) RecallsInForce() []Recall {
	x.recalls.mu.RLock()
	defer x.recalls.mu.RUnlock()
	list := make([]Recall, 0, len(x.recalls.target))
	for _, all := range x.recalls.target {
		for _, one := range all {
			one.On = one.Target
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b Recall) int { return inOrder(b, a) })
	return list
}

// RecallsOn lists the recalls in force on a thing itself, its lot and its product.
func (x *Index) RecallsOn(id trace.ID) []Recall { return x.recalls.covering([]trace.ID{id}) }

// none reports whether no recall is in force.
func (r *recallSet) none() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.target) == 0
}

// parents yields what a node was made of, and what it ever contained; left tells of
// what is in it no more.
func (x *Index) parents(txn *badger.Txn, id trace.ID, yield func(parent trace.ID, left bool)) error {
	var failed error
	inside := hashOf("in " + id.String())
	err := x.adjacency(txn, up, hashOf(id.String()), func(e *edge) {
		parent, err := trace.ParseID(e.other)
		if err != nil {
			failed = corrupt(err)
			return
		}
		left := false
		if e.packed && e.managed { // otherwise nobody accounts for what it holds
			row, ok, err := x.readBalance(txn, hashOf(e.other), inside)
			if err != nil {
				failed = err
				return
			}
			left = ok && !row.some()
		}
		yield(parent, left)
	})
	if err == nil {
		err = failed
	}
	return err
}

// lineageOf is what a page about a thing rests on.
type lineageOf struct {
	// all are the identifier, the lot that it is a piece of, and everything that they
	// were made of or ever contained, nearest first.
	all []trace.ID
	// now are those without what was only in a container before: a crate that was
	// emptied is not what once lay in it.
	now []trace.ID
	cut bool // there is more
}

// lineage walks from an identifier to what is behind it, at most limit things.
func (x *Index) lineage(txn *badger.Txn, id trace.ID, limit int) (l lineageOf, err error) {
	emptied := false
	walk := func(past bool) (list []trace.ID, err error) {
		seen := map[trace.ID]bool{}
		push := func(id trace.ID, left bool) {
			if emptied = emptied || left; left && !past {
				return
			}
			for _, same := range aliases(id) {
				if !seen[same] {
					seen[same] = true
					list = append(list, same)
				}
			}
		}
		push(id, false)
		for i := 0; i < len(list) && i < limit; i++ {
			if err := x.parents(txn, list[i], push); err != nil {
				return nil, err
			}
		}
		if len(list) > limit {
			list, l.cut = list[:limit], true
		}
		return list, nil
	}
	if l.all, err = walk(true); err != nil {
		return l, err
	}
	if l.now = l.all; emptied {
		l.now, err = walk(false)
	}
	return l, err
}

// aliases are the identifiers under which events about a scanned thing are
// recorded: itself; for a GS1 piece with its lot, the piece as EPCIS names it,
// which is without; and its lot.
func aliases(id trace.ID) []trace.ID {
	list := []trace.ID{id}
	if id.Serial() == "" {
		return list
	}
	if k, ok := id.Key(); ok {
		if epc, err := trace.ParseID(k.EPC().String()); err == nil && epc != id {
			list = append(list, epc)
		}
	}
	if lot := id.Batch(); lot != id && lot.Lot() != "" {
		list = append(list, lot)
	}
	return list
}
