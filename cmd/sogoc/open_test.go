package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// TestOpen: a buyer checks a sealed file, opens it, and proves it where its seller
// cheated.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	commitments := func(name string, s seal.Sealed) {
		t.Helper()
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		write(name, b)
	}
	says := func(wantCode int, want string, args ...string) {
		t.Helper()
		out, code := sogoc(t, dir, append([]string{"open"}, args...)...)
		if code != wantCode || !strings.Contains(out, want) {
			t.Errorf("open %s: %d, %s", strings.Join(args, " "), code, out)
		}
	}
	plain := bytes.Repeat([]byte("lô;ngày;kg\n"), 20_000)
	key, other := seal.NewKey(), seal.NewKey()
	var sealed bytes.Buffer
	s, err := seal.Encrypt(&sealed, bytes.NewReader(plain), key)
	if err != nil {
		t.Fatal(err)
	}
	ciphertext := sealed.Bytes()
	write("data.sealed", ciphertext)
	write("key", []byte(hex.EncodeToString(key[:])+"\n"))
	write("other", []byte(hex.EncodeToString(other[:])))
	commitments("sealed.json", s)

	says(0, "data.sealed is what the seller committed to: ", "--sealed", "sealed.json", "--check", "data.sealed")
	listed, err := json.Marshal(market.File{Name: "a.csv", Bytes: s.Bytes, Sealed: &market.Sealed{Plain: s.Plain, Cipher: s.Cipher, Key: s.Key, Chunk: s.Chunk}})
	if err != nil {
		t.Fatal(err)
	}
	write("listed.json", listed)
	says(0, "data.sealed is what the seller committed to: ", "--sealed", "listed.json", "--check", "data.sealed")
	cmd := command(t, dir, "open", "--sealed", "sealed.json", "--key", "key", "data.sealed")
	if out, err := cmd.Output(); err != nil || !bytes.Equal(out, plain) {
		t.Errorf("opens to %d bytes, %v", len(out), err)
	}
	says(1, "nothing to prove", "--sealed", "sealed.json", "--key", "key", "--prove", "evidence", "data.sealed")
	says(3, "other is NOT", "--sealed", "sealed.json", "--key", "other", "data.sealed")
	write("cut", ciphertext[:len(ciphertext)-1])
	write("long", append(bytes.Clone(ciphertext), 0))
	for _, name := range []string{"cut", "long", "key"} {
		says(3, name+" is NOT", "--sealed", "sealed.json", "--check", name)
		says(3, name+" is NOT", "--sealed", "sealed.json", "--key", "key", name)
		says(3, name+" is NOT", "--sealed", "sealed.json", "--key", "key", "--prove", "evidence", name)
	}
	for _, args := range [][]string{
		{"data.sealed"},
		{"--sealed", "sealed.json", "data.sealed"},
		{"--sealed", "sealed.json", "--check", "--key", "key", "data.sealed"},
		{"--sealed", "sealed.json", "--check", "--prove", "evidence", "data.sealed"},
		{"--sealed", "sealed.json", "--check"},
		{"--sealed", "sealed.json", "--check", "nowhere"},
		{"--sealed", "sealed.json", "--key", "data.sealed", "data.sealed"},
		{"--sealed", "key", "--check", "data.sealed"},
		{"check", "--sealed", "sealed.json", "data.sealed"},
	} {
		says(2, "sogoc: ", args...)
	}
	if _, err := os.Stat(filepath.Join(dir, "evidence")); err == nil {
		t.Error("there is evidence of nothing")
	}

	// The seller commits to a ciphertext whose second frame is damaged.
	const header, frame = 48, 32 + seal.Chunk + 16
	ciphertext[header+frame+100] ^= 1
	var leaves []ledger.Hash
	for rest := ciphertext[header:]; len(rest) > 0; rest = rest[min(frame, len(rest)):] {
		leaf := slices.Concat([]byte{0}, ciphertext[:header], rest[:min(frame, len(rest))])
		leaves = append(leaves, sha256.Sum256(leaf))
	}
	cheat := s
	tree, _ := merkle.New(nil).Append(leaves...) // of which no tile is full
	if cheat.Cipher, err = tree.Root(tree.Size()); err != nil {
		t.Fatal(err)
	}
	write("cheat.sealed", ciphertext)
	commitments("cheat.json", cheat)
	says(0, "is what the seller committed to", "--sealed", "cheat.json", "--check", "cheat.sealed")
	says(3, "chunk 1 does not open", "--sealed", "cheat.json", "--key", "key", "cheat.sealed")
	says(0, "chunk 1 is NOT", "--sealed", "cheat.json", "--key", "key", "--prove", "evidence", "cheat.sealed")
	says(0, "evidence proves it: chunk 1", "check", "--sealed", "cheat.json", "evidence")
	says(1, "proves NOTHING", "check", "--sealed", "sealed.json", "evidence")
}
