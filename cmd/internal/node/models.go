package node

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace/index"
)

// Rebuild drops the read models of a data folder on which no node runs, and builds
// them anew.
func Rebuild(ctx context.Context, c Config) (size uint64, err error) {
	f, err := openFolder(c)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, dir := range []string{indexDir, catalogDir} {
		if err := os.RemoveAll(f.path(dir)); err != nil {
			return 0, err
		}
	}
	return f.Ledger.Size(), f.buildModels(ctx)
}

// buildModels brings the read models of the folder up to the ledger.
func (f *folder) buildModels(ctx context.Context) error {
	return f.modelsIn(ctx, f.path(indexDir), f.path(catalogDir), f.Ledger)
}

// modelsIn builds read models in two folders up to where a reader ends now.
func (n *Node) modelsIn(ctx context.Context, indexAt, catalogAt string, r ledger.Reader) (err error) {
	x, err := index.Open(index.Config{Dir: indexAt, Payload: n.payload, Logger: n.Config.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	c, err := catalog.Open(catalog.Config{Dir: catalogAt, Payload: n.payload})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	size := r.Size()
	following, stop := context.WithCancel(ctx)
	defer stop()
	group, following := errgroup.WithContext(following)
	group.Go(func() error { return x.Run(following, r) })
	group.Go(func() error { return c.Run(following, r) })
	err = n.showing(following, "building the read models", func() (done, total uint64) { return min(x.Height(), c.Height()), size },
		func(context.Context) error { return errors.Join(x.Wait(following, size), c.Wait(following, size)) })
	stop()
	if ended := group.Wait(); ended != nil && !errors.Is(ended, context.Canceled) {
		return ended
	}
	return err
}
