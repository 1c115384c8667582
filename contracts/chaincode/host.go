package chaincode

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/sogoc/sogoc/ledger"
)

// MaxSkew is how far a proposal's timestamp may be from the host's clock.
const MaxSkew = 2 * time.Minute

// Functions of the chaincode.
const (
	Submit  = "submit"
	Genesis = "genesis"
	Get     = "get"
)

// Config says how to host contracts. Genesis and Contracts are needed.
type Config struct {
	// Genesis founds the register. Every organisation's process has the same one;
	// with another, its endorsements differ from the others' and nothing commits.
	Genesis ledger.Genesis
	// Contracts are the rules, each under a name of its own.
	Contracts []ledger.Contract
	// MayPropose decides whether a node of a Fabric organisation, named by its MSP,
	// may submit what a key signed. It reads the state and nothing else, and is
	// deterministic. Nil means that the node of any member of the channel may, and
	// is for contracts that know no organisations.
	MayPropose func(s ledger.StateReader, mspID string, signer ledger.Address) error
	// Clock judges timestamps; nil means time.Now.
	Clock func() time.Time
	// Log is where the host reports; nil means slog.Default.
	Log *slog.Logger
}

// Host is a shim.Chaincode that executes contracts. It keeps nothing between
// invocations.
type Host struct {
	genesis    []byte
	register   ledger.Hash
	contracts  map[string]ledger.Contract
	mayPropose func(ledger.StateReader, string, ledger.Address) error
	clock      func() time.Time
	log        *slog.Logger
}

// New makes a host, or says which field of the configuration is at fault.
func New(c Config) (*Host, error) {
	if _, err := ledger.ParseGenesis(c.Genesis.Encode()); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "Genesis")
	}
	h := &Host{
		genesis: c.Genesis.Encode(), register: c.Genesis.Register(), contracts: make(map[string]ledger.Contract, len(c.Contracts)),
		mayPropose: c.MayPropose, clock: c.Clock, log: c.Log,
	}
	for _, contract := range c.Contracts {
		if h.contracts[contract.Name()] != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "Contracts", "there are two of the name %q", contract.Name())
		}
		h.contracts[contract.Name()] = contract
	}
	if len(h.contracts) == 0 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "Contracts", "there are none")
	}
	if h.mayPropose == nil {
		h.mayPropose = func(ledger.StateReader, string, ledger.Address) error { return nil }
	}
	if h.clock == nil {
		h.clock = time.Now
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	return h, nil
}

// Init stores the genesis, where a channel asks for it; without it the first
// transaction does.
func (h *Host) Init(stub shim.ChaincodeStubInterface) *peer.Response {
	state := newState(stub)
	writes := ledger.NewOverlay(state)
	if err := h.found(writes); err != nil {
		return refuse(err)
	}
	if err := state.flush(writes); err != nil {
		return refuse(err)
	}
	return shim.Success(nil)
}

// Invoke calls a function.
func (h *Host) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	answer, err := h.invoke(stub, stub.GetArgs())
	if err != nil {
		return refuse(err)
	}
	return shim.Success(answer)
}

func (h *Host) invoke(stub shim.ChaincodeStubInterface, args [][]byte) ([]byte, error) {
	if len(args) == 0 {
		return nil, ledger.Errorf(ledger.Invalid, "no function is named")
	}
	state := newState(stub)
	switch function, args := string(args[0]), args[1:]; {
	case function == Submit && (len(args) == 1 || len(args) == 2):
		return nil, h.submit(state, args[0], args[1:])
	case function == Genesis && len(args) == 0:
		return h.genesis, nil
	case function == Get && len(args) == 1:
		return state.Get(string(args[0]))
	default:
		return nil, ledger.Errorf(ledger.Invalid, "there is no function %q of %d arguments", function, len(args))
	}
}

// submit executes a transaction.
func (h *Host) submit(s *state, encoded []byte, after [][]byte) error {
	tx, err := ledger.DecodeTx(encoded)
	if err != nil {
		return err
	}
	id, signer, err := tx.Check(h.register)
	if err != nil {
		return err
	}
	now, err := h.time(s.stub)
	if err != nil {
		return err
	}
	if err := s.reached(after); err != nil {
		return err
	}
	if known, err := s.read(txKey(id)); err != nil {
		return err
	} else if known != nil {
		return errOrdered
	}
	if err := checkExpiry(tx.Header.Expiry, now); err != nil {
		return err
	}
	name, mspID, err := caller(s)
	if err != nil {
		return err
	}
	writes := ledger.NewOverlay(s)
	if err := h.found(writes); err != nil {
		return err
	}
	if err := h.mayPropose(writes, mspID, signer); err != nil {
		return err
	}
	rules, outcome, err := h.execute(s, writes, &tx, id, signer, now)
	if err != nil {
		return err
	}
	if err := checkWrites(writes); err != nil {
		return err
	}
	if err := s.flush(writes); err != nil {
		return err
	}
	if err := s.keepName(name); err != nil {
		return err
	}
	if err := s.stub.PutState(txKey(id), strconv.AppendUint(nil, uint64(rules), 10)); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the state cannot be written")
	}
	if err := s.stub.SetEvent(EventName, Event{Rules: rules, Outcome: outcome}.Encode()); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the outcome cannot be announced")
	}
	return nil
}

