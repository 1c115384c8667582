package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// cleaning is how often jobs that are over their time are looked for.
const cleaning = time.Hour

// Run does one job after the other, the oldest first, until the context ends, whose
// error it then returns. What is interrupted so is done when Run is called the next
// time. Several may run at once, each on the jobs of another organisation.
func (s *Store) Run(ctx context.Context, work Work) error {
	tick := time.NewTicker(cleaning)
	defer tick.Stop()
	for {
		for ctx.Err() == nil {
			j, jobCtx := s.next(ctx)
			if j == nil {
				break
			}
			s.finish(ctx, j, s.do(jobCtx, *j, work))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		case <-tick.C:
			s.mu.Lock()
			err := s.clean()
			s.mu.Unlock()
			if err != nil {
				s.log.Error("jobs cannot be cleaned", "error", err)
			}
		}
	}
}

// next begins the oldest job that is not done and not held, of an organisation none of
// whose jobs is worked on; nil when there is none.
func (s *Store) next(ctx context.Context) (*Job, context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := map[ledger.ID]bool{}
	for id := range s.working {
		if j := s.jobs[id]; j != nil {
			busy[j.Org] = true
		}
	}
	var oldest *Job
	for _, j := range s.jobs {
		if j.Ended == 0 && !j.Held && !busy[j.Org] && (oldest == nil || later(oldest, j) < 0) {
			oldest = j
		}
	}
	if oldest == nil {
		return nil, nil
	}
	oldest.Attempts++
	if err := s.save(oldest); err != nil {
		s.log.Error("a job cannot be begun", "job", oldest.ID, "error", err)
	}
	jobCtx, cancel := context.WithCancel(ctx)
	s.working[oldest.ID] = cancel
	s.nudge() // there may be work for another
	return oldest, jobCtx
}

var errTried = errors.New("the job was interrupted too often")

// do works on a job and puts the file in its place.
func (s *Store) do(ctx context.Context, j Job, work Work) (err error) {
	if j.Attempts > maxAttempts {
		return errTried
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the job panicked: %v", r)
		}
	}()
	if j.Work, err = os.ReadFile(s.path(j.ID, workFile)); err != nil {
		return err
	}
	part := s.path(j.ID, partFile)
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriterSize(&limited{f, MaxBytes}, 1<<16)
	err = work(ctx, j, out, func(done int) { s.progress(j.ID, done) })
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return err
	}
	if err := os.Rename(part, s.path(j.ID, resultFile)); err != nil {
		return err
	}
	return syncFolder(s.path(j.ID))
}

func (s *Store) progress(id ledger.ID, done int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j, ok := s.jobs[id]; ok {
		j.Done = done
	}
}

// finish notes how a job ended. One that Run's own end interrupted stays as it is.
func (s *Store) finish(ctx context.Context, j *Job, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working[j.ID]()
	delete(s.working, j.ID)
	defer s.tell()
	if _, kept := s.jobs[j.ID]; !kept || err != nil && ctx.Err() != nil {
		if kept {
			j.Attempts-- // it was no fault of the job
			j.Done = 0
			if err := s.save(j); err != nil {
				s.log.Error("a job cannot be put back", "job", j.ID, "error", err)
			}
		}
		return
	}
	j.Ended = ledger.TimeOf(s.now())
	if err != nil {
		j.Fault = s.fault(j, err)
	} else if info, err := os.Stat(s.path(j.ID, resultFile)); err == nil {
		j.Bytes = info.Size()
	}
	if err := s.save(j); err != nil {
		s.log.Error("a job's end cannot be written; it will be done again", "job", j.ID, "error", err)
		return
	}
	for _, name := range []string{workFile, partFile} {
		os.Remove(s.path(j.ID, name)) // it goes with the job otherwise
	}
}

func (s *Store) fault(j *Job, err error) *Fault {
	var e *ledger.Error
	if errors.As(err, &e) && e.Code != ledger.Internal {
		return &Fault{e.Code, e.Field, e.Message}
	}
	s.log.Error("a job failed", "job", j.ID, "error", err)
	return &Fault{ledger.Internal, "", "something went wrong here; it was logged"}
}

// limited refuses to write more than so many bytes.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(b []byte) (int, error) {
	if int64(len(b)) > l.left {
		return 0, ledger.Errorf(ledger.TooLarge, "the file has more than %d bytes", MaxBytes)
	}
	l.left -= int64(len(b))
	return l.w.Write(b)
}

// writeFile replaces a file whole or not at all, and returns when that is on disk.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone when it was renamed
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder writes a folder's names to disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
