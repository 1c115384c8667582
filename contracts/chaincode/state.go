package chaincode

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/sogoc/sogoc/ledger"
)

// state is a peer's state during one proposal, by single keys. What a proposal
// reads does not change under it, and every question to the peer is a round trip,
// so each key is asked for once.
type state struct {
	stub shim.ChaincodeStubInterface
	seen map[string][]byte // keys that were read; nobody changes what they hold
}

func newState(stub shim.ChaincodeStubInterface) *state {
	return &state{stub: stub, seen: map[string][]byte{}}
}

const (
	contractPrefix = "s"
	afterContracts = "t" // the first string behind all that start with contractPrefix
	txPrefix       = "t"
	nameKey        = "n"
)

func txKey(id ledger.TxID) string { return txPrefix + id.String() }

// Get makes state a ledger.StateReader.
func (s *state) Get(key string) ([]byte, error) { return s.read(contractPrefix + key) }

// read returns nil for an absent key.
func (s *state) read(key string) ([]byte, error) {
	if value, ok := s.seen[key]; ok {
		return value, nil
	}
	value, err := s.stub.GetState(key)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the state cannot be read")
	}
	if len(value) == 0 {
		value = nil
	}
	s.seen[key] = value
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

// keepName writes what the chaincode is called, where no transaction did before.
func (s *state) keepName(name string) error {
	own, err := s.read(nameKey)
	if err != nil || own != nil {
		return err
	}
	if err := s.stub.PutState(nameKey, []byte(name)); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the state cannot be written")
	}
	return nil
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
