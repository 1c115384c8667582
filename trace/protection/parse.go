package protection

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Limits of a table.
const (
	MaxRows   = 50_000
	maxText   = 200 // characters
	maxFaults = 1000
)

// Columns are those of a table as CSV, in UTF-8; code, product, active, interval and
// status are needed. Interval is in days, hectare a number and a UN/ECE unit: "0.5
// LTR". A row of a forbidden active ingredient needs no product.
var Columns = []string{"code", "product", "product_en", "active", "crop", "pest", "dose", "hectare", "interval", "status", "rule", "holder"}

var needed = []string{"code", "product", "active", "interval", "status"}

// Fault is what is wrong with a cell of a file.
type Fault struct {
	Line   int    // from 1
	Column string // empty where it is the line as a whole
	Reason string // for a person
	Value  string // what stands there
}

// Faults is the error of a file that cannot be published, beneath an Invalid. Nothing
// of such a file is used.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (f Fault) String() string {
	s := fmt.Sprintf("line %d", f.Line)
	if f.Column != "" {
		s += ", " + f.Column
	}
	s += ": " + f.Reason
	if f.Value != "" {
		s += fmt.Sprintf(" (%q)", f.Value)
	}
	return s
}

// Parse reads the rows of a table from CSV and checks every one.
func Parse(file []byte) ([]Row, error) {
	r := reader{codes: map[string]int{}}
	r.read(bytes.TrimPrefix(file, []byte("\ufeff")))
	if len(r.rows) == 0 && len(r.faults) == 0 {
		r.fault("", "the file has no row", "")
	}
	if len(r.faults) > 0 {
		return nil, ledger.Wrap(r.faults, ledger.Invalid, fmt.Sprintf("the table has %d faults; the first is in %s", len(r.faults), r.faults[0]))
	}
	return r.rows, nil
}

// reader is a file being read.
type reader struct {
	rows   []Row
	codes  map[string]int // line by code
	faults Faults
	line   int
}

func (r *reader) fault(column, reason, value string) {
	if len(r.faults) < maxFaults {
		if utf8.RuneCountInString(value) > 40 {
			value = string([]rune(value)[:40]) + "…"
		}
		r.faults = append(r.faults, Fault{r.line, column, reason, value})
	}
}

func (r *reader) read(file []byte) {
	r.line = 1
	if !utf8.Valid(file) {
		r.fault("", "the file is not UTF-8", "")
		return
	}
	in := csv.NewReader(bytes.NewReader(file))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		r.fault("", "there is no line of column names", "")
		return
	}
	column := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := column[name]; twice {
			r.fault(name, "the column stands twice", "")
		} else if !slices.Contains(Columns, name) {
			r.fault(name, "there is no such column", "")
		}
		column[name] = i
	}
	for _, name := range needed {
		if _, ok := column[name]; !ok {
			r.fault(name, "the column is missing", "")
		}
	}
	if len(r.faults) > 0 {
		return
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			r.line = wrong.Line
			r.fault("", "a quotation mark is missing or superfluous", "")
			return
		}
		r.line, _ = in.FieldPos(0)
		if len(cells) != len(header) {
			r.fault("", fmt.Sprintf("has %d cells, not %d", len(cells), len(header)), "")
			continue
		}
		if len(r.rows) == MaxRows {
			r.fault("", fmt.Sprintf("there are more than %d rows", MaxRows), "")
			return
		}
		r.row(func(name string) string {
			if i, ok := column[name]; ok {
				return strings.TrimSpace(cells[i])
			}
			return ""
		})
	}
}

// row checks a row and keeps it.
func (r *reader) row(cell func(string) string) {
	for _, name := range Columns {
		switch text := cell(name); {
		case utf8.RuneCountInString(text) > maxText:
			r.fault(name, fmt.Sprintf("has more than %d characters", maxText), text)
		case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f || c == utf8.RuneError }):
			r.fault(name, "has a character that cannot be printed", text)
		}
	}
	row := Row{
		Code: cell("code"), Product: trace.Text{VI: cell("product"), EN: cell("product_en")}, Active: cell("active"), Crop: cell("crop"),
		Pest: cell("pest"), Dose: cell("dose"), Status: Status(cell("status")), Rule: cell("rule"), Holder: cell("holder"),
	}
	if at, twice := r.codes[row.Code]; twice {
		r.fault("code", fmt.Sprintf("stands in line %d already", at), row.Code)
	}
	r.codes[row.Code] = r.line
	missing := func(name, value string) {
		if value == "" {
			r.fault(name, "is missing", "")
		}
	}
	missing("code", row.Code)
	missing("active", row.Active)
	if row.Status != Forbidden {
		missing("product", row.Product.VI)
	} else if len(substance(row.Active)) == 0 && row.Active != "" {
		r.fault("active", "does not start with a name", row.Active)
	}
	switch row.Status {
	case Allowed:
	case Restricted, Forbidden:
		missing("rule", row.Rule)
	default:
		r.fault("status", "is not allowed, restricted or forbidden", cell("status"))
	}
	days, err := strconv.Atoi(cell("interval"))
	if row.Status == Forbidden && cell("interval") == "" {
		days, err = 0, nil
	}
	if row.Interval = days; err != nil || days < 0 || days > trace.MaxWait {
		r.fault("interval", fmt.Sprintf("is not a whole number of days from 0 to %d", trace.MaxWait), cell("interval"))
	}
	if text := cell("hectare"); text != "" {
		number, unit, _ := strings.Cut(text, " ")
		q, err := trace.ParseQuantity(number, trace.Unit(unit))
		if err != nil || unit == "" || q.IsNegative() || q.IsZero() {
			r.fault("hectare", "is not a number and a unit of measure, such as 0.5 LTR", text)
		} else {
			row.Hectare = &q
		}
	}
	r.rows = append(r.rows, row)
}
