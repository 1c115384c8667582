package office

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/batch"
	"github.com/sogoc/sogoc/trace/index"
)

// PriceRow is what one unit of a kind of product was sold for in a commune in a week, in
// đồng. Prices are rounded to two digits, so that none is a seller's own.
type PriceRow struct {
	Week    string // 2026-W23, as ISO 8601 counts them
	Commune string
	Product string // what it is called; products of one name are of one kind
	Unit    trace.Unit
	Sales   int
	Sellers int

	Lowest, Median, Highest, Mean int64 // the mean is by quantity
}

// mostOfOne is how much of a row is one seller's at most, in tenths: where more is, the
// mean is that seller's price.
const mostOfOne = 7

// PriceView sums up by week, commune and kind of product what organisations sold for, as
// they recorded it themselves: of those alone who let themselves be counted for a
// purpose. Rows of too few sellers, and those of which most is one's, are put together,
// and left out where that is not enough: left counts them. size is how many records it is
// of.
func (o *Office) PriceView(ctx context.Context, purpose market.Purpose, at ledger.Time) (rows []PriceRow, left int, size uint64, err error) {
	counted, err := o.Catalog.Counted(purpose, at)
	if err != nil {
		return nil, 0, 0, err
	}
	size = o.Index.Height()
	sums := prices{}
	q := index.Query{Steps: []string{trace.StepShipping, trace.StepRetailSelling}, Oldest: true}
	err = o.standing(ctx, q, size, func(r *index.Record) error {
		if !counted[r.Acting()] {
			return nil
		}
		return o.addSale(ctx, sums, r)
	})
	if err != nil {
		return nil, 0, 0, err
	}
	rows, left = sums.rows()
	return rows, left, size, nil
}

// addSale adds what a record says that things of one kind were sold for.
func (o *Office) addSale(ctx context.Context, sums prices, r *index.Record) error {
	if r.Fact.Disposition == "returned" || len(r.Fact.Objects) == 0 {
		return nil
	}
	price, err := o.priceIn(ctx, r.Fact.Payload)
	if err != nil || price == 0 {
		return err
	}
	all, product := index.Viewer{Operator: true}, r.Fact.Objects[0].ID.Product()
	p, err := o.Index.Product(ctx, all, product)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	of := priceOf{week: week(r.Fact.Time), commune: otherCommunes}
	if r.Fact.ReadPoint != nil {
		place, err := o.Index.Place(ctx, all, *r.Fact.ReadPoint)
		switch {
		case err == nil:
			of.commune = cmp.Or(place.Commune, otherCommunes)
		case ledger.CodeOf(err) != ledger.NotFound:
			return err
		}
	}
	one := sale{seller: r.Acting(), price: new(big.Rat).SetInt64(price), amount: new(big.Rat)}
	for i, s := range r.Fact.Objects {
		q := s.Quantity
		if s.ID.Instance() {
			piece := trace.NewQuantity(1, 0, "")
			q = &piece
		}
		if q == nil || s.ID.Product() != product || i > 0 && q.Unit() != of.unit {
			return nil // how much it was, or what, is not said
		}
		of.unit = q.Unit()
		amount, ok := new(big.Rat).SetString(q.Number())
		if !ok {
			return ledger.Errorf(ledger.Internal, "%q is no number", q.Number())
		}
		one.amount.Add(one.amount, amount)
	}
	name := product.String()
	if p.Profile != nil {
		name = cmp.Or(p.Profile.Name.VI, name)
	}
	return sums.add(of, name, one)
}

// priceIn is what a record's document says that one unit cost; what is not here says
// nothing.
func (o *Office) priceIn(ctx context.Context, cid string) (int64, error) {
	b, err := o.read(ctx, cid)
	switch {
	case err == nil:
		return batch.PriceOf(b)
	case ledger.CodeOf(err) == ledger.NotFound:
		return 0, nil
	}
	return 0, err
}

// week is the week of a time, as ISO 8601 counts them.
func week(at ledger.Time) string {
	year, n := at.Time().In(hanoi).ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, n)
}

// priceOf is what a sum of prices is of.
type priceOf struct {
	week, commune string
	product       string // its name, without marks on letters
	unit          trace.Unit
}

// sale is what somebody sold some of something for, by the unit of its sum.
type sale struct {
	seller        ledger.ID
	price, amount *big.Rat
}

type priceSum struct {
	name  string
	sales []sale
}

type prices map[priceOf]*priceSum

// of is a sum, which is called by the first of its names.
func (p prices) of(of priceOf, name string) *priceSum {
	s := p[of]
	if s == nil {
		s = &priceSum{name: name}
		p[of] = s
	}
	s.name = min(s.name, name)
	return s
}

// add adds a sale, by the unit that sums of its dimension are in.
func (p prices) add(of priceOf, name string, one sale) error {
	for _, unit := range []trace.Unit{"KGM", "LTR", "H87", "MTR", "MTK"} {
		if of.unit != unit && of.unit.SameDimension(unit) {
			q, err := trace.NewQuantity(1, 0, of.unit).In(unit)
			if err != nil {
				return err
			}
			in, ok := new(big.Rat).SetString(q.Number())
			if !ok {
				return ledger.Errorf(ledger.Internal, "%q is no number", q.Number())
			}
			one.price, one.amount, of.unit = new(big.Rat).Quo(one.price, in), new(big.Rat).Mul(one.amount, in), unit
		}
	}
	of.product = trace.Plain(name)
	s := p.of(of, name)
	s.sales = append(s.sales, one)
	return nil
}

