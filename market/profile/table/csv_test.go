package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sogoc/sogoc/ledger"
)

// all reads a table to its end.
func all(r Rows) (rows [][]string, faults []Fault, err error) {
	var b Batch
	for {
		if err := r.Next(&b); errors.Is(err, io.EOF) {
			return rows, faults, nil
		} else if err != nil {
			return rows, faults, err
		}
		for row := range b.Len() {
			var cells []string
			for i := range b.Width(row) {
				cells = append(cells, string(b.Cell(row, i)))
			}
			rows = append(rows, cells)
		}
		faults = append(faults, b.Faults...)
	}
}

func open(t *testing.T, name, text string) *File {
	t.Helper()
	f, err := Open(strings.NewReader(text), int64(len(text)), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		name, text string
		fields     string
		rows       [][]string
		faults     []Fault
	}{
		{"commas", "a,b\n1,2\n3,4\n", "a|b", [][]string{{"1", "2"}, {"3", "4"}}, nil},
		{"no last line end", "a,b\n1,2", "a|b", [][]string{{"1", "2"}}, nil},
		{"semicolons and decimal commas", "a;b\r\n1,5;2,5\r\n3,5;4,5\r\n", "a|b", [][]string{{"1,5", "2,5"}, {"3,5", "4,5"}}, nil},
		{"tabs", "a\tb\n1,1\t2\n", "a|b", [][]string{{"1,1", "2"}}, nil},
		{"pipes", "a|b|c\n1|2|3\n", "a|b|c", [][]string{{"1", "2", "3"}}, nil},
		{"a mark and its own word for the delimiter", "\ufeffsep=;\r\na;b\r\n1;2\r\n", "a|b", [][]string{{"1", "2"}}, nil},
		{"lines of an old Macintosh", "a,b\r1,2\r3,4\r", "a|b", [][]string{{"1", "2"}, {"3", "4"}}, nil},
		{"quotes", "a,b\n\"1,\n\"\"x\"\"\", \"2\" \n", "a|b", [][]string{{"1,\n\"x\"", "2"}}, nil},
		{"a quote within", "a,b\nỐng 5\" dài,2\n3,4\n", "a|b", [][]string{{"Ống 5\" dài", "2"}, {"3", "4"}}, []Fault{{2, "quote"}}},
		{"rows of other lengths", "a,b\n1\n\"x\ny\",2\n1,2,3\n1,2,\n", "a|b|field3", [][]string{{"1"}, {"x\ny", "2"}, {"1", "2", "3"}, {"1", "2", ""}}, []Fault{{2, "ragged"}, {5, "ragged"}}},
		{"titles above", "BÁO CÁO\nTháng 1,\n\nTên,Số lượng,Giá\nx,2,3\ny,4,5\nz,6,7\n", "Tên|Số lượng|Giá", [][]string{{"x", "2", "3"}, {"y", "4", "5"}, {"z", "6", "7"}}, nil},
		{"no headings", "1,2.5,x\n2,3.5,y\n", "field1|field2|field3", [][]string{{"1", "2.5", "x"}, {"2", "3.5", "y"}}, nil},
		{"years for headings", "Tỉnh,2023,2024\nx,1,2\n", "Tỉnh|2023|2024", [][]string{{"x", "1", "2"}}, nil},
		{"headings twice and empty", "a,a,\n1,2,3\n", "a|a (2)|field3", [][]string{{"1", "2", "3"}}, []Fault{{1, "heading"}, {2, "ragged"}}},
		{"one column", "tên\nx\ny\n", "tên", [][]string{{"x"}, {"y"}}, nil},
		{"headings alone", "a,b\n", "a|b", nil, nil},
	} {
		r, err := open(t, "a.csv", c.text).Rows(0)
		if err != nil {
			t.Fatal(err)
		}
		rows, faults, err := all(r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := strings.Join(r.Fields(), "|"); got != c.fields {
			t.Errorf("%s: fields %s, want %s", c.name, got, c.fields)
		}
		if fmt.Sprint(rows) != fmt.Sprint(c.rows) || !slices.Equal(faults, c.faults) {
			t.Errorf("%s: rows %q with faults %v, want %q with %v", c.name, rows, faults, c.rows, c.faults)
		}
	}
}

// TestBrokenCSV: the error names the line, and a key for pages.
func TestBrokenCSV(t *testing.T) {
	for _, c := range []struct {
		name, text string
		code       ledger.Code
		want       Unreadable
	}{
		{"a quote that does not close", "a,b\n1,2\n3,\"4\n5,6\n", ledger.Invalid, Unreadable{"quotes", 3}},
		{"in a row of several lines", "a,b\n\"1\n\n\",\"2\n", ledger.Invalid, Unreadable{"quotes", 4}},
		{"text behind a quote", "a,b\n1,2\n\"3\" x,4\n", ledger.Invalid, Unreadable{"quotes", 3}},
		{"a zero byte", "a,b\n1,2\n3,\x004\n", ledger.Invalid, Unreadable{"nul", 3}},
		{"one behind a quote", "a,b\n\"1\n\",2\n\"3\n\x00\",4\n", ledger.Invalid, Unreadable{"nul", 5}},
		{"a row that is too long", "a,b\n1," + strings.Repeat("x", MaxRow+2) + "\n", ledger.TooLarge, Unreadable{"row", 2}},
		{"a quote over too much", "a,b\n1,\"" + strings.Repeat("x\n", MaxRow) + "\"\n", ledger.Invalid, Unreadable{"quotes", 2}},
		{"a million columns", "a,b\n" + strings.Repeat(",", 1_000_000) + "\n", ledger.TooLarge, Unreadable{"fields", 2}},
		{"as many in quotes", "a,b\n\"\"" + strings.Repeat(",", 1_000_000) + "\n", ledger.TooLarge, Unreadable{"fields", 2}},
		{"nothing", "", ledger.Invalid, Unreadable{"empty", 0}},
	} {
		f, err := Open(strings.NewReader(c.text), int64(len(c.text)), "a.csv")
		if err == nil {
			var r Rows
			if r, err = f.Rows(0); err != nil {
				t.Fatal(err)
			}
			_, _, err = all(r)
		}
		var got *Unreadable
		if !errors.As(err, &got) || *got != c.want || ledger.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if got != nil && got.Line > 0 && !strings.Contains(err.Error(), fmt.Sprintf("line %d ", got.Line)) {
			t.Errorf("%s: %q does not name the line", c.name, err)
		}
	}
	if _, _, err := all(csvRows(iotest.ErrReader(errors.New("the disk is gone")), Dialect{Delimiter: ','}, false)); ledger.CodeOf(err) != ledger.Internal {
		t.Errorf("a reader that fails: %v", err)
	}
}

// FuzzCSV: what the standard library reads is read alike, in pieces of any size.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\n\"\"\",b\r\n", "\ufeffa;b\n1;2", "sep=|\na|b", "a\rb", "a,\"b\" ,c\n", "\x00", "é,\xff\n", "\"", "\"\"\r\n", ",,,\n\n,\n"} {
		f.Add(seed, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, piece uint8) {
		Sniff([]byte(text))
		d := Dialect{Delimiter: ','}
		var in io.Reader = strings.NewReader(text)
		if piece > 0 {
			in = iotest.OneByteReader(in)
		}
		r := newCSV(in, d)
		var got [][]string
		var gotErr error
		for {
			var b Batch
			if gotErr = r.row(&b); gotErr != nil {
				break
			}
			var cells []string
			for i := range b.Width(0) {
				cells = append(cells, string(b.Cell(0, i)))
			}
			got = append(got, cells)
		}
		if !errors.Is(gotErr, io.EOF) {
			var bad *Unreadable
			if !errors.As(gotErr, &bad) || bad.Line < 1 || bad.Line > int64(strings.Count(text, "\n"))+1 {
				t.Fatalf("%q: %v", text, gotErr)
			}
			return
		}
		std := csv.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(text), bom)))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil || strings.Contains(text, "\r") || strings.Contains(text, " \"") {
			return // we take more, and keep line ends as they are
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("%q is read as %q, want %q", text, got, want)
		}
	})
}
