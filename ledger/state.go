package ledger

import (
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// State is what a contract may touch: single keys, nothing that scans. Keys are
// printable ASCII. An absent key reads as nil without an error; an error means
// that the store failed, and the contract returns it unchanged.
type State interface {
	Get(key string) ([]byte, error)
	Put(key string, value []byte) // value is not empty, and not changed afterwards
	Delete(key string)
}

// StateReader is the read half of State, which is all that an Overlay needs of
// what lies beneath it.
type StateReader interface {
	Get(key string) ([]byte, error)
}

// Load reads what decode makes of a key's value; ok is false where the key is absent.
func Load[T any](s StateReader, key string, decode func([]byte) (T, error)) (v T, ok bool, err error) {
	b, err := s.Get(key)
	if err != nil || b == nil {
		return v, false, err
	}
	if v, err = decode(b); err != nil {
		return v, false, fmt.Errorf("state key %q holds something that no contract wrote: %w", key, err)
	}
	return v, true, nil
}

// AppendPair appends a key and its value as the digest of a state takes them, which
// is the SHA-256 over all pairs in the order of the keys: uint32 length and key,
// uint32 length and value.
func AppendPair(b, key, value []byte) []byte {
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(key))), key...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

// Ahead is what a StateReader may be besides, where every read takes a while: keys
// that are about to be read are fetched together. What is fetched counts as read, so
// that nobody names a key here that is not read in all likelihood. Which they are may
// depend on nothing but what was read before.
type Ahead interface {
	ReadAhead(keys func() []string)
}

// ReadAhead tells a state that is Ahead which keys are read next; another does not
// ask for them. What fails is said when they are read.
func ReadAhead(s StateReader, keys func() []string) {
	if a, ok := s.(Ahead); ok {
		a.ReadAhead(keys)
	}
}

// Keys that belong to the host rather than to a contract.
const (
	GenesisKey = "genesis" // Genesis.Encode, there before the first transaction
	RulesKey   = "rules"   // the rules version in force, decimal; absent means 1
)

// Overlay is a State over a reader: a transaction reads its own writes, and
// nothing reaches the store before Flush. An Overlay can lie over another.
// It is not for concurrent use.
type Overlay struct {
	base   StateReader
	writes map[string][]byte // nil marks a deletion
}

// NewOverlay lays an empty overlay over base.
func NewOverlay(base StateReader) *Overlay {
	return &Overlay{base: base, writes: make(map[string][]byte)}
}

func (o *Overlay) Get(key string) ([]byte, error) {
	if v, ok := o.writes[key]; ok {
		return v, nil
	}
	return o.base.Get(key)
}

// ReadAhead makes Overlay an Ahead over one.
func (o *Overlay) ReadAhead(keys func() []string) {
	ReadAhead(o.base, func() []string {
		return slices.DeleteFunc(keys(), func(k string) bool { _, ok := o.writes[k]; return ok })
	})
}

func (o *Overlay) Put(key string, value []byte) {
	if len(value) == 0 {
		panic("ledger: empty value for key " + key)
	}
	o.writes[key] = value
}

func (o *Overlay) Delete(key string) { o.writes[key] = nil }

// Written returns what was written under a key, nil for a deletion; ok is false
// when nothing was.
func (o *Overlay) Written(key string) (value []byte, ok bool) {
	value, ok = o.writes[key]
	return value, ok
}

// Len is the number of keys written.
func (o *Overlay) Len() int { return len(o.writes) }

// All yields every write once, in no order; a nil value is a deletion.
func (o *Overlay) All() iter.Seq2[string, []byte] { return maps.All(o.writes) }

// Flush hands over every write once, in the order of the keys; a nil value is a
// deletion. It stops at the first error.
func (o *Overlay) Flush(write func(key string, value []byte) error) error {
	for _, k := range slices.Sorted(maps.Keys(o.writes)) {
		if err := write(k, o.writes[k]); err != nil {
			return err
		}
	}
	return nil
}

// FlushTo moves every write into another overlay.
func (o *Overlay) FlushTo(to *Overlay) { maps.Copy(to.writes, o.writes) }

// Call is a checked transaction as a contract sees it.
type Call struct {
	ID       TxID
	Signer   Address
	Contract string // the called one's name
	Action   string
	Summary  string
	Items    [][]byte
	Time     Time   // record time
	Rules    uint32 // the rules version in force
}

// Says refuses a call whose summary is not what the transaction does, in the words
// that its contract has for it.
func (c Call) Says(want string) error {
	if c.Summary != want {
		return FieldErrorf(Invalid, "summary", "is not what the transaction does, which is %q", want)
	}
	return nil
}

// Contract is a set of rules. Execute is deterministic: it depends on its
// arguments alone, and uses no clock, randomness, floating point, goroutine or
// order of a map. It returns the outcome that read models are built from. After
// an error nothing of what it wrote is kept; an *Error is for the caller to see.
type Contract interface {
	Name() string
	Execute(s State, c Call) (outcome []byte, err error)
}
