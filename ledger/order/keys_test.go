package order_test

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/ledger/merkle"
)

func noteKey(t *testing.T) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, ledgertest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

// change adds an entry that changes a checkpoint key.
func (c *copyOf) change(t *testing.T, k ledger.KeyChange) {
	t.Helper()
	sign := c.sign
	defer func() { c.sign = sign }()
	key := ledgertest.NewKey(t)
	data, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	c.sign = func() ledger.Tx {
		return ledgertest.Sign(t, c.Genesis().Register(), key, ledger.KeyChangeContract, ledger.KeyChangeAction, string(data))
	}
	c.add(t, 1)
}

// signedBy makes sure that the latest checkpoint is of an origin and under a key.
func (c *copyOf) signedBy(t *testing.T, origin, vkey string) {
	t.Helper()
	key, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	latest, err := c.Checkpoint(t.Context())
	if err == nil {
		_, _, err = merkle.OpenCheckpoint(latest, origin, key)
	}
	if err != nil {
		t.Errorf("the latest: %v", err)
	}
	past, err := c.CheckpointOf(t.Context(), 1)
	if err == nil {
		_, _, err = merkle.OpenCheckpoint(past, origin, key)
	}
	if err != nil {
		t.Errorf("that of one entry: %v", err)
	}
}

// TestKeyChange: another key signs from the entry on that puts it in its place, also
// after a restart, and nothing is signed without it.
func TestKeyChange(t *testing.T) {
	c := newCopy(t)
	first, old := noteKey(t)
	second, next := noteKey(t)
	_, last := noteKey(t)
	c.config.Signer, c.config.Next = first, second
	c.open(t)
	c.add(t, 3)
	c.signedBy(t, ledgertest.Origin, old)
	c.change(t, ledger.KeyChange{Old: old, New: next, Reason: "x"})
	for range 2 {
		c.signedBy(t, ledgertest.Origin, next)
		if list := c.Rotations(); len(list) != 1 || list[0].Index != 3 || list[0].Old != old || list[0].New != next {
			t.Errorf("%+v", list)
		}
		c.open(t)
	}
	c.config.Signer, c.config.Next = second, nil // as once the files are in their places
	c.open(t)
	c.signedBy(t, ledgertest.Origin, next)
	c.config.Signer = first
	c.open(t)
	if _, err := c.Checkpoint(t.Context()); ledger.CodeOf(err) != ledger.Unavailable || !strings.Contains(err.Error(), next) {
		t.Errorf("without the key: %v", err)
	}
	c.config.Signer = second
	c.open(t)
	c.add(t, 1)
	c.signedBy(t, ledgertest.Origin, next)
	c.change(t, ledger.KeyChange{Old: old, New: last, Reason: "of another node"})
	c.signedBy(t, ledgertest.Origin, next)
	c.change(t, ledger.KeyChange{Old: next, New: last, Origin: "log.example/again", Reason: "x"})
	if _, err := c.Checkpoint(t.Context()); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("a key that the node has not: %v", err)
	}
	if c.Origin() != "log.example/again" {
		t.Errorf("the origin is %q", c.Origin())
	}
}
