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
