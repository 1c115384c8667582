package node_test

import (
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// caller is a way to call the node: a token, or a browser that somebody is signed in
// with.
type caller struct {
	name    string
	token   string
	browser *browser
	// elsewhere is who calls from another address each time.
	elsewhere bool
}

func (s *site) callAs(who caller, method, path string, h header, body []byte) *answer {
	s.Helper()
	if who.browser != nil {
		return who.browser.call(method, path, h, body)
	}
	if who.elsewhere {
		return s.callFrom(elsewhere(), method, path, who.token, h, body)
	}
	return s.call(method, path, who.token, h, body)
}

var addresses atomic.Uint32

// elsewhere is a way to call from an address of its own, since wrong tokens make the
// address that they come from wait.
func elsewhere() http.RoundTripper {
	n := addresses.Add(1)
	from := &net.TCPAddr{IP: net.IPv4(127, 1, byte(n>>8), byte(n))}
	return &http.Transport{DialContext: (&net.Dialer{LocalAddr: from}).DialContext, IdleConnTimeout: time.Second}
}

// browser keeps cookies and says where its requests come from, as browsers do.
type browser struct {
	*site
	jar http.CookieJar
}

func (s *site) browser() *browser {
	s.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	return &browser{s, jar}
}

// call makes a request without following redirects.
func (b *browser) call(method, path string, h header, body []byte) *answer {
	b.Helper()
	var all []string
	for _, k := range b.cookies(path) {
		all = append(all, k.String())
	}
	h = append(header{"Cookie", strings.Join(all, "; "), "Sec-Fetch-Site", "same-origin"}, h...)
	a := b.site.call(method, path, "", h, body)
	b.jar.SetCookies(b.address(path), a.Cookies())
	return a
}

// address is where the browser takes a page to be: the node takes itself for reached
// over TLS, so its cookies are for that.
func (b *browser) address(path string) *url.URL {
	b.Helper()
	u, err := url.Parse(b.URL + path)
	if err != nil {
		b.Fatal(err)
	}
	u.Scheme = "https"
	return u
}

func (b *browser) cookies(path string) []*http.Cookie {
	b.Helper()
	return b.jar.Cookies(b.address(path))
}

func (b *browser) get(path string) *answer {
	b.Helper()
	return b.call(http.MethodGet, path, nil, nil)
}

// post sends a form, given as pairs of a field and its value.
func (b *browser) post(path string, fields ...string) *answer {
	b.Helper()
	return b.call(http.MethodPost, path, formType, form(fields...))
}

var formType = header{"Content-Type", "application/x-www-form-urlencoded"}

func form(fields ...string) []byte {
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return []byte(v.Encode())
}

// password is everybody's in tests.
const password = "vải chín đỏ cả đồi Lục Ngạn"

// person makes an account that can sign in, and belongs to no organisation.
func (s *site) person(name, email string) account.Account {
	s.Helper()
	a, err := s.Accounts.Create(s.Context(), account.Person{Name: name, Email: email}, account.From{})
	if err == nil {
		err = s.Accounts.SetPassword(s.Context(), a.ID, password, "", account.From{})
	}
	if err != nil {
		s.Fatal(err)
	}
	return a
}

// signIn is a browser that somebody has signed in with.
func (s *site) signIn(email string) *browser {
	s.Helper()
	b := s.browser()
	s.must(b.post("/signin", "identifier", email, "password", password), http.StatusSeeOther)
	return b
}

// join makes a person a member of an organisation, with roles that an administrator
// of it, known by a token, gives.
func (s *site) join(a account.Account, org ledger.ID, admin string, roles ...ledger.Role) *account.Identity {
	s.Helper()
	id, err := s.Accounts.NewMember(s.Context(), a.ID, org, account.From{})
	if err != nil {
		s.Fatal(err)
	}
	by, err := s.Accounts.Identify(s.Context(), admin)
	if err != nil {
		s.Fatal(err)
	}
	s.enrol(by, ledger.Enrolment{Member: id.Member, Org: org, Key: id.Address, Roles: roles})
	return id
}

// enrol puts a key on the register as the pages for it do.
func (s *site) enrol(by *account.Identity, m ledger.Enrolment) {
	s.Helper()
	if _, err := s.office().Direct(s.Context(), by, trace.ActionEnrol, trace.NewMember{Member: m}); err != nil {
		s.Fatal(err)
	}
}

// member is a browser of a new member of an organisation.
func (s *site) member(name string, org *party, roles ...ledger.Role) (*account.Identity, *browser) {
	s.Helper()
	email := strings.ReplaceAll(name, " ", ".") + "@example.vn"
	id := s.join(s.person(name, email), org.org, org.token, roles...)
	return id, s.signIn(email)
}

// scoped is a token of a member that is for some scopes only.
func (s *site) scoped(id *account.Identity, scopes ...account.Scope) string {
	s.Helper()
	token, _, err := s.Accounts.MakeToken(s.Context(), id.Account, account.Token{Name: "test", Member: id.Member, Scopes: scopes}, time.Hour, account.From{})
	if err != nil {
		s.Fatal(err)
	}
	return token
}

// TestSignIn walks through what a person does at the door.
func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	b := s.browser()

	s.must(b.get("/me"), http.StatusSeeOther)
	if to := b.get("/me?lang=en").Header.Get("Location"); to != "/signin?next=%2Fme%3Flang%3Den" {
		t.Errorf("who is not signed in is led to %s", to)
	}
	wrong := s.must(b.post("/signin", "identifier", "hoa@example.vn", "password", "something else entirely"), http.StatusUnauthorized)
	nobody := s.must(b.post("/signin", "identifier", "an@example.vn", "password", "something else entirely"), http.StatusUnauthorized)
	if strings.ReplaceAll(string(wrong.body), "hoa@example.vn", "") != strings.ReplaceAll(string(nobody.body), "an@example.vn", "") {
		t.Error("the answer tells who has an account")
	}
	if body := string(wrong.body); !strings.Contains(body, `value="hoa@example.vn"`) || strings.Contains(body, "something else") {
		t.Errorf("what was typed is not kept, or the password is: %s", body)
	}

	in := s.must(b.post("/signin", "identifier", "hoa@example.vn", "password", password, "next", "/trace?id=1"), http.StatusSeeOther)
	if to := in.Header.Get("Location"); to != "/trace?id=1" {
		t.Errorf("after signing in: %s", to)
	}
	cookie := in.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-sogoc=", "; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %q", cookie, part)
		}
	}
	page := s.must(b.get("/me"), http.StatusOK)
	if !strings.Contains(string(page.body), "hoa") || !strings.Contains(page.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("the own page: %v %s", page.Header, page)
	}
	s.must(b.post("/signout"), http.StatusSeeOther)
	s.must(b.get("/me"), http.StatusSeeOther)
}

