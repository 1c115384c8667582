package sheets

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/trace"
)

func TestReadCSV(t *testing.T) {
	for name, file := range map[string]string{
		"commas":     "Tên,Xã\nVườn A,07234\n\n\"Vườn\nB\",07235\nVườn C,07236\n",
		"semicolons": "Tên;Xã\nVườn A;07234\n\n\"Vườn\nB\";07235\nVườn C;07236\n",
		"mark":       "\ufeffTên;Xã\r\nVườn A;07234\r\n\r\n\"Vườn\r\nB\";07235\r\nVườn C;07236",
		"tabs":       "Tên\tXã\nVườn A\t07234\n \t\n\"Vườn\nB\"\t07235\nVườn C\t07236\n",
	} {
		list, err := ReadTables([]byte(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []Line{{1, []string{"Tên", "Xã"}}, {2, []string{"Vườn A", "07234"}}, {4, []string{"Vườn\nB", "07235"}}, {5, []string{"Vườn C", "07236"}}}
		if got := fmt.Sprint(list[0].Lines); got != fmt.Sprint(want) {
			t.Errorf("%s: %v", name, list[0].Lines)
		}
	}
}

// TestUnreadable: what cannot be read is told apart, with its row where it has one.
func TestUnreadable(t *testing.T) {
	bomb := new(bytes.Buffer)
	z := zip.NewWriter(bomb)
	w, err := z.Create("xl/workbook.xml")
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		want       Unreadable
	}{
		{"nothing", "", Unreadable{"empty", 0}},
		{"too many bytes", strings.Repeat("a,b\n", MaxBytes/4+1), Unreadable{"large", 0}},
		{"too many rows", "name,unit\n" + strings.Repeat("a,b\n", MaxRows+maxTitles+1), Unreadable{"rows", 0}},
		{"too many columns", "name,unit\n" + strings.Repeat("a,", MaxColumns+1) + "\n", Unreadable{"columns", 2}},
		{"a long cell", "name,unit\n\n" + strings.Repeat("a", MaxCell+1) + ",kg\n", Unreadable{"cell", 3}},
		{"another encoding", "T\xean,Xã\n", Unreadable{"encoding", 0}},
		{"UTF-16", "T\x00e\x00n\x00", Unreadable{"encoding", 0}},
		{"open quotes", "name,unit\na,kg\n\"b,kg\n", Unreadable{"quotes", 3}},
		{"an archive that grows", bomb.String(), Unreadable{"workbook", 0}},
		{"a broken workbook", "PK\x03\x04 and nothing", Unreadable{"workbook", 0}},
	} {
		_, err := ReadTables([]byte(c.file))
		var got *Unreadable
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestWorkbook: numbers keep their digits and formulas are not evaluated.
func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for at, v := range map[string]any{"A1": "name", "B1": "area", "C1": "code", "A2": "Vườn A", "B2": 1.234, "C2": 8938501234568, "A5": "Vườn B", "B5": "1.234"} {
		if err := f.SetCellValue("Sheet1", at, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellFormula("Sheet1", "C5", "HYPERLINK(\"http://example.com\")"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	list, err := ReadTables(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{{1, []string{"name", "area", "code"}}, {2, []string{"Vườn A", "1.2340", "8938501234568"}}, {5, []string{"Vườn B", "1.234", ""}}}
	for i, line := range list[0].Lines {
		line.Cells = slices.Grow(line.Cells, 3)[:3]
		if fmt.Sprint(line) != fmt.Sprint(want[i]) {
			t.Errorf("%v, want %v", line, want[i])
		}
	}
}

// TestTemplates: what is filled in under a template's headings is found again, and its
// example is not read; no cell is a formula.
func TestTemplates(t *testing.T) {
	for _, k := range Kinds {
		for _, format := range []Format{XLSX, CSV} {
			var b bytes.Buffer
			if err := Template(&b, k, format); err != nil {
				t.Fatal(err)
			}
			list, err := ReadTables(b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			at, cells, unknown, ok := headings(k, list[0])
			if !ok || at != 0 || len(unknown) != 0 || slices.Contains(cells, -1) || len(list[0].Lines) != 2 || !slices.Contains(list[0].Lines[1].Cells, exampleMark) {
				t.Errorf("%s %s: %v", k, format, list[0])
			}
		}
	}
}

func TestHarmless(t *testing.T) {
	var b bytes.Buffer
	cells := []string{"=1+1", "+84", "-", "@a", "Vườn", "'=1", ""}
	if err := WriteCSV(&b, []string{"a", "b", "c", "d", "e", "f", "g"}, [][]string{cells}); err != nil {
		t.Fatal(err)
	}
	list, err := ReadTables(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range list[0].Lines[1].Cells {
		if strings.ContainsAny(got[:min(1, len(got))], "=+-@") || i < 4 && unquoted(got) != cells[i] {
			t.Errorf("%q is written as %q", cells[i], got)
		}
	}
}

func TestCommunes(t *testing.T) {
	text := func(s string) trace.Text { return trace.Text{VI: s} }
	c := newCommunes([]trace.ListEntry{
		{Code: "07234", Name: text("xã Lục Ngạn"), Province: text("tỉnh Bắc Ninh"), From: []trace.ListEntry{{Code: "07999", Name: text("thị trấn Chũ"), Province: text("tỉnh Bắc Giang")}}},
		{Code: "07235", Name: text("xã Tân Sơn"), Province: text("tỉnh Bắc Ninh")},
		{Code: "14001", Name: text("phường Tân Sơn"), Province: text("tỉnh Phú Thọ")},
	})
	for cell, want := range map[string]string{
		"07234": "07234", "7234": "07234", "07234 · xã Lục Ngạn, tỉnh Bắc Ninh": "07234", "Luc Ngan": "07234", "XÃ LỤC NGẠN": "07234",
		"xã Tân Sơn": "07235", "Tân Sơn, Bắc Ninh": "07235", "phường Tân Sơn, tỉnh Phú Thọ": "14001", "Chũ": "07234", "thị trấn Chũ, Bắc Giang": "07234", "07999": "07234",
		"Tân Sơn": "", "Tân Sơn, Hà Nội": "", "99999": "", "ở đâu đó": "",
	} {
		if got, err := c.find(cell); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", cell, got, err)
		}
	}
	if got, err := c.find(c.text("14001")); got != "14001" || err != nil {
		t.Errorf("what is written is not read: %q %v", got, err)
	}
}

func FuzzReadTables(f *testing.F) {
	for _, k := range Kinds {
		for _, format := range []Format{XLSX, CSV} {
			var b bytes.Buffer
			if err := Template(&b, k, format); err != nil {
				f.Fatal(err)
			}
			f.Add(b.Bytes())
		}
	}
	f.Add([]byte("\ufeffname;unit\r\n\"a\r\nb\";kg"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ReadTables(b)
		var u *Unreadable
		if err != nil && !errors.As(err, &u) {
			t.Fatalf("%v", err)
		}
		for _, table := range list {
			for i, line := range table.Lines {
				if line.N < 1 || i > 0 && line.N <= table.Lines[i-1].N {
					t.Fatalf("row %d comes after row %d", line.N, table.Lines[max(i-1, 0)].N)
				}
			}
		}
	})
}
