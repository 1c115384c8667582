package personal

import (
	"math/bits"
	"strings"

	"github.com/sogoc/sogoc/market/profile/heading"
)

// Watch gathers what the cells of one field look like.
type Watch struct {
	field  string
	head   heading.Heading
	values int64
	n      [allMarks]int64
	kinds  int64 // different values

	// Of different numbers of twelve digits: how many, the least and the greatest, and the
	// different beginnings of six digits. Codes are counted upward or share a beginning.
	fresh     int64
	low, high uint64
	starts    map[[6]byte]bool
}

// maxStarts is how many beginnings are told apart.
const maxStarts = 1000

// NewWatch watches a field by its heading.
func NewWatch(field string) *Watch {
	return &Watch{field: field, head: heading.Of(field)}
}

// last is the last part of the field's name.
func (w *Watch) last() string {
	return strings.TrimSuffix(w.field[strings.LastIndexByte(w.field, '.')+1:], "[]")
}

// Count adds a cell with what [Look] says of it, and whether its text is new.
func (w *Watch) Count(m Marks, cell []byte, fresh bool) {
	w.values++
	if fresh {
		w.kinds++
	}
	if fresh && m&(markTwelve|markPhone|markCitizenCut) != 0 {
		w.number(cell)
	}
	for ; m != 0; m &= m - 1 {
		w.n[bits.TrailingZeros32(uint32(m))]++
	}
}

func (w *Watch) number(cell []byte) {
	var d []byte
	v := uint64(0)
	for _, c := range cell {
		if class[c] == isDigit {
			d, v = append(d, c), v*10+uint64(c-'0')
		}
	}
	if w.fresh == 0 {
		w.low, w.high, w.starts = v, v, map[[6]byte]bool{}
	}
	w.fresh++
	w.low, w.high = min(w.low, v), max(w.high, v)
	if len(w.starts) < maxStarts && len(d) >= 6 {
		w.starts[[6]byte(d)] = true
	}
}

// few is below how many different numbers nothing is said about how they are spread.
const few = 10

// counted reports whether numbers were given out one after another.
func (w *Watch) counted() bool {
	return w.fresh >= few && (w.high-w.low)/uint64(w.fresh) < 100
}

// narrow reports whether nearly all numbers share few beginnings, as the products of one
// company do, and people of all ages do not.
func (w *Watch) narrow() bool {
	return w.fresh >= few && int64(len(w.starts))*20 <= max(w.fresh, 20)
}

func (w *Watch) count(m Marks) (n int64) {
	for ; m != 0; m &= m - 1 {
		n += w.n[bits.TrailingZeros32(uint32(m))]
	}
	return n
}

// share is how many of the cells have any of the marks; no cell has two of them.
func (w *Watch) share(m Marks) float64 {
	if w.values == 0 {
		return 0
	}
	return float64(w.count(m)) / float64(w.values)
}

// coded reports whether the last digits of numbers check the others, as in codes of
// products.
func (w *Watch) coded() bool {
	n := w.count(markTwelve)
	return n >= 3 && float64(w.count(markGS1)) >= 0.9*float64(n)
}

// taxed reports the same of tax codes.
func (w *Watch) taxed() bool {
	n := w.count(markTen)
	return n >= 3 && float64(w.count(markTax)) >= 0.9*float64(n)
}
