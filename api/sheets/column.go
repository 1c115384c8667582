package sheets

import (
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Kind is what the rows of a spreadsheet are.
type Kind string

// Kinds of spreadsheets.
const (
	Products Kind = "products"
	Plots    Kind = "plots"
	Members  Kind = "members"
)

// Kinds lists them.
var Kinds = []Kind{Products, Plots, Members}

// ParseKind reads a kind.
func ParseKind(text string) (Kind, error) {
	if k := Kind(text); slices.Contains(Kinds, k) {
		return k, nil
	}
	return "", ledger.FieldErrorf(ledger.Invalid, "kind", "%q is no kind of spreadsheet", text)
}

// Column is a column of a kind of spreadsheet.
type Column struct {
	Key     string
	Heading trace.Text
	Help    trace.Text
	Must    bool // of something new
	Example string
	Choices []trace.Text // words that a cell may have; nil for any

	get func(b *book, t *thing) string
	set func(b *book, t *thing, cell string) error
	// clear takes away what the column says; nil where something always stands there.
	clear func(t *thing)
}

// Columns are the columns of a kind in their order.
func Columns(k Kind) []Column {
	switch k {
	case Products:
		return productColumns
	case Members:
		return memberColumns
	}
	return plotColumns
}

// ColumnOf is the column of a kind that has a key.
func ColumnOf(k Kind, key string) Column {
	i := slices.IndexFunc(Columns(k), func(c Column) bool { return c.Key == key })
	if i < 0 {
		return Column{Key: key, Heading: trace.Text{VI: key}}
	}
	return Columns(k)[i]
}

// head is a column's heading in both languages.
func (c Column) head() string {
	h := c.Heading.VI + " · " + c.Heading.EN
	if c.Must {
		h += " *"
	}
	return h
}

// called reports whether a heading is the column's: in one of the languages or in both,
// with or without marks on letters.
func (c Column) called(heading string) bool {
	plain := func(s string) string { return trace.Plain(strings.Trim(s, " *:")) }
	h := plain(heading)
	return h == plain(c.head()) || h == plain(c.Heading.VI) || h == plain(c.Heading.EN) || h == c.Key
}

// maxTitles is how many rows may stand above the headings.
const maxTitles = 10

// headings finds the row of headings: which cell each column has, -1 for none, and
// what stands above cells that are no column's.
func headings(k Kind, t Table) (at int, cells []int, unknown []string, ok bool) {
	columns := Columns(k)
	for at = range t.Lines[:min(len(t.Lines), maxTitles+1)] {
		cells, unknown = make([]int, len(columns)), nil
		known := 0
		for i := range cells {
			cells[i] = -1
		}
		for j, h := range t.Lines[at].Cells {
			i := slices.IndexFunc(columns, func(c Column) bool { return c.called(h) })
			switch {
			case i >= 0 && cells[i] < 0:
				cells[i], known = j, known+1
			case h != "":
				unknown = append(unknown, h)
			}
		}
		name := slices.IndexFunc(columns, func(c Column) bool { return c.Key == "name" })
		if known >= 2 && cells[name] >= 0 {
			return at, cells, unknown, true
		}
	}
	return 0, nil, nil, false
}
