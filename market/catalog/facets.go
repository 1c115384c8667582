package catalog

import (
	"slices"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Facet is what a search is narrowed by.
type Facet string

// The facets with their values.
const (
	ByTheme     Facet = "theme"     // as descriptions have it
	ByPlace     Facet = "place"     // as descriptions have it
	ByFormat    Facet = "format"    // see FormatOf
	ByLicence   Facet = "licence"   // a URI
	ByPrice     Facet = "price"     // PriceFree, PricePaid, PriceAsked
	ByPublisher Facet = "publisher" // an organisation's ID
	ByFresh     Facet = "fresh"     // FreshMonth, FreshQuarter, FreshYear, FreshOlder
	ByQuality   Facet = "quality"   // QualityHigh, QualityFair, QualityLow, QualityUnknown
	ByAccess    Facet = "access"    // "open", "agreed", "listed"
	ByKind      Facet = "kind"      // "files", "api", "service"
)

// Facets are all of them, in the order in which people ask for them.
var Facets = []Facet{ByTheme, ByPrice, ByAccess, ByFormat, ByPlace, ByPublisher, ByFresh, ByQuality, ByLicence, ByKind}

// Values of ByPrice. A dataset has two where it is offered both ways.
const (
	PriceFree  = "free"  // it is open, or offered for nothing
	PricePaid  = "paid"  // it is offered for money
	PriceAsked = "asked" // nothing is offered: its provider is asked
)

// Values of ByFresh: how long ago the latest version was published.
const (
	FreshMonth   = "month"   // at most 30 days
	FreshQuarter = "quarter" // at most 91
	FreshYear    = "year"    // at most 365
	FreshOlder   = "older"
)

// Values of ByQuality, by the score of the profile.
const (
	QualityHigh    = "high" // 80 and more
	QualityFair    = "fair" // 50 and more
	QualityLow     = "low"
	QualityUnknown = "unknown" // it has no score
)

// value is a value of a facet, by its number.
type value uint32

// named values are one number each.
type values struct {
	list    []facetValue // by number
	numbers map[facetValue]value
}

type facetValue struct {
	facet int // its place in Facets
	text  string
}

// Values that depend on when they are asked for have numbers from the start.
const (
	priceFree value = iota
	pricePaid
	priceAsked
	freshMonth
	freshQuarter
	freshYear
	freshOlder
)

func newValues() values {
	v := values{numbers: map[facetValue]value{}}
	for _, text := range []string{PriceFree, PricePaid, PriceAsked} {
		v.number(ByPrice, text)
	}
	for _, text := range []string{FreshMonth, FreshQuarter, FreshYear, FreshOlder} {
		v.number(ByFresh, text)
	}
	return v
}

func (v *values) number(f Facet, text string) value {
	key := facetValue{slices.Index(Facets, f), text}
	n, ok := v.numbers[key]
	if !ok {
		n = value(len(v.list))
		v.list = append(v.list, key)
		v.numbers[key] = n
	}
	return n
}

// maxValue bounds a value that a description names, in bytes; what is longer is none.
const maxValue = 200

// of are a dataset's values, but for those that depend on the time.
func (v *values) of(org ledger.ID, r *market.Release, about *market.Description) []value {
	var list []value
	add := func(f Facet, texts ...string) {
		for _, text := range texts {
			if text == "" || len(text) > maxValue {
				continue
			}
			if n := v.number(f, text); !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	access, kind := string(r.Access), string(r.Kind)
	if r.Access == market.Open {
		access = "open"
	}
	if r.Kind == market.Files {
		kind = "files"
	}
	add(ByAccess, access)
	add(ByKind, kind)
	add(ByLicence, r.Licence)
	add(ByPublisher, org.String())
	for _, f := range r.Files {
		add(ByFormat, FormatOf(f.Media))
	}
	if about == nil {
		add(ByQuality, QualityUnknown)
		return slices.Clip(list)
	}
	add(ByTheme, about.Themes...)
	add(ByPlace, about.Place)
	add(ByQuality, qualityOf(about.Score))
	return slices.Clip(list)
}

func qualityOf(score int) string {
	switch {
	case score >= 80:
		return QualityHigh
	case score >= 50:
		return QualityFair
	case score > 0:
		return QualityLow
	}
	return QualityUnknown
}

// now appends the values that a dataset has at a time.
func (d *item) now(list []value, at ledger.Time) []value {
	list = append(list, d.values...)
	free, paid := prices(d.access, d.standing, d.free, d.paid, at)
	if free {
		list = append(list, priceFree)
	}
	if paid {
		list = append(list, pricePaid)
	}
	if !free && !paid {
		list = append(list, priceAsked)
	}
	return append(list, freshness(at-d.published))
}

// prices tells whether something is had for nothing, and for money, at a time before
// which offers of both kinds end.
func prices(access market.Access, standing market.Standing, freeUntil, paidUntil, at ledger.Time) (free, paid bool) {
	switch {
	case access == market.Open:
		return true, false
	case standing != market.Approved:
		return false, false
	}
	return freeUntil > at, paidUntil > at
}

// Prices are the values of ByPrice that a dataset has at a time.
func (d Dataset) Prices(at ledger.Time) (list []string) {
	freeUntil, paidUntil := offered(d.Offers)
	free, paid := prices(d.Access, d.Standing, freeUntil, paidUntil, at)
	if free {
		list = append(list, PriceFree)
	}
	if paid {
		list = append(list, PricePaid)
	}
	if !free && !paid {
		list = append(list, PriceAsked)
	}
	return list
}

const day = ledger.Time(24 * time.Hour / time.Millisecond)

func freshness(age ledger.Time) value {
	switch {
	case age <= 30*day:
		return freshMonth
	case age <= 91*day:
		return freshQuarter
	case age <= 365*day:
		return freshYear
	}
	return freshOlder
}
