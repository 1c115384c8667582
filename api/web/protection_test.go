package web

import (
	"bytes"
	"net/url"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// protectionPages are samples of what is about plant protection.
func protectionPages() []pageOf {
	hoa := Reader{Path: "/record", Done: "recorded", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: both("Hợp tác xã Vải thiều", "Lychee Cooperative"), Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder},
	}}
	crop := Crop{ID: batch, Name: both("Vải thiều chính vụ, vườn V1", "Main-season lychee, orchard V1"), Path: "/record?crop=1", Chosen: true}
	known := Input{Kind: InputProtection, On: "2026-06-12", Product: "Thuốc trừ bệnh mẫu B", Active: "mancozeb 800 g/kg", Dose: "2 kg/ha", Interval: 14}
	unknown := Input{Kind: InputProtection, On: "2026-06-12", Product: "Thuốc lạ mua ở chợ phiên thị trấn", Dose: "hai bình"}
	banned := known
	banned.Product, banned.Banned = "Thuốc trừ cỏ mẫu X", "Danh mục cấm (mẫu)"
	safe, shot := at("2026-06-27 00:00"), "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
	for_ := both("Trần Văn An", "Trần Văn An")
	waits := Sprayed{Event: "urn:uuid:1", Next: "urn:uuid:2", Input: unknown, Crop: crop.Name, Pending: true, Label: shot, Path: "/record/confirm?event=1", Back: "/record"}
	return []pageOf{
		deskPage("waiting crop", site.Record, hoa, &Record{Crops: []Crop{crop}, Tasks: []Task{{"spraying", "/record/new/spraying"}}, Safe: safe, ToConfirm: 2}),
		deskPage("suggested", site.TaskForm, hoa, &TaskForm{
			Task: "spraying", TakesInput: true, Crop: crop, Event: "urn:uuid:1", At: "2026-06-12T07:00", Audience: "parties",
			Products: []Product{{"Thuốc trừ bệnh mẫu B", "mancozeb 800 g/kg", "2 kg/ha", 14}}, Banned: []Banned{{Substance: "paraquat", Rule: banned.Banned}}, AskLabel: true,
			Form: Form{Values: url.Values{"input": {unknown.Product}, "audience": {"parties"}}, Wrong: map[string]string{"label": "invalid"}},
		}),
		deskPage("sprayed", site.Sprayed, hoa, &Sprayed{Input: known, Crop: crop.Name, Safe: safe, Least: 21, Back: "/record"}),
		deskPage("sprayed something unknown", site.Sprayed, hoa, &waits),
		deskPage("sprayed something forbidden", site.Sprayed, hoa, &Sprayed{Input: banned, Crop: crop.Name, For: for_, Back: "/record?for=1"}),
		deskPage("sprayed something else", site.Sprayed, hoa, &Sprayed{Input: known, Crop: crop.Name, Safe: safe, Restricted: "Danh mục hạn chế dùng (mẫu)", OtherCrop: true, Back: "/record"}),
		deskPage("sprayed something free", site.Sprayed, hoa, &Sprayed{Input: known, Crop: crop.Name, Free: true, Back: "/record"}),
		deskPage("sprayed without days", site.Sprayed, hoa, &Sprayed{Input: known, Crop: crop.Name, Back: "/record"}),
		deskPage("to confirm", site.Confirm, hoa, &Confirm{List: []Sprayed{waits, waits}, Others: []Principal{{for_, "/record/confirm?for=1"}}}),
		deskPage("nothing to confirm", site.Confirm, hoa, &Confirm{}),
		deskPage("confirm", site.Confirm, hoa, &Confirm{One: &waits, For: for_, Member: "1", Form: Form{Values: url.Values{"interval": {"abc"}}, Wrong: map[string]string{"interval": "invalid"}}}),
		deskPage("expiring", site.Me, hoa, &MyHome{Record: true, Members: []MyMembership{{Org: hoa.Me.Org, Chosen: true}}, Expiring: []Certificate{
			{Certificate: trace.Certificate{Scheme: trace.SchemeVietGAP, Number: "VietGAP-TT-13-24-0102", Until: safe}},
			{Certificate: trace.Certificate{Scheme: "https://halal.example/", Number: "7", Until: safe}},
		}}),
		{"crop", func(b *bytes.Buffer, l Lang) error { return site.Passport(b, l, forbiddenPassport(safe)) }},
	}
}

// forbiddenPassport is of a crop in its interval, on which something forbidden is.
func forbiddenPassport(safe ledger.Time) *Passport {
	p := lycheePassport()
	p.State, p.Waiting, p.Banned = StateAttention, safe, "Danh mục cấm (mẫu)"
	p.Growing = &Growing{Inputs: []Input{{Kind: InputProtection, On: "2026-06-12", Product: "Thuốc trừ cỏ mẫu X", Active: "glyphosate 480 g/l", Interval: 14, Banned: p.Banned}}}
	return p
}
