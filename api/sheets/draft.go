// Package sheets takes an organisation's master data, its products, plots and
// people, out of spreadsheets and writes it into them. A file becomes a [Draft], which says of each row
// whether it is new, changed, the same or wrong; one without a wrong row is recorded by
// a job.
package sheets

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// State is what a row does.
type State string

// States of rows.
const (
	New     State = "new"
	Changed State = "changed"
	Same    State = "same"
	Alike   State = "alike" // something like it is there: somebody decides
	Wrong   State = "wrong"
)

// Draft is a spreadsheet that was read, with what its rows would do.
type Draft struct {
	Kind    Kind      `json:"kind"`
	File    string    `json:"file"` // its name
	Org     ledger.ID `json:"org"`
	Account ledger.ID `json:"account"` // in whose name it is recorded
	Member  ledger.ID `json:"member"`
	Rows    []*Row    `json:"rows"`
	Unknown []string  `json:"unknown,omitempty"` // headings that no column has
}

// Row is a row of a draft.
type Row struct {
	N      int      `json:"n"`     // as a spreadsheet numbers it
	Cells  []string `json:"cells"` // in the order of the kind's columns
	State  State    `json:"state"`
	ID     trace.ID `json:"id,omitzero"`     // what it changes, or what is like it; what it makes once that is decided
	Code   trace.ID `json:"code,omitzero"`   // of its own, where it is like something under another code
	Fresh  bool     `json:"fresh,omitempty"` // something like it is there, and it is another
	Faults []Fault  `json:"faults,omitempty"`
}

// Fault is what is wrong with a cell.
type Fault struct {
	Column string `json:"column"` // key; empty for the row
	What   string `json:"what"`   // ends a text key
	Cell   string `json:"cell,omitempty"`
	Other  int    `json:"other,omitempty"` // row with which it does not agree
}

// Count is how many rows have a state.
func (d *Draft) Count(s State) (n int) {
	for _, r := range d.Rows {
		if r.State == s {
			n++
		}
	}
	return n
}

// Draft reads a file for a member, and judges every row of it.
func (s *Service) Draft(ctx context.Context, by *account.Identity, k Kind, name string, file []byte) (*Draft, error) {
	s.reading.Lock() // one at a time: a workbook takes much more memory than bytes
	tables, err := ReadTables(file)
	s.reading.Unlock()
	if err != nil {
		return nil, err
	}
	d := &Draft{Kind: k, File: name, Org: by.Org, Account: by.Account, Member: by.Member}
	found := false
	for _, t := range tables {
		at, cells, unknown, ok := headings(k, t)
		if !ok || found {
			continue
		}
		found, d.Unknown = true, unknown
		for _, line := range t.Lines[at+1:] {
			row := &Row{N: line.N, Cells: make([]string, len(cells))}
			for i, j := range cells {
				if j >= 0 && j < len(line.Cells) {
					row.Cells[i] = strings.TrimSpace(unquoted(line.Cells[j]))
				}
			}
			if slices.ContainsFunc(row.Cells, func(c string) bool { return c != "" }) && !slices.Contains(row.Cells, exampleMark) {
				d.Rows = append(d.Rows, row)
			}
		}
	}
	switch {
	case !found:
		return nil, unreadable(ledger.Invalid, "headings", 0, "no row has the headings of this kind: take the template")
	case len(d.Rows) == 0:
		return nil, unreadable(ledger.Invalid, "norows", 0, "has no rows")
	case len(d.Rows) > MaxRows:
		return nil, errRows
	}
	b, err := s.book(ctx, k, by.Org)
	if err != nil {
		return nil, err
	}
	return d, b.judge(ctx, d)
}

// unquoted takes away the mark with which an export keeps a cell from being a formula.
func unquoted(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && Harmless(rest) != rest {
		return rest
	}
	return cell
}

// Harmless keeps a cell of a CSV file from being taken for a formula by a spreadsheet.
func Harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// judge says of every row what it would do.
func (b *book) judge(ctx context.Context, d *Draft) error {
	codes, olds, names, phones := map[trace.ID]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, row := range d.Rows {
		var is match
		if d.Kind != Members {
			var err error
			if is, err = b.find(ctx, row); err != nil {
				return err
			}
		}
		t := b.apply(row, is.thing)
		// Two rows must not be one thing.
		claim := func(seen int, column string) {
			if seen != 0 && seen != row.N {
				row.Faults = append(row.Faults, Fault{Column: column, What: "twice", Cell: row.cell(d.Kind, column), Other: seen})
			}
		}
		if !is.code.IsZero() {
			claim(codes[is.code], "code")
			codes[is.code] = cmp.Or(codes[is.code], row.N)
		}
		for _, code := range oldCodes(row.cell(d.Kind, "old")) {
			key := trace.Plain(code)
			claim(olds[key], "old")
			olds[key] = cmp.Or(olds[key], row.N)
		}
		if is.thing == nil && row.cell(d.Kind, "old") == "" && t.Said.Name.VI != "" {
			key := t.plainName() + t.Said.Phone
			claim(names[key], "name")
			names[key] = cmp.Or(names[key], row.N)
		}
		if phone := t.Said.Phone; d.Kind == Members && phone != "" {
			claim(phones[phone], "phone")
			phones[phone] = cmp.Or(phones[phone], row.N)
		}
		switch {
		case len(row.Faults) > 0:
			row.State, row.ID = Wrong, trace.ID{}
		case d.Kind == Members:
			b.judgeMember(row, t)
		case is.thing == nil:
			row.State, row.ID = New, is.code
		case t.same(is.thing):
			row.State, row.ID = Same, is.thing.ID
		case is.sure:
			row.State, row.ID = Changed, is.thing.ID
		default:
			row.State, row.ID, row.Code = Alike, is.thing.ID, is.code
		}
	}
	return nil
}

