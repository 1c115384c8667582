package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// TestBackupCommands: a node is backed up by another process while 16 record, killed,
// checked, and restored; what is wrong has its exit code.
func TestBackupCommands(t *testing.T) {
	dir := t.TempDir()
	in := func(name ...string) string { return filepath.Join(append([]string{dir}, name...)...) }
	wants := func(code int, says string, args ...string) string {
		t.Helper()
		out, got := sogoc(t, dir, args...)
		if got != code || !strings.Contains(out, says) {
			t.Errorf("sogoc %s: %d, want %d and %q:\n%s", strings.Join(args, " "), got, code, says, out)
		}
		return out
	}
	s := start(t, dir)
	tokens, err := node.Tokens(in("data"))
	if err != nil {
		t.Fatal(err)
	}
	record := func(from, to int) (entries []string) {
		t.Helper()
		var mu sync.Mutex
		var writers sync.WaitGroup
		for w := range 16 {
			writers.Go(func() {
				for n := from + w; n < to; n += 16 {
					entry, err := post(s.url, tokens["operator"], event(n))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					entries = append(entries, entry)
					mu.Unlock()
				}
			})
		}
		writers.Wait()
		return entries
	}
	acknowledged := record(0, 100)
	wants(0, "checked", "backup", "--url", s.url, "--to", "full.backup")
	more := make(chan []string)
	go func() { more <- record(100, 400) }()
	wants(0, "checked", "backup", "--url", s.url, "--since", "full.backup", "--to", "busy.backup")
	acknowledged = append(acknowledged, <-more...)
	wants(0, "checked", "backup", "--url", s.url, "--since", "busy.backup", "--to", "last.backup")
	if err := os.WriteFile(in("checkpoint"), get(t, s.url+"/api/v1/checkpoint"), 0o600); err != nil {
		t.Fatal(err)
	}

	wants(exitFailed, "stop the node", "verify", "--data", "data")
	wants(exitFailed, "stop the node", "compact")
	wants(exitFailed, "in use", "rebuild")
	wants(exitFailed, "a running node does not hand out its keys", "backup", "--to", "x", "--keys")
	wants(exitFailed, "does not answer", "backup", "--to", "x", "--url", "http://localhost:1")
	if _, err := os.Stat(in("x")); !os.IsNotExist(err) {
		t.Errorf("a backup that failed is there: %v", err)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.cmd.Wait() // it was killed, and says so
	wants(0, "verifies", "verify", "--data", "data", "--checkpoint", "checkpoint")

	wants(exitUsage, "--to", "backup")
	wants(exitUsage, "neither a file nor the position", "backup", "--to", "x", "--since", "nowhere")
	wants(exitUsage, "which backup", "restore")
	wants(exitUsage, "another matter", "verify", "--data", "data", "receipt")
	wants(exitFailed, "--accept-lost-records", "restore", "--from", "full.backup", "--data", "new")
	wants(exitFailed, "are missing", "restore", "--from", "full.backup", "--witnessed", "checkpoint", "--data", "new")
	wants(exitFailed, "not empty", "restore", "--from", "full.backup", "--witnessed", "checkpoint", "--data", "data")
	wants(exitUnproved, "an increment is missing", "restore", "--from", "full.backup", "--from", "last.backup", "--witnessed", "checkpoint", "--data", "new")
	b, err := os.ReadFile(in("full.backup"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("cut.backup"), b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	wants(exitUnproved, "cut short", "restore", "--from", "cut.backup", "--accept-lost-records", "--data", "new")
	if piped, err := command(t, dir, "backup", "--to", "-").Output(); err != nil || !bytes.HasPrefix(piped, []byte("sogoc-backup/1\n")) {
		t.Errorf("on standard output: %v, %d bytes", err, len(piped))
	}
	wants(0, "act as the operator", "backup", "--to", "keys.backup", "--keys")

	wants(0, "records", "restore", "--from", "full.backup", "--from", "busy.backup", "--from", "last.backup", "--witnessed", "checkpoint", "--data", "new")
	wants(0, "verifies", "verify", "--data", "new", "--checkpoint", "checkpoint")
	wants(0, "records", "restore", "--from", "keys.backup", "--witnessed", "checkpoint", "--data", "own")
	s = start(t, dir, "--data", "own")
	seen := map[string]bool{}
	for n := range 400 {
		entry, err := post(s.url, tokens["operator"], event(n)) // is answered by what was recorded
		if err != nil {
			t.Fatal(err)
		}
		seen[entry] = true
	}
	for _, entry := range acknowledged {
		if !seen[entry] {
			t.Errorf("entry %s was acknowledged before the backup, and is another now", entry)
		}
	}
	s.stop(t)
	if !strings.Contains(s.welcome, "restored from a backup") {
		t.Errorf("it says at its start\n%s", s.welcome)
	}

	if err := os.RemoveAll(in("own", "index")); err != nil {
		t.Fatal(err)
	}
	wants(exitUnproved, "index: it is missing", "verify", "--data", "own")
	wants(0, "are built", "rebuild", "--data", "own")
	wants(0, "verifies", "verify", "--data", "own")
}