// sellers are how many sold, and whether most of it is one's.
func (s *priceSum) sellers() (n int, most bool) {
	all, by := new(big.Rat), map[ledger.ID]*big.Rat{}
	for _, one := range s.sales {
		if by[one.seller] == nil {
			by[one.seller] = new(big.Rat)
		}
		by[one.seller].Add(by[one.seller], one.amount)
		all.Add(all, one.amount)
	}
	limit := all.Mul(all, big.NewRat(mostOfOne, 10))
	for _, amount := range by {
		most = most || amount.Cmp(limit) > 0
	}
	return len(by), most
}

// rows are the sums of enough sellers.
func (p prices) rows() (rows []PriceRow, left int) {
	rest := prices{}
	for of, s := range p {
		n, most := s.sellers()
		switch {
		case n >= MinGrowers && !most:
			rows = append(rows, s.row(of, n))
		default:
			of.commune = otherCommunes
			wider := rest.of(of, s.name)
			wider.sales = append(wider.sales, s.sales...)
		}
	}
	for of, s := range rest {
		if n, most := s.sellers(); n >= MinGrowers && !most {
			rows = append(rows, s.row(of, n))
		} else {
			left++
		}
	}
	slices.SortFunc(rows, func(a, b PriceRow) int {
		return cmp.Or(cmp.Compare(a.Week, b.Week), cmp.Compare(a.Commune, b.Commune), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Unit, b.Unit))
	})
	return rows, left
}

// row is what is told of a sum.
func (s *priceSum) row(of priceOf, sellers int) PriceRow {
	slices.SortFunc(s.sales, func(a, b sale) int { return a.price.Cmp(b.price) })
	paid, amount := new(big.Rat), new(big.Rat)
	for _, one := range s.sales {
		paid.Add(paid, new(big.Rat).Mul(one.price, one.amount))
		amount.Add(amount, one.amount)
	}
	n := len(s.sales)
	middle := new(big.Rat).Add(s.sales[(n-1)/2].price, s.sales[n/2].price)
	return PriceRow{
		Week: of.week, Commune: of.commune, Product: s.name, Unit: of.unit, Sales: n, Sellers: sellers,
		Lowest: twoDigits(s.sales[0].price), Median: twoDigits(middle.Quo(middle, big.NewRat(2, 1))),
		Highest: twoDigits(s.sales[n-1].price), Mean: twoDigits(paid.Quo(paid, amount)),
	}
}

// twoDigits rounds a price to a whole number with two digits and zeros behind them.
func twoDigits(price *big.Rat) int64 {
	step := int64(1)
	for price.Cmp(new(big.Rat).SetInt64(100*step)) >= 0 {
		step *= 10
	}
	steps := new(big.Rat).Quo(price, new(big.Rat).SetInt64(step))
	steps.Add(steps, big.NewRat(1, 2))
	return new(big.Int).Quo(steps.Num(), steps.Denom()).Int64() * step
}

// BeginPrices begins a listing of the prices as the register has them now.
func (o *Office) BeginPrices(ctx context.Context, by *account.Identity, register ledger.Hash) (account.Listing, error) {
	now := time.Now()
	rows, left, size, err := o.PriceView(ctx, market.PurposePublic, ledger.TimeOf(now))
	if err != nil {
		return account.Listing{}, err
	}
	v := view{
		name: "gia-ban", size: size, origin: market.OriginRegister, how: "tổng hợp giá bán theo tuần, xã và loại hàng (prices by week, commune and kind of product)",
		about: market.Description{
			Title:   ledger.Text{VI: "Giá bán theo tuần, xã và loại hàng", EN: "Prices by week, commune and kind of product"},
			Summary: ledger.Text{VI: "Giá mà bên bán đã ghi khi giao hàng, của những đơn vị đã đồng ý.", EN: "Prices that sellers recorded as they handed goods over, of those organisations that agreed."},
			Method: ledger.Text{
				VI: fmt.Sprintf("Giá tính bằng đồng cho một đơn vị, làm tròn còn hai chữ số đầu. Hàng cùng tên là một loại; trung bình tính theo lượng bán. Chỉ tính đơn vị đã cho cộng số liệu cho việc công. Dòng dưới %d bên bán, hoặc có một bên bán quá %d phần mười, gộp vào \"%s\"; vẫn vậy thì bỏ (đã bỏ %d dòng).", MinGrowers, mostOfOne, otherCommunes, left),
				EN: fmt.Sprintf("Prices are in đồng for one unit, rounded to two digits. Products of one name are of one kind; the mean is by quantity. Only of organisations that gave leave for a public purpose. Rows of fewer than %d sellers, or of which more than %d tenths are one's, are merged into %q, and left out where that is not enough (%d rows).", MinGrowers, mostOfOne, otherCommunes, left),
			},
		},
		head: []string{"week", "commune", "product", "unit", "sales", "sellers", "lowest", "median", "highest", "mean"},
	}
	for _, r := range rows {
		line := []string{r.Week, r.Commune, r.Product, string(r.Unit), strconv.Itoa(r.Sales), strconv.Itoa(r.Sellers)}
		for _, price := range []int64{r.Lowest, r.Median, r.Highest, r.Mean} {
			line = append(line, strconv.FormatInt(price, 10))
		}
		v.rows = append(v.rows, line)
	}
	return o.beginView(ctx, by, register, now, v)
}
