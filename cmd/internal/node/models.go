package node

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/market/deals"
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
	for _, dir := range []string{indexDir, catalogDir, dealsDir} {
		if err := os.RemoveAll(f.path(dir)); err != nil {
			return 0, err
		}
	}
	return f.Ledger.Size(), f.buildModels(ctx)
}

// buildModels brings the read models of the folder up to the ledger.
func (f *folder) buildModels(ctx context.Context) error {
	return f.modelsIn(ctx, [3]string{f.path(indexDir), f.path(catalogDir), f.path(dealsDir)}, [3]ledger.Reader{f.Ledger, f.Ledger, f.Ledger})
}

// modelsIn builds an index, a catalogue and the deals, each in a folder and up to where
// its reader ends now.
func (n *Node) modelsIn(ctx context.Context, at [3]string, from [3]ledger.Reader) (err error) {
	x, err := index.Open(index.Config{Dir: at[0], Payload: n.payload, Logger: n.Config.Log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	c, err := catalog.Open(catalog.Config{Dir: at[1], Payload: n.payload})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	d, err := deals.Open(at[2])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	sizes := [3]uint64{from[0].Size(), from[1].Size(), from[2].Size()}
	following, stop := context.WithCancel(ctx)
	defer stop()
	group, following := errgroup.WithContext(following)
	group.Go(func() error { return x.Run(following, from[0]) })
	group.Go(func() error { return c.Run(following, from[1]) })
	group.Go(func() error { return d.Run(following, from[2]) })
	err = n.showing(following, "building the read models", func() (done, total uint64) {
		return x.Height() + c.Height() + d.Height(), sizes[0] + sizes[1] + sizes[2]
	},
		func(context.Context) error {
			return errors.Join(x.Wait(following, sizes[0]), c.Wait(following, sizes[1]), d.Wait(following, sizes[2]))
		})
	stop()
	if ended := group.Wait(); ended != nil && !errors.Is(ended, context.Canceled) {
		return ended
	}
	return err
}
