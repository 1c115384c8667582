package embedded

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/sogoc/sogoc/ledger"
)

// Bounds of a group, which becomes one block. The bound on writes keeps a block's
// part of the state within what Badger commits at once.
const (
	maxGroup      = 2048    // transactions
	maxGroupBytes = 4 << 20 // bytes of stored transactions and outcomes after which no more is added

	maxWriteBytes = 4 << 20 // what one transaction may write, and after which no more is added
	maxWrites     = 16384   // keys, likewise
	maxKey        = 1024    // bytes of a key
)

// group is what is executed together.
type group struct {
	l      *Ledger
	number uint64
	first  uint64
	time   ledger.Time

	before  *group // the one that is being written meanwhile; nil when there is none
	view    *view
	state   *ledger.Overlay // over view: what the group's transactions wrote
	bytes   int             // in state, counting every write
	block   *blockWriter
	entries []*ledger.Entry
	byID    map[ledger.TxID]int // positions in entries
	replies []reply
	failed  error // the answer to everybody

	value   []byte        // the block, once it is sealed
	hash    ledger.Hash   // likewise
	written chan struct{} // closed when the group is on disk and applied, or has failed
	broken  bool          // it is on disk and could not be applied
}

// reply is what to answer to whom: an entry unless answer is filled in.
type reply struct {
	to     *request
	entry  *ledger.Entry // of this group or the one before
	answer answer
}

// newGroup starts the block that follows on another, at a time that is not before
// that one's. The other is on disk, or it is the group before.
func (l *Ledger) newGroup(at applied, before *group, now ledger.Time) *group {
	g := &group{
		l: l, number: at.blocks, first: at.size, time: max(now, at.time), before: before,
		view: l.state.view(), byID: make(map[ledger.TxID]int), written: make(chan struct{}),
	}
	if before != nil {
		g.view.before = before.state
	}
	g.state = ledger.NewOverlay(g.view)
	g.block = newBlockWriter(g.number, g.first, g.time, at.hash)
	return g
}

// seal ends the group's block.
func (g *group) seal() {
	if len(g.entries) > 0 {
		g.value, g.hash = g.block.seal()
	}
}

// end is where the block after this one starts, once it is sealed.
func (g *group) end() applied {
	return applied{blocks: g.number + 1, size: g.first + uint64(len(g.entries)), time: g.time, hash: g.hash}
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
	for _, in := range []*group{g, g.before} {
		if in == nil {
			break
		}
		if i, ok := in.byID[r.id]; ok {
			return reply{to: r, entry: in.entries[i]}
		}
	}
	index, ok, err := g.view.find(r.id)
	if ok || err != nil {
		return reply{to: r, answer: answer{index: index, err: err}}
	}
	if err := g.checkExpiry(r.tx.Header.Expiry); err != nil {
		return reply{to: r, answer: answer{err: err}}
	}
	rules, outcome, err := g.execute(&r.tx, r.id, r.signer)
	if err != nil {
		return reply{to: r, answer: answer{err: err}}
	}
	e := &ledger.Entry{
		Index: g.first + uint64(len(g.entries)), Block: g.number, ID: r.id, Signer: r.signer,
		Tx: r.tx, Time: g.time, Rules: rules, Outcome: outcome,
	}
	g.record(e, r.encoded)
	return reply{to: r, entry: e}
}

func (g *group) record(e *ledger.Entry, encoded []byte) {
	g.block.add(stored{rules: e.Rules, signer: e.Signer, tx: encoded, outcome: e.Outcome})
	g.byID[e.ID] = len(g.entries)
	g.entries = append(g.entries, e)
}

