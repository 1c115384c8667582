package sheets

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a spreadsheet that is read.
const (
	MaxBytes    = 5 << 20
	MaxRows     = 5000
	MaxColumns  = 100
	MaxCell     = 32 << 10 // bytes
	maxUnzipped = 48 << 20 // bytes that a workbook may grow to
	maxGap      = 20_000   // rows, blank ones with them
)

// Unreadable is beneath the error of a file that cannot be read: what is wrong with it,
// which ends a text key, and the row, 0 where none is at fault.
type Unreadable struct {
	What string
	Row  int
}

func (u *Unreadable) Error() string { return "unreadable: " + u.What }

func unreadable(c ledger.Code, what string, row int, format string, args ...any) error {
	e := ledger.FieldErrorf(c, "sheet", format, args...)
	e.Err = &Unreadable{what, row}
	return e
}

// Table is the cells of a spreadsheet as text, without its blank rows.
type Table struct {
	Lines []Line
}

// Line is a row, by the number that a spreadsheet shows beside it.
type Line struct {
	N     int
	Cells []string
}

// ReadTables reads a file as CSV or as an Office Open XML workbook, whichever it is; a
// workbook has a table for each worksheet. Formulas are not evaluated: what a workbook
// keeps as their last result is read. Errors wrap an [*Unreadable].
func ReadTables(b []byte) ([]Table, error) {
	switch {
	case len(b) == 0:
		return nil, unreadable(ledger.Invalid, "empty", 0, "is empty")
	case len(b) > MaxBytes:
		return nil, unreadable(ledger.TooLarge, "large", 0, "has more than %d MiB", MaxBytes>>20)
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return readWorkbook(b)
	}
	t, err := readCSV(b)
	return []Table{t}, err
}

func (t *Table) add(n int, cells []string) error {
	for i, c := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(c, "\r\n", "\n"))
		if len(cells[i]) > MaxCell {
			return unreadable(ledger.TooLarge, "cell", n, "row %d has a cell of more than %d bytes", n, MaxCell)
		}
	}
	if !slices.ContainsFunc(cells, func(c string) bool { return c != "" }) {
		return nil
	}
	if len(cells) > MaxColumns {
		return unreadable(ledger.TooLarge, "columns", n, "row %d has more than %d columns", n, MaxColumns)
	}
	// Titles above the headings are no rows of the list.
	if len(t.Lines) > MaxRows+maxTitles {
		return errRows
	}
	t.Lines = append(t.Lines, Line{n, cells})
	return nil
}

var errRows = unreadable(ledger.TooLarge, "rows", 0, "there are more than %d rows; split the file", MaxRows)

// readCSV reads UTF-8 with or without a byte order mark, with commas, semicolons or
// tabs between the cells.
func readCSV(b []byte) (t Table, err error) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) || bytes.ContainsRune(b, 0) {
		return t, unreadable(ledger.Invalid, "encoding", 0, "is not UTF-8: save it as \"CSV UTF-8\" or as XLSX")
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma, r.FieldsPerRecord = separator(b), -1
	n, end := 0, 0 // number of the last row, and the line on which it ends
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			row := n + bad.StartLine - end
			return t, unreadable(ledger.Invalid, "quotes", row, "the quotation marks of row %d do not close", row)
		}
		if err != nil {
			return t, ledger.Wrap(err, ledger.Invalid, "the file cannot be read")
		}
		start, _ := r.FieldPos(0)
		n, end = n+start-end, start
		for _, c := range cells {
			end += strings.Count(c, "\n") // a cell of several lines is in one row
		}
		if err := t.add(n, cells); err != nil {
			return t, err
		}
	}
}

// separator is what stands most often in the first line that has any.
func separator(b []byte) rune {
	for line := range bytes.Lines(b) {
		best, most := ',', 0
		for _, c := range ",;\t" {
			if n := bytes.Count(line, []byte(string(c))); n > most {
				best, most = c, n
			}
		}
		if most > 0 {
			return best
		}
	}
	return ','
}

func readWorkbook(b []byte) (list []Table, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errWorkbook // the reader stumbled over a file that somebody broke
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true})
	if err != nil {
		return nil, errWorkbook
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		t, err := readSheet(f, name)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

var errWorkbook = unreadable(ledger.Invalid, "workbook", 0, "cannot be read as a workbook; save it as XLSX or as CSV UTF-8")

// thousandth is a number that people may have meant as thousands.
var thousandth = regexp.MustCompile(`^-?\d{1,3}\.\d{3}$`)

func readSheet(f *excelize.File, name string) (t Table, err error) {
	rows, err := f.Rows(name)
	if err != nil {
		return t, nil // a chart
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		if n > maxGap {
			return t, errRows
		}
		cells, err := rows.Columns()
		if err != nil {
			return t, errWorkbook
		}
		for i, c := range cells {
			if !thousandth.MatchString(c) {
				continue
			}
			at, err := excelize.CoordinatesToCellName(i+1, n)
			if err != nil {
				return t, errWorkbook
			}
			// A number has one meaning, as a text of the same digits has not.
			if kind, err := f.GetCellType(name, at); err == nil && (kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber) {
				cells[i] += "0"
			}
		}
		if err := t.add(n, cells); err != nil {
			return t, err
		}
	}
	if rows.Error() != nil {
		return t, errWorkbook
	}
	return t, nil
}
