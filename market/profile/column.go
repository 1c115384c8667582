package profile

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/sogoc/sogoc/market/profile/cell"
	"github.com/sogoc/sogoc/market/profile/heading"
	"github.com/sogoc/sogoc/market/profile/personal"
)

const (
	fits        = 0.9     // share of values from which on a type is a field's
	exact       = 10_000  // different values that are counted one by one, in a table of up to 100 fields
	exactAll    = 1 << 20 // the same, of all fields together
	examples    = 5
	maxExample  = 100 // characters of an example
	dictionary  = 64  // different values that are kept in words
	allInWords  = 1 << 16
	maxKept     = 200  // bytes of a value that is kept in words
	memoEntries = 1024 // in a table of up to 64 fields
	memoAll     = 64 * memoEntries
)

// column is what is known about a field while its table is read.
type column struct {
	name     string
	watch    *personal.Watch
	list     bool // values of JSON's lists, with "; " between
	values   int64
	missing  int64
	untidy   int64 // values with spaces around them
	dayFirst bool  // a date has a day that can be no month
	kinds    [cell.Kinds]int64
	round    int64 // values of thousands or decimals, that end in a zero
	least    [cell.Kinds]extreme
	most     [cell.Kinds]extreme
	distinct *tally
	words    []kept // the first different values
	room     int    // of words
	blanks   []string
	memo     []seen // by hash; as many as a power of two
}

// extreme is a value that is the least or the most of its kind.
type extreme struct {
	value float64
	text  []byte
}

type kept struct {
	hash uint64
	text string
}

// seen is what a value was found to be when it was met before.
type seen struct {
	hash  uint64
	value float64
	marks personal.Marks
	kind  cell.Kind
}

func newColumn(name string, fields int) *column {
	return &column{
		name: name, list: strings.Contains(name, "[]"), watch: personal.NewWatch(name), room: min(dictionary, max(examples, allInWords/fields)),
		distinct: newTally(min(exact, max(100, exactAll/fields))),
		memo:     make([]seen, 1<<(bits.Len(uint(min(memoEntries, max(16, memoAll/fields))))-1)),
	}
}

// skip counts rows that were read before the field was first met.
func (c *column) skip(rows int64) { c.missing += rows }

func (c *column) add(raw []byte) {
	if len(raw) == 0 {
		c.missing++
		return
	}
	b := raw
	if b[0] <= ' ' || b[len(b)-1] <= ' ' || b[0] >= utf8.RuneSelf || b[len(b)-1] >= utf8.RuneSelf {
		if b = bytes.TrimSpace(raw); len(b) == 0 {
			c.missing++
			return
		}
	}
	hash := xxhash.Sum64(b)
	was := &c.memo[hash&uint64(len(c.memo)-1)]
	met := was.hash == hash
	if !met {
		k, v := cell.Classify(b)
		*was = seen{hash: hash, kind: k, value: v}
		if k != cell.Blank {
			was.marks = c.look(b)
		}
	}
	if was.kind == cell.Blank {
		c.missing++
		if len(c.blanks) < examples && !slices.Contains(c.blanks, string(b)) {
			c.blanks = append(c.blanks, string(b))
		}
		return
	}
	c.values++
	if len(b) != len(raw) {
		c.untidy++
	}
	c.kinds[was.kind]++
	if (was.kind == cell.DotOrThousand || was.kind == cell.CommaOrThousand) && b[len(b)-1] == '0' {
		c.round++
	}
	fresh := c.distinct.add(hash)
	c.watch.Count(was.marks, b, fresh)
	if fresh && len(c.words) < c.room && len(b) <= maxKept {
		c.words = append(c.words, kept{hash, string(b)})
	}
	if met || was.kind <= cell.Code {
		return
	}
	c.least[was.kind].take(was.value, b, -1)
	c.most[was.kind].take(was.value, b, 1)
	if was.kind == cell.SlashDate {
		// In a column of months before days it is another date.
		k, v := cell.Classify(swapped(b))
		if k != cell.SlashDate {
			c.dayFirst = true
			return
		}
		c.least[cell.USDate].take(v, b, -1)
		c.most[cell.USDate].take(v, b, 1)
	}
}

// look says what a value looks like; of a list, what any of its values does.
func (c *column) look(b []byte) personal.Marks {
	m := personal.Look(b)
	if c.list {
		for one := range bytes.SplitSeq(b, []byte("; ")) {
			m |= personal.Look(one)
		}
	}
	return m
}

// swapped is a date with its first two parts the other way round.
func swapped(b []byte) []byte {
	day, rest, _ := bytes.Cut(b, []byte{'/'})
	month, year, _ := bytes.Cut(rest, []byte{'/'})
	return slices.Concat(month, []byte{'/'}, day, []byte{'/'}, year)
}

func (e *extreme) take(v float64, b []byte, sign int) {
	if len(e.text) == 0 || cmp.Compare(v, e.value) == sign {
		e.value, e.text = v, append(e.text[:0], b...)
	}
}

