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

	view    *view
	state   *ledger.Overlay // over view: what the group's transactions wrote
	bytes   int             // in state, counting every write
	block   *blockWriter
	entries []*ledger.Entry
	byID    map[ledger.TxID]int // positions in entries
	replies []reply
	failed  error // the answer to everybody
}

// reply is what to answer to whom: an entry of the group unless answer is filled
// in.
type reply struct {
	to       *request
	position int // in entries, or -1
	answer   answer
}

// newGroup starts the block that follows on head, at a time that is not before
// head's.
func (l *Ledger) newGroup(h *head, now ledger.Time) *group {
	g := &group{
		l: l, number: h.blocks, first: h.size, time: max(now, h.time),
		view: l.state.view(), byID: make(map[ledger.TxID]int),
	}
	g.state = ledger.NewOverlay(g.view)
	g.block = newBlockWriter(g.number, g.first, g.time, h.hash)
	return g
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
	if i, ok := g.byID[r.id]; ok {
		return reply{to: r, position: i}
	}
	index, ok, err := g.view.find(r.id)
	if ok || err != nil {
		return reply{to: r, position: -1, answer: answer{index: index, err: err}}
	}
	if err := g.checkExpiry(r.tx.Header.Expiry); err != nil {
		return reply{to: r, position: -1, answer: answer{err: err}}
	}
	rules, outcome, err := g.execute(&r.tx, r.id, r.signer)
	if err != nil {
		return reply{to: r, position: -1, answer: answer{err: err}}
	}
	g.record(&ledger.Entry{
		Index: g.first + uint64(len(g.entries)), Block: g.number, ID: r.id, Signer: r.signer,
		Tx: r.tx, Time: g.time, Rules: rules, Outcome: outcome,
	}, r.encoded)
	return reply{to: r, position: len(g.entries) - 1}
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

// fail makes err the answer to everybody in the group who was not on disk before.
func (g *group) fail(err error) { g.failed = err }

// close gives back what the group held of the state.
func (g *group) close() { g.view.discard() }

// answer tells everybody.
func (g *group) answer() {
	for _, r := range g.replies {
		a := r.answer
		onDisk := r.position < 0 && a.err == nil
		switch {
		case g.failed != nil && !onDisk:
			a = answer{err: g.failed}
		case r.position >= 0:
			e := *g.entries[r.position]
			a.entry = &e
		}
		r.to.answer <- a
	}
}
