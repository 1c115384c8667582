// Package wallettest is a wallet for tests: it has a key that no node has, and signs
// EIP-712 typed data as it is told in JSON, by the standard alone.
package wallettest

import (
	"crypto/ecdsa"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

// Wallet has one key.
type Wallet struct{ Key *ecdsa.PrivateKey }

// New draws one.
func New(t testing.TB) Wallet {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return Wallet{key}
}

// Address names the key.
func (w Wallet) Address() ledger.Address { return ledger.AddressOf(&w.Key.PublicKey) }

// Sign signs typed data (eth_signTypedData_v4): 0x and 130 hexadecimal digits.
func (w Wallet) Sign(t testing.TB, typed string) string {
	t.Helper()
	hash := Hash(t, []byte(typed))
	sig, err := crypto.Sign(hash[:], w.Key)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27
	return "0x" + hex.EncodeToString(sig)
}

// Hash is what is signed for typed data. It knows the field types that the register's
// messages have.
func Hash(t testing.TB, typed []byte) ledger.Hash {
	t.Helper()
	var m struct {
		Types       map[string][]struct{ Name, Type string }
		PrimaryType string
		Domain      map[string]any
		Message     map[string]any
	}
	d := json.NewDecoder(strings.NewReader(string(typed)))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%v: %s", err, typed)
	}
	structHash := func(name string, values map[string]any) []byte {
		var fields []string
		for _, f := range m.Types[name] {
			fields = append(fields, f.Type+" "+f.Name)
		}
		b := crypto.Keccak256([]byte(name + "(" + strings.Join(fields, ",") + ")"))
		for _, f := range m.Types[name] {
			word := make([]byte, 32)
			var err error
			switch v := values[f.Name]; f.Type {
			case "string":
				word = crypto.Keccak256([]byte(v.(string)))
			case "bytes32":
				_, err = hex.Decode(word, []byte(v.(string)[2:]))
			case "uint32", "uint64":
				var n uint64
				n, err = strconv.ParseUint(v.(json.Number).String(), 10, 64)
				binary.BigEndian.PutUint64(word[24:], n)
			default:
				t.Fatalf("a field of type %s", f.Type)
			}
			if err != nil {
				t.Fatal(err)
			}
			b = append(b, word...)
		}
		return crypto.Keccak256(b)
	}
	return ledger.Hash(crypto.Keccak256([]byte{0x19, 0x01}, structHash("EIP712Domain", m.Domain), structHash(m.PrimaryType, m.Message)))
}
