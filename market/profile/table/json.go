package table

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/sogoc/sogoc/ledger"
)

// layout is where the rows of a JSON file are.
type layout struct {
	list   bool   // in a list
	member string // which is this member of an object; empty where the list is all there is
	geo    bool   // the rows are features of GeoJSON
}

// jsonRows reads objects as rows. What stands in them below gets the name of its way,
// "farm.plots[].code"; what stands there more than once stands in one cell, with "; "
// between. What stands in the file beside its rows makes a row of its own, so that it is
// not overlooked.
type jsonRows struct {
	*scanner
	layout
	geometries Geometries

	begun, done, some bool
	fields            []string
	known             map[string]int
	cells             [][]byte // of the row, by field
	met               []int    // fields that the row has
	size              int      // bytes of the row
	made              int64    // cells of all rows
	path              []byte
}

// beside are members of GeoJSON that tell nothing about what it shows.
var beside = []string{"type", "crs", "bbox", "name", "features", "totalFeatures", "numberMatched", "numberReturned", "timeStamp", "links", "xy_coordinate_resolution", "generator"}

func newJSON(in io.Reader, l layout) *jsonRows {
	return &jsonRows{scanner: newScanner(in), layout: l, known: map[string]int{}, geometries: Geometries{Types: map[string]int64{}}}
}

func (r *jsonRows) Fields() []string { return r.fields }
func (r *jsonRows) Close() error     { return nil }

// Geometries is what was met of them so far.
func (r *jsonRows) Geometries() (Geometries, bool) { return r.geometries, r.geo }

