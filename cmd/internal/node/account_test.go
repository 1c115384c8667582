package node_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/mail"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// says reports whether a page has words, as they stand in it.
func (a *answer) says(words string) bool { return strings.Contains(string(a.body), words) }

// leads ends the test unless the answer leads to an address.
func (s *site) leads(a *answer, to string) {
	s.Helper()
	s.must(a, http.StatusSeeOther)
	if got := a.Header.Get("Location"); got != to {
		s.Fatalf("%s %s leads to %s, not %s", a.Request.Method, a.Request.URL, got, to)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.person("Trần Thị Hoa", "hoa@example.vn")
	s.person("Bình", "binh@example.vn")
	here, other := s.signIn("hoa@example.vn"), s.signIn("hoa@example.vn")

	page := s.must(here.get("/account"), http.StatusOK)
	for _, want := range []string{"Trần Thị Hoa", "hoa@example.vn", "2 máy", `href="/account/history"`, "Thêm vân tay, khuôn mặt"} {
		if !page.says(want) {
			t.Errorf("the overview does not say %q", want)
		}
	}

	refused := s.must(here.post("/account/person", "name", "Hoa", "phone", "12", "language", "vi"), http.StatusBadRequest)
	if !refused.says(`value="12"`) || !refused.says("Chưa phải số điện thoại") {
		t.Errorf("%s", refused)
	}
	// Another's address counts for nothing, and whether it has an account is not told.
	s.leads(here.post("/account/person", "name", "Hoa", "email", "binh@example.vn", "language", "vi"), "/account/person?done=person")
	here.says("/account/person", "binh@example.vn chưa được xác nhận")
	changed := here.post("/account/person", "name", "Trần Hoa", "phone", "0912 345 678", "email", "hoa@example.vn", "language", "en")
	s.leads(changed, "/account?done=person")
	if page := here.get("/account?done=person"); !page.says(`lang="en"`) || !page.says("Saved.") || !page.says("Trần Hoa") || !page.says("0912 345 678") {
		t.Errorf("%s", page)
	}
	s.leads(here.post("/account/person", "name", "Trần Hoa", "phone", "0912 345 678", "email", "hoa@example.vn", "language", "vi"), "/account?done=person")

	for bad, want := range map[string]string{"short": "ít nhất 15", "aaaaaaaaaaaaaaaaaaa": "dễ đoán", "trần hoa 0912345678": "Mật khẩu chứa tên"} {
		refused := s.must(here.post("/account/password", "password", bad), http.StatusBadRequest)
		if !refused.says(want) || refused.says(bad) {
			t.Errorf("%q: %s", bad, refused)
		}
	}
	const next = "bưởi Phúc Trạch thơm lừng ngõ"
	s.leads(here.post("/account/password", "password", next), "/account?done=password")
	s.must(here.get("/account"), http.StatusOK)
	s.leads(other.get("/account"), "/signin?next=%2Faccount") // the other browser is signed out
	s.must(other.post("/signin", "identifier", "hoa@example.vn", "password", password), http.StatusUnauthorized)
	s.leads(other.post("/signin", "identifier", "0912345678", "password", next), "/me")

	sessions, err := s.Accounts.Sessions(t.Context(), a.ID)
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions, %v", len(sessions), err)
	}
	page = s.must(here.get("/account/sessions"), http.StatusOK)
	if n := strings.Count(string(page.body), `name="id"`); n != 2 || strings.Count(string(page.body), "known-good") != 1 {
		t.Errorf("%d sessions on the page", n)
	}
	mine := sessionOf(t, s, here)
	for _, x := range sessions {
		if x.ID != mine {
			s.leads(here.post("/account/sessions/end", "id", x.ID), "/account/sessions?done=session")
		}
	}
	s.leads(other.get("/account"), "/signin?next=%2Faccount")
	other = s.signInAs("hoa@example.vn", next)
	s.leads(here.post("/account/sessions/all"), "/account/sessions?done=sessions")
	s.leads(other.get("/account"), "/signin?next=%2Faccount")
	s.must(here.get("/account"), http.StatusOK)

	page = s.must(here.get("/account/history"), http.StatusOK)
	for _, want := range []string{"Đăng xuất mọi nơi", "Đặt mật khẩu mới", "Đăng nhập không thành công</b> bằng mật khẩu", "Đổi tên, liên lạc", "127.0.0.1", "Không phải tôi làm?"} {
		if !page.says(want) {
			t.Errorf("the history does not say %q", want)
		}
	}
	s.leads(here.post("/account/sessions/end", "id", mine), "/signin?done=signed_out")
	s.leads(here.get("/account"), "/signin?next=%2Faccount")
}