// TestOtherSites: what another site makes a signed-in browser send is refused.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	for _, c := range []struct {
		name string
		h    header
		want int
	}{
		{"from here", header{"Sec-Fetch-Site", "same-origin"}, 303},
		{"by its address alone", header{"Sec-Fetch-Site", "", "Origin", publicURL}, 303},
		{"another site", header{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sister site", header{"Sec-Fetch-Site", "same-site"}, 403},
		{"another address", header{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, 403},
		{"nobody says", header{"Sec-Fetch-Site", ""}, 403},
	} {
		b := s.signIn("hoa@example.vn")
		got := b.call(http.MethodPost, "/signout", append(formType[:2:2], c.h...), nil)
		if got.StatusCode != c.want {
			t.Errorf("%s: %s", c.name, got.Status)
		}
	}
}

// TestNext: a form never leads to another site.
func TestNext(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	for next, want := range map[string]string{
		"":                     "/me",
		"/me":                  "/me",
		"/trace?id=1":          "/trace?id=1",
		"https://evil.example": "/me",
		"//evil.example":       "/me",
		`/\evil.example`:       "/me",
		"/nothing/here":        "/me",
		"javascript:alert(1)":  "/me",
		"/me\r\nX: y":          "/me",
	} {
		b := s.browser()
		got := b.post("/signin", "identifier", "hoa@example.vn", "password", password, "next", next)
		if to := got.Header.Get("Location"); got.StatusCode != http.StatusSeeOther || to != want {
			t.Errorf("%q leads to %s", next, got)
		}
	}
}
