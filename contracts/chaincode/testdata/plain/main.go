// Command plain is sogoc-chaincode with functions beside the contracts that do to
// the state what recording one event does, and follow no rules: the measure of what
// the rules cost. Benchmarks run both on one network. It takes the same environment
// as sogoc-chaincode. The functions are
//
//	found PLAN               writes the keys that the others find
//	each  PLAN NONCE PADDING reads and writes key by key
//	batch PLAN NONCE PADDING asks the peer once for all keys, and writes all at once
//
// PLAN is the JSON object of plan, which capture.json holds for the capture of one
// event. The padding makes the arguments as long as a transaction.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/sogoc/sogoc/contracts/chaincode"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
)

// plan says what a transaction does to the state, in bytes.
type plan struct {
	Answer int   `json:"answer"` // what it answers
	Keys   []key `json:"keys"`
}

type key struct {
	Name   int  `json:"name"`
	Read   bool `json:"read"`
	Holds  int  `json:"holds"`  // before; 0 when it is absent, and then a key of this transaction alone
	Writes int  `json:"writes"` // 0 when it is not written
}

// name is the i-th key's.
func (k key) name(i int, nonce string) string {
	if k.Holds > 0 {
		nonce = ""
	}
	name := fmt.Sprintf("p%d|%s", i, nonce)
	return name + strings.Repeat("x", max(0, k.Name-len(name)))
}

func value(n int) []byte { return bytes.Repeat([]byte("v"), n) }

// host is the contracts' with the functions of this program.
type host struct{ *chaincode.Host }

func (h host) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	args := stub.GetArgs()
	if len(args) < 2 {
		return h.Host.Invoke(stub)
	}
	var do func(shim.ChaincodeStubInterface, plan, string) error
	switch string(args[0]) {
	case "found":
		do = found
	case "each":
		do = each
	case "batch":
		do = batch
	default:
		return h.Host.Invoke(stub)
	}
	var p plan
	if err := json.Unmarshal(args[1], &p); err != nil {
		return shim.Error(err.Error())
	}
	nonce := ""
	if len(args) > 2 {
		nonce = string(args[2])
	}
	if err := do(stub, p, nonce); err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(value(p.Answer))
}

func found(stub shim.ChaincodeStubInterface, p plan, _ string) error {
	for i, k := range p.Keys {
		if k.Holds == 0 {
			continue
		}
		if err := stub.PutState(k.name(i, ""), value(k.Holds)); err != nil {
			return err
		}
	}
	return nil
}

func each(stub shim.ChaincodeStubInterface, p plan, nonce string) error {
	for i, k := range p.Keys {
		if !k.Read {
			continue
		}
		held, err := stub.GetState(k.name(i, nonce))
		if err := k.check(held, err); err != nil {
			return err
		}
	}
	return write(stub, p, nonce)
}

func batch(stub shim.ChaincodeStubInterface, p plan, nonce string) error {
	var names []string
	var read []key
	for i, k := range p.Keys {
		if k.Read {
			names, read = append(names, k.name(i, nonce)), append(read, k)
		}
	}
	held, err := stub.GetMultipleStates(names...)
	if err != nil {
		return err
	}
	for i, k := range read {
		if err := k.check(held[i], nil); err != nil {
			return err
		}
	}
	stub.StartWriteBatch()
	if err := write(stub, p, nonce); err != nil {
		return err
	}
	return stub.FinishWriteBatch()
}

// check fails where a key does not hold what the plan says: something else would
// be measured.
func (k key) check(held []byte, err error) error {
	if err == nil && len(held) != k.Holds {
		err = fmt.Errorf("a key holds %d bytes, not %d: is it founded?", len(held), k.Holds)
	}
	return err
}

func write(stub shim.ChaincodeStubInterface, p plan, nonce string) error {
	for i, k := range p.Keys {
		if k.Writes == 0 {
			continue
		}
		if err := stub.PutState(k.name(i, nonce), value(k.Writes)); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	b, err := os.ReadFile(os.Getenv("SOGOC_GENESIS"))
	if err != nil {
		log.Fatal(err)
	}
	genesis, err := ledger.ParseGenesis(b)
	if err != nil {
		log.Fatal(err)
	}
	contracts, err := chaincode.New(chaincode.Config{
		Genesis: genesis, Contracts: []ledger.Contract{registry.Contract{}, traceability.Contract{}, dataset.Contract{}, trade.Contract{}},
		MayPropose: registry.MaySubmit,
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(chaincode.Serve(host{contracts}, os.Getenv("CHAINCODE_SERVER_ADDRESS"), os.Getenv("CHAINCODE_ID")))
}
