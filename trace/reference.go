package trace

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a reference list.
const (
	MaxListEntries = 50_000
	maxListCode    = 20  // characters; as of a place's commune
	maxListWords   = 200 // characters
	maxListFaults  = 1000
)

// ListFault is what is wrong with a line of a reference list.
type ListFault struct {
	Line  int // of the file, from 1; 0 is the file as a whole
	What  FaultKind
	Value string // that is wrong, or that is missing
}

// FaultKind says what is wrong with a line.
type FaultKind string

const (
	FaultSyntax   FaultKind = "syntax"   // it cannot be read
	FaultHeader   FaultKind = "header"   // the first line lacks a column, or has one that is not known
	FaultEmpty    FaultKind = "empty"    // a code, a name or a province is missing
	FaultTwice    FaultKind = "twice"    // a code is there already
	FaultCode     FaultKind = "code"     // a code has other characters than may be, or is no unit of measure
	FaultLong     FaultKind = "long"     // a text is too long
	FaultText     FaultKind = "text"     // a text has characters that cannot be printed
	FaultPosition FaultKind = "position" // latitude and longitude are no place on earth
	FaultMany     FaultKind = "many"     // there are too many entries
	FaultNone     FaultKind = "none"     // there is no entry
)

// ListFaults is the error of a list that cannot be published. Its code is Invalid.
type ListFaults []ListFault

func (f ListFaults) Error() string {
	first := f[0]
	return fmt.Sprintf("line %d: %s %q, and %d other faults", first.Line, first.What, first.Value, len(f)-1)
}

// listColumns are those of a list as CSV, of which code and name_vi are needed. In
// the column from are the units that were merged, each as its code, a space and its
// name, with bars between.
var listColumns = []string{"code", "name_vi", "name_en", "province_vi", "province_en", "lat", "lon", "from"}

// ParseReferenceList reads a list of a name, as the JSON of a ReferenceList or as
// CSV in UTF-8 with the header
//
//	code,name_vi,name_en,province_vi,province_en,lat,lon,from
//
// and checks every line. CSV has no title. The error of a list that has faults is a
// [ListFaults] beneath an Invalid.
func ParseReferenceList(name string, file []byte) (ReferenceList, error) {
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	r := listReader{name: name, seen: map[string]bool{}}
	if !utf8.Valid(file) {
		r.fault(0, FaultText, "UTF-8")
		return r.list, r.failed()
	}
	if trimmed := bytes.TrimLeft(file, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		r.json(file)
	} else {
		r.csv(file)
	}
	if len(r.list.Entries) == 0 && len(r.faults) == 0 {
		r.fault(0, FaultNone, "")
	}
	return r.list, r.failed()
}

type listReader struct {
	name   string
	list   ReferenceList
	seen   map[string]bool // codes
	faults ListFaults
}

func (r *listReader) failed() error {
	if len(r.faults) == 0 {
		return nil
	}
	return ledger.Wrap(r.faults, ledger.Invalid, "the list has faults")
}

func (r *listReader) fault(line int, what FaultKind, value string) {
	if len(r.faults) < maxListFaults {
		r.faults = append(r.faults, ListFault{line, what, value})
	}
}

// json reads entry by entry, so that a fault has its line.
func (r *listReader) json(file []byte) {
	var whole struct {
		Title   Text              `json:"title"`
		Sample  bool              `json:"sample"`
		Entries []json.RawMessage `json:"entries"`
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&whole); err != nil {
		at := int64(0)
		var syntax *json.SyntaxError
		var mistyped *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			at = syntax.Offset
		case errors.As(err, &mistyped):
			at = mistyped.Offset
		case errors.Is(err, io.ErrUnexpectedEOF):
			at = int64(len(file))
		}
		r.fault(lineAt(file, at), FaultSyntax, "JSON")
		return
	}
	if len(bytes.TrimSpace(file[d.InputOffset():])) > 0 {
		r.fault(lineAt(file, d.InputOffset()), FaultSyntax, "JSON")
		return
	}
	r.list.Title, r.list.Sample = whole.Title, whole.Sample
	for _, text := range []string{whole.Title.VI, whole.Title.EN} {
		r.words(0, text)
	}
	rest, line := file, 1
	for _, raw := range whole.Entries {
		before, after, _ := bytes.Cut(rest, raw) // as it stands in the file, in order
		line += bytes.Count(before, newLine)
		first := line
		line += bytes.Count(raw, newLine)
		rest = after
		var e ListEntry
		in := json.NewDecoder(bytes.NewReader(raw))
		in.DisallowUnknownFields()
		if in.Decode(&e) != nil {
			r.fault(first, FaultSyntax, "JSON")
			continue
		}
		r.entry(first, e)
	}
}

