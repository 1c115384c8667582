package chaincode

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
)

var update = flag.Bool("update", false, "write the golden file")

// captured is what the capture of one event does to the state, in bytes: the plan
// that testdata/plain follows.
type captured struct {
	Argument int           `json:"argument"` // the transaction
	Answer   int           `json:"answer"`   // the payload of its event
	Trips    int           `json:"trips"`    // how often the peer is asked for something, or told to write
	Keys     []capturedKey `json:"keys"`
}

type capturedKey struct {
	Name   int  `json:"name"`
	Read   bool `json:"read"`
	Holds  int  `json:"holds"`
	Writes int  `json:"writes"`
}

// TestCapture: what benchmarks compare the contracts with does to the state what
// the contracts do.
func TestCapture(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Contracts, c.MayPropose = contracttest.Contracts(), registry.MaySubmit
	})
	var before peerState
	var last *proposal
	w := contracttest.Over(t, b.genesis, b.key, func(tx ledger.Tx) ([]byte, error) {
		before = maps.Clone(b.state)
		last = b.must(t, ledger.Pack(tx.Encode()))
		return last.outcome(t), nil
	})
	coop := w.Admit("coop", ledger.KindCoop)
	f := w.Commission(contracttest.Of(contracttest.Lot(w.Product(coop, 1), "L1"), "100 KGM"))
	f.ReadPoint, f.Location = &coop.Place, &coop.Place
	w.Record(coop, f)

	got := captured{Argument: len(last.args[1]), Answer: len(last.event), Trips: last.trips}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(last.reads, last.writes)))) {
		got.Keys = append(got.Keys, capturedKey{
			Name: len(name), Read: slices.Contains(last.reads, name), Holds: len(before[name]), Writes: len(last.puts[name]),
		})
	}
	raw, err := json.MarshalIndent(got, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "plain", "capture.json")
	if raw = append(raw, '\n'); *update {
		if err := os.WriteFile(file, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != string(raw) {
		t.Errorf("a capture does %s\nand not what %s says (-update writes it): %v", raw, file, err)
	}
}
