package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// sheetPages are samples of the pages of spreadsheets.
func sheetPages() []pageOf {
	hoa := Reader{Path: "/org/sheets", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder},
	}}
	at := ledger.TimeOf(time.Date(2026, 6, 3, 7, 0, 0, 0, time.UTC))
	job := func(kind, state string) SheetJob {
		return SheetJob{Path: "/org/sheets/1", Kind: kind, File: "thua-dat-2026.xlsx", Rows: 1000, State: state, Made: at, Until: at, Done: 400}
	}
	wrong := job("plots", SheetWrong)
	wrong.Wrong = 2
	area, name := trace.Text{VI: "Diện tích (ha)", EN: "Area (ha)"}, trace.Text{VI: "Tên", EN: "Name"}
	changes := []SheetChange{{name, "Vườn ông Tư", "Vuon ong Tu"}, {area, "", "0,65"}, {trace.Text{VI: "Mã", EN: "Code"}, "X001-P0001-9", "X001-P0001-9"}}
	rows := []SheetRow{{N: 12, Name: "Vuon ong Tu", Changes: changes}}
	faults := []SheetFault{{Row: 4, Column: area, What: "number", Cell: "một công"}, {Row: 1204, Column: name, What: "twice", Cell: "Vườn nhà", Other: 7}}
	kinds := []string{"products", "plots", "members"}
	card := Invited{Org: hoa.Me.Org, Name: "Trần Văn Tư", Roles: hoa.Me.Roles, Link: "https://sogoc.example/join/1", Host: "sogoc.example", Until: at, QR: QR{Size: 2, Path: "M0 0h1v1h-1z"}}
	return []pageOf{
		deskPage("sheets", site.Sheets, hoa, &Sheets{Kinds: kinds, Chosen: "plots", Jobs: []SheetJob{job("plots", SheetDraft), wrong, job("products", JobReady), job("products", JobFailed), job("plots", JobWorking), job("plots", JobWaiting)}}),
		deskPage("sheettrouble", site.Sheets, hoa, &Sheets{Kinds: kinds, Chosen: "products", Trouble: "quotes", Row: 12}),
		deskPage("sheetwrong", site.SheetPage, hoa, &SheetPage{SheetJob: wrong, New: 996, Same: 2, Faults: faults, More: 18, Unknown: []string{"Ghi chú", "STT"}}),
		deskPage("sheetdraft", site.SheetPage, hoa, &SheetPage{SheetJob: job("plots", SheetDraft), New: 990, Changed: 1, Same: 8, AlikeCount: 1, Alike: rows, Changes: rows, Form: Form{Wrong: map[string]string{"alike": "conflict"}}}),
		deskPage("sheetsame", site.SheetPage, hoa, &SheetPage{SheetJob: job("products", SheetDraft), Same: 1000}),
		deskPage("sheetwallet", site.SheetPage, hoa, &SheetPage{SheetJob: job("products", SheetDraft), New: 1, OwnKey: true}),
		deskPage("sheetpeople", site.SheetPage, hoa, &SheetPage{SheetJob: job("members", SheetDraft), New: 1, AlikeCount: 1, Alike: rows}),
		deskPage("invitedall", site.InvitedAll, hoa, &InvitedAll{Org: card.Org, Host: card.Host, List: []Invited{card, card}}),
		deskPage("sheetworking", site.SheetPage, hoa, &SheetPage{SheetJob: job("plots", JobWorking)}),
		deskPage("sheetdone", site.SheetPage, hoa, &SheetPage{SheetJob: job("plots", JobReady), New: 990, Changed: 2, Same: 8}),
		deskPage("sheetfailed", site.SheetPage, hoa, &SheetPage{SheetJob: job("plots", JobFailed), Fault: "conflict"}),
	}
}

// TestSheetDrafts: a preview with a wrong row cannot be recorded, nor one that says
// nothing new, nor by whose key is in a wallet; each row that is like another asks.
func TestSheetDrafts(t *testing.T) {
	const button = `<button class="primary">`
	for _, p := range sheetPages() {
		var b bytes.Buffer
		if err := p.write(&b, Vietnamese); err != nil {
			t.Fatal(err)
		}
		if may := strings.Contains(b.String(), button); strings.HasPrefix(p.name, "sheet") && p.name != "sheets" && p.name != "sheettrouble" && may != (p.name == "sheetdraft" || p.name == "sheetpeople") {
			t.Errorf("%s can be recorded: %v", p.name, may)
		}
	}
}
