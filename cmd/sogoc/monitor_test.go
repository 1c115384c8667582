package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// watched are real nodes of one register with the same keys: one that goes on, and what
// becomes of copies of its folder.
type watched struct {
	t     testing.TB
	dir   string // the monitor's
	token string
	next  int
}

// record writes n events of which no other node has one.
func (w *watched) record(s *server, n int) {
	w.t.Helper()
	for range n {
		w.next++
		if _, err := post(s.url, w.token, event(w.next)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// monitor looks once.
func (w *watched) monitor(url string, args ...string) (string, int) {
	w.t.Helper()
	return sogoc(w.t, w.dir, append([]string{"monitor", url, "--once"}, args...)...)
}

// expect looks once, and at what was kept by it.
func (w *watched) expect(code int, says, url string, args ...string) {
	w.t.Helper()
	before := w.file("state.json")
	out, got := w.monitor(url, append([]string{"--trust", "trust.json", "--state", "state.json"}, args...)...)
	if got != code || !strings.Contains(out, says) {
		w.t.Errorf("%s %v: exit code %d, want %d and %q: %s", url, args, got, code, says, out)
	}
	if code != 0 && !bytes.Equal(w.file("state.json"), before) {
		w.t.Errorf("%q changed the state", says)
	}
}

func (w *watched) file(name string) []byte {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return b
}

// meddler stands before a node and alters what it answers for an address.
func meddler(t testing.TB, target string, path *atomic.Pointer[string]) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		r.Host = u.Host
		if p := path.Load(); p == nil || !strings.HasPrefix(r.URL.Path, *p) {
			proxy.ServeHTTP(out, r)
			return
		}
		kept := httptest.NewRecorder()
		proxy.ServeHTTP(kept, r)
		b := kept.Body.Bytes()
		b[len(b)/2] ^= 1
		out.WriteHeader(kept.Code)
		out.Write(b)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestMonitor: a stranger follows a node, and sees when it forks, is rewound, or shows
// what it did not sign.
func TestMonitor(t *testing.T) {
	home := t.TempDir()
	original := start(t, home)
	tokens, err := node.Tokens(filepath.Join(home, "data"))
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{t: t, dir: t.TempDir(), token: tokens["operator"]}
	w.record(original, 3)
	original.stop(t)
	forked, rewound := t.TempDir(), t.TempDir()
	for _, dir := range []string{forked, rewound} {
		if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(filepath.Join(home, "data"))); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	honest, fork := start(t, home), start(t, forked)
	if err := os.WriteFile(filepath.Join(w.dir, "trust.json"), get(t, honest.url+"/api/v1/trust"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.expect(0, "4 entries, root ", honest.url)
	w.expect(0, "first look, 4 entries hashed", honest.url, "--state", "own.json", "--entries")
	w.record(honest, 4)
	w.expect(0, "continues 4, 8 entries hashed", honest.url, "--entries")
	w.expect(0, "continues 8, 0 entries hashed", honest.url, "--entries")
	w.expect(0, "continues 4, 4 entries hashed", honest.url, "--state", "own.json", "--entries")

	// The fork: shorter, as long, longer.
	w.record(fork, 1)
	w.expect(4, "SMALLER", fork.url)
	w.record(fork, 3)
	w.expect(3, "FORK: two roots are signed for 8 entries", fork.url, "--evidence", "same.json")
	w.record(fork, 2)
	w.expect(3, "FORK: the past was rewritten", fork.url, "--evidence", "longer.json")
	for _, name := range []string{"same.json", "longer.json"} {
		out, code := sogoc(t, w.dir, "monitor", "check", "--trust", "trust.json", name)
		if code != 0 || !strings.Contains(out, "proves a FORK") {
			t.Errorf("%s: %d %s", name, code, out)
		}
	}
	found, err := filepath.Glob(filepath.Join(w.dir, "sogoc-fork-*.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("evidence that no name was said for: %v, %v", found, err)
	}
	if out, code := sogoc(t, w.dir, "monitor", "check", "--trust", "trust.json", found[0]); code != exitFailed {
		t.Errorf("a smaller register proves a fork: %d %s", code, out)
	}
	// It ends a monitor that keeps looking, too.
	out, code := sogoc(t, w.dir, "monitor", fork.url, "--every", "1s", "--trust", "trust.json", "--state", "state.json")
	if code != 3 {
		t.Errorf("%d %s", code, out)
	}
	fork.stop(t)
	w.expect(7, "does not answer", fork.url)

	restored := start(t, rewound)
	w.expect(4, "SMALLER than before: 4 entries are signed, 8 were", restored.url)
	restored.stop(t)

	var altered atomic.Pointer[string]
	through := meddler(t, honest.url, &altered)
	w.expect(0, "continues 8", through)
	w.record(honest, 1)
	for _, c := range []struct {
		path string
		code int
		says string
	}{
		{"/tile/0/", 6, "inconsistent tile"},
		{"/checkpoint", 5, "checkpoint"},
		{"/tile/entries/", 6, "entr"},
	} {
		altered.Store(&c.path)
		if out, code := w.monitor(through, "--trust", "trust.json", "--entries"); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s altered: %d %s", c.path, code, out)
		}
	}
	altered.Store(new("/tile/0/"))
	w.expect(6, "inconsistent tile", through)
	altered.Store(nil)
	w.expect(0, "continues 8", through)

	strange := start(t, t.TempDir())
	w.expect(5, "signed by no key of the trust file", strange.url)
	first, code := w.monitor(strange.url, "--state", "strange.json")
	if code != 0 || !strings.Contains(first, "by the node's own word") {
		t.Errorf("%d %s", code, first)
	}
	if again, code := w.monitor(strange.url, "--state", "strange.json"); code != 0 || strings.Contains(again, "own word") || !strings.Contains(again, "continues 1") {
		t.Errorf("%d %s", code, again)
	}
	if out, code := w.monitor(honest.url, "--state", "strange.json"); code != 5 {
		t.Errorf("another register under the kept trust: %d %s", code, out)
	}
	if out, code := w.monitor(strange.url, "--state", "strange.json", "--trust", "trust.json"); code != exitUsage {
		t.Errorf("the state of another register: %d %s", code, out)
	}
	strange.stop(t)
	honest.stop(t)
}

// TestMonitorKeepsLooking: it tells of every new size until it is interrupted.
func TestMonitorKeepsLooking(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	tokens, err := node.Tokens(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{t: t, dir: dir, token: tokens["operator"]}
	cmd := command(t, dir, "monitor", s.url, "--every", "10ms", "--state", "state.json", "--entries")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for size := 1; size < 5; size++ {
		for end := time.Now().Add(30 * time.Second); !bytes.Contains(w.file("state.json"), []byte(`"entries": `+strconv.Itoa(size)+"\n")); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d entries were never seen: %s", size, w.file("state.json"))
			}
		}
		w.record(s, 1)
	}
	s.stop(t)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
	if !strings.Contains(out.String(), "4 entries, root ") {
		t.Errorf("%s", out.String())
	}
}

func TestMonitorUsage(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wrong.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{}, {"so-goc.example.vn"}, {"ftp://x.example"}, {"http://x.example", "--once", "--every", "1s"}, {"http://x.example", "--every", "0s"},
		{"http://x.example", "--trust", "none.json"}, {"http://x.example", "--trust", "wrong.json"}, {"http://x.example", "--state", "wrong.json"},
		{"check", "wrong.json"}, {"check", "--trust", "wrong.json", "wrong.json"},
	} {
		if out, code := sogoc(t, dir, append([]string{"monitor"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
}
