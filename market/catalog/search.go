package catalog

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/words"
)

// Sort is the order of what a search finds.
type Sort string

const (
	ByRelevance Sort = ""          // the latest first where no words are looked for
	ByNewest    Sort = "newest"    // the latest version first
	ByDownloads Sort = "downloads" // the most downloaded first
)

// Query is what is looked for. A dataset is found that has all words of Text, and of each
// facet one of the values.
type Query struct {
	Text   string // words in the title, the summary, the keywords, the fields and the publisher's name
	Facets map[Facet][]string
	Since  uint64 // only what was published after this entry
	Sort   Sort
	After  string // Next of a result
	Limit  int    // 20 where it is nought
}

// Limits of a query.
const (
	MaxText   = 200 // runes
	MaxChosen = 50  // values of a facet
	MaxLimit  = 100
	maxSought = 16 // words; the others are left out
)

// Result is a page of what was found.
type Result struct {
	Datasets []Dataset
	Total    int
	Facets   map[Facet][]Count // values that are there, the most frequent first
	Next     string            // empty on the last page
}

// Count is how many datasets have a value of a facet and all that is asked for by the
// other facets.
type Count struct {
	Value  string
	N      int
	Chosen bool
}

// maxCounts bounds the values of a facet that a result tells, besides those chosen.
const maxCounts = 50

// Search finds datasets. Those are left out that the operator refused or delisted. Paging
// gives each dataset at most once, unless it moves in the order meanwhile.
func (x *Catalog) Search(ctx context.Context, q Query) (*Result, error) {
	s, err := x.seek(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := x.retry(ctx); err != nil {
		return nil, err
	}
	for {
		f := x.find(s)
		out := &Result{Total: f.total, Facets: f.facets, Next: f.next}
		var stale []ledger.ID
		for _, h := range f.hits {
			d, err := x.Dataset(ctx, h.id)
			if ignoreNotFound(err) != nil {
				return nil, err
			}
			if err == nil {
				out.Datasets = append(out.Datasets, d)
				if h.worded && d.About == nil {
					stale = append(stale, h.id)
				}
			}
		}
		if len(stale) == 0 {
			return out, nil
		}
		if err := x.reread(ctx, stale); err != nil { // its words have been erased
			return nil, err
		}
	}
}

// sought is a query that was read.
type sought struct {
	words   []words.Word
	nothing bool                       // there is a text without a word in it
	names   map[ledger.ID][]words.Word // of publishers
	facets  map[Facet]map[string]bool  // values chosen
	since   uint64
	sort    Sort
	after   *place
	limit   int
	at      ledger.Time
}

func (x *Catalog) seek(ctx context.Context, q Query) (*sought, error) {
	s := &sought{since: q.Since, sort: q.Sort, limit: q.Limit, at: ledger.TimeOf(x.config.Now()), facets: map[Facet]map[string]bool{}}
	switch {
	case utf8.RuneCountInString(q.Text) > MaxText:
		return nil, ledger.FieldErrorf(ledger.TooLarge, "q", "has more than %d letters", MaxText)
	case q.Sort != ByRelevance && q.Sort != ByNewest && q.Sort != ByDownloads:
		return nil, ledger.FieldErrorf(ledger.Invalid, "sort", "%q is no order", q.Sort)
	case q.Limit < 0 || q.Limit > MaxLimit:
		return nil, ledger.FieldErrorf(ledger.Invalid, "limit", "is not from 1 to %d", MaxLimit)
	case q.Limit == 0:
		s.limit = 20
	}
	for f, chosen := range q.Facets {
		if !slices.Contains(Facets, f) {
			return nil, ledger.FieldErrorf(ledger.Invalid, string(f), "nothing is narrowed by it")
		}
		if len(chosen) > MaxChosen {
			return nil, ledger.FieldErrorf(ledger.TooLarge, string(f), "has more than %d values", MaxChosen)
		}
		if len(chosen) > 0 {
			s.facets[f] = map[string]bool{}
		}
		for _, text := range chosen {
			s.facets[f][text] = true
		}
	}
	for _, w := range words.Asked(q.Text) {
		if len(s.words) < maxSought && !slices.Contains(s.words, w) {
			s.words = append(s.words, w)
		}
	}
	s.nothing = len(s.words) == 0 && strings.TrimSpace(q.Text) != ""
	if s.sort == ByRelevance && len(s.words) == 0 {
		s.sort = ByNewest
	}
	if q.After != "" {
		after, err := parsePlace(q.After)
		if err != nil {
			return nil, err
		}
		s.after = &after
	}
	if len(s.words) > 0 {
		s.names = x.publishers(ctx)
	}
	return s, nil
}

// place is where a dataset stands in an order, the first having the greatest.
type place struct{ first, then uint64 }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(q.first, p.first), cmp.Compare(q.then, p.then))
}

func (p place) String() string {
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, p.first), p.then)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePlace(s string) (place, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 16 {
		return place{}, ledger.FieldErrorf(ledger.Invalid, "after", "is not where a page ended")
	}
	return place{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}, nil
}

type hit struct {
	place
	id     ledger.ID
	worded bool // it was found, or could have been, by words
}

// finding is what was found, before it is read.
type finding struct {
	hits   []hit
	total  int
	facets map[Facet][]Count
	next   string
}

