package web

import (
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// dossierPages are samples of what is asked before a dossier is written.
func dossierPages() []pageOf {
	lot := &Dossiers{
		Name: trace.Text{VI: strings.Repeat("Vảithiều", 9), EN: "Lychee"}, Code: "(01)09521234000013(10)" + strings.Repeat("V", 20), Page: "/01/09521234000013/10/V1", Of: "x",
		History: "/dossiers/history.zip?of=x", Events: 17, Hidden: 3, Cut: true,
		Forms: []DossierForm{
			{Name: "circular", PDF: "/dossiers/circular.pdf?of=x", Sheet: "/dossiers/circular.xlsx?of=x"},
			{Name: "passport", PDF: "/dossiers/passport.pdf?of=x", Sheet: "/dossiers/passport.xlsx?of=x", Missing: []DossierGap{{What: trace.Text{VI: "Hạn sử dụng", EN: "Expiry"}}}},
			{Name: "fsma", Sheet: "/dossiers/fsma.xlsx?of=x"},
			{Name: "eudr", PDF: "/dossiers/eudr.pdf?of=x", Sheet: "/dossiers/eudr.xlsx?of=x", Map: "/dossiers/plots.geojson?of=x"},
		},
	}
	season := &Dossiers{
		Name: trace.Text{VI: "Cây vải"}, Code: "VN0N-00002", Page: "/t/x", Of: "x", Season: true, From: "2025-11-26", To: "2026-11-26", Member: "0102", History: "/dossiers/history.zip?of=x", Events: 2,
		Forms: []DossierForm{{Name: "vietgap", PDF: "/dossiers/vietgap.pdf?of=x", Sheet: "/dossiers/vietgap.xlsx?of=x", Missing: []DossierGap{
			{What: trace.Text{VI: "Giống", EN: "Variety"}}, {Where: trace.Text{VI: "Thuốc bảo vệ thực vật · 2026-05-20 · Score 250EC"}, What: trace.Text{VI: "Hoạt chất"}},
		}}},
	}
	hoa := Reader{Path: "/dossiers?of=x", Me: &Me{Name: "Nguyễn Thị Hoa", Org: coop.Name, Kind: ledger.KindCoop, Roles: ledger.Roles}}
	return []pageOf{deskPage("dossiers-lot", site.Dossiers, hoa, lot), deskPage("dossiers-season", site.Dossiers, hoa, season)}
}
