package demo

import (
	"fmt"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var (
	ditchWater = text("Nước mương vườn", "From the orchard's ditch")

	pomeloCare = []care{
		{time.February, 12, "fertiliser", text("Phân bò ủ hoai", "Composted cattle manure"), "", "20 kg/cây", text("sau thu hoạch vụ trước", "after the last harvest"), 0},
		{time.March, 3, "irrigation", ditchWater, "", "60 l/cây", text("mùa khô, độ mặn 0,3 g/l", "dry season, salinity 0.3 g/l"), 0},
		{time.April, 9, "protection", text("Dầu khoáng (mẫu)", "Mineral oil (sample)"), "petroleum spray oil 990 g/l", "5 l/ha", text("rầy chổng cánh, nhện", "psyllids, mites"), 7},
		{time.May, 14, "fertiliser", text("NPK 20-10-10 (mẫu)", "NPK 20-10-10 (sample)"), "", "0,6 kg/cây", text("nuôi trái", "fruit growth"), 0},
		{time.June, 18, "protection", text("Nấm xanh (mẫu)", "Metarhizium (sample)"), "Metarhizium anisopliae", "1 kg/ha", text("sâu đục trái", "fruit borer"), 0},
		{time.July, 20, "protection", text("Thuốc trừ bệnh mẫu E", "Sample fungicide E"), "copper hydroxide 770 g/kg", "1,5 kg/ha", text("loét, thán thư", "canker, anthracnose"), 14},
	}
	coconutCare = []care{
		{time.February, 20, "fertiliser", text("Phân hữu cơ và muối kali (mẫu)", "Organic fertiliser and potash (sample)"), "", "8 kg/cây", text("nuôi buồng", "bunches"), 0},
		{time.April, 2, "irrigation", ditchWater, "", "80 l/cây", text("mùa khô", "dry season"), 0},
		{time.June, 6, "protection", text("Thả ong ký sinh", "Parasitic wasps released"), "Asecodes hispinarum", "50 ong/1.000 m²", text("bọ dừa", "coconut leaf beetle"), 0},
	}
)

// growCoconut records the orchards of the coconut country and their log.
func (p *province) growCoconut() {
	for i, t := range coconutPlots {
		nuts := p.plant(t, coconutCrop, text("Dừa ta xanh", "Green tall coconut"))
		fruit := p.plant(t, pomeloCrop, text("Bưởi da xanh", "Green-skinned pomelo"))
		for _, c := range coconutCare {
			p.log(t, nuts, p.season.at(c.month, c.day+i, 7, 10*i), c)
		}
		for _, c := range pomeloCare {
			p.log(t, fruit, p.season.at(c.month, c.day+i, 7, 30+10*i), c)
		}
	}
}

// load is coconuts on their way to the candy company.
type load struct {
	month time.Month
	lot   trace.ID
	count int
}

// harvestFor records a household's picking and brings it to the co-op.
func (p *province) harvestFor(coop *org, t plot, crop *product, at time.Time, harvest amount) {
	grower := p.orgs[t.grower]
	p.book.record(grower, ledger.Public, at, transformation(grower.site(t.n), StepHarvesting,
		parts(whole(lot(p.id(crop), t.name))), parts(harvest),
		object{
			{"cbvmda:lotNumber", harvest.class.Lot()}, {"cbvmda:harvestStartDate", date(at)}, {"cbvmda:harvestEndDate", date(at)},
			{"cbvmda:countryOfOrigin", "VN"}, {"sg:plantingArea", t.code},
		}, nil))
	p.deliver(grower, coop, at.Add(3*time.Hour), 2, parts(harvest))
}

// loadCoconuts records three months of coconuts: picked, brought together by the
// co-op, sold to the candy company.
func (p *province) loadCoconuts() (loads []load) {
	coop, company := p.orgs[orgCoconut], p.orgs[orgCandy]
	for m, month := range []time.Month{time.July, time.August, time.September} {
		day := p.season.at(month, 5, 7, 0)
		var in []amount
		total := 0
		for i, t := range coconutPlots {
			n := 380 + (m*71+i*53)%140
			harvest := lot(p.id(coconut), "DK"+yymmdd(day)+"-"+t.name)
			p.harvestFor(coop, t, coconutCrop, day.Add(minutes(20*i)), count(harvest, n))
			in = append(in, count(harvest, n))
			total += n
		}
		out := load{month, lot(p.id(coconutLoad), "CD"+yymmdd(day)), total}
		p.make(coop, day.Add(7*time.Hour), "collecting", parts(in...), parts(count(out.lot, total)), object{{"cbvmda:lotNumber", out.lot.Lot()}}, nil)
		p.deliver(coop, company, day.Add(8*time.Hour), 3, parts(count(out.lot, total)))
		p.settle(coop, company, day.Add(30*time.Hour), 9_500+300*m, count(out.lot, total))
		for i, t := range coconutPlots {
			p.settle(p.orgs[t.grower], coop, day.Add(32*time.Hour+minutes(i)), 8_800+300*m, in[i])
		}
		loads = append(loads, out)
	}
	return loads
}

// Sugar and malt come from a supplier who is not on the register: what is said of
// them is the company's statement.
const (
	sugarLot = "urn:epc:class:lgtin:9528001.012345.DUONG%02d"
	maltLot  = "urn:epc:class:lgtin:9528001.012346.MN%02d"

	boxesABatch = 30
	bagsABatch  = 320
)

// makeCandy records each month's batch from the pan to the shelf, and what the
// artisan makes of the shells.
func (p *province) makeCandy(loads []load) {
	company, distributor, shop := p.orgs[orgCandy], p.orgs[orgDistributor], p.orgs[orgShop]
	for m, l := range loads {
		day := p.season.at(l.month, 8, 6, 30)
		short := yymmdd(day)
		mass, shell := lot(p.id(candyMass), "ME"+short), lot(p.id(shells), "GD"+short)
		in := parts(count(l.lot, l.count),
			amount{trace.MustID(fmt.Sprintf(sugarLot, m+1)), "165", "KGM"},
			amount{trace.MustID(fmt.Sprintf(maltLot, m+1)), "140", "KGM"})
		out := parts(kilos(mass, 4860+40*m), kilos(shell, 1500))
		label := object{{"cbvmda:lotNumber", "ME" + short}, {"cbvmda:countryOfOrigin", "VN"}, {"gs1:productionDate", date(day)}}
		if m == 1 { // one process, told in two events
			process := trace.NewEventID()
			p.make(company, day, StepCooking, in, goods{}, nil, note("Vắt nước cốt, lên chảo", "Milk pressed, into the pan")).process = process
			p.make(company, day.Add(9*time.Hour), StepCooking, goods{}, out, label, note("Ra chảo, cán, cắt", "Out of the pan, rolled and cut")).process = process
		} else {
			p.make(company, day.Add(9*time.Hour), StepCooking, in, out, label, nil)
		}
		p.observe(company, day.Add(10*time.Hour), trace.StepInspecting, "conformant", parts(whole(mass)),
			object{{"sg:test", "Độ ẩm và độ dẻo"}, {"sg:testEn", "Moisture and chew"}, {"sg:testResult", "pass"}, {"sg:sample", "KD-" + short}})

		wrap := day.Add(24 * time.Hour)
		expires := wrap.AddDate(1, 0, 0).Format(time.DateOnly)
		boxes := pieces(lot(p.id(candyBox), "KH"+short), 1, boxesABatch)
		bags := lot(p.id(candyBag), "KT"+short)
		p.make(company, wrap, trace.StepPacking, parts(kilos(mass, boxesABatch*3)), items(boxes...),
			object{{"cbvmda:lotNumber", "KH" + short}, {"gs1:packagingDate", date(wrap)}, {"cbvmda:bestBeforeDate", expires}, {"gs1:netContent", "300 g"}}, nil)
		p.make(company, wrap.Add(2*time.Hour), trace.StepPacking, parts(kilos(mass, bagsABatch*9/2)), parts(count(bags, bagsABatch)),
			object{{"cbvmda:lotNumber", "KT" + short}, {"gs1:packagingDate", date(wrap)}, {"cbvmda:bestBeforeDate", expires}, {"gs1:netContent", "450 g"}}, nil)
		carton := company.unit(m + 1)
		p.pack(company, wrap.Add(4*time.Hour), carton, goods{boxes, []amount{count(bags, 120)}})
		p.deliver(company, distributor, wrap.Add(5*time.Hour), 44, items(carton))
		arrived := wrap.Add(51 * time.Hour)
		p.unpack(distributor, arrived, carton, goods{boxes, []amount{count(bags, 120)}})
		shelf := goods{boxes[:12], []amount{count(bags, 40)}}
		p.deliver(distributor, shop, arrived.Add(time.Hour), 2, shelf)
		p.stock(arrived.Add(4*time.Hour), shelf)
		p.sell(arrived.Add(7*time.Hour), goods{boxes[:2], []amount{count(bags, 5)}})
		p.sell(arrived.Add(26*time.Hour), goods{boxes[2:5], []amount{count(bags, 7)}})
		if m == 0 {
			p.found.candyBox = boxes[7]
			p.carveBowls(shell, wrap.Add(6*time.Hour))
		}
	}
}

// carveBowls follows a sack of shells to the artisan's workshop and the shop.
func (p *province) carveBowls(shell trace.ID, at time.Time) {
	company, artisan, shop := p.orgs[orgCandy], p.orgs[orgArtisan], p.orgs[orgShop]
	sack := parts(kilos(shell, 400))
	p.deliver(company, artisan, at, 2, sack)
	p.settle(company, artisan, at.Add(3*time.Hour), 15_000, kilos(shell, 400))
	for i, carved := range []int{8, 6} {
		day := at.Add(days(6 + 7*i))
		name := "CG" + yymmdd(day)
		bowls := pieces(lot(p.id(bowl), name), 1, carved)
		p.make(artisan, day, StepCarving, parts(kilos(shell, 5*carved)), items(bowls...),
			object{{"cbvmda:lotNumber", name}, {"gs1:productionDate", date(day)}, {"cbvmda:countryOfOrigin", "VN"}},
			note("Cưa, mài nước, khắc hoa sen, đánh dầu dừa", "Sawn, wet-sanded, carved with a lotus, oiled"))
		p.deliver(artisan, shop, day.Add(days(1)), 50, items(bowls[:carved-2]...))
		p.stock(day.Add(days(4)), items(bowls[:carved-2]...))
		p.sell(day.Add(days(5)), items(bowls[0]))
		if i == 0 {
			p.found.bowl = bowls[2]
		}
	}
}

// sellPomelo records two harvests of pomelo, boxed by the co-op.
func (p *province) sellPomelo() {
	coop, distributor, shop := p.orgs[orgCoconut], p.orgs[orgDistributor], p.orgs[orgShop]
	for m, month := range []time.Month{time.August, time.September} {
		day := p.season.at(month, 12, 6, 0)
		short := yymmdd(day)
		var in []amount
		var lots goods
		total := 0
		for i, t := range coconutPlots {
			n := 1480 + (m*97+i*173)%420
			harvest := kilos(lot(p.id(pomelo), "BD"+short+"-"+t.name), n)
			p.harvestFor(coop, t, pomeloCrop, day.Add(minutes(25*i)), harvest)
			in, total = append(in, harvest), total+n
			lots.amounts = append(lots.amounts, whole(harvest.class))
		}
		p.inspect(day.Add(6*time.Hour+minutes(30)), lots, residues, "DL-BD-"+short, nil)
		boxes := lot(p.id(pomeloBox), "HB"+short)
		n := total / 32 // two fruits of about 1.6 kg
		p.make(coop, day.Add(8*time.Hour), trace.StepPacking, parts(in...), parts(count(boxes, n)),
			object{{"cbvmda:lotNumber", "HB" + short}, {"cbvmda:countryOfOrigin", "VN"}, {"gs1:packagingDate", date(day)},
				{"cbvmda:bestBeforeDate", date(day.AddDate(0, 0, 21))}, {"gs1:netContent", "2 trái"}}, nil)
		for i, t := range coconutPlots {
			p.settle(p.orgs[t.grower], coop, day.Add(28*time.Hour+minutes(i)), 34_000+1000*m, in[i])
		}
		p.deliver(coop, distributor, day.Add(10*time.Hour), 40, parts(count(boxes, 90)))
		p.deliver(distributor, shop, day.Add(52*time.Hour), 2, parts(count(boxes, 35)))
		p.stock(day.Add(55*time.Hour), parts(count(boxes, 35)))
		p.sell(day.Add(58*time.Hour), parts(count(boxes, 6)))
		p.sell(day.Add(76*time.Hour), parts(count(boxes, 9)))
		if m == 0 {
			p.found.pomeloBoxes = boxes
		}
	}
}
