package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
)

// book makes a workbook of worksheets.
func book(t *testing.T, fill func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWorkbook(t *testing.T) {
	text := book(t, func(f *excelize.File) {
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		format := "dd/mm/yyyy"
		custom, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		must(err)
		builtin, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(err)
		moment, err := f.NewStyle(&excelize.Style{NumFmt: 22})
		must(err)
		money, err := f.NewStyle(&excelize.Style{NumFmt: 4})
		must(err)
		must(f.SetSheetRow("Sheet1", "A1", &[]any{"BÁO CÁO"}))
		must(f.SetSheetRow("Sheet1", "A3", &[]any{"Ngày", "Lúc", "Mã", "Tiền", "Đạt", "Hạn"}))
		day := time.Date(2025, 1, 15, 0, 0, 0, 0, time.UTC)
		must(f.SetSheetRow("Sheet1", "A4", &[]any{day, day.Add(90 * time.Minute), "0012", 1234.5, true, 0.5}))
		must(f.SetSheetRow("Sheet1", "A6", &[]any{day, day, "0013", 2, false}))
		must(f.SetCellStyle("Sheet1", "A4", "A6", custom))
		must(f.SetCellStyle("Sheet1", "B4", "B6", moment))
		must(f.SetCellStyle("Sheet1", "D4", "D6", money))
		must(f.SetCellStyle("Sheet1", "F4", "F4", builtin))
		_, err = f.NewSheet("Hai")
		must(err)
		must(f.SetSheetRow("Hai", "A1", &[]any{"x"}))
		must(f.SetSheetVisible("Hai", false))
	})
	f := open(t, "a.xlsx", text)
	if f.Format != XLSX || fmt.Sprint(f.Sheets) != "[Sheet1 Hai]" || f.Tables() != 2 || f.Attached {
		t.Fatalf("is %s with worksheets %v", f.Format, f.Sheets)
	}
	r, err := f.Rows(0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows, faults, err := all(r)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"2025-01-15", "2025-01-15T01:30:00", "0012", "1234.5", "true", "12:00:00"}, {"2025-01-15", "2025-01-15", "0013", "2", "false"}}
	if got := strings.Join(r.Fields(), "|"); got != "Ngày|Lúc|Mã|Tiền|Đạt|Hạn" || fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", want) || len(faults) > 0 {
		t.Errorf("fields %s and rows %q with %v", got, rows, faults)
	}
}

// unfolded makes a ZIP file of one part of so many bytes.
func unfolded(t *testing.T, name string, size int64) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range []string{"xl/workbook.xml", name} {
		w, err := z.Create(part)
		if err != nil {
			t.Fatal(err)
		}
		if part == name {
			if _, err := io.CopyN(w, zeros{}, size); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// stored makes a workbook of one part that is not compressed.
func stored(t *testing.T, size int64) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for part, n := range map[string]int64{"xl/workbook.xml": 0, "xl/media/a.bin": size} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part, Method: zip.Store})
		if err == nil {
			_, err = io.CopyN(w, zeros{}, n)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBrokenWorkbooks(t *testing.T) {
	wide := book(t, func(f *excelize.File) {
		name, err := excelize.CoordinatesToCellName(MaxFields+2, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellValue("Sheet1", name, "x"); err != nil {
			t.Fatal(err)
		}
	})
	many := book(t, func(f *excelize.File) {
		for i := range MaxSheets {
			if _, err := f.NewSheet(fmt.Sprint("x", i)); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, c := range []struct {
		name, text string
		code       ledger.Code
		want       Unreadable
	}{
		{"too many worksheets", many, ledger.TooLarge, Unreadable{"sheets", 0}},
		{"too many bytes", stored(t, MaxWorkbook), ledger.TooLarge, Unreadable{"large", 0}},
		{"a part that unfolds", unfolded(t, "xl/media/a.bin", maxParts+1), ledger.TooLarge, Unreadable{"unzipped", 0}},
		{"no workbook", unfolded(t, "xl/a.xml", 10), ledger.Invalid, Unreadable{"workbook", 0}},
		{"a million columns", wide, ledger.TooLarge, Unreadable{"fields", 2}},
	} {
		f, err := Open(strings.NewReader(c.text), int64(len(c.text)), "a.xlsx")
		if err == nil {
			var r Rows
			if r, err = f.Rows(0); err == nil {
				_, _, err = all(r)
				r.Close()
			}
			f.Close()
		}
		var got *Unreadable
		if !errors.As(err, &got) || *got != c.want || ledger.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for part, fits := range map[string][2]int64{"xl/worksheets/sheet1.xml": {1000, 0}, "xl/media/a.bin": {1000, 1000}} {
		for size, ok := range map[int64]bool{1000: true, 1001: false, 1 << 20: false} {
			text := unfolded(t, part, size)
			z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			if err := unfold(z, fits[0], fits[1]); (err == nil) != ok {
				t.Errorf("%s of %d bytes: %v", part, size, err)
			}
		}
	}
	var plain bytes.Buffer
	z := zip.NewWriter(&plain)
	if _, err := z.Create("a.csv"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if f := open(t, "a.zip", plain.String()); f.Format != Other {
		t.Errorf("a ZIP file is %s", f.Format)
	}
}

// FuzzWorkbook: a worksheet that somebody broke is read or refused.
func FuzzWorkbook(f *testing.F) {
	parts := map[string]string{
		"[Content_Types].xml":        `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	}
	f.Add(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>ten</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>`)
	f.Add(`<worksheet><sheetData><row r="1048577"><c r="XFE1" t="s"><v>9</v></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range parts {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(w, text)
		}
		w, err := z.Create("xl/worksheets/sheet1.xml")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, sheet)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()), "a.xlsx")
		if err == nil && file.Tables() > 0 {
			var r Rows
			if r, err = file.Rows(0); err == nil {
				_, _, err = all(r)
				r.Close()
			}
			file.Close()
		}
		if err != nil && ledger.CodeOf(err) != ledger.Invalid && ledger.CodeOf(err) != ledger.TooLarge {
			t.Fatal(err)
		}
	})
}
