package main

import (
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// setUpLink is such a link in what the program prints.
var setUpLink = regexp.MustCompile(`(?m)^  (https?://[^/ ]+)/setup/([A-Za-z0-9_-]+)$`)

// TestSetUpLink: the operator's link is printed once, is made again on demand, works,
// and is never made again after that.
func TestSetUpLink(t *testing.T) {
	dir := t.TempDir()
	const public = "https://truyxuat.example"
	s := start(t, dir, "--public-url", public)
	if out, code := sogoc(t, dir, "setup-link"); code != exitFailed || !strings.Contains(out, "stop the node") {
		t.Errorf("while the node runs: %d, %s", code, out)
	}
	s.stop(t)
	first := setUpLink.FindStringSubmatch(s.welcome)
	if first == nil || first[1] != public || !strings.Contains(s.welcome, "7 ngày") || !strings.Contains(s.welcome, "7 days") {
		t.Fatalf("the first start says %s", s.welcome)
	}
	s = start(t, dir)
	s.stop(t)
	if setUpLink.MatchString(s.welcome) || !strings.Contains(s.welcome, "sogoc setup-link --data ./data") || !strings.Contains(s.welcome, "chưa đặt mật khẩu") {
		t.Errorf("the second start says %s", s.welcome)
	}
	out, code := sogoc(t, dir, "setup-link", "--listen", ":8081")
	second := setUpLink.FindStringSubmatch(out)
	if code != 0 || second == nil || second[1] != "http://localhost:8081" || second[2] == first[2] {
		t.Fatalf("%d, %s", code, out)
	}

	n, err := node.Start(t.Context(), node.Config{Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	operator := account.Person{Name: "Nguyễn Văn An", Phone: "0912345678"}
	_, err = n.Accounts.SetUp(t.Context(), second[2], operator, "vải thiều chín đỏ trên đồi", account.From{})
	if _, again := n.Accounts.SetUp(t.Context(), first[2], operator, "vải thiều chín đỏ trên đồi", account.From{}); err != nil || again == nil {
		t.Errorf("the new link: %v; the other one after it: %v", err, again)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, dir)
	s.stop(t)
	if strings.Contains(s.welcome, "/setup/") || strings.Contains(s.welcome, "setup-link") {
		t.Errorf("once there is a password it says %s", s.welcome)
	}
	if out, code := sogoc(t, dir, "setup-link"); code != exitFailed || !strings.Contains(out, "set up already") {
		t.Errorf("once there is a password: %d, %s", code, out)
	}
	if out, code := sogoc(t, t.TempDir(), "setup-link"); code != exitFailed || !strings.Contains(out, "--data") {
		t.Errorf("an empty folder: %d, %s", code, out)
	}
}

// TestDemoWarns: a demo says that it is one, where its keys are and what it is not
// for, at every start, and how its operator signs in.
func TestDemoWarns(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		s := start(t, dir, "--demo")
		s.stop(t)
		for _, says := range []string{"bản chạy thử với dữ liệu mẫu", "mọi khóa nằm trong ./data", "Đừng đưa lên Internet", "This is a sample", "its keys in ./data", "Do not put it on the Internet"} {
			if !strings.Contains(s.welcome, says) {
				t.Errorf("%q is not in %s", says, s.welcome)
			}
		}
		link := setUpLink.FindStringSubmatch(s.welcome)
		if link == nil || link[1] != s.url {
			t.Errorf("no link for %s in %s", s.url, s.welcome)
		}
	}
	s := start(t, dir)
	s.stop(t)
	if strings.Contains(s.welcome, "This is a sample") || !strings.Contains(s.welcome, "rotate-master") {
		t.Errorf("started as no demo it says %s", s.welcome)
	}
}
