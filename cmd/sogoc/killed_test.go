package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/network"
)

// TestKilledUnderLoad: whatever was acknowledged over HTTP before a SIGKILL is
// there afterwards, with its document, and once.
func TestKilledUnderLoad(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 1
	}
	killedUnderLoad(t, rounds)
}

// TestKilledUnderLoadOnFabric: so it is where the network orders.
func TestKilledUnderLoadOnFabric(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real Fabric network")
	}
	ports, release, err := network.ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	n, err := network.Up(t.Context(), network.Config{Dir: filepath.Join(t.TempDir(), "network"), Ports: ports, Attached: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	killedUnderLoad(t, 2, "--ledger", "fabric", "--profile", n.Profile("org1"))
}

func killedUnderLoad(t *testing.T, rounds int, args ...string) {
	dir := t.TempDir()
	acknowledged := map[int]string{} // event -> entry
	next := 0
	for round := range rounds {
		s := start(t, dir, args...)
		tokens, err := node.Tokens(filepath.Join(dir, "data"))
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var writers sync.WaitGroup
		for range 16 {
			writers.Go(func() {
				for {
					mu.Lock()
					n := next
					next++
					mu.Unlock()
					entry, err := post(s.url, tokens["operator"], event(n))
					if err != nil {
						return // the node is gone; this event may or may not be there
					}
					mu.Lock()
					acknowledged[n] = entry
					mu.Unlock()
				}
			})
		}
		gone := make(chan struct{})
		go func() { writers.Wait(); close(gone) }()
		for enough := 50 * (round + 1); ; {
			mu.Lock()
			n := len(acknowledged)
			mu.Unlock()
			if n >= enough {
				break
			}
			select {
			case <-gone:
				t.Fatalf("nothing is acknowledged any more, after %d events: %s", n, s.stderr.String())
			case <-time.After(10 * time.Millisecond):
			}
		}
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		s.cmd.Wait() // it was killed, and says so
		<-gone
	}
	t.Logf("%d events acknowledged of %d sent, %d kills", len(acknowledged), next, rounds)
	s := start(t, dir, args...)
	tokens, err := node.Tokens(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for n, entry := range acknowledged {
		again, err := post(s.url, tokens["operator"], event(n))
		if err != nil || again != entry {
			t.Errorf("event %d was acknowledged as entry %s and is entry %s now, %v", n, entry, again, err)
		}
		if other, twice := seen[entry]; twice {
			t.Errorf("events %d and %d are one entry %s", n, other, entry)
		}
		seen[entry] = n
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/epcis/events/urn:uuid:00000000-0000-4000-8000-%012d", s.url, n), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tokens["operator"])
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK || !bytes.Contains(b, fmt.Appendf(nil, "crate/%d", n)) {
			t.Errorf("event %d answers %s: %s", n, r.Status, b)
		}
	}
	s.stop(t)
}

// post captures a document and returns its entry.
func post(url, token, document string) (string, error) {
	req, err := http.NewRequest(http.MethodPost, url+"/epcis/capture", strings.NewReader(document))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/ld+json")
	req.Header.Set("Authorization", "Bearer "+token)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	if r.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("%s: %s", r.Status, b)
	}
	return r.Header.Get("Location"), nil
}
