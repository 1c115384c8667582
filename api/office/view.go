package office

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// MinGrowers is how many organisations a row of a view stands for at least, so that none
// can be told from it.
const MinGrowers = 3

// HarvestRow is what was harvested of a product in a commune in a month.
type HarvestRow struct {
	Commune  string
	Month    string // 2026-06
	Product  trace.ID
	Quantity trace.Quantity
	Lots     int
	Growers  int
}

// otherCommunes stands for communes with too few growers.
const otherCommunes = "other"

// HarvestView adds up the harvest by commune and month, of those alone who let themselves
// be counted for a purpose. Rows of too few are put together, and left out where that is
// not enough: left counts them. size is how many records it is of.
func (o *Office) HarvestView(ctx context.Context, purpose market.Purpose, at ledger.Time) (rows []HarvestRow, left int, size uint64, err error) {
	counted, err := o.Catalog.Counted(purpose, at)
	if err != nil {
		return nil, 0, 0, err
	}
	size = o.Index.Height()
	sums := harvest{}
	q := index.Query{Types: []trace.EventType{trace.TransformationEvent}, Steps: []string{trace.StepHarvesting}, Oldest: true}
	err = o.standing(ctx, q, size, func(r *index.Record) error {
		if r.Fact.ReadPoint == nil {
			return nil
		}
		place, err := o.Index.Place(ctx, index.Viewer{Operator: true}, *r.Fact.ReadPoint)
		if err != nil || !counted[place.Owner] {
			return err
		}
		month := r.Fact.Time.Time().In(hanoi).Format("2006-01")
		for _, s := range r.Fact.Outputs {
			if s.Quantity != nil {
				if err := sums.add(place.Commune, month, s.ID.Product(), *s.Quantity, 1, place.Owner); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, 0, err
	}
	rows, left, err = sums.rows()
	return rows, left, size, err
}

// standing calls f with what a query finds among the first records, so many of them, and
// was not declared wrong.
func (o *Office) standing(ctx context.Context, q index.Query, size uint64, f func(*index.Record) error) error {
	for token := ""; ; {
		events, next, err := o.Index.Events(ctx, index.Viewer{Operator: true}, q, index.Page{Token: token, Limit: 1000})
		if err != nil {
			return err
		}
		for _, r := range events {
			if r.Entry < size && r.Voided == nil && r.Fact.Error == nil {
				if err := f(r); err != nil {
					return err
				}
			}
		}
		if next == "" {
			return nil
		}
		token = next
	}
}

var hanoi = time.FixedZone("+07:00", 7*60*60)

// harvestOf is what a sum is of.
type harvestOf struct {
	commune, month string
	product        trace.ID
}

type harvestSum struct {
	quantity trace.Quantity
	lots     int
	growers  map[ledger.ID]bool
}

type harvest map[harvestOf]*harvestSum

func (h harvest) add(commune, month string, product trace.ID, q trace.Quantity, lots int, growers ...ledger.ID) (err error) {
	of := harvestOf{commune, month, product}
	sum := h[of]
	if sum == nil {
		sum = &harvestSum{quantity: trace.NewQuantity(0, 0, q.Unit()), growers: map[ledger.ID]bool{}}
		h[of] = sum
	}
	sum.quantity, err = sum.quantity.Add(q)
	sum.lots += lots
	for _, g := range growers {
		sum.growers[g] = true
	}
	return err
}

// rows are the sums of enough growers.
func (h harvest) rows() (rows []HarvestRow, left int, err error) {
	rest := harvest{}
	row := func(of harvestOf, s *harvestSum) {
		rows = append(rows, HarvestRow{of.commune, of.month, of.product, s.quantity, s.lots, len(s.growers)})
	}
	for of, sum := range h {
		if len(sum.growers) >= MinGrowers {
			row(of, sum)
			continue
		}
		var growers []ledger.ID
		for g := range sum.growers {
			growers = append(growers, g)
		}
		if err := rest.add(otherCommunes, of.month, of.product, sum.quantity, sum.lots, growers...); err != nil {
			return nil, 0, err
		}
	}
	for of, sum := range rest {
		if len(sum.growers) < MinGrowers {
			left++
			continue
		}
		row(of, sum)
	}
	slices.SortFunc(rows, func(a, b HarvestRow) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Commune, b.Commune), cmp.Compare(a.Product.String(), b.Product.String()))
	})
	return rows, left, nil
}

