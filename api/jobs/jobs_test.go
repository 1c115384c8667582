package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// shop is a store of jobs in a folder of its own, with a clock that tests turn.
type shop struct {
	*testing.T
	*Store
	dir  string
	late atomic.Int64 // nanoseconds that the clock is ahead
}

var org, other = ledger.NewID(), ledger.NewID()

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{T: t, dir: t.TempDir()}
	s.open()
	return s
}

func (s *shop) open() {
	s.Helper()
	now := func() time.Time { return time.Now().Add(time.Duration(s.late.Load())) }
	store, err := Open(Config{Dir: s.dir, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.Fatal(err)
	}
	s.Store = store
}

func (s *shop) order(work string) Job {
	s.Helper()
	j, err := s.Add(Order{Org: org, Total: 10, About: json.RawMessage(`{"name":"Tem"}`), Work: []byte(work)})
	if err != nil {
		s.Fatal(err)
	}
	return j
}

// run works until the test's function returns.
func (s *shop) run(work Work, during func()) {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Store.Run(ctx, work) }()
	during()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		s.Fatal(err)
	}
}

func (s *shop) until(id ledger.ID, done func(Job) bool) Job {
	s.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		j, err := s.Job(org, id)
		if err != nil {
			s.Fatal(err)
		}
		if done(j) {
			return j
		}
		if time.Now().After(end) {
			s.Fatalf("not after 20 seconds: %+v", j)
		}
	}
}

func ended(j Job) bool { return j.Ended != 0 }

// write copies the order into the file.
func write(_ context.Context, j Job, w io.Writer, progress func(int)) error {
	progress(j.Total)
	_, err := w.Write(j.Work)
	return err
}

func (s *shop) result(id ledger.ID) string {
	s.Helper()
	f, _, err := s.Result(org, id)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		s.Fatal(err)
	}
	return string(b)
}

func refused(t *testing.T, err error, code ledger.Code) {
	t.Helper()
	if err == nil || ledger.CodeOf(err) != code {
		t.Errorf("%v: want %s", err, code)
	}
}

