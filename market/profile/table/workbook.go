package table

import (
	"archive/zip"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile/charset"
)

const (
	inMemory   = 16 << 20  // bytes from which on a worksheet is unfolded to disk
	maxParts   = 128 << 20 // bytes of all that is no worksheet
	maxEntries = 10_000
	lastRow    = 1 << 20 // of a worksheet, by its format
)

// zipped finds out whether a ZIP file is a workbook, and whether it unfolds to no more
// than it may. What it says of its own size is not believed.
func (f *File) zipped() error {
	z, err := zip.NewReader(f.in, f.size)
	if err != nil {
		return nil
	}
	if _, err := z.Open("xl/workbook.xml"); err != nil {
		return nil
	}
	if f.size > MaxWorkbook {
		return unreadable(ledger.TooLarge, "large", 0, "the workbook has more than %d MiB: save it as CSV UTF-8", MaxWorkbook>>20)
	}
	if len(z.File) > maxEntries {
		return errUnzipped
	}
	if err := unfold(z, MaxUnzipped, maxParts); err != nil {
		return err
	}
	for _, entry := range z.File {
		for _, folder := range []string{"xl/comments", "xl/threadedComments/", "xl/media/"} {
			f.Attached = f.Attached || strings.HasPrefix(entry.Name, folder)
		}
	}
	f.Format = XLSX
	return f.openBook()
}

// unfold reads all of a workbook, and refuses one that is larger than it may be, or whose
// parts are that are no worksheets.
func unfold(z *zip.Reader, all, others int64) error {
	sheets, parts := int64(0), int64(0)
	for _, entry := range z.File {
		part := &parts
		if strings.HasPrefix(entry.Name, "xl/worksheets/") || strings.EqualFold(entry.Name, "xl/sharedStrings.xml") {
			part = &sheets
		}
		r, err := entry.Open()
		if err != nil {
			return errWorkbook
		}
		n, err := io.Copy(io.Discard, io.LimitReader(r, all+1-sheets-parts))
		r.Close()
		if *part += n; sheets+parts > all || parts > others {
			return errUnzipped
		}
		if err != nil {
			return errWorkbook
		}
	}
	return nil
}

var (
	errWorkbook = unreadable(ledger.Invalid, "workbook", 0, "the file cannot be read as a workbook: save it as XLSX or as CSV UTF-8")
	errUnzipped = unreadable(ledger.TooLarge, "unzipped", 0, "the workbook unfolds to more than %d MiB", MaxUnzipped>>20)
)

// broke turns a panic of the reader, which stumbled over a file that somebody broke, into
// an error.
func broke(err *error) {
	if r := recover(); r != nil {
		*err = errWorkbook
	}
}

func (f *File) openBook() (err error) {
	defer broke(&err)
	f.book, err = excelize.OpenReader(io.NewSectionReader(f.in, 0, f.size), excelize.Options{
		UnzipSizeLimit: MaxUnzipped, UnzipXMLSizeLimit: inMemory, ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return errWorkbook
	}
	if props, err := f.book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		f.since1904 = *props.Date1904
	}
	for _, name := range f.book.GetSheetList() {
		if kind, err := f.book.Rows(name); err == nil {
			kind.Close()
			f.Sheets = append(f.Sheets, name)
		}
	}
	if len(f.Sheets) > MaxSheets {
		return unreadable(ledger.TooLarge, "sheets", 0, "the workbook has more than %d worksheets", MaxSheets)
	}
	return nil
}

// sheet reads the cells of a worksheet as they are stored, and beside that as they are
// shown: only so it can be told which numbers are dates.
type sheet struct {
	stored, shown *excelize.Rows
	since1904     bool
	encoding      charset.Encoding
	n             int64
}

func (f *File) sheetRows(i int) (rows *headed, err error) {
	defer broke(&err)
	s := &sheet{since1904: f.since1904, encoding: charset.UTF8}
	part, err := f.sheetPart(i)
	if err != nil {
		return nil, err
	}
	if e, ok := charset.Detect(part); ok && e != charset.UTF8 {
		s.encoding, f.Encoding = e, e
	}
	if s.stored, err = f.book.Rows(f.Sheets[i]); err != nil {
		return nil, errWorkbook
	}
	if s.shown, err = f.book.Rows(f.Sheets[i]); err != nil {
		s.stored.Close()
		return nil, errWorkbook
	}
	return &headed{headless: f.Headless, fill: s.fill, shut: func() error {
		return errors.Join(s.stored.Close(), s.shown.Close())
	}}, nil
}

// sheetPart is the beginning of a worksheet's text, which tells whether it was typed in
// one of the fonts of old.
func (f *File) sheetPart(i int) (part []byte, err error) {
	rows, err := f.book.Rows(f.Sheets[i])
	if err != nil {
		return nil, errWorkbook
	}
	defer rows.Close()
	for n := 0; n < sniffed && len(part) < charset.Sample && rows.Next(); n++ {
		cells, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, unreadable(ledger.Invalid, "workbook", int64(n+1), "cannot be read")
		}
		for _, cell := range cells {
			part = append(append(part, cell...), '\n')
		}
	}
	return part, nil
}

func (s *sheet) fill(b *Batch) (err error) {
	defer broke(&err)
	for !b.full() {
		if !s.stored.Next() || !s.shown.Next() {
			if s.stored.Error() != nil {
				return errWorkbook
			}
			if b.Len() == 0 {
				return io.EOF
			}
			return nil
		}
		if s.n++; s.n > lastRow {
			return unreadable(ledger.TooLarge, "rows", s.n, "is beyond the last that a worksheet has")
		}
		cells, err := s.stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return unreadable(ledger.Invalid, "workbook", s.n, "cannot be read")
		}
		shown, err := s.shown.Columns()
		if err != nil {
			return unreadable(ledger.Invalid, "workbook", s.n, "cannot be read")
		}
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		switch size := len(strings.Join(cells, "")); {
		case len(cells) == 0:
			continue
		case len(cells) > MaxFields:
			return unreadable(ledger.TooLarge, "fields", s.n, "has more than %d cells", MaxFields)
		case size > MaxRow:
			return unreadable(ledger.TooLarge, "row", s.n, "has more than %d bytes", MaxRow)
		}
		b.begin(s.n)
		for i, cell := range cells {
			if i < len(shown) && shown[i] != cell {
				cell = s.meant(cell, shown[i])
			}
			if s.encoding != charset.UTF8 {
				cell = charset.Text(cell, s.encoding)
			}
			b.addText(strings.ReplaceAll(strings.ToValidUTF8(cell, "\ufffd"), "\x00", "\ufffd"))
		}
	}
	return nil
}

// dated is how a date or a time of day is shown, in any of the usual formats.
var dated = regexp.MustCompile(`^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b|^\d{1,2}[/-]\d{4}$|\d:\d\d|\d-[[:alpha:]]{3}|^[[:alpha:]]{3}-\d\d`)

// meant is what a cell means that is stored in one way and shown in another: a date or a
// truth, or else what is stored.
func (s *sheet) meant(stored, shown string) string {
	if shown == "TRUE" || shown == "FALSE" {
		return strings.ToLower(shown)
	}
	v, err := strconv.ParseFloat(stored, 64)
	if err != nil || v < 0 || v >= 2958466 || !dated.MatchString(shown) { // through the year 9999
		return stored
	}
	at, err := excelize.ExcelDateToTime(v, s.since1904)
	switch {
	case err != nil:
		return stored
	case v < 1:
		return at.Format("15:04:05")
	case v == float64(int64(v)):
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02T15:04:05")
}
