package chaincode

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/sogoc/sogoc/ledger"
)

// Bounds of a page, so that a question costs a peer little: it commits no block
// meanwhile.
const (
	pageKeys  = 1000
	pageBytes = 1 << 20 // after which no more is added
)

// page is the contracts' keys and values behind a key, in order, as
// ledger.AppendPair writes them; empty at the end.
func page(stub shim.ChaincodeStubInterface, behind string) ([]byte, error) {
	keys, err := stub.GetStateByRange(contractPrefix+behind+"\x00", afterContracts)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
	}
	defer keys.Close()
	var pairs []byte
	for n := 0; n < pageKeys && len(pairs) < pageBytes && keys.HasNext(); n++ {
		kv, err := keys.Next()
		if err != nil {
			return nil, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
		}
		pairs = ledger.AppendPair(pairs, []byte(kv.GetKey())[len(contractPrefix):], kv.GetValue())
	}
	return pairs, nil
}
