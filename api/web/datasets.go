package web

import (
	"html/template"
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Datasets is the page on which data is looked for.
type Datasets struct {
	Search string
	Keep   []Kept // what else the form for words sends along
	Query  string // encoded
	Total  int
	List   []DatasetCard
	Facets []FacetOf
	Chosen []FacetValue // what it is narrowed by; their links take them away
	All    string       // address without any
	Sorts  []SortLink
	Later  bool   // it is not the first page
	First  string // address of the first page
	Next   string // address of the next page; empty on the last
	Save   string // address where the search is kept; empty where it looks for nothing
	Wrong  bool   // the query is none; nothing is listed
}

// SortLink is an order.
type SortLink struct {
	Name string // relevance, newest, downloads
	Link string
	Here bool
}

// FacetOf is what the list can be narrowed by.
type FacetOf struct {
	Name  string // theme, price, …
	First []FacetValue
	More  []FacetValue
}

// FacetValue is one value with how many datasets have it. Where it has no label of its
// own, the text "seek.{facet}.{value}" says it, or the value itself.
type FacetValue struct {
	Facet  string
	Value  string
	Label  trace.Text
	N      int
	Chosen bool
	Link   string // address with it, or without it where it is chosen
}

// DatasetCard is a dataset in a list.
type DatasetCard struct {
	Link      string
	Title     trace.Text
	Summary   trace.Text
	Publisher Party
	Place     trace.Text
	Updated   ledger.Time
	Access    string   // open, agreed, listed
	Kind      string   // files, api, service
	Prices    []string // free, paid, asked
	Formats   []string // csv, …
	Quality   int      // score; 0 where there is none
	Downloads int64
	Sample    bool
}

// Datasets writes the page.
func (p *Pages) Datasets(w io.Writer, lang Lang, v *Datasets) error {
	return p.render(w, lang, "datasets.html", frame{Title: p.text(lang, "seek.title"), Kind: "datasets", Canonical: "/datasets", Query: template.URL(v.Query), Feed: "/datasets.atom", View: v})
}

// valueOf names a value of a facet.
func (w words) valueOf(v FacetValue) string {
	if label := v.Label.In(string(w.lang)); label != "" {
		return label
	}
	return w.known("seek."+v.Facet+"."+v.Value, v.Value)
}
