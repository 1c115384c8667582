package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/network"
)

// served is a node that the README starts in a terminal of its own.
type served struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func (s *served) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(b)
}

func (s *served) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// stop ends the node as Ctrl-C does.
func (s *served) stop(t *testing.T) {
	if s.cmd.ProcessState == nil {
		s.cmd.Process.Signal(os.Interrupt)
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// dataFolder is what a command says behind --data.
func dataFolder(line string) string {
	_, rest, _ := strings.Cut(line, "--data ")
	folder, _, _ := strings.Cut(rest, " ")
	return folder
}

// TestREADMESeveralOrganisations runs the section's commands on a real network.
func TestREADMESeveralOrganisations(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real Fabric network")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ports, release, err := network.ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	nodes := map[string]*served{} // by data folder
	t.Cleanup(func() {
		for _, s := range nodes {
			s.stop(t)
		}
		if n, err := network.Open(filepath.Join(dir, "data", "network")); err == nil {
			n.Down(t.Context()) // the README's last command did, unless the test failed
		}
	})
	// Ports of orderers that the network does not have.
	addresses := []string{fmt.Sprintf("localhost:%d", ports+40), fmt.Sprintf("localhost:%d", ports+41)}
	place := strings.NewReplacer(
		"network up", fmt.Sprintf("network up --ports %d", ports),
		"--data data/org1 --demo", "--data data/org1 --demo --listen "+addresses[0],
		"--data data/org1 --peers", "--data data/org1 --listen "+addresses[0]+" --peers",
		"admit --as", "admit --url http://"+addresses[0]+" --as",
		"localhost:8080", addresses[0], "localhost:8081", addresses[1], "go run ./cmd/sogoc", self)
	year, together := "", 0
	for _, b := range readmeCommands(t, true) {
		line := season.ReplaceAllString(place.Replace(b.command), "${1}"+year+"${2}")
		for i := range b.output {
			b.output[i] = place.Replace(b.output[i])
		}
		if !strings.Contains(line, " serve ") {
			cmd := exec.Command("sh", "-c", line)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), asProgram+"=1")
			out, _ := cmd.CombinedOutput() // compared
			b.compare(t, year, string(out))
			continue
		}
		folder := dataFolder(line)
		if before := nodes[folder]; before != nil {
			before.stop(t)
		}
		s := &served{cmd: exec.Command("sh", "-c", "exec "+line)}
		s.cmd.Dir, s.cmd.Env = dir, append(os.Environ(), asProgram+"=1")
		s.cmd.Stdout, s.cmd.Stderr = s, t.Output()
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		nodes[folder] = s
		for end := time.Now().Add(3 * time.Minute); !strings.Contains(s.String(), "tokens.json"); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("$ %s\nprints\n%s", line, s)
			}
		}
		b.compare(t, year, s.String())
		if year == "" {
			raw, err := os.ReadFile(filepath.Join(dir, folder, "demo.json"))
			if err != nil {
				t.Fatal(err)
			}
			var sample node.Sample
			if err := json.Unmarshal(raw, &sample); err != nil {
				t.Fatal(err)
			}
			year = sample.Pages[0].ID.Lot()[2:4]
		}
		if strings.Contains(line, "--peers") {
			if together++; together == len(addresses) {
				awaitCosigned(t, addresses)
			}
		}
	}
}

// awaitCosigned waits until all nodes that answer have cosigned what each has. A
// person takes longer to type the next command.
func awaitCosigned(t *testing.T, addresses []string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		done := 0
		for _, a := range addresses {
			r, err := http.Get("http://" + a + "/api/v1/peers")
			if err != nil {
				t.Fatal(err)
			}
			var s struct{ Size, Cosigned uint64 }
			err = json.NewDecoder(r.Body).Decode(&s)
			r.Body.Close()
			if err == nil && s.Size > 0 && s.Size == s.Cosigned {
				done++
			}
		}
		if done == len(addresses) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the nodes have not cosigned")
		}
	}
}
