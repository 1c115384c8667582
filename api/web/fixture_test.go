package web

import (
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// The sample is a batch of Lục Ngạn lychee as its co-op would record it.

func both(vi, en string) trace.Text { return trace.Text{VI: vi, EN: en} }

func at(s string) ledger.Time {
	t, err := time.Parse("2006-01-02 15:04 -0700", s+" +0700")
	if err != nil {
		panic(err)
	}
	return ledger.TimeOf(t)
}

func qty(n string, u trace.Unit) *trace.Quantity {
	q, err := trace.ParseQuantity(n, u)
	if err != nil {
		panic(err)
	}
	return &q
}

var (
	lychee     = both("vải thiều", "lychees")
	commune    = both("xã Lục Ngạn, tỉnh Bắc Ninh", "Lục Ngạn commune, Bắc Ninh")
	coop       = Party{Name: both("HTX Vải thiều Hồng Giang", "Hồng Giang Lychee Co-op"), Kind: ledger.KindCoop, Address: both("Thôn Ngọt, xã Lục Ngạn, tỉnh Bắc Ninh", "Ngọt hamlet, Lục Ngạn, Bắc Ninh"), Commune: commune, Code: "9520001000010", Phone: "0204 388 1234", Email: "lienhe@hongiang.example"}
	household  = Party{Kind: ledger.KindHousehold, Commune: commune}
	packer     = Party{Name: both("Nhà đóng gói Toàn Cầu", "Toàn Cầu Packing House"), Kind: ledger.KindPackingHouse, Commune: commune}
	carrier    = Party{Name: both("Vận tải lạnh Kinh Bắc", "Kinh Bắc Cold Transport"), Kind: ledger.KindTransporter}
	shop       = Party{Name: both("Siêu thị Nông sản Việt, Hà Nội", "Nông Sản Việt, Hà Nội"), Kind: ledger.KindRetailer}
	exporter   = Party{Name: both("Công ty Xuất khẩu Rồng Đỏ", "Rồng Đỏ Export"), Kind: ledger.KindExporter}
	certifier  = Party{Name: both("Trung tâm Chứng nhận Phù hợp", "Conformity Certification Centre"), Kind: ledger.KindCertifier}
	agency     = Party{Name: both("Chi cục Trồng trọt và Bảo vệ thực vật Bắc Ninh", "Bắc Ninh Crop Production and Plant Protection Office"), Kind: ledger.KindAgency}
	province   = Party{Name: both("UBND tỉnh Bắc Ninh", "People's Committee of Bắc Ninh"), Kind: ledger.KindAgency}
	register   = ledger.Hash{0x5e, 0x1f, 0x9a, 0x70, 31: 0x0c}
	batch      = trace.MustID("https://id.gs1.org/01/09520001000119/10/HG-0306")
	orchard    = Place{Name: both("vùng trồng Hồng Giang", "Hồng Giang orchards"), Kind: "plot", Commune: commune, Code: "(414)9520001000027"}
	packhouse  = Place{Name: both("nhà đóng gói Toàn Cầu", "Toàn Cầu packing house"), Kind: "packing_house", Commune: commune, Code: "(414)9520001000034"}
	store      = Place{Name: both("siêu thị Cầu Giấy", "the Cầu Giấy store"), Kind: "shop", Commune: both("phường Cầu Giấy, Hà Nội", "Cầu Giấy ward, Hà Nội"), Code: "(414)9520001000041"}
	fixtureNow = at("2026-06-07 09:00")
)

func kg(n string) []Amount { return []Amount{{Quantity: qty(n, "KGM"), Name: lychee}} }

// lotOf is another lot on the journey.
func lotOf(lot, n string, who *Party) Part {
	id, err := trace.MustID("https://id.gs1.org/01/09520001000119").WithLot(lot)
	if err != nil {
		panic(err)
	}
	return Part{Amount: Amount{Quantity: qty(n, "KGM")}, ID: id, Link: id.Path(), Party: who}
}

func lycheePassport() *Passport {
	return &Passport{
		Level: LevelLot, ID: batch, State: StateRecorded, Since: at("2026-06-03 18:20"), Now: fixtureNow,
		Name:     both("Vải thiều Lục Ngạn loại 1", "Lục Ngạn lychees, grade 1"),
		Photo:    &Photo{URL: "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy?w=960", Width: 960, Height: 600, Alt: both("Chùm vải thiều đỏ vừa hái, còn lá xanh", "A bunch of freshly picked red lychees with green leaves")},
		Variety:  both("Vải thiều Thanh Hà", "Thanh Hà variety"),
		About:    both("Vải chín đỏ trên sườn đồi Lục Ngạn, hái từ 4 giờ sáng và vào nhà mát trong vòng hai giờ.", "Ripened on the hills of Lục Ngạn, picked from 4 in the morning and cooled within two hours."),
		Brand:    "Vải thiều Hồng Giang",
		Standard: []string{"VietGAP", "TCVN 12827:2023"},
		Net:      &Amount{Quantity: qty("1250.5", "KGM")},
		Producer: coop, Origin: commune,
		Harvested: "2026-06-03", Packed: "2026-06-03", BestBefore: "2026-06-17",
		Certificates: []Certificate{
			{Certificate: trace.Certificate{Scheme: "ocop", Number: "27/2025/OCOP-BN", Stars: 4, From: at("2025-03-01 00:00"), Until: at("2028-03-01 00:00")}, By: province, Link: "/ipfs/bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
			{Certificate: trace.Certificate{Scheme: "vietgap", Number: "VietGAP-TT-13-24-0102", From: at("2024-12-15 00:00"), Until: at("2027-12-15 00:00")}, By: certifier},
			{Certificate: trace.Certificate{Scheme: "planting_area", Number: "VN-BNOR-0034", From: at("2024-04-01 00:00")}, By: agency},
		},
		Declared:  []Party{coop, packer},
		Confirmed: []Confirmation{{By: agency, What: both("mã số vùng trồng và nhật ký phun thuốc", "the planting-area code and the spray log"), On: at("2026-05-28 10:00")}, {By: certifier, What: both("VietGAP", "VietGAP")}},
		Journey: []Step{
			{Anchor: "s9", Type: trace.ObjectEvent, Action: trace.Observe, Word: "stocking", Time: at("2026-06-05 08:10"), Who: shop, Place: &store, What: kg("398"), Receipt: "/api/v1/receipts/1290/0"},
			{Anchor: "s8", Type: trace.ObjectEvent, Action: trace.Observe, Word: "receiving", Time: at("2026-06-05 04:45"), Who: shop, From: &coop, What: kg("398"), Receipt: "/api/v1/receipts/1288/0", ProductCode: "(01)09520001000119"},
			{Anchor: "s7", Type: trace.ObjectEvent, Action: trace.Observe, Word: "transporting", Time: at("2026-06-04 21:00"), Who: carrier, What: kg("398"), Readings: []Reading{{Kind: "temperature", Min: *qty("2.1", "CEL"), Max: *qty("4.6", "CEL"), Limit: qty("5", "CEL")}}},
			{Anchor: "s6", Type: trace.ObjectEvent, Action: trace.Observe, Word: "shipping", Time: at("2026-06-04 20:15"), Who: coop, To: &shop, Place: &packhouse, What: kg("398"), Splits: []Part{lotOf("HG-0306-XK", "800", &exporter), {Amount: Amount{Quantity: qty("52.5", "KGM")}, ID: trace.MustID("/t/" + string(sampleCode)), Link: "/t/" + string(sampleCode), Party: &Party{Kind: ledger.KindDistributor}}}},
			{Anchor: "s5", Type: trace.AggregationEvent, Action: trace.Add, Word: "packing", Time: at("2026-06-03 16:40"), Who: packer, Place: &packhouse, What: kg("1250.5"), Into: []Amount{{Quantity: qty("250", ""), Unit: both("thùng xốp", "foam boxes")}}},
			{Anchor: "s4", Type: trace.TransformationEvent, Word: "https://ns.sogoc.example/step/sorting", Time: at("2026-06-03 13:05"), Who: packer, Place: &packhouse, What: kg("1310"), Into: kg("1250.5"), Joins: []Part{lotOf("T1-0306", "620", &household), lotOf("T2-0306", "410", &household), lotOf("T3-0306", "280", &household)}},
			{Anchor: "s3", Type: trace.ObjectEvent, Action: trace.Add, Word: "commissioning", Time: at("2026-06-03 10:30"), Who: coop, Place: &orchard, What: kg("1310"), Corrects: "s2"},
			{Anchor: "s2", Type: trace.ObjectEvent, Action: trace.Add, Word: "commissioning", Time: at("2026-06-03 10:30"), Who: coop, Place: &orchard, What: kg("13100"), Void: &Void{Time: at("2026-06-03 11:02"), Reason: "gõ thừa một số 0", Replaced: "s3"}},
			{Anchor: "s1", Type: trace.ObjectEvent, Action: trace.Observe, Word: "https://ns.sogoc.example/step/harvesting", Time: at("2026-06-03 04:30"), Who: household, Typist: &coop, Place: &orchard, What: kg("1310"), ProductCode: "(01)09520001000102"},
		},
		Private: 3,
		Map: &Map{Stops: []Stop{
			{Name: both("Vùng trồng Hồng Giang", "Hồng Giang orchards"), Commune: commune, At: trace.Position{Lat: "21.384", Lon: "106.571"}, Radius: 4200},
			{Name: both("Nhà đóng gói Toàn Cầu", "Toàn Cầu packing house"), Commune: commune, At: trace.Position{Lat: "21.362", Lon: "106.545"}},
			{Name: both("Siêu thị Cầu Giấy", "Cầu Giấy store"), Commune: store.Commune, At: trace.Position{Lat: "21.036", Lon: "105.79"}, Radius: 2500},
		}},
		Growing: &Growing{
			Area: "VN-BNOR-0034", Size: qty("12.4", "HAR"), Standard: "VietGAP", Harvest: "2026-06-03",
			Inputs: []Input{
				{Kind: InputProtection, On: "2026-05-13", Product: "Amistar Top 325SC", Active: "Azoxystrobin + Difenoconazole", Dose: "0,5 lít/ha", Purpose: both("thán thư", "anthracnose"), Interval: 14, Who: &household},
				{Kind: InputProtection, On: "2026-04-22", Product: "Radiant 60SC", Active: "Spinetoram", Dose: "0,4 lít/ha", Purpose: both("sâu đục quả", "fruit borer"), Interval: 7, Who: &household},
				{Kind: InputFertiliser, On: "2026-04-02", Product: "NPK 12-5-10", Dose: "1,5 kg/cây", Who: &household},
			},
		},
		Documents: []Document{
			{Title: both("Phiếu kết quả thử nghiệm dư lượng", "Residue test report"), Link: "/ipfs/bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq", Type: "application/pdf", Size: 214_300, By: &certifier, On: "2026-05-30"},
		},
		Trace: "/trace" + batch.Path(),
		Proof: sampleProof(), Contact: coop, Report: "baocao@sogoc.example",
	}
}

func sampleProof() *Proof {
	return &Proof{
		Index: 1184, Size: 1297, Recorded: at("2026-06-03 18:20"), Custody: CustodyNode, Node: "bacninh.sogoc.example",
		Receipt: "/api/v1/receipts/1184/0", Register: register, Origin: "sogoc.example/bac-ninh/2026",
		Keys: []string{"sogoc.example/bac-ninh/2026+1f0a3c55+AQ0fGzR1eYj3kq0e5Vv6mF7x8qkqQyL2b0K4d6n7wq5x"}, Trust: "/trust.json",
	}
}

var sampleCode = func() trace.Code {
	c, err := trace.NewCode("BNHG", "00012")
	if err != nil {
		panic(err)
	}
	return c
}()

func amberPassport() *Passport {
	p := lycheePassport()
	p.State = StateAttention
	p.Flags = []trace.Flag{{ID: batch, Kind: trace.FlagDiscrepancy, Want: qty("1200", "KGM"), Quantity: qty("1185", "KGM")}, {ID: batch, Kind: trace.FlagUnconfirmed}}
	p.Journey[1].Flags = p.Flags[:1]
	p.Journey[1].What = kg("1185")
	p.Certificates[1].Until = at("2026-06-01 00:00")
	p.Certificates[2].Revoked = "Diện tích thực tế nhỏ hơn hồ sơ."
	p.Growing.Inputs[0].On = "2026-05-25"
	p.Photo = nil
	p.Proof.Custody, p.Proof.Node = CustodyWallet, ""
	p.Warning = both("Có hạt cứng; cẩn thận khi cho trẻ nhỏ ăn.", "Has a hard stone; take care with small children.")
	return p
}

func redPassport() *Passport {
	p := lycheePassport()
	p.State = StateRecalled
	p.Proof.Custody = CustodyDevice
	through := lotOf("T2-0306", "410", nil)
	through.Name = lychee
	p.Recall = &Recall{By: agency, Since: at("2026-06-05 15:30"), Reason: both("Dư lượng thuốc vượt mức cho phép ở một lô nguyên liệu.", "Too much pesticide was found in a lot of fruit."), Action: both("Đừng ăn. Mang trả nơi đã mua.", "Do not eat it. Take it back to the shop."), Refund: both("Bạn được hoàn tiền.", "You get your money back."), Contact: "1900 6868", Notice: "/ipfs/bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq", Through: &through}
	return p
}

// earlyPassport was harvested too early; clearedPassport is made of such, and tested.
func earlyPassport() *Passport {
	p := lycheePassport()
	p.State, p.Early = StateAttention, &Early{Safe: at("2026-06-12 00:00")}
	p.Journey[len(p.Journey)-1].Flags = []trace.Flag{{ID: batch, Kind: trace.FlagInterval, Harvested: at("2026-06-03 05:00"), Safe: at("2026-06-12 00:00")}}
	return p
}

func clearedPassport() *Passport {
	p := lycheePassport()
	through := lotOf("T2-0306", "85", nil)
	through.Name = lychee
	p.Early = &Early{Safe: at("2026-06-12 00:00"), Through: &through, Cleared: []Clearing{{By: agency, On: at("2026-06-05 09:00")}}}
	return p
}

func productPassport() *Passport {
	p := lycheePassport()
	p.Level, p.ID, p.Net, p.Harvested, p.Packed, p.BestBefore = LevelProduct, batch.Product(), nil, "", "", ""
	p.Journey, p.Private, p.Growing, p.Trace, p.Map = nil, 0, nil, "", nil
	recalled := lotOf("HG-2905", "980", nil)
	recalled.State = StateRecalled
	p.Lots = []Lot{
		{Part: lotOf("HG-0306", "1250.5", nil), Harvested: "2026-06-03"},
		{Part: lotOf("HG-0106", "1402", nil), Harvested: "2026-06-01"},
		{Part: recalled, Recorded: at("2026-05-29 17:00")},
	}
	return p
}

func containerPassport() *Passport {
	p := lycheePassport()
	p.Level, p.ID = LevelContainer, trace.MustID("https://id.gs1.org/00/095200010000000010")
	p.Name, p.Photo, p.Variety, p.About = both("Kiện 250 thùng vải thiều", "A container of 250 boxes of lychees"), nil, trace.Text{}, trace.Text{}
	p.Growing, p.Certificates, p.Map = nil, nil, nil
	one := lotOf("HG-0306", "1250.5", nil)
	one.Name = p.Name
	p.Contents = []Part{one, {Amount: Amount{Quantity: qty("24", ""), Name: both("Kẹo vải", "Lychee sweets")}, ID: trace.MustID("/t/" + string(sampleCode)), State: StateAttention, Link: "/t/" + string(sampleCode)}}
	p.Journey = p.Journey[:5]
	return p
}

func declaredPassport() *Passport {
	return &Passport{
		Level: LevelPiece, ID: trace.MustID("https://id.gs1.org/01/09520001000119/10/X1/21/0007"), State: StateDeclared, Now: fixtureNow,
		Name: both("Gáo dừa khắc tay", "Hand-carved coconut bowl"), Producer: Party{Kind: ledger.KindArtisan},
		Journey: []Step{{Anchor: "s1", Type: trace.ObjectEvent, Action: trace.Add, Time: at("2026-05-01 09:00"), Who: Party{Kind: ledger.KindArtisan}, Statement: true}},
		Contact: Party{Kind: ledger.KindOperator},
		Growing: &Growing{Inputs: []Input{{Kind: InputOther, On: "2026", Product: "Tro bếp", Interval: 3}}},
	}
}

func sampleHome() *Home {
	photo := &Photo{URL: "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy?w=160", Width: 160, Height: 160}
	return &Home{
		Total: 12_297, EPCIS: "/epcis/events", API: "/openapi.json", Data: "/data",
		Recent: []Card{
			{Name: both("Vải thiều Lục Ngạn loại 1", "Lục Ngạn lychees, grade 1"), Producer: coop, Origin: commune, Link: batch.Path(), Photo: photo, Stars: 4, Recorded: at("2026-06-03 18:20")},
			{Name: both("Kẹo dừa sầu riêng", "Durian coconut candy"), Producer: Party{Name: both("Cơ sở Kẹo dừa Mỏ Cày", "Mỏ Cày Candy"), Kind: ledger.KindProcessor}, Origin: both("xã Mỏ Cày, tỉnh Vĩnh Long", "Mỏ Cày, Vĩnh Long"), Link: "/t/" + string(sampleCode), Stars: 4, State: StateAttention, Recorded: at("2026-06-02 08:00")},
			{Name: both("Gáo dừa khắc tay", "Hand-carved coconut bowl"), Producer: Party{Kind: ledger.KindArtisan}, Origin: both("xã Hưng Nhượng, tỉnh Vĩnh Long", "Hưng Nhượng, Vĩnh Long"), Link: "/t/" + string(sampleCode), State: StateRecalled, Recorded: at("2026-05-30 08:00")},
		},
	}
}

func sampleGraph() *Graph {
	g := &Graph{Root: batch, Name: both("Vải thiều Lục Ngạn loại 1", "Lục Ngạn lychees, grade 1"), Path: "/trace" + batch.Path(), Passport: batch.Path(), Direction: Both, Truncated: true}
	add := func(lot, n string, who *Party, state State) trace.ID {
		p := lotOf(lot, n, who)
		g.Nodes = append(g.Nodes, Node{ID: p.ID, Name: both("Vải thiều Lục Ngạn", "Lục Ngạn lychees"), Quantity: p.Quantity, Party: who, On: "2026-06-03", State: state, Link: p.Link})
		return p.ID
	}
	join := func(kind trace.EdgeKind, from, to trace.ID, n string) {
		g.Edges = append(g.Edges, trace.Edge{Kind: kind, From: from, To: to, Quantity: qty(n, "KGM")})
	}
	root := add("HG-0306", "1250.5", &coop, StateRecorded)
	for i, n := range []string{"620", "410", "280"} {
		state := StateRecorded
		if i == 1 {
			state = StateAttention
		}
		join(trace.MadeInto, add("T"+string(rune('1'+i))+"-0306", n, &household, state), root, n)
	}
	export := add("HG-0306-XK", "800", &exporter, StateRecorded)
	join(trace.MadeInto, root, export, "800")
	market := add("HG-0306-ST", "398", &shop, StateRecalled)
	join(trace.MadeInto, root, market, "398")
	for i, n := range []string{"300", "300", "200"} {
		join(trace.PackedInto, export, add("PALLET-"+string(rune('1'+i)), n, &exporter, StateDeclared), n)
	}
	return g
}
