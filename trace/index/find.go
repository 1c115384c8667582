package index

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/land"
)

// Search says what is looked for among an organisation's places or products. The zero
// Search is everything.
type Search struct {
	// Query is words of names, codes and codes of earlier lists, as people type them;
	// all of them are in what is found. Marks on letters count for nothing.
	Query string
	Only  func(Traits) bool // nil for everything
}

// Found is a part of what a search finds, what came to the register last first. Things
// keep their place when they are described again, so that who reads one part after the
// other reads each thing once, whatever comes meanwhile.
type Found[T any] struct {
	List         []T
	Total        int            // of all parts
	Skipped      int            // in the parts before this one
	Counts       map[Traits]int // what the query alone finds
	Before, Next string         // tokens of the parts before and after; empty for none
}

// FindPlaces finds places of an organisation by what the viewer may read of them.
func (x *Index) FindPlaces(ctx context.Context, v Viewer, org ledger.ID, s Search, page Page) (f Found[*Place], err error) {
	things, err := look(ctx, x, v, rollOf{placeRoll, org}, s, page, &f)
	for _, h := range things {
		var p *Place
		if p, err = x.placeOf(ctx, v, h); err != nil {
			break
		}
		if p.Owner == org && matches(s.Query, p.ID, p.Profile) {
			f.List = append(f.List, p)
		}
	}
	return f, err
}

func (x *Index) placeOf(ctx context.Context, v Viewer, h hash) (*Place, error) {
	row, err := one[placeRow](x, key('L', h[:]), "the place")
	if err != nil {
		return nil, err
	}
	return x.asPlace(ctx, v, row)
}

// FindProducts finds products of an organisation, and those of others that it may make
// lots of, by what the viewer may read of them.
func (x *Index) FindProducts(ctx context.Context, v Viewer, org ledger.ID, s Search, page Page) (f Found[*Product], err error) {
	things, err := look(ctx, x, v, rollOf{productRoll, org}, s, page, &f)
	for _, h := range things {
		var row productRow
		var p *Product
		if row, err = one[productRow](x, key('P', h[:]), "the product"); err == nil {
			p, err = x.asProduct(ctx, v, row)
		}
		if err != nil {
			break
		}
		if (p.Owner == org || slices.Contains(p.Makers, org)) && matches(s.Query, p.ID, p.Profile) {
			f.List = append(f.List, p)
		}
	}
	return f, err
}

// look finds a part of what a roll proposes, and counts what it finds.
func look[T any](ctx context.Context, x *Index, v Viewer, which rollOf, s Search, page Page, f *Found[T]) (things []hash, err error) {
	from, err := page.from('F', 8)
	if err != nil {
		return nil, err
	}
	start := ^seq(0)
	if from != nil {
		start = seq(binary.BigEndian.Uint64(from))
	}
	r, err := x.ready(ctx, which)
	if err != nil {
		return nil, err
	}
	var counts [1 << 8]int
	var only [1 << 8]struct{ known, yes bool }
	var before []seq // the last ones ahead of this part
	token := func(s seq) string { return makeToken('F', be64(uint64(s))) }
	q, sees := readQuery(s.Query), v.seeing()
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i := len(r.lines) - 1; i >= 0; i-- {
		l := &r.lines[i]
		t, seen := l.traits, sees(l)
		if !seen {
			t &^= traitClosed
		}
		if l.gone || !q.finds(l, seen) {
			continue
		}
		counts[t]++
		if o := &only[t]; !o.known {
			o.known, o.yes = true, s.Only == nil || s.Only(t.open())
		}
		if !only[t].yes {
			continue
		}
		switch f.Total++; {
		case l.since > start:
			f.Skipped++
			if before = append(before, l.since); len(before) > page.limit() {
				before = before[1:]
			}
		case len(things) < page.limit():
			things = append(things, l.thing)
		case f.Next == "":
			f.Next = token(l.since)
		}
	}
	if len(before) > 0 {
		f.Before = token(before[0])
	}
	f.Counts = map[Traits]int{}
	for t, n := range counts {
		if n > 0 {
			f.Counts[traits(t).open()] += n
		}
	}
	return things, nil
}