var newLine = []byte{'\n'}

func lineAt(file []byte, offset int64) int {
	return 1 + bytes.Count(file[:min(max(offset, 0), int64(len(file)))], newLine)
}

func (r *listReader) csv(file []byte) {
	in := csv.NewReader(bytes.NewReader(file))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		r.fault(1, FaultSyntax, "CSV")
		return
	}
	column := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := column[name]; twice || !slices.Contains(listColumns, name) {
			r.fault(1, FaultHeader, name)
		}
		column[name] = i
	}
	for _, needed := range listColumns[:2] {
		if _, ok := column[needed]; !ok {
			r.fault(1, FaultHeader, needed)
		}
	}
	if len(r.faults) > 0 {
		return
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			r.fault(wrong.Line, FaultSyntax, "CSV")
			return
		}
		line, _ := in.FieldPos(0)
		if len(row) > len(header) {
			r.fault(line, FaultSyntax, "CSV")
			return
		}
		cell := func(name string) string {
			i, ok := column[name]
			if !ok || i >= len(row) {
				return ""
			}
			return strings.TrimSpace(row[i])
		}
		e := ListEntry{Code: cell("code"), Name: Text{VI: cell("name_vi"), EN: cell("name_en")}, Province: Text{VI: cell("province_vi"), EN: cell("province_en")}}
		if lat, lon := cell("lat"), cell("lon"); lat != "" || lon != "" {
			e.At = &Position{Lat: lat, Lon: lon}
		}
		for _, was := range strings.Split(cell("from"), "|") {
			if was = strings.TrimSpace(was); was != "" {
				code, name, _ := strings.Cut(was, " ")
				e.From = append(e.From, ListEntry{Code: code, Name: Text{VI: strings.TrimSpace(name)}})
			}
		}
		r.entry(line, e)
	}
}

var (
	listCode   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	coordinate = regexp.MustCompile(`^-?\d{1,3}(?:\.\d{1,6})?$`)
)

// entry checks an entry and keeps it.
func (r *listReader) entry(line int, e ListEntry) {
	if len(r.list.Entries) == MaxListEntries {
		if !r.seen[""] {
			r.fault(line, FaultMany, "")
			r.seen[""] = true
		}
		return
	}
	r.list.Entries = append(r.list.Entries, e)
	r.code(line, e.Code)
	switch {
	case r.name == ListMeasures && e.Code != "" && !Unit(e.Code).Valid():
		r.fault(line, FaultCode, e.Code)
	case r.seen[e.Code] && e.Code != "":
		r.fault(line, FaultTwice, e.Code)
	}
	if e.Code != "" {
		r.seen[e.Code] = true
	}
	if e.Name.VI == "" {
		r.fault(line, FaultEmpty, "name_vi")
	}
	if r.name == ListUnits && e.Province.VI == "" && len(e.From) > 0 {
		r.fault(line, FaultEmpty, "province_vi")
	}
	for _, text := range []string{e.Name.VI, e.Name.EN, e.Province.VI, e.Province.EN} {
		r.words(line, text)
	}
	if e.At != nil && !e.At.valid() {
		r.fault(line, FaultPosition, e.At.Lat+", "+e.At.Lon)
	}
	for _, was := range e.From {
		r.code(line, was.Code)
		if was.Name.VI == "" {
			r.fault(line, FaultEmpty, cmp.Or(was.Code, "from"))
		}
		r.words(line, was.Name.VI)
		r.words(line, was.Name.EN)
		if len(was.From) > 0 || was.At != nil {
			r.fault(line, FaultSyntax, was.Code)
		}
	}
}

func (r *listReader) code(line int, code string) {
	switch {
	case code == "":
		r.fault(line, FaultEmpty, "code")
	case utf8.RuneCountInString(code) > maxListCode:
		r.fault(line, FaultLong, code)
	case !listCode.MatchString(code):
		r.fault(line, FaultCode, code)
	}
}

func (r *listReader) words(line int, s string) {
	switch {
	case utf8.RuneCountInString(s) > maxListWords:
		r.fault(line, FaultLong, string([]rune(s)[:20])+"…")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == utf8.RuneError }):
		r.fault(line, FaultText, strings.ToValidUTF8(s, "?"))
	}
}

// valid reports whether it is a place on earth.
func (p *Position) valid() bool {
	within := func(s string, most int) bool {
		if !coordinate.MatchString(s) {
			return false
		}
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
		n := 0
		for _, c := range whole {
			n = 10*n + int(c-'0')
		}
		return n < most || n == most && strings.Trim(fraction, "0") == ""
	}
	return within(p.Lat, 90) && within(p.Lon, 180)
}
