package node_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// TestBackupJobsPeersCertificates: jobs of labels and the list of peers are in every
// backup; certificates, with their keys, are where the node's own keys are.
func TestBackupJobsPeersCertificates(t *testing.T) {
	t.Parallel()
	data, out := t.TempDir(), t.TempDir()
	openSite(t, data).stop()
	list := filepath.Join(out, "peers.json")
	b, err := node.PeersFile(0, nil, filepath.Join(data, "peer.json"))
	if err == nil {
		err = os.WriteFile(list, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := startSite(t, node.Config{Data: data, Peers: list})
	org := s.admit("Hợp tác xã A", ledger.KindCoop).org
	order := jobs.Order{Org: org, Member: ledger.NewID(), Total: 3, About: []byte(`{"format":"a6"}`), Work: []byte(`{"n":3}`), Held: true}
	waits, err := s.Jobs.Add(order)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(data, "acme"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "acme", "truyxuat.example"), []byte("khoá và chứng thư"), 0o600); err != nil {
		t.Fatal(err)
	}
	running, stopped := filepath.Join(out, "running"), filepath.Join(out, "stopped")
	s.backUp(running, nil)
	s.stop()
	f, err := os.Create(stopped)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := node.BackupStopped(t.Context(), node.Config{Data: data, Log: quiet}, f, node.BackupOptions{Keys: true}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	for file, certified := range map[string]bool{running: false, stopped: true} {
		dir := filepath.Join(t.TempDir(), "data")
		if _, err := node.Restore(t.Context(), node.RestoreConfig{Data: dir, From: []string{file}, AcceptLoss: true, Log: quiet}); err != nil {
			t.Fatal(err)
		}
		kept, err := jobs.Open(jobs.Config{Dir: filepath.Join(dir, "jobs"), Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		work, j, err := kept.Held(org, waits.ID)
		if err != nil || !bytes.Equal(work, order.Work) || j.Made != waits.Made || j.Total != 3 {
			t.Errorf("the job came back as %+v with %q, %v", j, work, err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "peers.used.json")); err != nil || !bytes.Equal(got, b) {
			t.Errorf("the list of peers: %s, %v", got, err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "acme", "truyxuat.example"))
		if certified != (err == nil) || certified && string(got) != "khoá và chứng thư" {
			t.Errorf("certificates of a backup with keys (%v): %q, %v", certified, got, err)
		}
	}
}
