package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// TestPeersOfOne: the peers file of a node that has witnesses only is made by one
// command, and the node starts with it.
func TestPeersOfOne(t *testing.T) {
	dir := t.TempDir()
	start(t, dir).stop(t)
	cosigner, err := merkle.NewCosigner("witness.example", bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	witness := "http://127.0.0.1:1/sogoc," + cosigner.String()
	for _, args := range [][]string{{}, {"data/peer.json"}, {"--witness", "http://127.0.0.1:1", "data/peer.json"}} {
		if out, code := sogoc(t, dir, append([]string{"peers"}, args...)...); code != exitUsage {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	if out, code := sogoc(t, dir, "peers", "--quorum", "3", "--witness", witness, "data/peer.json"); code != exitFailed || !strings.Contains(out, "quorum") {
		t.Errorf("%d %s", code, out)
	}
	out, code := sogoc(t, dir, "peers", "--quorum", "1", "--witness", witness, "data/peer.json")
	f, err := peer.ParseFile([]byte(out))
	if code != 0 || err != nil || f.Quorum != 1 || len(f.Nodes) != 1 || len(f.Witnesses) != 1 || f.Witnesses[0].Key != cosigner.String() {
		t.Fatalf("%d, %+v, %v: %s", code, f, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "peers.json"), []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir, "--peers", "peers.json")
	if trust := get(t, s.url+"/api/v1/trust"); !bytes.Contains(trust, []byte(cosigner.String())) {
		t.Errorf("%s", trust)
	}
	s.stop(t)
}
