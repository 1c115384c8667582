package sheets

import (
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Service reads and writes the master data of a node's organisations.
type Service struct {
	Office *office.Office

	reading sync.Mutex
}

// book is what an organisation has of a kind, and what its rows are read with.
type book struct {
	*Service
	kind     Kind
	org      ledger.ID
	list     []*thing
	byID     map[trace.ID]*thing
	byOld    map[string]*thing
	byName   map[string]*thing
	byPhone  map[string]*thing
	communes *communes
}

func (s *Service) book(ctx context.Context, k Kind, org ledger.ID) (*book, error) {
	b := &book{Service: s, kind: k, org: org, byID: map[trace.ID]*thing{}, byOld: map[string]*thing{}, byName: map[string]*thing{}, byPhone: map[string]*thing{}}
	units, err := s.Office.Units(ctx)
	if err != nil {
		return nil, err
	}
	b.communes = newCommunes(units)
	switch k {
	case Products:
		err = b.readProducts(ctx)
	case Members:
		err = b.readMembers(ctx)
	default:
		err = b.readPlaces(ctx)
	}
	return b, err
}

// onPage is how many things are read at a time.
const onPage = 500

func (b *book) readProducts(ctx context.Context) error {
	for token := ""; ; {
		page, next, err := b.Office.Index.Products(ctx, index.Viewer{Org: b.org}, b.org, index.Page{Token: token, Limit: onPage})
		if err != nil {
			return err
		}
		for _, p := range page {
			b.has(&thing{ID: p.ID, Product: p.Product, Said: said(p.Profile)})
		}
		if token = next; token == "" {
			return nil
		}
	}
}

func (b *book) readPlaces(ctx context.Context) error {
	for token := ""; ; {
		page, next, err := b.Office.Index.Places(ctx, index.Viewer{Org: b.org}, b.org, index.Page{Token: token, Limit: onPage})
		if err != nil {
			return err
		}
		for _, p := range page {
			b.has(&thing{ID: p.ID, Place: p.Place, Said: said(p.Profile)})
		}
		if token = next; token == "" {
			return nil
		}
	}
}

func said(p *trace.Profile) trace.Profile {
	if p == nil {
		return trace.Profile{}
	}
	return *p
}

// has notes something that exists.
func (b *book) has(t *thing) {
	b.list = append(b.list, t)
	b.byID[t.ID] = t
	for _, old := range t.Said.Old {
		b.byOld[trace.Plain(old)] = t
	}
	if t.Said.Closed == "" && t.Said.Name.VI != "" {
		b.byName[t.plainName()] = t
	}
}

// blank is something new before a row says anything of it.
func (b *book) blank() *thing {
	if b.kind == Products {
		return &thing{New: true, Product: trace.Product{Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}}}
	}
	if b.kind == Members {
		return &thing{New: true, Roles: []ledger.Role{ledger.RoleRecorder}}
	}
	return &thing{New: true, Place: trace.Place{Kind: trace.PlacePlot}}
}

func (b *book) owner(id trace.ID) (ledger.ID, error) {
	org, err := b.Office.Index.Owner(id)
	if err != nil && ledger.CodeOf(err) == ledger.NotFound {
		err = nil
	}
	return org, err
}

func (b *book) taken(ctx context.Context, id trace.ID) (bool, error) { return b.Office.Taken(ctx, id) }