func (x *Catalog) find(s *sought) finding {
	x.mu.RLock()
	defer x.mu.RUnlock()
	scores := scorings.Get().(*scoring)
	defer scorings.Put(scores)
	scores.score(&x.shelf, s)

	// chosen by value, and which facets are narrowed at all.
	chosen := make([]bool, len(x.facets.list))
	var narrowed uint16
	for f, texts := range s.facets {
		narrowed |= 1 << slices.Index(Facets, f)
		for text := range texts {
			if n, ok := x.facets.numbers[facetValue{slices.Index(Facets, f), text}]; ok {
				chosen[n] = true
			}
		}
	}
	counts := make([]int, len(x.facets.list))
	var f finding
	var list []value
	for i, d := range slices.Backward(x.items) { // the latest are mostly the first
		if !d.found() || d.entry <= s.since || int(scores.met[i]) != len(s.words) || s.nothing {
			continue
		}
		list = d.now(list[:0], s.at)
		var has uint16
		for _, v := range list {
			if chosen[v] {
				has |= 1 << x.facets.list[v].facet
			}
		}
		switch lacks := narrowed &^ has; bits.OnesCount16(lacks) {
		case 0:
			for _, v := range list {
				counts[v]++
			}
			f.total++
			f.offer(s, hit{s.place(d, scores.sum[i]), d.id, d.text != words.Gone})
		case 1: // it would be found by another value of one facet
			facet := bits.TrailingZeros16(lacks)
			for _, v := range list {
				if x.facets.list[v].facet == facet {
					counts[v]++
				}
			}
		}
	}
	if len(f.hits) > s.limit {
		f.hits = f.hits[:s.limit]
		f.next = f.hits[s.limit-1].String()
	}
	f.facets = x.counted(s, counts)
	return f
}

func (s *sought) place(d *item, score float32) place {
	switch s.sort {
	case ByNewest:
		return place{d.entry, 0}
	case ByDownloads:
		return place{uint64(d.downloads), d.entry}
	}
	return place{uint64(math.Float32bits(score)), d.entry} // scores are positive
}

// offer keeps a hit if it is one of the first after the cursor, with one more to know
// whether there is a next page.
func (f *finding) offer(s *sought, h hit) {
	if s.after != nil && h.place.compare(*s.after) <= 0 {
		return
	}
	if n := len(f.hits); n > s.limit {
		if h.place.compare(f.hits[n-1].place) >= 0 {
			return
		}
		f.hits = f.hits[:n-1]
	}
	i, _ := slices.BinarySearchFunc(f.hits, h, func(a, b hit) int { return a.place.compare(b.place) })
	f.hits = slices.Insert(f.hits, i, h)
}

// counted are the counts of each facet, with every value that is chosen.
func (s *shelf) counted(q *sought, counts []int) map[Facet][]Count {
	out := map[Facet][]Count{}
	for n, v := range s.facets.list {
		f := Facets[v.facet]
		if chosen := q.facets[f][v.text]; counts[n] > 0 || chosen {
			out[f] = append(out[f], Count{v.text, counts[n], chosen})
		}
	}
	for f, texts := range q.facets {
		for text := range texts {
			if !slices.ContainsFunc(out[f], func(c Count) bool { return c.Value == text }) {
				out[f] = append(out[f], Count{text, 0, true})
			}
		}
	}
	for f, list := range out {
		slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
		if len(list) > maxCounts {
			rest := slices.DeleteFunc(slices.Clone(list[maxCounts:]), func(c Count) bool { return !c.Chosen })
			out[f] = append(list[:maxCounts], rest...)
		}
	}
	return out
}

// scoring is how well each dataset has the words that are looked for.
type scoring struct {
	met  []uint8   // how many of the words, as long as it has had all before
	sum  []float32 // of what each word is worth
	last []float32 // what the latest is worth
}

var scorings = sync.Pool{New: func() any { return new(scoring) }}

// score goes through the words one by one. What a word is worth depends on this dataset
// only, so that a page goes on where the one before ended, whatever was added meanwhile.
func (c *scoring) score(s *shelf, q *sought) {
	n := len(s.items)
	c.met, c.sum, c.last = blank(c.met, n), blank(c.sum, n), blank(c.last, n)
	for k, w := range q.words {
		named := map[ledger.ID]float32{} // publishers with the word in their name
		for org, name := range q.names {
			for _, found := range name {
				if closeness, ok := words.Alike(w, found); ok {
					named[org] = max(named[org], closeness*inName)
				}
			}
		}
		meet := func(i int32, weight float32) {
			worth := weight / (weight + 4)
			switch int(c.met[i]) {
			case k:
				c.met[i]++
				c.sum[i] += worth
				c.last[i] = worth
			case k + 1:
				if worth > c.last[i] {
					c.sum[i] += worth - c.last[i]
					c.last[i] = worth
				}
			}
		}
		s.texts.Each(w, meet)
		if len(named) > 0 {
			for i, d := range s.items {
				if weight, ok := named[d.org]; ok {
					meet(int32(i), weight)
				}
			}
		}
	}
}

// blank is a slice of noughts, in the room of another where it is large enough.
func blank[T uint8 | float32](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	s = s[:n]
	clear(s)
	return s
}
