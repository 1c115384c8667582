package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

var (
	master   = MasterKey(sha256.Sum256([]byte("master")))
	register = ledger.Hash(sha256.Sum256([]byte("register")))
)

func open(t *testing.T, dir string, m MasterKey) *Store {
	t.Helper()
	s, err := Open(dir, m, register)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// keep puts a new member into custody.
func keep(t *testing.T, s *Store) (*Identity, string) {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Keep("Hợp tác xã", ledger.NewID(), ledger.NewID(), key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.NewToken(id.Address)
	if err != nil {
		t.Fatal(err)
	}
	return id, token
}

// signs checks that an identity signs as its member.
func signs(t *testing.T, id *Identity) {
	t.Helper()
	tx, err := id.Sign("registry", "place", "words", []ledger.Item{ledger.NewItem([]byte("{}"))})
	if err != nil {
		t.Fatal(err)
	}
	if _, signer, err := tx.Check(register); err != nil || signer != id.Address {
		t.Errorf("signed by %s, %v; want %s", signer, err, id.Address)
	}
}

func TestTokens(t *testing.T) {
	s := open(t, t.TempDir(), master)
	id, token := keep(t, s)
	_, other := keep(t, s)
	again, err := s.NewToken(id.Address)
	if err != nil {
		t.Fatal(err)
	}
	for _, tok := range []string{token, again, token} { // the last from memory
		got, err := s.Identify(t.Context(), tok)
		if err != nil {
			t.Fatal(err)
		}
		if got.Address != id.Address || got.Member != id.Member || got.Org != id.Org || got.Label != id.Label {
			t.Errorf("%+v, want %+v", got, id)
		}
		signs(t, got)
	}
	if got, err := s.Identify(t.Context(), other); err != nil || got.Address == id.Address {
		t.Errorf("%v, %v", got, err)
	}
	for _, tok := range []string{"", "sg_", token[:len(token)-1], token + "A", strings.ToUpper(token), "m", id.Address.String()} {
		if got, err := s.Identify(t.Context(), tok); ledger.CodeOf(err) != ledger.Unauthenticated || got != nil {
			t.Errorf("the token %q is %v, %v", tok, got, err)
		}
	}
	if _, err := s.NewToken(ledger.Address{1}); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a token for a key that is not here: %v", err)
	}
	if _, err := s.Identity(ledger.Address{1}); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a key that is not here: %v", err)
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, master)
	id, token := keep(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, master)
	got, err := s.Identify(t.Context(), token)
	if err != nil || got.Address != id.Address || got.Org != id.Org {
		t.Fatalf("%+v, %v", got, err)
	}
	signs(t, got)
}

// TestOtherMaster: a key opens under its own master key only, and in its own place.
func TestOtherMaster(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, master)
	id, token := keep(t, s)
	victim, _ := keep(t, s)
	swap(t, s, id.Address, victim.Address)
	if _, err := s.Identity(victim.Address); ledger.CodeOf(err) != ledger.Internal {
		t.Errorf("a key opens at another address: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, MasterKey{1})
	if got, err := s.Identify(t.Context(), token); ledger.CodeOf(err) != ledger.Internal || got != nil {
		t.Errorf("opens under another master key: %v, %v", got, err)
	}
}

// swap puts one member's record in another's place.
func swap(t *testing.T, s *Store, from, to ledger.Address) {
	t.Helper()
	b, err := s.get(append([]byte(memberPrefix), from[:]...))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(txn *badger.Txn) error { return txn.Set(append([]byte(memberPrefix), to[:]...), b) }); err != nil {
		t.Fatal(err)
	}
}

// TestNothingInClear: neither key nor token is on disk.
func TestNothingInClear(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, master)
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Keep("x", ledger.NewID(), ledger.NewID(), key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.NewToken(id.Address)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	label := 0
	err = filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		label += bytes.Count(b, []byte(`"label":"x"`))
		for what, secret := range map[string][]byte{"key": crypto.FromECDSA(key), "token": []byte(token), "token's random part": []byte(token[3:])} {
			if bytes.Contains(b, secret) {
				t.Errorf("the %s is in %s", what, filepath.Base(name))
			}
		}
		return err
	})
	if err != nil || label == 0 {
		t.Errorf("%v; the record itself was found %d times", err, label)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, t.TempDir(), master)
	_, token := keep(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Identify(context.Background(), token); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("%v", err)
	}
}
