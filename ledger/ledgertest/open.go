// Package ledgertest has the suite that every ledger.Ledger passes, and gives
// other packages' tests a real ledger.
package ledgertest

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
)

// Origin is the origin of the genesis that NewGenesis makes.
const Origin = "sogoc.example/test"

// Open gives an empty embedded ledger in a temporary folder and the key of the
// operator that its genesis names. The test closes it.
func Open(t testing.TB, contracts ...ledger.Contract) (*embedded.Ledger, *ecdsa.PrivateKey) {
	t.Helper()
	genesis, operator := NewGenesis(t)
	signer, _ := NewSigner(t, Origin)
	l, err := embedded.Open(embedded.Config{
		Dir: t.TempDir(), Genesis: genesis, Contracts: contracts, Signer: signer, Log: Quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, operator
}

// NewGenesis founds a register of a new operator.
func NewGenesis(t testing.TB) (ledger.Genesis, *ecdsa.PrivateKey) {
	t.Helper()
	key := NewKey(t)
	g := ledger.Genesis{
		Format: ledger.GenesisFormat, Name: "Test", Origin: Origin,
		Created: ledger.TimeOf(time.Now()), Operator: ledger.AddressOf(&key.PublicKey), Host: "Org1MSP",
	}
	rand.Read(g.Nonce[:])
	return g, key
}

// NewKey makes a key that signs transactions.
func NewKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// NewSigner makes a key that signs checkpoints.
func NewSigner(t testing.TB, name string) (note.Signer, note.Verifier) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	const algorithm = 1 // Ed25519
	secret := base64.StdEncoding.EncodeToString(append([]byte{algorithm}, private.Seed()...))
	s, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, v.KeyHash(), secret))
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// Sign makes a transaction of text items that expires in an hour.
func Sign(t testing.TB, register ledger.Hash, key *ecdsa.PrivateKey, contract, action string, items ...string) ledger.Tx {
	t.Helper()
	return SignUntil(t, register, key, time.Now().Add(time.Hour), contract, action, items...)
}

// SignUntil makes a transaction that expires at a time, and gives it as one that came
// from somebody else, whose signer is not known.
func SignUntil(t testing.TB, register ledger.Hash, key *ecdsa.PrivateKey, expiry time.Time, contract, action string, items ...string) ledger.Tx {
	t.Helper()
	var salted []ledger.Item
	for _, it := range items {
		salted = append(salted, ledger.NewItem([]byte(it)))
	}
	tx, err := ledger.Sign(register, key, contract, action, action, salted, uint64(expiry.Unix()))
	if err == nil {
		tx, err = ledger.DecodeTx(tx.Encode())
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// Quiet is a log that nobody reads.
func Quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
