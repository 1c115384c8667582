package web

import (
	"net/url"

	"github.com/sogoc/sogoc/ledger"
)

// tradePages are of negotiations and agreements.
func tradePages() []pageOf {
	mai := func(path, done string) Reader {
		return Reader{Path: path, Done: done, Me: &Me{Name: "Mai", Org: coop.Name, Kind: ledger.KindDataBuyer, Roles: ledger.Roles}}
	}
	lan := func(path string) Reader {
		return Reader{Path: path, Me: &Me{Name: "Lan", Kind: ledger.KindOperator, Roles: ledger.Roles, Operator: true}}
	}
	now := ledger.Time(1_780_000_000_000)
	harvest := both("Sản lượng vải thiều theo xã, vụ 2026", "Lychee harvest by commune, season 2026")
	clauses := []Clause{
		{both("Giá 12.500.000 đồng, trả trong 10 ngày sau khi ký", "12,500,000 VND, within 10 days of signing"), true},
		{both("Chỉ dùng nội bộ", "For internal use"), false},
	}
	acts := []TradeAct{{Name: "agree", Path: "/trade/3a/agree", Primary: true}, {Name: "terms", Path: "/trade/3a/terms"}, {Name: "terminate", Path: "/trade/3a/terminate", Danger: true}}
	lines := []TradeLine{
		{Path: "/trade/3a", Dataset: harvest, With: coop, State: "REQUESTED", Owed: "agree", Mine: true, Until: now, Changed: now},
		{Path: "/trade/3b", Dataset: harvest, With: household, State: "in_force", Owed: "confirm", Changed: now},
		{Path: "/trade/3c", Dataset: harvest, With: coop, State: "unanswered", Changed: now},
		{Path: "/trade/3d", Dataset: harvest, With: coop, State: "revoked", Changed: now},
	}
	fields := []Field{
		{Name: "price", Mode: "numeric", Value: "0", Required: true, Max: 16},
		{Name: "release", Type: "select", Options: []Option{{Value: "signing", Chosen: true}, {Value: "payment"}}},
		{Name: "payDays", Mode: "numeric", Max: 10},
		{Name: "purposes", Type: "checks", Required: true, Options: []Option{{Value: "internal", Chosen: true}, {Value: "research"}, {Value: "commercial"}, {Value: "public"}, {Value: "any"}}},
		{Name: "versions", Type: "select", Options: []Option{{Value: "0"}, {Value: "1"}, {Value: "4"}, {Value: "12"}, {Value: "-1"}}},
		{Name: "passOn", Type: "select", Options: []Option{{Value: "nothing"}, {Value: "derived"}, {Value: "all"}}},
		{Name: "exclusive", Type: "check", Value: "true"},
		{Name: "territory", Max: 300},
	}
	said := []TradeSaid{
		{What: "finalize", By: coop, At: now, Receipt: "/api/v1/receipts/9"},
		{What: "propose", By: coop, At: now, Price: "12500000", Receipt: "/api/v1/receipts/7"},
		{What: "terminate", By: household, At: now, Why: "Không thống nhất được giá.", Receipt: "/api/v1/receipts/6"},
	}
	page := func(change func(*TradePage)) *TradePage {
		v := &TradePage{Dataset: harvest, DatasetPath: "/datasets/1f", Dossier: "/trade/2f/dossier.zip", Provider: coop, Consumer: household, State: "REQUESTED", Clauses: clauses, Acts: acts, History: said}
		change(v)
		return v
	}
	signed := page(func(v *TradePage) {
		v.State, v.Document, v.Version, v.Since, v.Ends, v.Basis = "in_force", "/ipfs/b", 2, now, now, "Điều 12 Nghị định 47/2020/NĐ-CP"
		v.Owed = []TradeOwed{{What: "pay", By: household, Mine: true, Until: now}, {What: "start", By: coop, Until: now, Late: true}}
		v.Bill = &TradeBill{
			Amount: "12500000", State: "billed", Reference: "SG0190A6F2C7D37B1E", Bank: "Vietcombank", Account: "0123456789", Invoice: "1C26TAA-00000012", PayBy: now,
			QR: &QR{Size: 3, Path: "M0 0h1v1h-1z"}, Reason: "Chưa nhận được tiền.", Refund: "FT26150", Evidence: []TradeEvidence{
				{household, now, []EvidenceFile{{"sao-kê-ngân-hàng-của-cả-tháng-năm-2026-trang-1.jpg", "/trade/3a/evidence/b/0", 2_300_000}, {"phiếu.pdf", "/trade/3a/evidence/b/1", 90_000}}},
				{coop, now, []EvidenceFile{{Path: "/ipfs/e"}}},
			},
			Portions: []TradePortion{{coop, "8000000"}, {household, "4500000"}},
		}
		v.Transfers = []TradeTransfer{
			{Version: 2, State: "STARTED", Requested: now, Started: now, ObjectBy: now, Work: []WorkFile{{Path: "/ipfs/w"}, {"Báo cáo.pdf", "/ipfs/w2?filename=x"}}, Files: []TradeFile{{Name: "sản-lượng-theo-ngày-của-cả-hợp-tác-xã-năm-2026.csv", Path: "/trade/3a/transfers/5/files/f", Bytes: 3_000_000, Left: 2}, {Name: "b.csv", Path: "/trade/3a/transfers/5/files/g", Left: -1}}, Acts: []TradeAct{{Name: "complete", Path: "/trade/3a/transfers/5/complete", Primary: true}, {Name: "stop", Path: "/x", Danger: true}}},
			{Version: 1, State: "TERMINATED", Requested: now, DeliverBy: now, Fraud: true},
			{Version: 2, State: "STARTED", Requested: now, Started: now, ObjectBy: now, Unsound: []string{"sản-lượng-theo-ngày-của-cả-hợp-tác-xã-năm-2026.csv"}, Prove: "/trade/3a/transfers/6/object"},
			{Version: 1, State: "COMPLETED", Requested: now, Withheld: "operator"},
		}
		v.Acts = []TradeAct{{Name: "pay", Path: "/trade/3a/pay", Primary: true}, {Name: "end", Path: "/trade/3a/end"}}
	})
	return []pageOf{
		deskPage("trades", site.Trades, mai("/trade", ""), &Trades{List: lines, Next: "/trade?page=9"}),
		deskPage("trades-none", site.Trades, mai("/trade", ""), &Trades{}),
		deskPage("trade", site.TradePage, mai("/trade/3a", "trade_request"), page(func(*TradePage) {})),
		deskPage("trade-signed", site.TradePage, mai("/trade/3a", "trade_finalize"), signed),
		deskPage("trade-over", site.TradePage, mai("/trade/3a", ""), page(func(v *TradePage) {
			v.State, v.Reason, v.Acts = "TERMINATED", "Không thống nhất được giá.", nil
		})),
		deskPage("trade-fraud", site.TradePage, mai("/trade/3a", "trade_object"), page(func(v *TradePage) {
			v.State, v.Fraud, v.Bill = "fraud", true, &TradeBill{Amount: "900000", State: "due", Reference: "SG0190A6F2C7D37B1E"}
			v.Transfers, v.Acts = []TradeTransfer{{Version: 1, State: "TERMINATED", Requested: now, Fraud: true}}, nil
		})),
		deskPage("trade-refused", site.TradePage, mai("/trade/3a", ""), page(func(v *TradePage) {
			v.State, v.Reason, v.Acts, v.Again = "refuse", "Văn bản này không phải là căn cứ.", nil, "/trade/new?dataset=1f"
		})),
		deskPage("trade-law", site.TradeAsk, mai("/trade/new?dataset=1f", ""), &TradeAsk{
			Form:   Form{Values: url.Values{"law": {"true"}}, Wrong: map[string]string{"basis": "invalid"}},
			Action: "/trade/new?dataset=1f", Back: "/datasets/1f", Dataset: harvest, With: coop, Law: true, Other: "/trade/new?dataset=1f&by=terms", Fields: fields[3:6],
		}),
		deskPage("withheld", site.Withheld, mai("/trade/3a/transfers/5/files/f", ""), &Withheld{Dataset: harvest, Why: "operator", Back: "/trade/3a"}),
		deskPage("withheld-unsound", site.Withheld, mai("/trade/3a/transfers/5/files/f", ""), &Withheld{Dataset: harvest, Why: "unsound", Back: "/trade/3a"}),
		deskPage("trade-ask", site.TradeAsk, mai("/trade/new?dataset=1f", ""), &TradeAsk{
			Action: "/trade/new?dataset=1f", Back: "/datasets/1f", Dataset: harvest, With: coop, Offers: []TradeOffer{{N: 1, ID: "2a", Clauses: clauses, Until: now, Ready: true}, {N: 2, ID: "2b", Clauses: clauses}}, Other: "/trade/new?dataset=1f", Fields: fields,
		}),
		deskPage("trade-ask-wrong", site.TradeAsk, mai("/trade/new?dataset=1f", ""), &TradeAsk{
			Form:   Form{Values: url.Values{"price": {"x"}}, Wrong: map[string]string{"price": "invalid", "purposes": "invalid", "": "conflict"}},
			Action: "/trade/new?dataset=1f", Back: "/datasets/1f", Dataset: harvest, With: coop, Fields: fields,
		}),
		deskPage("trade-counter", site.TradeAsk, mai("/trade/3a/terms", ""), &TradeAsk{Action: "/trade/3a/terms", Back: "/trade/3a", Dataset: harvest, With: coop, Counter: true, Fields: fields}),
		deskPage("trade-bill", site.Act, mai("/trade/3a/bill", ""), &Act{
			Name: "trade_bill", Who: harvest, Action: "/trade/3a/bill", Back: "/trade/3a", Facts: []Fact{{"price", "12500000"}},
			Fields: []Field{{Name: "bank", Type: "select", Options: []Option{{Value: "970436", Text: "Vietcombank"}}}, {Name: "account", Max: 19, Mode: "numeric"}, {Name: "number", Max: 60}},
		}),
		deskPage("trade-dispute", site.Act, mai("/trade/3a/dispute", ""), &Act{
			Form: Form{Values: url.Values{"reason": {"Đã trả."}}, Wrong: map[string]string{"papers": "too_large"}},
			Name: "trade_dispute", Who: harvest, Action: "/trade/3a/dispute", Back: "/trade/3a", Files: true, Fields: []Field{{Name: "reason", Type: "textarea", Max: 500, Required: true}, {Name: "papers", Type: "files"}},
		}),
		deskPage("trade-answer", site.Act, mai("/trade/3a/dispute", ""), &Act{
			Name: "trade_answer", Who: harvest, Action: "/trade/3a/dispute", Back: "/trade/3a", Files: true, Fields: []Field{{Name: "reason", Type: "textarea", Max: 500, Required: true}, {Name: "papers", Type: "files"}},
		}),
		deskPage("trade-pay", site.Act, mai("/trade/3a/pay", ""), &Act{Name: "trade_pay", Who: harvest, Action: "/trade/3a/pay", Back: "/trade/3a", Fields: []Field{{Name: "bankref", Max: 60}}}),
		deskPage("trade-offers", site.TradeOffers, mai("/trade/offers", "trade_ready"), &TradeOffers{Here: true, List: []TradeOffer{
			{N: 1, ID: "2a", Dataset: harvest, Clauses: clauses, Until: now, Ready: true}, {N: 2, ID: "2b", Dataset: harvest, Clauses: clauses},
		}}),
		deskPage("trade-offers-elsewhere", site.TradeOffers, mai("/trade/offers", ""), &TradeOffers{List: []TradeOffer{{N: 1, ID: "2a", Dataset: harvest, Clauses: clauses}}}),
		deskPage("trade-offers-none", site.TradeOffers, mai("/trade/offers", ""), &TradeOffers{}),
		deskPage("trade-disputes", site.TradeDisputes, lan("/desk/disputes"), &TradeDisputes{List: lines[1:2]}),
		deskPage("trade-disputes-none", site.TradeDisputes, lan("/desk/disputes"), &TradeDisputes{}),
	}
}
