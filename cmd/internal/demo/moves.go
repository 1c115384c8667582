package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// recordSeason writes the season's book and captures it.
func (p *province) recordSeason(ctx context.Context) error {
	p.growLychee()
	p.sellLychee(p.packLychee(p.harvestLychee()))
	p.growCoconut()
	p.makeCandy(p.loadCoconuts())
	p.sellPomelo()
	return p.capture(ctx, &p.book)
}

// finds are identifiers with a story of their own.
type finds struct {
	lycheeCase, pallet, sharedLot             trace.ID
	corrected, discrepancy, handedOver        trace.ID
	recalledLot, recalledCase, recalledCrates trace.ID
	candyBox, pomeloBoxes, bowl               trace.ID
}

// goods are pieces and parts of lots.
type goods struct {
	epcs    []trace.ID
	amounts []amount
}

func items(ids ...trace.ID) goods   { return goods{epcs: ids} }
func parts(amounts ...amount) goods { return goods{amounts: amounts} }
func (o *org) possessing() ref      { return ref{trace.PartyPossessing, o.party()} }
func (o *org) owning() ref          { return ref{trace.PartyOwning, o.party()} }
func (o *org) shipsTo() ref         { return ref{trace.PartyLocation, o.site(siteMain)} }
func note(vi, en string) object     { return object{{"sg:note", vi}, {"sg:noteEn", en}} }
func days(n int) time.Duration      { return time.Duration(n) * 24 * time.Hour }
func minutes(n int) time.Duration   { return time.Duration(n) * time.Minute }

// ship notes that goods leave one organisation for another.
func (p *province) ship(from, to *org, at time.Time, g goods) *event {
	return p.book.record(from, ledger.Public, at, event{
		kind: trace.ObjectEvent, action: trace.Observe, step: trace.StepShipping, disposition: "in_transit",
		epcs: g.epcs, amounts: g.amounts, where: from.site(siteMain),
		from: []ref{from.possessing()}, to: []ref{to.possessing(), to.shipsTo()},
		documents: []document{{"desadv", fmt.Sprintf("urn:epcglobal:cbv:bt:%s:GH-%s", p.partyNumber(from), at.Format("060102-1504"))}},
	})
}

// receive notes that they arrive.
func (p *province) receive(from, to *org, at time.Time, g goods) *event {
	return p.book.record(to, ledger.Public, at, event{
		kind: trace.ObjectEvent, action: trace.Observe, step: trace.StepReceiving, disposition: "in_progress",
		epcs: g.epcs, amounts: g.amounts, where: to.site(siteMain),
		from: []ref{from.possessing()}, to: []ref{to.possessing()},
	})
}

// deliver ships and receives the same goods some hours apart.
func (p *province) deliver(from, to *org, at time.Time, hours int, g goods) {
	p.ship(from, to, at, g)
	p.receive(from, to, at.Add(time.Duration(hours)*time.Hour), g)
}

// partyNumber is what transaction identifiers of an organisation start with.
func (p *province) partyNumber(o *org) string {
	if o.prefix != "" {
		return glnOf(o.prefix, 0)
	}
	c, _ := o.party().Code()
	return string(c)
}

// observe says something about goods.
func (p *province) observe(by *org, at time.Time, step, disposition string, g goods, extra object) *event {
	return p.book.record(by, ledger.Public, at, event{
		kind: trace.ObjectEvent, action: trace.Observe, step: step, disposition: disposition,
		epcs: g.epcs, amounts: g.amounts, where: by.site(siteMain), extra: extra,
	})
}

// pack puts pieces and parts of lots into a container; unpack takes all of them
// out again.
func (p *province) pack(by *org, at time.Time, into trace.ID, g goods) {
	p.book.record(by, ledger.Public, at, event{
		kind: trace.AggregationEvent, action: trace.Add, step: trace.StepPacking, disposition: "container_closed",
		parent: into, epcs: g.epcs, amounts: g.amounts, where: by.site(siteMain),
	})
}