// Decide says of the rows that are like something which exists, by their numbers, which
// are another one, and gives everything new its code. It refuses a draft with a wrong
// row.
func (s *Service) Decide(ctx context.Context, d *Draft, another map[int]bool) error {
	if n := d.Count(Wrong); n > 0 {
		return ledger.FieldErrorf(ledger.Conflict, "sheet", "%d rows are wrong", n)
	}
	var news []*Row
	changes := map[trace.ID]int{}
	for _, row := range d.Rows {
		row.Fresh = row.State == Alike && another[row.N]
		switch {
		case d.Kind == Members: // nobody has a code, or is changed
		case row.Fresh && !row.Code.IsZero():
			row.ID = row.Code
		case row.Fresh, row.State == New && row.ID.IsZero():
			news = append(news, row)
		case row.State == Alike, row.State == Changed:
			if other, twice := changes[row.ID]; twice {
				return ledger.FieldErrorf(ledger.Conflict, "alike", "rows %d and %d would change the same one", other, row.N)
			}
			changes[row.ID] = row.N
		}
	}
	if len(news) == 0 {
		return nil
	}
	codes := s.Office.PlaceCodes
	if d.Kind == Products {
		codes = s.Office.ProductCodes
	}
	ids, err := codes(ctx, d.Org, len(news))
	if err != nil {
		return err
	}
	for i, row := range news {
		row.ID = ids[i]
	}
	return nil
}

// atOnce is how many things one transaction records.
const atOnce = 500

// Result is what a job recorded.
type Result struct {
	New     int `json:"new"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
}

// Record does the job of a draft that was decided. It may be done again from the start:
// a row that says what is on the register already is left alone.
func (s *Service) Record(ctx context.Context, j jobs.Job, w io.Writer, progress func(done int)) error {
	var d Draft
	if err := json.Unmarshal(j.Work, &d); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the draft cannot be read")
	}
	b, err := s.book(ctx, d.Kind, d.Org)
	if err != nil {
		return err
	}
	var out Result
	var open []*thing
	for _, row := range d.Rows {
		is, planned := b.byID[row.ID], row.State == New || row.Fresh
		taken := false
		if is != nil && planned && !b.apply(&Row{Cells: row.Cells}, nil).same(is) {
			is, taken = nil, true // by something that came after the row was given its code
		}
		if is == nil && !row.Fresh {
			// What is like it came after the draft was made, out of the same list.
			m, err := b.find(ctx, &Row{Cells: row.Cells})
			if err != nil {
				return err
			}
			is, planned = m.thing, m.thing == nil
			if is != nil && !b.apply(&Row{Cells: row.Cells}, is).same(is) {
				return changedSince(row)
			}
		}
		check := &Row{N: row.N, Cells: row.Cells}
		t := b.apply(check, is)
		switch {
		case len(check.Faults) > 0, is == nil && taken:
			return changedSince(row)
		case is == nil:
			t.ID, t.Place.ID, t.Product.ID = row.ID, row.ID, row.ID
			out.New, open = out.New+1, append(open, t)
		case t.same(is) && planned: // before the job was interrupted
			out.New++
		case t.same(is):
			out.Same++
		default:
			out.Changed, open = out.Changed+1, append(open, t)
		}
	}
	by, err := s.Office.Accounts.Acting(ctx, d.Account, d.Member)
	if err != nil {
		return err
	}
	if by.Org != d.Org {
		return ledger.Errorf(ledger.Forbidden, "who read the file is of another organisation")
	}
	for done := len(d.Rows) - len(open); len(open) > 0; {
		progress(done)
		n := min(atOnce, len(open))
		if err := b.describe(ctx, by, open[:n]); err != nil {
			return err
		}
		open, done = open[n:], done+n
	}
	return json.NewEncoder(w).Encode(out)
}

// changedSince says that a row cannot be recorded as it was looked at.
func changedSince(row *Row) error {
	return ledger.FieldErrorf(ledger.Conflict, "rows", "what row %d is about changed after the file was read; read it again", row.N)
}

func (b *book) describe(ctx context.Context, by *account.Identity, list []*thing) error {
	if b.kind == Products {
		items := make([]office.DescribedProduct, len(list))
		for i, t := range list {
			items[i] = office.DescribedProduct{Product: t.Product, Profile: t.Said}
		}
		return b.Office.DescribeProducts(ctx, by, items...)
	}
	items := make([]office.Described, len(list))
	for i, t := range list {
		items[i] = office.Described{Place: t.Place, Profile: t.Said}
	}
	return b.Office.DescribePlaces(ctx, by, items...)
}
