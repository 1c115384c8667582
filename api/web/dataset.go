package web

import (
	"bytes"
	"html/template"
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Dataset is the page of a dataset's latest version.
type Dataset struct {
	ID          string // as the register names it
	Path        string // of this page
	Title       trace.Text
	Description trace.Text
	Publisher   Party
	Contact     *Contact
	Access      string // open, agreed, listed
	Kind        string // files, api, service
	Refused     bool   // the operator did not approve it
	Licence     string // name: CC BY 4.0
	LicenceLink string // https://…; empty where it is no address of the web
	LicenceCode string // URI, under which its words are known
	Version     string
	Issued      ledger.Time
	From, Until Date // the period that it covers
	Place       trace.Text
	Themes      []trace.Text
	Frequency   string // code
	Sample      bool
	Endpoint    string // address of an open data service

	Quality   trace.Text
	Score     int // 0 where there is none
	Scores    []QualityPart
	Method    trace.Text
	Limits    trace.Text
	Statement *Statement

	Files     []DatasetFile
	Downloads int64
	Days      []DownloadDay // the last of them, the oldest first

	Conditions trace.Text
	Offers     []OfferLine
	Ask        string // address where terms are asked for; empty where nobody is asked here
	Waits      bool   // the operator has decided nothing yet, and so nothing is agreed on

	Derived  []Source
	Uses     []Source
	Versions []VersionLine // the latest first
	History  string        // address of all versions

	Fields  []FieldLine
	Columns []Column   // of the preview
	Rows    [][]string // as many cells as Columns
	Total   int        // rows in the file; 0 where nobody counted
	Chart   *Chart
	Shapes  *Shapes
	Data    []DataLink // the same for programs
	Linked  []byte     // the same for search engines: JSON-LD with < > & escaped
	Origins string     // address of the drawing of where it comes from
	Proof   *Proof
}

// Contact is the unit that answers questions.
type Contact struct{ Name, Email, Phone string }

// DatasetFile is a file of a version. What is not open has no link.
type DatasetFile struct {
	Name string
	Type string // CSV, …
	Size int64  // bytes
	Link string
}

// QualityPart is one side of quality, as the node found it.
type QualityPart struct {
	Key   string
	Score int
	Words trace.Text
}

// Statement is what the publisher says of the data before the law.
type Statement struct {
	Seller, Origin, Value, Class string
	Right                        trace.Text
}

// DownloadDay is how often files were downloaded on a day.
type DownloadDay struct {
	Day Date
	N   int
}

// OfferLine is an offer in words.
type OfferLine struct {
	Clauses []Clause
	Until   ledger.Time
	Link    string // where it is agreed to; empty while it cannot be
}

// Source is what a dataset was derived from, or what was derived from it, and how.
type Source struct {
	Name trace.Text
	How  trace.Text
	Link string
}

// FieldLine is a field as the dictionary explains it.
type FieldLine struct {
	Name     string // as the file has it
	Title    trace.Text
	Type     string // string, number, … as Table Schema has it
	Unit     string
	Min, Max string   // of open data
	Examples []string // of open data
	Missing  int64    // empty values
}

// Column is a column of a preview.
type Column struct {
	Name    trace.Text
	Numeric bool
}

// DataLink is an address of the dataset for programs.
type DataLink struct{ Name, Link string }

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
	linked := v.Linked
	if bytes.ContainsAny(linked, "<>&") { // it could end the element that it stands in
		linked = nil
	}
	return p.render(w, lang, "dataset.html", frame{
		Title: v.Title.In(string(lang)), Kind: "dataset", Canonical: v.Path, Proof: v.Proof != nil, Linked: template.JS(linked), View: v,
	})
}

// Most is the highest count of a day.
func (v *Dataset) Most() (n int) {
	for _, d := range v.Days {
		n = max(n, d.N)
	}
	return n
}

// VersionLine is a version with what changed since the one before.
type VersionLine struct {
	Version string
	Issued  ledger.Time
	Changes []VersionChange // none of the first version
	First   bool
	Receipt string
}

// VersionChange is one thing that is not as it was in the version before.
type VersionChange struct {
	Kind     string // added, removed, retyped: fields; rows, size: numbers; licence, access: words
	What     []string
	From, To int64
}

// Versions is the page of a dataset's versions.
type Versions struct {
	Title trace.Text
	Path  string
	Up    string // address of the dataset
	List  []VersionLine
	Later bool   // it is not the first page
	Next  string // address of the next page; empty on the last
}

// DatasetVersions writes the page.
func (p *Pages) DatasetVersions(w io.Writer, lang Lang, v *Versions) error {
	return p.render(w, lang, "versions.html", frame{Title: p.text(lang, "versions.title") + ": " + v.Title.In(string(lang)), Kind: "dataset", Canonical: v.Path, View: v})
}

// dayHeight is the height of the chart of days.
const dayHeight = 60

// tall is the height of a day's bar.
func tall(n, most int) int {
	if n == 0 {
		return 1
	}
	return max(n*dayHeight/max(most, 1), 3)
}
