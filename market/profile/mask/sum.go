package mask

import (
	"bytes"
	"context"
	"encoding/csv"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile/cell"
	"github.com/sogoc/sogoc/market/profile/table"
)

// total is a sum that is as exact as its numbers (Neumaier 1974), and is written with as
// many decimals as they have.
type total struct {
	sum, rest float64
	n         int64
	decimals  int
	who       []uint64 // the different people behind its numbers, up to K
}

func (t *total) add(v float64, decimals int) {
	sum := t.sum + v
	if math.Abs(t.sum) >= math.Abs(v) {
		t.rest += t.sum - sum + v
	} else {
		t.rest += v - sum + t.sum
	}
	t.sum = sum
	t.n++
	t.decimals = max(t.decimals, decimals)
}

// told is a group with what is told of it.
type told struct {
	group
	of []total
}

// maxMeasured is how many groups and measures there may be, each by the other.
const maxMeasured = 10 * MaxGroups

// sums writes one row for all that are alike in the fields they are summed up by, in the
// order of those.
func (m *masking) sums(ctx context.Context, out *csv.Writer) (done Result, err error) {
	sum := m.plan.Sum
	head, who := slices.Clone(sum.By), -1
	for _, measure := range sum.Of {
		head = append(head, strings.Trim(string(measure.Do)+" "+measure.Field, " "))
	}
	if m.plan.Each != "" {
		who = m.at(m.plan.Each)[0]
	}
	groups, by, buf := map[string]*told{}, m.at(sum.By...), []byte(nil)
	of := make([]int, len(sum.Of))
	for i, measure := range sum.Of {
		of[i] = m.at(measure.Field)[0]
	}
	err = m.each(ctx, func(b *table.Batch, row int) error {
		done.Read++
		buf = m.known(buf[:0], b, row, by)
		g := groups[string(buf)]
		if g == nil {
			if len(groups) == MaxGroups || len(groups)*len(of) > maxMeasured {
				return errGroups
			}
			g = &told{of: make([]total, len(of))}
			groups[string(buf)] = g
		}
		if who < 0 {
			g.rows++
		} else {
			g.add(b.Cell(row, who), m.plan.K)
		}
		for j, i := range of {
			if m.measure(&g.of[j], sum.Of[j].Do, i, b, row) && who >= 0 {
				g.of[j].who = counted(g.of[j].who, b.Cell(row, who), m.plan.K)
			}
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	for i := range head {
		head[i] = harmless(head[i])
	}
	if err := out.Write(head); err != nil {
		return done, ledger.Wrap(err, ledger.Internal, "the table cannot be written")
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		g := groups[key]
		if g.size(m.plan) < int64(m.plan.K) {
			done.LeftOut += g.rows
			continue
		}
		cells := strings.Split(key, "\x00")[:len(by)]
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		for j, t := range g.of {
			cells = append(cells, t.text(sum.Of[j].Do, m.plan))
		}
		done.Written++
		if err := out.Write(cells); err != nil {
			return done, ledger.Wrap(err, ledger.Internal, "the table cannot be written")
		}
	}
	return done, nil
}

// measure adds a row to what is told of its group, and reports whether it had a number.
func (m *masking) measure(t *total, do Do, field int, b *table.Batch, row int) bool {
	if field < 0 {
		t.n++
		return false
	}
	value := bytes.TrimSpace(b.Cell(row, field))
	kind, v := cell.Classify(value)
	switch {
	case do == Count:
		if kind != cell.Blank {
			t.n++
		}
	case kind >= cell.Whole && kind <= cell.CommaOrThousand:
		n := notation(m.Table.Fields[field])
		_, decimals, _ := strings.Cut(n.Plain(kind, value), ".")
		t.add(n.Value(kind, v), len(decimals))
		return true
	}
	return false
}

// few reports whether so few have a number that it would tell of them, though their group
// is large enough: the others' cells are empty.
func (t *total) few(p Plan) bool {
	if p.Each != "" {
		return len(t.who) < p.K
	}
	return t.n < int64(p.K)
}

// text is what is told of a group: nothing, where too few cells were numbers.
func (t *total) text(do Do, p Plan) string {
	switch {
	case do == Count:
		return strconv.FormatInt(t.n, 10)
	case t.few(p):
		return ""
	case do == Average:
		return trimmed(strconv.FormatFloat((t.sum+t.rest)/float64(t.n), 'f', min(t.decimals+2, 15), 64))
	}
	return strconv.FormatFloat(t.sum+t.rest, 'f', min(t.decimals, 15), 64)
}

func trimmed(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