func TestAJob(t *testing.T) {
	s := newShop(t)
	first, second := s.order("first"), s.order("second")
	if _, _, err := s.Result(org, first.ID); ledger.CodeOf(err) != ledger.NotFound {
		t.Error("there is a file before there is one")
	}
	s.run(write, func() {
		s.until(second.ID, ended)
		third := s.order("third") // while it runs
		s.until(third.ID, ended)
	})
	j := s.until(first.ID, ended)
	if !j.Ready() || j.Done != 10 || j.Attempts != 1 || j.Bytes != int64(len("first")) || s.result(first.ID) != "first" {
		t.Errorf("%+v", j)
	}
	if string(j.About) != `{"name":"Tem"}` || j.Work != nil {
		t.Errorf("what is shown of it: %s, and %d bytes of work", j.About, len(j.Work))
	}
	if _, err := os.Stat(filepath.Join(s.dir, first.ID.String(), workFile)); !errors.Is(err, os.ErrNotExist) {
		t.Error("the work outlives the job")
	}
	if list := s.List(org); len(list) != 3 || list[0].Made < list[2].Made {
		t.Errorf("the list: %+v", list)
	}
	if list := s.List(other); len(list) != 0 {
		t.Errorf("others see %+v", list)
	}
	_, err := s.Job(other, first.ID)
	refused(t, err, ledger.NotFound)
	_, _, err = s.Result(other, first.ID)
	refused(t, err, ledger.NotFound)
	refused(t, s.Remove(other, first.ID), ledger.NotFound)
	if err := s.Remove(org, first.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.Job(org, first.ID)
	refused(t, err, ledger.NotFound)
	if _, err := os.Stat(filepath.Join(s.dir, first.ID.String())); !errors.Is(err, os.ErrNotExist) {
		t.Error("something of it is left")
	}
	s.open()
	if s.result(second.ID) != "second" {
		t.Error("it is not there after a restart")
	}
}

// TestInterrupted: a job that a stop cut off is done again from the start.
func TestInterrupted(t *testing.T) {
	s := newShop(t)
	j := s.order("x")
	s.run(func(ctx context.Context, _ Job, w io.Writer, progress func(int)) error {
		w.Write([]byte("half"))
		progress(5)
		<-ctx.Done()
		return ctx.Err()
	}, func() { s.until(j.ID, func(j Job) bool { return j.Done == 5 }) })
	s.open()
	if j := s.until(j.ID, func(Job) bool { return true }); j.Ended != 0 || j.Attempts != 0 || j.Done != 0 {
		t.Errorf("after the stop: %+v", j)
	}
	s.run(write, func() { s.until(j.ID, ended) })
	if got := s.result(j.ID); got != "x" {
		t.Errorf("the file is %q", got)
	}
}

// TestCrashes: a job that takes the process down with it is given up.
func TestCrashes(t *testing.T) {
	s := newShop(t)
	j := s.order("x")
	for range maxAttempts {
		s.open()
		s.next(t.Context()) // and no more
	}
	s.open()
	s.run(write, func() { s.until(j.ID, ended) })
	if j := s.until(j.ID, ended); j.Ready() || j.Fault.Code != ledger.Internal {
		t.Errorf("%+v", j)
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		work Work
		want Fault
	}{
		"told": {func(context.Context, Job, io.Writer, func(int)) error {
			return ledger.FieldErrorf(ledger.TooLarge, "lines", "is long")
		}, Fault{ledger.TooLarge, "lines", "is long"}},
		"ours":   {func(context.Context, Job, io.Writer, func(int)) error { return errors.New("secret") }, Fault{ledger.Internal, "", "something went wrong here; it was logged"}},
		"panics": {func(context.Context, Job, io.Writer, func(int)) error { panic("secret") }, Fault{ledger.Internal, "", "something went wrong here; it was logged"}},
		"large": {func(_ context.Context, _ Job, w io.Writer, _ func(int)) (err error) {
			for b := make([]byte, 1<<20); err == nil; {
				_, err = (&limited{io.Discard, 1 << 10}).Write(b)
			}
			return err
		}, Fault{ledger.TooLarge, "", "the file has more than 268435456 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			j := s.order("x")
			s.run(c.work, func() { s.until(j.ID, ended) })
			if j := s.until(j.ID, ended); j.Ready() || *j.Fault != c.want {
				t.Errorf("%+v", j.Fault)
			}
			if _, err := os.Stat(filepath.Join(s.dir, j.ID.String(), partFile)); !errors.Is(err, os.ErrNotExist) {
				t.Error("half a file is left")
			}
			s.open()
			if j := s.until(j.ID, ended); *j.Fault != c.want {
				t.Errorf("after a restart: %+v", j.Fault)
			}
		})
	}
}

// TestRemovedWhileWorkedOn: the work ends, and the next job is begun.
func TestRemovedWhileWorkedOn(t *testing.T) {
	s := newShop(t)
	j, next := s.order("x"), s.order("y")
	begun := make(chan bool, 1)
	s.run(func(ctx context.Context, at Job, w io.Writer, progress func(int)) error {
		if at.ID != j.ID {
			return write(ctx, at, w, progress)
		}
		begun <- true
		<-ctx.Done()
		return ctx.Err()
	}, func() {
		<-begun
		if err := s.Remove(org, j.ID); err != nil {
			t.Fatal(err)
		}
		s.until(next.ID, ended)
	})
	if list := s.List(org); len(list) != 1 || list[0].ID != next.ID {
		t.Errorf("left: %+v", list)
	}
}

func TestLimits(t *testing.T) {
	s := newShop(t)
	for range MaxWaiting {
		s.order("x")
	}
	_, err := s.Add(Order{Org: org})
	refused(t, err, ledger.Conflict)
	if _, err := s.Add(Order{Org: other, Work: []byte("1")}); err != nil {
		t.Errorf("one organisation's jobs keep another waiting: %v", err)
	}
	s.run(write, func() {
		for i := range MaxKept + 3 {
			s.late.Store(int64(time.Duration(i) * time.Second))
			for {
				j, err := s.Add(Order{Org: org, Work: []byte("1")})
				if err == nil {
					s.until(j.ID, ended)
					break
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
	if n := len(s.List(org)); n != MaxKept {
		t.Errorf("%d jobs are kept", n)
	}
	oldest := s.List(org)[MaxKept-1]
	s.late.Store(int64(Life + time.Hour))
	_, err = s.Job(org, oldest.ID)
	refused(t, err, ledger.NotFound)
	s.open()
	if n := len(s.List(org)); n != 0 {
		t.Errorf("%d jobs outlive their time", n)
	}
}

// TestBrokenFolders: what is no job is left alone, and half a job goes.
func TestBrokenFolders(t *testing.T) {
	s := newShop(t)
	kept := s.order("x")
	half := ledger.NewID().String()
	for _, name := range []string{half, "notes"} {
		if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.open()
	if list := s.List(org); len(list) != 1 || list[0].ID != kept.ID {
		t.Errorf("%+v", list)
	}
	if _, err := os.Stat(filepath.Join(s.dir, half)); !errors.Is(err, os.ErrNotExist) {
		t.Error("half a job is left")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "notes")); err != nil {
		t.Error("what is no job is gone")
	}
}

func TestKept(t *testing.T) {
	s := newShop(t)
	if err := s.Keep(org, []byte("logo")); err != nil {
		t.Fatal(err)
	}
	s.open()
	if b, err := s.Kept(org); err != nil || string(b) != "logo" {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := s.Kept(other); err != nil || b != nil {
		t.Errorf("another's: %q, %v", b, err)
	}
	for range 2 {
		if err := s.Keep(org, nil); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := s.Kept(org); err != nil || b != nil {
		t.Errorf("it is still there: %q, %v", b, err)
	}
}

// TestHeld: a job that is held is not done before it is released, which happens once,
// with what was decided meanwhile; it survives a restart.
func TestHeld(t *testing.T) {
	s := newShop(t)
	j, err := s.Add(Order{Org: org, Held: true, Work: []byte("draft")})
	if err != nil {
		t.Fatal(err)
	}
	var done []string
	work := func(_ context.Context, j Job, w io.Writer, _ func(int)) error {
		done = append(done, string(j.Work))
		return nil
	}
	s.run(work, func() {
		first := s.order("first")
		s.until(first.ID, Job.Ready)
	})
	s.open()
	if b, _, err := s.Held(org, j.ID); err != nil || string(b) != "draft" {
		t.Fatalf("held: %q, %v", b, err)
	}
	for name, err := range map[string]error{"another's": s.Release(other, j.ID, nil), "unknown": s.Release(org, ledger.NewID(), nil)} {
		if ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("%s is released: %v", name, err)
		}
	}
	if err := s.Release(org, j.ID, []byte("decided")); err != nil {
		t.Fatal(err)
	}
	s.open()
	if err := s.Release(org, j.ID, []byte("twice")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Held(org, j.ID); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("it is still held: %v", err)
	}
	s.run(work, func() { s.until(j.ID, Job.Ready) })
	if len(done) != 2 || done[1] != "decided" {
		t.Errorf("done: %q", done)
	}
}

// TestHeldRoom: what is held takes no place of what waits, and the oldest of it goes.
func TestHeldRoom(t *testing.T) {
	s := newShop(t)
	var list []ledger.ID
	for range MaxKept + 1 {
		j, err := s.Add(Order{Org: org, Held: true})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, j.ID)
		s.late.Add(int64(time.Second))
	}
	if _, err := s.Job(org, list[0]); ledger.CodeOf(err) != ledger.NotFound || len(s.List(org)) != MaxKept {
		t.Errorf("%d are kept, the oldest: %v", len(s.List(org)), err)
	}
	for _, id := range list[1 : MaxWaiting+1] {
		if err := s.Release(org, id, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Release(org, list[MaxWaiting+1], nil); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("more are released than may wait: %v", err)
	}
}

// TestTwoAtOnce: two run at once, each on another organisation's; an organisation's own
// are done one after the other.
func TestTwoAtOnce(t *testing.T) {
	s := newShop(t)
	mine := []Job{s.order("a"), s.order("b")}
	theirs, err := s.Add(Order{Org: other, Total: 1, Work: []byte("c")})
	if err != nil {
		t.Fatal(err)
	}
	begun, let := make(chan ledger.ID), make(chan bool)
	work := func(ctx context.Context, j Job, _ io.Writer, _ func(int)) error {
		begun <- j.ID
		<-let
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for range 2 {
		go func() { ended <- s.Store.Run(ctx, work) }()
	}
	at := map[ledger.ID]bool{<-begun: true, <-begun: true}
	if !at[mine[0].ID] || !at[theirs.ID] {
		t.Errorf("%v are worked on", at)
	}
	let <- true
	let <- true
	if next := <-begun; next != mine[1].ID {
		t.Errorf("then %v", next)
	}
	let <- true
	if j, err := s.Wait(ctx, org, mine[1].ID); err != nil || !j.Ready() {
		t.Errorf("%+v, %v", j, err)
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestWait: who waits is told of the end, of a fault, that the job was taken away, or how
// it stands when they wait no longer.
func TestWait(t *testing.T) {
	s := newShop(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	well, bad, removed := s.order("well"), s.order("bad"), s.order("removed")
	if j, err := s.Wait(gone, org, well.ID); err != nil || j.Ended != 0 {
		t.Errorf("%+v, %v", j, err)
	}
	_, err := s.Wait(t.Context(), other, well.ID)
	refused(t, err, ledger.NotFound)
	begun := make(chan bool)
	s.run(func(ctx context.Context, j Job, w io.Writer, progress func(int)) error {
		switch string(j.Work) {
		case "bad":
			return ledger.FieldErrorf(ledger.Conflict, "k", "is too small")
		case "removed":
			close(begun)
			<-ctx.Done()
			return ctx.Err()
		}
		return write(ctx, j, w, progress)
	}, func() {
		if j, err := s.Wait(t.Context(), org, well.ID); err != nil || !j.Ready() {
			t.Errorf("%+v, %v", j, err)
		}
		var e *ledger.Error
		if j, err := s.Wait(t.Context(), org, bad.ID); err != nil || !errors.As(j.Fault.Err(), &e) || e.Code != ledger.Conflict || e.Field != "k" || e.Message != "is too small" {
			t.Errorf("%+v, %v", j, err)
		}
		waited := make(chan error)
		go func() { _, err := s.Wait(t.Context(), org, removed.ID); waited <- err }()
		<-begun
		if err := s.Remove(org, removed.ID); err != nil {
			t.Error(err)
		}
		refused(t, <-waited, ledger.NotFound)
	})
}
