package mask

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/table"
)

// Result is what became of a table.
type Result struct {
	Read    int64 `json:"read"`
	Written int64 `json:"written"`
	LeftOut int64 `json:"left_out"` // rows of groups that were too small
}

// Anonymity is how many rows share what others may know of somebody.
type Anonymity struct {
	Rows   int64 `json:"rows"`
	Groups int64 `json:"groups"` // of rows that are alike in the known fields
	Least  int64 `json:"least"`  // how many the smallest group has, counted up to K
	Below  int64 `json:"below"`  // rows in groups of fewer than K
}

// Source is one table of a file, and what is known about it.
type Source struct {
	File  *table.File
	Index int
	Table *profile.Table
	Read  func(rows int64) // is told how many rows were read; nil where nobody asks
}

// Write writes the table as the plan leaves it. What was written before an error is not to
// be used.
func Write(ctx context.Context, w io.Writer, s Source, p Plan, key []byte) (Result, error) {
	m, err := newMasking(s, p, key)
	if err != nil {
		return Result{}, err
	}
	out := csv.NewWriter(w)
	var done Result
	if p.Sum != nil {
		done, err = m.sums(ctx, out)
	} else {
		done, err = m.rows(ctx, out)
	}
	if err != nil {
		return done, err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return done, ledger.Wrap(err, ledger.Internal, "the table cannot be written")
	}
	return done, nil
}

// Check counts how many rows are alike in the plan's known fields, as its rules leave
// them.
func Check(ctx context.Context, s Source, p Plan, key []byte) (Anonymity, error) {
	if p.K < 1 {
		p.K = 1
	}
	m, err := newMasking(s, p, key)
	if err != nil {
		return Anonymity{}, err
	}
	groups, err := m.groups(ctx)
	if err != nil {
		return Anonymity{}, err
	}
	a := Anonymity{Groups: int64(len(groups))}
	for _, g := range groups {
		a.Rows += g.rows
		n := g.size(p)
		if a.Least == 0 || n < a.Least {
			a.Least = n
		}
		if n < int64(p.K) {
			a.Below += g.rows
		}
	}
	return a, nil
}

// masking is a plan for one table.
type masking struct {
	Source
	plan   Plan
	fields []*masked // of every field of the table
}

func newMasking(s Source, p Plan, key []byte) (*masking, error) {
	if err := p.Validate(s.Table, key); err != nil {
		return nil, err
	}
	m := &masking{Source: s, plan: p}
	for _, f := range s.Table.Fields {
		r := Rule{Field: f.Name, How: Keep}
		if i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Field == f.Name }); i >= 0 {
			r = p.Rules[i]
		}
		m.fields = append(m.fields, newMasked(f, r, key))
	}
	return m, nil
}

// at is where fields are in the table.
func (m *masking) at(names ...string) []int {
	list := make([]int, len(names))
	for i, name := range names {
		list[i] = slices.IndexFunc(m.Table.Fields, func(f profile.Field) bool { return f.Name == name })
	}
	return list
}

// each reads the table row by row.
func (m *masking) each(ctx context.Context, row func(b *table.Batch, row int) error) error {
	m.File.Headless = !m.Table.Headed
	rows, err := m.File.Rows(m.Index)
	if err != nil {
		return err
	}
	defer rows.Close()
	var b table.Batch
	for read := int64(0); ; {
		err := rows.Next(&b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = m.same(rows.Fields())
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ledger.Wrap(ctx.Err(), ledger.Unavailable, "the table was not read to its end")
		}
		for i := range b.Len() {
			if err := row(&b, i); err != nil {
				return err
			}
		}
		if read += int64(b.Len()); m.Read != nil {
			m.Read(read)
		}
	}
}

// same refuses a file that is not the one that was profiled: a field that nobody looked at
// must not go out.
func (m *masking) same(fields []string) error {
	for i, name := range fields {
		if i >= len(m.Table.Fields) || m.Table.Fields[i].Name != name {
			return ledger.Errorf(ledger.Conflict, "the file is not the one that was looked at: it has a field %q", name)
		}
	}
	return nil
}

// rows writes the rows that are left, one by one.
func (m *masking) rows(ctx context.Context, out *csv.Writer) (done Result, err error) {
	var head []string
	var open []int
	for i, f := range m.fields {
		if f.How != Drop {
			head, open = append(head, harmless(f.Field)), append(open, i)
		}
	}
	if len(open) == 0 {
		return done, ledger.FieldErrorf(ledger.Invalid, "rules", "no field is left")
	}
	var groups map[uint64]*group
	if m.plan.K > 1 && len(m.plan.Known) > 0 {
		if groups, err = m.groups(ctx); err != nil {
			return done, err
		}
	}
	if err := out.Write(head); err != nil {
		return done, ledger.Wrap(err, ledger.Internal, "the table cannot be written")
	}
	known := m.at(m.plan.Known...)
	cells, buf := make([]string, len(open)), []byte(nil)
	err = m.each(ctx, func(b *table.Batch, row int) error {
		done.Read++
		if groups != nil {
			buf = m.known(buf[:0], b, row, known)
			if g := groups[xxhash.Sum64(buf)]; g == nil || g.size(m.plan) < int64(m.plan.K) {
				done.LeftOut++
				return nil
			}
		}
		for j, i := range open {
			cells[j] = harmless(m.fields[i].value(b.Cell(row, i)))
		}
		done.Written++
		if err := out.Write(cells); err != nil {
			return ledger.Wrap(err, ledger.Internal, "the table cannot be written")
		}
		return nil
	})
	return done, err
}

// known adds what a row has in some fields, as the rules leave it.
func (m *masking) known(to []byte, b *table.Batch, row int, fields []int) []byte {
	for _, i := range fields {
		to = append(append(to, m.fields[i].value(b.Cell(row, i))...), 0)
	}
	return to
}

// group is rows that are alike.
type group struct {
	rows int64
	who  []uint64 // the different people in it, up to K
}

// size is how many a group counts: rows, or people up to K.
func (g *group) size(p Plan) int64 {
	if p.Each == "" {
		return g.rows
	}
	return int64(len(g.who))
}

// add counts a row of somebody. Who is not told counts for nobody.
func (g *group) add(who []byte, k int) {
	g.rows++
	g.who = counted(g.who, who, k)
}

// counted are different people, up to k, with one more.
func counted(people []uint64, who []byte, k int) []uint64 {
	if len(who) == 0 || len(people) >= k {
		return people
	}
	if h := xxhash.Sum64(who); !slices.Contains(people, h) {
		return append(people, h)
	}
	return people
}

var errGroups = ledger.Errorf(ledger.TooLarge, "the rows are of more than %d kinds: blur the fields more, or name fewer", MaxGroups)

// groups counts the rows that are alike in the known fields.
func (m *masking) groups(ctx context.Context) (map[uint64]*group, error) {
	groups, known, who, buf := map[uint64]*group{}, m.at(m.plan.Known...), -1, []byte(nil)
	if m.plan.Each != "" {
		who = m.at(m.plan.Each)[0]
	}
	err := m.each(ctx, func(b *table.Batch, row int) error {
		buf = m.known(buf[:0], b, row, known)
		h := xxhash.Sum64(buf)
		g := groups[h]
		if g == nil {
			if len(groups) == MaxGroups {
				return errGroups
			}
			g = &group{}
			groups[h] = g
		}
		if who < 0 {
			g.rows++
			return nil
		}
		g.add(b.Cell(row, who), m.plan.K)
		return nil
	})
	return groups, err
}
