// Package profile reads a file that somebody wants to publish in the data market, and
// says what is in it: its fields and their types, how complete and how consistent they
// are, which places and which time they cover, and where they look as if they told
// about people.
//
// A [Profile] is one JSON document, sogoc-profile/1, that is kept as a payload beside
// the file. It holds nothing of a field that looks personal but the field's name and
// counts: no example, no least or greatest value, and no column of the preview. A single
// cell elsewhere that tells about a person is shown as "•••". The same bytes under the same
// name have the same profile, whichever machine made it.
//
//	{"profile": "sogoc-profile/1",
//	 "name": "gia-ca-phe.csv", "bytes": 1048576,
//	 "format": "csv",                        csv, json, ndjson, geojson, xlsx, parquet; other is not profiled
//	 "media": "text/csv",
//	 "encoding": "utf-8",                    utf-8, utf-8-decomposed, utf-16le, utf-16be, windows-1258, tcvn3, vni,
//	                                         tcvn3-in-utf-8, vni-in-utf-8; absent where the format fixes it and
//	                                         the text keeps to that. All but utf-8 can be converted: [charset.Convert]
//	 "delimiter": ";",                       of CSV
//	 "review": [{"key": "format",            why a person has to look at the file: format, personal, titles (rows above
//	             "words": {"vi": "…"}}],     the headings name somebody), attached, empty; absent where nobody has to
//	 "tables": [{                            one, or one a worksheet; none of what is not profiled
//	   "name": "Sheet1",                     of a worksheet
//	   "rows": 20000, "headed": true,        whether the first row names the fields; if not they are field1, field2, …
//	   "duplicates": {"n": 12},              rows that were there before; "about": true for an estimate
//	   "fields": [{"name": "ngay", "title": {"vi": "Ngày"}, "unit": "", "type": "date", "format": "%d/%m/%Y",
//	               "decimal": ",", "group": ".",         of numbers, where they are not written as 1234.5
//	               "values": 19990, "missing": 10,       together the rows
//	               "invalid": 3, "mixed": 0,             values that do not fit the type; that are written in another way
//	               "distinct": {"n": 366}, "min": "2025-01-01", "max": "2025-12-31",
//	               "examples": ["02/01/2025"], "blanks": ["N/A"]}],
//	   "personal": [{"field": "dien_thoai", "kind": "phone", "matches": 19000, "share": 0.95,
//	                 "confidence": 0.97, "why": {"vi": "…", "en": "…"}}],
//	   "persons": {"n": 4100, "about": true},
//	   "places": [{"field": "tinh", "kind": "province", "names": ["Đắk Lắk"]}],
//	   "time": {"field": "ngay", "from": "2025-01-01", "until": "2025-12-31"},
//	   "geometry": {"features": 120, "types": {"Point": 120}, "bbox": [106.1, 10.2, 106.9, 10.8]},
//	   "preview": {"fields": ["ngay", "gia"], "rows": [["02/01/2025", "98.500"]]},
//	   "faults": {"n": 2, "first": [{"line": 17,         of a workbook and of Parquet the row
//	               "key": "ragged", "words": {…}}]},     ragged, quote, heading, coordinates
//	   "quality": {"score": 91, "parts": [{"key": "completeness", "score": 99, "weight": 30, "words": {…}}]}
//	 }]}
//
// Types, formats and the names of fields are those of Frictionless Table Schema, which
// [Table.Schema] writes. Dates in min, max and time are ISO 8601 whatever the file writes.
// What stands below the rows of JSON, GeoJSON and Parquet is a field by the name of its
// way, "farm.plots[].code"; the values of a list are in one cell with "; " between.
package profile

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile/charset"
	"github.com/sogoc/sogoc/market/profile/personal"
	"github.com/sogoc/sogoc/market/profile/table"
)

// Version names the document and its version.
const Version = "sogoc-profile/1"

// Media is what a profile is stored as.
const Media = "application/vnd.sogoc.profile+json"

// Profile is what is known about one file.
type Profile struct {
	Profile   string           `json:"profile"` // Version
	Name      string           `json:"name"`
	Bytes     int64            `json:"bytes"`
	Format    table.Format     `json:"format"`
	Media     string           `json:"media"`
	Encoding  charset.Encoding `json:"encoding,omitempty"`
	Delimiter string           `json:"delimiter,omitempty"`
	Review    []Reason         `json:"review,omitempty"`
	Tables    []Table          `json:"tables,omitempty"`
}

