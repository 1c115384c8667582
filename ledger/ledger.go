package ledger

import (
	"context"
	"iter"
	"time"
)

// MaxExpiry is how far ahead of the record time a transaction may expire.
const MaxExpiry = 7 * 24 * time.Hour

// Entry is a transaction in its place.
type Entry struct {
	Index   uint64 // the leaf's position in the register's tree, from 0
	Block   uint64 // which write it came in, from 0
	ID      TxID
	Signer  Address
	Tx      Tx
	Time    Time   // record time; never before the previous entry's
	Rules   uint32 // the rules version it ran under
	Outcome []byte // what the contract answered
}

// Leaf is the entry's leaf.
func (e *Entry) Leaf(register Hash) Leaf {
	return Leaf{Register: register, Header: e.Tx.Header, Signature: e.Tx.Signature, Time: e.Time, Rules: e.Rules}
}

// Submitter orders transactions.
type Submitter interface {
	// Submit returns the transaction's entry once it is ordered and on disk. A
	// transaction that was ordered before is answered with its first entry, also
	// after it expired. An *Error other than Unavailable means that it was refused
	// and nothing was written; Unavailable means that it is safe to send again.
	// When the context ends first, the transaction may still be ordered.
	Submit(ctx context.Context, tx Tx) (*Entry, error)
}

// Reader reads the order.
type Reader interface {
	// Genesis never changes.
	Genesis() Genesis
	// Size is the number of entries on disk.
	Size() uint64
	// Wait returns when Size is at least size, or with the context's error.
	Wait(ctx context.Context, size uint64) error
	// Entries yields the entries from index on, in order, up to the size at the
	// time of the call. An error ends it.
	Entries(ctx context.Context, index uint64) iter.Seq2[*Entry, error]
	// Find returns the index of a transaction, or NotFound.
	Find(ctx context.Context, id TxID) (uint64, error)
}

// Prover shows that the order is what it is said to be.
type Prover interface {
	// Checkpoint is the latest signed checkpoint (C2SP tlog-checkpoint): it covers
	// every entry that was on disk when it was asked for.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Inclusion is the RFC 6962 path from the leaf at index to the root at size.
	Inclusion(ctx context.Context, index, size uint64) ([]Hash, error)
	// Consistency is the RFC 6962 proof that the tree at size starts with the tree
	// at old.
	Consistency(ctx context.Context, old, size uint64) ([]Hash, error)
}

// Ledger is a permissioned ledger.
type Ledger interface {
	Submitter
	Reader
	Prover
}
