// Package dossier writes what the register knows of a lot or a season in the forms
// that inspectors, buyers and customs ask for: as a PDF to print and as a spreadsheet
// to sort. A form says what its rule requires; what the register does not have of that
// is listed before the form is written, and stands in it as missing, never as a blank.
//
// The forms are
//
//	vietgap    the logbook of a crop for one season (TCVN 11892-1:2017, VietGAP)
//	circular   the ten items of Circular 02/2024/TT-BKHCN, article 6
//	passport   the product passport of Decree 37/2026/NĐ-CP, article 32
//	fsma       the key data elements of 21 CFR part 1 subpart S (FSMA 204) for the
//	           critical tracking events of a lot, as a sortable spreadsheet
//	eudr       the plots of a lot's harvests, for the due diligence statement of
//	           Regulation (EU) 2023/1115, article 9; also as GeoJSON
package dossier

import (
	"github.com/sogoc/sogoc/trace"
)

// Form names what a dossier is written for.
type Form string

const (
	VietGAP  Form = "vietgap"
	Circular Form = "circular"
	Passport Form = "passport"
	FSMA     Form = "fsma"
	EUDR     Form = "eudr"
)

// Dossier is a form, filled in.
type Dossier struct {
	Form   Form
	Title  trace.Text
	About  string     // the code that it is about
	Basis  trace.Text // the rule that asks for it
	Facts  []Fact
	Tables []Table
}

// Fact is a line of a form.
type Fact struct {
	Name  trace.Text
	Value trace.Text
	Must  bool // the rule requires it
}

// Table is a list of a form.
type Table struct {
	Name    trace.Text
	Columns []Column
	Rows    [][]Cell
	Must    bool // the rule requires a row
}

// Column is what its cells say.
type Column struct {
	Name   trace.Text
	Weight int  // share of the width
	Number bool // cells are decimals
}

// Cell is one value of a row.
type Cell struct {
	Text trace.Text
	Must bool // the rule requires it in this row
}

// Missing is something that a rule requires and the register does not have.
type Missing struct {
	Where trace.Text // the table and its row; empty for a line of the form
	What  trace.Text
}

// Missing lists them in the order of the form.
func (d *Dossier) Missing() (list []Missing) {
	for _, f := range d.Facts {
		if f.Must && f.Value.IsZero() {
			list = append(list, Missing{What: f.Name})
		}
	}
	for _, t := range d.Tables {
		if t.Must && len(t.Rows) == 0 {
			list = append(list, Missing{What: t.Name})
		}
		for _, row := range t.Rows {
			for i, c := range row {
				if c.Must && c.Text.IsZero() {
					list = append(list, Missing{Where: t.row(row), What: t.Columns[i].Name})
				}
			}
		}
	}
	return list
}

// row names a row of the table by its first cells that say something.
func (t *Table) row(row []Cell) trace.Text {
	name := t.Name
	named := 0
	for _, c := range row {
		if c.Text.IsZero() || named == 2 {
			continue
		}
		named++
		name = trace.Text{VI: name.VI + " · " + c.Text.VI, EN: name.In("en") + " · " + c.Text.In("en")}
	}
	return name
}

// absent is what stands in a form for what is missing.
var absent = trace.Text{VI: "(chưa ghi)", EN: "(not recorded)"}

// text is what a form says in a language.
func text(t trace.Text, must bool, lang string) string {
	if t.IsZero() && must {
		t = absent
	}
	return t.In(lang)
}

// plain is a value that is the same in every language.
func plain(s string) trace.Text { return trace.Text{VI: s} }

// words is a Vietnamese text with its English.
func words(vi, en string) trace.Text { return trace.Text{VI: vi, EN: en} }
