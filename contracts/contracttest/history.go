package contracttest

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

// HistoriesEnv names a folder that every world in memory writes its history to when
// its test ends, so that the same can be done on real ledgers.
const HistoriesEnv = "SOGOC_HISTORIES"

// History is all that a test did in its world, in order.
type History struct {
	Test  string `json:"test"`
	Steps []Step `json:"steps"`
}

// Step is a transaction that was submitted, and what came of it.
type Step struct {
	Key      []byte      `json:"key"` // the signer's secret
	Contract string      `json:"contract"`
	Action   string      `json:"action"`
	Summary  string      `json:"summary"`
	Items    [][]byte    `json:"items"`
	Time     ledger.Time `json:"time"` // record time
	Answer   Answer      `json:"answer"`
}

// Answer is what whoever submits is told: an outcome, or a refusal.
type Answer struct {
	Outcome string      `json:"outcome"`
	Code    ledger.Code `json:"code"` // empty when it was recorded
	Field   string      `json:"field"`
	Message string      `json:"message"`
}

// AnswerOf takes the answer out of what a ledger returned. A refusal that is no
// *ledger.Error is Internal and a text of its own, which no two ledgers share.
func AnswerOf(outcome []byte, err error) Answer {
	var e *ledger.Error
	switch {
	case err == nil:
		return Answer{Outcome: string(outcome)}
	case errors.As(err, &e):
		return Answer{Code: e.Code, Field: e.Field, Message: e.Message}
	}
	return Answer{Code: ledger.Internal, Message: err.Error()}
}

// ReadHistories reads what worlds wrote to a folder.
func ReadHistories(dir string) ([]History, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	all := make([]History, len(files))
	for i, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Sign signs the step's transaction for a register. It expires an hour after its
// record time.
func (s Step) Sign(register ledger.Hash) (ledger.Tx, error) {
	return s.sign(register, s.Contract, s.Time, s.Items...)
}

func (s Step) sign(register ledger.Hash, contract string, now ledger.Time, items ...[]byte) (ledger.Tx, error) {
	key, err := crypto.ToECDSA(s.Key)
	if err != nil {
		return ledger.Tx{}, err
	}
	salted := make([]ledger.Item, len(items))
	for i, data := range items {
		salted[i] = ledger.NewItem(data)
	}
	return ledger.Sign(register, key, contract, s.Action, s.Summary, salted, uint64(now.Add(time.Hour).Time().Unix()))
}

// remember has the world's history written when its test ends.
func (w *World) remember(t testing.TB) {
	dir := os.Getenv(HistoriesEnv)
	if dir == "" {
		return
	}
	w.history = &History{Test: t.Name()}
	t.Cleanup(func() {
		f, err := os.CreateTemp(dir, "*.json")
		if err == nil {
			err = errors.Join(json.NewEncoder(f).Encode(w.history), f.Close())
		}
		if err != nil {
			t.Errorf("the history cannot be written: %v", err)
		}
	})
}

func (h *History) add(key *ecdsa.PrivateKey, tx ledger.Tx, now ledger.Time, answer Answer) {
	s := Step{
		Key: crypto.FromECDSA(key), Contract: tx.Header.Contract, Action: tx.Header.Action, Summary: tx.Header.Summary,
		Time: now, Answer: answer,
	}
	for _, it := range tx.Items {
		s.Items = append(s.Items, it.Data)
	}
	h.Steps = append(h.Steps, s)
}
