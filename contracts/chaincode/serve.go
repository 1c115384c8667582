package chaincode

import (
	"os"
	"runtime/debug"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/sogoc/sogoc/ledger"
)

// garbage is by how many percent the heap may grow between two collections, unless
// GOGC says otherwise. Nothing is kept between transactions: with Go's own 100 percent
// of next to nothing, collecting takes a quarter of the process's time.
const garbage = 400

// Serve has a Host, or what stands before one, answer peers at an address, as the
// chaincode package of an id, until it fails. Peers and chaincode are of one organisation and one machine: TLS is off,
// and the address has to be one that only they reach.
func Serve(cc shim.Chaincode, address, id string) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	server := shim.ChaincodeServer{CCID: id, Address: address, CC: cc, TLSProps: shim.TLSProperties{Disabled: true}}
	if err := server.Start(); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the chaincode cannot be served at "+address)
	}
	return nil
}
