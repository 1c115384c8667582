package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asProgram makes this test binary behave as sogoc, so that tests start and kill
// real processes.
const asProgram = "SOGOC_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:])
		stop()
		os.Exit(code)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "sogoc-config-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if home, err := os.UserConfigDir(); err == nil && os.Getenv("GOENV") == "" {
			os.Setenv("GOENV", filepath.Join(home, "go", "env")) // Go's settings stay where they are
		}
		os.Setenv("XDG_CONFIG_HOME", dir) // where nodes make their master keys
		return m.Run()
	}())
}

func command(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// sogoc runs a command to its end.
func sogoc(t testing.TB, dir string, args ...string) (out string, code int) {
	t.Helper()
	b, err := command(t, dir, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return string(b), code
}

// server is a running node in a process of its own.
type server struct {
	cmd     *exec.Cmd
	url     string
	welcome string        // all that it printed, once it has stopped
	printed chan struct{} // closed when it prints no more
	stderr  bytes.Buffer
}

// start runs serve until it has said what is worth opening.
func start(t testing.TB, dir string, args ...string) *server {
	t.Helper()
	s := &server{cmd: command(t, dir, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = &s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.welcome += lines.Text() + "\n"
		if _, url, ok := strings.Cut(lines.Text(), " · http"); ok && s.url == "" {
			s.url = "http" + url
		}
		if strings.Contains(lines.Text(), "tokens") {
			break
		}
	}
	s.printed = make(chan struct{})
	go func() {
		defer close(s.printed)
		for lines.Scan() {
			s.welcome += lines.Text() + "\n"
		}
	}()
	if s.url == "" {
		<-s.printed
		s.cmd.Wait()
		t.Fatalf("the node did not start: %s%s", s.welcome, s.stderr.String())
	}
	return s
}

// stop ends the node as Ctrl-C does.
func (s *server) stop(t testing.TB) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-s.printed
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the node ended with %v: %s", err, s.stderr.String())
	}
}

func get(t testing.TB, url string) []byte {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %s", url, r.Status, b)
	}
	return b
}

func TestServeTwiceOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	out, code := sogoc(t, dir, "serve", "--listen", "127.0.0.1:0")
	if code != exitFailed || !strings.Contains(out, "in use") {
		t.Errorf("a second start exits with %d and says %q", code, out)
	}
	before := get(t, s.url+"/api/v1/register")
	s.stop(t)
	s = start(t, dir)
	var was, is struct{ Register string }
	if err := errors.Join(json.Unmarshal(before, &was), json.Unmarshal(get(t, s.url+"/api/v1/register"), &is)); err != nil || was != is {
		t.Errorf("started again it is register %v, was %v, %v", is, was, err)
	}
	s.stop(t)
}

func TestWrongCallsSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"serve", "--nonsense"}, exitUsage, "nonsense"},
		{[]string{"serve", "--listen", "nowhere"}, exitUsage, "--listen"},
		{[]string{"serve", "--public-url", "truyxuat.example"}, exitUsage, "--public-url"},
		{[]string{"serve", "--ledger", "paper"}, exitUsage, "--ledger"},
		{[]string{"serve", "--profile", "p.json"}, exitUsage, "--profile"},
		{[]string{"serve", "--ledger", "fabric"}, exitUsage, "--profile"},
		{[]string{"serve", "--ledger", "fabric", "--profile", "p.json", "--org-kind", "operator"}, exitUsage, "--org-kind"},
		{[]string{"serve", "--ledger", "fabric", "--profile", "p.json"}, exitFailed, "p.json"},
		{[]string{"qr"}, exitUsage, "arg"},
		{[]string{"qr", "09521234543214"}, exitUsage, "check digit"},
		{[]string{"qr", "https://farm.example/lot/7"}, exitUsage, "no address of its own"},
		{[]string{"trace", "not an id"}, exitUsage, "not a URI"},
		{[]string{"trace", "--url", "http://127.0.0.1:1", "09521234543213"}, exitFailed, "does not answer"},
		{[]string{"capture"}, exitUsage, "which files"},
		{[]string{"capture", "x.json"}, exitUsage, "SOGOC_TOKEN"},
		{[]string{"capture", "--as", "nobody", "x.json"}, exitFailed, "tokens.json"},
		{[]string{"serve", "--peers", "p.json"}, exitUsage, "--peers"},
		{[]string{"peers", "a.json"}, exitUsage, "which nodes"},
		{[]string{"admit"}, exitUsage, "arg"},
		{[]string{"admit", "x.json"}, exitUsage, "SOGOC_TOKEN"},
		{[]string{"serve", "--oidc", "https://id.example"}, exitUsage, "--oidc"},
		{[]string{"serve", "--oidc", "https://id.example,sogoc"}, exitUsage, "--public-url"},
		{[]string{"serve", "--oidc", "http://id.example,sogoc", "--public-url", "https://truyxuat.example"}, exitUsage, "--oidc"},
		{[]string{"serve", "--smtp-url", "smtps://so@mail.example", "--mail-from", "so@bacgiang.example"}, exitUsage, "$SOGOC_SMTP_PASSWORD: is missing"},
		{[]string{"serve", "--smtp-url", "mail.example", "--mail-from", "so@bacgiang.example"}, exitUsage, "--smtp-url"},
		{[]string{"serve", "--smtp-url", "smtps://mail.example"}, exitUsage, "--mail-from"},
		{[]string{"serve", "--mail-from", "so@bacgiang.example"}, exitUsage, "--smtp-url"},
		{[]string{"serve", "--trusted-proxies", "10.1.0.0/16,proxy"}, exitUsage, `--trusted-proxies: "proxy"`},
		{[]string{"serve", "--trusted-proxies", "10.1.2.3/16"}, exitUsage, "--trusted-proxies: 10.1.2.3/16"},
		{[]string{"serve", "--trusted-proxies", "0.0.0.0/0"}, exitUsage, "everybody"},
		{[]string{"serve", "--tls-cert", "c.pem"}, exitUsage, "--tls-key"},
		{[]string{"serve", "--tls-key", "k.pem"}, exitUsage, "--tls-cert"},
		{[]string{"serve", "--tls-cert", "c.pem", "--tls-key", "k.pem"}, exitFailed, "--tls-cert: stat c.pem"},
		{[]string{"serve", "--acme", "truyxuat.example,nowhere"}, exitUsage, `--acme: "nowhere"`},
		{[]string{"serve", "--acme-email", "a@b.example"}, exitUsage, "--acme-email"},
		{[]string{"serve", "--acme-directory", "https://ca.example"}, exitUsage, "--acme-directory"},
		{[]string{"serve", "--http-redirect", ":80"}, exitUsage, "--http-redirect"},
		{[]string{"verify", "r.json"}, exitUsage, "--trust"},
	} {
		out, code := sogoc(t, dir, c.args...)
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("sogoc %s exits with %d, want %d, and says %q, want %q in it", strings.Join(c.args, " "), code, c.code, out, c.says)
		}
	}
	if out, code := sogoc(t, dir, "version"); code != 0 || !strings.HasPrefix(out, "sogoc ") {
		t.Errorf("version: %d, %q", code, out)
	}
}

