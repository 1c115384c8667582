package words

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a search in a list.
const (
	maxSought = 16   // words; the others are left out
	maxLooked = 2000 // things that have the words and are judged for one page
)

// List finds what organisations wrote, or are asked, by the words in it and in their
// names, the latest first. The zero value is empty. Its methods may be called at the same
// time.
type List struct {
	mu     sync.RWMutex
	texts  Texts
	items  []listed // by number
	byID   map[ledger.ID]int
	order  []int32 // numbers, the earliest first once it is sorted
	sorted bool
	orgs   []ledger.ID // by number; only appended to
	orgNo  map[ledger.ID]int32
	names  Names
}

// listed is something in a list; one that was taken out has no text.
type listed struct {
	id   ledger.ID
	org  int32 // number
	at   uint64
	text int
}

// Put adds something of an organisation that was said at a time, by any clock that all
// in the list share; or says anew whose it is and what its words are.
func (l *List) Put(id, org ledger.ID, at uint64, texts ...string) {
	said := map[Word]int{}
	for _, t := range texts {
		for _, w := range Written(t) {
			said[w] = 1
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID == nil {
		l.byID, l.orgNo, l.texts, l.sorted = map[ledger.ID]int{}, map[ledger.ID]int32{}, NewTexts(), true
	}
	n, ok := l.byID[id]
	if !ok {
		n = len(l.items)
		l.byID[id] = n
		l.items = append(l.items, listed{id: id, at: at, text: Gone})
		if last := len(l.order) - 1; last >= 0 && l.items[l.order[last]].at > at {
			l.sorted = false
		}
		l.order = append(l.order, int32(n))
	}
	no, ok := l.orgNo[org]
	if !ok {
		no = int32(len(l.orgs))
		l.orgNo[org] = no
		l.orgs = append(l.orgs, org)
	}
	l.items[n].org = no
	l.write(n, said)
}

// write gives an item its words in place of those that it had.
func (l *List) write(n int, words map[Word]int) {
	if text := l.items[n].text; text != Gone {
		l.texts.Drop(text)
		l.items[n].text = Gone
	}
	if words != nil {
		l.items[n].text = l.texts.Add(n, words)
	}
	if moved := l.texts.Sweep(); moved != nil {
		for i := range l.items {
			if text := l.items[i].text; text != Gone {
				l.items[i].text = moved[text]
			}
		}
	}
}

// Remove takes something out; what is not there is out already.
func (l *List) Remove(id ledger.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n, ok := l.byID[id]; ok {
		delete(l.byID, id)
		l.write(n, nil)
	}
}

// Has reports whether something is in the list.
func (l *List) Has(id ledger.ID) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.byID[id]
	return ok
}

// Len is how many things are in the list.
func (l *List) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.byID)
}

// Query is a search in a list.
type Query struct {
	Text   string // every word of it is in the words or in the organisation's name
	Before uint64 // only what was said earlier; 0 for all
	Limit  int
	Of     *ledger.ID // only what is this organisation's; nil for all
	// Name is what an organisation is called, NotFound when nobody knows; nil where names
	// do not count.
	Name func(ctx context.Context, org ledger.ID) (ledger.Text, error)
	// Keep judges what has the words, one by one; nil keeps all.
	Keep func(id ledger.ID) (bool, error)
}

// Find gives what is found, and Before of the next page, 0 at the end. A page is short
// where few are kept, and longer by what was said at the time of its last.
func (l *List) Find(ctx context.Context, q Query) (found []ledger.ID, next uint64, err error) {
	for _, one := range l.candidates(ctx, q) {
		if next != 0 && one.at != next && (len(found) >= q.Limit || one.id.IsZero()) {
			return found, next, ctx.Err()
		}
		next = one.at
		ok := q.Keep == nil
		if !ok {
			if ok, err = q.Keep(one.id); err != nil {
				return nil, 0, err
			}
		}
		if ok {
			found = append(found, one.id)
		}
	}
	return found, 0, ctx.Err()
}

// candidates have every word, the latest first, and end with nobody's where there are
// more than are judged for a page.
func (l *List) candidates(ctx context.Context, q Query) (list []listed) {
	var sought []Word
	for _, w := range Asked(q.Text) {
		if len(sought) < maxSought && !slices.Contains(sought, w) {
			sought = append(sought, w)
		}
	}
	if len(sought) == 0 && strings.TrimSpace(q.Text) != "" {
		return nil
	}
	l.sort()
	l.mu.RLock()
	orgs := l.orgs
	l.mu.RUnlock()
	var names map[ledger.ID][]Word
	if len(sought) > 0 && q.Name != nil {
		names = l.names.Of(ctx, time.Now(), orgs, q.Name)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	met := make([]uint8, len(l.items)) // how many of the words, as long as it has had all before
	for k, w := range sought {
		meet := func(n int32) {
			if met[n] == uint8(k) {
				met[n]++
			}
		}
		l.texts.Each(w, func(n int32, _ float32) { meet(n) })
		named, some := make([]bool, len(l.orgs)), false
		for org, name := range names {
			if slices.ContainsFunc(name, func(found Word) bool { _, ok := Alike(w, found); return ok }) {
				named[l.orgNo[org]], some = true, true
			}
		}
		for n := 0; some && n < len(l.items); n++ {
			if named[l.items[n].org] {
				meet(int32(n))
			}
		}
	}
	of := int32(-1)
	if q.Of != nil {
		no, ok := l.orgNo[*q.Of]
		if !ok {
			return nil
		}
		of = no
	}
	for _, n := range slices.Backward(l.order) {
		one := l.items[n]
		if int(met[n]) != len(sought) || one.text == Gone || q.Before != 0 && one.at >= q.Before || of >= 0 && one.org != of {
			continue
		}
		if last := len(list) - 1; last >= maxLooked && one.at != list[last].at {
			return append(list, listed{at: one.at})
		}
		list = append(list, one)
	}
	return list
}

// sort puts what was added out of order in its place.
func (l *List) sort() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.sorted {
		slices.SortStableFunc(l.order, func(a, b int32) int { return cmp.Compare(l.items[a].at, l.items[b].at) })
		l.sorted = true
	}
}