// sessionOf is a browser's session.
func sessionOf(t *testing.T, s *site, b *browser) string {
	t.Helper()
	u, err := url.Parse(publicURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = strings.TrimPrefix(s.URL, "http://")
	for _, k := range b.jar.Cookies(u) {
		if k.Name == "__Host-sogoc" {
			x, err := s.Accounts.Session(t.Context(), k.Value)
			if err != nil {
				t.Fatal(err)
			}
			return x.ID
		}
	}
	t.Fatal("the browser has no session")
	return ""
}

func (s *site) signInAs(identifier, password string) *browser {
	s.Helper()
	b := s.browser()
	s.must(b.post("/signin", "identifier", identifier, "password", password), http.StatusSeeOther)
	return b
}

// TestPIN: on the device that it was set on, and gone after five wrong ones.
func TestPIN(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	b := s.signIn("hoa@example.vn")
	if refused := s.must(b.post("/account/device", "pin", "123456"), http.StatusBadRequest); !refused.says("không dễ đoán") || refused.says("123456\"") {
		t.Errorf("%s", refused)
	}
	if page := b.get("/account/device"); !page.says("Chưa nhớ máy nào") {
		t.Error("a PIN that was refused has the device remembered")
	}
	s.leads(b.post("/account/device", "pin", "274915"), "/account/device?done=pin")
	if page := b.get("/account/device"); !page.says("Có mã PIN") || !page.says("Máy này") {
		t.Errorf("%s", page)
	}
	s.leads(b.post("/prove", "by", "pin", "pin", "274915", "next", "/account/codes"), "/account/codes")
	s.must(b.post("/prove", "by", "pin", "pin", "274916"), http.StatusUnauthorized)
	s.must(b.post("/signout"), http.StatusSeeOther)

	if page := b.get("/signin"); !page.says(`action="/signin/pin"`) {
		t.Errorf("the device's PIN is not asked for: %s", page)
	}
	if page := s.browser().get("/signin"); page.says(`action="/signin/pin"`) {
		t.Error("a PIN is asked for on a device that has none")
	}
	s.must(s.browser().post("/signin/pin", "pin", "274915"), http.StatusUnauthorized)
	s.leads(b.post("/signin/pin", "pin", "274915", "next", "/account"), "/account")
	s.must(b.get("/account"), http.StatusOK)
	s.must(b.post("/signout"), http.StatusSeeOther)
	for range 4 {
		if wrong := s.must(b.post("/signin/pin", "pin", "274916"), http.StatusUnauthorized); !wrong.says("Mã PIN chưa đúng") || wrong.says("274916") {
			t.Errorf("%s", wrong)
		}
	}
	if gone := s.must(b.post("/signin/pin", "pin", "274916"), http.StatusUnauthorized); !gone.says("không còn dùng được trên máy này") || gone.says(`action="/signin/pin"`) {
		t.Errorf("%s", gone)
	}
	s.must(b.post("/signin/pin", "pin", "274915"), http.StatusUnauthorized)

	// Remembered again by password, and forgotten.
	s.must(b.post("/signin", "identifier", "hoa@example.vn", "password", password, "remember", "true"), http.StatusSeeOther)
	id := regexp.MustCompile(`name="id" value="([0-9a-f]+)"`).FindSubmatch(s.must(b.get("/account/device"), http.StatusOK).body)
	if id == nil {
		t.Fatal("no device is listed")
	}
	s.leads(b.post("/account/device", "pin", "274915"), "/account/device?done=pin")
	s.leads(b.post("/account/device/forget", "id", string(id[1])), "/account/device?done=forgotten")
	s.must(b.post("/signout"), http.StatusSeeOther)
	s.must(b.post("/signin/pin", "pin", "274915"), http.StatusUnauthorized)
}

var totpSecret = regexp.MustCompile(`secret=([A-Z2-7]+)`)

// app is an authenticator app that scanned a page.
func app(t *testing.T, page *answer) string {
	t.Helper()
	m := totpSecret.FindSubmatch(page.body)
	if m == nil || !page.says(`<svg class="qr"`) {
		t.Fatalf("the page has nothing for the app: %s", page)
	}
	return string(m[1])
}

// shown is what an app shows so many steps from now.
func shown(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

var recoveryCode = regexp.MustCompile(`<li>([A-Z2-7]{8}-[A-Z2-7]{8})</li>`)

func recoveryCodes(t *testing.T, page *answer) (all []string) {
	t.Helper()
	for _, m := range recoveryCode.FindAllSubmatch(page.body, -1) {
		all = append(all, string(m[1]))
	}
	if len(all) != 8 || !strings.Contains(page.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("%d recovery codes: %s", len(all), page)
	}
	return all
}

// TestCodes: an app is set up, asked for, replaced by recovery codes, and taken off.
func TestCodes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	b := s.signIn("hoa@example.vn")
	secret := app(t, s.must(b.get("/account/codes/app"), http.StatusOK))
	wrong := s.must(b.post("/account/codes/app", "code", "000000"), http.StatusUnauthorized)
	if app(t, wrong) != secret || !wrong.says("Mã chưa đúng") {
		t.Error("after a wrong code the app has to be set up anew")
	}
	codes := recoveryCodes(t, s.must(b.post("/account/codes/app", "code", shown(t, secret, 0)), http.StatusOK))
	if page := b.get("/account/codes"); !page.says("Còn 8 mã dự phòng") || slices.ContainsFunc(codes, page.says) {
		t.Errorf("%s", page)
	}
	s.must(b.post("/signout"), http.StatusSeeOther)

	half := func() *browser {
		t.Helper()
		b := s.browser()
		s.leads(b.post("/signin", "identifier", "hoa@example.vn", "password", password, "next", "/account", "remember", "true"), "/signin/code?next=%2Faccount&remember=true")
		s.leads(b.get("/account"), "/signin/code?next=%2Faccount")
		s.must(b.post("/account/sessions/all"), http.StatusUnauthorized)
		s.leads(b.get("/signin/enrol?next=/account"), "/signin/code?next=%2Faccount")
		return b
	}
	b = half()
	body := "--x\r\nContent-Disposition: form-data; name=\"remember\"\r\n\r\ntrue\r\n--x--\r\n"
	if page := b.call(http.MethodGet, "/signin/code", header{"Content-Type", "multipart/form-data; boundary=x"}, []byte(body)); page.says(`name="remember"`) {
		t.Error("what comes with a request for a page is read, and kept on the disk however much it is")
	}
	s.must(b.post("/signin/code", "code", shown(t, secret, 0), "next", "/account"), http.StatusUnauthorized) // was used
	s.leads(b.post("/signin/code", "code", shown(t, secret, 1), "next", "/account", "remember", "true"), "/account")
	if page := b.get("/account/device"); !page.says("Máy này") {
		t.Error("the device is not remembered after the second step")
	}
	b = half()
	s.leads(b.post("/signin/code", "code", strings.ToLower(codes[2]), "next", "/account"), "/account")
	s.must(half().post("/signin/code", "code", codes[2]), http.StatusUnauthorized)
	if page := b.get("/account/codes"); !page.says("Còn 7 mã dự phòng") {
		t.Errorf("%s", page)
	}
	renewed := recoveryCodes(t, s.must(b.post("/account/codes/recovery"), http.StatusOK))
	s.must(half().post("/signin/code", "code", codes[3]), http.StatusUnauthorized)
	s.leads(b.post("/prove", "by", "code", "code", renewed[0], "next", "/account/codes"), "/account/codes")
	s.leads(b.post("/account/codes/off"), "/account/codes?done=codes_off")
	s.leads(s.browser().post("/signin", "identifier", "hoa@example.vn", "password", password), "/me")
}

// TestEnrolled: who is asked for a second factor is led through setting one up, and
// then on.
func TestEnrolled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, early := s.member("hoa", coop, ledger.RoleRecorder)
	if err := s.Accounts.SetOrgSettings(t.Context(), coop.org, account.OrgSettings{SecondFactor: true}); err != nil {
		t.Fatal(err)
	}
	if page := early.get("/account"); !page.says("Tổ chức của bạn cần hai bước xác nhận") || !page.says(`href="/account/codes"`) {
		t.Errorf("%s", page)
	}
	b := s.browser()
	s.leads(b.post("/signin", "identifier", "hoa@example.vn", "password", password, "next", "/account/history"), "/signin/enrol?next=%2Faccount%2Fhistory")
	s.leads(b.get("/account/history"), "/signin/code?next=%2Faccount%2Fhistory")
	s.leads(b.get("/signin/code?next=/account/history"), "/signin/enrol?next=%2Faccount%2Fhistory")
	s.must(b.post("/account/person", "name", "x"), http.StatusUnauthorized)
	page := s.must(b.get("/signin/enrol?next=/account/history"), http.StatusOK)
	if !page.says(`data-begin="/account/passkeys/begin"`) || !page.says(`data-next="/account/history"`) || page.says(`class="ways"`) {
		t.Errorf("%s", page)
	}
	secret := app(t, page)
	s.must(b.post("/signin/enrol", "code", "000000", "next", "/account/history"), http.StatusUnauthorized)
	done := s.must(b.post("/signin/enrol", "code", shown(t, secret, 0), "next", "/account/history"), http.StatusOK)
	recoveryCodes(t, done)
	if !done.says(`href="/account/history"`) {
		t.Errorf("the person does not go on to where they wanted: %s", done)
	}
	s.must(b.get("/account/history"), http.StatusOK)
}

