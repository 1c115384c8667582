// Package table reads tables of any size row by row, whatever their format: CSV, JSON,
// GeoJSON, workbooks and Parquet. Memory does not grow with the file, but for a workbook,
// which is therefore limited.
package table

import (
	"fmt"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of what is read. Beyond them a file is refused with the limit's name.
const (
	MaxFields   = 10_000
	MaxName     = 1000      // bytes of a field's name
	MaxRow      = 4 << 20   // bytes of one row
	MaxDepth    = 64        // of JSON, one value in another
	MaxWorkbook = 64 << 20  // bytes of a workbook as it is
	MaxUnzipped = 512 << 20 // bytes of a workbook as it unfolds
	MaxSheets   = 100
	MaxTitles   = 10 // rows that may stand above the headings
)

// Format is a file format.
type Format string

// Formats. The tables of all but Other can be read.
const (
	CSV     Format = "csv"
	JSON    Format = "json"   // a list of objects
	NDJSON  Format = "ndjson" // an object a line
	GeoJSON Format = "geojson"
	XLSX    Format = "xlsx"
	Parquet Format = "parquet"
	Other   Format = "other"
)

// Media is a format's media type.
func (f Format) Media() string {
	switch f {
	case CSV:
		return "text/csv"
	case JSON:
		return "application/json"
	case NDJSON:
		return "application/x-ndjson"
	case GeoJSON:
		return "application/geo+json"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case Parquet:
		return "application/vnd.apache.parquet"
	}
	return "application/octet-stream"
}

// Rows is a table that is read from its first row to its last.
type Rows interface {
	// Next fills a batch with the next rows, at least one, and gives [io.EOF] after the
	// last. What a batch held before is overwritten.
	Next(*Batch) error
	// Fields names the fields that were met so far. Those of JSON grow as it is read,
	// all others are known after the first Next.
	Fields() []string
	Close() error
}

// Unreadable is beneath the error of a file that cannot be read: what is wrong with it,
// which ends a text key, and the line (of a workbook and of Parquet, the row), 0 where
// none is at fault.
type Unreadable struct {
	What string
	Line int64
}

func (u *Unreadable) Error() string { return "unreadable: " + u.What }

func unreadable(code ledger.Code, what string, line int64, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if line > 0 {
		message = fmt.Sprintf("line %d %s", line, message)
	}
	return &ledger.Error{Code: code, Field: "file", Message: message, Err: &Unreadable{what, line}}
}
