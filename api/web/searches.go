package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
)

// SavedSearches are the searches for data that somebody keeps.
type SavedSearches struct {
	List []SavedSearch
	Keep *SavedSearch // one that may be kept; nil where there is none
}

// SavedSearch is a search in words.
type SavedSearch struct {
	ID     string
	Query  string
	Text   string
	Values []FacetValue
	Total  int
	New    int // published since it was looked at last
	Made   ledger.Time
}

// SavedSearches writes the page.
func (p *Pages) SavedSearches(w io.Writer, r Reader, v *SavedSearches) error {
	return p.desk(w, r, "searches", v)
}
