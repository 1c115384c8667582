package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// goldenFolders are data folders as they were written on 26 November 2026, and on the
// 27th with blocks and payloads packed, each with its master key and what was known of
// it elsewhere. Every later version has to open them. Further ones are written beside
// them when a format changes, by -write-golden, never over them.
var goldenFolders = []string{"testdata/folder-1.tar.gz", "testdata/folder-2.tar.gz"}

var writeGolden = flag.String("write-golden", "", "file to write another golden folder to")

// goldenEnd is what the golden folder came to.
type goldenEnd struct {
	Size  uint64      `json:"size"`
	Root  ledger.Hash `json:"root"`
	State ledger.Hash `json:"state"`
}

// TestGoldenFolder: a folder of before opens, its state made anew of its blocks is the
// same, with cgo and without, and what people took home verifies.
func TestGoldenFolder(t *testing.T) {
	if *writeGolden != "" {
		writeFolder(t, *writeGolden)
		return
	}
	for _, folder := range goldenFolders {
		t.Run(strings.TrimSuffix(filepath.Base(folder), ".tar.gz"), func(t *testing.T) { opensGolden(t, folder) })
	}
}

func opensGolden(t *testing.T, folder string) {
	dir := t.TempDir()
	in := func(name ...string) string { return filepath.Join(append([]string{dir}, name...)...) }
	untar(t, folder, dir)
	raw, err := os.ReadFile(in("end.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want goldenEnd
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	says := func(out []byte, err error) {
		t.Helper()
		if err != nil || !strings.Contains(string(out), "data verifies") || !strings.Contains(string(out), want.State.String()) {
			t.Errorf("%v, want the state %s:\n%s", err, want.State, out)
		}
	}
	serve := []string{"--master-key", in("master.key")}
	start(t, dir, serve...).stop(t) // which makes the read models that there were none of then
	says(command(t, dir, "verify", "--data", "data", "--checkpoint", "last.checkpoint").CombinedOutput())
	if !testing.Short() {
		pure := exec.Command("go", "run", "./testdata/replay", in("data"))
		pure.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := pure.CombinedOutput()
		if want := fmt.Sprintln(want.Size, want.Root, want.State); err != nil || string(out) != want {
			t.Errorf("without cgo: %v, %s, want %s", err, out, want)
		}
	}
	for _, file := range []string{"first.receipt.json", "last.receipt.json"} {
		if out, code := sogoc(t, dir, "verify", "--trust", "trust.json", file); code != 0 {
			t.Errorf("%s: %s", file, out)
		}
	}
	for _, derived := range []string{"index", "catalog", "ledger/state"} {
		if err := os.RemoveAll(in("data", derived)); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, dir, serve...)
	var now struct {
		Size uint64
		Root ledger.Hash
	}
	if err := json.Unmarshal(get(t, s.url+"/api/v1/register"), &now); err != nil || now.Size != want.Size || now.Root != want.Root {
		t.Errorf("%+v, %v; want %+v", now, err, want)
	}
	tokens, err := node.Tokens(in("data"))
	if err != nil {
		t.Fatal(err)
	}
	if entry, err := post(s.url, tokens["operator"], event(1)); err != nil || !strings.HasSuffix(entry, "/2") {
		t.Errorf("an event that is there is recorded again as %s: %v", entry, err)
	}
	if _, err := post(s.url, tokens["operator"], event(100)); err != nil {
		t.Errorf("it does not go on: %v", err)
	}
	s.stop(t)
	if out, code := sogoc(t, dir, "verify", "--data", "data"); code != 0 {
		t.Errorf("afterwards: %s", out)
	}
}

// writeFolder makes a golden folder.
func writeFolder(t *testing.T, file string) {
	dir := t.TempDir()
	in := func(name ...string) string { return filepath.Join(append([]string{dir}, name...)...) }
	do := func(args ...string) string {
		t.Helper()
		out, code := sogoc(t, dir, args...)
		if code != 0 {
			t.Fatalf("sogoc %s: %s", strings.Join(args, " "), out)
		}
		return out
	}
	save := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(in(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	recovery := strings.TrimSpace(do("keys", "recovery", "--to", "recovery.key"))
	serve := []string{"--master-key", in("master.key"), "--recovery-key", recovery}
	s := start(t, dir, serve...)
	tokens, err := node.Tokens(in("data"))
	if err != nil {
		t.Fatal(err)
	}
	record := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			if _, err := post(s.url, tokens["operator"], event(n)); err != nil {
				t.Fatal(err)
			}
		}
	}
	record(0, 20)
	save("first.receipt.json", get(t, s.url+"/api/v1/receipts/0"))
	s.stop(t)
	do("keys", "rotate-checkpoint", "--reason", "the machine was replaced")
	s = start(t, dir, serve...)
	record(20, 30)
	save("last.receipt.json", get(t, s.url+"/api/v1/receipts/21"))
	save("last.checkpoint", get(t, s.url+"/checkpoint"))
	save("trust.json", get(t, s.url+"/api/v1/trust"))
	s.stop(t)
	do("compact", "--data", "data")
	out := do("verify", "--data", "data")
	trust, err := receipt.ParseTrust(readAll(t, in("trust.json")))
	if err != nil {
		t.Fatal(err)
	}
	last, err := trust.Open(readAll(t, in("last.checkpoint")))
	if err != nil {
		t.Fatal(err)
	}
	_, state, _ := strings.Cut(out, "  state  ")
	end := goldenEnd{Size: last.Size, Root: last.Root}
	if end.State, err = ledger.ParseHash(strings.TrimSpace(state)); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(end, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	save("end.json", b)
	packed, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close(), z.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// untar unpacks what writeFolder packed.
func untar(t *testing.T, file, dir string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if !filepath.IsLocal(h.Name) {
			t.Fatalf("%s holds %s", file, h.Name)
		}
		path := filepath.Join(dir, h.Name)
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(path, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
