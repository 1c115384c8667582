// Command echo is a chaincode that keeps what it is given: put KEY VALUE, get KEY.
// It stands in for the real one where a test is about the network alone.
package main

import (
	"log"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type echo struct{}

func (echo) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (echo) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	args := stub.GetStringArgs()
	switch {
	case len(args) == 3 && args[0] == "put":
		if err := stub.PutState(args[1], []byte(args[2])); err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(nil)
	case len(args) == 2 && args[0] == "get":
		v, err := stub.GetState(args[1])
		if err != nil {
			return shim.Error(err.Error())
		}
		return shim.Success(v)
	}
	return shim.Error("put KEY VALUE, or get KEY")
}

func main() {
	if _, err := os.Stat(os.Getenv("SOGOC_GENESIS")); err != nil {
		log.Fatal(err)
	}
	server := &shim.ChaincodeServer{
		CCID:     os.Getenv("CHAINCODE_ID"),
		Address:  os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		CC:       echo{},
		TLSProps: shim.TLSProperties{Disabled: true},
	}
	log.Fatal(server.Start())
}
