package chaincode

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/sogoc/sogoc/ledger"
)

// Serve answers peers at an address, as the chaincode package of an id, until it
// fails. Peers and chaincode are of one organisation and one machine: TLS is off,
// and the address has to be one that only they reach.
func (h *Host) Serve(address, id string) error {
	server := shim.ChaincodeServer{CCID: id, Address: address, CC: h, TLSProps: shim.TLSProperties{Disabled: true}}
	if err := server.Start(); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the chaincode cannot be served at "+address)
	}
	return nil
}
