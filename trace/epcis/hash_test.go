package epcis

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reference is where the standard's own documents are, outside the repository.
const reference = "../../../shared/data/epcis/"

// referenceFiles lists reference documents. The test is skipped where there are
// none.
func referenceFiles(t testing.TB, pattern string, want int) []string {
	t.Helper()
	files, _ := filepath.Glob(reference + pattern)
	if len(files) == 0 {
		t.Skip("reference data is not here: " + reference + pattern)
	}
	if len(files) != want {
		t.Fatalf("%d files %s, want %d", len(files), pattern, want)
	}
	return files
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lines(b []byte) []string {
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// TestHashVectors checks the hashes and, where they are given, the texts behind
// them of the event hash's reference implementations.
func TestHashVectors(t *testing.T) {
	events, texts := 0, 0
	for _, file := range referenceFiles(t, "hash/*.jsonld", 10) {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonld")
		d, err := DecodeDocument(readFile(t, file), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		hashes := lines(readFile(t, strings.TrimSuffix(file, "jsonld")+"hashes"))
		if len(hashes) != len(d.Events) {
			t.Errorf("%s: %d events, %d hashes", name, len(d.Events), len(hashes))
			continue
		}
		var prehashes []string
		if b, err := os.ReadFile(strings.TrimSuffix(file, "jsonld") + "prehashes"); err == nil {
			prehashes = lines(b)
		}
		for i, e := range d.Events {
			events++
			if e.Hash != hashes[i] {
				t.Errorf("%s, event %d: hash %s, want %s", name, i, e.Hash, hashes[i])
			}
			if hashOf(d.PreHash(i)) != e.Hash {
				t.Errorf("%s, event %d: the hash is not of the text", name, i)
			}
			// One of the files has a text that its own hash contradicts.
			if i < len(prehashes) && hashOf(prehashes[i]) == hashes[i] {
				texts++
				if got := d.PreHash(i); got != prehashes[i] {
					t.Errorf("%s, event %d:\n got %s\nwant %s", name, i, got, prehashes[i])
				}
			}
		}
	}
	if events != 25 || texts != 23 {
		t.Errorf("checked %d events and %d texts, want 25 and 23", events, texts)
	}
}

func hashOf(prehash string) string {
	sum := sha256.Sum256([]byte(prehash))
	return "ni:///sha-256;" + hex.EncodeToString(sum[:]) + "?ver=CBV2.0"
}
