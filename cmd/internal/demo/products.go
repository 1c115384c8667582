package demo

import (
	"context"
	"embed"

	"github.com/sogoc/sogoc/trace"
)

//go:embed images/*.svg
var imageFiles embed.FS

// product is an entry of the province's catalogue.
type product struct {
	owner     string
	n         int  // item number below the prefix, or of the code
	coded     bool // a register-issued code rather than a GTIN
	unit      trace.Unit
	tolerance int64 // percent
	hardCap   int64
	yield     *trace.Ratio
	perennial bool
	makers    []string
	name      trace.Text
	about     trace.Text
	one       trace.Text // what people count it in
	image     string
	brand     string
	standards []string
}

// id is the product's identifier.
func (p *province) id(t *product) trace.ID {
	if t.coded {
		return code(p.orgs[t.owner].issuer, t.n)
	}
	return p.orgs[t.owner].item(t.n)
}

func keysOf(region byte, n int) []string {
	var keys []string
	for i := 1; i <= n; i++ {
		keys = append(keys, household(region, i))
	}
	return keys
}

var (
	lycheeGrowers  = keysOf('l', lycheeHouseholds)
	coconutGrowers = keysOf('d', coconutHouseholds)

	inKilos   = text("kg", "kg")
	lycheeStd = []string{"VietGAP (TCVN 11892-1:2017)", "TCVN 12827:2023"}

	// Every hundred kilograms of lots that were weighed in give at most a hundred.
	sameWeight = &trace.Ratio{Num: 1, Den: 1}
)

// The catalogue.
var (
	lycheeCrop = &product{owner: orgLychee, n: 1001, coded: true, tolerance: 0, hardCap: 5, perennial: true, makers: lycheeGrowers,
		name: text("Vườn vải thiều (mẫu)", "Lychee orchard (sample)"), one: text("cây", "trees")}
	lycheeFresh = &product{owner: orgLychee, n: 1, unit: "KGM", tolerance: 3, hardCap: 10, makers: lycheeGrowers, image: "lychee", standards: lycheeStd,
		name: text("Vải thiều tươi mới hái (mẫu)", "Lychee, fresh from the tree (sample)"), one: inKilos}
	lycheeFirst = &product{owner: orgLychee, n: 2, unit: "KGM", tolerance: 2, hardCap: 8, yield: sameWeight, makers: []string{orgPacking}, image: "lychee", standards: lycheeStd,
		name: text("Vải thiều loại 1 (mẫu)", "Lychee, grade 1 (sample)"), one: inKilos}
	lycheeSecond = &product{owner: orgLychee, n: 3, unit: "KGM", tolerance: 2, hardCap: 8, yield: sameWeight, makers: []string{orgPacking}, image: "lychee", standards: lycheeStd,
		name: text("Vải thiều loại 2 (mẫu)", "Lychee, grade 2 (sample)"), one: inKilos}
	lycheeCulls = &product{owner: orgPacking, n: 1, unit: "KGM", tolerance: 5, hardCap: 20, yield: sameWeight,
		name: text("Vải loại bỏ (mẫu)", "Lychee culls (sample)"), one: inKilos}
	lycheeCase = &product{owner: orgLychee, n: 4, tolerance: 0, hardCap: 2, makers: []string{orgPacking}, image: "lychee", brand: "Vải Lục Ngạn (mẫu)", standards: lycheeStd,
		name:  text("Vải thiều Lục Ngạn, thùng 5 kg (mẫu)", "Lục Ngạn lychee, 5 kg case (sample)"),
		about: text("Vải chín đỏ, hái lúc sáng sớm, hạt nhỏ, cùi dày và ngọt. Giữ lạnh 2 đến 6 °C, dùng trong 20 ngày.", "Ripe red lychee, picked at dawn, with a small stone and thick sweet flesh. Keep at 2 to 6 °C and eat within 20 days."),
		one:   text("thùng", "cases")}
	lycheeCrate = &product{owner: orgLychee, n: 5, tolerance: 0, hardCap: 5, makers: []string{orgPacking}, image: "lychee", standards: lycheeStd,
		name:  text("Vải thiều Lục Ngạn, sọt 10 kg (mẫu)", "Lục Ngạn lychee, 10 kg crate (sample)"),
		about: text("Vải thiều loại 2 để bán trong ngày ở chợ và cửa hàng.", "Grade 2 lychee for markets and shops, to be sold within days."),
		one:   text("sọt", "crates")}

	coconutCrop = &product{owner: orgCoconut, n: 1001, coded: true, tolerance: 0, hardCap: 5, perennial: true, makers: coconutGrowers,
		name: text("Vườn dừa (mẫu)", "Coconut grove (sample)"), one: text("cây", "trees")}
	pomeloCrop = &product{owner: orgCoconut, n: 1002, coded: true, tolerance: 0, hardCap: 5, perennial: true, makers: coconutGrowers,
		name: text("Vườn bưởi da xanh (mẫu)", "Green-skinned pomelo orchard (sample)"), one: text("cây", "trees")}
	coconut = &product{owner: orgCoconut, n: 1, tolerance: 2, hardCap: 10, makers: coconutGrowers,
		name: text("Dừa khô nguyên trái (mẫu)", "Mature coconuts (sample)"), one: text("trái", "coconuts")}
	coconutLoad = &product{owner: orgCoconut, n: 2, tolerance: 1, hardCap: 5, yield: sameWeight,
		name: text("Chuyến dừa khô (mẫu)", "Load of mature coconuts (sample)"), one: text("trái", "coconuts")}
	pomelo = &product{owner: orgCoconut, n: 3, unit: "KGM", tolerance: 3, hardCap: 10, makers: coconutGrowers, image: "pomelo", standards: []string{"VietGAP (TCVN 11892-1:2017)"},
		name: text("Bưởi da xanh mới hái (mẫu)", "Green-skinned pomelo, fresh from the tree (sample)"), one: inKilos}
	pomeloBox = &product{owner: orgCoconut, n: 4, tolerance: 0, hardCap: 5, image: "pomelo", brand: "Bưởi Mỏ Cày (mẫu)", standards: []string{"VietGAP (TCVN 11892-1:2017)"},
		name:  text("Bưởi da xanh, hộp 2 trái (mẫu)", "Green-skinned pomelo, box of 2 (sample)"),
		about: text("Vỏ xanh, cùi hồng, ít hạt, vị ngọt thanh. Để nơi mát được ba tuần.", "Green skin, pink flesh, few seeds, clean sweetness. Keeps three weeks in a cool place."),
		one:   text("hộp", "boxes")}

	candyMass = &product{owner: orgCandy, n: 1, unit: "KGM", tolerance: 2, hardCap: 10,
		name: text("Mẻ kẹo dừa chưa gói (mẫu)", "Unwrapped batch of coconut candy (sample)"), one: inKilos}
	shells = &product{owner: orgCandy, n: 2, unit: "KGM", tolerance: 5, hardCap: 20,
		name: text("Gáo dừa (mẫu)", "Coconut shells (sample)"), one: inKilos}
	candyBox = &product{owner: orgCandy, n: 3, tolerance: 0, hardCap: 2, image: "candy", brand: "Xứ Dừa (mẫu)", standards: []string{"TCVN 5908:2023 (mẫu)"},
		name:  text("Kẹo dừa Xứ Dừa, hộp 300 g (mẫu)", "Xứ Dừa coconut candy, 300 g box (sample)"),
		about: text("Nước cốt dừa tươi, đường và mạch nha, nấu bằng chảo gang. Có thể ăn cả lớp bánh tráng.", "Fresh coconut milk, sugar and malt, cooked in iron pans. The rice-paper layer is edible."),
		one:   text("hộp", "boxes")}
	candyBag = &product{owner: orgCandy, n: 4, tolerance: 0, hardCap: 3, image: "candy", brand: "Xứ Dừa (mẫu)", standards: []string{"TCVN 5908:2023 (mẫu)"},
		name: text("Kẹo dừa Xứ Dừa, túi 450 g (mẫu)", "Xứ Dừa coconut candy, 450 g bag (sample)"), one: text("túi", "bags")}

	bowl = &product{owner: orgArtisan, n: 1001, coded: true, tolerance: 0, hardCap: 1, image: "bowl",
		name:  text("Chén gáo dừa khắc tay (mẫu)", "Hand-carved coconut-shell bowl (sample)"),
		about: text("Làm từ một gáo dừa nguyên, mài nước và đánh bóng bằng dầu dừa; mỗi chiếc một vân riêng.", "Made of one whole shell, wet-sanded and polished with coconut oil; no two grains alike."),
		one:   text("chiếc", "bowls")}
)

