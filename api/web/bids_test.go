package web

import "github.com/sogoc/sogoc/ledger"

// bidPages are of what organisations look for.
func bidPages() []pageOf {
	now := ledger.Time(1_780_000_000_000)
	mai := func(path string) Reader {
		return Reader{Path: path, Me: &Me{Name: "Mai", Org: coop.Name, Kind: ledger.KindDataBuyer, Roles: ledger.Roles}}
	}
	title := both("Giá vải thiều theo ngày ở các chợ đầu mối phía Bắc, từ vụ 2020 đến nay", "Daily lychee prices at northern wholesale markets since 2020")
	line := BidLine{Path: "/bids/3a", Title: title, Text: both("Theo giống và cỡ quả.\nCSV hoặc XLSX.", "By variety and size.\nCSV or XLSX."), By: coop, Purpose: "research", Posted: now, Until: now, Open: true}
	closed := line
	closed.Open, closed.Purpose = false, "any"
	answers := []TradeLine{{Path: "/trade/3a", Dataset: title, With: household, State: "OFFERED", Owed: "accept", Mine: true, Until: now, Changed: now}}
	clauses := []Clause{{both("Giá 12.500.000 đồng", "12,500,000 VND"), true}, {both("Chỉ dùng nội bộ", "For internal use"), false}}
	soil := BidDataset{ID: "1f", Title: both("Phân tích đất theo xã", "Soil by commune"), Terms: "/bids/3a/answer?dataset=1f", Offers: []TradeOffer{{N: 1, ID: "2c", Clauses: clauses}, {N: 2, ID: "2d", Clauses: clauses}}}
	fields := []Field{
		{Name: "purposes", Type: "select", Options: []Option{{Value: "any"}, {Value: "research"}}}, {Name: "passOn", Type: "select", Options: []Option{{Value: "nothing"}}},
		{Name: "days", Mode: "numeric", Max: 10}, {Name: "exclusive", Type: "check"},
	}
	return []pageOf{
		deskPage("bids", site.Bids, Reader{Path: "/bids"}, &Bids{Search: "vải", List: []BidLine{line, closed}, Next: "/bids?page=9"}),
		deskPage("bids-none", site.Bids, mai("/bids"), &Bids{Closed: true}),
		deskPage("bid", site.BidPage, mai("/bids/3a"), &BidPage{BidLine: line, PassOn: "derived", Exclusive: true, Days: 90, Own: true, Seen: true, Answers: answers, Met: "/bids/3a/met", TakeBack: "/bids/3a/close"}),
		deskPage("bid-open", site.BidPage, Reader{Path: "/bids/3a"}, &BidPage{BidLine: line, PassOn: "nothing", Answer: "/bids/3a/answer"}),
		deskPage("bid-closed", site.BidPage, mai("/bids/3a"), &BidPage{BidLine: closed, PassOn: "all", Closed: true, Reason: "Đã có dữ liệu cần tìm.", Seen: true, Remove: "/desk/bids/3a/close"}),
		deskPage("bid-form", site.BidForm, mai("/bids/new"), &BidForm{Form: Form{Wrong: map[string]string{"bid_title": "invalid", "last_day": "invalid"}}, Fields: fields, MaxTitle: 200, MaxText: 4000}),
		deskPage("bid-answer", site.BidAnswer, mai("/bids/3a/answer"), &BidAnswer{BidLine: line, Datasets: []BidDataset{soil}}),
		deskPage("bid-terms", site.BidAnswer, mai("/bids/3a/answer"), &BidAnswer{BidLine: line, Chosen: &soil, Fields: fields}),
		deskPage("bid-unanswerable", site.BidAnswer, mai("/bids/3a/answer"), &BidAnswer{BidLine: line}),
	}
}
