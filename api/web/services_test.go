package web

import (
	"net/url"

	"github.com/sogoc/sogoc/ledger"
)

// servicePages are of data services that are called through the node.
func servicePages() []pageOf {
	mai := func(path, done string) Reader {
		return Reader{Path: path, Done: done, Me: &Me{Name: "Mai", Org: coop.Name, Kind: ledger.KindDataBuyer, Roles: ledger.Roles}}
	}
	now := ledger.Time(1_780_000_000_000)
	title := both("Sản lượng vải thiều theo ngày", "Lychee harvest by day")
	const address = "https://truyxuat.example/services/5f31d98e2dba983f710b4605a85197f8/"
	page := func(s TradeService) *TradePage {
		return &TradePage{
			Dataset: title, DatasetPath: "/datasets/1f", Dossier: "/trade/2f/dossier.zip", Provider: coop, Consumer: household, State: "in_force", Since: now, Version: 1, Service: &s,
			Transfers: []TradeTransfer{{Version: 1, State: "REQUESTED", Requested: now, DeliverBy: now, Acts: []TradeAct{{Name: "open", Path: "/trade/3a/transfers/5/start", Primary: true}}}},
		}
	}
	days := []TradeCalls{{"2026-06-03", 12_345}, {"2026-06-02", 1}}
	line := ListingLine{Path: "/data/1f", Title: title, Version: 1, Access: "agreed", State: "approved", At: now}
	return []pageOf{
		deskPage("trade-service", site.TradePage, mai("/trade/3a", "pass_revoked"), page(TradeService{
			Address: address, Open: true, Limit: 100_000, Days: days, Mine: true, Path: "/trade/3a/passes",
			Passes: []TradePass{{ID: "a1", Name: "Máy chủ báo cáo", Made: now, Used: now}, {ID: "a2", Name: "Máy thử", Made: now}},
		})),
		deskPage("trade-service-wrong", site.TradePage, mai("/trade/3a", ""), page(TradeService{
			Form: Form{Values: url.Values{"name": {""}}, Wrong: map[string]string{"name": "invalid"}}, Address: address, Mine: true, Path: "/trade/3a/passes",
		})),
		deskPage("trade-service-provider", site.TradePage, mai("/trade/3a", "trade_open"), page(TradeService{Days: days, Setup: "/data/1f/service", Unset: true})),
		deskPage("trade-service-over", site.TradePage, mai("/trade/3a", ""), page(TradeService{Address: address, Over: "expired", Days: days, Mine: true, Path: "/trade/3a/passes"})),
		deskPage("pass-made", site.MadePass, mai("/trade/3a/passes", ""), &MadePass{"Máy chủ báo cáo", "sgd_0000000000000000000000000000000000000000000000000000000000000000", address, "/trade/3a"}),
		deskPage("trade-work", site.TradeWork, mai("/trade/3a/transfers/5/results", ""), &TradeWork{Action: "/trade/3a/transfers/5/results", Back: "/trade/3a", Dataset: title, MaxFiles: 20, MaxBytes: 64 << 20, Form: Form{Wrong: map[string]string{"work": "invalid"}}}),
		deskPage("service", site.ServiceForm, mai("/data/1f/service", ""), &ServiceForm{ListingLine: line}),
		deskPage("service-kept", site.ServiceForm, mai("/data/1f/service", ""), &ServiceForm{
			ListingLine: line, Set: true, Kept: true,
			Form: Form{Values: url.Values{"base": {"http://x"}, "header": {"X-Api-Key"}}, Wrong: map[string]string{"base": "invalid", "header_value": "invalid"}},
		}),
	}
}