// Reason is a key that pages may word by themselves, and words for everybody else.
type Reason struct {
	Key   string      `json:"key"`
	Words ledger.Text `json:"words"`
}

// Table is what is known about one table of a file.
type Table struct {
	Name       string             `json:"name,omitempty"`
	Rows       int64              `json:"rows"`
	Headed     bool               `json:"headed"`
	Duplicates Count              `json:"duplicates"`
	Fields     []Field            `json:"fields"`
	Personal   []personal.Finding `json:"personal,omitempty"`
	Persons    *Count             `json:"persons,omitempty"` // how many different people it seems to tell about
	Places     []Place            `json:"places,omitempty"`
	Time       *Span              `json:"time,omitempty"`
	Geometry   *Geometry          `json:"geometry,omitempty"`
	Preview    Preview            `json:"preview"`
	Faults     Faults             `json:"faults,omitzero"`
	Quality    Quality            `json:"quality"`
}

// Field is one column of a table.
type Field struct {
	Name     string      `json:"name"`
	Title    ledger.Text `json:"title,omitzero"` // what the publisher says it is
	Unit     string      `json:"unit,omitempty"`
	Type     Type        `json:"type"`
	Format   string      `json:"format,omitempty"`  // of dates, as Table Schema writes it; absent for ISO 8601
	Decimal  string      `json:"decimal,omitempty"` // "," where numbers have a decimal comma
	Group    string      `json:"group,omitempty"`   // what stands between thousands
	Values   int64       `json:"values"`
	Missing  int64       `json:"missing"`
	Invalid  int64       `json:"invalid"` // values that the type does not fit
	Mixed    int64       `json:"mixed"`   // values of the type that are written in another way than most, or have spaces around them
	Distinct Count       `json:"distinct"`
	Min      string      `json:"min,omitempty"`
	Max      string      `json:"max,omitempty"`
	Examples []string    `json:"examples,omitempty"`
	Blanks   []string    `json:"blanks,omitempty"` // how missing values are written, where not by nothing
}

// Type is a field's type, a word of Table Schema.
type Type string

// Types of fields.
const (
	String   Type = "string"
	Integer  Type = "integer"
	Number   Type = "number"
	Boolean  Type = "boolean"
	Date     Type = "date"
	DateTime Type = "datetime"
	Time     Type = "time"
	Year     Type = "year"
	GeoPoint Type = "geopoint"
	Any      Type = "any" // it has no value to judge by
)

// Count is a number, exact or about right.
type Count struct {
	N     int64 `json:"n"`
	About bool  `json:"about,omitempty"`
}

// Place says which places a field names.
type Place struct {
	Field string   `json:"field"`
	Kind  string   `json:"kind"`  // province, district, commune
	Names []string `json:"names"` // as the file writes them, the most frequent first
	More  bool     `json:"more,omitempty"`
}

// Span is the time that a field covers: dates, or years.
type Span struct {
	Field string `json:"field"`
	From  string `json:"from"`
	Until string `json:"until"`
}

// Geometry tells about the geometries of GeoJSON.
type Geometry struct {
	Features int64            `json:"features"`
	Types    map[string]int64 `json:"types"`          // "none" for a feature that is nowhere
	BBox     []float64        `json:"bbox,omitempty"` // west, south, east, north, as RFC 7946 has it, to 0.01° outward
}

// Preview is the first rows, of those fields alone that do not look personal.
type Preview struct {
	Fields []string   `json:"fields"`
	Rows   [][]string `json:"rows"`
}

// Faults are rows that are not as they should be, and still could be read.
type Faults struct {
	N     int64   `json:"n"`
	First []Fault `json:"first"`
}

// Fault is what is wrong with one row.
type Fault struct {
	Line int64 `json:"line"`
	Reason
}

// Quality is how good a table is, from 0 to 100: the mean of its parts by their weights.
type Quality struct {
	Score int    `json:"score"`
	Parts []Part `json:"parts"`
}

// Part is one side of quality: completeness, uniqueness, validity, consistency or
// documentation.
type Part struct {
	Key    string      `json:"key"`
	Score  int         `json:"score"`
	Weight int         `json:"weight"`
	Words  ledger.Text `json:"words"`
}
