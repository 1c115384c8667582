package embedded

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

const (
	blockVersion = 1
	blockPacked  = 2
	blockHeader  = 1 + 8 + 8 + 8 + 32 + 4
	countOffset  = blockHeader - 4
	checksumSize = sha256.Size
)

// blockWriter encodes a block entry by entry.
type blockWriter struct {
	b     []byte // a buffer
	count uint32
}

// buffers are what blocks were encoded and packed in that are on disk, for the next:
// otherwise that would be a third of all memory that writing takes.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func newBuffer() []byte   { return (*buffers.Get().(*[]byte))[:0] }
func freeBuffer(b []byte) { buffers.Put(&b) }

func newBlockWriter(number, first uint64, time ledger.Time, prev ledger.Hash) *blockWriter {
	b := append(newBuffer(), blockVersion)
	b = binary.BigEndian.AppendUint64(b, number)
	b = binary.BigEndian.AppendUint64(b, first)
	b = binary.BigEndian.AppendUint64(b, uint64(time))
	b = append(b, prev[:]...)
	return &blockWriter{b: binary.BigEndian.AppendUint32(b, 0)}
}

// add writes an entry. Its time is the block's.
func (w *blockWriter) add(r order.Record) {
	w.b = r.Append(w.b)
	w.count++
}

// seal ends the block and returns its bytes and its hash.
func (w *blockWriter) seal() ([]byte, ledger.Hash) {
	binary.BigEndian.PutUint32(w.b[countOffset:], w.count)
	hash := sha256.Sum256(w.b)
	return append(w.b, hash[:]...), hash
}

// packBlock is how a block is stored: as it is, or packed, in a buffer, where that is
// shorter.
func packBlock(b []byte) (stored, buffer []byte) {
	buffer = ledger.AppendPacked(append(newBuffer(), blockPacked), b)
	if len(buffer) < len(b) {
		return buffer, buffer
	}
	return b, buffer
}

// DecodeBlock reads a stored block in the format that the package's comment gives, or
// answers Invalid.
func DecodeBlock(stored []byte) (*order.Block, error) { return decodeBlock(0, stored) }

// decodeBlock reads what packBlock made of what blockWriter wrote, and nothing else.
func decodeBlock(_ uint64, b []byte) (*order.Block, error) {
	if len(b) > 0 && b[0] == blockPacked {
		var err error
		if b, err = ledger.Unpack(b[1:]); err != nil {
			return nil, ledger.Wrap(err, ledger.Invalid, "the block cannot be unpacked")
		}
	}
	if len(b) < blockHeader+checksumSize {
		return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
	}
	if b[0] != blockVersion {
		return nil, ledger.Errorf(ledger.Invalid, "the block is not of version %d", blockVersion)
	}
	body := b[:len(b)-checksumSize]
	bl := &order.Block{
		Number: binary.BigEndian.Uint64(b[1:]),
		First:  binary.BigEndian.Uint64(b[9:]),
		Prev:   ledger.Hash(b[25:57]),
		Hash:   sha256.Sum256(body),
	}
	if bl.Hash != ledger.Hash(b[len(body):]) {
		return nil, ledger.Errorf(ledger.Invalid, "the block fails its checksum")
	}
	at := ledger.Time(binary.BigEndian.Uint64(b[17:]))
	count := binary.BigEndian.Uint32(b[countOffset:])
	rest := body[blockHeader:]
	for range count {
		var r order.Record
		var err error
		if r, rest, err = order.CutRecord(rest, at); err != nil {
			return nil, err
		}
		bl.Records = append(bl.Records, r)
	}
	if count == 0 || len(rest) > 0 {
		return nil, ledger.Errorf(ledger.Invalid, "the block has not as many entries as it says")
	}
	return bl, nil
}
