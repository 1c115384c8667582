package node_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/monitor"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// replaceKey replaces the checkpoint key of a node that is stopped.
func replaceKey(t *testing.T, data string, retired []byte) ledger.Rotation {
	t.Helper()
	done, err := node.RotateCheckpoint(t.Context(), node.KeyChangeConfig{
		Config: node.Config{Data: data, Log: quiet}, Reason: "Thay máy chủ", Retired: retired,
	})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// receiptOf fetches a receipt of an entry.
func (s *site) receiptOf(entry uint64) []byte {
	s.Helper()
	return s.must(s.get(fmt.Sprintf("/api/v1/receipts/%d", entry), ""), http.StatusOK).body
}

func (s *site) trustFile() receipt.Trust {
	s.Helper()
	t, err := receipt.ParseTrust(s.must(s.get("/api/v1/trust", ""), http.StatusOK).body)
	if err != nil {
		s.Fatal(err)
	}
	return t
}

// wholeFolder makes sure that nothing is wrong in the folder of a stopped node.
func wholeFolder(t *testing.T, data string) {
	t.Helper()
	v, err := node.Verify(t.Context(), node.VerifyConfig{
		Config: node.Config{Data: data, Log: quiet},
		Wrong:  func(where, what string) { t.Errorf("%s: %s", where, what) },
		Note:   func(string) {},
	})
	if err != nil || v.Wrong > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestCheckpointKeyIsReplaced: receipts of before keep verifying, a monitor follows by
// itself, and accounts, backup and check go on.
func TestCheckpointKeyIsReplaced(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	s.admit("Hợp tác xã A", ledger.KindCoop)
	before, old := s.trustFile(), s.receiptOf(1)
	look := func(m *monitor.Monitor, was monitor.State) monitor.Seen {
		t.Helper()
		site := monitor.Site{URL: s.URL}
		m.Source, m.Rotations = site, site.Rotations
		seen, err := m.Look(t.Context(), was)
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	watching := &monitor.Monitor{Trust: before, Entries: true}
	seen := look(watching, monitor.State{})
	if _, err := node.RotateCheckpoint(t.Context(), node.KeyChangeConfig{Config: node.Config{Data: data, Log: quiet}, Reason: "x"}); !node.InUse(err) {
		t.Errorf("while the node runs: %v", err)
	}
	s.stop()
	first := replaceKey(t, data, nil)
	wholeFolder(t, data)
	second := replaceKey(t, data, nil)
	if second.Old != first.New || second.Index != first.Index+1 {
		t.Errorf("%+v after %+v", second, first)
	}
	s = openSite(t, data)
	s.parties = 1
	s.admit("Hợp tác xã B", ledger.KindCoop)
	now := s.trustFile()
	if len(now.Former) != 2 || now.Keys[0] != second.New {
		t.Errorf("%s", now)
	}
	for name, b := range map[string][]byte{"of before": old, "of now": s.receiptOf(1), "of the change": s.receiptOf(second.Index)} {
		if _, err := receipt.Verify(now, b); err != nil {
			t.Errorf("a receipt %s: %v", name, err)
		}
	}
	if _, err := receipt.Verify(before, old); err != nil {
		t.Errorf("by the trust file of before: %v", err)
	}
	if _, err := receipt.Verify(before, s.receiptOf(1)); err == nil {
		t.Error("a trust file of before takes the new key")
	}
	again := look(watching, seen.State)
	if !again.Changed || again.Before != seen.Size || again.State.Trust.String() != now.String() {
		t.Errorf("the monitor saw %+v", again)
	}
	if kept, err := monitor.ParseState(again.State.Encode()); err != nil || look(watching, kept).Changed {
		t.Errorf("afterwards: %v", err)
	}
	pinned := &monitor.Monitor{Trust: before}
	if !look(pinned, seen.State).Changed {
		t.Error("from a trust file of before")
	}
	file := filepath.Join(t.TempDir(), "full")
	s.backUp(file, nil)
	kept := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.WriteFile(kept, s.get("/api/v1/checkpoint", "").body, 0o600); err != nil {
		t.Fatal(err)
	}
	s.stop()
	wholeFolder(t, data)
	restored := filepath.Join(t.TempDir(), "data")
	if _, err := node.Restore(t.Context(), node.RestoreConfig{Data: restored, From: []string{file}, Witnessed: kept, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	wholeFolder(t, restored)
}

// TestKeyChangeIsTakenUp: what was cut off after the entry was recorded is finished by the
// next start; without the key nothing starts.
func TestKeyChangeIsTakenUp(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	s.stop()
	kept := filepath.Join(t.TempDir(), "keys")
	if err := os.CopyFS(kept, os.DirFS(filepath.Join(data, "keys"))); err != nil {
		t.Fatal(err)
	}
	done := replaceKey(t, data, nil)
	in := func(name string) string { return filepath.Join(data, "keys", name) }
	read := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, pub := read("checkpoint.key"), read("checkpoint.pub")
	// put makes the keys those of before, with further files.
	put := func(files map[string][]byte, gone ...string) {
		t.Helper()
		err := errors.Join(os.RemoveAll(in("")), os.CopyFS(in(""), os.DirFS(kept)))
		for name, b := range files {
			err = errors.Join(err, os.WriteFile(in(name), b, 0o600))
		}
		for _, name := range gone {
			err = errors.Join(err, os.Remove(in(name)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put(nil)
	if _, err := node.Start(context.Background(), node.Config{Data: data, Log: quiet, Listen: "127.0.0.1:0"}); err == nil || !strings.Contains(err.Error(), done.New) {
		t.Errorf("without the key: %v", err)
	}
	next := map[string][]byte{"checkpoint.next.key": key, "checkpoint.next.pub": pub}
	for name, cut := range map[string]func(){
		"before the files are moved":   func() { put(next) },
		"after the first":              func() { put(next, "checkpoint.key") },
		"after the second":             func() { put(next, "checkpoint.key", "checkpoint.pub") },
		"before the last":              func() { put(map[string][]byte{"checkpoint.next.key": key, "checkpoint.pub": pub}, "checkpoint.key") },
		"as if it had never been done": func() { put(map[string][]byte{"checkpoint.key": key, "checkpoint.pub": pub}) },
	} {
		cut()
		s := openSite(t, data)
		if got := s.trustFile(); got.Keys[0] != done.New || len(got.Former) != 1 {
			t.Errorf("%s: %s", name, got)
		}
		if _, err := receipt.Verify(s.trustFile(), s.receiptOf(done.Index)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.stop()
	}
}

// TestCompromisedKey: what the stolen key signed is unproven without a witness or a proof
// to the last good tree.
func TestCompromisedKey(t *testing.T) {
	t.Parallel()
	data, out := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(out, name) }
	recovery, err := node.NewRecoveryKey(in("recovery.key"))
	if err != nil {
		t.Fatal(err)
	}
	s := startSite(t, node.Config{Data: data, Recovery: recovery})
	s.admit("Hợp tác xã A", ledger.KindCoop)
	early := s.receiptOf(1)
	s.admit("Hợp tác xã B", ledger.KindCoop)
	good, was := s.get("/api/v1/checkpoint", "").body, s.trustFile()
	atGood := s.receiptOf(1)
	s.admit("Hợp tác xã C", ledger.KindCoop)
	late := s.receiptOf(1)
	s.stop()
	retired, err := node.Retire(in("recovery.key"), was, good)
	if err != nil {
		t.Fatal(err)
	}
	other, err := node.NewRecoveryKey(in("other.key"))
	if err != nil {
		t.Fatal(err)
	}
	forged, err := node.Retire(in("other.key"), was, good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := node.RotateCheckpoint(t.Context(), node.KeyChangeConfig{Config: node.Config{Data: data, Log: quiet}, Reason: "x", Retired: forged}); err == nil {
		t.Errorf("retired by %s", other)
	}
	replaceKey(t, data, retired)
	s = openSite(t, data)
	now := s.trustFile()
	unproven := func(what string, b []byte, past []ledger.Hash) {
		t.Helper()
		if _, err := receipt.VerifyWith(now, b, past); !errors.Is(err, receipt.ErrUnproven) {
			t.Errorf("%s: %v", what, err)
		}
	}
	unproven("early", early, nil)
	unproven("late", late, nil)
	if _, err := receipt.Verify(now, atGood); err != nil {
		t.Errorf("of the last good tree: %v", err)
	}
	if _, err := receipt.Verify(now, s.receiptOf(1)); err != nil {
		t.Errorf("of now: %v", err)
	}
	c, err := now.Signatures([]byte(parsed(t, early).Checkpoint))
	if err != nil {
		t.Fatal(err)
	}
	var proof struct{ Path []ledger.Hash }
	s.must(s.get(fmt.Sprintf("/api/v1/proofs/consistency?from=%d&to=%d", c.Size, now.Former[0].Good.Size), ""), http.StatusOK).into(t, &proof)
	if _, err := receipt.VerifyWith(now, early, proof.Path); err != nil {
		t.Errorf("with its proof: %v", err)
	}
	unproven("late, with another's proof", late, proof.Path)
}

func parsed(t *testing.T, b []byte) receipt.Receipt {
	t.Helper()
	r, err := receipt.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestWitnessFollowsTheKey: a witness that was told the new key goes on from what it
// cosigned under the one before, by the peers file of before.
func TestWitnessFollowsTheKey(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := openSite(t, data)
	origin, old := s.Trust.Origin, s.Trust.Keys[0]
	s.stop()
	peerOfBefore := filepath.Join(t.TempDir(), "peer.json")
	b, err := os.ReadFile(filepath.Join(data, "peer.json"))
	if err == nil {
		err = os.WriteFile(peerOfBefore, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	change := replaceKey(t, data, nil)
	w := newWitness(t, origin, old, change.New)
	file := filepath.Join(t.TempDir(), "peers.json")
	if b, err = node.PeersFile(0, []peer.Witness{w}, peerOfBefore); err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	s = startSite(t, node.Config{Data: data, Peers: file})
	s.admit("Hợp tác xã", ledger.KindCoop)
	size := s.Ledger.Size()
	var status peer.Status
	eventually(t, func() bool {
		s.get("/api/v1/peers", "").into(t, &status)
		return status.Cosigned == size
	}, "a cosigned checkpoint")
	v, err := receipt.Verify(s.trustFile(), s.receiptOf(change.Index))
	if err != nil || len(v.Witnesses) != 2 {
		t.Errorf("%v, %v", v.Witnesses, err)
	}
}
