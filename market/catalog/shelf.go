package catalog

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/words"
)

// shelf is what is searched: one item a dataset, in the order of first publication.
type shelf struct {
	items    []*item
	byID     map[ledger.ID]*item
	changes  []change // in order; of an item only the last one holds
	facets   values
	texts    words.Texts
	orgs     []ledger.ID         // who published something
	known    map[ledger.ID]bool  // these
	loaded   map[ledger.ID]int64 // downloads before Run began
	wordless map[ledger.ID]bool  // whose description was not here or could not be read
	retried  time.Time           // when it was looked for last
}

type change struct {
	entry uint64
	item  int
}

// item is a dataset as a search sees it.
type item struct {
	id          ledger.ID
	number      int // its place among the items
	org         ledger.ID
	first       uint64
	entry       uint64
	changed     uint64
	published   ledger.Time
	standing    market.Standing
	description string // CID
	access      market.Access
	values      []value     // of facets that do not change with time
	free, paid  ledger.Time // until when it is offered for nothing, and for money
	text        int         // words.Gone where it has none
	downloads   int64
}

func newShelf() shelf {
	return shelf{byID: map[ledger.ID]*item{}, facets: newValues(), texts: words.NewTexts(), wordless: map[ledger.ID]bool{}, known: map[ledger.ID]bool{}}
}

// found reports whether a search may find it.
func (d *item) found() bool { return d.standing != market.Delisted && d.standing != market.Refused }

// put shows a dataset as it is now.
func (s *shelf) put(l *listed) {
	d := s.byID[l.id]
	if d == nil {
		d = &item{id: l.id, number: len(s.items), org: l.row.Org, first: l.row.First, text: words.Gone, downloads: s.loaded[l.id]}
		if !s.known[d.org] {
			s.known[d.org] = true
			s.orgs = append(s.orgs, d.org)
		}
		s.items = append(s.items, d)
		s.byID[l.id] = d
	}
	if l.row.Changed < d.changed {
		return // it was read before the latest change was applied
	}
	r := &l.release.Release
	if d.changed != l.row.Changed {
		s.changes = append(s.changes, change{l.row.Changed, d.number})
	}
	d.entry, d.changed, d.published = l.row.Entry, l.row.Changed, l.release.Time
	d.standing, d.description, d.access = l.row.Standing, r.Description, r.Access
	d.free, d.paid = offered(l.row.Offers)
	s.describe(d, r, l.about)
}

// order sorts the changes from one on, which come in order but while the shelf is
// filled, and leaves out those that others came after once they are the most.
func (s *shelf) order(from int) {
	byEntry := func(a, b change) int { return cmp.Compare(a.entry, b.entry) }
	slices.SortFunc(s.changes[from:], byEntry)
	if from > 0 && from < len(s.changes) && s.changes[from].entry < s.changes[from-1].entry {
		slices.SortFunc(s.changes, byEntry)
	}
	if len(s.changes) > 2*len(s.items)+words.SweepAfter {
		s.changes = slices.DeleteFunc(s.changes, func(c change) bool { return s.items[c.item].changed != c.entry })
	}
}

// describe gives a dataset the words of its description, and the facets that go with
// them.
func (s *shelf) describe(d *item, r *market.Release, about *market.Description) {
	if d.text != words.Gone {
		s.texts.Drop(d.text)
		d.text = words.Gone
	}
	if about != nil {
		d.text = s.texts.Add(d.number, weighed(about))
		delete(s.wordless, d.id)
	} else {
		s.wordless[d.id] = true
	}
	d.values = s.facets.of(d.org, r, about)
	if moved := s.texts.Sweep(); moved != nil {
		for _, d := range s.items {
			if d.text != words.Gone {
				d.text = moved[d.text]
			}
		}
	}
}

const forever = ledger.Time(math.MaxInt64)

// offered is until when something is offered for nothing, and for money.
func offered(offers []market.Offer) (free, paid ledger.Time) {
	for _, o := range offers {
		until := o.Until
		if until.IsZero() {
			until = forever
		}
		if o.Terms.Price == 0 {
			free = max(free, until)
		} else {
			paid = max(paid, until)
		}
	}
	return free, paid
}

// formats are what people call media types.
var formats = map[string]string{
	"text/csv": "csv", "application/json": "json", "application/geo+json": "geojson", "application/vnd.geo+json": "geojson",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "application/vnd.ms-excel": "xls",
	"application/pdf": "pdf", "application/xml": "xml", "text/xml": "xml", "application/zip": "zip", "text/plain": "txt",
	"application/vnd.apache.parquet": "parquet", "application/x-ndjson": "ndjson", "application/ld+json": "jsonld", "text/turtle": "ttl",
	"application/geopackage+sqlite3": "gpkg", "image/tiff": "tiff", "application/vnd.google-earth.kml+xml": "kml",
}

// FormatOf is what people call a media type: csv, geojson, pdf.
func FormatOf(media string) string {
	media, _, _ = strings.Cut(strings.ToLower(media), ";")
	media = strings.TrimSpace(media)
	if f, ok := formats[media]; ok {
		return f
	}
	_, sub, _ := strings.Cut(media, "/")
	return sub
}

// Waiting is how many datasets the operator has yet to judge before anybody can agree on
// them.
func (x *Catalog) Waiting() (n int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, d := range x.items {
		if d.standing == market.Unjudged && d.access != market.Open {
			n++
		}
	}
	return n
}
