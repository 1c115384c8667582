// Package contracttest is a small register for tests of contracts: an operator,
// organisations with members, prefixes, products and places, and events in a line
// each. Every transaction is signed, checked and run over an Overlay, as a ledger
// does it, and the whole history is run a second time when the test ends, to see
// that contracts are deterministic.
package contracttest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// World is a register and all that a test made on it.
type World struct {
	t        testing.TB
	register ledger.Hash
	submit   func(ledger.Tx) ([]byte, error)
	memory   *Memory  // nil when submit is somebody else's
	history  *History // nil unless HistoriesEnv is set

	Now      ledger.Time // record time; event times lie before it
	Operator *Org

	orgs, events int
}

// New founds a register in memory, with the registry, traceability and more
// contracts.
func New(t testing.TB, more ...ledger.Contract) *World {
	t.Helper()
	genesis := Genesis()
	w := &World{t: t, register: genesis.Register(), Now: Start}
	w.memory = NewMemory(genesis, Contracts(more...)...)
	w.submit = func(tx ledger.Tx) ([]byte, error) { return w.memory.Submit(tx, w.Now) }
	t.Cleanup(func() { w.memory.replay(t) })
	w.remember(t)
	w.found(OperatorKey())
	return w
}

// OperatorKey is the key that Genesis names.
func OperatorKey() *ecdsa.PrivateKey { return keyOf("operator") }

// RecoveryKey is the signer key that retires checkpoint keys, and the verifier key that
// Genesis names.
func RecoveryKey() (signer, verifier string) {
	seed := sha256.Sum256([]byte("recovery"))
	signer, verifier, err := note.GenerateKey(bytes.NewReader(seed[:]), "sogoc.example/test/recovery")
	if err != nil {
		panic(err) // the test's own mistake
	}
	return signer, verifier
}

// Genesis founds every world in memory; its operator is every world's.
func Genesis() ledger.Genesis {
	_, recovery := RecoveryKey()
	return ledger.Genesis{
		Format: ledger.GenesisFormat, Name: "Test", Origin: "sogoc.example/test", Recovery: recovery,
		Created: Start, Operator: ledger.AddressOf(&OperatorKey().PublicKey), Host: "Org1MSP",
	}
}

// Over founds a register on a ledger whose genesis names the operator's key.
func Over(t testing.TB, genesis ledger.Genesis, operator *ecdsa.PrivateKey, submit func(ledger.Tx) ([]byte, error)) *World {
	t.Helper()
	w := &World{t: t, register: genesis.Register(), submit: submit, Now: ledger.TimeOf(time.Now())}
	w.found(operator)
	return w
}

// Contracts are the registry, traceability and more.
func Contracts(more ...ledger.Contract) []ledger.Contract {
	return append([]ledger.Contract{registry.Contract{}, traceability.Contract{}}, more...)
}

// Start is the record time of a world's first transaction.
var Start = ledger.TimeOf(time.Date(2026, 6, 3, 7, 30, 0, 0, time.UTC))

// Submit signs a transaction with a member's key and submits it.
func (w *World) Submit(m *Member, contract, action, summary string, items ...[]byte) ([]byte, error) {
	w.t.Helper()
	salted := make([]ledger.Item, len(items))
	for i, data := range items {
		salted[i] = ledger.NewItem(data)
	}
	expiry := uint64(w.Now.Add(time.Hour).Time().Unix())
	tx, err := ledger.Sign(w.register, m.Key, contract, action, summary, salted, expiry)
	if err != nil {
		w.t.Fatal(err)
	}
	outcome, err := w.submit(tx)
	if w.history != nil {
		w.history.add(m.Key, tx, w.Now, AnswerOf(outcome, err))
	}
	return outcome, err
}

// State is a copy of everything on the register.
func (w *World) State() map[string]string { return w.memory.State() }

// Get reads one key.
func (w *World) Get(key string) string { return w.memory.state[key] }

// Must ends the test on an error.
func (w *World) Must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Refused ends the test unless err is a refusal with the code and the field.
func (w *World) Refused(err error, code ledger.Code, field string) {
	w.t.Helper()
	Refused(w.t, err, code, field)
}

