package embedded

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// Submit implements ledger.Submitter.
func (l *Ledger) Submit(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	began, size := time.Now(), bodySize(&tx)
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
		if a.err == nil {
			l.meter.Answer(time.Since(began))
		}
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
	r := &request{id: id, signer: signer, encoded: tx.Encode(), answer: make(chan answer, 1)}
	r.tx = ledger.Tx{Header: tx.Header, Signature: tx.Signature, Items: itemsIn(r.encoded, tx.Items)}
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

// maxFlight is how many groups are written at once: one's block is synced while the
// one before is applied.
const maxFlight = 2

// sequencer orders and executes; it is one goroutine. While groups are being
// written, the next one is executed over what they wrote and takes in whatever
// arrives.
type sequencer struct {
	*Ledger
	flight  []*group       // what is being written, the newest first
	writing sync.WaitGroup // for it, and for its answers
	broken  error          // why nothing can be ordered any more
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
		for len(s.flight) > 0 && s.oldest().isWritten() {
			s.land()
		}
		s.put(s.gather(r))
	}
}

func (s *sequencer) oldest() *group { return s.flight[len(s.flight)-1] }

// land waits until the oldest in flight is written, and forgets it.
func (s *sequencer) land() {
	g := s.oldest()
	<-g.written
	s.flight = s.flight[:len(s.flight)-1]
	if g.failed == nil {
		s.state.remember(g.state)
	}
	if g.broken {
		s.broken = g.failed
	}
}

// gather executes what has arrived, and what arrives until the group's turn has
// come to be written.
func (s *sequencer) gather(first *request) *group {
	at := s.order.Position()
	if len(s.flight) > 0 {
		at = s.flight[0].end()
	}
	g := s.newGroup(at, slices.Clone(s.flight), ledger.TimeOf(s.clock()))
	defer g.close()
	g.add(first)
	for _, until := range s.turn() {
		for !g.full() {
			r := s.queue.next(until)
			if r == nil {
				break
			}
			g.add(r)
		}
	}
	return g
}

// turn is what has to come to pass before another group is written.
func (s *sequencer) turn() []<-chan struct{} {
	switch len(s.flight) {
	case 0:
		return []<-chan struct{}{done}
	case maxFlight:
		return []<-chan struct{}{s.oldest().written, s.flight[0].synced}
	}
	return []<-chan struct{}{s.flight[0].synced}
}

// done is the channel of something that does not have to be waited for.
var done = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// put hands a group to be written. One without entries only answers, when all that
// it was executed over is on disk.
func (s *sequencer) put(g *group) {
	g.seal()
	for len(s.flight) == maxFlight {
		s.land()
	}
	if g.failed = s.broken; g.failed != nil {
		g.answer()
		return
	}
	if len(g.entries) > 0 {
		s.flight = slices.Insert(s.flight, 0, g)
	}
	s.writing.Go(func() { s.write(g) })
}

// write writes a group's block when the one before is on disk, applies it when that
// one is applied, makes it known and answers. Whatever goes wrong is the group's
// answer, and that of every group which was executed over it.
func (l *Ledger) write(g *group) {
	g.lost = l.sync(g)
	close(g.synced)
	if g.failed = g.lost; g.failed == nil {
		g.failed = l.apply(g)
		g.broken = g.failed != nil
	}
	g.before = nil // so that no chain of them is kept
	close(g.written)
	g.answer()
}

// sync puts a group's block on disk.
func (l *Ledger) sync(g *group) error {
	var stored, buffer []byte
	if len(g.entries) > 0 {
		stored, buffer = packBlock(g.value)
	}
	if g.before != nil {
		if <-g.before.synced; g.before.lost != nil {
			return g.before.lost
		}
	}
	if len(g.entries) == 0 {
		return nil
	}
	began, err := time.Now(), l.hasRoom()
	if err == nil {
		err = l.putBlock(order.BlockKey(g.first), stored)
	}
	if err != nil {
		l.log.Error("a block was not written", "block", g.number, "transactions", len(g.entries), "err", err)
		return ledger.Wrap(err, ledger.Unavailable, "the block could not be written")
	}
	l.meter.Group(len(g.entries), len(stored), time.Since(began))
	freeBuffer(buffer)
	return nil
}

// apply makes a group whose block is on disk part of the state, and makes it known.
// When it cannot, nothing can be ordered until the folder was opened again, which
// applies it.
func (l *Ledger) apply(g *group) error {
	if g.before != nil {
		if <-g.before.written; g.before.failed != nil {
			return g.before.failed
		}
	}
	if len(g.entries) == 0 {
		return nil
	}
	step := l.order.Advance(g.entries, len(g.block.b), g.end())
	freeBuffer(g.block.b)
	g.block, g.value = nil, nil
	if err := l.state.apply(g.state, step.Set); err != nil {
		l.log.Error("a block was written but not applied; the ledger has to be opened again", "block", g.number, "err", err)
		err = ledger.Wrap(err, ledger.Unavailable, "the node has to be started again")
		l.broken.Store(&err)
		return err
	}
	l.order.Publish(step)
	return nil
}
