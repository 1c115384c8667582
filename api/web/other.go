package web

import (
	"html/template"
	"io"
	"net/url"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Home is the front page.
type Home struct {
	Recent []Card // public products, newest first
	Total  uint64 // records on the register

	// Addresses for developers; an empty one is left out.
	EPCIS, API, Data string
}

// Card is a product on the front page.
type Card struct {
	Name     trace.Text
	Producer Party
	Origin   trace.Text
	Link     string
	Photo    *Photo
	Stars    int
	State    State
	Recorded ledger.Time
}

// Home writes the front page.
func (p *Pages) Home(w io.Writer, lang Lang, v *Home) error {
	return p.render(w, lang, "home.html", frame{Title: p.text(lang, "home.title"), Kind: "home", Canonical: "/", View: v})
}

// Dataset is the page of one version of a dataset.
type Dataset struct {
	ID          string // as the register names it
	Path        string // of this page
	Title       trace.Text
	Description trace.Text
	Publisher   Party
	Licence     string // name: CC BY 4.0
	LicenceLink string // https://…
	Version     string
	Issued      ledger.Time
	From, Until Date // the period that it covers
	Quality     trace.Text
	Derived     []Source
	Columns     []Column
	Rows        [][]string // a preview, as many cells as Columns; numbers with a point
	Total       int        // rows in the file
	Chart       *Chart
	Download    string
	Type        string // media type
	Size        int64  // bytes
	Proof       *Proof
}

// Source is what a dataset was derived from, and how.
type Source struct {
	Name trace.Text
	How  trace.Text
	Link string
}

// Column is a field of a dataset.
type Column struct {
	Name    trace.Text
	About   trace.Text
	Numeric bool
}

// Chart is a bar chart. Every value has the same unit.
type Chart struct {
	Title trace.Text
	Bars  []Bar
}

// Bar is a value with its label.
type Bar struct {
	Label trace.Text
	Value trace.Quantity
}

// Dataset writes a dataset's page.
func (p *Pages) Dataset(w io.Writer, lang Lang, v *Dataset) error {
	return p.render(w, lang, "dataset.html", frame{
		Title: v.Title.In(string(lang)), Kind: "dataset", Canonical: v.Path, Proof: v.Proof != nil, View: v,
	})
}

// Direction is which way a lineage was followed.
type Direction string

const (
	Up   Direction = "up"   // what it was made from
	Down Direction = "down" // what was made from it
	Both Direction = "both"
)

// Graph is a lineage page. Nodes beyond the limit of whoever made it are left out,
// and Truncated says so.
type Graph struct {
	Root      trace.ID
	Name      trace.Text
	Path      string // of this page
	Passport  string // address of the root's passport
	Direction Direction
	Nodes     []Node
	Edges     []trace.Edge // between nodes by their ID; others are not drawn
	Truncated bool
}

// Node is a thing of the lineage.
type Node struct {
	ID       trace.ID
	Name     trace.Text
	Quantity *trace.Quantity
	Unit     trace.Text // word for one piece
	Party    *Party     // who made it or has it
	On       Date
	State    State
	Link     string
}

// Trace writes a lineage page.
func (p *Pages) Trace(w io.Writer, lang Lang, v *Graph) error {
	return p.render(w, lang, "trace.html", frame{
		Title: p.text(lang, "trace.title"), Kind: "trace", Canonical: v.Path, Query: template.URL(url.Values{"direction": {string(v.Direction)}}.Encode()), View: v,
	})
}

// Directions are what the page offers.
func (Graph) Directions() []Direction { return []Direction{Up, Down, Both} }