// found puts the genesis where there is none, and refuses to go on under another.
func (h *Host) found(s ledger.State) error {
	b, err := s.Get(ledger.GenesisKey)
	if err != nil {
		return err
	}
	if b == nil {
		s.Put(ledger.GenesisKey, h.genesis)
		return nil
	}
	if string(b) != string(h.genesis) {
		return ledger.Errorf(ledger.Internal, "the channel holds another register than the one that the contracts were started for")
	}
	return nil
}

// time is the proposal's timestamp, when it is close to the host's clock.
func (h *Host) time(stub shim.ChaincodeStubInterface) (ledger.Time, error) {
	stamp, err := stub.GetTxTimestamp()
	if err != nil {
		return 0, ledger.Wrap(err, ledger.Invalid, "the proposal has no timestamp")
	}
	at := stamp.AsTime()
	if skew := at.Sub(h.clock()).Abs(); skew > MaxSkew {
		return 0, ledger.Errorf(ledger.Unavailable, "the node's clock and that of the organisation which checks its transactions are %v apart; at most %v is allowed",
			skew.Round(time.Second), MaxSkew)
	}
	return ledger.TimeOf(at), nil
}

// checkExpiry compares whole seconds with milliseconds: a transaction may be
// ordered up to the first millisecond of the second it expires in.
func checkExpiry(expiry uint64, at ledger.Time) error {
	const second = 1000
	switch now := uint64(max(at, 0)); {
	case expiry < (now+second-1)/second:
		return ledger.FieldErrorf(ledger.Invalid, "expiry", "the transaction has expired")
	case expiry > uint64(at.Add(ledger.MaxExpiry))/second:
		return ledger.FieldErrorf(ledger.Invalid, "expiry", "is more than %v ahead", ledger.MaxExpiry)
	}
	return nil
}

// execute runs a transaction. The rules version is the one before it.
func (h *Host) execute(s *state, writes *ledger.Overlay, tx *ledger.Tx, id ledger.TxID, signer ledger.Address, now ledger.Time) (rules uint32, outcome []byte, err error) {
	contract, ok := h.contracts[tx.Header.Contract]
	if !ok {
		return 0, nil, ledger.FieldErrorf(ledger.Invalid, "contract", "there is no contract %q", tx.Header.Contract)
	}
	if rules, err = rulesOf(writes); err != nil {
		return 0, nil, err
	}
	call := ledger.Call{
		ID: id, Signer: signer, Action: tx.Header.Action, Summary: tx.Header.Summary,
		Items: make([][]byte, len(tx.Items)), Time: now, Rules: rules,
	}
	for i, it := range tx.Items {
		call.Items[i] = it.Data
	}
	outcome, err = run(contract, writes, call)
	if s.failed != nil { // a contract may have ignored it
		return 0, nil, s.failed
	}
	var e *ledger.Error
	if err != nil && !errors.As(err, &e) {
		h.log.Error("a contract failed", "contract", contract.Name(), "action", call.Action, "tx", id, "err", err)
		err = ledger.Wrap(err, ledger.Internal, "the contract failed")
	}
	return rules, outcome, err
}

// run turns a panic into an error.
func run(c ledger.Contract, s ledger.State, call ledger.Call) (outcome []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Execute(s, call)
}

func rulesOf(s ledger.StateReader) (uint32, error) {
	b, err := s.Get(ledger.RulesKey)
	if err != nil || b == nil {
		return 1, err
	}
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return 0, ledger.Wrap(err, ledger.Internal, "the rules version is not a number")
	}
	return uint32(n), nil
}

// Bounds of what one transaction may change, as on any ledger.
const (
	maxWrites     = 16384
	maxWriteBytes = 4 << 20
	maxKey        = 1024
)

func checkWrites(writes *ledger.Overlay) error {
	if writes.Len() > maxWrites {
		return ledger.Errorf(ledger.TooLarge, "the transaction changes more than %d things", maxWrites)
	}
	bytes := 0
	err := writes.Flush(func(key string, value []byte) error {
		if len(key) > maxKey {
			return ledger.Errorf(ledger.TooLarge, "the transaction uses a name of more than %d bytes", maxKey)
		}
		bytes += len(key) + len(value)
		return nil
	})
	if err == nil && bytes > maxWriteBytes {
		err = ledger.Errorf(ledger.TooLarge, "the transaction changes more than %d bytes", maxWriteBytes)
	}
	return err
}
