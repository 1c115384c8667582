package table

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/sogoc/sogoc/ledger"
)

// headed reads rows of which one names the fields: CSV and worksheets. Titles may stand
// above it.
type headed struct {
	fill     func(*Batch) error // the next rows as they are, io.EOF after the last
	shut     func() error
	strict   bool // a row with fewer cells than there are fields is a fault
	headless bool // the first row is data, whatever it looks like

	fields []string
	met    map[string]int // how often a name was asked for
	titles []string       // cells above the headings
	begun  bool
	named  bool
}

func (h *headed) Fields() []string { return h.fields }
func (h *headed) Close() error     { return h.shut() }
func (h *headed) Headed() bool     { return h.named }
func (h *headed) Titles() []string { return h.titles }

func (h *headed) Next(b *Batch) error {
	for {
		b.reset()
		if err := h.fill(b); err != nil {
			return err
		}
		if !h.begun {
			h.begun = true
			if err := h.begin(b); err != nil {
				return err
			}
			if b.Len() == 0 {
				continue
			}
		}
		return h.measure(b)
	}
}

// measure finds the rows that are shorter or longer than the others. What stands beyond
// the last heading makes a field of its own, so that it is not overlooked.
func (h *headed) measure(b *Batch) error {
	for row := range b.Len() {
		n := b.Width(row)
		for n > len(h.fields) && len(b.Cell(row, n-1)) == 0 {
			n--
		}
		if n == len(h.fields) || n < len(h.fields) && !h.strict {
			continue
		}
		if n > MaxFields {
			return unreadable(ledger.TooLarge, "fields", b.Line(row), "has more than %d cells", MaxFields)
		}
		b.Faults = append(b.Faults, Fault{b.Line(row), "ragged"})
		for n > len(h.fields) {
			h.fields = append(h.fields, h.unique(""))
		}
	}
	return nil
}

// looked is how many rows tell how wide a table is.
const looked = 50

// begin finds the headings in the first rows, and takes them and what is above away.
func (h *headed) begin(b *Batch) error {
	at := 0
	if !h.headless {
		at = headings(b)
		h.named = namesFields(b, at)
	}
	width := b.Width(at)
	for width > 1 && len(b.Cell(at, width-1)) == 0 {
		width--
	}
	for i := range width {
		name := ""
		if h.named {
			name = strings.Join(strings.Fields(string(b.Cell(at, i))), " ")
			if len(name) > MaxName {
				return unreadable(ledger.TooLarge, "name", b.Line(at), "has a heading of more than %d bytes", MaxName)
			}
		}
		given := h.unique(name)
		if h.named && given != name {
			b.Faults = append(b.Faults, Fault{b.Line(at), "heading"})
		}
		h.fields = append(h.fields, given)
	}
	for row := range at {
		for i := range b.Width(row) {
			if cell := b.Cell(row, i); len(cell) > 0 {
				h.titles = append(h.titles, string(cell))
			}
		}
	}
	if h.named {
		at++
	}
	b.drop(at)
	return nil
}

// unique is a name that no field has yet.
func (h *headed) unique(name string) string {
	if h.met == nil {
		h.met = map[string]int{}
	}
	if name == "" {
		name = fmt.Sprintf("field%d", len(h.fields)+1)
	}
	for base := name; h.met[name] > 0; {
		h.met[base]++
		name = fmt.Sprintf("%s (%d)", base, h.met[base])
	}
	h.met[name]++
	return name
}

// headings is the row that may name the fields: the first that is nearly as wide as the
// rows below.
func headings(b *Batch) int {
	n := min(b.Len(), looked)
	widths := make([]int, n)
	for row := range n {
		for i := range b.Width(row) {
			if len(bytes.TrimSpace(b.Cell(row, i))) > 0 {
				widths[row]++
			}
		}
	}
	sorted := slices.Clone(widths)
	slices.Sort(sorted)
	usual := sorted[n/2]
	for row := range min(n, MaxTitles+1) {
		if widths[row]*5 >= usual*3 {
			return row
		}
	}
	return 0
}

// namesFields reports whether a row looks like headings: words, or years as some tables
// have them side by side, but no data.
func namesFields(b *Batch, row int) bool {
	words := 0
	for i := range b.Width(row) {
		cell := bytes.TrimSpace(b.Cell(row, i))
		letters, digits := 0, 0
		for _, c := range string(cell) {
			switch {
			case unicode.IsLetter(c):
				letters++
			case unicode.IsDigit(c):
				digits++
			}
		}
		switch {
		case bytes.IndexByte(cell, '@') >= 0 || digits > 8 && letters == 0:
			return false
		case letters > 0:
			words++
		case digits > 0 && !(digits == 4 && len(cell) == 4):
			return false
		}
	}
	return words > 0
}

// drop takes the first rows of a batch away.
func (b *Batch) drop(n int) {
	if n == 0 {
		return
	}
	if n >= b.Len() {
		b.text, b.ends, b.rows, b.lines = b.text[:0], b.ends[:0], b.rows[:0], b.lines[:0]
		return
	}
	cells := b.rows[n]
	bytes := b.start(cells)
	b.text = b.text[bytes:]
	b.ends = b.ends[cells:]
	for i := range b.ends {
		b.ends[i] -= bytes
	}
	b.rows, b.lines = b.rows[n:], b.lines[n:]
	for i := range b.rows {
		b.rows[i] -= cells
	}
}

// csvRows reads CSV that is UTF-8.
func csvRows(in io.Reader, d Dialect, headless bool) *headed {
	r := newCSV(in, d)
	return &headed{strict: true, headless: headless, shut: func() error { return nil }, fill: func(b *Batch) error {
		for !b.full() {
			if err := r.row(b); err != nil {
				if err == io.EOF && b.Len() > 0 {
					return nil
				}
				return err
			}
		}
		return nil
	}}
}
