package embedded

import (
	"context"

	"github.com/sogoc/sogoc/ledger"
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
	return &request{tx: tx, id: id, signer: signer, encoded: tx.Encode(), answer: make(chan answer, 1)}, nil
}

func gaveUp(ctx context.Context) error {
	return ledger.Wrap(ctx.Err(), ledger.Unavailable, "the caller gave up waiting")
}

// sequence is the one goroutine that orders, executes and writes.
func (l *Ledger) sequence() {
	defer close(l.stopped)
	var broken error
	var spare []*request
	for {
		taken := l.queue.take(spare)
		if taken == nil {
			return
		}
		for rest := taken; len(rest) > 0; {
			g := l.newGroup(l.head.Load(), ledger.TimeOf(l.clock()))
			n := 0
			for n < len(rest) && !g.full() {
				g.add(rest[n])
				n++
			}
			rest = rest[n:]
			if broken == nil {
				broken = l.commit(g)
			} else {
				g.fail(broken)
			}
			g.close()
			for _, r := range taken[len(taken)-len(rest)-n : len(taken)-len(rest)] {
				l.queue.release(r.size)
			}
			g.answer()
		}
		clear(taken)
		spare = taken
	}
}

// commit writes the group's block, applies it and makes it known. Whatever goes
// wrong is the group's answer. An error is returned only when the block is on disk
// and could not be applied: then nothing can be ordered until the folder was
// opened again, which applies it.
func (l *Ledger) commit(g *group) error {
	if len(g.entries) == 0 {
		return nil
	}
	key := blockKey(g.first)
	value, hash := g.block.seal()
	err := l.hasRoom()
	if err == nil {
		err = l.putBlock(key, value)
	}
	if err != nil {
		l.log.Error("a block was not written", "block", g.number, "transactions", len(g.entries), "err", err)
		g.fail(ledger.Wrap(err, ledger.Unavailable, "the block could not be written"))
		return nil
	}
	if err := l.apply(g, hash); err != nil {
		l.log.Error("a block was written but not applied; the ledger has to be opened again", "block", g.number, "err", err)
		broken := ledger.Wrap(err, ledger.Unavailable, "the node has to be started again")
		g.fail(broken)
		return broken
	}
	return nil
}

// apply makes a group whose block is on disk part of the state.
func (l *Ledger) apply(g *group, hash ledger.Hash) error {
	leaves := make([]ledger.Hash, len(g.entries))
	ids := make([]ledger.TxID, len(g.entries))
	for i, e := range g.entries {
		leaf := e.Leaf(l.register)
		leaves[i], ids[i] = leaf.Hash(), e.ID
	}
	tree, tiles := l.head.Load().tree.Append(leaves...)
	a := applied{blocks: g.number + 1, size: tree.Size(), time: g.time, hash: hash}
	if err := l.state.apply(g.state, ids, tiles, a); err != nil {
		return err
	}
	l.publish(a, tree)
	return nil
}
