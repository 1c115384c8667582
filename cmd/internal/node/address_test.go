package node_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/mail"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// TestAddress: another e-mail address counts once its owner opened the link that was sent
// there, and for nothing before.
func TestAddress(t *testing.T) {
	t.Parallel()
	post := newPostbox(t)
	s := startSite(t, node.Config{Data: t.TempDir(), Mail: mail.Config{
		URL: "smtp://" + strings.Replace(post.Addr().String(), "127.0.0.1", "localhost", 1), From: "Sổ thử <so@example.vn>",
	}})
	s.person("hoa", "hoa@example.vn")
	b := s.signIn("hoa@example.vn")
	change := []string{"name", "hoa", "phone", "", "email", "moi@example.vn", "language", "vi"}
	if to := s.must(b.post("/account/person", change...), http.StatusSeeOther).Header.Get("Location"); to != "/account/person?done=address_sent" {
		t.Errorf("it leads to %s", to)
	}
	b.says("/account/person", "moi@example.vn chưa được xác nhận", "Cho đến lúc đó, hoa@example.vn vẫn dùng được", "/account/person/address")
	b.says("/account", "moi@example.vn chưa được xác nhận")
	eventually(t, func() bool { return len(post.letters()) == 1 }, "the letter")
	link := regexp.MustCompile(`/address/[A-Za-z0-9_-]{64}`)
	letter := post.letters()[0]
	first := link.FindString(letter.text)
	if letter.to != "moi@example.vn" || first == "" || !strings.Contains(letter.text, "24 giờ") {
		t.Fatalf("the letter: %+v", letter)
	}
	s.must(s.browser().post("/signin", "identifier", "moi@example.vn", "password", password), http.StatusUnauthorized)
	s.must(s.browser().post("/reset", "identifier", "moi@example.vn"), http.StatusSeeOther)

	// Sent again, the one before is good no more; looking at it uses nothing up.
	s.must(b.post("/account/person/address"), http.StatusSeeOther)
	eventually(t, func() bool { return len(post.letters()) == 2 }, "the letter again")
	second := link.FindString(post.letters()[1].text)
	anybody := s.browser()
	s.must(anybody.get(first), http.StatusNotFound)
	for range 2 {
		anybody.says(second, "moi@example.vn là của bạn", "hoa")
	}
	s.must(anybody.call(http.MethodPost, second, append(formType[:2:2], "Sec-Fetch-Site", "cross-site"), nil), http.StatusForbidden)
	s.must(anybody.get("/reset/"+strings.TrimPrefix(second, "/address/")), http.StatusNotFound)
	if to := s.must(anybody.post(second), http.StatusSeeOther).Header.Get("Location"); to != "/signin?done=address" {
		t.Errorf("it leads to %s", to)
	}
	s.must(anybody.post(second), http.StatusNotFound)
	s.signIn("moi@example.vn")
	s.must(s.browser().post("/signin", "identifier", "hoa@example.vn", "password", password), http.StatusUnauthorized)
	if page := b.says("/account", "moi@example.vn"); strings.Contains(page, "chưa được xác nhận") {
		t.Errorf("it is still to be proved: %s", page)
	}
	b.says("/account/history", "Xác nhận e-mail")
	if n := len(post.letters()); n != 2 {
		t.Errorf("%d letters: %+v", n, post.letters())
	}

	// Who comes with an address is sent a letter, too, and no other before.
	s.must(s.browser().post("/signup", "name", "an", "identifier", "an@example.vn", "password", password), http.StatusSeeOther)
	eventually(t, func() bool { return len(post.letters()) == 3 }, "the letter to who is new")
	s.must(s.browser().post("/reset", "identifier", "an@example.vn"), http.StatusSeeOther)
	an := s.signIn("an@example.vn")
	s.must(an.post(link.FindString(post.letters()[2].text)), http.StatusSeeOther)
	s.must(s.browser().post("/reset", "identifier", "an@example.vn"), http.StatusSeeOther)
	eventually(t, func() bool { return len(post.letters()) == 4 }, "the letter to reset")
	if l := post.letters()[3]; l.to != "an@example.vn" || !strings.Contains(l.text, "/reset/") {
		t.Errorf("the letter: %+v", l)
	}
}

// TestAddressWithoutMail: a node that sends no letters says that an address counts for
// nothing, and who hands over a link instead.
func TestAddressWithoutMail(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.person("hoa", "hoa@example.vn")
	b := s.signIn("hoa@example.vn")
	s.must(b.post("/account/person", "name", "hoa", "phone", "", "email", "moi@example.vn", "language", "vi"), http.StatusSeeOther)
	if page := b.says("/account/person", "moi@example.vn chưa được xác nhận", "Nơi này không gửi được thư", "đơn vị vận hành"); strings.Contains(page, "/account/person/address") {
		t.Errorf("it offers to send a letter: %s", page)
	}
	s.must(b.post("/account/person/address"), http.StatusSeeOther)
	s.must(s.browser().post("/signin", "identifier", "moi@example.vn", "password", password), http.StatusUnauthorized)
	s.signIn("hoa@example.vn")
}
