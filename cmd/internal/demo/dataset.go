package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// Licence is that of the first data product.
const Licence = "https://creativecommons.org/licenses/by/4.0/"

// minGrowers is how many growers a published row stands for at least, so that no
// household can be told from it.
const minGrowers = 3

// otherCommunes stands for communes with fewer growers than that.
const otherCommunes = "other"

// publishHarvest adds the harvest up by commune and publishes it.
func (p *province) publishHarvest(ctx context.Context) error {
	harvests, err := p.Harvests(ctx)
	if err != nil {
		return err
	}
	rows, left, err := publishable(harvests)
	if err != nil {
		return err
	}
	table, err := p.table(rows)
	if err != nil {
		return err
	}
	cid, err := p.put(ctx, table, false)
	if err != nil {
		return err
	}
	name, about := fmt.Sprintf("harvest-by-commune-%d.csv", p.season.year), p.description(left)
	review, score, err := p.review(ctx, name, table, about.Columns)
	if err != nil {
		return err
	}
	about.Score = score
	words, err := p.put(ctx, trace.Encode(about), false)
	if err != nil {
		return err
	}
	unit := p.orgs[orgStatistics].who
	p.result.Dataset = ledger.NewID()
	release := market.Release{
		Dataset: p.result.Dataset, Version: 1, Licence: Licence, Description: words,
		Review: review,
		Files:  []market.File{{Name: name, Media: "text/csv", Bytes: int64(len(table)), CID: cid}},
		From: []market.Source{{
			Kind: market.FromRegister, Ref: fmt.Sprintf("%s@%d", p.Register, p.size),
			How: "cộng sản lượng các sự kiện thu hoạch theo xã (sum of harvest events by commune)",
		}},
	}
	return p.submit(ctx, unit, market.DatasetContract, market.ActionPublish, market.PublishSummary(release), release)
}

// publishable merges communes with too few growers into one row a product, and
// leaves that row out when it has too few itself; left counts such rows.
func publishable(rows []HarvestRow) (out []HarvestRow, left int, err error) {
	rest := map[trace.ID]HarvestRow{}
	for _, r := range rows {
		if r.Growers >= minGrowers {
			out = append(out, r)
			continue
		}
		sum, ok := rest[r.Product]
		if !ok {
			sum = HarvestRow{Commune: otherCommunes, Product: r.Product, Quantity: trace.NewQuantity(0, 0, r.Quantity.Unit())}
		}
		if sum.Quantity, err = sum.Quantity.Add(r.Quantity); err != nil {
			return nil, 0, err
		}
		sum.Lots += r.Lots
		sum.Growers += r.Growers
		rest[r.Product] = sum
	}
	for _, sum := range rest {
		if sum.Growers < minGrowers {
			left++
			continue
		}
		out = append(out, sum)
	}
	slices.SortFunc(out, func(a, b HarvestRow) int {
		return cmp.Or(cmp.Compare(a.Product.String(), b.Product.String()), cmp.Compare(a.Commune, b.Commune))
	})
	return out, left, nil
}

var columns = []market.Column{
	{Name: "commune", Title: text("Mã xã", "Commune code"), Type: "string"},
	{Name: "commune_name", Title: text("Tên xã", "Commune"), Type: "string"},
	{Name: "product", Title: text("Mã sản phẩm", "Product identifier"), Type: "string"},
	{Name: "product_name", Title: text("Sản phẩm", "Product"), Type: "string"},
	{Name: "quantity", Title: text("Sản lượng", "Quantity"), Type: "number"},
	{Name: "unit", Title: text("Đơn vị", "Unit (UN/ECE Rec 20; H87 is pieces)"), Type: "string"},
	{Name: "lots", Title: text("Số lô", "Lots"), Type: "integer"},
	{Name: "growers", Title: text("Số đơn vị trồng", "Growers"), Type: "integer"},
}

// table is the CSV (RFC 4180, UTF-8, with a header).
func (p *province) table(rows []HarvestRow) ([]byte, error) {
	names := map[trace.ID]string{}
	for _, t := range catalogue {
		names[p.id(t)] = t.name.VI
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
	}
	lines := [][]string{header}
	for _, r := range rows {
		commune := "các xã khác (other communes)"
		if r.Commune != otherCommunes {
			commune = communeOf(r.Commune).Name.VI
		}
		lines = append(lines, []string{
			r.Commune, commune, r.Product.String(), names[r.Product],
			r.Quantity.Number(), cmp.Or(string(r.Quantity.Unit()), "H87"), strconv.Itoa(r.Lots), strconv.Itoa(r.Growers),
		})
	}
	err := w.WriteAll(lines)
	return b.Bytes(), err
}

func (p *province) description(left int) market.Description {
	year := p.season.year
	return market.Description{
		Title: text(fmt.Sprintf("Sản lượng thu hoạch theo xã %d (mẫu)", year), fmt.Sprintf("Harvest by commune %d (sample)", year)),
		Summary: text("Sản lượng vải, dừa và bưởi đã ghi sổ, cộng theo xã và sản phẩm. Dữ liệu mẫu.",
			"Recorded harvest of lychee, coconut and pomelo, added up by commune and product. Sample data."),
		Method: text(fmt.Sprintf("Cộng đầu ra của mọi sự kiện thu hoạch trong sổ gốc; sự kiện đã khai sai không tính. Xã có dưới %d đơn vị trồng gộp vào \"other\".", minGrowers),
			fmt.Sprintf("Sum of the outputs of every harvest event on the register, without those declared wrong. Communes with fewer than %d growers are merged into \"other\".", minGrowers)),
		Quality: text(fmt.Sprintf("Cân tại vườn, sai số đến 3%%. Số dòng không công bố vì quá ít đơn vị trồng: %d.", left),
			fmt.Sprintf("Weighed in the orchard, within 3%%. Rows not published because too few growers stand behind them: %d.", left)),
		Place: "MAU-24",
		From:  ledger.TimeOf(p.season.at(time.January, 1, 0, 0)), Until: ledger.TimeOf(p.season.at(time.October, 1, 0, 0)),
		Columns: columns, Sample: true,
	}
}
