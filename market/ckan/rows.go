package ckan

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Row is what can be asked of a dataset.
type Row struct {
	ID                ledger.ID
	Org               ledger.ID
	Title             string
	Words             string // folded
	Groups, Tags      []string
	Licence           string
	Formats           []string
	Created, Modified ledger.Time
	gone              bool
}

// RowOf is what can be asked of an entry.
func RowOf(e market.Entry) Row {
	r := Row{
		ID: e.Dataset, Org: e.Publisher.ID, Title: e.Title().In("vi"), Licence: licenceOf(e.Licence).id,
		Created: e.Issued, Modified: e.Modified,
	}
	words := []string{e.Title().VI, e.Title().EN, e.Publisher.Name}
	if a := e.About; a != nil {
		words = append(words, a.Summary.VI, a.Summary.EN)
		r.Tags = tagsOf(a)
		words = append(words, r.Tags...)
		for _, code := range a.Themes {
			if g, known := GroupOf(code); known {
				r.Groups = append(r.Groups, g.Name)
			}
		}
	}
	r.Words = ledger.Fold(strings.Join(words, " "))
	for _, f := range e.Files {
		if format := FormatOf(f.Media); !slices.Contains(r.Formats, format) {
			r.Formats = append(r.Formats, format)
		}
	}
	if e.Kind == market.API {
		r.Formats = append(r.Formats, "API")
	}
	return r
}

// Rows are all datasets, in memory. Readers and one writer may use them at a time.
type Rows struct {
	mu   sync.RWMutex
	byID []*Row // in the order of ids
}

// Put adds a dataset or replaces it.
func (x *Rows) Put(r Row) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, there := x.find(r.ID)
	if there {
		x.byID[i] = &r
	} else {
		x.byID = slices.Insert(x.byID, i, &r)
	}
}

// Remove takes a dataset out. It keeps its place in the order of ids, so that who pages
// through misses none of the others.
func (x *Rows) Remove(id ledger.ID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i, there := x.find(id); there {
		r := *x.byID[i]
		r.gone = true
		x.byID[i] = &r
	}
}

func (x *Rows) find(id ledger.ID) (int, bool) {
	return slices.BinarySearchFunc(x.byID, id, func(r *Row, id ledger.ID) int { return slices.Compare(r.ID[:], id[:]) })
}

// Query is what package_search is asked.
type Query struct {
	Q, FQ       string
	Sort        string
	Start, Rows int
	Facets      []string // fields
	FacetLimit  int      // of values of each, less than nothing for no limit
}

// Found is what was found.
type Found struct {
	Count  int
	IDs    []ledger.ID
	Sort   string
	Facets map[string][]Count // by field, the most frequent first
}

// Count is how many of what was found have a value.
type Count struct {
	Value string
	N     int
}

// DefaultSort is the order of what is found where none is asked for.
const DefaultSort = "score desc, metadata_modified desc"

// Search finds datasets. In the order of ids a page may have fewer than the next, and is
// empty only at the end.
func (x *Rows) Search(q Query) (*Found, error) {
	meets, err := parse(q.FQ)
	if err != nil {
		return nil, err
	}
	asked, err := parse(q.Q)
	if err != nil {
		asked = hasWords(q.Q) // people type what they like
	}
	q.Sort = cmp.Or(strings.TrimSpace(q.Sort), DefaultSort)
	order, err := orderOf(q.Sort)
	if err != nil {
		return nil, err
	}
	for _, field := range q.Facets {
		if _, known := facets[field]; !known {
			return nil, ledger.Errorf(ledger.Invalid, "undefined field %s", field)
		}
	}
	x.mu.RLock()
	found := slices.DeleteFunc(slices.Clone(x.byID), func(r *Row) bool { return !meets(r) || !asked(r) })
	x.mu.RUnlock()
	here := slices.DeleteFunc(slices.Clone(found), func(r *Row) bool { return r.gone })
	if order != nil {
		slices.SortStableFunc(here, order)
		found = here
	}
	out := &Found{Count: len(here), Sort: q.Sort, Facets: map[string][]Count{}}
	for i, r := range found[min(max(q.Start, 0), len(found)):] {
		if i >= q.Rows && (len(out.IDs) > 0 || q.Rows == 0) {
			break
		}
		if !r.gone {
			out.IDs = append(out.IDs, r.ID)
		}
	}
	for _, field := range q.Facets {
		out.Facets[field] = counts(here, facets[field], q.FacetLimit)
	}
	return out, nil
}

// All are the names of all that is there, in the order of ids.
func (x *Rows) All() []ledger.ID {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]ledger.ID, 0, len(x.byID))
	for _, r := range x.byID {
		if !r.gone {
			list = append(list, r.ID)
		}
	}
	return list
}

// Values are the values of a field with how many datasets have them, in the order of the
// values.
func (x *Rows) Values(field string) []Count {
	x.mu.RLock()
	here := slices.DeleteFunc(slices.Clone(x.byID), func(r *Row) bool { return r.gone })
	x.mu.RUnlock()
	list := counts(here, facets[field], -1)
	slices.SortFunc(list, func(a, b Count) int { return cmp.Compare(a.Value, b.Value) })
	return list
}

func counts(rows []*Row, of func(*Row) []string, limit int) []Count {
	n := map[string]int{}
	for _, r := range rows {
		for _, v := range of(r) {
			n[v]++
		}
	}
	list := make([]Count, 0, len(n))
	for v, n := range n {
		list = append(list, Count{v, n})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	if limit >= 0 {
		list = list[:min(limit, len(list))]
	}
	return list
}

// orderOf reads an order such as "metadata_modified desc, id asc"; it is nil for the
// order of ids.
func orderOf(sort string) (func(a, b *Row) int, error) {
	var by []func(a, b *Row) int
	ids := false
	for i, part := range strings.Split(sort, ",") {
		words := strings.Fields(part)
		down := len(words) == 2 && words[1] == "desc"
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && !down && words[1] != "asc" {
			return nil, ledger.Errorf(ledger.Invalid, "%q is not an order", part)
		}
		var one func(a, b *Row) int
		switch words[0] {
		case "id", "name":
			ids = ids || i == 0 && !down
			one = func(a, b *Row) int { return slices.Compare(a.ID[:], b.ID[:]) }
		case "metadata_modified":
			one = func(a, b *Row) int { return cmp.Compare(a.Modified, b.Modified) }
		case "metadata_created":
			one = func(a, b *Row) int { return cmp.Compare(a.Created, b.Created) }
		case "title", "title_string":
			one = func(a, b *Row) int { return cmp.Compare(ledger.Fold(a.Title), ledger.Fold(b.Title)) }
		case "score", "views_recent":
			continue // all that is found has the words
		default:
			return nil, ledger.Errorf(ledger.Invalid, "nothing is sorted by %q", words[0])
		}
		if down {
			up := one
			one = func(a, b *Row) int { return up(b, a) }
		}
		by = append(by, one)
	}
	if ids {
		return nil, nil
	}
	return func(a, b *Row) int {
		for _, one := range by {
			if n := one(a, b); n != 0 {
				return n
			}
		}
		return 0
	}, nil
}
