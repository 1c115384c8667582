// Command sogoc-chaincode runs the register's contracts for the peers of one
// organisation on Hyperledger Fabric, as chaincode that is a service of its own.
// It is configured by the environment:
//
//	CHAINCODE_SERVER_ADDRESS  host:port to answer peers on; a host that only they reach
//	CHAINCODE_ID              the package id that the peer gave the chaincode
//	SOGOC_GENESIS             the file that founds the register; it names the operator's host
//	GOGC                      as for any program in Go, but 400 when it is not set
//
// It is a program apart from sogoc because Fabric's client and chaincode libraries
// cannot be in one process: both register the same protobuf messages.
package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/sogoc/sogoc/contracts/chaincode"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "sogoc-chaincode:", err)
		os.Exit(1)
	}
}

func run() error {
	address, id, file := os.Getenv("CHAINCODE_SERVER_ADDRESS"), os.Getenv("CHAINCODE_ID"), os.Getenv("SOGOC_GENESIS")
	if address == "" || id == "" || file == "" {
		return errors.New("CHAINCODE_SERVER_ADDRESS, CHAINCODE_ID and SOGOC_GENESIS are all needed")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("SOGOC_GENESIS: %w", err)
	}
	genesis, err := ledger.ParseGenesis(b)
	if err != nil {
		return fmt.Errorf("SOGOC_GENESIS: %s: %w", file, err)
	}
	if genesis.Host == "" {
		return fmt.Errorf("SOGOC_GENESIS: %s: names no host, so that nobody on the channel could found the register", file)
	}
	host, err := chaincode.New(chaincode.Config{
		Genesis:    genesis,
		Contracts:  []ledger.Contract{registry.Contract{}, traceability.Contract{}, dataset.Contract{}, trade.Contract{}},
		MayPropose: registry.MaySubmit,
	})
	if err != nil {
		return err
	}
	slog.Info("the contracts answer", "address", address, "chaincode", id, "register", genesis.Register())
	return chaincode.Serve(host, address, id)
}
