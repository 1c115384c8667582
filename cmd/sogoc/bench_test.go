package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBenchLedger: the whole table is measured, with the smallest sizes, and the folder
// that it was measured in is gone.
func TestBenchLedger(t *testing.T) {
	dir := t.TempDir()
	profiles := t.TempDir()
	out, code := sogoc(t, dir, "bench", "ledger", "--in", dir, "--profiles", profiles, "--events", "40", "--documents", "2", "--scans", "10", "--edges", "1500", "--leaves", "3000", "--writers", "8")
	if code != 0 {
		t.Fatalf("%d: %s", code, out)
	}
	for _, what := range []string{" cores of ", "WHAT ", "1.5 KB events, 8 writers", "without rules and indexes", "p50 ", "bytes on disk an event", "over HTTP",
		"100 events under one signature", "passport page by QR", "its JSON", "trace of 1001 nodes among 2000 edges", "as a killed process leaves it", "inclusion proof at 3000 leaves"} {
		if !strings.Contains(out, what) {
			t.Errorf("%q is not in the table:\n%s", what, out)
		}
	}
	for _, part := range []string{"young", "single", "one", "http", "hundred", "scanned", "traced"} {
		if info, err := os.Stat(filepath.Join(profiles, part+".pprof")); err != nil || info.Size() == 0 {
			t.Errorf("no profile of %q: %v", part, err)
		}
	}
	if left, code := sogoc(t, dir, "bench", "ledger", "--events", "0"); code != 2 || !strings.Contains(left, "--events") {
		t.Errorf("no events: %d, %s", code, left)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
