package profile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile/personal"
	"github.com/sogoc/sogoc/market/profile/table"
)

const (
	previewRows = 10
	maxPreview  = 200     // characters of a cell
	maxFaults   = 20      // that are named
	exactRows   = 1 << 20 // different rows that are told apart one by one
)

// Read profiles a file of so many bytes under a name. A format that is not profiled is no
// error: the profile then says that a person has to look. The errors of a file that is
// broken wrap a [*table.Unreadable].
func Read(ctx context.Context, in io.ReaderAt, size int64, name string) (*Profile, error) {
	f, err := table.Open(in, size, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &Profile{Profile: Version, Name: name, Bytes: size, Format: f.Format, Media: f.Format.Media(), Encoding: f.Encoding}
	if f.Format == table.CSV {
		p.Delimiter = string(f.Dialect.Delimiter)
	}
	for i := range f.Tables() {
		t, titles, err := readTable(ctx, f, i)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(titles, personal.Tells) && !p.reviewed("titles") {
			p.Review = append(p.Review, Reason{"titles", ledger.Text{
				VI: "Các dòng phía trên tiêu đề cột có nhắc đến người. Hãy xóa trước khi công bố.",
				EN: "The rows above the headings name a person. Take them out before the file is published.",
			}})
		}
		if f.Format == table.XLSX {
			t.Name = f.Sheets[i]
		}
		p.Tables = append(p.Tables, *t)
	}
	p.Encoding = f.Encoding // that of a workbook shows as it is read
	p.review()
	if f.Attached {
		p.Review = append(p.Review, Reason{"attached", ledger.Text{
			VI: "Trong tệp có ghi chú, hình ảnh hoặc dữ liệu khác mà máy không xem được.",
			EN: "The file has comments, pictures or other data that the machine does not look at.",
		}})
	}
	return p, nil
}

// review says why a person has to look at a file before others see it.
func (p *Profile) review() {
	if p.Format == table.Other {
		p.Review = append(p.Review, Reason{"format", ledger.Text{
			VI: "Máy không đọc được loại tệp này, nên cần người xem trong đó có gì.",
			EN: "This kind of file is not read by the machine: a person has to look at what is in it.",
		}})
		return
	}
	rows := int64(0)
	for _, t := range p.Tables {
		rows += t.Rows
		if len(t.Personal) > 0 && !p.reviewed("personal") {
			p.Review = append(p.Review, Reason{"personal", ledger.Text{
				VI: "Có cột giống thông tin cá nhân.",
				EN: "Some columns look like personal data.",
			}})
		}
	}
	if rows == 0 {
		p.Review = append(p.Review, Reason{"empty", ledger.Text{VI: "Tệp không có dòng dữ liệu nào.", EN: "The file has no row of data."}})
	}
}

func (p *Profile) reviewed(key string) bool {
	return slices.ContainsFunc(p.Review, func(r Reason) bool { return r.Key == key })
}

// reading is a table while it is read.
type reading struct {
	columns []*column
	rows    int64
	copies  *tally
	first   [][]string // the first rows
	faults  Faults
}

func readTable(ctx context.Context, f *table.File, i int) (t *Table, titles []string, err error) {
	rows, err := f.Rows(i)
	if err != nil {
		return nil, nil, err
	}
	defer func() { rows.Close() }()
	r := &reading{copies: newTally(exactRows)}
	batch, spare := &table.Batch{}, &table.Batch{}
	err = rows.Next(batch)
	if err == nil && !f.Headless && aboutPeople(rows.Fields(), batch) {
		// The first row has names of people, as the rows below have: it is one of them.
		f.Headless = true
		defer func() { f.Headless = false }()
		rows.Close()
		if rows, err = f.Rows(i); err == nil {
			err = rows.Next(batch)
		}
	}
	for err == nil {
		if err := ctx.Err(); err != nil {
			return nil, nil, ledger.Wrap(err, ledger.Unavailable, "the file was not read to its end")
		}
		r.meet(rows.Fields(), batch)
		var wait sync.WaitGroup
		wait.Go(func() { err = rows.Next(spare) })
		r.add(batch)
		wait.Wait()
		batch, spare = spare, batch
	}
	if !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	r.meet(rows.Fields(), &table.Batch{})
	t = r.table()
	t.Headed = true
	switch rows := rows.(type) {
	case interface {
		Headed() bool
		Titles() []string
	}:
		t.Headed, titles = rows.Headed(), rows.Titles()
	case interface {
		Geometries() (table.Geometries, bool)
	}:
		if g, ok := rows.Geometries(); ok {
			t.Geometry = geometry(g)
		}
	}
	return t, titles, nil
}

// geometry rounds a bounding box outward, so that it does not tell where the outermost
// house is.
func geometry(g table.Geometries) *Geometry {
	out := &Geometry{Features: g.Features, Types: g.Types}
	if g.Placed {
		b := g.BBox
		out.BBox = []float64{math.Floor(b[0]*100) / 100, math.Floor(b[1]*100) / 100, math.Ceil(b[2]*100) / 100, math.Ceil(b[3]*100) / 100}
	}
	return out
}

// aboutPeople reports whether a heading is a person's name as the cells below it are.
func aboutPeople(fields []string, b *table.Batch) bool {
	for i, name := range fields {
		if !personal.IsName([]byte(name)) {
			continue
		}
		alike := 0
		for row := range b.Len() {
			if personal.IsName(bytes.TrimSpace(b.Cell(row, i))) {
				alike++
			}
		}
		if alike*2 > b.Len() {
			return true
		}
	}
	return false
}

// meet makes columns of the fields that were not there before, and keeps the first rows.
func (r *reading) meet(fields []string, b *table.Batch) {
	for len(r.columns) < len(fields) {
		c := newColumn(fields[len(r.columns)], len(fields))
		c.skip(r.rows)
		r.columns = append(r.columns, c)
	}
	for row := 0; row < b.Len() && len(r.first) < previewRows; row++ {
		cells := make([]string, min(b.Width(row), len(fields)))
		for i := range cells {
			cells[i] = shortened(string(b.Cell(row, i)), maxPreview)
		}
		r.first = append(r.first, cells)
	}
	for _, f := range b.Faults {
		r.faults.N++
		if len(r.faults.First) < maxFaults {
			r.faults.First = append(r.faults.First, Fault{Line: f.Line, Reason: Reason{f.What, faultWords[f.What]}})
		}
	}
}

var faultWords = map[string]ledger.Text{
	"ragged":      {VI: "số ô không bằng số cột", EN: "has not as many cells as there are columns"},
	"coordinates": {VI: "có tọa độ không phải kinh độ, vĩ độ", EN: "has coordinates that are no longitude and latitude"},
	"quote":       {VI: "có dấu ngoặc kép giữa ô", EN: "has a quotation mark within a cell"},
	"heading":     {VI: "có tiêu đề trống hoặc trùng", EN: "has a heading that is empty or stands there twice"},
}

// add counts the cells of a batch, the columns side by side.
func (r *reading) add(b *table.Batch) {
	r.rows += int64(b.Len())
	var next atomic.Int64
	work := func() {
		for {
			switch i := int(next.Add(1)) - 1; {
			case i > len(r.columns):
				return
			case i == 0:
				for row := range b.Len() {
					r.copies.add(xxhash.Sum64(bytes.TrimRight(b.Row(row), "\x00")))
				}
			default:
				c := r.columns[i-1]
				for row := range b.Len() {
					c.add(b.Cell(row, i-1))
				}
			}
		}
	}
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(r.columns)+1) {
		wait.Go(work)
	}
	wait.Wait()
}