// TestForgotten: a password is reset by a letter, in the same words whoever asks, and
// by a link handed over.
func TestForgotten(t *testing.T) {
	t.Parallel()
	post := newPostbox(t)
	s := startSite(t, node.Config{Data: t.TempDir(), Mail: mail.Config{
		URL: "smtp://" + strings.Replace(post.Addr().String(), "127.0.0.1", "localhost", 1), From: "Sổ thử <so@example.vn>",
	}})
	a := s.person("hoa", "hoa@example.vn")
	if _, err := s.Accounts.Create(t.Context(), account.Person{Name: "an", Phone: "0987654321"}, account.From{}); err != nil {
		t.Fatal(err)
	}
	known := s.signIn("hoa@example.vn")

	// The same for who has an account, who has one without an address, and nobody, also
	// when they are asked to wait.
	var seen [][]string
	for _, identifier := range []string{"hoa@example.vn", "0987654321", "an@example.vn"} {
		var said []string
		for range 4 {
			got := s.browser().post("/reset", "identifier", identifier)
			h := got.Header.Clone()
			h.Del("Date")
			said = append(said, got.Status, h.Get("Location"), h.Get("Retry-After"), strings.ReplaceAll(string(got.body), identifier, ""))
		}
		seen = append(seen, said)
		if said[0] != "303 See Other" || said[12] != "503 Service Unavailable" || said[14] == "" || !strings.Contains(said[15], "Thử lại sau") {
			t.Errorf("%s: %q", identifier, said)
		}
	}
	if !slices.Equal(seen[0], seen[1]) || !slices.Equal(seen[0], seen[2]) {
		t.Errorf("the answer tells who has an account:\n%q", seen)
	}
	eventually(t, func() bool { return len(post.letters()) == 3 }, "three letters")
	letter := post.letters()[2]
	link, _, ok := strings.Cut(letter.text[strings.Index(letter.text, publicURL):], "\n")
	if !ok || letter.to != "hoa@example.vn" || letter.subject != "Đặt lại mật khẩu · Sổ thử" || !strings.Contains(letter.text, "Chào hoa") {
		t.Fatalf("%+v", letter)
	}

	const next = "bưởi Phúc Trạch thơm lừng ngõ"
	b := s.browser()
	path := strings.TrimPrefix(link, publicURL)
	if page := s.must(b.get(path), http.StatusOK); !page.says("hoa") || page.says("Mã xác nhận và vân tay") {
		t.Errorf("%s", page)
	}
	s.must(b.post(path, "password", "short"), http.StatusBadRequest)
	s.leads(b.post(path, "password", next), "/signin?done=reset")
	for _, again := range []*answer{b.get(path), b.post(path, "password", password)} {
		if s.must(again, http.StatusNotFound); !again.says("không còn dùng được") {
			t.Errorf("%s", again)
		}
	}
	s.leads(known.get("/account"), "/signin?next=%2Faccount") // every session ended
	b = s.signInAs("hoa@example.vn", next)

	// Handed over, for who lost the phone.
	secret := app(t, b.get("/account/codes/app"))
	s.must(b.post("/account/codes/app", "code", shown(t, secret, 0)), http.StatusOK)
	handed, err := s.Accounts.ResetLink(t.Context(), a.ID, true, account.From{})
	if err != nil {
		t.Fatal(err)
	}
	if page := s.must(b.get("/reset/"+handed), http.StatusOK); !page.says("vì bạn báo mất máy") {
		t.Errorf("%s", page)
	}
	s.must(b.get("/setup/"+handed), http.StatusNotFound) // for something else
	s.leads(b.post("/reset/"+handed, "password", password), "/signin?done=reset")
	s.leads(b.post("/signin", "identifier", "hoa@example.vn", "password", password), "/me")
}

