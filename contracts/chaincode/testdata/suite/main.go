// Command suite hosts the contract of the suite that every ledger passes. It takes
// the same environment as sogoc-chaincode.
package main

import (
	"log"
	"os"

	"github.com/sogoc/sogoc/contracts/chaincode"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

func main() {
	b, err := os.ReadFile(os.Getenv("SOGOC_GENESIS"))
	if err != nil {
		log.Fatal(err)
	}
	genesis, err := ledger.ParseGenesis(b)
	if err != nil {
		log.Fatal(err)
	}
	host, err := chaincode.New(chaincode.Config{Genesis: genesis, Contracts: []ledger.Contract{ledgertest.Contract{}}})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(host.Serve(os.Getenv("CHAINCODE_SERVER_ADDRESS"), os.Getenv("CHAINCODE_ID")))
}