// Refused ends the test unless err is a refusal with the code and the field.
func Refused(t testing.TB, err error, code ledger.Code, field string) {
	t.Helper()
	var e *ledger.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		t.Fatalf("got %v (%s), want a refusal %s of %q", err, describe(e), code, field)
	}
}

func describe(e *ledger.Error) string {
	if e == nil {
		return "no *ledger.Error"
	}
	return fmt.Sprintf("%s of %q", e.Code, e.Field)
}

// Memory is a ledger without a disk: it checks, executes and keeps state.
type Memory struct {
	genesis   ledger.Genesis
	contracts ledger.Contracts
	state     map[string]string
	history   []executed
}

type executed struct {
	tx      ledger.Tx
	at      ledger.Time
	outcome []byte
	err     string
}

// NewMemory has the genesis in its state and nothing else.
func NewMemory(genesis ledger.Genesis, contracts ...ledger.Contract) *Memory {
	all, err := ledger.NewContracts(contracts...)
	if err != nil {
		panic(err) // the test's own mistake
	}
	return newMemory(genesis, all)
}

func newMemory(genesis ledger.Genesis, contracts ledger.Contracts) *Memory {
	return &Memory{
		genesis: genesis, contracts: contracts,
		state: map[string]string{ledger.GenesisKey: string(genesis.Encode())},
	}
}

// State is a copy of the whole state.
func (m *Memory) State() map[string]string { return maps.Clone(m.state) }

// Get reads a copy, as a store does.
func (m *Memory) Get(key string) ([]byte, error) {
	if v, ok := m.state[key]; ok {
		return []byte(v), nil
	}
	return nil, nil
}

// Submit checks the signature and executes. After an error nothing is written.
func (m *Memory) Submit(tx ledger.Tx, now ledger.Time) ([]byte, error) {
	outcome, err := m.execute(tx, now)
	m.history = append(m.history, executed{tx, now, outcome, fmt.Sprint(err)})
	return outcome, err
}

func (m *Memory) execute(tx ledger.Tx, at ledger.Time) ([]byte, error) {
	id, signer, err := tx.Check(m.genesis.Register())
	if err != nil {
		return nil, err
	}
	x, err := m.contracts.Execute(m, &tx, id, signer, at)
	if err != nil {
		return nil, err
	}
	return x.Outcome, x.Writes.Flush(func(key string, value []byte) error {
		for _, c := range []byte(key) {
			if c < ' ' || c > '~' {
				return fmt.Errorf("state key %q is not printable ASCII", key)
			}
		}
		if value == nil {
			delete(m.state, key)
		} else {
			m.state[key] = string(value)
		}
		return nil
	})
}

// replay executes the history again from the genesis and compares every outcome,
// every refusal and the state.
func (m *Memory) replay(t testing.TB) {
	again := newMemory(m.genesis, m.contracts)
	for i, h := range m.history {
		outcome, err := again.execute(h.tx, h.at)
		if !bytes.Equal(outcome, h.outcome) || fmt.Sprint(err) != h.err {
			t.Errorf("transaction %d (%s %s) is not deterministic:\n%s, %s\n%s, %v", i, h.tx.Header.Contract, h.tx.Header.Action, h.outcome, h.err, outcome, err)
			return
		}
	}
	if !maps.Equal(again.state, m.state) {
		t.Error("the same history left another state")
	}
}

// keyOf is a key that depends on its name alone.
func keyOf(name string) *ecdsa.PrivateKey {
	h := sha256.Sum256([]byte("key of " + name))
	key, err := crypto.ToECDSA(h[:])
	if err != nil {
		panic(err) // one in 2^128
	}
	return key
}

func idOf(name string) (id ledger.ID) {
	h := sha256.Sum256([]byte(name))
	copy(id[:], h[:])
	return id
}

// CID is a well-formed content identifier that depends on the name alone.
func CID(name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	h := sha256.Sum256([]byte(name))
	cid := []byte("bafkrei")
	for i := range 52 {
		cid = append(cid, letters[h[i%len(h)]>>(i/len(h))&31])
	}
	return string(cid)
}

// outcome reads what traceability answered.
func outcome(b []byte, err error) (out trace.Outcome, _ error) {
	if err == nil {
		err = trace.Decode(b, &out)
	}
	return out, err
}
