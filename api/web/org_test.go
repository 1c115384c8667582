package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// orgPages are samples of the pages of organisations and of who joins one.
func orgPages() []pageOf {
	stranger := Reader{Path: "/join/x"}
	coop := trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}
	hoa := Reader{Path: "/org", Me: &Me{Name: "Nguyễn Thị Hoa", Org: coop, Kind: ledger.KindCoop, Roles: ledger.Roles}}
	alone := Reader{Path: "/me", Me: &Me{Name: "Nguyễn Thị Hoa"}}
	at := ledger.Time(1780000000000)
	long := strings.Repeat("Hợptácxãnôngnghiệp", 6)
	draft := url.Values{"name": {coop.VI}, "phone": {"abc"}, "codes": {"gs1"}}
	code := QR{Size: 41, Path: strings.Repeat("M0 0h7v1h-7z", 40)}
	link := "https://truyxuat.example/join/" + strings.Repeat("Ab9_", 16)
	member := Colleague{ID: "1f", Name: "Trần Văn An", Roles: []ledger.Role{ledger.RoleRecorder}, Custody: "node", Since: at, Last: at}
	waits := Colleague{ID: "2f", Name: long, Roles: ledger.Roles, Waits: true}
	gone := Colleague{ID: "3f", Roles: []ledger.Role{ledger.RoleAdmin}, Since: at, Gone: true}
	down := Colleague{ID: "4f", Name: "Ba", Roles: []ledger.Role{ledger.RoleAdmin}, Custody: "wallet", Since: at, Suspended: true, Me: true}
	lost := member
	lost.Custody = "wallet"
	join := Join{Org: coop, By: "Nguyễn Thị Hoa", Roles: []ledger.Role{ledger.RoleRecorder}, Until: at, Name: "Trần Văn An", Link: link, SignIn: "/signin?next=%2Fjoin%2Fx"}
	fixed, android, apple, mine, belongs := join, join, join, join, join
	fixed.Phone, fixed.PhoneFixed, fixed.Form = "+84912345678", true, Form{Wrong: map[string]string{"phone": "conflict", "pin": "invalid"}}
	android.App = InAppOf("Mozilla/5.0 (Linux; Android 13) Zalo android", link)
	apple.App = InAppOf("Mozilla/5.0 (iPhone) [FBAN/MessengerForiOS]", link)
	withPassword := join
	withPassword.Password = true
	mine.Me = "Trần Văn An"
	belongs.Me, belongs.Belongs = "Trần Văn An", true
	return []pageOf{
		deskPage("signup", site.SignUp, stranger, &SignUp{Form: Form{Values: url.Values{"name": {"Hoa"}}, Wrong: map[string]string{"identifier": "conflict", "password": "short"}}, Next: "/apply"}),
		deskPage("apply", site.Apply, alone, &Apply{Room: 5, New: true}),
		deskPage("apply-again", site.Apply, alone, &Apply{
			Org: "1f", Form: Form{Values: draft, Wrong: map[string]string{"phone": "missing", "kind": "missing", "document": "invalid"}}, Codes: "gs1", Kind: "coop",
			Communes: []Option{{Value: "07234", Text: "Lục Ngạn, Bắc Ninh"}}, Missing: []string{"kind", "number", "commune", "address", "phone", "about", "gs1", "licence"},
			Documents: []Attached{{"/apply/1f/documents/x", "remove:x", long + ".pdf", 3 << 20}}, Room: 4, Refused: "Thiếu giấy chứng nhận.",
		}),
		deskPage("applied-sent", site.Applied, alone, &Applied{Org: "1f", State: "sent", Since: at, Rows: []ApplyRow{{"name", coop.VI}, {"about", long}}}),
		deskPage("applied-admitted", site.Applied, hoa, &Applied{Org: "1f", State: "admitted", Since: at, Reason: "Đủ giấy tờ.", Issuer: "HTX1", Prefix: "8935001", Documents: []Attached{{Path: "/x", Name: "giấy.pdf"}}}),
		deskPage("applied-refused", site.Applied, alone, &Applied{Org: "1f", State: "refused", Since: at, Reason: "Thiếu giấy tờ.", Form: Form{Wrong: map[string]string{"": "conflict"}}}),
		deskPage("org", site.Org, hoa, &Org{Name: coop, Kind: ledger.KindCoop, About: coop, Address: coop, Phone: "0204 000 0101", Web: "https://vai.example.vn", Since: at, Issuers: []string{"HTX1"}, Prefixes: []string{"8935001"}, Members: 31, Waiting: 2, Invitations: 3, Admin: true}),
		deskPage("org-member", site.Org, hoa, &Org{Name: coop, Kind: ledger.KindCoop, Since: at, Members: 2}),
		deskPage("org-pictured", site.Org, hoa, &Org{Name: coop, Kind: ledger.KindCoop, Since: at, Members: 2, Admin: true, Picture: "/org/picture"}),
		deskPage("orgprofile", site.OrgProfile, hoa, &OrgProfile{Form: Form{Values: url.Values{"name": {coop.VI}, "about": {long}, "phone": {"abc"}}, Wrong: map[string]string{"phone": "invalid", "picture": "too_large"}}, Picture: "/org/picture", Communes: []Option{{Value: "07234", Text: "Lục Ngạn, Bắc Ninh"}}}),
		deskPage("orgprofile-private", site.OrgProfile, hoa, &OrgProfile{Private: true}),
		deskPage("org-settings", site.OrgSettings, hoa, &OrgSettings{TwoFactors: true}),
		deskPage("members", site.Colleagues, hoa, &Colleagues{List: []Colleague{waits, member, gone, down}, Admin: true}),
		deskPage("members-plain", site.Colleagues, hoa, &Colleagues{List: []Colleague{member, gone, down}}),
		deskPage("member", site.Member, hoa, &Member{Colleague: member, Form: Form{Wrong: map[string]string{"member": "forbidden", "reason": "invalid"}}, Why: "Đổi việc."}),
		deskPage("member-me", site.Member, hoa, &Member{Colleague: down, Form: Form{Wrong: map[string]string{"": "lastadmin"}}}),
		deskPage("member-waits", site.Member, hoa, &Member{Colleague: waits, Form: Form{Wrong: map[string]string{"": "lastadmin"}}}),
		deskPage("member-gone", site.Member, hoa, &Member{Colleague: gone}),
		deskPage("member-lost", site.Member, hoa, &Member{Colleague: lost, Lost: true, Why: "Đổi việc.", Changed: at, Form: Form{Wrong: map[string]string{"lost": "conflict"}}}),
		deskPage("handed", site.Handed, hoa, &Handed{Name: "Trần Văn An", Link: link, Until: at, QR: code, Back: "/org/members"}),
		deskPage("deeds", site.Deeds, hoa, &Deeds{Admin: true, Next: "/org/history?page=x", List: []Deed{
			{At: at, Who: "Trần Văn An", What: "traceability.capture", N: 3, Steps: []string{"https://ref.gs1.org/cbv/BizStep-packing", "harvesting", "urn:x:weighing"}, Receipt: "/api/v1/receipts/7"},
			{At: at, Who: "Nguyễn Thị Hoa", What: "registry.member", N: 1, About: []string{"Trần Văn An"}, Receipt: "/api/v1/receipts/6"},
			{At: at, What: "dataset.publish", Words: "Công bố dữ liệu (publish a dataset)", N: 1, Receipt: "/api/v1/receipts/5"},
		}}),
		deskPage("deeds-none", site.Deeds, hoa, &Deeds{}),
		deskPage("invitations", site.Invitations, hoa, &Invitations{Form: Form{Wrong: map[string]string{"roles": "invalid"}}, Roles: []ledger.Role{ledger.RoleRecorder}, List: []Invitation{
			{ID: "1", Name: long, Roles: ledger.Roles, Until: at, By: "Hoa"}, {ID: "2", Phone: "+84912345678", Until: at}, {ID: "3", Until: at},
		}}),
		deskPage("invited", site.Invited, hoa, &Invited{Org: coop, Name: "Trần Văn An", Link: link, Host: "truyxuat.example", Until: at, QR: code}),
		deskPage("join", site.Join, stranger, &join),
		deskPage("join-password", site.Join, stranger, &withPassword),
		deskPage("join-fixed", site.Join, stranger, &fixed),
		deskPage("join-android", site.Join, stranger, &android),
		deskPage("join-apple", site.Join, stranger, &apple),
		deskPage("join-me", site.Join, alone, &mine),
		deskPage("join-belongs", site.Join, alone, &belongs),
		deskPage("lapsed", site.Lapsed, stranger, &Lapsed{}),
		deskPage("me-alone", site.Me, alone, &MyHome{}),
		deskPage("me-applies", site.Me, alone, &MyHome{Waiting: []trace.Text{coop}, Applications: []MyApplication{
			{"/apply/1f", "", "draft", at, ""}, {"/apply/2f", long, "sent", at, ""}, {"/apply/3f", "Hộ Hoa", "refused", at, "Thiếu giấy tờ."},
		}}),
		deskPage("me-begins", site.Me, hoa, &MyHome{Admin: true, Alone: true, ToConfirm: 2, Record: true, Coming: 3, Recalled: 2, Recalls: 1}),
		deskPage("me-down", site.Me, alone, &MyHome{Down: true}),
		deskPage("me-down-org", site.Me, alone, &MyHome{Down: true, DownOrg: true, DownSince: at, DownWhy: "Mất giấy phép."}),
		deskPage("me-down-me", site.Me, alone, &MyHome{Down: true, DownWhy: long}),
		deskPage("desk-people", site.DeskPeople, hoa, &DeskPeople{Search: "0912 345 678", Found: &DeskPerson{ID: "1f", Name: "Nguyễn Thị Hoa", Phone: "+84912345678", Email: "hoa@example.vn", Orgs: []trace.Text{coop, coop}}}),
		deskPage("desk-people-none", site.DeskPeople, hoa, &DeskPeople{Search: "x"}),
	}
}

