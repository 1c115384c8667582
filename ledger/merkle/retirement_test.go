package merkle_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

func retiring(t testing.TB) (merkle.Retirement, note.Signer, string) {
	t.Helper()
	_, retired, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "log.example/recovery")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return merkle.Retirement{Key: retired, Good: merkle.Checkpoint{Origin: "log.example", Size: 7, Root: ledger.Hash{1}}}, signer, vkey
}

func TestRetirement(t *testing.T) {
	r, signer, vkey := retiring(t)
	b, err := merkle.SignRetirement(r, signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := merkle.OpenRetirement(b, vkey); err != nil || got != r {
		t.Errorf("%+v, %v", got, err)
	}
	_, _, other := retiring(t)
	checkpoint, err := merkle.SignCheckpoint(r.Good, signer)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		note []byte
		key  string
	}{
		"another recovery key": {b, other},
		"no recovery key":      {b, ""},
		"another size":         {[]byte(strings.Replace(string(b), "\n7\n", "\n8\n", 1)), vkey},
		"a checkpoint":         {checkpoint, vkey},
		"nothing":              {nil, vkey},
	} {
		if got, err := merkle.OpenRetirement(c.note, c.key); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	r.Key = "log.example"
	if _, err := merkle.SignRetirement(r, signer); err == nil {
		t.Error("what is no key is retired")
	}
}

func FuzzOpenRetirement(f *testing.F) {
	r, signer, vkey := retiring(f)
	b, err := merkle.SignRetirement(r, signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := merkle.OpenRetirement(b, vkey)
		if err != nil && ledger.CodeOf(err) != ledger.Invalid || err == nil && got != r {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
