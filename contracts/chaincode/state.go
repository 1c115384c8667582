package chaincode

import (
	"errors"

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
	s.see(key, value)
	return s.seen[key], nil
}

func (s *state) see(key string, value []byte) {
	if len(value) == 0 {
		value = nil
	}
	s.seen[key] = value
}

// ahead asks for all keys at once that were not read yet. When that fails, each is
// asked for when it is read.
func (s *state) ahead(keys ...string) {
	fresh := make([]string, 0, len(keys))
	asked := make(map[string]bool, len(keys))
	for _, key := range keys {
		if _, ok := s.seen[key]; !ok && !asked[key] {
			fresh, asked[key] = append(fresh, key), true
		}
	}
	if len(fresh) < 2 {
		return
	}
	values, err := s.stub.GetMultipleStates(fresh...)
	if err != nil || len(values) != len(fresh) {
		return
	}
	for i, key := range fresh {
		s.see(key, values[i])
	}
}

// ReadAhead makes state a ledger.Ahead.
func (s *state) ReadAhead(keys func() []string) {
	names := keys()
	for i := range names {
		names[i] = contractPrefix + names[i]
	}
	s.ahead(names...)
}

// write is what a proposal changes. All goes to the peer in one message.
type write struct {
	key   string
	value []byte // nil deletes
}

// flush writes what contracts wrote, in the order of the keys, and what the host
// writes itself.
func (s *state) flush(writes *ledger.Overlay, own ...write) error {
	s.stub.StartWriteBatch()
	err := writes.Flush(func(key string, value []byte) error { return s.put(write{contractPrefix + key, value}) })
	for _, w := range own {
		err = errors.Join(err, s.put(w))
	}
	if err = errors.Join(err, s.stub.FinishWriteBatch()); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the state cannot be written")
	}
	return nil
}

func (s *state) put(w write) error {
	if w.value == nil {
		return s.stub.DelState(w.key)
	}
	return s.stub.PutState(w.key, w.value)
}

// keepName gives what to write so that the state says what the chaincode is called,
// where no transaction did before.
func (s *state) keepName(name string) ([]write, error) {
	own, err := s.read(nameKey)
	if err != nil || own != nil {
		return nil, err
	}
	return []write{{nameKey, []byte(name)}}, nil
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
