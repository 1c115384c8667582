package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/ledger/witness"
)

// remembered is a witness's memory.
type remembered struct {
	mu     sync.Mutex
	states map[string]witness.State
}

func (m *remembered) Cosigned(origin string) (witness.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[origin], nil
}

func (m *remembered) Keep(origin string, s witness.State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[origin] = s
	return nil
}

// newWitness serves a witness of a log by its keys, and returns how a peers file names it.
func newWitness(t *testing.T, origin string, vkeys ...string) peer.Witness {
	t.Helper()
	cosigner, err := merkle.NewCosigner("witness.example", bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	log := witness.Log{Origin: origin}
	for _, vkey := range vkeys {
		key, err := note.NewVerifier(vkey)
		if err != nil {
			t.Fatal(err)
		}
		log.Keys = append(log.Keys, key)
	}
	w := witness.New(witness.Config{
		Cosigner: cosigner, Memory: &remembered{states: map[string]witness.State{}}, Logs: []witness.Log{log},
	})
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		request, err := witness.ParseRequest(body)
		if err != nil {
			t.Error(err)
		}
		line, err := w.Add(r.Context(), request)
		var moved *witness.Moved
		switch {
		case errors.As(err, &moved):
			out.Header().Set("Content-Type", peer.SizeType)
			out.WriteHeader(http.StatusConflict)
			fmt.Fprintf(out, "%d\n", moved.Size)
		case err != nil:
			http.Error(out, err.Error(), http.StatusForbidden)
		default:
			out.Write(line)
		}
	}))
	t.Cleanup(s.Close)
	return peer.Witness{URL: s.URL, Key: cosigner.String()}
}

// TestWitnessOfALoneNode: a node on a ledger of its own has its checkpoints cosigned by
// a witness, also after a restart, and its receipts carry that.
func TestWitnessOfALoneNode(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := openSite(t, data)
	w := newWitness(t, first.Trust.Origin, first.Trust.Keys[0])
	first.stop()
	file := filepath.Join(t.TempDir(), "peers.json")
	b, err := node.PeersFile(0, []peer.Witness{w}, filepath.Join(data, "peer.json"))
	if err == nil {
		err = os.WriteFile(file, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		s := startSite(t, node.Config{Data: data, Peers: file})
		s.parties = round
		s.fill(s.admit(fmt.Sprint("Hợp tác xã ", round), ledger.KindCoop), s.Ledger.Size()+3)
		size := s.Ledger.Size()
		var status peer.Status
		eventually(t, func() bool {
			s.get("/api/v1/peers", "").into(t, &status)
			return status.Cosigned == size
		}, "a cosigned checkpoint")
		if len(status.Witnesses) != 1 || status.Witnesses[0].CosignedSize != size || status.Quorum != 2 || len(status.Peers) != 0 {
			t.Errorf("%+v", status)
		}
		trust, err := receipt.ParseTrust(s.get("/api/v1/trust", "").body)
		if err != nil || trust.Quorum != 2 || len(trust.Witnesses) != 2 || trust.Witnesses[1] != w.Key {
			t.Errorf("%s, %v", trust, err)
		}
		for _, index := range []uint64{0, 1} {
			a := s.get("/api/v1/receipts/"+itoa(index), s.operator)
			v, err := receipt.Verify(trust, a.body)
			if err != nil || len(v.Witnesses) != 2 || v.Size != size {
				t.Errorf("%d: %+v, %v: %s", index, v, err, a)
			}
		}
		health := s.must(s.get("/api/v1/health", s.operator), 200)
		if !strings.Contains(string(health.body), `"witness.example"`) {
			t.Errorf("the operator does not see the witness: %s", health)
		}
		s.stop()
	}
}

// TestPeersOfALoneNode: other nodes are for a ledger that is shared.
func TestPeersOfALoneNode(t *testing.T) {
	t.Parallel()
	var files []string
	data := t.TempDir()
	for _, dir := range []string{data, t.TempDir()} {
		openSite(t, dir).stop()
		files = append(files, filepath.Join(dir, "peer.json"))
	}
	if _, err := node.PeersFile(0, nil, files...); err == nil {
		t.Error("two lone nodes make a peers file")
	}
	file := filepath.Join(t.TempDir(), "peers.json")
	alone, err := node.PeersFile(0, nil, files[1])
	if err == nil {
		err = os.WriteFile(file, alone, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := node.Start(t.Context(), node.Config{Data: data, Listen: "127.0.0.1:0", Peers: file}); err == nil || !strings.Contains(err.Error(), "--peers") {
		t.Errorf("the file of another node: %v", err)
		if err == nil {
			n.Close()
		}
	}
}
