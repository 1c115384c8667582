package order

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/sogoc/sogoc/ledger"
)

// Block is what a ledger writes at once. Its records share the bytes that it was
// decoded from.
type Block struct {
	Number  uint64
	First   uint64      // index of the first entry
	Prev    ledger.Hash // the hash of the block before; zero where the ledger's format has none
	Hash    ledger.Hash // likewise
	Records []Record    // at least one
}

// Record is an entry as a block keeps it.
type Record struct {
	Time    ledger.Time
	Rules   uint32         // the rules version it ran under
	Signer  ledger.Address // as found when the signature was checked
	Tx      []byte         // ledger.Tx.Encode
	Outcome []byte
}

// Append writes a record but for its time:
//
//	uint32   rules version
//	[20]byte the signer's address
//	uint32   length, stored transaction (see package ledger)
//	uint32   length, outcome
func (r *Record) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, r.Rules)
	b = append(b, r.Signer[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Tx)))
	b = append(b, r.Tx...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Outcome)))
	return append(b, r.Outcome...)
}

// CutRecord takes what Append wrote off b, or answers Invalid.
func CutRecord(b []byte, at ledger.Time) (r Record, rest []byte, err error) {
	const fixed = 4 + len(r.Signer)
	if len(b) < fixed {
		return r, nil, errShort
	}
	r = Record{Time: at, Rules: binary.BigEndian.Uint32(b), Signer: ledger.Address(b[4:fixed])}
	var ok bool
	if r.Tx, rest, ok = cutBytes(b[fixed:]); ok {
		r.Outcome, rest, ok = cutBytes(rest)
	}
	if !ok {
		return r, nil, errShort
	}
	return r, rest, nil
}

var errShort = ledger.Errorf(ledger.Invalid, "the block is cut short")

// cutBytes takes a byte string behind its uint32 length off b. An empty one is
// nil.
func cutBytes(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	if n == 0 {
		return nil, b, true
	}
	return b[:n:n], b[n:], true
}

// Next is the index of the first entry after the block.
func (b *Block) Next() uint64 { return b.First + uint64(len(b.Records)) }

// Entry decodes the i-th entry.
func (b *Block) Entry(i int, register ledger.Hash) (*ledger.Entry, error) {
	r := &b.Records[i]
	tx, err := ledger.DecodeTx(r.Tx)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, fmt.Sprintf("entry %d of block %d cannot be read", b.First+uint64(i), b.Number))
	}
	return &ledger.Entry{
		Index: b.First + uint64(i), Block: b.Number, ID: tx.ID(register), Signer: r.Signer,
		Tx: tx, Time: r.Time, Rules: r.Rules, Outcome: r.Outcome,
	}, nil
}

// from decodes the entries from an index on.
func (b *Block) from(index uint64, register ledger.Hash) iter.Seq2[*ledger.Entry, error] {
	return func(yield func(*ledger.Entry, error) bool) {
		for i := int(index - b.First); i < len(b.Records); i++ {
			if !yield(b.Entry(i, register)) {
				return
			}
		}
	}
}
