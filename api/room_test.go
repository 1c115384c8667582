package api

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/ledger"
)

// hall is a small site behind a room whose clients may stall for so long.
func hall(t *testing.T, stall time.Duration, handler echo.HandlerFunc) (*httptest.Server, *room) {
	t.Helper()
	s := &server{room: newRoom()}
	s.room.stall = stall
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Use(s.paced)
	e.POST("/api/x", handler)
	site := httptest.NewServer(e)
	t.Cleanup(site.Close)
	return site, s.room
}

// drained waits until nobody is in a room.
func (r *room) drained() {
	for {
		r.mu.Lock()
		n := r.all + len(r.from)
		r.mu.Unlock()
		if n == 0 && r.held.Load() == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestRoomForRequests: of one address so many requests are answered at a time, and the
// next is told when to come back; when one leaves there is room.
func TestRoomForRequests(t *testing.T) {
	in, out := make(chan bool), make(chan bool)
	site, room := hall(t, time.Minute, func(c echo.Context) error {
		in <- true
		<-out
		return c.NoContent(http.StatusNoContent)
	})
	ask := func() *http.Response {
		r, err := site.Client().Post(site.URL+"/api/x", "", nil)
		if err != nil {
			t.Error(err)
			return nil
		}
		r.Body.Close()
		return r
	}
	answers := make(chan *http.Response, maxOfOneAddress+1)
	for range maxOfOneAddress {
		go func() { answers <- ask() }()
		<-in
	}
	if r := ask(); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s %v", r.Status, r.Header)
	}
	out <- true
	<-answers
	go func() { answers <- ask() }()
	<-in
	close(out)
	for range maxOfOneAddress {
		if r := <-answers; r.StatusCode != http.StatusNoContent {
			t.Errorf("one that found room: %s", r.Status)
		}
	}
	room.drained()
}

// TestRoomForBodies: of bodies that are kept in memory only so much is taken at a time;
// small ones always find room, and what is streamed needs none.
func TestRoomForBodies(t *testing.T) {
	read := make(chan error)
	site, room := hall(t, time.Minute, func(c echo.Context) error {
		if c.QueryParam("streamed") != "" {
			streamed(c.Request())
		}
		_, err := io.Copy(io.Discard, c.Request().Body)
		if c.QueryParam("held") != "" {
			read <- err
		}
		if err != nil {
			return unreadable(err, "cannot be read")
		}
		return c.NoContent(http.StatusNoContent)
	})
	status := func(query string, body io.Reader) int {
		r, err := site.Client().Post(site.URL+"/api/x"+query, "", body)
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Body.Close()
		return r.StatusCode
	}
	large := func(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
	held := make(chan int)
	go func() { held <- status("?held=1", large(maxHeld)) }() // and stays
	for room.held.Load() < maxHeld-smallBody {
		time.Sleep(time.Millisecond)
	}
	if got := status("", large(1<<20)); got != http.StatusServiceUnavailable {
		t.Errorf("a large one beside what fills the room: %d", got)
	}
	if got := status("", large(smallBody)); got != http.StatusNoContent {
		t.Errorf("a small one: %d", got)
	}
	if got := status("?streamed=1", large(2*maxHeld)); got != http.StatusNoContent {
		t.Errorf("one that is streamed: %d", got)
	}
	if err := <-read; err != nil {
		t.Error(err)
	}
	if got := <-held; got != http.StatusNoContent {
		t.Errorf("the one that filled the room: %d", got)
	}
	room.drained()
	if got := status("", large(maxHeld+1<<20)); got != http.StatusServiceUnavailable {
		t.Errorf("one that is larger than the room: %d", got)
	}
	room.drained()
}

// TestStalling: a client that gives nothing or takes nothing is dropped, and its place is
// another's.
func TestStalling(t *testing.T) {
	const stall = 300 * time.Millisecond
	ended := make(chan error, 1)
	site, room := hall(t, stall, func(c echo.Context) error {
		_, err := io.Copy(io.Discard, c.Request().Body)
		if err == nil {
			_, err = io.CopyN(c.Response(), endless{}, 1<<30)
		}
		ended <- err
		return err
	})
	for what, said := range map[string]string{
		"gives nothing": "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
		"takes nothing": "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
	} {
		conn, err := net.Dial("tcp", site.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("one that %s: %v", what, err)
		}
		room.drained()
	}
}

// TestSlowButSteady: a client that goes on has longer than one that stalls.
func TestSlowButSteady(t *testing.T) {
	const stall = 300 * time.Millisecond
	var got int64
	site, _ := hall(t, stall, func(c echo.Context) (err error) {
		if got, err = io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	r, err := site.Client().Post(site.URL+"/api/x", "", &steps{left: 12, pause: stall / 6, bytes: 16 << 10})
	if err != nil || r.StatusCode != http.StatusNoContent || got != 12*16<<10 {
		t.Errorf("%d bytes came: %v, %v", got, r, err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// steps gives so many bytes after each pause.
type steps struct {
	left  int
	pause time.Duration
	bytes int
}

func (s *steps) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	s.left--
	time.Sleep(s.pause)
	return copy(p, strings.Repeat("x", s.bytes)), nil
}

// TestUnreadable: why a body could not be read is not lost.
func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		err  error
		want ledger.Code
	}{
		{&http.MaxBytesError{Limit: 5}, ledger.TooLarge},
		{errCrowded, ledger.Unavailable},
		{io.ErrUnexpectedEOF, ledger.Invalid},
	} {
		if got := asError(unreadable(c.err, noForm)).Code; got != c.want {
			t.Errorf("%v is %s, want %s", c.err, got, c.want)
		}
	}
}
