package embedded

import (
	"errors"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/order"
)

// openBlocks opens the database that is the truth. Every block goes to its value
// log, once; the tree of keys stays tiny. One that is damaged is refused before anything
// in it is changed.
func openBlocks(dir string, log *slog.Logger) (order.Blocks, error) {
	var damage *disk.Damage
	switch err := disk.Whole(dir); {
	case errors.As(err, &damage):
		return order.Blocks{}, ledger.Wrap(err, ledger.Internal, "blocks were changed or lost; restore a backup")
	case err != nil:
		return order.Blocks{}, err
	}
	db, err := disk.Open(blockOptions(dir, log))
	return order.Blocks{DB: db, Decode: decodeBlock}, err
}

func blockOptions(dir string, log *slog.Logger) badger.Options {
	return disk.Options(dir, log).
		WithMemTableSize(1 << 20).
		WithBaseTableSize(1 << 20).
		WithValueThreshold(64).
		WithValueLogFileSize(256 << 20)
}
