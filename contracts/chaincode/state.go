package chaincode

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/sogoc/sogoc/ledger"
)

// state is a peer's state during one proposal, by single keys.
type state struct {
	stub   shim.ChaincodeStubInterface
	failed error // the first error of a read
}

const (
	contractPrefix = "s"
	txPrefix       = "t"
)

func txKey(id ledger.TxID) string { return txPrefix + id.String() }

// Get makes state a ledger.StateReader.
func (s *state) Get(key string) ([]byte, error) { return s.read(contractPrefix + key) }

// read returns nil for an absent key.
func (s *state) read(key string) ([]byte, error) {
	value, err := s.stub.GetState(key)
	if err != nil {
		err = ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
		if s.failed == nil {
			s.failed = err
		}
		return nil, err
	}
	if len(value) == 0 {
		return nil, nil
	}
	return value, nil
}

// flush writes what contracts wrote, in the order of the keys.
func (s *state) flush(writes *ledger.Overlay) error {
	return writes.Flush(func(key string, value []byte) (err error) {
		if value == nil {
			err = s.stub.DelState(contractPrefix + key)
		} else {
			err = s.stub.PutState(contractPrefix+key, value)
		}
		if err != nil {
			return ledger.Wrap(err, ledger.Unavailable, "the state cannot be written")
		}
		return nil
	})
}

// reached refuses when the state is older than a transaction that the caller
// names.
func (s *state) reached(after [][]byte) error {
	if len(after) == 0 {
		return nil
	}
	if len(after[0]) != len(ledger.TxID{}) {
		return ledger.Errorf(ledger.Invalid, "the second argument is not a transaction's identifier")
	}
	b, err := s.read(txKey(ledger.TxID(after[0])))
	if err == nil && b == nil {
		err = ledger.Errorf(ledger.Unavailable, "the peer has not applied what the caller has seen")
	}
	return err
}
