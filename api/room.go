package api

import (
	"io"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
)

// What a node takes on at a time, so that its memory is bounded whatever comes. Who finds
// no room is answered 503 at once and told when to come back; nothing waits for room.
const (
	maxRequests     = 4096     // being answered
	maxOfOneAddress = 512      // of them, for one client
	maxHeld         = 64 << 20 // bytes of bodies that are read whole, beyond
	smallBody       = 64 << 10 // those of each that always find room
)

// How long a client may take. One that goes on has all the time that it needs.
const (
	stall   = time.Minute // for anything, and between any two bytes
	slowest = 16 << 10    // bytes a second, of what is more
)

var errCrowded = ledger.Errorf(ledger.Unavailable, "too much is being asked of this node at the moment; try again in a few seconds")

// room is what is taken of it.
type room struct {
	stall time.Duration
	held  atomic.Int64

	mu   sync.Mutex
	all  int
	from map[netip.Addr]int
}

func newRoom() *room { return &room{stall: stall, from: map[netip.Addr]int{}} }

// enter takes a place for a request, if there is one.
func (r *room) enter(client netip.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all >= maxRequests || r.from[client] >= maxOfOneAddress {
		return false
	}
	r.all++
	r.from[client]++
	return true
}

func (r *room) leave(client netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all--
	if r.from[client]--; r.from[client] == 0 {
		delete(r.from, client)
	}
}

// paced lets requests in as far as there is room, and drops clients that stall.
func (s *server) paced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, w := c.Request(), c.Response()
		client := ClientAddress(r, s.TrustedProxies)
		if !s.room.enter(client) {
			return errCrowded
		}
		defer s.room.leave(client)
		rc := http.NewResponseController(w.Writer)
		w.Writer = &pacedWriter{w.Writer, pace{stall: s.room.stall, set: rc.SetWriteDeadline}}
		if r.Body != nil && r.Body != http.NoBody {
			body := &pacedBody{ReadCloser: r.Body, pace: pace{stall: s.room.stall, set: rc.SetReadDeadline}, room: s.room, whole: true}
			defer body.forget()
			body.more(0)
			r.Body = body
		}
		return next(c)
	}
}

// pace is how far one side of a request has come.
type pace struct {
	stall time.Duration
	set   func(time.Time) error // fails where there are no deadlines, so none to move
	began time.Time
	bytes int64
}

// more gives the client time for the next bytes, when n more have come or go.
func (p *pace) more(n int) {
	now := time.Now()
	if p.began.IsZero() {
		p.began = now
	}
	p.bytes += int64(n)
	until := p.began.Add(p.stall + time.Duration(p.bytes)*time.Second/slowest)
	if soon := now.Add(p.stall + time.Duration(n)*time.Second/slowest); soon.Before(until) {
		until = soon
	}
	p.set(until)
}

// pacedBody is a request's body.
type pacedBody struct {
	io.ReadCloser
	pace
	room  *room
	whole bool  // it is kept in memory
	held  int64 // and counted as far as that
}

// streamed says that a request's body is not kept in memory.
func streamed(r *http.Request) {
	if b, ok := r.Body.(*pacedBody); ok {
		b.whole = false
	}
}

func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.more(n)
	if err == io.EOF {
		b.set(time.Time{}) // it has given everything
	}
	if more := b.bytes - smallBody - b.held; b.whole && more > 0 {
		b.held += more
		if b.room.held.Add(more) > maxHeld {
			return 0, errCrowded
		}
	}
	return n, err
}

// forget gives the room back when the request is answered.
func (b *pacedBody) forget() { b.room.held.Add(-b.held) }

// pacedWriter is what an answer is written to.
type pacedWriter struct {
	http.ResponseWriter
	pace
}

func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) Write(p []byte) (int, error) {
	w.more(len(p))
	return w.ResponseWriter.Write(p)
}
