package fabric

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/hyperledger/fabric-sdk-go/pkg/common/providers/fab"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/client"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/deliverclient"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/deliverclient/seek"
	"github.com/hyperledger/fabric-sdk-go/pkg/fab/events/service/dispatcher"
	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Bounds of what is written together while catching up.
const (
	maxBlocks = 64
	maxBytes  = 8 << 20 // of transactions and outcomes, after which no more is added
)

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
			l.log.Error("ALARM: a peer shows another history than the one that was followed; nothing new is recorded or shown until somebody has looked at it",
				"block", l.Blocks(), "err", err.Error())
			l.stop(ledger.Wrap(err, ledger.Unavailable, fmt.Sprintf("a peer shows another history than the one that was followed to block %d; the node follows the channel no further until somebody has looked at it", int64(l.Blocks())-1)))
			return
		}
		if l.Blocks() > before {
			pause = first
		}
		level := slog.LevelDebug // it was said before
		if pause == first {
			level = slog.LevelWarn
		}
		attrs := []any{"block", l.Blocks(), "err", err.Error()}
		if time.Second < pause && pause <= 2*time.Second { // once, when all peers had their turn
			level = slog.LevelWarn
			attrs = append(attrs, "endpoints", l.config.Profile.Probe(l.ctx))
		}
		l.log.Log(l.ctx, level, "the channel is not being followed; trying again", attrs...)
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
	bytes := 0
	for event := first; ; {
		b, err := readBlock(event.Block, l.config.Profile.Chaincode)
		if err != nil {
			return fmt.Errorf("%w: %s serves %w", errHistory, event.SourceURL, err)
		}
		batch = append(batch, b)
		for _, r := range b.records {
			bytes += len(r.Tx) + len(r.Outcome)
		}
		if len(batch) == maxBlocks || bytes >= maxBytes {
			return l.apply(batch)
		}
		select {
		case next, ok := <-more:
			if ok {
				event = next
				continue
			}
		default:
		}
		return l.apply(batch)
	}
}

// apply makes blocks that follow on what is on disk part of it, and tells whoever
// waits for one of their transactions.
func (l *Ledger) apply(batch []*block) error {
	from := l.order.Position()
	to := from
	var entries []*ledger.Entry
	var records []*order.Record // of the entries
	var verdicts []verdict
	for _, b := range batch {
		if b.number+1 == to.Blocks && b.hash == to.Hash {
			continue // the one that is known
		}
		if b.number != to.Blocks || b.prev != to.Hash {
			return fmt.Errorf("%w: block %d does not follow on block %d of the hash %s", errHistory, b.number, int64(to.Blocks)-1, to.Hash)
		}
		for i := range b.records {
			r := &b.records[i]
			r.Time = max(to.Time, r.Time)
			entries = append(entries, &ledger.Entry{Index: to.Size, Block: b.number, Time: r.Time, Rules: r.Rules, Outcome: r.Outcome})
			records = append(records, r)
			to.Time = r.Time
			to.Size++
		}
		to.Blocks, to.Hash = b.number+1, b.hash
		verdicts = append(verdicts, b.verdicts...)
	}
	if to == from {
		return nil
	}
	if err := l.check(entries, records); err != nil {
		return fmt.Errorf("%w: %w", errHistory, err)
	}
	if err := l.keep(batch, entries, to); err != nil {
		return ledger.Wrap(err, ledger.Unavailable, "the node's copy of the order cannot be written")
	}
	l.commits.tell(verdicts)
	return nil
}

// check decodes transactions and checks their signatures, on all processors.
func (l *Ledger) check(entries []*ledger.Entry, records []*order.Record) error {
	var checks errgroup.Group
	checks.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entries {
		checks.Go(func() (err error) {
			r := records[i]
			if e.Tx, err = ledger.DecodeTx(r.Tx); err == nil {
				e.ID, e.Signer, err = e.Tx.Check(l.register)
			}
			if err != nil {
				return fmt.Errorf("entry %d of block %d: %w", e.Index, e.Block, err)
			}
			r.Signer = e.Signer
			return nil
		})
	}
	return checks.Wait()
}

// keep puts blocks on disk, all or none, and makes them known.
func (l *Ledger) keep(batch []*block, entries []*ledger.Entry, to order.Position) error {
	from := l.order.Position()
	first, bytes := from.Size, 0
	stored := make(map[uint64][]byte)
	for _, b := range batch {
		if b.number < from.Blocks || len(b.records) == 0 {
			continue
		}
		stored[first] = encodeBlock(b.number, b.records)
		bytes += len(stored[first])
		first += uint64(len(b.records))
	}
	step := l.order.Advance(entries, bytes, to)
	err := l.blocks.Commit(func(txn *badger.Txn) error {
		for first, value := range stored {
			if err := txn.Set(order.BlockKey(first), value); err != nil {
				return err
			}
		}
		return step.Set(txn.Set)
	})
	if err != nil {
		return err
	}
	l.order.Publish(step)
	return nil
}
