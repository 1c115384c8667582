package node_test

import (
	"cmp"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/account/openid/openidtest"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// providing is a site at which people may sign in at a provider that runs here.
func providing(t *testing.T, c node.Config, issuer string) *site {
	t.Helper()
	c.Data, c.PublicURL = t.TempDir(), cmp.Or(c.PublicURL, publicURL)
	c.OpenID = []openid.Config{{Name: "VNeID", Issuer: issuer, ClientID: openidtest.Client, Secret: openidtest.Secret}}
	return startSite(t, c)
}

var goesOn = regexp.MustCompile(`<a class="primary" href="([^"]+)"`)

// leaves is where a page sends its browser, by itself and by a link.
func (s *site) leaves(a *answer) string {
	s.Helper()
	s.must(a, http.StatusOK)
	m := goesOn.FindSubmatch(a.body)
	if m == nil {
		s.Fatalf("the page leads nowhere: %s", a)
	}
	to := html.UnescapeString(string(m[1]))
	if refresh := a.Header.Get("Refresh"); refresh != "0; url="+to {
		s.Fatalf("Refresh %q, and a link to %s", refresh, to)
	}
	return to
}

// TestExternal: linked while signed in, then signed in by it, through the pages.
func TestExternal(t *testing.T) {
	t.Parallel()
	provider := openidtest.New(t)
	issuer := provider.URL
	s := providing(t, node.Config{}, issuer)
	s.person("hoa", "hoa@example.vn")
	back := func(b *browser, to, subject string) *answer {
		t.Helper()
		state, code := provider.SignIn(t, to, subject)
		return b.call(http.MethodGet, "/signin/provider/return?"+url.Values{"state": {state}, "code": {code}}.Encode(), header{"Sec-Fetch-Site", "cross-site"}, nil)
	}
	b := s.signIn("hoa@example.vn")
	if page := b.get("/account/external"); !page.says("Gắn VNeID") || !page.says("Chưa gắn") {
		t.Errorf("%s", page)
	}
	left := b.post("/account/external/link", "issuer", issuer)
	to := s.leaves(left)
	if u, err := url.Parse(to); err != nil || u.Query().Get("redirect_uri") != publicURL+"/signin/provider/return" {
		t.Errorf("the provider sends people back to %s", to)
	}
	var cookie string
	for _, k := range left.Header.Values("Set-Cookie") {
		if strings.HasPrefix(k, "__Host-sogoc-state=") {
			cookie = k
		}
	}
	for _, part := range []string{"; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %q", cookie, part)
		}
	}
	s.leads(back(b, to, "citizen-1"), "/account/external?done=linked")
	page := s.must(b.get("/account/external"), http.StatusOK)
	id := regexp.MustCompile(`name="id" value="([0-9a-f]+)"`).FindSubmatch(page.body)
	if id == nil || !page.says("<b>VNeID</b> · Trần Thị Hoa") {
		t.Fatalf("%s", page)
	}

	b = s.browser()
	if page := b.get("/signin?next=/account/history"); !page.says("Bằng tài khoản VNeID") {
		t.Errorf("%s", page)
	}
	to = s.leaves(b.post("/signin/provider", "issuer", issuer, "next", "/account/history"))
	s.leads(back(b, to, "citizen-1"), "/account/history")
	s.must(b.get("/account/history"), http.StatusOK)

	// What does not lead in.
	b = s.browser()
	for _, c := range []struct {
		name, words string
		status      int
		come        func() *answer
	}{
		{"somebody who is not linked", "Chưa có tài khoản nào ở đây gắn", 401, func() *answer { return back(b, s.leaves(b.post("/signin/provider", "issuer", issuer)), "citizen-2") }},
		{"another browser", "Đã quá lâu", 400, func() *answer {
			return back(s.browser(), s.leaves(b.post("/signin/provider", "issuer", issuer)), "citizen-1")
		}},
		{"who changed their mind", "Nơi đó chưa xác nhận bạn", 401, func() *answer {
			s.leaves(b.post("/signin/provider", "issuer", issuer, "next", "/account"))
			return b.get("/signin/provider/return?error=access_denied&state=x")
		}},
		{"another state", "Nơi đó chưa xác nhận bạn", 401, func() *answer {
			_, code := provider.SignIn(t, s.leaves(b.post("/signin/provider", "issuer", issuer)), "citizen-1")
			return b.get("/signin/provider/return?state=x&code=" + code)
		}},
	} {
		if got := c.come(); got.StatusCode != c.status || !got.says(c.words) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	// Signed in by it does not link, nor does a link sign in.
	b = s.signIn("hoa@example.vn")
	to = s.leaves(b.post("/account/external/link", "issuer", issuer))
	s.must(b.post("/signout"), http.StatusSeeOther)
	s.leads(back(b, to, "citizen-1"), "/signin?next=%2Faccount%2Fexternal")
	s.must(b.call(http.MethodPost, "/signin/provider", append(formType[:2:2], "Sec-Fetch-Site", "cross-site"), nil), http.StatusForbidden)

	b = s.signIn("hoa@example.vn")
	s.leads(b.post("/account/external/unlink", "id", string(id[1])), "/account/external?done=unlinked")
	b = s.browser()
	s.must(back(b, s.leaves(b.post("/signin/provider", "issuer", issuer)), "citizen-1"), http.StatusUnauthorized)
}

// TestExternalAway: a provider that is away keeps nobody from signing in another way.
func TestExternalAway(t *testing.T) {
	t.Parallel()
	provider := openidtest.New(t)
	provider.Down.Store(true)
	issuer := provider.URL
	s := providing(t, node.Config{}, issuer)
	s.person("hoa", "hoa@example.vn")
	b := s.browser()
	away := s.must(b.post("/signin/provider", "issuer", issuer, "next", "/account"), http.StatusServiceUnavailable)
	if !away.says("Chưa kết nối được nơi đó") || !away.says(`name="next" value="/account"`) || away.Header.Get("Retry-After") == "" {
		t.Errorf("%s", away)
	}
	s.leads(b.post("/signin", "identifier", "hoa@example.vn", "password", password), "/me")
	s.must(b.post("/account/external/link", "issuer", issuer), http.StatusServiceUnavailable)
}
