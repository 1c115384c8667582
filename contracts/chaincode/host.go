package chaincode

import (
	"log/slog"
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
	Page    = "page"
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
	contracts  ledger.Contracts
	mayPropose func(ledger.StateReader, string, ledger.Address) error
	clock      func() time.Time
	log        *slog.Logger
}

// New makes a host, or says which field of the configuration is at fault.
func New(c Config) (*Host, error) {
	if _, err := ledger.ParseGenesis(c.Genesis.Encode()); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "Genesis")
	}
	contracts, err := ledger.NewContracts(c.Contracts...)
	if err != nil {
		return nil, err
	}
	h := &Host{
		genesis: c.Genesis.Encode(), register: c.Genesis.Register(), contracts: contracts,
		mayPropose: c.MayPropose, clock: c.Clock, log: c.Log,
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
	case function == Page && len(args) == 1:
		return page(stub, string(args[0]))
	default:
		return nil, ledger.Errorf(ledger.Invalid, "there is no function %q of %d arguments", function, len(args))
	}
}

// submit executes a transaction.
func (h *Host) submit(s *state, packed []byte, after [][]byte) error {
	encoded, err := ledger.Unpack(packed)
	if err != nil {
		return err
	}
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
	s.ahead(txKey(id), nameKey, contractPrefix+ledger.GenesisKey, contractPrefix+ledger.RulesKey)
	if known, err := s.read(txKey(id)); err != nil {
		return err
	} else if known != nil {
		return errOrdered
	}
	if err := tx.Header.CheckExpiry(now); err != nil {
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
	done, err := h.contracts.Execute(writes, &tx, id, signer, now)
	if err != nil {
		if ledger.CodeOf(err) == ledger.Internal {
			h.log.Error("a contract failed", "contract", tx.Header.Contract, "action", tx.Header.Action, "tx", id, "err", err)
		}
		return err
	}
	done.Writes.FlushTo(writes)
	own, err := s.keepName(name)
	if err != nil {
		return err
	}
	own = append(own, write{txKey(id), strconv.AppendUint(nil, uint64(done.Rules), 10)})
	if err := s.flush(writes, own...); err != nil {
		return err
	}
	if err := s.stub.SetEvent(EventName, Event{Rules: done.Rules, Outcome: done.Outcome}.Encode()); err != nil {
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