var catalogue = []*product{
	lycheeCrop, lycheeFresh, lycheeFirst, lycheeSecond, lycheeCulls, lycheeCase, lycheeCrate,
	coconutCrop, pomeloCrop, coconut, coconutLoad, pomelo, pomeloBox,
	candyMass, shells, candyBox, candyBag, bowl,
}

var pictures = map[string]trace.Text{
	"lychee": text("Hình vẽ một chùm vải thiều", "Drawing of a bunch of lychees"),
	"candy":  text("Hình vẽ một hộp kẹo dừa", "Drawing of a box of coconut candy"),
	"pomelo": text("Hình vẽ một trái bưởi da xanh", "Drawing of a green-skinned pomelo"),
	"bowl":   text("Hình vẽ một chiếc chén gáo dừa", "Drawing of a coconut-shell bowl"),
}

func (p *province) describeProducts(ctx context.Context) error {
	for name := range pictures {
		b, err := imageFiles.ReadFile("images/" + name + ".svg")
		if err != nil {
			return err
		}
		if p.images[name], err = p.put(ctx, b, false); err != nil {
			return err
		}
	}
	return p.byOwner(ctx, trace.ActionProduct, len(catalogue), func(i int) (string, any, error) {
		t := catalogue[i]
		profile, err := p.describe(ctx, trace.Profile{
			Name: t.name, Description: t.about, Brand: t.brand, Standards: t.standards, Unit: t.one,
			Image: p.images[t.image], ImageAlt: pictures[t.image],
		}, false)
		entry := trace.Product{
			ID: p.id(t), Unit: t.unit, Perennial: t.perennial, Yield: t.yield, Profile: profile,
			Tolerance: trace.Ratio{Num: t.tolerance, Den: 100}, HardCap: trace.Ratio{Num: t.hardCap, Den: 100},
		}
		for _, m := range t.makers {
			entry.Makers = append(entry.Makers, p.orgs[m].id)
		}
		return t.owner, entry, err
	})
}