// BeginHarvest begins a listing of the harvest as the register has it now.
func (o *Office) BeginHarvest(ctx context.Context, by *account.Identity, register ledger.Hash) (account.Listing, error) {
	now := time.Now()
	rows, left, size, err := o.HarvestView(ctx, market.PurposePublic, ledger.TimeOf(now))
	if err != nil {
		return account.Listing{}, err
	}
	v := view{
		name: "thu-hoach", size: size, origin: market.OriginRegister, how: "cộng sản lượng thu hoạch theo xã và tháng (sum of harvests by commune and month)",
		about: market.Description{
			Title:   ledger.Text{VI: "Sản lượng thu hoạch theo xã và tháng", EN: "Harvest by commune and month"},
			Summary: ledger.Text{VI: "Cộng các lần thu hoạch đã ghi sổ, của những đơn vị đã đồng ý.", EN: "Sum of the recorded harvests of those organisations that agreed."},
			Method: ledger.Text{
				VI: fmt.Sprintf("Chỉ tính đơn vị đã cho cộng số liệu cho việc công. Dòng dưới %d đơn vị gộp vào \"%s\"; vẫn còn ít thì bỏ (đã bỏ %d dòng).", MinGrowers, otherCommunes, left),
				EN: fmt.Sprintf("Only of organisations that gave leave for a public purpose. Rows of fewer than %d are merged into %q, and left out where that is too few still (%d rows).", MinGrowers, otherCommunes, left),
			},
		},
		head: []string{"month", "commune", "product", "quantity", "unit", "lots", "growers"},
	}
	for _, r := range rows {
		v.rows = append(v.rows, []string{r.Month, r.Commune, r.Product.String(), r.Quantity.Number(), cmp.Or(string(r.Quantity.Unit()), "H87"), strconv.Itoa(r.Lots), strconv.Itoa(r.Growers)})
	}
	return o.beginView(ctx, by, register, now, v)
}

// view is a table of sums, and what is said of it.
type view struct {
	name   string // begins the file's
	size   uint64 // how many records of the register it is of
	origin market.Origin
	how    string // it was made of them
	about  market.Description
	head   []string
	rows   [][]string
}

// beginView begins a listing of a view.
func (o *Office) beginView(ctx context.Context, by *account.Identity, register ledger.Hash, now time.Time, v view) (account.Listing, error) {
	if len(v.rows) == 0 {
		return account.Listing{}, ledger.FieldErrorf(ledger.Conflict, "view", "too few organisations let themselves be counted")
	}
	v.about.Themes, v.about.Frequency = []string{"AGRI"}, "MONTHLY"
	l, err := o.Accounts.BeginListing(ctx, account.Listing{
		Org: by.Org, By: by.Account, About: v.about,
		Release: market.Release{
			Dataset: ledger.NewID(), Version: 1, Licence: market.OpenLicences[0],
			From:      []market.Source{{Kind: market.FromRegister, Ref: fmt.Sprintf("%s@%d", register, v.size), How: v.how}},
			Statement: &market.Statement{Origin: v.origin, Value: market.Added, Class: market.Ordinary},
		},
	})
	if err != nil {
		return l, err
	}
	u, err := o.Uploads.Derive(by.Org, ledger.ID{}, v.name+"-"+now.In(hanoi).Format("2006-01-02")+".csv", func(w io.Writer) error {
		return csv.NewWriter(w).WriteAll(append([][]string{v.head}, v.rows...))
	})
	if err != nil {
		return l, err
	}
	return o.AddFile(ctx, by.Org, l.Release.Dataset, u.ID)
}
