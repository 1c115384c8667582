package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/api/watch"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
)

// watch begins to watch the node: what it reports from now on is remembered for the
// operator.
func (n *Node) watch() {
	var parts []watch.Folder
	for _, dir := range []string{ledgerDir, fabricDir, payloadDir, indexDir, catalogDir, dealsDir, accountDir, peerDir} {
		parts = append(parts, watch.Folder{Name: dir, Path: n.path(dir)})
	}
	n.Watch = watch.New(n.Config.Data, parts...)
	n.Config.Log = slog.New(n.Watch.Recent.Handler(n.Config.Log.Handler()))
}

// work runs a job in the background until it ends. height is how many entries it has
// done, and nil where it does not follow the ledger.
func (n *Node) work(name string, height func() uint64, job func() error) {
	end := n.Watch.Begin(name, height)
	n.running.Go(func() error {
		err := job()
		end(err)
		return n.ended(err)
	})
}

// ended tells a follower of the ledger that failed from one that was asked to stop,
// or that has nothing to follow any more: then the node goes on with what it has.
func (n *Node) ended(err error) error {
	if errors.Is(err, context.Canceled) || n.alarm() != nil {
		return nil
	}
	return err
}

// alarm says why the ledger follows the channel no further; nil while it does.
func (n *Node) alarm() error {
	if n.channel == nil {
		return nil
	}
	return n.channel.Err()
}

// eraseFollowing destroys the payloads whose erasure is on the ledger, also those
// that a restored backup brought back.
func (n *Node) eraseFollowing(ctx context.Context) error {
	return ledger.Follow(ctx, n.Ledger, 0, func(entries []*ledger.Entry) error {
		for _, e := range entries {
			erased, err := erasedBy(e)
			if err != nil {
				return err
			}
			for _, c := range erased {
				if err := n.Store.Erase(ctx, c, erasedReason, e.Time); err != nil {
					return err
				}
				if err := n.Catalog.Reread(ctx, c.String()); err != nil {
					return err
				}
			}
		}
		n.erased.Add(uint64(len(entries)))
		return nil
	})
}

// erasedReason is why a payload is gone that an entry erased.
const erasedReason = "requested"

// erasedBy are the payloads that an entry erases.
func erasedBy(e *ledger.Entry) (list []cid.Cid, err error) {
	if e.Tx.Header.Contract != trace.RegistryContract || e.Tx.Header.Action != trace.ActionErase {
		return nil, nil
	}
	for _, item := range e.Tx.Items {
		var in trace.Erasure
		if err := trace.Decode(item.Data, &in); err != nil {
			return nil, err
		}
		c, err := content.Parse(in.Payload)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// firstAnswer is how long a node that has never followed the channel waits for a
// peer.
const firstAnswer = 5 * time.Second

// catchUp waits for the ledger and the read models, and says how far they are while
// it takes long.
func (n *Node) catchUp(ctx context.Context) error {
	if n.channel != nil {
		if err := n.catchUpChannel(ctx); err != nil {
			return err
		}
	}
	size := n.Ledger.Size()
	return n.showing(ctx, "reading the register", func() (done, total uint64) { return min(n.Index.Height(), n.Catalog.Height(), n.Deals.Height()), size },
		func(ctx context.Context) error { return n.readable(ctx, size) })
}

// readable waits until the read models have come to a height.
func (n *Node) readable(ctx context.Context, height uint64) error {
	return errors.Join(n.Index.Wait(ctx, height), n.Catalog.Wait(ctx, height), n.Deals.Wait(ctx, height))
}

// catchUpChannel waits until the node has followed the channel to where its peers
// are. A node that has followed it before starts without them, too: its pages do not
// need them.
func (n *Node) catchUpChannel(ctx context.Context) error {
	wait := firstAnswer
	if n.channel.Blocks() > 0 {
		wait = 0
	}
	asking, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tip, err := n.channel.Tip(ctx)
	for err != nil && asking.Err() == nil {
		select {
		case <-time.After(time.Second):
		case <-asking.Done():
		}
		tip, err = n.channel.Tip(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && n.channel.Blocks() == 0:
		return err
	case err != nil:
		n.Config.Log.Warn("the channel cannot be reached; the node answers with what it has followed", "blocks", n.channel.Blocks(), "err", err)
		return nil
	}
	return n.showing(ctx, "following the channel", func() (done, total uint64) { return min(n.channel.Blocks(), tip), tip },
		func(ctx context.Context) error {
			for n.channel.Blocks() < tip && n.channel.Err() == nil {
				select {
				case <-time.After(20 * time.Millisecond):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
}

// showing waits with wait and tells Progress how far it is.
func (n *Node) showing(ctx context.Context, what string, far func() (done, total uint64), wait func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var telling sync.WaitGroup
	telling.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				done, total := far()
				n.Config.Progress(what, int(done), int(total))
			case <-ctx.Done():
				return
			}
		}
	})
	defer telling.Wait()
	defer cancel()
	return wait(ctx)
}
