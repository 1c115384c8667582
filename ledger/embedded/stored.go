package embedded

import (
	"context"
	"iter"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Stored is a block as it is on disk.
type Stored struct {
	*order.Block
	Bytes []byte
}

// Position is where the block ends.
func (s Stored) Position() order.Position {
	return order.Position{Blocks: s.Number + 1, Size: s.Next(), Time: s.Records[0].Time, Hash: s.Hash}
}

// Stored yields the blocks from a position on, up to a size at which a block ends.
// Each is checked as it is read. The position's time is not needed. A position that is
// none of this ledger is a Conflict.
func (l *Ledger) Stored(ctx context.Context, from order.Position, to uint64) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		if err := l.isOurs(from); err != nil {
			yield(Stored{}, err)
			return
		}
		for at := from; at.Size < to; {
			s, err := l.stored(at)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(s, err) || err != nil {
				return
			}
			at = s.Position()
		}
	}
}

// stored reads the block that follows on a position.
func (l *Ledger) stored(at order.Position) (s Stored, err error) {
	err = l.order.WhileOpen(func() error {
		if s, err = readStored(l.blocks, at.Size); err != nil {
			return err
		}
		if s.Block == nil {
			return order.Missing(at.Size)
		}
		return follows(s.Block, at)
	})
	return s, err
}

func readStored(blocks order.Blocks, first uint64) (s Stored, err error) {
	if s.Block, err = blocks.At(first); err != nil || s.Block == nil {
		return s, err
	}
	s.Bytes, err = blocks.Get(order.BlockKey(first))
	return s, err
}

func follows(b *order.Block, at order.Position) error {
	if b.Number != at.Blocks || b.First != at.Size || b.Prev != at.Hash || b.Records[0].Time < at.Time {
		return ledger.Errorf(ledger.Internal, "block %d does not follow on the block before it", b.Number)
	}
	return nil
}

// isOurs makes sure that a position is between two blocks of the ledger.
func (l *Ledger) isOurs(at order.Position) error {
	if at.Size == 0 && at.Blocks == 0 && at.Hash == l.register {
		return nil
	}
	other := ledger.Errorf(ledger.Conflict, "the ledger never was at %d blocks and %d entries with that hash", at.Blocks, at.Size)
	if at.Size == 0 || at.Size > l.Size() {
		return other
	}
	return l.order.WhileOpen(func() error {
		b, err := l.blocks.Of(at.Size - 1)
		if err != nil {
			return err
		}
		if b.Next() != at.Size || b.Number+1 != at.Blocks || b.Hash != at.Hash {
			return other
		}
		return nil
	})
}