// TestInApp: chat applications are told by their browsers' names, and no browser of
// its own is.
func TestInApp(t *testing.T) {
	const link = "https://truyxuat.example/join/Ab9_-"
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 13; SM-A135F) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36 Zalo android/23010688 ZaloTheme/light":   "Zalo",
		"Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 Version/4.0 Chrome/119.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/440.0.0.30.105;]":            "Facebook",
		"Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 Version/4.0 Chrome/119.0 Mobile Safari/537.36 [FB_IAB/Orca-Android;FBAV/436.0.0.30.111;]":    "Messenger",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/MessengerForiOS;FBAV/436.0.0.30.111]":               "Messenger",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 307.0.0.28.100":                                 "Instagram",
		"Mozilla/5.0 (Linux; Android 10; wv) Chrome/119.0 Mobile Safari/537.36 musical_ly_2023107030 BytedanceWebview/d8a21c6":                               "TikTok",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari Line/13.18.1":                                      "LINE",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.42":                                    "WeChat",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36":                                    "",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1":            "",
		"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36": "",
		"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0":                                                                             "",
		"facebookexternalhit/1.1": "",
		"":                        "",
	} {
		in := InAppOf(agent, link)
		switch {
		case want == "" && in != nil:
			t.Errorf("%q is taken for %s", agent, in.Name)
		case want == "":
		case in == nil || in.Name != want:
			t.Errorf("%q is %v, not %s", agent, in, want)
		case strings.Contains(agent, "Android") != (in.Open != ""):
			t.Errorf("%s: %q", agent, in.Open)
		case in.Open != "":
			head, tail, _ := strings.Cut(string(in.Open), "#Intent;scheme=https;")
			back, _, _ := strings.Cut(tail[strings.Index(tail, "S.browser_fallback_url=")+len("S.browser_fallback_url="):], ";")
			if plain, err := url.QueryUnescape(back); head != "intent://truyxuat.example/join/Ab9_-" || err != nil || plain != link || !strings.HasSuffix(tail, ";end") {
				t.Errorf("%s", in.Open)
			}
		}
	}
}

func TestDeeds(t *testing.T) {
	for _, c := range []struct {
		deed   Deed
		vi, en string
	}{
		{Deed{What: "traceability.capture", N: 2, Steps: []string{"harvesting", "packing"}}, "ghi sổ 2 việc: thu hoạch, đóng gói", "recorded 2 events: harvested, packed"},
		{Deed{What: "registry.member", N: 1, About: []string{"Hoa"}}, "đổi quyền của 1 thành viên: Hoa", "changed what 1 members may do: Hoa"},
		{Deed{What: "x.y", Words: "Công bố dữ liệu (publish a dataset)"}, "Công bố dữ liệu", "Publish a dataset"},
		{Deed{What: "x.y", Words: "nothing to cut"}, "Nothing to cut", "Nothing to cut"},
	} {
		for lang, want := range map[Lang]string{Vietnamese: c.vi, English: c.en} {
			if got, err := (words{lang: lang, texts: texts[lang]}).deed(c.deed); err != nil || got != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		}
	}
}
