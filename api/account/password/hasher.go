package password

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"
)

// ErrBusy says that too many are waiting. Nothing was checked.
var ErrBusy = errors.New("too many passwords are being checked")

// Hasher hashes few passwords at a time: each takes memory and a core, and pages
// must be answered meanwhile.
type Hasher struct {
	cost    Cost
	slots   chan struct{}
	queue   int64 // how many may wait
	patient time.Duration
	waiting atomic.Int64
	unknown Hash // of nobody's password
}

// Bounds of waiting. A hash takes about 30 ms of one core, so the last in a full
// queue waits about as long as MaxWait on a small machine.
const (
	MaxWaiting = 256
	MaxWait    = 10 * time.Second
)

// NewHasher makes a hasher that leaves a core, where there is more than one, to
// others.
func NewHasher(c Cost) *Hasher {
	return newHasher(c, max(1, runtime.GOMAXPROCS(0)-1), MaxWaiting, MaxWait)
}

func newHasher(c Cost, slots int, queue int64, patient time.Duration) *Hasher {
	h := &Hasher{cost: c, slots: make(chan struct{}, slots), queue: queue, patient: patient}
	h.unknown = hash(c, "")
	return h
}

// Hash makes a password's stored form. It does not judge the password; see Check.
func (h *Hasher) Hash(ctx context.Context, password string) (made Hash, err error) {
	err = h.turn(ctx, func() { made = hash(h.cost, password) })
	return made, err
}

// Verify reports whether a password is the one that was hashed, and whether it
// should be hashed again because the cost changed. With the zero Hash, of an
// account that does not exist or has no password, it takes as long and says no.
func (h *Hasher) Verify(ctx context.Context, stored Hash, password string) (ok, stale bool, err error) {
	against := stored
	if stored == "" {
		against = h.unknown
	}
	var bad error
	if err := h.turn(ctx, func() { ok, stale, bad = against.matches(password, h.cost) }); err != nil {
		return false, false, err
	}
	return ok && stored != "", stale, bad
}

// turn runs fn when there is a slot. It fails with ErrBusy when too many wait or
// the wait is long, and with the context's error when that ends.
func (h *Hasher) turn(ctx context.Context, fn func()) error {
	if h.waiting.Add(1) > h.queue+int64(cap(h.slots)) {
		h.waiting.Add(-1)
		return ErrBusy
	}
	defer h.waiting.Add(-1)
	patience := time.NewTimer(h.patient)
	defer patience.Stop()
	select {
	case h.slots <- struct{}{}:
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.slots }()
	fn()
	return nil
}