// TestForgottenWithoutMail: where no letters are sent, nobody waits for one.
func TestForgottenWithoutMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	if page := s.must(b.get("/reset"), http.StatusOK); page.says("<form method=\"post\" action=\"/reset\"") || !page.says("Người quản trị tổ chức") {
		t.Errorf("%s", page)
	}
	s.leads(b.post("/reset", "identifier", "hoa@example.vn"), "/reset")
}

// TestSetUp: the operator's first link.
func TestSetUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	secret, err := s.Accounts.SetUpLink(t.Context(), s.Operator.Account)
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	path := "/setup/" + secret
	s.must(b.get(path), http.StatusOK)
	s.must(b.get("/reset/"+secret), http.StatusNotFound)
	fields := []string{"name", "Lê Văn Vận", "language", "vi"}
	if none := s.must(b.post(path, append(fields, "password", password)...), http.StatusBadRequest); !none.says(`value="Lê Văn Vận"`) || none.says(password) {
		t.Errorf("%s", none)
	}
	fields = append(fields, "email", "van@example.vn")
	s.must(b.post(path, append(fields, "password", "short")...), http.StatusBadRequest)
	s.leads(b.post(path, append(fields, "password", password)...), "/account")
	if page := s.must(b.get("/account"), http.StatusOK); !page.says("Lê Văn Vận") || !page.says(`href="/desk"`) {
		t.Errorf("%s", page)
	}
	if again := s.must(s.browser().get(path), http.StatusNotFound); !again.says("Liên kết không còn dùng được") {
		t.Errorf("%s", again)
	}
	s.leads(s.browser().post("/signin", "identifier", "van@example.vn", "password", password), "/me")
}

