package web

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// accountPages are samples of the pages on which people look after their account.
func accountPages() []pageOf {
	stranger := Reader{Path: "/reset"}
	hoa := Reader{Path: "/account", Me: &Me{Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều"}, Kind: ledger.KindCoop}}
	wrong := func(field, what string) Form {
		return Form{Values: url.Values{"name": {"Nguyễn Thị Hoa"}, "phone": {"09"}, "language": {"vi"}}, Wrong: map[string]string{field: what}}
	}
	seen := at("2026-06-03 18:20")
	key := []Passkey{{"1", "Chrome · Android", seen, seen}}
	vneid := []Provider{{"https://id.example.vn", "VNeID"}}
	app := App{Action: "/account/codes/app", Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Address: "otpauth://totp/x:Hoa?secret=JBSWY3DP", QR: QR{Size: 29, Path: "M1 1h1v1h-1z"}}
	enrol := app
	enrol.Action, enrol.Next, enrol.Enrol, enrol.Passkey, enrol.Form = "/signin/enrol", "/me", true, true, wrong("code", "unauthenticated")
	var events []Happened
	for i, what := range []string{"signed_in", "sign_in_failed", "passkey_added", "link_made", "joined", "password_set"} {
		h := Happened{What: what, At: seen, Browser: "Chrome · Android", Address: "2001:db8::1"}
		switch i {
		case 0, 1:
			h.Method = "password"
		case 2:
			h.Name = strings.Repeat("máy rất dài ", 8)
		case 3:
			h.Link, h.By = "reset", "Trần Văn Bình"
		case 4:
			h.Org = trace.Text{VI: "Hợp tác xã Vải thiều"}
		}
		events = append(events, h)
	}
	return []pageOf{
		deskPage("account", site.Account, hoa, &Account{Name: "Nguyễn Thị Hoa", Phone: "+84912345678", Email: "hoa@example.vn", Language: Vietnamese, Password: seen, PIN: true, Devices: 2, Passkeys: 1, Codes: true, Recovery: 8, External: 1, Sessions: 3}),
		deskPage("account.new", site.Account, hoa, &Account{Name: "Nguyễn Thị Hoa", Language: English, Next: NextPasskey, CanPasskey: true, CanExternal: true, Sessions: 1}),
		deskPage("person", site.Person, hoa, &Person{Form: wrong("phone", "invalid")}),
		deskPage("person.unproved", site.Person, hoa, &Person{ToProve: "hoa.moi@example.vn", Counts: "hoa@example.vn", Mail: true}),
		deskPage("person.nomail", site.Person, hoa, &Person{ToProve: strings.Repeat("hoa", 30) + "@example.vn"}),
		deskPage("account.unproved", site.Account, hoa, &Account{Name: "Nguyễn Thị Hoa", Language: Vietnamese, ToProve: "hoa@example.vn", Sessions: 1}),
		deskPage("address", site.Address, stranger, &Address{Name: "Nguyễn Thị Hoa", Email: "hoa@example.vn"}),
		deskPage("address.taken", site.Address, stranger, &Address{Taken: true}),
		deskPage("gone.address", site.Gone, stranger, &Gone{Address: true}),
		deskPage("password", site.Password, hoa, &Password{Form: wrong("password", "short"), Username: "+84912345678", Has: true}),
		deskPage("sessions", site.Sessions, hoa, &Sessions{Sessions: []Session{{"1", "Chrome · Android", "password", seen, seen, true}, {"2", "", "passkey", seen, seen, false}}}),
		deskPage("history", site.History, hoa, &History{Events: events, More: true}),
		deskPage("device", site.Device, hoa, &Device{Form: wrong("pin", "invalid"), PIN: true, Devices: []KnownDevice{{"1", "Chrome · Android", seen, seen, true, true}, {"2", "", seen, seen, false, false}}}),
		deskPage("device.none", site.Device, hoa, &Device{}),
		deskPage("passkeys", site.Passkeys, hoa, &Passkeys{Form: wrong("", "last"), Can: true, Name: "Chrome · Android", Passkeys: key}),
		deskPage("passkeys.none", site.Passkeys, hoa, &Passkeys{Can: true}),
		deskPage("codes", site.Codes, hoa, &Codes{On: true, Recovery: 2, Asked: true}),
		deskPage("codes.off", site.Codes, hoa, &Codes{}),
		deskPage("app", site.App, hoa, &app),
		deskPage("enrol", site.App, stranger, &enrol),
		deskPage("recovery", site.Recovery, stranger, &Recovery{Codes: []string{"ABCDEFGH-JKLMNPQR", "BCDEFGHJ-KLMNPQRS"}, Next: "/me", Whose: "Nguyễn Thị Hoa"}),
		deskPage("external", site.External, hoa, &External{Form: wrong("", "taken"), Linked: []LinkedSignIn{{"1", "VNeID", "Nguyễn Thị Hoa", seen, seen}}, Providers: vneid}),
		deskPage("external.none", site.External, hoa, &External{Providers: vneid}),
		deskPage("leave", site.Leave, stranger, &Leave{Provider: "VNeID", To: "https://id.example.vn/authorize?state=x"}),
		deskPage("reset", site.Reset, stranger, &Reset{Mail: true, Form: Form{Later: 3600, Wrong: map[string]string{"": "unavailable"}}}),
		deskPage("reset.sent", site.Reset, stranger, &Reset{Mail: true, Sent: true}),
		deskPage("reset.handed", site.Reset, stranger, &Reset{}),
		deskPage("fresh", site.Fresh, stranger, &Fresh{Form: wrong("password", "common"), Name: "Nguyễn Thị Hoa", Username: "+84912345678", Phone: true}),
		deskPage("setup", site.SetUp, stranger, &SetUp{Form: wrong("email", "invalid")}),
		deskPage("gone", site.Gone, stranger, &Gone{}),
		deskPage("gone.setup", site.Gone, stranger, &Gone{SetUp: true}),
	}
}

// What happens to accounts, and by what, has words.
func TestAccountWords(t *testing.T) {
	for _, n := range []NextStep{NextSecond, NextContact, NextRecovery, NextPassword, NextPasskey} {
		for _, part := range []string{"", ".why", ".go"} {
			if texts[Vietnamese]["account.next."+string(n)+part] == "" {
				t.Errorf("no words for the next step %s%s", n, part)
			}
		}
		if !strings.HasPrefix(n.Path(), "/account/") {
			t.Errorf("%s leads to %s", n, n.Path())
		}
	}
	v := Account{CanPasskey: true, CanExternal: true, Language: Vietnamese}
	var names []string
	for _, g := range v.Groups() {
		for _, way := range g.Ways {
			names = append(names, way.Name)
		}
	}
	if want := []string{"person", "password", "device", "passkeys", "codes", "external", "data", "behalf", "keys", "tokens", "sessions", "history"}; !slices.Equal(names, want) {
		t.Errorf("the overview leads to %v", names)
	}
	for seconds, want := range map[int]string{1: "1 giây", 99: "99 giây", 100: "2 phút", 3600: "60 phút", 2 * 3600: "2 giờ", 30 * 24 * 3600: "720 giờ"} {
		got, err := words{Vietnamese, texts[Vietnamese]}.wait(seconds)
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%d s: %q, %v", seconds, got, err)
		}
	}
}

func TestResetLetter(t *testing.T) {
	for _, lang := range []Lang{Vietnamese, English, ""} {
		subject, text := site.ResetLetter(lang, "Hoa", "https://sogoc.example/reset/x")
		if !strings.Contains(subject, "Sổ Gốc Bắc Ninh") || !strings.Contains(text, "\nhttps://sogoc.example/reset/x\n") || strings.Contains(text+subject, "{") || strings.ContainsAny(subject, "\r\n") {
			t.Errorf("%s: %q %q", lang, subject, text)
		}
	}
}

// TestShownOnce: a page that shows something once offers no other language, which would
// lose it.
func TestShownOnce(t *testing.T) {
	for _, s := range samplePages() {
		var b bytes.Buffer
		if err := s.write(&b, Vietnamese); err != nil {
			t.Fatal(err)
		}
		once := slices.Contains([]string{"recovery", "handed", "invited", "invitedall", "token made", "pass-made"}, s.name)
		if offers := strings.Contains(b.String(), `class="lang"`); offers == once {
			t.Errorf("%s offers another language: %v", s.name, offers)
		}
	}
}
