// Package deals is the read model of what organisations agree on: negotiations with
// their messages, agreements, transfers, bills and bids, and who is entitled to what.
// It is built from the ordered entries, whose outcomes say how each message left what
// it is about, and can be dropped at any time: Run builds it anew.
package deals

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/market"
)

// Deals is the read model. Reads are safe beside one Run.
type Deals struct {
	db       *badger.DB
	progress ledger.Progress
}

// Keys of the database. Identifiers are their 16 bytes, entries 8 bytes big-endian;
// where the latest comes first, the entry's complement.
const (
	heightKey      = "h2" // register, height; of another name where other keys were written, so that those are built anew
	negotiationKey = "n"  // + id: market.Negotiation
	dealKey        = "d"  // + agreement: market.Deal
	transferKey    = "t"  // + id: market.Transfer
	bidKey         = "b"  // + id: market.BidRecord
	messageKey     = "m"  // + key of what it is about + entry: Message
	ofKey          = "o"  // + organisation + complement of the first entry + negotiation
	movesKey       = "v"  // + agreement + entry + transfer
	entitledKey    = "e"  // + consumer + dataset + agreement
	shareKey       = "s"  // + organisation + complement of the entry that put it in force + agreement
	disputeKey     = "x"  // + agreement, while the operator is asked
	bidsKey        = "l"  // + complement of the entry + bid
	answerKey      = "a"  // + bid + complement of the first entry + negotiation
	payloadKey     = "p"  // + CID + | + organisation, zero for everybody
)

// Message is one of a history.
type Message struct {
	Entry  uint64      `json:"entry"`
	Time   ledger.Time `json:"time"` // record time
	Action string      `json:"action"`
	Side   market.Side `json:"side"`
	Member ledger.ID   `json:"member"`
	// Item is the message itself, as it was signed.
	Item json.RawMessage `json:"item"`
}

// Open opens or creates the read model in a folder.
func Open(dir string) (*Deals, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := badger.Open(options(dir))
	if err != nil {
		return nil, fmt.Errorf("deals in %s: %w", dir, err)
	}
	return &Deals{db: db}, nil
}

func options(dir string) badger.Options {
	return badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(8 << 20).WithBlockCacheSize(4 << 20).WithIndexCacheSize(1 << 20).WithValueLogFileSize(16 << 20).WithNumVersionsToKeep(1)
}

// Close lets go of the folder. Run must have returned.
func (x *Deals) Close() error { return x.db.Close() }

// Run follows the ledger until the context ends. A read model of another register, or
// one that is ahead of the ledger, is built anew.
func (x *Deals) Run(ctx context.Context, r ledger.Reader) error {
	register := r.Genesis().Register()
	height, err := x.stored(register)
	if err != nil {
		return err
	}
	if height > r.Size() || height == 0 {
		if err := x.db.DropAll(); err != nil {
			return err
		}
		height = 0
	}
	x.progress.Advance(height)
	return ledger.Follow(ctx, r, height, func(entries []*ledger.Entry) error { return x.apply(register, entries) })
}

func (x *Deals) stored(register ledger.Hash) (height uint64, err error) {
	err = x.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get([]byte(heightKey))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return item.Value(func(b []byte) error {
			if of, applied := disk.ParseHeight(b); of == register {
				height = applied
			}
			return nil
		})
	})
	return height, err
}

// apply writes what entries say. What a crash cut off is written again, and the same.
func (x *Deals) apply(register ledger.Hash, entries []*ledger.Entry) error {
	w := &writer{batch: x.db.NewWriteBatch()}
	defer w.batch.Cancel()
	for _, e := range entries {
		if e.Tx.Header.Contract != market.TradeContract {
			continue
		}
		var out market.TradeOutcome
		if err := json.Unmarshal(e.Outcome, &out); err != nil {
			return fmt.Errorf("entry %d: %w", e.Index, err)
		}
		w.entry(e, out)
	}
	height := entries[len(entries)-1].Index + 1
	w.set(heightKey, disk.AppendHeight(nil, register, height))
	if err := errors.Join(w.err, w.batch.Flush()); err != nil {
		return err
	}
	x.progress.Advance(height)
	return nil
}

