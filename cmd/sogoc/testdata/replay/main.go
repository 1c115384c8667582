// Command replay executes all blocks of a data folder again, and prints how many entries
// they have, the root of their tree and the digest of their state. It is so small that a
// test can build it without cgo.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
)

func main() {
	if err := replay(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func replay(ctx context.Context, data string) error {
	raw, err := os.ReadFile(filepath.Join(data, "genesis.json"))
	if err != nil {
		return err
	}
	genesis, err := ledger.ParseGenesis(raw)
	if err != nil {
		return err
	}
	if raw, err = os.ReadFile(filepath.Join(data, "trust.json")); err != nil {
		return err
	}
	trust, err := receipt.ParseTrust(raw)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "sogoc-replay-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	var wrong error
	checked, err := embedded.Check(ctx, embedded.CheckConfig{
		Dir: filepath.Join(data, "ledger"), Temp: temp, Genesis: genesis,
		Contracts: []ledger.Contract{registry.Contract{}, traceability.Contract{}, dataset.Contract{}, trade.Contract{}},
		Open: func(b []byte) (merkle.Checkpoint, error) {
			s, err := trust.Open(b)
			return s.Checkpoint, err
		},
		Report: func(where, what string) { wrong = errors.Join(wrong, fmt.Errorf("%s: %s", where, what)) },
		Note:   func(string) {}, Progress: func(uint64, uint64) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer checked.Close()
	root, err := checked.Root(ctx, checked.Size())
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	fmt.Println(checked.Size(), root, checked.Digest)
	return nil
}