// checkExpiry compares whole seconds with milliseconds: a transaction may be
// ordered up to the first millisecond of the second it expires in.
func (g *group) checkExpiry(expiry uint64) error {
	const second = 1000
	now := uint64(max(g.time, 0))
	switch {
	case expiry < (now+second-1)/second:
		return ledger.FieldErrorf(ledger.Invalid, "expiry", "the transaction has expired")
	case expiry > uint64(g.time.Add(ledger.MaxExpiry))/second:
		return ledger.FieldErrorf(ledger.Invalid, "expiry", "is more than %v ahead", ledger.MaxExpiry)
	}
	return nil
}

// execute runs a transaction over the group's state. After an error nothing of it
// is kept. The rules version is the one before the transaction.
func (g *group) execute(tx *ledger.Tx, id ledger.TxID, signer ledger.Address) (rules uint32, outcome []byte, err error) {
	contract, ok := g.l.contracts[tx.Header.Contract]
	if !ok {
		return 0, nil, ledger.FieldErrorf(ledger.Invalid, "contract", "there is no contract %q", tx.Header.Contract)
	}
	if rules, err = g.rules(); err != nil {
		return 0, nil, err
	}
	call := ledger.Call{
		ID: id, Signer: signer, Action: tx.Header.Action, Summary: tx.Header.Summary,
		Items: make([][]byte, len(tx.Items)), Time: g.time, Rules: rules,
	}
	for i, it := range tx.Items {
		call.Items[i] = it.Data
	}
	writes := ledger.NewOverlay(g.state)
	outcome, err = g.call(contract, writes, call)
	if failed := g.view.seenError(); failed != nil {
		return 0, nil, failed
	}
	if err != nil {
		return 0, nil, g.refusal(contract, call, err)
	}
	return rules, outcome, g.keep(writes)
}

// call turns a panic into an error.
func (g *group) call(c ledger.Contract, s ledger.State, call ledger.Call) (outcome []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Execute(s, call)
}

// refusal is what the caller is told. Only an *Error is for the outside.
func (g *group) refusal(c ledger.Contract, call ledger.Call, err error) error {
	var e *ledger.Error
	if errors.As(err, &e) {
		return err
	}
	g.l.log.Error("a contract failed", "contract", c.Name(), "action", call.Action, "tx", call.ID, "err", err)
	return ledger.Wrap(err, ledger.Internal, "the contract failed")
}

func (g *group) rules() (uint32, error) {
	b, err := g.state.Get(ledger.RulesKey)
	if failed := g.view.seenError(); failed != nil {
		return 0, failed
	}
	if err != nil || b == nil {
		return 1, err
	}
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return 0, ledger.Wrap(err, ledger.Internal, "the rules version is not a number")
	}
	return uint32(n), nil
}

// keep makes a transaction's writes the group's.
func (g *group) keep(writes *ledger.Overlay) error {
	if writes.Len() > maxWrites {
		return ledger.Errorf(ledger.TooLarge, "the transaction changes more than %d things", maxWrites)
	}
	bytes := 0
	err := writes.Flush(func(key string, value []byte) error {
		if len(key) > maxKey {
			return ledger.Errorf(ledger.TooLarge, "the transaction uses a name of more than %d bytes", maxKey)
		}
		bytes += len(key) + len(value)
		return nil
	})
	if err != nil {
		return err
	}
	if bytes > maxWriteBytes {
		return ledger.Errorf(ledger.TooLarge, "the transaction changes more than %d bytes", maxWriteBytes)
	}
	writes.FlushTo(g.state)
	g.bytes += bytes
	return nil
}

// fail makes err, unless it is nil, the answer to everybody in the group who was
// not on disk before.
func (g *group) fail(err error) { g.failed = err }

// close gives back what the group held of the state, and lets go of the group
// before, so that no chain of them is kept.
func (g *group) close() {
	g.view.discard()
	g.view.before, g.before = nil, nil
}

// isWritten reports whether there is a group that is on disk and applied, or has
// failed.
func (g *group) isWritten() bool {
	if g == nil {
		return false
	}
	select {
	case <-g.written:
		return true
	default:
		return false
	}
}

// answer tells everybody, and gives their places in the queue back.
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
