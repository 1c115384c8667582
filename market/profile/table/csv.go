package table

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
)

// bom is the byte order mark of UTF-8.
var bom = []byte("\xef\xbb\xbf")

// Dialect is how a CSV file is written, besides its encoding.
type Dialect struct {
	Delimiter byte
	bareCR    bool // lines end with a carriage return alone
	skip      int  // bytes before the table: "sep=;" and its line end
	splits    bool // most rows have as many cells, more than one
}

// delimiters that are looked for; of equals, the first is taken.
var delimiters = []byte{',', ';', '\t', '|'}

// sniffed is how many rows of a sample are looked at.
const sniffed = 200

// Sniff finds out how CSV is written from its beginning: with the delimiter that splits
// most rows into as many cells as the first.
func Sniff(sample []byte) Dialect {
	d := Dialect{Delimiter: ','}
	text := bytes.TrimPrefix(sample, bom)
	d.bareCR = bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') >= 0
	if len(text) > 5 && bytes.EqualFold(text[:4], []byte("sep=")) && (text[5] == '\r' || text[5] == '\n') {
		d.Delimiter, d.skip, d.splits = text[4], 6, true
		if len(text) > 6 && text[5] == '\r' && text[6] == '\n' {
			d.skip++
		}
		return d
	}
	best := 0.0
	for _, c := range delimiters {
		if s := fitness(text, Dialect{Delimiter: c, bareCR: d.bareCR}); s > best {
			best, d.Delimiter = s, c
		}
	}
	d.splits = best > 0.9
	return d
}

// fitness says how well a delimiter splits a sample: the share of rows that have the
// most frequent width, and a little for every cell more.
func fitness(sample []byte, d Dialect) float64 {
	r := newCSV(bytes.NewReader(sample), d)
	widths, rows := map[int]int{}, 0
	var b Batch
	for rows < sniffed {
		b.reset()
		if err := r.row(&b); err != nil {
			break
		}
		rows++
		widths[b.Width(0)]++
	}
	common, most := 0, 0
	for w, n := range widths {
		if n > most || n == most && w > common {
			common, most = w, n
		}
	}
	if common < 2 {
		return 0
	}
	return float64(most)/float64(rows) + float64(min(common, 100))/1000
}

// csvReader splits CSV (RFC 4180) into rows. Beyond the RFC it takes a quotation mark
// inside a cell that does not start with one for what it is.
type csvReader struct {
	in       io.Reader
	buf      []byte
	pos, end int // what is in buf and not read yet
	line     int64
	eof      bool
	d        Dialect
}

func newCSV(in io.Reader, d Dialect) *csvReader {
	return &csvReader{in: in, buf: make([]byte, 256<<10), line: 1, d: d}
}