// field is what a column turned out to be.
func (c *column) field() Field {
	f := Field{Name: c.name, Type: String, Values: c.values, Missing: c.missing, Distinct: c.distinct.distinct(), Blanks: c.blanks}
	f.Distinct.N = min(f.Distinct.N, f.Values)
	for _, w := range c.words {
		if len(f.Examples) < examples {
			f.Examples = append(f.Examples, shortened(w.text, maxExample))
		}
	}
	if c.values == 0 {
		f.Type = Any
		return f
	}
	n, dates, moments := c.notation(), c.dates(), c.usual(cell.ISOMoment, cell.SlashMoment)
	var of []cell.Kind // the kinds that the type takes, the usual one first
	switch {
	case c.share(cell.Yes) >= fits:
		f.Type, of = Boolean, []cell.Kind{cell.Yes}
	case c.count(cell.Code)*100 > c.values: // digits that would lose their zeros
	case c.share(numbers...) >= fits:
		of = numbers
		f.Type, f.Decimal, f.Group = c.number(n)
	case c.share(dates...) >= fits:
		f.Type, of, f.Format = Date, dates, formats[dates[0]]
	case c.share(moments...) >= fits:
		f.Type, of, f.Format = DateTime, moments, formats[moments[0]]
	case c.share(cell.Clock) >= fits:
		f.Type, of = Time, []cell.Kind{cell.Clock}
	case c.share(cell.Point) >= fits:
		f.Type, of = GeoPoint, []cell.Kind{cell.Point}
	}
	f.Mixed = c.untidy
	if f.Type == String {
		return f
	}
	f.Invalid = c.values - c.count(of...)
	switch f.Type {
	case Date, DateTime:
		if of[0] == cell.USDate {
			of = slices.Delete(of, 1, 2) // dates with a day up to twelve are written alike
		}
		f.Mixed = min(c.values, f.Mixed+c.count(of[1:]...))
	case Integer, Number:
		f.Mixed = min(c.values, f.Mixed+c.contradicting(n))
	}
	f.Min, f.Max = c.extremes(f.Type, of, n)
	return f
}

func (c *column) count(of ...cell.Kind) (n int64) {
	for _, k := range of {
		n += c.kinds[k]
	}
	return n
}

func (c *column) share(of ...cell.Kind) float64 { return float64(c.count(of...)) / float64(c.values) }

// usual orders kinds by how many values they have.
func (c *column) usual(of ...cell.Kind) []cell.Kind {
	slices.SortStableFunc(of, func(a, b cell.Kind) int { return cmp.Compare(c.kinds[b], c.kinds[a]) })
	return of
}

// formats are the dates' formats in Table Schema; none for ISO 8601.
var formats = map[cell.Kind]string{
	cell.SlashDate: "%d/%m/%Y", cell.USDate: "%m/%d/%Y", cell.DashDate: "%d-%m-%Y", cell.DotDate: "%d.%m.%Y", cell.BigSlashDate: "%Y/%m/%d",
	cell.SlashMoment: "%d/%m/%Y %H:%M",
}

// dates are the kinds of dates, the usual one first. Days beyond twelve in the place of
// the month, and none in the place of the day, tell that months are first.
func (c *column) dates() []cell.Kind {
	if c.kinds[cell.USDate] > 0 && !c.dayFirst {
		return append([]cell.Kind{cell.USDate, cell.SlashDate}, c.usual(cell.ISODate, cell.DashDate, cell.DotDate, cell.BigSlashDate)...)
	}
	return c.usual(cell.ISODate, cell.SlashDate, cell.DashDate, cell.DotDate, cell.BigSlashDate)
}

// years reports whether whole numbers are years: the heading says so.
func (c *column) years() bool {
	return c.count(numbers...) == c.kinds[cell.Whole] && c.least[cell.Whole].value >= 1000 && c.most[cell.Whole].value < 3000 &&
		heading.Of(c.name).Has("nam", "year", "mua vu", "nien vu")
}

// extremes are the least and the greatest value, written as in ISO 8601 or with a decimal
// point.
func (c *column) extremes(t Type, of []cell.Kind, n cell.Notation) (least, most string) {
	var low, high extreme
	var lowest, highest cell.Kind
	for _, k := range of {
		from, to := c.least[k], c.most[k]
		if from.text == nil {
			continue
		}
		from.value, to.value = n.Value(k, from.value), n.Value(k, to.value)
		if low.text == nil || from.value < low.value {
			low, lowest = from, k
		}
		if high.text == nil || to.value > high.value {
			high, highest = to, k
		}
	}
	switch {
	case low.text == nil:
		return "", ""
	case t == Date, t == DateTime:
		return moment(low.value, t == DateTime), moment(high.value, t == DateTime)
	case t == Integer, t == Year, t == Number:
		return n.Plain(lowest, low.text), n.Plain(highest, high.text)
	case t == Time:
		return string(low.text), string(high.text)
	}
	return "", ""
}

// shortened is a text of at most so many characters.
func shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// moment writes seconds since 1970 as ISO 8601.
func moment(seconds float64, withTime bool) string {
	t := time.Unix(int64(seconds), 0).UTC()
	if withTime {
		return t.Format("2006-01-02T15:04:05")
	}
	return t.Format("2006-01-02")
}
