package embedded

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/sogoc/sogoc/ledger"
)

const (
	blockVersion = 1
	blockHeader  = 1 + 8 + 8 + 8 + 32 + 4
	countOffset  = blockHeader - 4
	checksumSize = sha256.Size
)

// block is what is written at once. Its entries share the bytes that it was
// decoded from.
type block struct {
	number  uint64
	first   uint64 // index of the first entry
	time    ledger.Time
	prev    ledger.Hash
	hash    ledger.Hash
	entries []stored
}

// stored is an entry as a block keeps it.
type stored struct {
	rules   uint32
	signer  ledger.Address
	tx      []byte // ledger.Tx.Encode
	outcome []byte
}

// next is the index of the first entry after the block.
func (b *block) next() uint64 { return b.first + uint64(len(b.entries)) }

// entry decodes the i-th entry. The signer is as recorded when its signature was
// checked.
func (b *block) entry(i int, register ledger.Hash) (*ledger.Entry, error) {
	s := b.entries[i]
	tx, err := ledger.DecodeTx(s.tx)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, fmt.Sprintf("entry %d of block %d cannot be read", b.first+uint64(i), b.number))
	}
	return &ledger.Entry{
		Index: b.first + uint64(i), Block: b.number, ID: tx.ID(register), Signer: s.signer,
		Tx: tx, Time: b.time, Rules: s.rules, Outcome: s.outcome,
	}, nil
}

// entriesFrom decodes the entries from an index on.
func (b *block) entriesFrom(index uint64, register ledger.Hash) iter.Seq2[*ledger.Entry, error] {
	return func(yield func(*ledger.Entry, error) bool) {
		for i := int(index - b.first); i < len(b.entries); i++ {
			if !yield(b.entry(i, register)) {
				return
			}
		}
	}
}

// blockWriter encodes a block entry by entry.
type blockWriter struct {
	b     []byte
	count uint32
}

func newBlockWriter(number, first uint64, time ledger.Time, prev ledger.Hash) *blockWriter {
	b := append(make([]byte, 0, 64<<10), blockVersion)
	b = binary.BigEndian.AppendUint64(b, number)
	b = binary.BigEndian.AppendUint64(b, first)
	b = binary.BigEndian.AppendUint64(b, uint64(time))
	b = append(b, prev[:]...)
	return &blockWriter{b: binary.BigEndian.AppendUint32(b, 0)}
}

func (w *blockWriter) add(s stored) {
	w.b = binary.BigEndian.AppendUint32(w.b, s.rules)
	w.b = append(w.b, s.signer[:]...)
	w.b = binary.BigEndian.AppendUint32(w.b, uint32(len(s.tx)))
	w.b = append(w.b, s.tx...)
	w.b = binary.BigEndian.AppendUint32(w.b, uint32(len(s.outcome)))
	w.b = append(w.b, s.outcome...)
	w.count++
}

// seal ends the block and returns its bytes and its hash.
func (w *blockWriter) seal() ([]byte, ledger.Hash) {
	binary.BigEndian.PutUint32(w.b[countOffset:], w.count)
	hash := sha256.Sum256(w.b)
	return append(w.b, hash[:]...), hash
}

// decodeBlock reads what blockWriter wrote, and nothing else.
func decodeBlock(b []byte) (*block, error) {
	if len(b) < blockHeader+checksumSize {
		return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
	}
	if b[0] != blockVersion {
		return nil, ledger.Errorf(ledger.Invalid, "the block is not of version %d", blockVersion)
	}
	body := b[:len(b)-checksumSize]
	bl := &block{
		number: binary.BigEndian.Uint64(b[1:]),
		first:  binary.BigEndian.Uint64(b[9:]),
		time:   ledger.Time(binary.BigEndian.Uint64(b[17:])),
		prev:   ledger.Hash(b[25:57]),
		hash:   sha256.Sum256(body),
	}
	if bl.hash != ledger.Hash(b[len(body):]) {
		return nil, ledger.Errorf(ledger.Invalid, "the block fails its checksum")
	}
	count := binary.BigEndian.Uint32(b[countOffset:])
	rest := body[blockHeader:]
	for range count {
		const fixed = 4 + 20
		if len(rest) < fixed {
			return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
		}
		s := stored{rules: binary.BigEndian.Uint32(rest), signer: ledger.Address(rest[4:fixed])}
		var ok bool
		if s.tx, rest, ok = cutBytes(rest[fixed:]); ok {
			s.outcome, rest, ok = cutBytes(rest)
		}
		if !ok {
			return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
		}
		bl.entries = append(bl.entries, s)
	}
	if count == 0 || len(rest) > 0 {
		return nil, ledger.Errorf(ledger.Invalid, "the block has not as many entries as it says")
	}
	return bl, nil
}

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
