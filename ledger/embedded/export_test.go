package embedded

import "github.com/sogoc/sogoc/ledger/order"

// FailWrites makes every write of a block fail with err, until it is nil.
// Nothing may be in flight.
func (l *Ledger) FailWrites(err error) {
	l.HoldWrites(func() error { return err })
}

// HoldWrites makes every write of a block wait for f, and fail with its error.
// Nothing may be in flight.
func (l *Ledger) HoldWrites(f func() error) {
	l.putBlock = func(key, value []byte) error {
		if err := f(); err != nil {
			return err
		}
		return l.blocks.Put(key, value)
	}
}

// FailRoom makes the disk seem full when err is not nil. Nothing may be in flight.
func (l *Ledger) FailRoom(err error) {
	l.hasRoom = func() error { return err }
	l.mayKeep = l.hasRoom
}

// BlockOf gives the number of the block that holds an entry, and its stored bytes.
func (l *Ledger) BlockOf(index uint64) (number uint64, stored []byte, err error) {
	b, err := l.blocks.Of(index)
	if err != nil {
		return 0, nil, err
	}
	stored, err = l.blocks.Get(order.BlockKey(b.First))
	return b.Number, stored, err
}

// PutBlock stores bytes as the block that starts at an entry.
func (l *Ledger) PutBlock(first uint64, stored []byte) error {
	return l.blocks.Put(order.BlockKey(first), stored)
}

// OpenFile is the name of the file that marks an open state.
const OpenFile = openFile

// Encode writes a decoded block again.
var Encode = encode

// KeysLearnt waits until the ledger knows which keys its state has.
func (l *Ledger) KeysLearnt() { l.reading.Wait() }

// MayHave reports whether a contract's key is looked for on the disk.
func (l *Ledger) MayHave(key string) bool { return l.state.keys.May(contractKey(key)) }
