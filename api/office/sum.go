package office

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/mask"
	"github.com/sogoc/sogoc/market/profile/table"
)

// Summing is how a table of a file is to be summed up.
type Summing struct {
	Table int // its place in the file
	By    []mask.Rule
	Of    []mask.Measure
	Each  string // the column that tells one person from another; empty where each row is one
	K     int    // rows or people of the smallest group, MinGrowers or more
	Keep  bool   // the file stays in the draft, beside what is made of it
}

// Blurs are the ways in which rows may be put together by a column: none where it names
// somebody, however it were blurred.
func Blurs(t profile.Table, f profile.Field) []mask.How {
	for _, found := range t.Personal {
		if found.Field != f.Name {
			continue
		}
		for _, r := range mask.Suggest(t.Personal) {
			if r.Field == f.Name && r.How != mask.Drop {
				return []mask.How{r.How}
			}
		}
		return nil
	}
	if f.Type == profile.Date || f.Type == profile.DateTime {
		return []mask.How{mask.Keep, mask.Month, mask.Year}
	}
	return []mask.How{mask.Keep}
}

// Measures are what may be told of a column: of one that looks personal nothing is.
func Measures(t profile.Table, f profile.Field) (of []mask.Do) {
	for _, found := range t.Personal {
		if found.Field == f.Name {
			return nil
		}
	}
	if f.Type == profile.Integer || f.Type == profile.Number {
		of = append(of, mask.Total, mask.Average)
	}
	if f.Missing > 0 {
		of = append(of, mask.Count)
	}
	return of
}

// plan is the plan for a table, or what of it a table does not bear, by the fields of
// Summing.
func (s Summing) plan(t profile.Table) (mask.Plan, error) {
	field := func(name string) (profile.Field, bool) {
		i := slices.IndexFunc(t.Fields, func(f profile.Field) bool { return f.Name == name })
		if i < 0 {
			return profile.Field{}, false
		}
		return t.Fields[i], true
	}
	p := mask.Plan{Rules: s.By, Sum: &mask.Sum{Of: s.Of}, Each: s.Each, K: s.K}
	for i, r := range s.By {
		f, ok := field(r.Field)
		twice := slices.ContainsFunc(s.By[:i], func(before mask.Rule) bool { return before.Field == r.Field })
		switch {
		case !ok || !slices.Contains(Blurs(t, f), r.How):
			return p, ledger.FieldErrorf(ledger.Invalid, "by", "rows cannot be put together by %q", r.Field)
		case twice:
			return p, ledger.FieldErrorf(ledger.Conflict, "by", "%q is named twice", r.Field)
		}
		p.Sum.By = append(p.Sum.By, r.Field)
	}
	for _, m := range s.Of {
		f, ok := field(m.Field)
		if m == (mask.Measure{Do: mask.Count}) {
			continue
		}
		if !ok || !slices.Contains(Measures(t, f), m.Do) {
			return p, ledger.FieldErrorf(ledger.Invalid, "told", "%q of %q is nothing that can be told", m.Do, m.Field)
		}
	}
	_, ok := field(s.Each)
	switch {
	case len(s.By) == 0:
		return p, ledger.FieldErrorf(ledger.Invalid, "by", "names no column")
	case len(s.Of) == 0:
		return p, ledger.FieldErrorf(ledger.Invalid, "told", "nothing is told of the groups")
	case s.Each != "" && !ok:
		return p, ledger.FieldErrorf(ledger.Invalid, "each", "is no column")
	case s.K < MinGrowers || s.K > mask.MaxK:
		return p, ledger.FieldErrorf(ledger.Invalid, "k", "is not from %d to %d", MinGrowers, mask.MaxK)
	}
	return p, nil
}

// Summed is what a table becomes: its first rows, and how many of the table's are in it.
type Summed struct {
	Head []string
	Rows [][]string
	mask.Result
}

// Bounds of what is shown of it.
const (
	shownRows  = 20
	shownBytes = 64 << 10
)

