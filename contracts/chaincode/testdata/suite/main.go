// Command suite hosts the contracts that tests of ledgers on real networks use: the
// suite's, worlds of contracttest, and the register's own. It takes the same
// environment as sogoc-chaincode, and differs from that in two ways.
//
// A proposal's timestamp is believed whatever it says, so that tests can set the
// clocks of nodes.
//
// The suite's contract waits at a gate until a file stands beside the genesis whose
// name is the genesis's with ".gate" behind it.
package main

import (
	"log"
	"os"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/sogoc/sogoc/contracts/chaincode"
	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

func main() {
	file := os.Getenv("SOGOC_GENESIS")
	b, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	genesis, err := ledger.ParseGenesis(b)
	if err != nil {
		log.Fatal(err)
	}
	suite := ledgertest.Contract{Gate: make(chan struct{})}
	go func() {
		for ; ; time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(file + ".gate"); err == nil {
				close(suite.Gate)
				return
			}
		}
	}()
	contracts := host{genesis, append(contracttest.Contracts(dataset.Contract{}, trade.Contract{}), suite, contracttest.Worlds{})}
	log.Fatal(chaincode.Serve(contracts, os.Getenv("CHAINCODE_SERVER_ADDRESS"), os.Getenv("CHAINCODE_ID")))
}

// host is a chaincode.Host whose clock is right whenever it is asked.
type host struct {
	genesis   ledger.Genesis
	contracts []ledger.Contract
}

func (h host) at(stub shim.ChaincodeStubInterface) *chaincode.Host {
	stamp, err := stub.GetTxTimestamp()
	if err != nil {
		log.Fatal(err)
	}
	made, err := chaincode.New(chaincode.Config{Genesis: h.genesis, Contracts: h.contracts, MayPropose: registry.MaySubmit, Clock: stamp.AsTime})
	if err != nil {
		log.Fatal(err)
	}
	return made
}

func (h host) Init(stub shim.ChaincodeStubInterface) *peer.Response   { return h.at(stub).Init(stub) }
func (h host) Invoke(stub shim.ChaincodeStubInterface) *peer.Response { return h.at(stub).Invoke(stub) }
