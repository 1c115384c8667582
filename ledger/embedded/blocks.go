package embedded

import (
	"log/slog"

	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/order"
)

// openBlocks opens the database that is the truth. Every block goes to its value
// log, once; the tree of keys stays tiny.
func openBlocks(dir string, log *slog.Logger) (order.Blocks, error) {
	db, err := disk.Open(disk.Options(dir, log).
		WithMemTableSize(1 << 20).
		WithBaseTableSize(1 << 20).
		WithValueThreshold(64).
		WithValueLogFileSize(256 << 20))
	return order.Blocks{DB: db, Decode: decodeBlock}, err
}
