package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// TestNodeLogsNoSecrets: a node that logs everything has a line for each request,
// and none that tells what only the caller may know.
func TestNodeLogsNoSecrets(t *testing.T) {
	const link, cookie, password, wrong, method = "l1nkl1nkl1nkl1nk", "c00kiec00kie", "mật khẩu của Hoa", "sg_wr0ngwr0ng", "T0KENMETHOD"
	dir := t.TempDir()
	s := start(t, dir, "--log-level", "debug", "--log-format", "json")
	tokens, err := node.Tokens(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	send := func(method, path, token, form string) {
		t.Helper()
		r, err := http.NewRequest(method, s.url+path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		r.Header.Set("Cookie", "sogoc="+cookie)
		r.Header.Set("X-Forwarded-For", "203.0.113.77")
		if form != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		requests++
	}
	form := url.Values{"identifier": {"0912345678"}, "password": {password}}.Encode()
	for _, token := range []string{"", tokens["operator"], wrong} {
		for _, path := range []string{"/", "/api/v1/register", "/epcis/events/urn:uuid:" + link, "/setup/" + link, "/invitation/" + link + "?q=" + link, "/01/" + link} {
			send("GET", path, token, "")
			send("POST", path, token, form)
		}
		send("POST", "/signin", token, form)
		send("POST", "/epcis/capture", token, `{"secret":"`+link+`"}`)
	}
	send(method, "/", "", "")
	s.stop(t)
	log := s.stderr.String()
	for _, secret := range []string{link, cookie, password, url.QueryEscape(password), wrong, method, tokens["operator"], "0912345678", "203.0.113.77", "127.0.0.1"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	seen := 0
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		var l struct {
			Msg, Route string
			Status     int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		if l.Msg == "request" {
			if seen++; l.Status < 200 {
				t.Errorf("%s", line)
			}
		}
	}
	if seen != requests {
		t.Errorf("%d requests, %d lines", requests, seen)
	}
}

func TestLogFlags(t *testing.T) {
	dir := t.TempDir()
	for flag, value := range map[string]string{"--log-level": "loud", "--log-format": "xml"} {
		if out, code := sogoc(t, dir, "version", flag, value); code != exitUsage || !strings.Contains(out, flag) {
			t.Errorf("%s %s: %d, %s", flag, value, code, out)
		}
	}
	s := start(t, dir)
	get(t, s.url+"/healthz")
	s.stop(t)
	if s.stderr.Len() > 0 {
		t.Errorf("without a word about it, it logs %s", s.stderr.String())
	}
}
