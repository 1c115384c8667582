package demo

import (
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// care is one line of a crop's log: what was done on which day.
type care struct {
	month    time.Month
	day      int
	kind     string // protection, fertiliser or irrigation
	input    trace.Text
	active   string
	dose     string
	purpose  trace.Text
	interval int // pre-harvest, in days
}

var careSteps = map[string]string{"protection": StepSpraying, "fertiliser": StepFertilising, "irrigation": StepIrrigating}

var water = text("Tưới phun từ hồ thôn", "Sprinkled from the hamlet's pond")

var lycheeCare = []care{
	{time.February, 10, "fertiliser", text("Phân hữu cơ vi sinh (mẫu)", "Microbial organic fertiliser (sample)"), "", "15 kg/cây", text("phục hồi cây, trước ra hoa", "recovery before flowering"), 0},
	{time.February, 25, "irrigation", water, "", "40 l/cây", text("giữ ẩm khi ra hoa", "moisture at flowering"), 0},
	{time.March, 12, "protection", text("Thuốc trừ sâu mẫu A", "Sample insecticide A"), "abamectin 18 g/l", "0,6 l/ha", text("bọ xít, sâu đo", "stink bugs, loopers"), 7},
	{time.March, 20, "irrigation", water, "", "40 l/cây", text("nuôi hoa", "flowering"), 0},
	{time.April, 5, "fertiliser", text("NPK 16-16-8 (mẫu)", "NPK 16-16-8 (sample)"), "", "1,2 kg/cây", text("nuôi quả non", "young fruit"), 0},
	{time.April, 14, "protection", text("Thuốc trừ bệnh mẫu B", "Sample fungicide B"), "mancozeb 800 g/kg", "2 kg/ha", text("sương mai", "downy blight"), 14},
	{time.April, 22, "irrigation", water, "", "50 l/cây", text("nuôi quả", "fruit growth"), 0},
	{time.May, 6, "fertiliser", text("Kali sunfat (mẫu)", "Potassium sulphate (sample)"), "", "0,8 kg/cây", text("chắc quả, lên màu", "firm fruit and colour"), 0},
	{time.May, 10, "protection", text("Thuốc trừ sâu mẫu C", "Sample insecticide C"), "emamectin benzoate 50 g/kg", "0,4 kg/ha", text("sâu đục cuống quả", "fruit borer"), 7},
	{time.May, 18, "irrigation", water, "", "50 l/cây", text("nuôi quả", "fruit growth"), 0},
	{time.May, 26, "protection", text("Thuốc trừ bệnh mẫu D", "Sample fungicide D"), "azoxystrobin 250 g/l", "0,5 l/ha", text("thán thư", "anthracnose"), 7},
}

// lateSpray is what the recall comes from: too close to the harvest, which the
// register flags.
var lateSpray = care{time.June, 12, "protection", text("Thuốc trừ bệnh mẫu B", "Sample fungicide B"), "mancozeb 800 g/kg", "2 kg/ha", text("sương mai sau mưa lớn", "downy blight after heavy rain"), 14}

// plant records a standing crop, and log what was done to it.
func (p *province) plant(t plot, product *product, variety trace.Text) trace.ID {
	grower := p.orgs[t.grower]
	crop := lot(p.id(product), t.name)
	p.book.record(grower, ledger.Public, p.season.at(time.February, 1, 8, 0), event{
		kind: trace.ObjectEvent, action: trace.Add, step: StepPlanting, disposition: "active",
		amounts: []amount{count(crop, t.trees)}, where: grower.site(t.n),
		ilmd: object{
			{"cbvmda:lotNumber", t.name}, {"cbvmda:countryOfOrigin", "VN"},
			{"sg:variety", variety.VI}, {"sg:varietyEn", variety.EN},
			{"sg:plantedYear", t.planted}, {"sg:areaHectares", number(t.area)}, {"sg:plantingArea", t.code},
		},
		extra: note("Vườn đứng lâu năm, ghi sổ đầu vụ", "A standing orchard, entered at the start of the season"),
	})
	return crop
}

func (p *province) log(t plot, crop trace.ID, at time.Time, c care) {
	grower := p.orgs[t.grower]
	extra := object{
		{"sg:inputKind", c.kind}, {"sg:input", c.input.VI}, {"sg:inputEn", c.input.EN}, {"sg:activeIngredient", c.active},
		{"sg:dose", c.dose}, {"sg:purpose", c.purpose.VI}, {"sg:purposeEn", c.purpose.EN},
	}
	if c.interval > 0 {
		extra = append(extra, member{"sg:preHarvestIntervalDays", c.interval})
	}
	p.book.record(grower, ledger.Public, at, event{
		kind: trace.ObjectEvent, action: trace.Observe, step: careSteps[c.kind], disposition: "active",
		amounts: []amount{whole(crop)}, where: grower.site(t.n), extra: extra,
	})
}

// growLychee records the orchards and their log up to the harvest.
func (p *province) growLychee() {
	for i, t := range lycheePlots {
		crop := p.plant(t, lycheeCrop, text("Vải thiều chính vụ", "Main-season Thiều lychee"))
		for _, c := range lycheeCare {
			p.log(t, crop, p.season.at(c.month, c.day+i%3, 6, 7*i), c)
		}
		p.inspect(p.season.at(time.May, 28, 8, 30).Add(minutes(40*i)), parts(whole(crop)),
			text("Kiểm tra vùng trồng trước thu hoạch", "Check of the planting area before harvest"), "VT-"+t.name, nil)
		if i == latePlot {
			p.log(t, crop, p.season.at(lateSpray.month, lateSpray.day, 17, 20), lateSpray)
		}
	}
}

// Days of June on which lychee is picked; four orchards take turns with the other
// four.
var harvestDays = [...]int{8, 11, 14, 17, 20, 23}

// What goes wrong, by day and orchard.
const (
	latePlot    = 5 // V6 sprayed too late,
	lateDay     = 3 // and picked on this day
	misreadPlot = 4 // V5 wrote down another number
	misreadDay  = 1
	lostPlot    = 2 // V3's delivery weighs much less on arrival
	lostDay     = 2
	recallDay   = 21
	lostTenths  = 67
	recallHour  = 15
)

// delivery is what one orchard brought on a day, as the packing house weighed it.
type delivery struct {
	lot    trace.ID
	weight int // tenths of a kilogram
	grower string
}

// harvestLychee records the picking and how it comes to the packing house.
func (p *province) harvestLychee() (days [len(harvestDays)][]delivery) {
	house := p.orgs[orgPacking]
	sold := map[string][]amount{}
	for d, day := range harvestDays {
		for i, t := range lycheePlots {
			if i/4 != d%2 || i == latePlot && d > lateDay {
				continue
			}
			grower := p.orgs[t.grower]
			picked := p.season.at(time.June, day, 5, 10+6*i)
			lotName := "VT" + yymmdd(picked) + "-" + t.name
			harvest := lot(p.id(lycheeFresh), lotName)
			weight := 905 + (d*137+i*211)%380
			shipped := weight
			weighing := func(tenths int) event {
				return transformation(grower.site(t.n), StepHarvesting,
					parts(whole(lot(p.id(lycheeCrop), t.name))), parts(kilos(harvest, tenths)),
					object{
						{"cbvmda:lotNumber", lotName}, {"cbvmda:harvestStartDate", date(picked)}, {"cbvmda:harvestEndDate", date(picked)},
						{"cbvmda:countryOfOrigin", "VN"}, {"sg:variety", "Vải thiều chính vụ"}, {"sg:varietyEn", "Main-season Thiều lychee"},
						{"sg:plantingArea", t.code},
					}, nil)
			}
			switch {
			case i == misreadPlot && d == misreadDay:
				was := p.book.record(grower, ledger.Public, picked, weighing(weight+3000))
				p.book.wrong(grower, ledger.Public, picked.Add(minutes(70)), was, weighing(weight))
				p.found.corrected = harvest
			default:
				p.book.record(grower, ledger.Public, picked, weighing(weight))
			}
			received := shipped
			switch {
			case i == lostPlot && d == lostDay:
				received -= lostTenths
				p.found.discrepancy = harvest
			case d == 4 && i == 1 || d == 5 && i == 7:
				received -= 5 // leaves and dew
			}
			p.ship(grower, house, picked.Add(minutes(150)), parts(kilos(harvest, shipped)))
			p.receive(grower, house, picked.Add(minutes(225)), parts(kilos(harvest, received)))
			days[d] = append(days[d], delivery{harvest, received, t.grower})
			sold[t.grower] = append(sold[t.grower], kilos(harvest, received))
			if i == latePlot && d == lateDay {
				p.found.recalledLot = harvest
			}
		}
	}
	for n, grower := range lycheeGrowers {
		p.settle(p.orgs[grower], house, p.season.at(time.June, 25, 14, 5*n), 32_000+500*n, sold[grower]...)
	}
	p.found.sharedLot = days[0][0].lot
	return days
}
