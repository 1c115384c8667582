package embedded

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Bounds of a group, which becomes one block. The bound on writes keeps a block's
// part of the state within what Badger commits at once.
const (
	maxGroup      = 2048    // transactions
	maxGroupBytes = 4 << 20 // bytes of stored transactions and outcomes after which no more is added

	maxWriteBytes = ledger.MaxWriteBytes // after which no more is added
	maxWrites     = ledger.MaxWrites     // likewise
)

// group is what is executed together.
type group struct {
	l      *Ledger
	number uint64
	first  uint64
	time   ledger.Time

	flight  []*group // those that were being written when it was started, the newest first
	view    *view
	state   *ledger.Overlay // over view: what the group's transactions wrote
	bytes   int             // in state, counting every write
	block   *blockWriter
	entries []*ledger.Entry
	byID    map[ledger.TxID]int // positions in entries
	replies []reply

	value []byte      // the block, once it is sealed
	hash  ledger.Hash // likewise

	before *group        // the newest of flight, until this one is written
	synced chan struct{} // closed when the block is on disk, or lost says why it is not
	lost   error
	// written is closed when the group is applied, too, or failed says why it is not:
	// the answer to everybody. When it is on disk all the same, it is broken.
	written chan struct{}
	failed  error
	broken  bool
}

// reply is what to answer to whom: an entry unless answer is filled in.
type reply struct {
	to     *request
	entry  *ledger.Entry // of this group or one in flight
	answer answer
}

// newGroup starts the block at a position, at a time that is not before the last
// one's. What lies before the position is on disk, or in flight, the newest first.
func (l *Ledger) newGroup(at order.Position, flight []*group, now ledger.Time) *group {
	g := &group{
		l: l, number: at.Blocks, first: at.Size, time: max(now, at.Time), flight: flight,
		view: l.state.view(), byID: make(map[ledger.TxID]int),
		synced: make(chan struct{}), written: make(chan struct{}),
	}
	if len(flight) > 0 {
		g.before = flight[0]
	}
	for _, f := range flight {
		g.view.above = append(g.view.above, f.state)
	}
	g.state = ledger.NewOverlay(g.view)
	g.block = newBlockWriter(g.number, g.first, g.time, at.Hash)
	return g
}

// seal ends the group's block.
func (g *group) seal() {
	if len(g.entries) > 0 {
		g.value, g.hash = g.block.seal()
	}
}

// end is where the block after this one starts, once it is sealed.
func (g *group) end() order.Position {
	return order.Position{Blocks: g.number + 1, Size: g.first + uint64(len(g.entries)), Time: g.time, Hash: g.hash}
}

func (g *group) full() bool {
	return len(g.replies) >= maxGroup || len(g.block.b) >= maxGroupBytes ||
		g.bytes >= maxWriteBytes || g.state.Len() >= maxWrites
}

// add executes a transaction unless it was ordered before.
func (g *group) add(r *request) {
	g.replies = append(g.replies, g.reply(r))
}

func (g *group) reply(r *request) reply {
	if e := g.entry(r.id); e != nil {
		return reply{to: r, entry: e}
	}
	for _, f := range g.flight {
		if e := f.entry(r.id); e != nil {
			return reply{to: r, entry: e}
		}
	}
	index, ok, err := order.Find(g.view.read, r.id)
	if ok || err != nil {
		return reply{to: r, answer: answer{index: index, err: err}}
	}
	if err := r.tx.Header.CheckExpiry(g.time); err != nil {
		return reply{to: r, answer: answer{err: err}}
	}
	rules, outcome, err := g.execute(&r.tx, r.id, r.signer)
	if err != nil {
		if ledger.CodeOf(err) == ledger.Internal {
			g.l.log.Error("a contract failed", "contract", r.tx.Header.Contract, "action", r.tx.Header.Action, "tx", r.id, "err", err)
		}
		return reply{to: r, answer: answer{err: err}}
	}
	e := &ledger.Entry{
		Index: g.first + uint64(len(g.entries)), Block: g.number, ID: r.id, Signer: r.signer,
		Tx: r.tx, Time: g.time, Rules: rules, Outcome: outcome,
	}
	g.record(e, r.encoded)
	return reply{to: r, entry: e}
}

// entry is the group's entry of a transaction, nil when it has none.
func (g *group) entry(id ledger.TxID) *ledger.Entry {
	if i, ok := g.byID[id]; ok {
		return g.entries[i]
	}
	return nil
}

func (g *group) record(e *ledger.Entry, encoded []byte) {
	g.block.add(order.Record{Rules: e.Rules, Signer: e.Signer, Tx: encoded, Outcome: e.Outcome})
	g.byID[e.ID] = len(g.entries)
	g.entries = append(g.entries, e)
}

// execute runs a transaction over the group's state, and makes its writes the
// group's. After an error nothing of it is kept.
func (g *group) execute(tx *ledger.Tx, id ledger.TxID, signer ledger.Address) (rules uint32, outcome []byte, err error) {
	x, err := g.l.contracts.Execute(g.state, tx, id, signer, g.time)
	if err != nil {
		return 0, nil, err
	}
	x.Writes.FlushTo(g.state)
	g.bytes += x.Bytes
	return x.Rules, x.Outcome, nil
}

// close gives back what the group held of the state and of those in flight, once
// nothing more is executed.
func (g *group) close() {
	g.view.discard()
	g.view.above, g.flight = nil, nil
}

// isWritten reports whether the group is on disk and applied, or has failed.
func (g *group) isWritten() bool {
	select {
	case <-g.written:
		return true
	default:
		return false
	}
}

// answer tells everybody who was not on disk before what became of the group, and
// gives their places in the queue back.
func (g *group) answer() {
	for _, r := range g.replies {
		g.l.queue.release(r.to.size)
	}
	for _, r := range g.replies {
		a := r.answer
		onDisk := r.entry == nil && a.err == nil
		switch {
		case g.failed != nil && !onDisk:
			a = answer{err: g.failed}
		case r.entry != nil:
			e := *r.entry
			a.entry = &e
		}
		r.to.answer <- a
	}
}
