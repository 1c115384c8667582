package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// TestKeysCommands: a register is founded with a recovery key, its checkpoint key is
// retired as compromised, and what it signed is unproven until a proof shows otherwise.
func TestKeysCommands(t *testing.T) {
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
	save := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	recovery := strings.TrimSpace(wants(0, "recovery+", "keys", "recovery", "--to", "recovery.key"))
	wants(1, "exists", "keys", "recovery", "--to", "recovery.key")
	wants(2, "--recovery-key", "serve", "--recovery-key", "no key")
	s := start(t, dir, "--recovery-key", recovery)
	save("early.json", get(t, s.url+"/api/v1/receipts/0"))
	tokens, err := node.Tokens(in("data"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if _, err := post(s.url, tokens["operator"], event(n)); err != nil {
			t.Fatal(err)
		}
	}
	save("good.checkpoint", get(t, s.url+"/api/v1/checkpoint"))
	save("trust.json", get(t, s.url+"/api/v1/trust"))
	save("proof.json", get(t, s.url+"/api/v1/proofs/consistency?from=1&to=4"))
	wants(1, "stop the node", "keys", "rotate-checkpoint", "--reason", "x")
	s.stop(t)
	wants(0, "", "keys", "retire", "--recovery", "recovery.key", "--trust", "trust.json", "--to", "retired.note", "good.checkpoint")
	wants(2, "--reason", "keys", "rotate-checkpoint")
	wants(0, `"new":"`, "keys", "rotate-checkpoint", "--reason", "x", "--only-draw")
	wants(0, "replaced by entry 4", "keys", "rotate-checkpoint", "--reason", "Máy bị trộm", "--retired", "retired.note")
	wants(0, "verifies", "verify", "--trust", "trust.json", "early.json")
	wants(3, "early.json is UNPROVEN", "verify", "--trust", "data/trust.json", "early.json")
	wants(0, "verifies", "verify", "--trust", "data/trust.json", "--proof", "proof.json", "early.json")
	wants(0, "data verifies", "verify", "--data", "data", "--checkpoint", "good.checkpoint")
	s = start(t, dir)
	save("now.json", get(t, s.url+"/api/v1/receipts/0"))
	wants(0, "replaced the checkpoint key", "monitor", s.url, "--once", "--trust", "trust.json", "--state", "seen.json")
	s.stop(t)
	wants(0, "verifies", "verify", "--trust", "data/trust.json", "now.json")
}
