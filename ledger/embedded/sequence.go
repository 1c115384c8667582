package embedded

import (
	"context"
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Submit implements ledger.Submitter.
func (l *Ledger) Submit(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	size := bodySize(&tx)
	if err := l.queue.admit(size); err != nil {
		return nil, err
	}
	r, err := l.check(ctx, tx)
	if err == nil {
		r.size = size
		err = l.queue.push(r)
	}
	if err != nil {
		l.queue.release(size)
		return nil, err
	}
	select {
	case a := <-r.answer:
		if a.err != nil || a.entry != nil {
			return a.entry, a.err
		}
		return l.Entry(ctx, a.index)
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
}

// check verifies what needs no state, on as many processors as there are.
func (l *Ledger) check(ctx context.Context, tx ledger.Tx) (*request, error) {
	select {
	case l.checks <- struct{}{}:
		defer func() { <-l.checks }()
	case <-ctx.Done():
		return nil, gaveUp(ctx)
	}
	id, signer, err := tx.Check(l.register)
	if err != nil {
		return nil, err
	}
	r := &request{tx: tx, id: id, signer: signer, encoded: tx.Encode(), answer: make(chan answer, 1)}
	r.tx.Items = itemsIn(r.encoded, tx.Items)
	return r, nil
}

// itemsIn gives the items of an encoded transaction as parts of its bytes: what
// was checked is what is ordered, whatever the caller does with theirs.
func itemsIn(encoded []byte, items []ledger.Item) []ledger.Item {
	own := make([]ledger.Item, len(items))
	end := len(encoded)
	for i := len(items) - 1; i >= 0; i-- {
		start := end - len(items[i].Data)
		own[i] = ledger.Item{Salt: items[i].Salt, Data: encoded[start:end:end]}
		end = start - len(items[i].Salt) - 4
	}
	return own
}

func gaveUp(ctx context.Context) error {
	return ledger.Wrap(ctx.Err(), ledger.Unavailable, "the caller gave up waiting")
}

// sequencer orders and executes; it is one goroutine. While a group is being
// written, the next one is executed over what that one wrote and takes in whatever
// arrives; it is written when the one before is on disk and applied.
type sequencer struct {
	*Ledger
	inFlight *group         // what is being written; nil when nothing is
	writing  sync.WaitGroup // for it, and for its answers
	broken   error          // why nothing can be ordered any more
}

func (l *Ledger) sequence() {
	defer close(l.stopped)
	s := sequencer{Ledger: l}
	defer s.writing.Wait()
	for {
		r := l.queue.next(nil)
		if r == nil {
			return
		}
		if s.inFlight.isWritten() {
			s.settle()
		}
		s.put(s.gather(r))
	}
}

// gather executes what has arrived, and what arrives until the group before is
// written.
func (s *sequencer) gather(first *request) *group {
	at, until := s.order.Position(), done
	if s.inFlight != nil {
		at, until = s.inFlight.end(), s.inFlight.written
	}
	g := s.newGroup(at, s.inFlight, ledger.TimeOf(s.clock()))
	defer g.close()
	for r := first; r != nil; r = s.queue.next(until) {
		if g.add(r); g.full() {
			break
		}
	}
	return g
}

// done is the channel of something that does not have to be waited for.
var done = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// put hands a group to be written when the one before is. What was executed over
// a group that was not written is nothing.
func (s *sequencer) put(g *group) {
	g.seal()
	failed := s.settle()
	if s.broken != nil {
		failed = s.broken
	}
	if g.fail(failed); failed != nil || len(g.entries) == 0 {
		g.answer()
		return
	}
	s.inFlight = g
	s.writing.Go(func() { s.write(g) })
}

// settle waits until nothing is being written, and returns why the last group was
// not.
func (s *sequencer) settle() error {
	g := s.inFlight
	if g == nil {
		return nil
	}
	<-g.written
	s.inFlight = nil
	if g.failed == nil {
		s.state.remember(g.state)
	}
	if g.broken {
		s.broken = g.failed
	}
	return g.failed
}

// write writes a group's block, applies it, makes it known and answers. Whatever
// goes wrong is the group's answer.
func (l *Ledger) write(g *group) {
	g.fail(l.commit(g))
	close(g.written)
	g.answer()
}

// commit is write without the answer. When the block is on disk and could not be
// applied, nothing can be ordered until the folder was opened again, which applies
// it.
func (l *Ledger) commit(g *group) error {
	err := l.hasRoom()
	if err == nil {
		err = l.putBlock(order.BlockKey(g.first), g.value)
	}
	if err != nil {
		l.log.Error("a block was not written", "block", g.number, "transactions", len(g.entries), "err", err)
		return ledger.Wrap(err, ledger.Unavailable, "the block could not be written")
	}
	if err := l.apply(g); err != nil {
		l.log.Error("a block was written but not applied; the ledger has to be opened again", "block", g.number, "err", err)
		g.broken = true
		return ledger.Wrap(err, ledger.Unavailable, "the node has to be started again")
	}
	return nil
}

// apply makes a group whose block is on disk part of the state, and makes it known.
func (l *Ledger) apply(g *group) error {
	step := l.order.Advance(g.entries, len(g.block.b), g.end())
	if err := l.state.apply(g.state, step.Set); err != nil {
		return err
	}
	l.order.Publish(step)
	return nil
}
