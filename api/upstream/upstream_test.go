package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// TestBelow: a call reaches what is below the service's address, as it was written, and
// nothing else.
func TestBelow(t *testing.T) {
	base, err := url.Parse("https://data.example.vn/v1")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                     "/v1",
		"/":                    "/v1/",
		"/harvest/":            "/v1/harvest/",
		"/harvest/2026-06-03":  "/v1/harvest/2026-06-03",
		"/x%20y/%E1%BA%A3nh":   "/v1/x%20y/%E1%BA%A3nh",
		"/a..b/...":            "/v1/a..b/...",
		"/a@b:80":              "/v1/a@b:80",
		"/100%25/x":            "/v1/100%25/x",
		"/.well-known/x;y=1,2": "/v1/.well-known/x;y=1,2",
	} {
		u, err := below(base, path)
		if err != nil || u.String() != "https://data.example.vn"+want {
			t.Errorf("%q leads to %v, %v", path, u, err)
		}
	}
	for _, path := range []string{
		"x", "@other.example", ":8080/x", ".other.example",
		"/..", "/../x", "/a/../..", "/a/..", "/.", "/./x", "/a/.", "//other.example/x", "/a//b", "//",
		"/%2e%2e/x", "/%2E./x", "/.%2e", "/%252e%252e/x", "/%25252e%25252e/x", "/%2525252525252e", "/a%2fb", "/a%2F..%2Fb", "/%252f", "/a%5cb", "/..%5c..", "/a\\..\\b",
		"/..;/x", "/..;a=b/x", "/%2e%2e;/x", "/%2e%2e%3b/x", "/a%00b", "/a%0d%0ab", "/%zz", "/%", "/x y", "/x?y", "/x#y", "/" + strings.Repeat("a", MaxPath),
	} {
		if u, err := below(base, path); err == nil {
			t.Errorf("%q leads to %v", path, u)
		}
	}
}

// TestAddresses: what is not of the public internet is not dialled, however it is
// written.
func TestAddresses(t *testing.T) {
	for _, ip := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "fec0::1",
	} {
		if isPublic(net.ParseIP(ip)) {
			t.Errorf("%s is called public", ip)
		}
	}
	for _, ip := range []string{"1.1.1.1", "113.160.1.1", "::ffff:1.1.1.1", "2606:4700::1111", "2405:4800::1"} {
		if !isPublic(net.ParseIP(ip)) {
			t.Errorf("%s is not called public", ip)
		}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && isPublic(n.IP) {
			t.Errorf("this machine's %s is called public", n.IP)
		}
	}
}

