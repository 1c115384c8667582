package order

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

// Blocks is the database that holds the blocks.
type Blocks struct {
	*disk.DB
	// Decode reads a block that starts at an entry, or answers Invalid.
	Decode func(first uint64, stored []byte) (*Block, error)
}

const blockPrefix = 'b'

// BlockKey is where the block lies that starts at an entry.
func BlockKey(first uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{blockPrefix}, first)
}

// At reads the block whose first entry is first; nil when there is none.
func (s Blocks) At(first uint64) (*Block, error) {
	stored, err := s.Get(BlockKey(first))
	if err != nil || stored == nil {
		return nil, blockError(first, err)
	}
	b, err := s.Decode(first, stored)
	if err == nil && b.First != first {
		err = ledger.Errorf(ledger.Invalid, "it says that it starts at entry %d", b.First)
	}
	if err != nil {
		return nil, blockError(first, err)
	}
	return b, nil
}

func blockError(first uint64, err error) error {
	if err == nil {
		return nil
	}
	return ledger.Wrap(err, ledger.Internal, fmt.Sprintf("the block that starts at entry %d cannot be read", first))
}

// Of reads the block that holds the entry at index, which must be there.
func (s Blocks) Of(index uint64) (*Block, error) {
	b, err := s.At(index) // whoever reads block by block asks for its first entry
	if b != nil || err != nil {
		return b, err
	}
	first, ok, err := s.holding(index)
	if err != nil {
		return nil, blockError(index, err)
	}
	if !ok {
		return nil, Missing(index)
	}
	b, err = s.At(first)
	if err == nil && (b == nil || index >= b.Next()) {
		return nil, Missing(index)
	}
	return b, err
}

// Missing says that there is no block where one has to be.
func Missing(index uint64) error {
	return ledger.Errorf(ledger.Internal, "the block with entry %d is missing", index)
}

// Last is the first index of the last block; false when there is no block.
func (s Blocks) Last() (first uint64, ok bool, err error) { return s.holding(1<<64 - 1) }

// holding returns the first index of the last block that starts at or before
// index; false when there is none.
func (s Blocks) holding(index uint64) (first uint64, ok bool, err error) {
	err = s.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Reverse: true, Prefix: []byte{blockPrefix}})
		defer it.Close()
		it.Seek(BlockKey(index))
		if ok = it.Valid(); ok {
			first = binary.BigEndian.Uint64(it.Item().Key()[1:])
		}
		return nil
	})
	return first, ok, err
}
