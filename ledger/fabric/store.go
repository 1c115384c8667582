package fabric

import (
	"encoding/binary"
	"log/slog"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/order"
)

// openStore opens the database of blocks and index.
func openStore(dir string, log *slog.Logger) (order.Blocks, error) {
	db, err := disk.Open(disk.Options(dir, log).
		WithMemTableSize(64 << 20).
		WithValueThreshold(1 << 10).
		WithValueLogFileSize(256 << 20))
	return order.Blocks{DB: db, Decode: decodeBlock}, err
}

const (
	storedVersion = 1
	storedHeader  = 1 + 8
)

// encodeBlock writes what is kept of a block, which has at least one record.
func encodeBlock(number uint64, records []order.Record) []byte {
	b := binary.BigEndian.AppendUint64([]byte{storedVersion}, number)
	for i := range records {
		b = binary.BigEndian.AppendUint64(b, uint64(records[i].Time))
		b = records[i].Append(b)
	}
	return b
}

// decodeBlock reads what encodeBlock wrote, and nothing else.
func decodeBlock(first uint64, b []byte) (*order.Block, error) {
	if len(b) < storedHeader || b[0] != storedVersion {
		return nil, ledger.Errorf(ledger.Invalid, "the block is not of version %d", storedVersion)
	}
	block := &order.Block{Number: binary.BigEndian.Uint64(b[1:]), First: first}
	for b = b[storedHeader:]; len(b) > 0; {
		if len(b) < 8 {
			return nil, ledger.Errorf(ledger.Invalid, "the block is cut short")
		}
		r, rest, err := order.CutRecord(b[8:], ledger.Time(binary.BigEndian.Uint64(b)))
		if err != nil {
			return nil, err
		}
		block.Records, b = append(block.Records, r), rest
	}
	if len(block.Records) == 0 {
		return nil, ledger.Errorf(ledger.Invalid, "the block has no entries")
	}
	return block, nil
}
