package index

import (
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger/disk"
)

// madeSet knows which things nothing leads into: most of what a trace upward comes to was
// made of nothing that is recorded.
type madeSet struct{ lists *disk.Filter }

func newMadeSet() madeSet { return madeSet{disk.NewFilter()} }

// add says that a list of what leads into a node is about to be written.
func (m *madeSet) add(node hash) {
	k := headKeyOf(up, node)
	m.lists.Add(k[:])
}

// may reports whether there may be a list of what leads into a node.
func (m *madeSet) may(node hash) bool {
	k := headKeyOf(up, node)
	return m.lists.May(k[:])
}

// load adds the lists that are on the disk.
func (m *madeSet) load(ctx context.Context, db *badger.DB) error {
	return m.lists.Load(ctx, db, []byte{'g', byte(up)})
}
