package embedded

import (
	"sync"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/order"
)

// request is a transaction on its way.
type request struct {
	tx      ledger.Tx
	id      ledger.TxID
	signer  ledger.Address
	encoded []byte
	size    int64       // what it counts for in the queue
	answer  chan answer // with room for one
}

// answer has an entry, or an error, or the index of an entry that was on disk
// before.
type answer struct {
	entry *ledger.Entry
	index uint64
	err   error
}

// queue is what was submitted and not yet answered. Its bounds hold from before a
// signature is checked until the answer, so whoever comes too many is told at once.
type queue struct {
	arrived chan struct{} // has one when there may be something new

	mu       sync.Mutex
	waiting  []*request
	closed   bool
	count    int   // admitted and not yet released
	bytes    int64 // likewise
	maxCount int
	maxBytes int64
}

func newQueue(count int, bytes int64) *queue {
	return &queue{arrived: make(chan struct{}, 1), maxCount: count, maxBytes: bytes}
}

// admit reserves a place. A single transaction may exceed the bytes.
func (q *queue) admit(size int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return order.ErrClosed
	case q.count >= q.maxCount, q.count > 0 && q.bytes+size > q.maxBytes:
		return ledger.Errorf(ledger.Unavailable, "too many transactions are waiting")
	}
	q.count++
	q.bytes += size
	return nil
}

// release gives a place back.
func (q *queue) release(size int64) {
	q.mu.Lock()
	q.count--
	q.bytes -= size
	q.mu.Unlock()
}

// push hands an admitted request to the sequencer.
func (q *queue) push(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return order.ErrClosed
	}
	q.waiting = append(q.waiting, r)
	q.signal()
	return nil
}

func (q *queue) signal() {
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

// next takes the first that waits; when none does, it waits for one until the
// channel is closed, and returns nil then and when the queue is closed and empty.
func (q *queue) next(until <-chan struct{}) *request {
	for {
		if r, closed := q.first(); r != nil || closed {
			return r
		}
		select {
		case <-q.arrived:
		case <-until:
			return nil
		}
	}
}

func (q *queue) first() (r *request, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil, q.closed
	}
	r, q.waiting[0] = q.waiting[0], nil
	q.waiting = q.waiting[1:]
	return r, false
}

// admitted is how many are in and not yet answered.
func (q *queue) admitted() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

// close lets nobody in any more; what is in is still taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// bodySize is what a transaction counts for.
func bodySize(tx *ledger.Tx) int64 {
	n := int64(0)
	for _, it := range tx.Items {
		n += int64(len(it.Data))
	}
	return n
}
