package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/monitor"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// TestLostRecordsMoveTheOrigin: a register that is known to have lost records goes on
// under another origin. What it still has verifies, what it lost does so by the trust file
// of before alone, and a monitor does not follow by itself.
func TestLostRecordsMoveTheOrigin(t *testing.T) {
	t.Parallel()
	data, out := t.TempDir(), t.TempDir()
	s := openSite(t, data)
	s.admit("Hợp tác xã A", ledger.KindCoop)
	before, kept := s.trustFile(), s.receiptOf(1)
	full := filepath.Join(out, "full")
	size := s.backUp(full, nil).To.Size
	s.admit("Hợp tác xã B", ledger.KindCoop)
	lost := s.receiptOf(size)
	seen := filepath.Join(out, "checkpoint")
	if err := os.WriteFile(seen, s.get("/api/v1/checkpoint", "").body, 0o600); err != nil {
		t.Fatal(err)
	}
	m := monitor.Monitor{Trust: before, Source: monitor.Site{URL: s.URL}}
	looked, err := m.Look(t.Context(), monitor.State{})
	if err != nil {
		t.Fatal(err)
	}
	s.stop()

	again := filepath.Join(out, "data")
	r, err := node.Restore(t.Context(), node.RestoreConfig{Data: again, From: []string{full}, Witnessed: seen, AcceptLoss: true, Log: quiet})
	if err != nil || r.Origin == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := os.CopyFS(filepath.Join(again, "keys"), os.DirFS(filepath.Join(data, "keys"))); err != nil {
		t.Fatal(err)
	}
	tokens, err := os.ReadFile(filepath.Join(data, "tokens.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(again, "tokens.json"), tokens, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // and after another start
		s = openSite(t, again)
		now := s.trustFile()
		if now.Origin != r.Origin || len(now.Former) != 1 || now.Former[0].Until != size || s.Ledger.Size() != size+1 {
			t.Fatalf("%d records, %s", s.Ledger.Size(), now)
		}
		key, err := note.NewVerifier(now.Keys[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := merkle.OpenCheckpoint(s.get("/checkpoint", "").body, r.Origin, key); err != nil {
			t.Error(err)
		}
		for what, b := range map[string][]byte{"of before": kept, "of now": s.receiptOf(1), "of the change": s.receiptOf(size)} {
			if _, err := receipt.Verify(now, b); err != nil {
				t.Errorf("a receipt %s: %v", what, err)
			}
		}
		if _, err := receipt.Verify(now, lost); err == nil || !strings.Contains(err.Error(), "was replaced by entry") {
			t.Errorf("a receipt of what was lost: %v", err)
		}
		if _, err := receipt.Verify(before, lost); err != nil {
			t.Errorf("by the trust file of before: %v", err)
		}
		site := monitor.Site{URL: s.URL}
		m := monitor.Monitor{Trust: before, Source: site, Rotations: site.Rotations}
		if _, err := m.Look(t.Context(), looked.State); err == nil || !strings.Contains(err.Error(), "another origin") {
			t.Errorf("the monitor: %v", err)
		}
		s.stop()
	}
	wholeFolder(t, again)
}
