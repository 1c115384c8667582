package embedded

import (
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/order"
)

// openBlocks opens the database that is the truth. Every block goes to its value
// log, once; the tree of keys stays tiny.
func openBlocks(dir string, log *slog.Logger) (order.Blocks, error) {
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