// start keeps the beginning of what is written.
type start struct{ bytes.Buffer }

func (s *start) Write(b []byte) (int, error) {
	s.Buffer.Write(b[:min(len(b), shownBytes-s.Len())])
	return len(b), nil
}

// preview writes what a table becomes, and keeps nothing of it.
func (c *copying) preview(ctx context.Context, w io.Writer) error {
	var text start
	done, err := c.summed(ctx, &text)
	if err != nil {
		return err
	}
	shown := Summed{Result: done}
	for in := csv.NewReader(&text.Buffer); len(shown.Rows) < shownRows; {
		row, err := in.Read()
		if err != nil {
			break // the end, or what was cut off
		}
		if shown.Head == nil {
			shown.Head = row
		} else {
			shown.Rows = append(shown.Rows, row)
		}
	}
	return json.NewEncoder(w).Encode(shown)
}

// summed writes a table of the file summed up. That nothing is left of it is a fault of K.
func (c *copying) summed(ctx context.Context, w io.Writer) (done mask.Result, err error) {
	err = c.tables(func(file *table.File, all []profile.Table) error {
		t := &all[c.Sum.Table]
		plan, err := c.Sum.plan(*t)
		if err != nil {
			return err
		}
		from := mask.Source{File: file, Index: c.Sum.Table, Table: t, Read: func(n int64) { c.read(int(n)) }}
		done, err = mask.Write(ctx, w, from, plan, nil)
		return err
	})
	if err == nil && done.Written == 0 {
		err = ledger.FieldErrorf(ledger.Conflict, "k", "every group is smaller")
	}
	return done, err
}

