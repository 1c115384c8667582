package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sogoc/sogoc/ledger/content"
)

const killDir = "STORE_TEST_KILL_DIR"

// payloadOf is the payload that the killed process stores under a number: small
// ones, sealed ones, and now and then a tree.
func payloadOf(n int) ([]byte, content.Options) {
	size := 1500
	if n%50 == 0 {
		size = 2*content.ChunkSize + n
	}
	b := bytesOf(n, size)
	copy(b, strconv.Itoa(n))
	return b, content.Options{Sealed: n%3 == 0}
}

// TestKilled kills a process that stores payloads, and finds every one of which it
// had said that it is stored.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		storeUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stored := map[int]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		number, c, ok := strings.Cut(lines.Text(), " ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			t.Fatalf("the process said %q", lines.Text())
		}
		stored[n] = c
		if len(stored) == 2000 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if cmd.Wait() == nil || len(stored) < 2000 {
		t.Fatalf("the process ended by itself after %d payloads", len(stored))
	}
	s := open(t, Config{Dir: dir})
	for n, text := range stored {
		c, err := content.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := payloadOf(n)
		want(t, s, c, b)
	}
	s.sweeps.Wait()
	if n := count(t, s, unusedPrefix); n != 0 {
		t.Errorf("%d broken uploads are left", n)
	}
}

func storeUntilKilled(t *testing.T, dir string) {
	s := open(t, Config{Dir: dir})
	var said sync.Mutex
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := w; n < 100_000; n += 16 {
				b, o := payloadOf(n)
				ref, err := s.Put(context.Background(), bytes.NewReader(b), o)
				if err != nil {
					t.Error(err)
					return
				}
				said.Lock()
				fmt.Printf("%d %s\n", n, ref.CID)
				said.Unlock()
			}
		})
	}
	wg.Wait()
}
