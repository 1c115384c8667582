package api

import (
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/trace/index"
)

// listShown is how many places or products a page lists, and longList from how many on
// it has a search.
const (
	listShown = 50
	longList  = 10
)

// listing is what a request asks of a list that is searched.
type listing struct {
	path  string
	keep  url.Values // what its links keep
	query string
	show  string // the chosen filter
	page  index.Page
}

// filter is a part of a list that a page may narrow it to.
type filter struct {
	name string
	only func(index.Traits) bool
}

// listingOf reads a request; the first filter is chosen where it names none.
func listingOf(c echo.Context, path string, filters []filter, keep ...string) (l listing, chosen filter) {
	l = listing{path: path, keep: url.Values{}, query: strings.TrimSpace(c.QueryParam("q")), page: index.Page{Token: c.QueryParam("token"), Limit: listShown}}
	for _, name := range keep {
		if v := c.QueryParam(name); v != "" {
			l.keep.Set(name, v)
		}
	}
	chosen = filters[0]
	for _, f := range filters {
		if f.name == c.QueryParam("show") {
			chosen = f
		}
	}
	l.show = chosen.name
	return l, chosen
}

// to is the list with something of its own besides what its links keep.
func (l listing) to(pairs ...string) string {
	q := url.Values{}
	for name, v := range l.keep {
		q[name] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return l.path
	}
	return l.path + "?" + q.Encode()
}

// finder is the search as the page shows it, with what it found.
func finder[T any](l listing, f index.Found[T], filters []filter) web.Finder {
	out := web.Finder{
		Action: l.path, Query: l.query, Total: f.Total, All: l.to("show", l.show),
		Keep: []web.Kept{{Name: "show", Value: l.show}},
	}
	for name := range l.keep {
		out.Keep = append(out.Keep, web.Kept{Name: name, Value: l.keep.Get(name)})
	}
	if len(f.List) > 0 {
		out.From, out.To = f.Skipped+1, f.Skipped+len(f.List)
	}
	turn := func(token string) string { return l.to("q", l.query, "show", l.show, "token", token) }
	if f.Before != "" {
		out.Before = turn(f.Before)
	}
	if f.Next != "" {
		out.Next = turn(f.Next)
	}
	all, narrower := 0, false
	for t, n := range f.Counts {
		if slices.ContainsFunc(filters, func(one filter) bool { return one.only(t) }) {
			all += n
		}
	}
	for _, one := range filters {
		n := 0
		for t, found := range f.Counts {
			if one.only(t) {
				n += found
			}
		}
		narrower = narrower || 0 < n && n < all
		out.Filters = append(out.Filters, web.Filter{Name: one.name, Path: l.to("q", l.query, "show", one.name), Count: uint64(n), Chosen: one.name == l.show})
	}
	out.Long = all > longList
	if !narrower && f.Total == all {
		out.Filters = nil // each would show the same
	}
	return out
}