// match is what a row is about.
type match struct {
	thing *thing   // that exists; nil for none
	sure  bool     // its own code names it
	code  trace.ID // that the row has; zero for none
}

// find looks for what a row is about: by its code, by an old code, by its name.
func (b *book) find(ctx context.Context, row *Row) (m match, err error) {
	fault := func(what string) {
		row.Faults = append(row.Faults, Fault{Column: "code", What: what, Cell: row.cell(b.kind, "code")})
	}
	if cell := row.cell(b.kind, "code"); cell != "" && cell != clearMark {
		id, err := idOf(b.kind, cell)
		if err != nil {
			fault(code(err))
			return m, nil
		}
		if m.thing, m.sure, m.code = b.byID[id], true, id; m.thing != nil {
			return m, nil
		}
		owner, err := b.owner(id)
		if err != nil {
			return m, err
		}
		_, managed := id.Code()
		switch taken, err := b.taken(ctx, id); {
		case err != nil:
			return m, err
		case owner != b.org || id.Product() != id || id.Instance():
			fault("foreign")
			return m, nil
		case taken:
			fault("taken")
			return m, nil
		case managed:
			fault("nosuch")
			return m, nil
		}
	}
	for _, old := range append(oldCodes(row.cell(b.kind, "old")), row.cell(b.kind, "code")) {
		if t := b.byOld[trace.Plain(old)]; t != nil {
			m.thing, m.sure = t, false
			return m, nil
		}
	}
	// By its name: only what is of the same commune, where that is known.
	probe := b.apply(&Row{Cells: row.Cells}, nil)
	m.thing = b.byName[probe.plainName()]
	m.sure = false
	return m, nil
}

// cell is what a row has in a column.
func (r *Row) cell(k Kind, key string) string {
	i := slices.IndexFunc(Columns(k), func(c Column) bool { return c.Key == key })
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

// clearMark in a cell takes away what stands there.
const clearMark = "-"

// apply is what a thing is after a row, nil for a new one; it adds what is wrong to the
// row's faults. An empty cell leaves things as they are.
func (b *book) apply(row *Row, is *thing) *thing {
	var t *thing
	if is != nil {
		t = is.clone()
	} else {
		t = b.blank()
	}
	for i, c := range Columns(b.kind) {
		cell := row.Cells[i]
		fault := func(what string) {
			row.Faults = append(row.Faults, Fault{Column: c.Key, What: what, Cell: clip(cell)})
		}
		switch {
		case cell == "" && c.Must && is == nil:
			fault("missing")
		case cell == "" || is != nil && cell == c.get(b, is):
		case cell == clearMark && c.clear == nil:
			fault("stays")
		case cell == clearMark:
			c.clear(t)
		case strings.HasPrefix(cell, "="):
			fault("formula")
		case c.Key != "code" && science(cell):
			fault("science")
		default:
			if err := c.set(b, t, cell); err != nil {
				fault(code(err))
			}
		}
	}
	if b.kind == Products && t.Product.Tolerance.Greater(t.Product.HardCap) {
		row.Faults = append(row.Faults, Fault{Column: "cap", What: "order", Cell: row.cell(b.kind, "cap")})
	}
	return t
}

func clip(cell string) string {
	if r := []rune(cell); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return cell
}

// code is what an error of a column says.
func code(err error) string {
	var e *ledger.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "unread"
}

// Change is what a row does to a column.
type Change struct{ Column, Before, After string }

// Compare is what a row would change of what exists, or is like it.
func (s *Service) Compare(ctx context.Context, d *Draft) (map[int][]Change, error) {
	b, err := s.book(ctx, d.Kind, d.Org)
	if err != nil {
		return nil, err
	}
	list := map[int][]Change{}
	for _, row := range d.Rows {
		is := b.byID[row.ID]
		if is == nil || row.State != Alike && row.State != Changed {
			continue
		}
		t := b.apply(&Row{Cells: row.Cells}, is)
		for _, c := range Columns(d.Kind) {
			if before, after := c.get(b, is), c.get(b, t); before != after || row.State == Alike && (c.Key == "name" || c.Key == "code" || c.Key == "commune") {
				list[row.N] = append(list[row.N], Change{c.Key, before, after})
			}
		}
	}
	return list, nil
}

// Name is what a row is called.
func (r *Row) Name(k Kind) string { return r.cell(k, "name") }
