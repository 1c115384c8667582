package fabric

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/client"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/deliverclient"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/deliverclient/seek"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/service/dispatcher"
	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
)

// maxBlocks bounds how many blocks are written together while catching up.
const maxBlocks = 64

// errHistory wraps what no peer may ever serve: following ends.
var errHistory = errors.New("the channel's history cannot be followed")

// follow follows the channel until the ledger is closed, connecting again whenever
// the connection is lost.
func (l *Ledger) follow() {
	defer close(l.stopped)
	const first, longest = 100 * time.Millisecond, 5 * time.Second
	for pause := first; ; pause = min(2*pause, longest) {
		before := l.Blocks()
		err := l.stream()
		if l.ctx.Err() != nil {
			return
		}
		if errors.Is(err, errHistory) {
			l.log.Error("ALARM: a peer shows another history than the one that was followed; nothing is answered any more until somebody has looked at it",
				"block", l.Blocks(), "err", err)
			l.stop(ledger.Wrap(err, ledger.Unavailable, fmt.Sprintf("a peer shows another history than the one that was followed to block %d; the node follows the channel no further until somebody has looked at it", int64(l.Blocks())-1)))
			return
		}
		l.log.Warn("the channel is not being followed; trying again", "block", l.Blocks(), "err", err)
		if l.Blocks() > before {
			pause = first
		}
		select {
		case <-time.After(pause):
		case <-l.ctx.Done():
			return
		}
	}
}

// stream reads blocks from a peer until that fails. It starts with the last block
// that was followed, whose hash shows that the peer has the same history.
func (l *Ledger) stream() error {
	channel, err := l.conn.channel()
	if err != nil {
		return err
	}
	config, err := channel.ChannelService().ChannelConfig()
	if err != nil {
		return err
	}
	discovery, err := channel.ChannelService().Discovery()
	if err != nil {
		return err
	}
	from := l.Blocks()
	if from > 0 {
		from--
	}
	// Without the timeout of 0 the SDK drops a block when its reader is slow.
	events, err := deliverclient.New(channel, config, discovery, client.WithBlockEvents(), client.WithReconnect(false),
		deliverclient.WithSeekType(seek.FromBlock), deliverclient.WithBlockNum(from), dispatcher.WithEventConsumerTimeout(0))
	if err != nil {
		return err
	}
	registration, blocks, err := events.RegisterBlockEvent()
	if err != nil {
		events.Close()
		return err
	}
	defer func() {
		// The dispatcher may be waiting for its reader.
		closed := make(chan struct{})
		go func() { events.Unregister(registration); events.Close(); close(closed) }()
		for {
			select {
			case <-blocks:
			case <-closed:
				return
			}
		}
	}()
	if err := events.Connect(); err != nil {
		return err
	}
	for {
		select {
		case <-l.ctx.Done():
			return l.ctx.Err()
		case b, ok := <-blocks:
			if !ok {
				return errors.New("the peer closed the connection")
			}
			if err := l.take(b, blocks); err != nil {
				return err
			}
		}
	}
}

// take reads a block and what has gathered behind it, and applies all of that.
func (l *Ledger) take(first *fab.BlockEvent, more <-chan *fab.BlockEvent) error {
	var batch []*block
	for event := first; ; {
		b, err := readBlock(event.Block, l.config.Profile.Chaincode)
		if err != nil {
			return fmt.Errorf("%w: %s serves %w", errHistory, event.SourceURL, err)
		}
		batch = append(batch, b)
		if len(batch) == maxBlocks {
			break
		}
		select {
		case next, ok := <-more:
			if ok {
				event = next
				continue
			}
		default:
		}
		break
	}
	return l.apply(batch)
}

// apply makes blocks that follow on what is on disk part of it, and tells whoever
// waits for one of their transactions.
func (l *Ledger) apply(batch []*block) error {
	h := l.head.Load()
	at := h.applied
	var blocks [][]*ledger.Entry
	var leaves []ledger.Hash
	var verdicts []verdict
	for _, b := range batch {
		if b.number+1 == at.blocks && b.hash == at.hash {
			continue // the one that is known
		}
		if b.number != at.blocks || b.prev != at.hash {
			return fmt.Errorf("%w: block %d does not follow on block %d of the hash %s", errHistory, b.number, int64(at.blocks)-1, at.hash)
		}
		entries, err := l.check(b, at)
		if err != nil {
			return fmt.Errorf("%w: %w", errHistory, err)
		}
		for _, e := range entries {
			leaf := e.Leaf(l.register)
			leaves = append(leaves, leaf.Hash())
			at.time, at.last = e.Time, e.ID
		}
		at.size += uint64(len(entries))
		at.blocks, at.hash = b.number+1, b.hash
		blocks, verdicts = append(blocks, entries), append(verdicts, b.verdicts...)
	}
	if at == h.applied {
		return nil
	}
	tree, tiles := h.tree.Append(leaves...)
	if err := l.store.apply(blocks, tiles, at); err != nil {
		return err
	}
	l.publish(at, tree)
	l.commits.tell(verdicts)
	return nil
}

// check makes a block's entries, checking every signature on all processors.
func (l *Ledger) check(b *block, at applied) ([]*ledger.Entry, error) {
	entries := make([]*ledger.Entry, len(b.entries))
	for i, f := range b.entries {
		at.time = max(at.time, f.time)
		entries[i] = &ledger.Entry{Index: at.size + uint64(i), Block: b.number, Time: at.time, Rules: f.rules, Outcome: f.outcome}
	}
	var checks errgroup.Group
	checks.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entries {
		checks.Go(func() (err error) {
			if e.Tx, err = ledger.DecodeTx(b.entries[i].encoded); err == nil {
				e.ID, e.Signer, err = e.Tx.Check(l.register)
			}
			if err != nil {
				return fmt.Errorf("entry %d of block %d: %w", e.Index, e.Block, err)
			}
			return nil
		})
	}
	if err := checks.Wait(); err != nil {
		return nil, err
	}
	return entries, nil
}
