package office

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// ScanRow is how often codes of a product were scanned in a place in a month.
type ScanRow struct {
	Month   string // 2026-06
	Place   string // an account.Cell, notTold or other
	Product string // an identifier, or other
	Scans   int
	Codes   int // products and lots whose pages were opened
	Makers  int // organisations behind them
}

// What stands for places and products with too few makers, and for where a scan was that
// nobody told.
const (
	other   = "other"
	notTold = "not told"
)

// ScanView adds the scans of this node up by month, place and product, of those alone who
// let themselves be counted for a purpose: whoever answers for a code, and whoever made
// the lot. Rows of too few makers are put together, first those of the places of a product
// and then those of all products, and left out where that is not enough: left counts
// them. Months are those of which every day is kept.
func (o *Office) ScanView(ctx context.Context, purpose market.Purpose, at ledger.Time) (rows []ScanRow, left int, size uint64, err error) {
	counted, err := o.Catalog.Counted(purpose, at)
	if err != nil {
		return nil, 0, 0, err
	}
	size = o.Index.Height()
	sums, since := scans{}, at.Time().In(hanoi).AddDate(-1, 0, 0).Format("2006-01")
	all := index.Viewer{Operator: true}
	for token := ""; ; {
		products, next, err := o.Index.Products(ctx, all, ledger.ID{}, index.Page{Token: token, Limit: 1000})
		if err != nil {
			return nil, 0, 0, err
		}
		for _, p := range products {
			if !counted[p.Owner] {
				continue
			}
			if err := o.addScans(ctx, sums, p, counted, since); err != nil {
				return nil, 0, 0, err
			}
		}
		if next == "" {
			break
		}
		token = next
	}
	rows, left = sums.rows()
	return rows, left, size, nil
}

// addScans adds the scans of a product and its lots, from a month on.
func (o *Office) addScans(ctx context.Context, sums scans, p *index.Product, counted map[ledger.ID]bool, since string) error {
	add := func(code trace.ID, maker ledger.ID) error {
		days, err := o.Accounts.ScanDays(ctx, code)
		for _, d := range days {
			if month := d.Day[:len("2026-06")]; month >= since {
				sums.day(month, p.ID.String(), code, maker, d)
			}
		}
		return err
	}
	if err := add(p.ID, p.Owner); err != nil {
		return err
	}
	all := index.Viewer{Operator: true}
	for token := ""; ; {
		lots, next, err := o.Index.Batches(ctx, all, p.ID, index.Page{Token: token, Limit: 1000})
		if err != nil {
			return err
		}
		for _, lot := range lots {
			b, err := o.Index.Batch(ctx, all, lot)
			if err != nil {
				return err
			}
			maker := p.Owner
			if b.Created != nil {
				maker = b.Created.Acting()
			}
			if !counted[maker] {
				continue
			}
			if err := add(lot, maker); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		token = next
	}
}

// scansOf is what a sum is of.
type scansOf struct{ month, place, product string }

type scanSum struct {
	n      int
	codes  map[trace.ID]bool
	makers map[ledger.ID]bool
}

type scans map[scansOf]*scanSum

func (s scans) of(key scansOf) *scanSum {
	if s[key] == nil {
		s[key] = &scanSum{codes: map[trace.ID]bool{}, makers: map[ledger.ID]bool{}}
	}
	return s[key]
}

// day adds a day's scans of a code: those of which the place was told there, and the rest.
func (s scans) day(month, product string, code trace.ID, maker ledger.ID, d account.ScanDay) {
	add := func(place string, n int) {
		if n > 0 {
			sum := s.of(scansOf{month, place, product})
			sum.n += n
			sum.codes[code], sum.makers[maker] = true, true
		}
	}
	rest := d.N
	for _, cell := range slices.Sorted(maps.Keys(d.Cells)) {
		n := min(d.Cells[cell], rest) // a place may be told of a scan that was not counted
		add(string(cell), n)
		rest -= n
	}
	add(notTold, rest)
}

// take adds all of another sum.
func (s *scanSum) take(t *scanSum) {
	s.n += t.n
	for code := range t.codes {
		s.codes[code] = true
	}
	for maker := range t.makers {
		s.makers[maker] = true
	}
}

// rows are the sums of enough makers.
func (s scans) rows() (rows []ScanRow, left int) {
	wider := []func(scansOf) scansOf{
		func(k scansOf) scansOf { return scansOf{k.month, other, k.product} },
		func(k scansOf) scansOf { return scansOf{k.month, other, other} },
		nil,
	}
	for _, widen := range wider {
		rest := scans{}
		for key, sum := range s {
			switch {
			case len(sum.makers) >= MinGrowers:
				rows = append(rows, ScanRow{key.month, key.place, key.product, sum.n, len(sum.codes), len(sum.makers)})
			case widen == nil:
				left++
			default:
				rest.of(widen(key)).take(sum)
			}
		}
		s = rest
	}
	slices.SortFunc(rows, func(a, b ScanRow) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Product, b.Product))
	})
	return rows, left
}

// BeginScans begins a listing of the scans that are kept now.
func (o *Office) BeginScans(ctx context.Context, by *account.Identity, register ledger.Hash) (account.Listing, error) {
	now := time.Now()
	rows, left, size, err := o.ScanView(ctx, market.PurposePublic, ledger.TimeOf(now))
	if err != nil {
		return account.Listing{}, err
	}
	v := view{
		name: "luot-quet", size: size, origin: market.OriginEntrusted,
		how: "lượt quét do máy chủ này đếm, không nằm trong sổ; sản phẩm, lô và sự đồng ý lấy từ sổ / scans counted by this node, not on the register; products, lots and leave are of the register",
		about: market.Description{
			Title:   ledger.Text{VI: "Lượt quét mã theo tháng, nơi và sản phẩm", EN: "Scans of codes by month, place and product"},
			Summary: ledger.Text{VI: "Số lần trang của một mã được mở, của những đơn vị đã đồng ý.", EN: "How often the page of a code was opened, of those organisations that agreed."},
			Method: ledger.Text{
				VI: fmt.Sprintf("Mỗi máy nhiều nhất một lượt trong nửa giờ; không lưu ai quét. Nơi là ô vuông 0,1 độ mà người quét tự cho biết, không cho biết thì là \"%s\". Chỉ tính đơn vị đã cho cộng số liệu cho việc công. Dòng dưới %d đơn vị gộp vào \"%s\"; vẫn còn ít thì bỏ (đã bỏ %d dòng).", notTold, MinGrowers, other, left),
				EN: fmt.Sprintf("At most one in half an hour of a phone; who scanned is not kept. A place is a square of 0.1 degrees that whoever scanned told, %q where they did not. Only of organisations that gave leave for a public purpose. Rows of fewer than %d are merged into %q, and left out where that is too few still (%d rows).", notTold, MinGrowers, other, left),
			},
		},
		head: []string{"month", "place", "product", "scans", "codes", "makers"},
	}
	for _, r := range rows {
		v.rows = append(v.rows, []string{r.Month, r.Place, r.Product, strconv.Itoa(r.Scans), strconv.Itoa(r.Codes), strconv.Itoa(r.Makers)})
	}
	return o.beginView(ctx, by, register, now, v)
}
