package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/sogoc/sogoc/ledger"
)

// parquetRows reads the rows of a Parquet file, one row group after another. What stands
// in a group or a list gets the name of its way, as in JSON.
type parquetRows struct {
	file   *File
	groups []parquet.RowGroup
	open   parquet.Rows
	fields []string
	texts  []func([]byte, parquet.Value) ([]byte, bool)
	rows   []parquet.Row
	ready  int // of rows, those that were read
	used   int // of these, those that were handed on
	n      int64
	cells  [][]byte
}

func (f *File) openParquet() (err error) {
	if err := checkParquet(f.in, f.size); err != nil {
		return err
	}
	defer brokeParquet(&err)
	f.parquet, err = parquet.OpenFile(f.in, f.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return errParquet
	}
	f.Format = Parquet
	return nil
}

func (f *File) parquetRows() (rows *parquetRows, err error) {
	defer brokeParquet(&err)
	r := &parquetRows{file: f, groups: f.parquet.RowGroups(), rows: make([]parquet.Row, 64)}
	for _, c := range columnsOf(f.parquet.Root()) {
		name := way(c)
		if len(name) > MaxName {
			return nil, unreadable(ledger.TooLarge, "name", 0, "the file has a column whose name has more than %d bytes", MaxName)
		}
		r.fields = append(r.fields, name)
		r.texts = append(r.texts, textOf(c))
	}
	r.cells = make([][]byte, len(r.fields))
	return r, nil
}

// columnsOf are the columns that have values, in their order.
func columnsOf(c *parquet.Column) (list []*parquet.Column) {
	if c.Leaf() {
		return []*parquet.Column{c}
	}
	for _, child := range c.Columns() {
		list = append(list, columnsOf(child)...)
	}
	return list
}

// way is a column's name. The two names that lists put around what is in them are a mark.
func way(c *parquet.Column) string {
	name := strings.ToValidUTF8(strings.ReplaceAll(strings.Join(c.Path(), "."), "\x00", ""), "\ufffd")
	for _, list := range []string{".list.element", ".list.item", ".bag.array_element"} {
		name = strings.ReplaceAll(name, list, "[]")
	}
	if c.MaxRepetitionLevel() > 0 && !strings.Contains(name, "[]") {
		name += "[]"
	}
	return name
}

func (r *parquetRows) Fields() []string { return r.fields }

func (r *parquetRows) Close() error {
	if r.open == nil {
		return nil
	}
	return r.open.Close()
}

func (r *parquetRows) Next(b *Batch) (err error) {
	defer brokeParquet(&err)
	b.reset()
	for !b.full() {
		if r.used == r.ready {
			if err := r.read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
			continue
		}
		if err := r.row(b, r.rows[r.used]); err != nil {
			return err
		}
		r.used++
	}
	if b.Len() == 0 {
		return io.EOF
	}
	return nil
}

// read reads some rows more.
func (r *parquetRows) read() error {
	if r.open == nil {
		if len(r.groups) == 0 {
			return io.EOF
		}
		r.open, r.groups = r.groups[0].Rows(), r.groups[1:]
	}
	n, err := r.open.ReadRows(r.rows)
	r.ready, r.used = n, 0
	if n > 0 {
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(ledger.Invalid, "parquet", r.n+1, "cannot be read")
	}
	err = r.open.Close()
	r.open = nil
	return err
}

// row adds a row, in which all values of a list are in one cell.
func (r *parquetRows) row(b *Batch, row parquet.Row) error {
	r.n++
	size := 0
	for i := range r.cells {
		r.cells[i] = r.cells[i][:0]
	}
	for _, v := range row {
		if v.IsNull() {
			continue
		}
		i := v.Column()
		cell := r.cells[i]
		was := len(cell)
		if was > 0 {
			cell = append(cell, "; "...)
		}
		cell, known := r.texts[i](cell, v)
		if !known {
			r.file.Attached = true
		}
		if bytes.IndexByte(cell[was:], 0) >= 0 || !utf8.Valid(cell[was:]) {
			r.file.Attached = true
			cell = append(cell[:was], "(?)"...)
		}
		r.cells[i] = cell
		if size += len(cell) - was; size > MaxRow {
			return unreadable(ledger.TooLarge, "row", r.n, "has more than %d bytes", MaxRow)
		}
	}
	b.begin(r.n)
	for _, cell := range r.cells {
		b.add(cell)
	}
	return nil
}

