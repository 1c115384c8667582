package index

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// maxBatchBytes is what a batch may have read before it is written.
const maxBatchBytes = 4 << 20

// batch gathers what a run of entries changes. Reads through txn see what the
// batch has put; posting lists, adjacency heads and lots are merged in memory and
// put once at the end.
type batch struct {
	x    *Index
	ctx  context.Context
	txn  *badger.Txn
	from uint64 // height before
	to   uint64 // height after
	size int    // bytes of items and outcomes read

	postings map[term]*posting
	heads    map[headKey]*head
	lots     map[hash][]byte // of a product: uvarint seq, identifier behind its length
	deps     map[Dep]struct{}
	recalls  []Recall
	early    []earlyRow
	counts   map[ledger.ID]map[Way]int // changes of how many holdings there are
	erased   []string                  // payloads that profiles may be cached of
	marks    []mark                    // lines of rolls that changed
	granted  eventGrant                // the last that was put
	raise    bool                      // everything counts as changed
	spilled  bool                      // a part is written, and keyPartial with it
	done     bool
}

func (x *Index) newBatch(ctx context.Context, height uint64) *batch {
	return &batch{
		x: x, ctx: ctx, txn: x.db.NewTransaction(true), from: height, to: height,
		postings: map[term]*posting{}, heads: map[headKey]*head{}, lots: map[hash][]byte{}, deps: map[Dep]struct{}{},
		counts: map[ledger.ID]map[Way]int{},
	}
}

func (b *batch) entries() uint64 { return b.to - b.from }

// put writes a key, which nothing may change afterwards. What is too large for one
// write of the store is spread over several behind keyPartial, so that an
// interruption between them is seen.
func (b *batch) put(key, value []byte) error {
	b.x.seldom.add(key)
	return b.change(func() error { return b.txn.Set(key, value) })
}

func (b *batch) delete(key []byte) error {
	return b.change(func() error { return b.txn.Delete(key) })
}

func (b *batch) change(f func() error) error {
	err := f()
	if errors.Is(err, badger.ErrTxnTooBig) {
		if err = b.spill(); err == nil {
			err = f()
		}
	}
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the index cannot be written")
	}
	return nil
}

// spill writes what the transaction holds and starts another.
func (b *batch) spill() error {
	if !b.spilled {
		b.spilled = true
		err := b.x.db.Update(func(txn *badger.Txn) error { return txn.Set(keyPartial, be64(b.from)) })
		if err != nil {
			return err
		}
	}
	if err := b.txn.Commit(); err != nil {
		return err
	}
	b.txn = b.x.db.NewTransaction(true)
	return nil
}

func (b *batch) putRow(key []byte, row any) error {
	v, err := json.Marshal(row)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the index cannot be written")
	}
	return b.put(key, v)
}

func (b *batch) post(t term, s seq) {
	p, ok := b.postings[t]
	if !ok {
		p = &posting{}
		b.postings[t] = p
	}
	p.add(s)
}

func (b *batch) touch(d Dep) { b.deps[d] = struct{}{} }

// lot notes that an event made a lot of a product, or more of it.
func (b *batch) lot(id trace.ID, s seq) {
	h := hashOf(id.Product().String())
	b.lots[h] = appendBytes(binary.AppendUvarint(b.lots[h], uint64(s)), id.String())
}

// commit writes the batch and makes it visible: first the data, then what counts
// as changed, then the height.
func (b *batch) commit() error {
	if err := b.write(); err != nil {
		return err
	}
	b.done = true
	for k, h := range b.heads {
		b.x.heads.Add(k, h)
	}
	for _, cid := range b.erased {
		b.x.profiles.Remove(cid)
	}
	b.x.rolls.mark(b.marks, b.erased)
	b.x.recalls.add(b.recalls)
	b.x.early.add(b.early)
	if b.raise {
		b.x.changes.raise(b.to)
	} else {
		b.x.changes.set(b.deps, b.to)
	}
	b.x.progress.Advance(b.to)
	return nil
}

func (b *batch) write() error {
	at := be64(uint64(seqOf(b.from, 0)))
	for t, p := range b.postings {
		if err := b.put(append(t.prefix(), at...), p.buf); err != nil {
			return err
		}
	}
	for k, h := range b.heads {
		if err := b.put(k[:], h.encode()); err != nil {
			return err
		}
	}
	for product, list := range b.lots {
		if err := b.put(key('n', product[:], at), list); err != nil {
			return err
		}
	}
	if err := b.putCounts(); err != nil {
		return err
	}
	if err := b.put(keyHeight, be64(b.to)); err != nil {
		return err
	}
	if b.spilled { // put after the height, so that a write is never between them
		if err := b.delete(keyPartial); err != nil {
			return err
		}
	}
	if err := b.txn.Commit(); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the index cannot be written")
	}
	return nil
}

// discard drops a batch unless it was committed.
func (b *batch) discard() {
	b.txn.Discard()
	if !b.done {
		b.x.heads.Purge() // the batch has changed some of them
	}
}
