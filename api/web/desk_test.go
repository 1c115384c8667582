package web

import (
	"bytes"
	"io"
	"net/url"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// deskPages are samples of the pages of people who are signed in, or about to be.
func deskPages() []pageOf {
	stranger := Reader{Path: "/signin?next=%2Fme"}
	hoa := Reader{Path: "/me", Done: "signed_out", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder}, Several: true,
	}}
	refused := Form{Values: url.Values{"identifier": {"0912 345 678"}}, Wrong: map[string]string{"": "unauthenticated"}, Later: 4}
	crop := Crop{ID: batch, Name: trace.Text{VI: "Vải thiều chính vụ, vườn V1", EN: "Main-season lychee, orchard V1"}, Path: "/record?crop=1", Chosen: true}
	tasks := []Task{{"spraying", "/record/new/spraying"}, {"fertilising", "/record/new/fertilising"}, {"irrigating", "/record/new/irrigating"}, {"pruning", "/record/new/pruning"}, {"inspecting", "/record/new/inspecting"}, {"noting", "/record/new/noting"}}
	at := ledger.TimeOf(time.Date(2026, 6, 3, 7, 0, 0, 0, time.UTC))
	return []pageOf{
		deskPage("door", site.SignIn, stranger, &SignIn{Form: refused, Next: "/me", Passkeys: true, Providers: []Provider{{"https://id.example.vn", "VNeID"}}}),
		deskPage("record", site.Record, hoa, &Record{Crops: []Crop{crop, {ID: batch, Name: trace.Text{VI: "Vườn V2"}, Path: "/record?crop=2"}}, Tasks: tasks, Harvest: "/batches/new?crop=1", For: trace.Text{VI: "Trần Văn An"}, Queue: &Queue{As: "1"}}),
		deskPage("record for others", site.Record, hoa, &Record{Crops: []Crop{crop}, Tasks: tasks, Queue: &Queue{As: "1"}, Others: []Principal{{trace.Text{VI: "Trần Văn An"}, "/record?for=1"}, {trace.Text{VI: "Nguyễn Thị Bình"}, "/record?for=2"}}}),
		deskPage("offline", func(w io.Writer, r Reader, _ *struct{}) error { return site.Offline(w, r) }, Reader{Path: "/record/offline"}, nil),
		deskPage("norecord", site.Record, hoa, &Record{}),
		deskPage("spray", site.TaskForm, hoa, &TaskForm{
			Task: "spraying", TakesInput: true, Crop: crop, Event: "urn:uuid:1", At: "2026-06-03T07:00", Audience: "parties",
			Last: &Input{Product: "Thuốc mẫu D", Active: "azoxystrobin 250 g/l", Dose: "0,5 l/ha", Interval: 7},
			Form: Form{Values: url.Values{"input": {""}, "audience": {"public"}}, Wrong: map[string]string{"input": "invalid", "crop": "not_found"}},
		}),
		deskPage("irrigate", site.TaskForm, hoa, &TaskForm{Queue: &Queue{As: "1"}, Path: "/record/new/irrigating", Back: "/record", Task: "irrigating", TakesInput: true, Crop: crop, At: "2026-06-03T07:00", Audience: "parties"}),
		deskPage("note", site.TaskForm, hoa, &TaskForm{Task: "noting", Crop: crop, At: "2026-06-03T07:00", Audience: "parties"}),
		deskPage("records", site.Records, hoa, &Records{MayWithdraw: true, More: "/record/mine?token=x", List: []OwnRecord{
			{Event: "urn:uuid:1", Word: "https://sogoc.github.io/vocab/spraying", What: crop.Name, Link: "/01/1", Time: at, Recorded: at, By: "Nguyễn Thị Hoa", Mine: true, Photo: true, Audience: ledger.Parties, OnBehalf: true, For: trace.Text{VI: "Trần Văn An"}, Typist: trace.Text{VI: "Hợp tác xã Vải thiều"}},
			{Event: "urn:uuid:2", Word: "harvesting", What: crop.Name, Link: "/01/1", Time: at, Recorded: at, Audience: ledger.Public, Withdrawn: true},
		}}),
		deskPage("norecords", site.Records, hoa, &Records{}),
		deskPage("behalf", site.Behalf, hoa, &Behalf{
			Mine:  []Mandate{{"1", trace.Text{VI: "Hợp tác xã Vải thiều"}, at, 0, true}, {"2", trace.Text{VI: "Tổ công nghệ số cộng đồng"}, at, at, false}},
			Given: []Mandate{{"3", trace.Text{VI: "Trần Văn An"}, at, at, true}}, MayRecord: true, Link: "https://sogoc.example/behalf/00000000000000000000000000000001",
		}),
		deskPage("nobehalf", site.Behalf, hoa, &Behalf{}),
		deskPage("mandate", site.MandateForm, hoa, &MandateForm{Org: "1", Name: trace.Text{VI: "Hợp tác xã Vải thiều"}}),
		deskPage("mandated", site.MandateForm, hoa, &MandateForm{Org: "1", Name: trace.Text{VI: "Hợp tác xã Vải thiều"}, Given: true, Until: at}),
		deskPage("pin", site.SignIn, stranger, &SignIn{Form: Form{Wrong: map[string]string{"pin": "unauthenticated"}}, Next: "/me", PIN: true}),
		deskPage("code", site.Code, stranger, &Code{Next: "/me", Needs: "code", Passkeys: true, Remember: true}),
		deskPage("code.passkey", site.Code, stranger, &Code{Next: "/me", Needs: "passkey", Passkeys: true}),
		deskPage("prove", site.Prove, hoa, &Prove{Next: "/me", Password: true, PIN: true, Passkey: true, Username: "+84912345678"}),
		deskPage("prove.code", site.Prove, hoa, &Prove{Next: "/me", Code: true, Providers: []Provider{{"https://id.example.vn", "VNeID"}}}),
		deskPage("prove.none", site.Prove, hoa, &Prove{Next: "/me"}),
		deskPage("me", site.Me, hoa, &MyHome{Members: []MyMembership{{"1f", trace.Text{VI: "Hợp tác xã Vải thiều"}, true}, {"2e", trace.Text{VI: "Công ty Bình Minh"}, false}}}),
	}
}

func deskPage[V any](name string, write func(io.Writer, Reader, V) error, r Reader, v V) pageOf {
	return pageOf{name, func(b *bytes.Buffer, l Lang) error {
		r.Lang = l
		return write(b, r, v)
	}}
}
