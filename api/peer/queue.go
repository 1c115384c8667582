package peer

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
)

// want is a payload to fetch.
type want struct {
	id      cid.Cid
	profile bool
	tries   int // that failed
	at      time.Time
}

// queue hands out wants when they are due, each to one taker.
type queue struct {
	mu   sync.Mutex
	due  wants
	in   map[cid.Cid]bool // in due or taken
	wake chan struct{}    // holds one when a taker has to look again
}

func newQueue() *queue {
	return &queue{in: map[cid.Cid]bool{}, wake: make(chan struct{}, 1)}
}

// add takes in what is not there yet.
func (q *queue) add(list ...want) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, w := range list {
		if !q.in[w.id] {
			q.in[w.id] = true
			heap.Push(&q.due, w)
		}
	}
	q.nudge()
}

// done forgets a want that was taken.
func (q *queue) done(w want) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.in, w.id)
}

// again puts back a want that was taken.
func (q *queue) again(w want) {
	q.mu.Lock()
	defer q.mu.Unlock()
	heap.Push(&q.due, w)
	q.nudge()
}

// hurry makes everything due at once.
func (q *queue) hurry() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.due {
		q.due[i].at = time.Time{}
	}
	q.nudge()
}

func (q *queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for a want that is due.
func (q *queue) take(ctx context.Context) (want, error) {
	for {
		q.mu.Lock()
		wait := time.Hour
		if len(q.due) > 0 {
			if wait = time.Until(q.due[0].at); wait <= 0 {
				w := heap.Pop(&q.due).(want)
				q.nudge()
				q.mu.Unlock()
				return w, nil
			}
		}
		q.mu.Unlock()
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-q.wake:
		case <-ctx.Done():
			t.Stop()
			return want{}, ctx.Err()
		}
		t.Stop()
	}
}

// wants is a heap by the time.
type wants []want

func (w wants) Len() int           { return len(w) }
func (w wants) Less(i, j int) bool { return w[i].at.Before(w[j].at) }
func (w wants) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *wants) Push(x any)        { *w = append(*w, x.(want)) }
func (w *wants) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