// seeing tells whose profiles the viewer reads, asking once an owner.
func (v Viewer) seeing() func(l *line) bool {
	known := map[ledger.ID]bool{}
	var last ledger.ID
	var lastSees bool
	return func(l *line) bool {
		if !l.sealed {
			return true
		}
		if l.owner != last {
			yes, ok := known[l.owner]
			if !ok {
				yes = v.is(l.owner)
				known[l.owner] = yes
			}
			last, lastSees = l.owner, yes
		}
		return lastSees
	}
}

// query is what somebody typed: words, and the identifier that it may be.
type query struct {
	words []string
	thing hash // zero where it is no identifier
}

func readQuery(text string) query {
	q := query{words: strings.Fields(trace.Plain(text))}
	if len(q.words) > 0 {
		if id, err := trace.ParseTyped(text); err == nil {
			q.thing = hashOf(id.String())
		}
	}
	return q
}

// shortest is how long a word is, in bytes, that may be a part of a code: codes are
// numbers for the most part, and "thửa 12" means the plot's name.
const shortest = 4

func (q query) finds(l *line, seen bool) bool {
	if len(q.words) == 0 || q.thing != (hash{}) && q.thing == l.thing {
		return true
	}
	for _, w := range q.words {
		if !(len(w) >= shortest && strings.Contains(l.codes, w)) && !(seen && strings.Contains(l.words, w)) {
			return false
		}
	}
	return true
}

// matches judges what a viewer reads of something by what they typed.
func matches(text string, id trace.ID, p *trace.Profile) bool {
	l := line{thing: hashOf(id.String()), said: said{codes: codeWords(id)}}
	if p != nil {
		l.words = profileWords(p)
	}
	return readQuery(text).finds(&l, p != nil)
}

// Measures are the units of people's own that an organisation has at its places that are
// used, each once.
func (x *Index) Measures(ctx context.Context, v Viewer, org ledger.ID) (list []trace.Measure, err error) {
	var things []hash
	named := map[string]bool{}
	err = x.eachLine(ctx, v, rollOf{placeRoll, org}, func(l *line) bool {
		for _, m := range l.units {
			if !named[m.Name.VI] {
				named[m.Name.VI] = true
				things = append(things, l.thing)
			}
		}
		return true
	})
	for _, h := range slices.Compact(things) {
		var p *Place
		if err == nil {
			p, err = x.placeOf(ctx, v, h)
		}
		if err != nil {
			return nil, err
		}
		if p.Profile != nil {
			list = append(list, p.Profile.Units...)
		}
	}
	return list, nil
}

// PlacesWithin are the places of an organisation that are used and whose outline is
// drawn within a box or partly so, at most so many, what came last first.
func (x *Index) PlacesWithin(ctx context.Context, v Viewer, org ledger.ID, box land.Box, most int) (list []*Place, err error) {
	var things []hash
	err = x.eachLine(ctx, v, rollOf{placeRoll, org}, func(l *line) bool {
		if l.box != (land.Box{}) && l.box.Meets(box) {
			things = append(things, l.thing)
		}
		return len(things) < most
	})
	for _, h := range things {
		var p *Place
		if err == nil {
			p, err = x.placeOf(ctx, v, h)
		}
		if err != nil {
			return nil, err
		}
		if p.Profile != nil {
			list = append(list, p)
		}
	}
	return list, err
}

// eachLine calls f with what is used of a roll, as far as the viewer reads what is said
// of it, what came last first, until f returns false.
func (x *Index) eachLine(ctx context.Context, v Viewer, which rollOf, f func(*line) bool) error {
	r, err := x.ready(ctx, which)
	if err != nil {
		return err
	}
	sees := v.seeing()
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i := len(r.lines) - 1; i >= 0; i-- {
		if l := &r.lines[i]; !l.gone && l.traits&traitClosed == 0 && sees(l) && !f(l) {
			break
		}
	}
	return nil
}
