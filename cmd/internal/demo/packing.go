package demo

import (
	"context"
	"slices"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// packed is what the packing house made on a day.
type packed struct {
	day      int // of June
	cases    []trace.ID
	pallet   trace.ID
	crates   trace.ID
	nCrates  int
	leftOver trace.ID // grade 1 that filled no case
}

// Shares of what is weighed in, in percent; the rest is lost as water and stalks.
const (
	shareFirst  = 56
	shareSecond = 34
	shareCulls  = 6
	caseTenths  = 50
	crateTenths = 100
	maxCases    = 48 // of a pallet
)

// packLychee records each day at the packing house: cooling, residue tests,
// grading (the day's deliveries merge, and split by grade), cases on a pallet,
// crates, culls.
func (p *province) packLychee(deliveries [len(harvestDays)][]delivery) (list []packed) {
	house := p.orgs[orgPacking]
	cold := key("8004", house.prefix+"KHO1")
	for d, day := range harvestDays {
		var in, test goods
		total := 0
		for _, v := range deliveries[d] {
			in.amounts = append(in.amounts, kilos(v.lot, v.weight))
			test.amounts = append(test.amounts, whole(v.lot))
			total += v.weight
		}
		morning := p.season.at(time.June, day, 9, 40)
		date := yymmdd(morning)
		cooling := p.observe(house, morning, "storing", "in_progress", test, note("Làm lạnh sơ bộ bằng nước đá", "Pre-cooled with iced water"))
		cooling.sensors = []object{temperatures(cold, morning, 8, 246, 158, 92, 61, 48)}
		if d != lateDay {
			p.inspect(morning.Add(minutes(10)), test, residues, "DL-"+date, nil)
		}

		first, second := lot(p.id(lycheeFirst), "L1-"+date), lot(p.id(lycheeSecond), "L2-"+date)
		culls := lot(p.id(lycheeCulls), "LB-"+date)
		nFirst, nSecond, nCulls := total*shareFirst/100, total*shareSecond/100, total*shareCulls/100
		p.make(house, morning.Add(minutes(150)), StepGrading, in,
			parts(kilos(first, nFirst), kilos(second, nSecond), kilos(culls, nCulls)),
			object{{"cbvmda:lotNumber", date}, {"cbvmda:countryOfOrigin", "VN"}}, nil)

		nCases := min(nFirst/caseTenths, maxCases)
		caseLot := lot(p.id(lycheeCase), "VC"+date)
		out := packed{
			day: day, cases: pieces(caseLot, 1, nCases), pallet: house.unit(day),
			crates: lot(p.id(lycheeCrate), "VS"+date), nCrates: nSecond / crateTenths, leftOver: first,
		}
		label := func(name, net string) object {
			return object{
				{"cbvmda:lotNumber", name}, {"cbvmda:countryOfOrigin", "VN"}, {"gs1:packagingDate", morning.Format(time.DateOnly)},
				{"cbvmda:bestBeforeDate", morning.AddDate(0, 0, 20).Format(time.DateOnly)}, {"gs1:netContent", net},
			}
		}
		p.make(house, morning.Add(minutes(240)), trace.StepPacking, parts(kilos(first, nCases*caseTenths)), items(out.cases...), label("VC"+date, "5 kg"), nil)
		p.make(house, morning.Add(minutes(255)), trace.StepPacking, parts(kilos(second, out.nCrates*crateTenths)), parts(count(out.crates, out.nCrates)), label("VS"+date, "10 kg"), nil)
		p.pack(house, morning.Add(minutes(290)), out.pallet, items(out.cases...))
		p.book.record(house, ledger.Public, morning.Add(minutes(300)), event{
			kind: trace.ObjectEvent, action: trace.Delete, step: trace.StepDestroying, disposition: "destroyed",
			amounts: []amount{kilos(culls, nCulls)}, where: house.site(siteMain), extra: note("Ủ làm phân hữu cơ", "Composted"),
		})
		list = append(list, out)
	}
	p.book.record(house, ledger.Own, p.season.at(time.June, 24, 16, 0), event{
		kind: trace.ObjectEvent, action: trace.Observe, step: "stock_taking", disposition: "in_progress",
		amounts: []amount{whole(list[0].leftOver)}, where: house.site(siteMain), extra: note("Kiểm kho nội bộ cuối vụ", "Internal stock-taking at the end of the season"),
	})
	return list
}

// haul brings a pallet by cold truck from the packing house to its receiver, with
// what the truck's logger saw.
func (p *province) haul(to *org, pallet trace.ID, leaves time.Time, series ...[]int) (arrived time.Time) {
	house, truck := p.orgs[orgPacking], p.orgs[orgTransport]
	logger := key("8004", truck.prefix+"XE07")
	load := items(pallet)
	p.deliver(house, truck, leaves, 1, load)
	at := leaves.Add(minutes(75))
	p.trips = append(p.trips, trip{at, slices.Concat(series...)})
	p.observe(truck, at, "departing", "in_transit", load, nil)
	for _, s := range series {
		carried := p.observe(truck, at.Add(minutes(30*len(s))), "transporting", "in_transit", load, nil)
		carried.where = trace.ID{}
		carried.sensors = []object{temperatures(logger, at, truckMaximum, s...)}
		at = at.Add(minutes(30 * len(s)))
	}
	p.observe(truck, at.Add(minutes(10)), "arriving", "in_transit", load, nil).where = to.site(siteMain)
	p.deliver(truck, to, at.Add(minutes(20)), 1, load)
	return at.Add(minutes(80))
}

// truckMaximum is what a truck is agreed to stay below, in degrees Celsius.
const truckMaximum = 6

var (
	coolRun = []int{42, 38, 36, 35, 37, 36}
	warmRun = []int{36, 41, 55, 58, 49, 40} // doors open at a check
)

// sellLychee records where each day's pallet and crates went.
func (p *province) sellLychee(list []packed) {
	house, shop, exporter, distributor := p.orgs[orgPacking], p.orgs[orgShop], p.orgs[orgExporter], p.orgs[orgDistributor]
	for d, out := range list {
		leaves := p.season.at(time.June, out.day, 16, 0)
		next := p.season.at(time.June, out.day+1, 8, 0)
		switch d {
		case 0, lateDay, 5: // to the shop
			p.haul(shop, out.pallet, leaves, coolRun)
			p.unpack(shop, next.Add(-minutes(30)), out.pallet, items(out.cases...))
			p.stock(next, items(out.cases...))
			for i := range 4 {
				p.sell(next.Add(minutes(95*i+40)), items(out.cases[3*i:3*i+2]...))
			}
		default: // abroad
			arrived := p.haul(exporter, out.pallet, leaves, coolRun, warmRun)
			p.inspect(arrived.Add(10*time.Hour), items(out.pallet), text("Kiểm dịch thực vật xuất khẩu", "Phytosanitary inspection for export"), "KD-"+yymmdd(leaves), nil)
			gate := p.observe(exporter, arrived.Add(19*time.Hour), StepExporting, "in_transit", items(out.pallet), note("Hàng qua cửa khẩu, giữ niêm phong lạnh", "Passed the border under a cold seal"))
			gate.where = exporter.site(siteGate)
			gate.to = []ref{{trace.PartyLocation, trace.MustID(webBase + "/nuoc-ngoai/kho-mau")}}
			p.found.pallet = out.pallet
		}
		sacks := parts(count(out.crates, out.nCrates))
		switch d {
		case 0: // to a trader at the market who has no account
			trader := trace.MustID(trace.NewEventID())
			sale := p.ship(house, house, next.Add(minutes(10)), sacks)
			sale.to = []ref{{trace.PartyPossessing, trader}}
			sale.extra = note("Bán cho thương lái chưa có tài khoản, giao tại cổng", "Sold to a trader without an account, handed over at the gate")
			p.found.handedOver = out.crates
		case lateDay: // still in the house when the recall comes
			p.found.recalledCrates = out.crates
		default:
			p.deliver(house, distributor, next.Add(minutes(20)), 5, sacks)
			part := parts(count(out.crates, 6))
			p.deliver(distributor, shop, next.Add(7*time.Hour), 2, part)
			p.sell(next.Add(10*time.Hour), parts(count(out.crates, 2)))
			p.sell(next.Add(26*time.Hour), parts(count(out.crates, 3)))
		}
	}
	p.found.lycheeCase = list[0].cases[0]
	recalled := list[lateDay]
	p.found.recalledCase = recalled.cases[len(recalled.cases)-1]
	p.recallLate(items(recalled.cases[len(recalled.cases)-1]))
}

// recallLate records the agency's finding on a case from the shelf and recalls the
// harvest that it goes back to.
func (p *province) recallLate(sample goods) {
	agency := p.orgs[orgProtection]
	at := p.season.at(time.June, recallDay, 10, 0)
	p.inspect(at, sample, residues, "DL-LAY-MAU-01", object{
		{"sg:substance", "mancozeb"}, {"sg:measured", "0.9 mg/kg"}, {"sg:maximum", "0.5 mg/kg"},
		{"sg:note", "Truy ngược về lô " + p.found.recalledLot.Lot() + ": phun thuốc 5 ngày trước khi hái, chưa đủ thời gian cách ly"},
		{"sg:noteEn", "Traced back to lot " + p.found.recalledLot.Lot() + ": sprayed 5 days before picking, within the pre-harvest interval"},
	})
	p.book.then(p.season.at(time.June, recallDay, recallHour, 0), func(ctx context.Context) error {
		notice, err := p.put(ctx, []byte(recallNotice), false)
		if err != nil {
			return err
		}
		recalls := []trace.Recall{{
			Target:  p.found.recalledLot,
			Reason:  "Dư lượng mancozeb vượt mức cho phép (mẫu). Mancozeb residue above the limit (sample).",
			Action:  "Không ăn. Mang thùng vải về nơi mua để được hoàn tiền. Do not eat; bring the case back to the shop for a refund.",
			Contact: agency.phone, Doc: notice, Class: "2",
		}}
		return p.submit(ctx, agency.who, trace.Contract, trace.ActionRecall, trace.RecallSummary(recalls), recalls[0])
	})
}

const recallNotice = `THÔNG BÁO THU HỒI (MẪU) · RECALL NOTICE (SAMPLE)

Đây là dữ liệu mẫu, không phải thông báo thật. This is sample data, not a real notice.

Vải thiều của một lô hái ngày 17/6 có dư lượng mancozeb 0,9 mg/kg, vượt mức 0,5 mg/kg.
Lychee of one lot picked on 17 June has a mancozeb residue of 0.9 mg/kg, above 0.5 mg/kg.

Người mua: không ăn, mang trả nơi mua. Shoppers: do not eat it, bring it back.
Nơi bán: ngừng bán, để riêng, chờ hướng dẫn. Shops: stop selling, set aside, await instructions.
`