// table is what came of it. Of fields that look personal it keeps counts alone.
func (r *reading) table() *Table {
	t := &Table{Rows: r.rows, Duplicates: r.copies.repeats(), Faults: r.faults, Fields: []Field{}}
	watches := make([]*personal.Watch, len(r.columns))
	for i, c := range r.columns {
		watches[i] = c.watch
	}
	t.Personal = personal.Judge(watches)
	hidden, guarded := map[string]bool{}, map[string]bool{} // places have names of people, too
	for _, f := range t.Personal {
		hidden[f.Field] = true
	}
	span := -1.0
	for _, c := range r.columns {
		f := c.field()
		if hidden[f.Name] {
			f.Min, f.Max, f.Examples = "", "", nil
		} else {
			p, ok := c.places()
			if ok {
				t.Places = append(t.Places, p)
			} else {
				guarded[f.Name] = true
			}
			for i, example := range f.Examples {
				if !ok {
					f.Examples[i] = shown(example)
				}
			}
			if s := float64(f.Values-f.Invalid) / float64(max(1, r.rows)); f.Min != "" && (f.Type == Date || f.Type == DateTime || f.Type == Year) && s > span {
				span, t.Time = s, &Span{f.Name, f.Min, f.Max}
			}
		}
		t.Fields = append(t.Fields, f)
	}
	t.Persons = persons(t.Fields, t.Personal)
	t.Preview = r.preview(hidden, guarded)
	t.grade()
	return t
}

// persons is how many people a table seems to tell about: the most different names,
// numbers or phones that one of its fields has.
func persons(fields []Field, found []personal.Finding) *Count {
	var most *Count
	for _, f := range found {
		switch f.Kind {
		case personal.Name, personal.Citizen, personal.OldID, personal.Passport, personal.Phone, personal.Email, personal.Account, personal.Tax:
		default:
			continue
		}
		i := slices.IndexFunc(fields, func(g Field) bool { return g.Name == f.Field })
		n := fields[i].Distinct
		if f.Share < 0.5 {
			n = Count{min(f.Matches, n.N), true}
		}
		if most == nil || n.N > most.N {
			most = &n
		}
	}
	return most
}

func (r *reading) preview(hidden, guarded map[string]bool) Preview {
	p := Preview{Fields: []string{}, Rows: [][]string{}}
	var open []int
	for i, c := range r.columns {
		if !hidden[c.name] && len(open) < maxPreviewFields {
			open, p.Fields = append(open, i), append(p.Fields, c.name)
		}
	}
	for _, row := range r.first {
		cells := make([]string, len(open))
		for j, i := range open {
			if i < len(row) {
				if cells[j] = strings.ToValidUTF8(row[i], ""); guarded[p.Fields[j]] {
					cells[j] = shown(cells[j])
				}
			}
		}
		p.Rows = append(p.Rows, cells)
	}
	return p
}

// hiddenCell stands for a cell that tells about a person in a field that does not.
const hiddenCell = "•••"

// shown is a cell as everybody may see it: a field of many thousand cells may not look
// personal, and still have a phone number among its first.
func shown(cell string) string {
	if personal.Tells(cell) {
		return hiddenCell
	}
	return cell
}

// maxPreviewFields keeps the preview of a very wide table small.
const maxPreviewFields = 100