// fill reads on behind what is not read yet, from buf[r.pos] on, which may move.
func (r *csvReader) fill() error {
	if r.pos > 0 {
		copy(r.buf, r.buf[r.pos:r.end])
		r.end, r.pos = r.end-r.pos, 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	for range 100 {
		n, err := r.in.Read(r.buf[r.end:])
		fresh := r.buf[r.end : r.end+n]
		if r.d.bareCR {
			for i, c := range fresh {
				if c == '\r' {
					fresh[i] = '\n'
				}
			}
		}
		r.end += n
		if errors.Is(err, io.EOF) {
			r.eof = true
			return nil
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// row adds the next row that is not blank to a batch.
func (r *csvReader) row(b *Batch) error {
	if r.line == 1 && r.pos == 0 && r.end == 0 {
		if err := r.start(); err != nil {
			return err
		}
	}
	for {
		rest := r.buf[r.pos:r.end]
		i := bytes.IndexByte(rest, '\n')
		switch {
		case i > MaxRow, i < 0 && len(rest) > MaxRow:
			return unreadable(ledger.TooLarge, "row", r.line, "has more than %d bytes", MaxRow)
		case i < 0 && !r.eof:
			if err := r.fill(); err != nil {
				return ledger.Wrap(err, ledger.CodeOf(err), "the file cannot be read")
			}
			continue
		case i < 0 && len(rest) == 0:
			return io.EOF
		}
		next := r.pos + i + 1
		if i < 0 {
			i, next = len(rest), r.end
		}
		line := rest[:i]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) == 0 {
			r.pos = next
			r.line++
			continue
		}
		if bytes.IndexByte(line, '"') >= 0 {
			return r.quoted(b)
		}
		if err := r.check(line); err != nil {
			return err
		}
		b.begin(r.line)
		for cells := 1; ; cells++ {
			if cells > MaxFields {
				return r.errFields()
			}
			j := bytes.IndexByte(line, r.d.Delimiter)
			if j < 0 {
				b.add(line)
				break
			}
			b.add(line[:j])
			line = line[j+1:]
		}
		r.pos = next
		r.line++
		return nil
	}
}

// start steps over what may stand before the first row.
func (r *csvReader) start() error {
	for !r.eof && r.end < len(bom)+r.d.skip {
		if err := r.fill(); err != nil {
			return ledger.Wrap(err, ledger.CodeOf(err), "the file cannot be read")
		}
	}
	if bytes.HasPrefix(r.buf[:r.end], bom) {
		r.pos = len(bom)
	}
	if r.d.skip > 0 {
		r.pos, r.line = min(r.pos+r.d.skip, r.end), 2
	}
	return nil
}

func (r *csvReader) check(text []byte) error {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return unreadable(ledger.Invalid, "nul", r.line+int64(bytes.Count(text[:i], []byte{'\n'})), "has a zero byte, as no text has")
	}
	if !utf8.Valid(text) {
		line := r.line
		for len(text) > 0 {
			c, n := utf8.DecodeRune(text)
			if c == utf8.RuneError && n == 1 {
				break
			}
			if c == '\n' {
				line++
			}
			text = text[n:]
		}
		return unreadable(ledger.Invalid, "encoding", line, "is not UTF-8")
	}
	return nil
}

func (r *csvReader) errFields() error {
	return unreadable(ledger.TooLarge, "fields", r.line, "has more than %d cells", MaxFields)
}

// quoted adds a row with quotation marks, which may go over several lines.
func (r *csvReader) quoted(b *Batch) error {
	texts, ends := len(b.text), len(b.ends)
	for {
		b.begin(r.line)
		next, err := r.split(b)
		if err == nil {
			if err := r.check(r.buf[r.pos:next]); err != nil {
				return err
			}
			r.line += int64(max(1, bytes.Count(r.buf[r.pos:next], []byte{'\n'})))
			r.pos = next
			return nil
		}
		if !errors.Is(err, errMore) {
			return err
		}
		// The row goes on behind what was read so far.
		b.text, b.ends = b.text[:texts], b.ends[:ends]
		b.rows, b.lines = b.rows[:len(b.rows)-1], b.lines[:len(b.lines)-1]
		if err := r.fill(); err != nil {
			return ledger.Wrap(err, ledger.CodeOf(err), "the file cannot be read")
		}
	}
}

var errMore = errors.New("the row is not complete")

// split adds the cells of the row at r.pos, and says where the next row starts.
func (r *csvReader) split(b *Batch) (next int, err error) {
	text := r.buf[:r.end]
	i, first := r.pos, len(b.ends)
	for {
		if len(b.ends)-first >= MaxFields {
			return 0, r.errFields()
		}
		start := i
		for i < len(text) && text[i] == ' ' && r.d.Delimiter != ' ' {
			i++
		}
		if i < len(text) && text[i] == '"' {
			open := i
			if i, err = r.unquote(b, i+1); err != nil {
				return 0, r.within(err, open)
			}
		} else {
			i = start
			n := bytes.IndexByte(text[i:], '\n')
			cell := text[i:]
			if n >= 0 {
				cell = text[i : i+n]
			} else if !r.eof {
				return 0, r.within(errMore, i)
			}
			if j := bytes.IndexByte(cell, r.d.Delimiter); j >= 0 {
				cell = cell[:j]
			}
			i += len(cell)
			b.add(bytes.TrimSuffix(cell, []byte{'\r'}))
			if bytes.IndexByte(cell, '"') >= 0 {
				b.Faults = append(b.Faults, Fault{r.line, "quote"})
			}
		}
		switch {
		case i >= len(text):
			return i, nil
		case text[i] == '\n':
			return i + 1, nil
		}
		i++ // the delimiter
	}
}

// within turns "read on" into an error where the row is too long already.
func (r *csvReader) within(err error, open int) error {
	line := r.line + int64(bytes.Count(r.buf[r.pos:open], []byte{'\n'}))
	switch {
	case errors.Is(err, errJunk):
		return unreadable(ledger.Invalid, "quotes", line, "has text behind a closing quotation mark")
	case errors.Is(err, errOpen), r.end-r.pos > MaxRow:
		return unreadable(ledger.Invalid, "quotes", line, "opens a quotation mark that does not close")
	}
	return err
}

var (
	errJunk = errors.New("text behind a closing quotation mark")
	errOpen = errors.New("an open quotation mark")
)

// unquote adds the cell whose opening quotation mark is before i, and says where the
// delimiter or the line's end behind it is.
func (r *csvReader) unquote(b *Batch, i int) (int, error) {
	text := r.buf[:r.end]
	for {
		j := bytes.IndexByte(text[i:], '"')
		if j < 0 {
			if r.eof {
				return 0, errOpen
			}
			return 0, errMore
		}
		b.text = append(b.text, text[i:i+j]...)
		i += j + 1
		if i < len(text) && text[i] == '"' {
			b.text = append(b.text, '"')
			i++
			continue
		}
		for i < len(text) && text[i] == ' ' && r.d.Delimiter != ' ' {
			i++
		}
		if i < len(text) && text[i] == '\r' && (i+1 == len(text) || text[i+1] == '\n') {
			i++
		}
		switch {
		case i >= len(text) && !r.eof:
			return 0, errMore
		case i < len(text) && text[i] != r.d.Delimiter && text[i] != '\n':
			return 0, errJunk
		}
		b.text = append(b.text, 0)
		b.ends = append(b.ends, len(b.text)-1)
		return i, nil
	}
}