// sum puts what a table of the file is summed up to into the listing, in the file's place
// or beside it, and says there how it was made.
func (c *copying) sum(ctx context.Context) error {
	var done mask.Result
	name := strings.TrimSuffix(c.file.Name, filepath.Ext(c.file.Name))
	u, err := c.Uploads.Derive(c.job.Org, c.job.ID, shorter(name+"-tong-hop")+".csv", func(w io.Writer) (err error) {
		done, err = c.summed(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	return c.put(ctx, []uploads.Upload{u}, func(now *account.Listing, at int, files []account.ListedFile) error {
		made := files[0]
		if c.Sum.Keep {
			if len(now.Files) >= market.MaxFiles {
				return ledger.FieldErrorf(ledger.TooLarge, "files", "there are more than %d", market.MaxFiles)
			}
			made.Name = free(now.Files, ledger.ID{}, made.Name)
			now.Files = append(now.Files, made)
		} else {
			made.Name = free(now.Files, c.Upload, made.Name)
			now.Files[at] = made
		}
		return c.Sum.tell(now, c.file, done)
	})
}

// OwnFile begins the address of a source that is a file of the publisher's own, by the
// identifier that it had here. Nothing can be fetched there.
const OwnFile = "urn:uuid:"

// tell says in a listing how a file of it was made of another: that it is added value,
// by which method, of what, and what its columns are.
func (s Summing) tell(l *account.Listing, f account.ListedFile, done mask.Result) error {
	st := market.Statement{}
	if l.Release.Statement != nil {
		st = *l.Release.Statement
	}
	st.Value = market.Added
	l.Release.Statement = &st

	called := func(name string) ledger.Text {
		i := slices.IndexFunc(l.About.Columns, func(c market.Column) bool { return c.Name == name })
		if i < 0 || l.About.Columns[i].Title.IsZero() {
			return ledger.Text{VI: name, EN: name}
		}
		return l.About.Columns[i].Title
	}
	method := s.method(called, done)
	for to, line := range map[*string]string{&l.About.Method.VI: method.VI, &l.About.Method.EN: method.EN} {
		if *to = strings.TrimSpace(*to + "\n" + line); len([]rune(*to)) > maxMethod {
			return ledger.FieldErrorf(ledger.TooLarge, "by", "what is said of the method would have more than %d characters", maxMethod)
		}
	}

	from := market.Source{Kind: market.FromOutside, Ref: OwnFile + uuid(f.Upload), How: "gộp số liệu từ tệp của đơn vị / added up from a file of the organisation's own"}
	if !slices.ContainsFunc(l.Release.From, func(src market.Source) bool { return src.Ref == from.Ref }) && len(l.Release.From) < market.MaxSources {
		l.Release.From = append(l.Release.From, from)
	}
	for _, m := range s.Of {
		one := market.Column{Name: strings.Trim(string(m.Do)+" "+m.Field, " "), Title: measured(m, called), Type: string(profile.Number)}
		if m.Do == mask.Count {
			one.Type = string(profile.Integer)
		} else if i := slices.IndexFunc(l.About.Columns, func(c market.Column) bool { return c.Name == m.Field }); i >= 0 {
			one.Unit = l.About.Columns[i].Unit
		}
		describe(l, []market.Column{one}, 0)
	}
	return nil
}

// maxMethod bounds what is said of the method in one language, in characters, as the form
// does.
const maxMethod = 2000

// uuid writes an identifier as RFC 9562 does.
func uuid(id ledger.ID) string {
	s := id.String()
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// measured is a measure in words.
func measured(m mask.Measure, called func(string) ledger.Text) ledger.Text {
	if m.Field == "" {
		return ledger.Text{VI: "Số dòng", EN: "Rows"}
	}
	says := map[mask.Do]ledger.Text{
		mask.Total: {VI: "Tổng: %s", EN: "Sum: %s"}, mask.Average: {VI: "Trung bình: %s", EN: "Mean: %s"}, mask.Count: {VI: "Số dòng có: %s", EN: "Rows with: %s"},
	}[m.Do]
	of := called(m.Field)
	return ledger.Text{VI: fmt.Sprintf(says.VI, of.VI), EN: fmt.Sprintf(says.EN, of.In("en"))}
}

// method says in words how a table was summed up.
func (s Summing) method(called func(string) ledger.Text, done mask.Result) ledger.Text {
	blurred := map[mask.How]ledger.Text{
		mask.Year: {VI: "năm của “%s”", EN: "the year of “%s”"}, mask.Month: {VI: "tháng của “%s”", EN: "the month of “%s”"},
		mask.Grid: {VI: "“%s” làm tròn 0,1 độ", EN: "“%s” to a tenth of a degree"}, mask.Area: {VI: "xã trong “%s”", EN: "the commune in “%s”"},
	}
	var by, of [2][]string
	for _, r := range s.By {
		says, ok := blurred[r.How]
		if !ok {
			says = ledger.Text{VI: "“%s”", EN: "“%s”"}
		}
		name := called(r.Field)
		by[0], by[1] = append(by[0], fmt.Sprintf(says.VI, name.VI)), append(by[1], fmt.Sprintf(says.EN, name.In("en")))
	}
	for _, m := range s.Of {
		says := measured(m, called)
		of[0], of[1] = append(of[0], "“"+says.VI+"”"), append(of[1], "“"+says.EN+"”")
	}
	unit := ledger.Text{VI: "dòng", EN: "rows"}
	if s.Each != "" {
		name := called(s.Each)
		unit = ledger.Text{VI: "giá trị khác nhau của “" + name.VI + "”", EN: "different values of “" + name.In("en") + "”"}
	}
	return ledger.Text{
		VI: fmt.Sprintf("Gộp số liệu theo %s; cho biết %s. Nhóm dưới %d %s thì bỏ (bỏ %d trên %d dòng).",
			strings.Join(by[0], ", "), strings.Join(of[0], ", "), s.K, unit.VI, done.LeftOut, done.Read),
		EN: fmt.Sprintf("Added up by %s, telling %s. Groups of fewer than %d %s are left out (%d of %d rows).",
			strings.Join(by[1], ", "), strings.Join(of[1], ", "), s.K, unit.EN, done.LeftOut, done.Read),
	}
}