// Height is the number of entries applied.
func (x *Deals) Height() uint64 { return x.progress.Height() }

// Wait returns when Height is at least height, or with the context's error.
func (x *Deals) Wait(ctx context.Context, height uint64) error { return x.progress.Wait(ctx, height) }

// writer collects what entries change; the first error stays.
type writer struct {
	batch *badger.WriteBatch
	err   error
}

func (w *writer) set(key string, value []byte) {
	if w.err == nil {
		w.err = w.batch.Set([]byte(key), value)
	}
}

func (w *writer) put(key string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.set(key, b)
}

func (w *writer) entry(e *ledger.Entry, out market.TradeOutcome) {
	said := Message{Entry: e.Index, Time: e.Time, Action: e.Tx.Header.Action, Side: out.Side, Member: out.Member, Item: e.Tx.Items[0].Data}
	if n := out.Negotiation; n != nil {
		w.put(negotiationKey+raw(n.ID), n)
		w.put(messageKey+negotiationKey+raw(n.ID)+at(e.Index), said)
		if n.Messages == 1 {
			for _, org := range []ledger.ID{n.Provider, n.Consumer} {
				w.set(ofKey+raw(org)+at(^e.Index)+raw(n.ID), nil)
			}
			if !n.Bid.IsZero() {
				w.set(answerKey+raw(n.Bid)+at(^e.Index)+raw(n.ID), nil)
			}
		}
	}
	if d := out.Deal; d != nil {
		w.deal(d)
		if said.Action == market.ActionFinalize {
			for _, s := range d.Terms.Shares {
				w.set(shareKey+raw(s.Org)+at(^e.Index)+raw(d.ID), nil)
			}
		}
		if out.Negotiation == nil && out.Transfer == nil {
			w.put(messageKey+dealKey+raw(d.ID)+at(e.Index), said)
		}
	}
	if t := out.Transfer; t != nil {
		w.put(transferKey+raw(t.ID), t)
		w.put(messageKey+transferKey+raw(t.ID)+at(e.Index), said)
		if said.Action == market.ActionTransfer {
			w.set(movesKey+raw(t.Agreement)+at(e.Index)+raw(t.ID), nil)
		}
		for _, cid := range t.Work {
			w.readable(cid, t.Provider, t.Consumer)
		}
	}
	if b := out.Bid; b != nil {
		w.put(bidKey+raw(b.ID), b)
		if said.Action == market.ActionBid {
			w.set(bidsKey+at(^e.Index)+raw(b.ID), nil)
			w.readable(b.Description, ledger.ID{})
		}
	}
}

func (w *writer) deal(d *market.Deal) {
	w.put(dealKey+raw(d.ID), d)
	w.readable(d.Document, d.Provider, d.Consumer)
	if d.State == market.InForce {
		w.set(entitledKey+raw(d.Consumer)+raw(d.Dataset)+raw(d.ID), nil)
	}
	if d.Bill == nil {
		return
	}
	if d.Bill.Evidence != "" {
		w.readable(d.Bill.Evidence, d.Provider, d.Consumer)
	}
	switch d.Bill.State {
	case market.Disputed, market.Unreturned:
		w.set(disputeKey+raw(d.ID), nil)
	default:
		if w.err == nil {
			w.err = w.batch.Delete([]byte(disputeKey + raw(d.ID)))
		}
	}
}

func (w *writer) readable(cid string, orgs ...ledger.ID) {
	for _, org := range orgs {
		w.set(payloadKey+cid+"|"+raw(org), nil)
	}
}

func raw(id ledger.ID) string { return string(id[:]) }

func at(entry uint64) string { return string(binary.BigEndian.AppendUint64(nil, entry)) }
