package contracts_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
)

// writeGolden writes the history of the newest rules anew, of the histories in a folder:
//
//	SOGOC_HISTORIES=/tmp/h go test -short -count=1 ./contracts/...
//	go test -run TestGoldenHistory ./contracts -write-golden /tmp/h
//
// It is for rules that were never released. Those that were are succeeded, never edited.
var writeGolden = flag.String("write-golden", "", "folder of histories to write the golden one of")

// golden is what was recorded and refused under a version of the rules.
type golden struct {
	Rules   uint32         `json:"rules"`
	Genesis ledger.Genesis `json:"genesis"`
	Worlds  []goldenWorld  `json:"worlds"`
}

// goldenWorld is a register of its own.
type goldenWorld struct {
	Test  string       `json:"test"` // that did this first
	Steps []goldenStep `json:"steps"`
	State ledger.Hash  `json:"state"` // digest at the end
}

type goldenStep struct {
	Tx      []byte      `json:"tx"` // ledger.Tx.Encode
	Time    ledger.Time `json:"time"`
	Outcome string      `json:"outcome,omitempty"`
	Code    ledger.Code `json:"code,omitempty"` // of a refusal
	Field   string      `json:"field,omitempty"`
}

func goldenFile(rules uint32) string {
	return filepath.Join("testdata", fmt.Sprintf("rules-%d.json.gz", rules))
}

// TestGoldenHistory replays what every version of the rules recorded and refused: the
// outcomes, the refusals and the state are those of then.
func TestGoldenHistory(t *testing.T) {
	if *writeGolden != "" {
		write(t, *writeGolden)
	}
	for rules := uint32(1); rules <= registry.Rules; rules++ {
		g := read(t, goldenFile(rules))
		if g.Rules != rules || len(g.Worlds) == 0 {
			t.Fatalf("rules %d: %d worlds of rules %d", rules, len(g.Worlds), g.Rules)
		}
		for _, w := range g.Worlds {
			w.replay(t, g)
		}
	}
}

func (w goldenWorld) replay(t *testing.T, g golden) {
	m := NewMemory(g.Genesis, Contracts(dataset.Contract{}, trade.Contract{})...)
	for i, s := range w.Steps {
		tx, err := ledger.DecodeTx(s.Tx)
		if err != nil {
			t.Fatal(err)
		}
		outcome, err := m.Submit(tx, s.Time)
		if got := s.answered(outcome, err); got.Outcome != s.Outcome || got.Code != s.Code || got.Field != s.Field {
			t.Errorf("rules %d, %s, transaction %d (%s of %s):\n%s %s %s, and it was\n%s %s %s: %v", g.Rules, w.Test, i, tx.Header.Action, tx.Header.Contract,
				got.Outcome, got.Code, got.Field, s.Outcome, s.Code, s.Field, err)
			return
		}
	}
	if got := digest(m.State()); got != w.State {
		t.Errorf("rules %d, %s: the state is %s, and it was %s", g.Rules, w.Test, got, w.State)
	}
}

func (s goldenStep) answered(outcome []byte, err error) goldenStep {
	a := AnswerOf(outcome, err)
	s.Outcome, s.Code, s.Field = a.Outcome, a.Code, a.Field
	return s
}

// digest is that of a ledger's state.
func digest(state map[string]string) ledger.Hash {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(state)) {
		h.Write(ledger.AppendPair(nil, []byte(key), []byte(state[key])))
	}
	return ledger.Hash(h.Sum(nil))
}

func read(t *testing.T, file string) (g golden) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&g)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return g
}

// longest is the number of steps of a history above which it is left out: a table of
// moves that is walked through in one world takes thousands, of which few are new.
const longest = 80

// write keeps of many histories those that do or are refused something which none before
// did.
func write(t *testing.T, dir string) {
	t.Helper()
	all, err := ReadHistories(dir)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b History) int { return len(b.Steps) - len(a.Steps) })
	g := golden{Rules: registry.Rules, Genesis: Genesis()}
	seen := map[string]bool{}
	for _, h := range all {
		if len(h.Steps) > longest {
			continue
		}
		w, news := goldenWorld{Test: h.Test}, false
		m := NewMemory(g.Genesis, Contracts(dataset.Contract{}, trade.Contract{})...)
		for _, s := range h.Steps {
			tx, err := s.Sign(g.Genesis.Register())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ledger.DecodeTx(tx.Encode()); err != nil {
				continue // no ledger shows a contract such a transaction
			}
			outcome, err := m.Submit(tx, s.Time)
			step := goldenStep{Tx: tx.Encode(), Time: s.Time}.answered(outcome, err)
			what := fmt.Sprint(s.Contract, s.Action, step.Code, step.Field)
			news, seen[what] = news || !seen[what], true
			w.Steps = append(w.Steps, step)
		}
		if w.State = digest(m.State()); news {
			g.Worlds = append(g.Worlds, w)
		}
	}
	f, err := os.Create(goldenFile(g.Rules))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(json.NewEncoder(z).Encode(g), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}
