package table

import (
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile/charset"
)

// File is a file whose tables can be read, each as often as it takes.
type File struct {
	Format   Format
	Encoding charset.Encoding // of text
	Dialect  Dialect          // of CSV
	Sheets   []string         // names of a workbook's worksheets
	Headless bool             // the first row is data, whatever it looks like

	Attached bool // a workbook has comments or pictures, which are not looked at

	in        io.ReaderAt
	size      int64
	layout    layout         // of JSON
	book      *excelize.File // of a workbook
	since1904 bool           // it counts days from 1904 on
	parquet   *parquet.File
}

// Open finds out what a file is. Close it.
func Open(in io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{Format: Other, in: in, size: size}
	head := make([]byte, min(size, charset.Sample))
	n, err := in.ReadAt(head, 0)
	if n < len(head) {
		return nil, ledger.Wrap(err, ledger.Internal, "the file cannot be read")
	}
	ext := strings.ToLower(path.Ext(name))
	switch {
	case size == 0:
		return nil, unreadable(ledger.Invalid, "empty", 0, "the file is empty")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return f, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		err = f.zipped()
	case isParquet(head):
		err = f.openParquet()
	default:
		err = f.text(head, ext)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// text finds out what a file is that has no other mark.
func (f *File) text(head []byte, ext string) error {
	table := slices.Contains([]string{".csv", ".tsv", ".tab"}, ext)
	encoding, known := charset.Detect(head)
	for _, quarter := range []int64{1, 2, 3, 4} {
		if !known || encoding != charset.UTF8 || !ascii(head) || f.size <= charset.Sample {
			break
		}
		part := make([]byte, charset.Sample)
		if _, err := f.in.ReadAt(part, (f.size-charset.Sample)*quarter/4); err != nil && !errors.Is(err, io.EOF) {
			return ledger.Wrap(err, ledger.Internal, "the file cannot be read")
		}
		if !ascii(part) {
			encoding, known = charset.Detect(part)
		}
	}
	binary := bytes.IndexByte(head, 0) >= 0 && encoding != charset.UTF16LE && encoding != charset.UTF16BE
	switch {
	case binary && !table:
		return nil
	case binary:
		n := int64(bytes.Count(head[:bytes.IndexByte(head, 0)], []byte{'\n'})) + 1
		return unreadable(ledger.Invalid, "nul", n, "has a zero byte, as no text has")
	case !known && table:
		return unreadable(ledger.Invalid, "encoding", 0, "the file is in no encoding that is known: save it as UTF-8")
	case !known:
		return nil
	}
	decoded, err := io.ReadAll(charset.NewReader(bytes.NewReader(head), encoding))
	if err != nil {
		return unreadable(ledger.Invalid, "encoding", 0, "the file cannot be read as %s", encoding)
	}
	f.Encoding, f.Dialect = encoding, Sniff(decoded)
	l, format, isJSON := findLayout(decoded)
	switch {
	case table:
		f.Format = CSV
	case isJSON:
		f.Format, f.layout = format, l
	case slices.Contains(jsonNames, ext):
		return brokenJSON(decoded, f.size <= charset.Sample)
	case f.Dialect.splits && (ext == ".txt" || ext == "") && !bytes.HasPrefix(bytes.TrimLeft(decoded, " \t\r\n"), []byte{'<'}):
		f.Format = CSV
	}
	if f.Format != CSV {
		f.Dialect = Dialect{}
	}
	if f.Format == Other {
		f.Encoding = ""
	}
	return nil
}

func ascii(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c >= utf8.RuneSelf })
}

// brokenJSON says what is wrong with JSON; nothing, if it has no rows, or what is wrong
// stands further on.
func brokenJSON(head []byte, whole bool) error {
	s := newScanner(bytes.NewReader(bytes.TrimPrefix(head, bom)))
	for {
		if _, err := s.peek(); errors.Is(err, io.EOF) {
			return nil
		}
		if err := s.skip(1); err != nil {
			if s.out() && !whole {
				return nil
			}
			return err
		}
	}
}

// Tables is how many tables a file has.
func (f *File) Tables() int {
	switch f.Format {
	case Other:
		return 0
	case XLSX:
		return len(f.Sheets)
	}
	return 1
}

// Rows reads one of the tables from its start. Close them before the file.
func (f *File) Rows(table int) (Rows, error) {
	in := charset.NewReader(io.NewSectionReader(f.in, 0, f.size), f.Encoding)
	switch f.Format {
	case CSV:
		return csvRows(in, f.Dialect, f.Headless), nil
	case JSON, NDJSON, GeoJSON:
		return newJSON(in, f.layout), nil
	case XLSX:
		return f.sheetRows(table)
	case Parquet:
		return f.parquetRows()
	}
	return nil, unreadable(ledger.Invalid, "format", 0, "the file has no table")
}

// Close gives back what an open file takes.
func (f *File) Close() error {
	if f.book == nil {
		return nil
	}
	return f.book.Close()
}
