package node

import (
	"fmt"
	"os"

	"github.com/sogoc/sogoc/ledger/disk"
)

// damagedDir keeps files of stores that were damaged, as they were before the store was
// opened.
const damagedDir = "damaged"

// keepDamaged looks for damage in the stores that are not derived. Opening one cuts off
// what follows on the damage, which may have been acknowledged: a copy of the file is kept
// and the operator is told. The ledger itself refuses to open then.
func (n *Node) keepDamaged() error {
	for _, dir := range []string{n.path(payloadDir, "blocks"), n.path(accountDir)} {
		damage, err := disk.Damaged(dir)
		if err != nil {
			return err
		}
		if damage == nil {
			continue
		}
		if err := os.MkdirAll(n.path(damagedDir), 0o700); err != nil {
			return err
		}
		kept, err := damage.Keep(n.path(damagedDir))
		if err != nil {
			return fmt.Errorf("%w; it is not opened, which would cut off the rest, since no copy could be kept: %w", damage, err)
		}
		n.Config.Log.Error("a store is damaged, and what was written behind the damage is lost: stop the node and run sogoc verify --data",
			"file", damage.File, "byte", damage.At, "copy", kept)
	}
	return nil
}

// hasAllThatWasRead refuses a ledger that has fewer entries than a read model has read of
// it: they were on disk once.
func (n *Node) hasAllThatWasRead() error {
	size := n.Ledger.Size()
	for _, m := range []struct {
		dir    string
		height uint64
	}{{indexDir, n.Index.Height()}, {catalogDir, n.Catalog.Height()}, {dealsDir, n.Deals.Height()}} {
		if m.height > size {
			return fmt.Errorf("%s has read %d entries of the ledger, and the ledger in %s has %d: entries were lost; restore a backup, or remove %s, %s and %s to go on without them",
				n.path(m.dir), m.height, n.path(ledgerDir), size, n.path(indexDir), n.path(catalogDir), n.path(dealsDir))
		}
	}
	return nil
}