// TestDialIsGuarded: a name that means this machine is refused when it is dialled, where
// the operator has not named it.
func TestDialIsGuarded(t *testing.T) {
	reached := false
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer srv.Close()
	c, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, host := range []string{"localhost", "127.0.0.1", "[::ffff:127.0.0.1]"} {
		_, err := c.Do(t.Context(), Service{Base: "https://" + host + ":" + port}, Call{Method: http.MethodGet, Path: "/"})
		if ledger.CodeOf(err) != ledger.Unavailable || Reached(err) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if reached {
		t.Error("this machine was reached")
	}
}

// TestCheck: addresses that are no good are refused before anybody calls.
func TestCheck(t *testing.T) {
	c, err := New([]string{"10.0.0.7:8080"})
	if err != nil {
		t.Fatal(err)
	}
	for base, want := range map[string]string{"https://data.example.vn/v1/": "https://data.example.vn/v1", " https://data.example.vn ": "https://data.example.vn", "http://10.0.0.7:8080/": "http://10.0.0.7:8080"} {
		if s, err := c.Check(Service{Base: base}); err != nil || s.Base != want {
			t.Errorf("%q is %q, %v", base, s.Base, err)
		}
	}
	for _, base := range []string{
		"", "data.example.vn", "ftp://data.example.vn", "http://data.example.vn", "http://10.0.0.8:8080", "http://10.0.0.7", "https://10.0.0.8", "https://[::1]/", "https://u:p@data.example.vn", "https://data.example.vn/?a=b", "https://data.example.vn/#x",
		"https://data.example.vn/../x", "https://data.example.vn/a//b", "https://", "https:data.example.vn", "file:///etc/passwd", "https://data.example.vn/" + strings.Repeat("a", MaxBase),
	} {
		if s, err := c.Check(Service{Base: base}); err == nil {
			t.Errorf("%q is taken as %q", base, s.Base)
		}
	}
	for _, h := range [][2]string{{"X-Key", ""}, {"", "x"}, {"Host", "x"}, {"connection", "x"}, {"X Key", "x"}, {"X-Key", "a\r\nB: c"}, {"X-Key", " a"}} {
		if _, err := c.Check(Service{Base: "https://data.example.vn", Header: h[0], Secret: h[1]}); err == nil {
			t.Errorf("the header %q is taken", h)
		}
	}
	for _, host := range []string{"", "http://x", "a/b", "a b", "u@h"} {
		if _, err := New([]string{host}); err == nil {
			t.Errorf("the host %q is taken", host)
		}
	}
}

// TestHeaders: what the caller says of itself goes no further, and what is between the
// node and the service comes no further.
func TestHeaders(t *testing.T) {
	var got *http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.Background())
		h := w.Header()
		switch r.URL.Path {
		case "/v1/away":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
			return
		case "/v1/shut":
			h.Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		case "/v1/broken":
			panic(http.ErrAbortHandler)
		}
		h.Set("Set-Cookie", "a=b")
		h.Set("X-Internal", "x")
		h.Set("Content-Type", "text/csv")
		h.Set("ETag", `"s3cret"`)
		h.Set("Trailer", "X-After")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "a,b\n")
		h.Set("X-After", "s3cret")
	}))
	defer srv.Close()
	c, err := New([]string{strings.TrimPrefix(srv.URL, "http://")})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := Service{Base: srv.URL + "/v1", Header: "X-Key", Secret: "s3cret"}
	a, err := c.Do(t.Context(), s, Call{Method: http.MethodGet, Path: "/harvest", Query: "a=1&b=%2e%2e", Header: http.Header{
		"Accept": {"text/csv"}, "Authorization": {"Bearer x"}, "Cookie": {"a=b"}, "X-Key": {"mine"}, "Connection": {"X-Drop"}, "X-Forwarded-For": {"1.1.1.1"}, "Proxy-Authorization": {"x"}, "Upgrade": {"x"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(a.Body)
	if err != nil || string(b) != "a,b\n" || a.Status != http.StatusTeapot {
		t.Errorf("%q, %d, %v", b, a.Status, err)
	}
	if got.URL.RequestURI() != "/v1/harvest?a=1&b=%2e%2e" || got.Header.Get("X-Key") != "s3cret" || got.Header.Get("Accept") != "text/csv" {
		t.Errorf("the service is asked for %s with %v", got.URL, got.Header)
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Forwarded-For", "Proxy-Authorization", "Upgrade", "Connection"} {
		if v := got.Header.Get(name); v != "" {
			t.Errorf("the service is told %s: %s", name, v)
		}
	}
	if len(a.Header) != 1 || a.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("the caller is told %v", a.Header)
	}
	for _, path := range []string{"/away", "/shut", "/broken"} {
		if _, err := c.Do(t.Context(), s, Call{Method: http.MethodGet, Path: path}); ledger.CodeOf(err) != ledger.Unavailable || !Reached(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestBounded: an answer that goes on ends with an error.
func TestBounded(t *testing.T) {
	for _, size := range []int{9, 10, 11, 5000} {
		b := &bounded{io.NopCloser(strings.NewReader(strings.Repeat("a", size))), 10}
		n, err := io.Copy(io.Discard, b)
		var e *ledger.Error
		if n != int64(min(size, 10)) || errors.As(err, &e) != (size > 10) {
			t.Errorf("of %d bytes %d are read, %v", size, n, err)
		}
	}
}

// FuzzBelow: whatever is called is below the service.
func FuzzBelow(f *testing.F) {
	base, err := url.Parse("https://data.example.vn/v1")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"/a", "/%2e%2e/", "//x", "/a;b/..", "/%252e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := below(base, path)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != base.Host || again.User != nil || again.RawQuery != "" || again.Fragment != "" {
			t.Fatalf("%q leads to %v, %v", path, u, err)
		}
		if clean := again.JoinPath().EscapedPath(); clean != "/v1" && !strings.HasPrefix(clean, "/v1/") {
			t.Fatalf("%q leads to %s", path, clean)
		}
	})
}
