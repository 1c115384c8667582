package web

import (
	"io"
	"strconv"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Sheets is the page on which a spreadsheet is sent, and taken.
type Sheets struct {
	Form    Form
	Kinds   []string
	Chosen  string
	Trouble string // ends a text key "sheets.trouble.…"; empty where the file could be read
	Row     int    // at fault; 0 for none
	Jobs    []SheetJob
}

// States of a spreadsheet before it is recorded.
const (
	SheetDraft = "draft"
	SheetWrong = "wrong"
)

// SheetJob is a spreadsheet that was sent.
type SheetJob struct {
	Path  string
	Kind  string
	File  string
	Rows  int
	Wrong int // rows
	State string
	Done  int
	Made  ledger.Time
	Until ledger.Time
}

// Open reports whether there is more to come by itself.
func (j SheetJob) Open() bool { return j.State == JobWaiting || j.State == JobWorking }

// Draft reports whether it waits for somebody.
func (j SheetJob) Draft() bool { return j.State == SheetDraft || j.State == SheetWrong }

// SheetPage is the page of one: what it would do, how far it is, or what it did.
type SheetPage struct {
	SheetJob
	Form               Form
	New, Changed, Same int
	AlikeCount         int
	Faults             []SheetFault
	More               int // faults that are not shown
	Unknown            []string
	Changes            []SheetRow
	Alike              []SheetRow
	Overlaps           []SheetOverlap // of plots; all is recorded nevertheless
	OwnKey             bool           // the member signs each record by hand
	Fault              string         // why it was not recorded
}

// SheetOverlap is ground that a row's plot has in common with another: of another row, or
// of one that exists, whose name it is.
type SheetOverlap struct {
	Row    int
	Name   string
	Corner int
	Other  int // row; 0 where it exists
	Over   trace.Text
}

// SheetFault is what is wrong with a cell; What ends a text key "sheets.fault.…".
type SheetFault struct {
	Row    int
	Column trace.Text
	What   string
	Cell   string
	Other  int
}

// SheetRow is a row and what it changes of what exists.
type SheetRow struct {
	N       int
	Name    string
	Changes []SheetChange
}

// SheetChange is what a column says before and after.
type SheetChange struct {
	Column        trace.Text
	Before, After string
}

// Sheets writes the page.
func (p *Pages) Sheets(w io.Writer, r Reader, v *Sheets) error { return p.desk(w, r, "sheets", v) }

// SheetPage writes the page.
func (p *Pages) SheetPage(w io.Writer, r Reader, v *SheetPage) error {
	f := frame{Title: p.text(r.Lang, "sheets.kind."+v.Kind), View: v}
	if v.Open() {
		f.Scripts, f.Refresh = []string{labelScript}, jobRefresh
	}
	return p.deskPage(w, r, f, "sheet")
}

// sheetKinds are the kinds of spreadsheets that a form offers.
func (w words) sheetKinds(kinds []string, chosen string) []Option {
	return choices(w, "sheets.kind.", kinds, chosen)
}

// fault says what is wrong with a cell and what to do.
func (w words) fault(f SheetFault) (string, error) {
	return w.text("sheets.fault."+f.What, "row", strconv.Itoa(f.Other))
}

// SheetFaults are faults as rows of a spreadsheet, with their headings.
func (p *Pages) SheetFaults(l Lang, list []SheetFault) (heads []string, rows [][]string, err error) {
	w := p.words(l)
	for _, f := range list {
		why, err := w.fault(f)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, []string{strconv.Itoa(f.Row), f.Column.In(string(l)), f.Cell, why})
	}
	return []string{w.must("sheets.row"), w.must("sheets.column"), w.must("sheets.cell"), w.must("sheets.why")}, rows, nil
}
