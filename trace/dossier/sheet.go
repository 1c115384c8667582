package dossier

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Spreadsheet media type, and the limits of a worksheet's name (ECMA-376 writers).
const (
	SpreadsheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	maxSheetName    = 31
	minColumn       = 10.0
	columnWeight    = 5.0 // characters a weight
)

// WriteSpreadsheet writes the dossier as an Office Open XML workbook: a worksheet for
// the form, and one for each table, whose heading stays and filters. Everything that
// is no number is text, so that nothing is taken for a formula.
func (d *Dossier) WriteSpreadsheet(w io.Writer, lang string) error {
	f := excelize.NewFile()
	defer f.Close()
	b := book{f, lang, nil}
	if err := b.write(d); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the spreadsheet cannot be written")
	}
	if err := f.Write(w); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the spreadsheet cannot be sent")
	}
	return nil
}

// book is a workbook under way.
type book struct {
	*excelize.File
	lang  string
	names []string
}

func (b *book) write(d *Dossier) error {
	bold, err := b.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	wrapped, err := b.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	sheet := b.sheet(d.Title)
	if err := b.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	rows := [][2]string{{d.Title.In(b.lang), ""}, {words("Theo", "Under").In(b.lang), d.Basis.In(b.lang)}, {words("Mã", "Code").In(b.lang), d.About}}
	for _, one := range d.Facts {
		rows = append(rows, [2]string{one.Name.In(b.lang), text(one.Value, one.Must, b.lang)})
	}
	for i, row := range rows {
		n := strconv.Itoa(i + 1)
		for column, value := range map[string]string{"A": row[0], "B": row[1]} {
			if err := b.SetCellStr(sheet, column+n, value); err != nil {
				return err
			}
		}
	}
	last := strconv.Itoa(len(rows))
	for _, err := range []error{
		b.SetCellStyle(sheet, "A1", "A"+last, bold), b.SetCellStyle(sheet, "B1", "B"+last, wrapped),
		b.SetColWidth(sheet, "A", "A", 36), b.SetColWidth(sheet, "B", "B", 70),
	} {
		if err != nil {
			return err
		}
	}
	for _, t := range d.Tables {
		if err := b.table(t, bold, wrapped); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) table(t Table, bold, wrapped int) error {
	sheet := b.sheet(t.Name)
	if _, err := b.NewSheet(sheet); err != nil {
		return err
	}
	for i, c := range t.Columns {
		column, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := b.SetCellStr(sheet, column+"1", c.Name.In(b.lang)); err != nil {
			return err
		}
		if err := b.SetColWidth(sheet, column, column, max(minColumn, columnWeight*float64(c.Weight))); err != nil {
			return err
		}
		for n, row := range t.Rows {
			at := column + strconv.Itoa(n+2)
			value := text(row[i].Text, row[i].Must, b.lang)
			if c.Number && decimal(value) {
				err = b.SetCellDefault(sheet, at, value)
			} else {
				err = b.SetCellStr(sheet, at, value)
			}
			if err != nil {
				return err
			}
		}
	}
	end, err := excelize.ColumnNumberToName(len(t.Columns))
	if err != nil {
		return err
	}
	last := end + strconv.Itoa(len(t.Rows)+1)
	for _, err := range []error{
		b.SetCellStyle(sheet, "A1", last, wrapped), b.SetCellStyle(sheet, "A1", end+"1", bold),
		b.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
		b.AutoFilter(sheet, "A1:"+last, nil),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// sheet is a worksheet's name that there is not yet.
func (b *book) sheet(t trace.Text) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, t.In(b.lang))
	for utf8.RuneCountInString(name) > maxSheetName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	for n := 2; ; n++ {
		taken := false
		for _, other := range b.names {
			taken = taken || strings.EqualFold(other, name)
		}
		if !taken {
			b.names = append(b.names, name)
			return name
		}
		name = strings.ToValidUTF8(name[:min(len(name), maxSheetName-4)], "") + " " + strconv.Itoa(n)
	}
}

// decimal reports whether a text is a number as spreadsheets store it.
func decimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, part, dot := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!dot || digits(part))
}
