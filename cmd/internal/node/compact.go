package node

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
	"github.com/sogoc/sogoc/trace/index"
)

// Compacted is what compacting a store came to, in bytes.
type Compacted struct {
	Store         string
	Before, After int64
}

// Compact gives the room of what was deleted or replaced in a data folder back to the
// system. No node runs on it.
func Compact(ctx context.Context, c Config) (list []Compacted, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	n := &Node{Config: c}
	if _, err := n.onlyGenesis(); err != nil {
		return nil, err
	}
	stores := []struct {
		name    string
		compact func(dir string) error
	}{
		{ledgerDir, func(dir string) error { return embedded.Compact(dir, c.Log) }}, // first: its lock tells of a node
		{payloadDir, store.CompactFiles},
		{accountDir, vault.Compact},
		{indexDir, func(dir string) error { return index.Compact(dir, c.Log) }},
		{catalogDir, catalog.Compact},
		{dealsDir, deals.Compact},
	}
	for i, s := range stores {
		c.Progress("compacting "+s.name, i, len(stores))
		dir := n.path(s.name)
		if !exists(dir) {
			continue
		}
		done := Compacted{Store: s.name, Before: sizeOf(dir)}
		err := s.compact(dir)
		switch {
		case InUse(err):
			return list, fmt.Errorf("stop the node that runs on %s first: %w", c.Data, err)
		case err != nil:
			return list, err
		case ctx.Err() != nil:
			return list, ctx.Err()
		}
		done.After = sizeOf(dir)
		list = append(list, done)
	}
	return list, nil
}

// sizeOf is how many bytes the files of a folder have; those that go away meanwhile
// are not counted.
func sizeOf(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
