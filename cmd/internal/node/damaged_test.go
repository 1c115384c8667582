package node_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// TestDamagedPayloads: opening a store cuts off what follows on damage. The operator is
// told, a copy is kept, and the check names what is lost.
func TestDamagedPayloads(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	coop := s.admit("Hợp tác xã", ledger.KindCoop)
	first := s.upload(coop.token, bytes.Repeat([]byte("một tệp "), 9_000), false)
	second := s.upload(coop.token, bytes.Repeat([]byte("tệp khác "), 9_000), false)
	s.stop()
	logs, err := filepath.Glob(filepath.Join(data, "payloads", "blocks", "*.vlog"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("%v, %v", logs, err)
	}
	newest := logs[len(logs)-1]
	b, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("một tệp "))
	if at < 0 || !bytes.Contains(b[at:], []byte("tệp khác ")) {
		t.Fatalf("%s does not hold both files", newest)
	}
	b[at] ^= 1
	if err := os.WriteFile(newest, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s = openSite(t, data)
	told := false
	for _, e := range s.Watch.Recent.Reports() {
		told = told || strings.Contains(e.Message, "a store is damaged")
	}
	if !told {
		t.Error("the operator is not told")
	}
	s.stop()
	kept, err := filepath.Glob(filepath.Join(data, "damaged", "*.vlog.damaged"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	if b, err = os.ReadFile(kept[0]); err != nil || !bytes.Contains(b, []byte("tệp khác ")) {
		t.Errorf("what followed on the damage is not in the copy: %v", err)
	}
	wrong, _ := verified(t, data)
	for _, cid := range []string{first, second} {
		if !strings.Contains(strings.Join(wrong, "\n"), cid) {
			t.Errorf("payload %s is not named among %q", cid, wrong)
		}
	}
}

// TestShortenedLedger: a ledger that is whole and older than what was read of it is
// refused.
func TestShortenedLedger(t *testing.T) {
	t.Parallel()
	data, old := t.TempDir(), filepath.Join(t.TempDir(), "ledger")
	s := openSite(t, data)
	s.stop()
	if err := os.CopyFS(old, os.DirFS(filepath.Join(data, "ledger"))); err != nil {
		t.Fatal(err)
	}
	s = openSite(t, data)
	s.admit("Hợp tác xã", ledger.KindCoop)
	s.stop()
	if err := os.RemoveAll(filepath.Join(data, "ledger")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(data, "ledger"), os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	_, err := node.Start(context.Background(), node.Config{Data: data, Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "entries were lost") {
		t.Errorf("it starts: %v", err)
	}
}