// TestPasskeyOffer: who asks for a passkey learns nothing of who has one.
func TestPasskeyOffer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	asJSON := header{"Content-Type", "application/json", "Accept", "application/json"}
	var offers []string
	for _, b := range []*browser{s.signIn("hoa@example.vn"), s.browser()} {
		for _, body := range []string{`{}`, `{"identifier":"hoa@example.vn"}`, `{"identifier":"an@example.vn"}`} {
			var o struct {
				Options struct {
					PublicKey map[string]any `json:"publicKey"`
				} `json:"options"`
				State string `json:"state"`
			}
			a := s.must(b.call(http.MethodPost, "/signin/passkey/begin", asJSON, []byte(body)), http.StatusOK)
			a.into(t, &o)
			if o.State == "" || o.Options.PublicKey["challenge"] == "" {
				t.Fatalf("%s", a)
			}
			text := strings.NewReplacer(o.State, "s", o.Options.PublicKey["challenge"].(string), "c").Replace(string(a.body))
			offers = append(offers, text)
		}
	}
	for _, o := range offers[1:] {
		if o != offers[0] {
			t.Errorf("the offers differ:\n%s\n%s", o, offers[0])
		}
	}
	cross := s.browser().call(http.MethodPost, "/signin/passkey/begin", append(asJSON, "Sec-Fetch-Site", "cross-site"), []byte(`{}`))
	s.must(cross, http.StatusForbidden)
}

// TestWaiting: wrong passwords make wait, longer each time, whether there is an
// account or not; the wait is said in words and by Retry-After.
func TestWaiting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	var seen [][]string
	for _, identifier := range []string{"hoa@example.vn", "an@example.vn"} {
		var said []string
		for range 30 { // tries come back with time, which a slow machine takes
			got := s.browser().post("/signin", "identifier", identifier, "password", "something else entirely")
			said = append(said, got.Status)
			if got.StatusCode == http.StatusServiceUnavailable {
				if got.Header.Get("Retry-After") == "" || !got.says("Thử lại sau") || !got.says(identifier) {
					t.Errorf("%v %s", got.Header, got)
				}
				break
			}
		}
		if len(said) < 7 {
			t.Errorf("%s waits after %d tries", identifier, len(said)-1)
		}
		seen = append(seen, slices.Compact(said))
	}
	if !slices.Equal(seen[0], seen[1]) || len(seen[0]) != 2 {
		t.Errorf("%q", seen)
	}
}