func (r *jsonRows) Next(b *Batch) error {
	b.reset()
	for !b.full() && !r.done {
		if err := r.row(b); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// row adds the next row, if there is one.
func (r *jsonRows) row(b *Batch) error {
	if !r.begun {
		r.begun = true
		if err := r.begin(b); err != nil {
			return err
		}
	}
	if !r.list {
		if _, err := r.peek(); errors.Is(err, io.EOF) {
			r.done = true
			return nil
		}
		return r.object(b)
	}
	more, err := r.more(']', !r.some)
	if err != nil {
		return err
	}
	r.some = true
	if more {
		return r.object(b)
	}
	r.done = true
	if r.member != "" {
		if _, err := r.others(b, false); err != nil {
			return err
		}
	}
	if _, err := r.peek(); !errors.Is(err, io.EOF) {
		return r.broken(err)
	}
	return nil
}

// begin goes to the first row.
func (r *jsonRows) begin(b *Batch) error {
	if c, err := r.byte(); err == nil && c == bom[0] {
		for _, want := range bom {
			if c, err := r.byte(); err != nil || c != want {
				return r.broken(err)
			}
			r.pos++
		}
	}
	switch {
	case !r.list:
		return nil
	case r.member == "":
		return r.take('[')
	}
	if err := r.take('{'); err != nil {
		return err
	}
	found, err := r.others(b, true)
	if err == nil && !found {
		err = r.broken(nil)
	}
	if err != nil {
		return err
	}
	return r.take('[')
}

// others reads what stands beside the list of rows, up to the list or to the end of the
// object.
func (r *jsonRows) others(b *Batch, first bool) (list bool, err error) {
	line := r.line
	for ; ; first = false {
		more, err := r.more('}', first)
		if err != nil {
			return false, err
		}
		if !more {
			break
		}
		key, err := r.key()
		if err != nil {
			return false, err
		}
		if key == r.member && !r.some {
			list = true
			break
		}
		if r.geo && slices.Contains(beside, key) {
			err = r.skip(1)
		} else {
			err = r.under(key, 1)
		}
		if err != nil {
			return false, err
		}
	}
	if len(r.met) > 0 {
		err = r.flush(b, line)
	}
	return list, err
}

// key reads a member's name and the colon behind it.
func (r *jsonRows) key() (string, error) {
	b, err := r.string(nil)
	if err != nil {
		return "", err
	}
	return string(b), r.take(':')
}

// object reads a row.
func (r *jsonRows) object(b *Batch) error {
	c, err := r.peek()
	switch {
	case err != nil:
		return r.broken(err)
	case c != '{':
		return unreadable(ledger.Invalid, "object", r.line, "is no object, as the rows of a table are")
	}
	line := r.line
	r.pos++
	geometry := false
	for first := true; ; first = false {
		more, err := r.more('}', first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		key, err := r.key()
		if err != nil {
			return err
		}
		switch {
		case !r.geo:
			err = r.under(key, 1)
		case key == "geometry":
			geometry = true
			err = r.geometry(b, line)
		case key == "type", key == "bbox":
			err = r.skip(1)
		case key == "properties":
			err = r.properties()
		default:
			err = r.under(key, 1)
		}
		if err != nil {
			return err
		}
	}
	if r.geo {
		r.geometries.Features++
		if !geometry {
			r.geometries.Types["none"]++
		}
	}
	return r.flush(b, line)
}

// properties reads those of a feature, whose names stand for themselves.
func (r *jsonRows) properties() error {
	switch c, err := r.peek(); {
	case err != nil:
		return r.broken(err)
	case c == '{':
		return r.value(1)
	case c == 'n':
		return r.skip(1)
	}
	return r.under("properties", 1)
}

// A file of few bytes may make many cells, as each row has all fields that were met. One
// that makes more than these, and more than so many for each of its bytes, is refused.
const (
	manyCells = 50_000_000
	perByte   = 8
)

// flush adds the cells of a row to a batch.
func (r *jsonRows) flush(b *Batch, line int64) error {
	b.begin(line)
	width := 0
	for _, i := range r.met {
		width = max(width, i+1)
	}
	for _, cell := range r.cells[:width] {
		b.add(cell)
	}
	for _, i := range r.met {
		r.cells[i] = r.cells[i][:0]
	}
	r.met, r.size = r.met[:0], 0
	if r.made += int64(len(r.fields)); r.made > manyCells && r.made > perByte*r.read {
		return unreadable(ledger.TooLarge, "sparse", line, "has too few of the %d fields that the table has", len(r.fields))
	}
	return nil
}

// under reads a value that stands under a key of what r.path names.
func (r *jsonRows) under(key string, depth int) error {
	was := len(r.path)
	if was > 0 {
		r.path = append(r.path, '.')
	}
	r.path = append(r.path, key...)
	err := r.value(depth)
	r.path = r.path[:was]
	return err
}

// value reads a value into the cells of its way.
func (r *jsonRows) value(depth int) error {
	if err := r.deep(depth); err != nil {
		return err
	}
	c, err := r.peek()
	if err != nil {
		return r.broken(err)
	}
	switch c {
	case '{':
		r.pos++
		for first := true; ; first = false {
			more, err := r.more('}', first)
			if err != nil || !more {
				return err
			}
			key, err := r.key()
			if err != nil {
				return err
			}
			if err := r.under(key, depth+1); err != nil {
				return err
			}
		}
	case '[':
		r.pos++
		was := len(r.path)
		r.path = append(r.path, "[]"...)
		for first := true; ; first = false {
			more, err := r.more(']', first)
			if err != nil || !more {
				r.path = r.path[:was]
				return err
			}
			if err := r.value(depth + 1); err != nil {
				return err
			}
		}
	}
	return r.scalar(c)
}

// scalar adds a text, a number or a truth to the cell of its way.
func (r *jsonRows) scalar(c byte) error {
	i, err := r.field(string(r.path))
	if err != nil {
		return err
	}
	cell := r.cells[i]
	was := len(cell)
	if was > 0 {
		cell = append(cell, "; "...)
	}
	from := len(cell)
	if c == '"' {
		cell, err = r.string(cell)
	} else {
		cell, err = r.literal(cell)
	}
	if len(cell) == from {
		cell = cell[:was]
	}
	r.cells[i] = cell
	if r.size += len(cell) - was; err == nil && r.size > MaxRow {
		err = unreadable(ledger.TooLarge, "row", r.line, "has more than %d bytes", MaxRow)
	}
	return err
}

// field is the place of a field, which it has from now on if it had none.
func (r *jsonRows) field(name string) (int, error) {
	i, ok := r.known[name]
	if len(name) > MaxName {
		return 0, unreadable(ledger.TooLarge, "name", r.line, "has a field whose name has more than %d bytes", MaxName)
	}
	if !ok {
		if i = len(r.fields); i == MaxFields {
			return 0, unreadable(ledger.TooLarge, "fields", r.line, "has a field more than the %d that a table may have", MaxFields)
		}
		r.known[name] = i
		if name == "" {
			name = fmt.Sprintf("field%d", i+1)
		}
		r.fields, r.cells = append(r.fields, name), append(r.cells, nil)
	}
	if len(r.cells[i]) == 0 {
		r.met = append(r.met, i)
	}
	return i, nil
}

// skip steps over a value.
func (s *scanner) skip(depth int) error {
	if err := s.deep(depth); err != nil {
		return err
	}
	c, err := s.peek()
	if err != nil {
		return s.broken(err)
	}
	switch c {
	case '"':
		_, err := s.string(nil)
		return err
	case '{', '[':
		s.pos++
		return s.rest(c, depth)
	}
	_, err = s.literal(nil)
	return err
}

// rest steps over what stands in a list or an object of which the first byte was read.
func (s *scanner) rest(open byte, depth int) error {
	for first := true; ; first = false {
		more, err := s.more(open+2, first) // as ']' and '}' stand in ASCII
		if err != nil || !more {
			return err
		}
		if open == '{' {
			if _, err := s.string(nil); err != nil {
				return err
			}
			if err := s.take(':'); err != nil {
				return err
			}
		}
		if err := s.skip(depth + 1); err != nil {
			return err
		}
	}
}