// textOf says how the values of a column become text. What is no text, and is not looked
// into, is said to be unknown.
func textOf(c *parquet.Column) func([]byte, parquet.Value) ([]byte, bool) {
	if l := c.Type().LogicalType(); l != nil {
		switch {
		case l.Date != nil:
			return func(b []byte, v parquet.Value) ([]byte, bool) {
				return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(b, "2006-01-02"), true
			}
		case l.Timestamp != nil:
			return moments(l.Timestamp.Unit, "2006-01-02T15:04:05")
		case l.Time != nil:
			return moments(l.Time.Unit, "15:04:05")
		case l.Decimal != nil:
			return decimals(int(l.Decimal.Scale))
		case l.UUID != nil:
			return func(b []byte, v parquet.Value) ([]byte, bool) {
				u := v.ByteArray()
				if len(u) != 16 {
					return b, false
				}
				return fmt.Appendf(b, "%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]), true
			}
		case l.Integer != nil && !l.Integer.IsSigned:
			return func(b []byte, v parquet.Value) ([]byte, bool) {
				if v.Kind() == parquet.Int32 {
					return strconv.AppendUint(b, uint64(v.Uint32()), 10), true
				}
				return strconv.AppendUint(b, v.Uint64(), 10), true
			}
		}
	}
	return plainText
}

func plainText(b []byte, v parquet.Value) ([]byte, bool) {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(b, v.Boolean()), true
	case parquet.Int32:
		return strconv.AppendInt(b, int64(v.Int32()), 10), true
	case parquet.Int64:
		return strconv.AppendInt(b, v.Int64(), 10), true
	case parquet.Float:
		return float(b, float64(v.Float()), 32), true
	case parquet.Double:
		return float(b, v.Double(), 64), true
	case parquet.Int96: // a moment, as it was written before 2017
		t := v.Int96()
		nanos := int64(t[1])<<32 | int64(t[0])
		return time.Unix((int64(t[2])-2440588)*86400, nanos).UTC().AppendFormat(b, "2006-01-02T15:04:05"), true
	}
	return append(b, v.ByteArray()...), true
}

func float(b []byte, v float64, bits int) []byte {
	if math.IsNaN(v) {
		return b
	}
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.AppendFloat(b, v, 'g', -1, bits)
	}
	return strconv.AppendFloat(b, v, 'f', -1, bits)
}

func moments(u format.TimeUnit, layout string) func([]byte, parquet.Value) ([]byte, bool) {
	per := int64(1e9)
	switch {
	case u.Millis != nil:
		per = 1e3
	case u.Micros != nil:
		per = 1e6
	}
	return func(b []byte, v parquet.Value) ([]byte, bool) {
		n := v.Int64()
		if v.Kind() == parquet.Int32 {
			n = int64(v.Int32())
		}
		return time.Unix(n/per, n%per*(1e9/per)).UTC().AppendFormat(b, layout), true
	}
}

// maxDecimal is the most bytes of a decimal number, more than any database writes.
const maxDecimal = 64

func decimals(scale int) func([]byte, parquet.Value) ([]byte, bool) {
	return func(b []byte, v parquet.Value) ([]byte, bool) {
		n := new(big.Int)
		switch v.Kind() {
		case parquet.Int32:
			n.SetInt64(int64(v.Int32()))
		case parquet.Int64:
			n.SetInt64(v.Int64())
		default:
			bytes := v.ByteArray()
			if len(bytes) > maxDecimal {
				return b, false
			}
			n.SetBytes(bytes)
			if len(bytes) > 0 && bytes[0]&0x80 != 0 { // two's complement
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(bytes))*8))
			}
		}
		if scale <= 0 || scale > 100 {
			return n.Append(b, 10), true
		}
		if n.Sign() < 0 {
			b = append(b, '-')
			n.Neg(n)
		}
		digits := n.String()
		if len(digits) <= scale {
			digits = strings.Repeat("0", scale+1-len(digits)) + digits
		}
		return append(append(append(b, digits[:len(digits)-scale]...), '.'), digits[len(digits)-scale:]...), true
	}
}
