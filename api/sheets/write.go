package sheets

import (
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Format is how a spreadsheet is written.
type Format string

// Formats of spreadsheets.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv"
)

// ParseFormat reads a format.
func ParseFormat(text string) (Format, error) {
	if f := Format(text); f == XLSX || f == CSV {
		return f, nil
	}
	return "", ledger.FieldErrorf(ledger.Invalid, "as", "%q is not xlsx or csv", text)
}

// Type is the media type.
func (f Format) Type() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

// Template writes an empty spreadsheet of a kind: its headings and a row that shows how.
func Template(w io.Writer, k Kind, f Format) error {
	var row []string
	for _, c := range Columns(k) {
		row = append(row, c.Example)
	}
	return write(w, k, f, [][]string{row})
}

// Export writes what an organisation has of a kind, by name, so that reading it changes
// nothing.
func (s *Service) Export(ctx context.Context, w io.Writer, k Kind, org ledger.ID, f Format) error {
	b, err := s.book(ctx, k, org)
	if err != nil {
		return err
	}
	slices.SortStableFunc(b.list, func(x, y *thing) int {
		return strings.Compare(trace.Plain(x.Said.Name.VI), trace.Plain(y.Said.Name.VI))
	})
	rows := make([][]string, len(b.list))
	for i, t := range b.list {
		for _, c := range Columns(k) {
			rows[i] = append(rows[i], c.get(b, t))
		}
	}
	return write(w, k, f, rows)
}

func write(w io.Writer, k Kind, f Format, rows [][]string) error {
	heads := make([]string, len(Columns(k)))
	for i, c := range Columns(k) {
		heads[i] = c.head()
	}
	if f == CSV {
		return WriteCSV(w, heads, rows)
	}
	book := excelize.NewFile()
	defer book.Close()
	if err := fill(book, k, heads, rows); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the spreadsheet cannot be written")
	}
	return book.Write(w)
}

// WriteCSV writes UTF-8 with a byte order mark, by which a spreadsheet knows it, and
// semicolons, which do not stand in numbers. No cell is a formula.
func WriteCSV(w io.Writer, heads []string, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	for _, row := range append([][]string{heads}, rows...) {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = Harmless(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// sheetNames are what the worksheet of a kind is called, and the one of notes.
var sheetNames = map[Kind]string{Products: "Sản phẩm · Products", Plots: "Thửa đất · Plots", Members: "Thành viên · Members"}

const notesName = "Hướng dẫn · Notes"

// fill writes a worksheet of text cells, so that codes keep their zeros and nothing is a
// formula, and one of notes.
func fill(f *excelize.File, k Kind, heads []string, rows [][]string) error {
	name := sheetNames[k]
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	plain, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // text
	if err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6EFE6"}}})
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(len(heads))
	if err != nil {
		return err
	}
	if err := f.SetColStyle(name, "A:"+last, plain); err != nil {
		return err
	}
	if err := f.SetColWidth(name, "A", last, 22); err != nil {
		return err
	}
	for r, row := range append([][]string{heads}, rows...) {
		for c, cell := range row {
			at, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err == nil && cell != "" {
				err = f.SetCellStr(name, at, cell)
			}
			if err != nil {
				return err
			}
		}
	}
	if err := f.SetCellStyle(name, "A1", last+"1", bold); err != nil {
		return err
	}
	if err := f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := offer(f, name, k); err != nil {
		return err
	}
	return notes(f, k, bold)
}

// offer has a spreadsheet offer the words that a column takes.
func offer(f *excelize.File, name string, k Kind) error {
	for i, c := range Columns(k) {
		if c.Choices == nil {
			continue
		}
		column, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		words := make([]string, len(c.Choices))
		for j, w := range c.Choices {
			words[j] = w.VI
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(column + "2:" + column + "5001")
		if err := v.SetDropList(words); err != nil {
			return err
		}
		if err := f.AddDataValidation(name, v); err != nil {
			return err
		}
	}
	return nil
}

// general are the notes on any kind.
var general = []trace.Text{
	{VI: "Mỗi dòng là một thứ. Cột có dấu * phải có với dòng mới; cột nào không cần thì bỏ cũng được.", EN: "One row for each. A column with * is needed for something new; others may be left out."},
	{VI: "Dòng ví dụ không được ghi. Ô để trống: giữ nguyên. Ô có dấu - : xóa điều đang ghi.", EN: "The example row is not recorded. An empty cell leaves things as they are; a - takes away what stands there."},
	{VI: "Mỗi tệp tối đa 5.000 dòng, 5 MB. Công thức: dán thành giá trị trước khi gửi.", EN: "At most 5,000 rows and 5 MB a file. Paste formulas as values first."},
	{VI: "Gửi lên thì xem trước, chưa ghi gì. Sai dòng nào được chỉ rõ dòng đó; sửa hết mới ghi.", EN: "What is sent is shown first and not recorded yet. Each wrong row is named; all are mended before anything is recorded."},
}

func notes(f *excelize.File, k Kind, bold int) error {
	if _, err := f.NewSheet(notesName); err != nil {
		return err
	}
	rows := [][]string{{"Cột · Column", "Ghi gì", "What to write", "Ví dụ · Example"}}
	for _, c := range Columns(k) {
		vi, en := c.Help.VI, c.Help.EN
		if c.Choices != nil {
			var words, english []string
			for _, w := range c.Choices {
				words, english = append(words, w.VI), append(english, w.EN)
			}
			vi, en = strings.TrimSpace(vi+" ("+strings.Join(words, ", ")+")"), strings.TrimSpace(en+" ("+strings.Join(english, ", ")+")")
		}
		rows = append(rows, []string{c.head(), vi, en, c.Example})
	}
	rows = append(rows, []string{""})
	for _, g := range general {
		rows = append(rows, []string{"", g.VI, g.EN})
	}
	for r, row := range rows {
		for c, cell := range row {
			at, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err == nil && cell != "" {
				err = f.SetCellStr(notesName, at, cell)
			}
			if err != nil {
				return err
			}
		}
	}
	if err := f.SetColWidth(notesName, "A", "D", 44); err != nil {
		return err
	}
	return f.SetCellStyle(notesName, "A1", "D1", bold)
}
