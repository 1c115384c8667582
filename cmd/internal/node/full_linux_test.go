package node_test

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// smallDisk is a folder on a disk of its own; false where this process may mount none.
func smallDisk(t *testing.T, size string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Logf("no disk can be mounted (%v); what a full one does is tried by package embedded alone", err)
		return "", false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}

// fill takes all room of a disk but some, and returns what gives it back.
func fill(t *testing.T, dir string, left int64) (release func()) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, int64(st.Bavail)*st.Bsize-left); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk: a node whose disk is nearly full answers that it cannot record, reads go
// on, and when there is room again so does recording, without a restart.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir, ok := smallDisk(t, "400m")
	if !ok {
		return
	}
	data := filepath.Join(dir, "data")
	s := openSite(t, data)
	coop := s.admit("Hợp tác xã", ledger.KindCoop)
	for round := range 2 {
		s.recordEvents(coop, ledger.Public, s.eventOf(coop, 2*round))
		size := s.Ledger.Size()
		release := fill(t, dir, 200<<20)
		for what, a := range map[string]*answer{
			"an event":  s.capture(coop.token, ledger.Public, documentOf(s.eventOf(coop, 1000+round))),
			"a payload": s.call(http.MethodPost, "/api/v1/payloads", coop.token, header{"Content-Type", "application/octet-stream"}, []byte("một tệp")),
			"readyz":    s.get("/readyz", ""),
		} {
			if a.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("%s on a full disk: %s", what, a)
			}
		}
		if a := s.capture(coop.token, ledger.Public, documentOf(s.eventOf(coop, 2000+round))); a.Header.Get("Retry-After") == "" {
			t.Errorf("it does not say when to come again: %v", a.Header)
		}
		var health struct{ ReadOnly string }
		if s.must(s.get("/healthz", ""), http.StatusOK).into(t, &health); health.ReadOnly == "" {
			t.Error("healthz says nothing")
		}
		s.receiptOf(1)
		s.must(s.get("/", ""), http.StatusOK)
		release()
		s.must(s.get("/readyz", ""), http.StatusOK)
		s.recordEvents(coop, ledger.Public, s.eventOf(coop, 2*round+1))
		if s.Ledger.Size() <= size {
			t.Error("nothing is recorded afterwards")
		}
	}
	s.stop()
	wholeFolder(t, data)
}