func (p *province) unpack(by *org, at time.Time, from trace.ID, g goods) {
	p.book.record(by, ledger.Public, at, event{
		kind: trace.AggregationEvent, action: trace.Delete, step: trace.StepUnpacking, disposition: "container_open",
		parent: from, epcs: g.epcs, amounts: g.amounts, where: by.site(siteMain),
	})
}

// make turns inputs into outputs at a place of the maker.
func (p *province) make(by *org, at time.Time, step string, in, out goods, ilmd, extra object) *event {
	return p.book.record(by, ledger.Public, at, transformation(by.site(siteMain), step, in, out, ilmd, extra))
}

func transformation(where trace.ID, step string, in, out goods, ilmd, extra object) event {
	return event{
		kind: trace.TransformationEvent, step: step, disposition: "active", where: where,
		inputEPCs: in.epcs, inputs: in.amounts, outputEPCs: out.epcs, outputs: out.amounts, ilmd: ilmd, extra: extra,
	}
}

// sell notes sales over the counter.
func (p *province) sell(at time.Time, g goods) {
	p.observe(p.orgs[orgShop], at, trace.StepRetailSelling, "retail_sold", g, nil)
}

// stock puts goods on the shelf.
func (p *province) stock(at time.Time, g goods) {
	p.observe(p.orgs[orgShop], at, "stocking", "sellable_accessible", g, nil)
}

// settle notes the price of deliveries between the two sides alone.
func (p *province) settle(seller, buyer *org, at time.Time, price int, amounts ...amount) {
	p.book.record(buyer, ledger.Parties, at, event{
		kind: trace.TransactionEvent, action: trace.Add, step: "accepting", amounts: amounts, where: buyer.site(siteMain),
		documents: []document{{"inv", fmt.Sprintf("urn:epcglobal:cbv:bt:%s:HD-%s-%s", p.partyNumber(buyer), seller.key, date(at))}},
		from:      []ref{seller.owning()}, to: []ref{buyer.owning()},
		extra: object{{"sg:price", price}, {"sg:currency", "VND"}},
	})
}

// inspect notes what the agency looked for and found.
func (p *province) inspect(at time.Time, g goods, test trace.Text, sample string, finding object) *event {
	result := "pass"
	if finding != nil {
		result = "fail"
	}
	disposition := "conformant"
	if finding != nil {
		disposition = "non_conformant"
	}
	extra := append(object{{"sg:test", test.VI}, {"sg:testEn", test.EN}, {"sg:testResult", result}, {"sg:sample", sample}}, finding...)
	return p.observe(p.orgs[orgProtection], at, trace.StepInspecting, disposition, g, extra)
}

var residues = text("Dư lượng thuốc bảo vệ thực vật", "Pesticide residues")

// temperatures is a logger's series, in tenths of a degree Celsius, every half
// hour from a time on.
func temperatures(device trace.ID, from time.Time, agreedMaximum int, tenths ...int) object {
	low, high, sum := tenths[0], tenths[0], 0
	var reports []object
	for i, t := range tenths {
		low, high, sum = min(low, t), max(high, t), sum+t
		reports = append(reports, object{{"type", "Temperature"}, {"time", stamp(from.Add(minutes(30 * i)))}, {"value", degrees(t)}, {"uom", "CEL"}})
	}
	reports = append(reports, object{
		{"type", "Temperature"}, {"minValue", degrees(low)}, {"maxValue", degrees(high)}, {"meanValue", degrees(sum / len(tenths))},
		{"uom", "CEL"}, {"sg:agreedMaximum", agreedMaximum},
	})
	return object{
		{"sensorMetadata", object{
			{"startTime", stamp(from)}, {"endTime", stamp(from.Add(minutes(30 * (len(tenths) - 1))))}, {"deviceID", device.String()},
		}},
		{"sensorReport", reports},
	}
}

func degrees(tenths int) json.Number {
	return json.Number(trace.NewQuantity(int64(tenths), 1, "").Number())
}