// event is a document with one statement about a thing of nobody's.
func event(n int) string {
	return fmt.Sprintf(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0",
"creationDate":"2026-06-03T07:30:00+07:00","epcisBody":{"eventList":[{"type":"ObjectEvent","eventID":"urn:uuid:00000000-0000-4000-8000-%012d",
"eventTime":"2026-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00","epcList":["https://farm.example/crate/%d"],"action":"OBSERVE"}]}}`, n, n)
}

// TestVerifyOffline: a receipt is checked with the node stopped.
func TestVerifyOffline(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, dir)
	write("event.json", []byte(event(1)))
	out, code := sogoc(t, dir, "capture", "--url", s.url, "--as", "operator", "--audience", "public", "event.json")
	if code != 0 || out != "event.json: recorded, entry 1\n" {
		t.Fatalf("capture: %d, %s", code, out)
	}
	if again, code := sogoc(t, dir, "capture", "--url", s.url, "--as", "operator", "event.json"); code != 0 || again != out {
		t.Errorf("capturing twice: %d, %s", code, again)
	}
	if out, code := sogoc(t, dir, "trace", "--url", s.url, "https://farm.example/crate/1"); code != 0 || !strings.Contains(out, "https://farm.example/crate/1") {
		t.Errorf("trace: %d, %s", code, out)
	}
	good := get(t, s.url+"/api/v1/receipts/1")
	trust := get(t, s.url+"/api/v1/trust")
	s.stop(t)
	write("good.json", good)
	write("trust.json", trust)
	if out, code := sogoc(t, dir, "verify", "--trust", "trust.json", "good.json"); code != 0 || !strings.Contains(out, "good.json verifies") || !strings.Contains(out, "urn:uuid:00000000-0000-4000-8000-000000000001") {
		t.Errorf("verify: %d, %s", code, out)
	}
	for i := 0; i < len(good); i += len(good) / 40 {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		write("bad.json", bad)
		if out, code := sogoc(t, dir, "verify", "--trust", "trust.json", "bad.json"); code != exitUnproved {
			t.Errorf("with byte %d changed it exits with %d: %s", i, code, out)
		}
	}

	// A register of the same name, founded by somebody else, is not believed.
	other := t.TempDir()
	forger := start(t, other)
	if err := os.WriteFile(filepath.Join(other, "event.json"), []byte(event(1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := sogoc(t, other, "capture", "--url", forger.url, "--as", "operator", "--audience", "public", "event.json"); code != 0 {
		t.Fatal(out)
	}
	write("forged.json", get(t, forger.url+"/api/v1/receipts/1"))
	forger.stop(t)
	if out, code := sogoc(t, dir, "verify", "--trust", "trust.json", "forged.json"); code != exitUnproved {
		t.Errorf("a complete forgery exits with %d: %s", code, out)
	}
}
