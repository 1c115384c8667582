package ledger

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
)

// Bounds of what one transaction may change, on any ledger.
const (
	MaxWrites     = 16384   // keys
	MaxWriteBytes = 4 << 20 // bytes of keys and values
	MaxKey        = 1024    // bytes of one key
)

// Contracts are the rules of a register, by name.
type Contracts map[string]Contract

// NewContracts refuses an empty list, and two of one name, as Invalid.
func NewContracts(list ...Contract) (Contracts, error) {
	if len(list) == 0 {
		return nil, FieldErrorf(Invalid, "Contracts", "there are none")
	}
	m := make(Contracts, len(list))
	for _, c := range list {
		if m[c.Name()] != nil {
			return nil, FieldErrorf(Invalid, "Contracts", "there are two of the name %q", c.Name())
		}
		m[c.Name()] = c
	}
	return m, nil
}

// Execution is what a transaction did. Nothing of it is kept until somebody takes
// the writes.
type Execution struct {
	Rules   uint32 // the rules version it ran under: the one before it
	Outcome []byte // what the contract answered
	Writes  *Overlay
	Bytes   int // in Writes
}

// Execute runs a transaction that was checked, over a state that it does not
// change. Its errors are what the caller may be told: the contract's own when it is
// an *Error, Internal around anything else and around a panic, TooLarge when more
// was written than one transaction may. An error of the state is returned as it is,
// also when the contract ignored it.
func (c Contracts) Execute(state StateReader, tx *Tx, id TxID, signer Address, at Time) (Execution, error) {
	contract, ok := c[tx.Header.Contract]
	if !ok {
		return Execution{}, FieldErrorf(Invalid, "contract", "there is no contract %q", tx.Header.Contract)
	}
	reads := &watched{StateReader: state}
	rules, err := rulesIn(reads)
	if err != nil {
		return Execution{}, err
	}
	call := Call{
		ID: id, Signer: signer, Contract: tx.Header.Contract, Action: tx.Header.Action, Summary: tx.Header.Summary,
		Items: make([][]byte, len(tx.Items)), Time: at, Rules: rules,
	}
	for i, it := range tx.Items {
		call.Items[i] = it.Data
	}
	x := Execution{Rules: rules, Writes: NewOverlay(reads)}
	x.Outcome, err = run(contract, x.Writes, call)
	if reads.failed != nil {
		return Execution{}, reads.failed
	}
	if err != nil {
		return Execution{}, refusal(err)
	}
	x.Bytes, err = x.Writes.measure()
	return x, err
}

// watched remembers the first error of a state, which a contract may have ignored.
type watched struct {
	StateReader
	failed error
}

func (w *watched) Get(key string) ([]byte, error) {
	value, err := w.StateReader.Get(key)
	if err != nil && w.failed == nil {
		w.failed = err
	}
	return value, err
}

func (w *watched) ReadAhead(keys func() []string) { ReadAhead(w.StateReader, keys) }

// rulesIn is the rules version in force.
func rulesIn(s StateReader) (uint32, error) {
	b, err := s.Get(RulesKey)
	if err != nil || b == nil {
		return 1, err
	}
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return 0, Wrap(err, Internal, "the rules version is not a number")
	}
	return uint32(n), nil
}

// run turns a panic into an error.
func run(c Contract, s State, call Call) (outcome []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Execute(s, call)
}

// refusal hides what a contract did not mean to tell.
func refusal(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return Wrap(err, Internal, "the contract failed")
}

// measure counts the bytes of all writes, and refuses what exceeds the bounds.
func (o *Overlay) measure() (bytes int, err error) {
	if len(o.writes) > MaxWrites {
		return 0, Errorf(TooLarge, "the transaction changes more than %d things", MaxWrites)
	}
	for key, value := range o.writes {
		if len(key) > MaxKey {
			return 0, Errorf(TooLarge, "the transaction uses a name of more than %d bytes", MaxKey)
		}
		bytes += len(key) + len(value)
	}
	if bytes > MaxWriteBytes {
		return 0, Errorf(TooLarge, "the transaction changes more than %d bytes", MaxWriteBytes)
	}
	return bytes, nil
}

// CheckExpiry judges a transaction that is to be ordered at a time. It compares
// whole seconds with milliseconds: a transaction may be ordered up to the first
// millisecond of the second that it expires in.
func (h *Header) CheckExpiry(at Time) error {
	const second = 1000
	now := uint64(max(at, 0))
	switch {
	case h.Expiry < (now+second-1)/second:
		return FieldErrorf(Invalid, "expiry", "the transaction has expired")
	case h.Expiry > uint64(at.Add(MaxExpiry))/second:
		return FieldErrorf(Invalid, "expiry", "is more than %v ahead", MaxExpiry)
	}
	return nil
}
