package order

import (
	"encoding/binary"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

// Position is a place in the order, between two blocks. It is stored as its fields
// in turn.
type Position struct {
	Blocks uint64      // number of blocks
	Size   uint64      // number of entries
	Time   ledger.Time // the last record time
	Hash   ledger.Hash // the last block's; before block 0 as the ledger says
}

var appliedKey = []byte("applied")

const positionSize = 8 + 8 + 8 + 32

// Applied is up to where an index goes; false when it was never written to.
func Applied(index *disk.DB) (Position, bool, error) {
	b, err := index.Get(appliedKey)
	if err != nil {
		return Position{}, false, unreadable(err)
	}
	if b == nil {
		return Position{}, false, nil
	}
	if len(b) != positionSize {
		return Position{}, false, ledger.Errorf(ledger.Invalid, "the index does not say up to where it goes")
	}
	return Position{
		Blocks: binary.BigEndian.Uint64(b), Size: binary.BigEndian.Uint64(b[8:]),
		Time: ledger.Time(binary.BigEndian.Uint64(b[16:])), Hash: ledger.Hash(b[24:]),
	}, true, nil
}

// Set writes a key of the index, as Set of a badger.Txn does.
type Set func(key, value []byte) error

// Set makes p up to where the index goes.
func (p Position) Set(set Set) error {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, positionSize), p.Blocks)
	b = binary.BigEndian.AppendUint64(b, p.Size)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Time))
	return set(appliedKey, append(b, p.Hash[:]...))
}

const (
	txPrefix   = 't'
	tilePrefix = 'm'
)

// Find returns the index of a transaction; false when there is none. Of a key that is
// not in the index, read gives nil.
func Find(read func(key []byte) ([]byte, error), id ledger.TxID) (index uint64, ok bool, err error) {
	b, err := read(append([]byte{txPrefix}, id[:]...))
	if err != nil {
		return 0, false, unreadable(err)
	}
	if b == nil {
		return 0, false, nil
	}
	if len(b) != 8 {
		return 0, false, ledger.Errorf(ledger.Internal, "the index of transaction %s is broken", id)
	}
	return binary.BigEndian.Uint64(b), true, nil
}

// tiles makes an index a merkle.Tiles.
type tiles struct{ *disk.DB }

func tileKey(level uint, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{tilePrefix, byte(level)}, index)
}

func (t tiles) Tile(level uint, index uint64) ([]byte, error) {
	b, err := t.Get(tileKey(level, index))
	if err != nil {
		return nil, unreadable(err)
	}
	if b == nil {
		return nil, ledger.Errorf(ledger.Internal, "tile %d of level %d is missing", index, level)
	}
	return b, nil
}

func unreadable(err error) error {
	return ledger.Wrap(err, ledger.Unavailable, "the index of the order cannot be read")
}
