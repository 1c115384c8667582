package web

import (
	"net/url"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// batchPages are samples of the pages of lots, cases and pallets.
func batchPages() []pageOf {
	hoa := Reader{Path: "/batches", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleRecorder},
	}}
	kg := func(n int64) *Amount {
		q := trace.NewQuantity(n, 1, "KGM")
		return &Amount{Quantity: &q}
	}
	pieces := func(n int64) *Amount {
		q := trace.NewQuantity(n, 0, "")
		return &Amount{Quantity: &q, Unit: trace.Text{VI: "thùng", EN: "cases"}}
	}
	at := ledger.TimeOf(time.Date(2026, 6, 3, 7, 0, 0, 0, time.UTC))
	short, sent := trace.NewQuantity(480, 0, "KGM"), trace.NewQuantity(500, 0, "KGM")
	lychee := trace.Text{VI: "Vải thiều tươi mới hái", EN: "Lychee, fresh from the tree"}
	buyer := trace.Text{VI: "Công ty Bình Minh", EN: "Bình Minh Company"}
	lot := BatchLine{Name: lychee, Code: "VT260603", Level: LevelLot, Path: "/batches/one?id=1", Amount: kg(4805), Way: "held", Word: trace.StepHarvesting, Time: at}
	flagged, recalled, going, coming, crop := lot, lot, lot, lot, lot
	flagged.Code, flagged.Flags = "VT260602", []trace.Flag{{Kind: trace.FlagDiscrepancy, Quantity: &short, Want: &sent}}
	recalled.Code, recalled.Recalled = "VT260601", true
	going.Way, going.Who, going.Code = "sent", buyer, "VT260531"
	coming.Way, coming.Who, coming.ID, coming.Event, coming.Receive = "coming", buyer, "1", "urn:uuid:1", "/batches/act/receive?id=1"
	crop.Crop, crop.Code, crop.Name, crop.Word = true, "V1", trace.Text{VI: "Vườn vải thiều", EN: "Lychee orchard"}, trace.Vocabulary+"planting"
	pallet := BatchLine{Name: trace.Text{VI: "Kiện", EN: "Container"}, Code: "(00)095212340000000013", Level: LevelContainer, Path: "/batches/one?id=2", Way: "held", Word: "packing", Time: at, Inside: []Amount{{Quantity: pieces(10).Quantity, Unit: pieces(10).Unit, Name: lychee}}}
	empty := pallet
	empty.Inside, empty.Empty, empty.Code = nil, true, "(00)095212340000000020"
	filters := []Filter{{"held", "/batches?show=held", 12345, true, false}, {"sent", "/batches?show=sent", 3, false, false}, {"flagged", "/batches?show=flagged", 2, false, false}, {"recalled", "/batches?show=recalled", 1, false, true}}
	fact := func(where string, who trace.Text, mine bool, a *Amount) BalanceLine {
		return BalanceLine{Where: where, Who: who, Mine: mine, Amount: *a}
	}
	near := func(how string, name trace.Text, path string, a *Amount) Neighbour {
		return Neighbour{How: how, Name: name, Path: path, Amount: a, Time: at}
	}
	deeds := []DeedGroup{
		{"move", []BatchDeed{{"ship", "/batches/act/ship?id=1", true}, {"handover", "/batches/act/handover?id=1", false}, {"return", "/batches/act/return?id=1", false}}},
		{"make", []BatchDeed{{"grade", "/batches/act/grade?id=1", false}, {"process", "/batches/act/process?id=1", false}, {"split", "/batches/act/split?id=1", false}, {"merge", "/batches/act/merge?id=1", false}, {"pack", "/batches/act/pack?id=1", false}, {"load", "/batches/act/load?id=1", false}}},
		{"other", []BatchDeed{{"count", "/batches/act/count?id=1", false}, {"destroy", "/batches/act/destroy?id=1", false}}},
	}
	full := &Batch{
		BatchLine: flagged, Identifier: "(01)09521234543213(10)VT260602", Deeds: deeds, Hidden: 2, Blocked: true,
		Balances: []BalanceLine{fact("org", trace.Text{}, true, kg(4805)), fact("org", buyer, false, kg(100)), fact("to", buyer, false, kg(50)), fact("in", trace.Text{VI: "(00)095212340000000013"}, false, kg(50)), fact("lost", buyer, false, kg(20)), fact("lost", trace.Text{}, true, kg(20)), fact("used", trace.Text{}, false, kg(60)), fact("sold", trace.Text{}, false, kg(10)), fact("destroyed", trace.Text{}, false, kg(10)), fact("handed_over", trace.Text{}, false, kg(10))},
		Back:     []Neighbour{near("of", trace.Text{VI: "Vườn vải thiều · V1"}, "/batches/one?id=3", nil), near("from", buyer, "", kg(90))},
		Forward:  []Neighbour{near("into", trace.Text{VI: "Vải thiều loại 1 · L1"}, "/batches/one?id=4", kg(3000)), near("packed", trace.Text{VI: "Kiện · (00)095212340000000013"}, "/batches/one?id=2", kg(50)), near("shipped", buyer, "", kg(100)), near("handed", trace.Text{}, "", kg(10)), near("sold", trace.Text{}, "", kg(10)), near("destroyed", trace.Text{}, "", kg(10))},
		History:  []Happening{{Word: "shipping", Who: lychee, Time: at, Zone: "+07:00", Price: "25000"}, {Word: trace.StepHarvesting, Who: lychee, Time: at, Zone: "+07:00", Void: true}},
		Passport: "/01/1", Graph: "/trace?id=1", Labels: "/labels?id=1",
	}
	frozen := &Batch{
		BatchLine: recalled, Identifier: "(01)09521234543213(10)VT260601", Frozen: true, Passport: "/01/1", Graph: "/trace?id=1",
		Recalls: []Recall{{By: Party{Name: buyer}, Since: at, Reason: trace.Text{VI: "Dư lượng vượt mức."}, Action: trace.Text{VI: "Mang trả nơi mua."}, Contact: "1900 0000", Through: &Part{Amount: Amount{Name: lychee}, Link: "/01/1"}}},
		Deeds:   deeds[2:],
	}
	held := &Batch{BatchLine: pallet, Identifier: "(00) 095212340000000013", Contents: []Neighbour{near("holds", lychee, "/batches/one?id=1", pieces(10))}, Graph: "/trace?id=2",
		Balances: []BalanceLine{fact("held", trace.Text{}, true, pieces(3)), fact("sent", trace.Text{}, true, pieces(3)), fact("coming", trace.Text{}, true, pieces(3)), fact("to", trace.Text{}, true, kg(1))}, Within: &Neighbour{How: "in", Name: trace.Text{VI: "Kiện"}, Path: "/batches/one?id=9"},
		Deeds: []DeedGroup{{"receive", []BatchDeed{{"receive", "/batches/act/receive?id=2", true}, {"unload", "/x", false}, {"harvest", "/y", false}}}}}
	arriving, gone := &Batch{BatchLine: coming, Graph: "/trace?id=1"}, &Batch{BatchLine: going, Graph: "/trace?id=1"}
	gone.Way = ""
	products := []Choice{{Value: "p1", Name: trace.Text{VI: "Vải thiều loại 1", EN: "Lychee, grade 1"}, Unit: "KGM", Counts: true}, {Value: "p2", Name: trace.Text{VI: "Thùng 5 kg", EN: "Case of 5 kg"}, One: trace.Text{VI: "thùng", EN: "cases"}, Counts: true, Chosen: true}}
	places := []Choice{{Value: "x", Name: trace.Text{VI: "Kho · (414)9521234000013"}}}
	form := func(deed string, change func(*BatchForm)) *BatchForm {
		f := &BatchForm{Deed: deed, Action: "/batches/act/" + deed, What: &lot, ID: "1", Event: "urn:uuid:1", At: "2026-06-03T07:00", Audience: "parties", Quantity: "480,5", Counted: true, Unit: *kg(1), Places: places}
		change(f)
		return f
	}
	pages := []pageOf{
		deskPage("batches", site.Batches, hoa, &Batches{Show: "held", Filters: filters, List: []BatchLine{lot, flagged, recalled, pallet, empty, crop, going}, More: "/batches?token=x", Coming: 2, Grows: true}),
		deskPage("nobatches", site.Batches, hoa, &Batches{Show: "sent", Query: "vải", Filters: filters, Coming: 1}),
		deskPage("norecalled", site.Batches, hoa, &Batches{Show: "recalled", Filters: filters}),
		deskPage("incoming", site.Incoming, hoa, &Incoming{List: []BatchLine{coming}, More: "/batches/incoming?token=x"}),
		deskPage("noincoming", site.Incoming, hoa, &Incoming{}),
		deskPage("batch", site.Batch, hoa, full),
		deskPage("frozen", site.Batch, hoa, frozen),
		deskPage("pallet", site.Batch, hoa, held),
		deskPage("arriving", site.Batch, hoa, arriving),
		deskPage("gone", site.Batch, hoa, gone),
		deskPage("harvest", site.BatchForm, hoa, &BatchForm{Deed: "harvest", Action: "/batches/new", Event: "urn:uuid:1", At: "2026-06-03T07:00", Audience: "parties", Rows: []int{1}, Waits: []Wait{{Name: trace.Text{VI: "Vườn vải thiều · V2"}, Safe: ledger.TimeOf(time.Now())}}, Crops: []Choice{{Value: "1", Name: trace.Text{VI: "Vườn vải thiều · V1"}}, {Value: "2", Name: trace.Text{VI: "Vườn vải thiều · V2"}, Chosen: true}}, Products: products, Suggested: "VT260603", Places: places}),
		deskPage("grade", site.BatchForm, hoa, form("grade", func(f *BatchForm) {
			f.Rows, f.Products = []int{1, 2, 3}, products
			f.Form = Form{Values: url.Values{"qty": {"1.250"}, "product-1": {"p1"}, "qty-2": {"nhiều"}}, Wrong: map[string]string{"qty": "conflict", "qty-2": "invalid", "id": "recalled"}}
		})),
		deskPage("pack", site.BatchForm, hoa, form("pack", func(f *BatchForm) {
			f.Rows, f.Products, f.Cases = []int{1}, products, true
			f.Containers = []Choice{{Name: trace.Text{VI: "Không xếp vào kiện"}}, {Value: "c", Name: trace.Text{VI: "Kiện mới (00)095212340000000013"}}}
		})),
		deskPage("ship", site.BatchForm, hoa, form("ship", func(f *BatchForm) {
			f.Partners = []Choice{{Value: "a", Name: buyer, Help: trace.Text{VI: "(414)9521234000013"}}}
		})),
		deskPage("shipfirst", site.BatchForm, hoa, form("ship", func(f *BatchForm) { f.Counted, f.Serials = false, "1-10, 15" })),
		deskPage("receive", site.BatchForm, hoa, form("receive", func(f *BatchForm) {
			f.What, f.Quantity = &coming, "480"
			f.Difference = &Difference{Who: buyer, Sent: *kg(5000), Got: *kg(4800), By: *kg(200), Less: true}
		})),
		deskPage("toomuch", site.BatchForm, hoa, form("receive", func(f *BatchForm) {
			f.Difference = &Difference{Who: buyer, Sent: *kg(5000), Got: *kg(5200), By: *kg(200)}
		})),
		deskPage("sendback", site.BatchForm, hoa, form("return", func(f *BatchForm) { f.What, f.Receiver = &recalled, buyer })),
		deskPage("load", site.BatchForm, hoa, form("load", func(f *BatchForm) {
			f.Containers = []Choice{{Value: "c", Name: trace.Text{VI: "Kiện mới (00)095212340000000013"}}}
		})),
		deskPage("unload", site.BatchForm, hoa, form("unload", func(f *BatchForm) { f.What, f.Counted = &pallet, false })),
		deskPage("handover", site.BatchForm, hoa, form("handover", func(f *BatchForm) { f.What = &flagged })),
		deskPage("destroy", site.BatchForm, hoa, form("destroy", func(*BatchForm) {})),
	}
	for _, deed := range []string{"split", "merge", "process", "count"} {
		pages = append(pages, deskPage(deed, site.BatchForm, hoa, form(deed, func(f *BatchForm) {
			switch deed {
			case "split":
				f.Rows, f.Product, f.Suggested = []int{1, 2}, "p1", "VT260603"
			case "merge", "process":
				f.Rows, f.Products, f.Others = []int{1}, products, []Choice{{Value: "o", Name: trace.Text{VI: "Vải thiều tươi · VT2"}, Help: trace.Text{VI: "120 KGM"}}}
			}
		})))
	}
	return pages
}
