// Package jobs keeps work that takes longer than a request: who ordered it, how far
// it is, and the file that comes of it. A job is a folder with files that are synced;
// one that was interrupted starts again from its order. Jobs end by themselves after
// Life.
package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of an organisation's jobs.
const (
	Life        = 7 * 24 * time.Hour
	MaxWaiting  = 5  // that are not done
	MaxKept     = 30 // the oldest goes first
	MaxBytes    = 256 << 20
	maxAttempts = 3 // after so many interruptions a job is given up
)

// Order is what somebody wants.
type Order struct {
	Org    ledger.ID       `json:"org"`
	Member ledger.ID       `json:"member"`
	Total  int             `json:"total"`          // parts, by which progress is told
	About  json.RawMessage `json:"about"`          // for whoever shows it; a few bytes
	Held   bool            `json:"held,omitempty"` // it waits for Release
	Work   []byte          `json:"-"`              // for whoever does it; only Work and Held get it, and it goes when the job has ended
}

// Job is an order and what became of it.
type Job struct {
	Order
	ID       ledger.ID   `json:"id"`
	Made     ledger.Time `json:"made"`
	Attempts int         `json:"attempts"`
	Ended    ledger.Time `json:"ended,omitempty"` // zero while it waits or is worked on
	Bytes    int64       `json:"bytes,omitempty"` // of the file
	Fault    *Fault      `json:"fault,omitempty"` // why there is none

	Done int `json:"-"` // parts, while it is worked on
}

// Fault is an error that a person is told.
type Fault struct {
	Code    ledger.Code `json:"code"`
	Field   string      `json:"field,omitempty"`
	Message string      `json:"message"`
}

// Err is the fault as an error.
func (f *Fault) Err() error { return ledger.FieldErrorf(f.Code, f.Field, "%s", f.Message) }

// Ready reports whether the job's file is there.
func (j Job) Ready() bool { return j.Ended != 0 && j.Fault == nil }

// Expires is when the job goes.
func (j Job) Expires() time.Time { return j.Made.Time().Add(Life) }

// Work writes the file of a job and tells how many parts are done. It is called
// again from the start after an interruption, and should end soon when the context
// does. An error of type *ledger.Error is told to who ordered it.
type Work func(ctx context.Context, j Job, w io.Writer, progress func(done int)) error

// Store is the jobs of a node.
type Store struct {
	dir  string
	now  func() time.Time
	log  *slog.Logger
	wake chan struct{}

	mu      sync.Mutex
	jobs    map[ledger.ID]*Job
	working map[ledger.ID]context.CancelFunc // ends the work on a job, by its ID
	changed chan struct{}                    // closed when a job ends or goes
}

// Config says where jobs are kept.
type Config struct {
	Dir string
	Now func() time.Time // nil means the system's clock
	Log *slog.Logger     // nil means slog.Default
}

const (
	orderFile  = "job.json"
	workFile   = "work"
	resultFile = "result"
	partFile   = "result.part"
	keptFolder = "kept"
)

// Open reads the jobs of a folder, which it makes when it does not exist. What is
// over its time goes.
func Open(c Config) (*Store, error) {
	s := &Store{
		dir: c.Dir, now: c.Now, log: c.Log, wake: make(chan struct{}, 1), jobs: map[ledger.ID]*Job{},
		working: map[ledger.ID]context.CancelFunc{}, changed: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := os.MkdirAll(filepath.Join(s.dir, keptFolder), 0o700); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the folder of jobs cannot be made")
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the folder of jobs cannot be read")
	}
	for _, e := range entries {
		id, err := ledger.ParseID(e.Name())
		if err != nil {
			continue
		}
		j, err := s.read(id)
		if err != nil {
			// It was cut off while it was made, before anybody was told of it.
			s.log.Warn("a job without an order is removed", "job", id, "error", err)
			if err := os.RemoveAll(s.path(id)); err != nil {
				return nil, ledger.Wrap(err, ledger.Internal, "a job cannot be removed")
			}
			continue
		}
		s.jobs[id] = j
	}
	return s, s.clean()
}

func (s *Store) path(id ledger.ID, name ...string) string {
	return filepath.Join(append([]string{s.dir, id.String()}, name...)...)
}

func (s *Store) read(id ledger.ID) (*Job, error) {
	b, err := os.ReadFile(s.path(id, orderFile))
	if err != nil {
		return nil, err
	}
	var j Job
	if err := json.Unmarshal(b, &j); err != nil {
		return nil, err
	}
	if j.ID != id {
		return nil, errors.New("it is another's")
	}
	return &j, nil
}

// save writes what is known of a job to disk.
func (s *Store) save(j *Job) error {
	b, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return writeFile(s.path(j.ID, orderFile), b)
}

// Add takes an order and returns when it is on disk.
func (s *Store) Add(o Order) (Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.clean(); err != nil {
		return Job{}, err
	}
	list := s.of(o.Org)
	if !o.Held {
		if err := room(list); err != nil {
			return Job{}, err
		}
	}
	for i := len(list) - 1; i >= 0 && len(s.of(o.Org)) >= MaxKept; i-- {
		if list[i].Ended != 0 || list[i].Held {
			if err := s.remove(list[i].ID); err != nil {
				return Job{}, err
			}
		}
	}
	j := &Job{Order: o, ID: ledger.NewID(), Made: ledger.TimeOf(s.now())}
	j.Work = nil
	err := os.Mkdir(s.path(j.ID), 0o700)
	if err == nil {
		err = writeFile(s.path(j.ID, workFile), o.Work)
	}
	if err == nil {
		err = s.save(j)
	}
	if err == nil {
		err = syncFolder(s.dir)
	}
	if err != nil {
		return Job{}, ledger.Wrap(err, ledger.Internal, "the job cannot be written")
	}
	s.jobs[j.ID] = j
	s.nudge()
	return *j, nil
}

// room refuses another job where too many wait to be done.
func room(list []*Job) error {
	waiting := 0
	for _, j := range list {
		if j.Ended == 0 && !j.Held {
			waiting++
		}
	}
	if waiting >= MaxWaiting {
		return ledger.FieldErrorf(ledger.Conflict, "jobs", "%d are waiting already; the next one can be ordered when one of them is done", waiting)
	}
	return nil
}

func (s *Store) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// List is an organisation's jobs, the newest first.
func (s *Store) List(org ledger.ID) (list []Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.of(org) {
		list = append(list, *j)
	}
	return list
}

func (s *Store) of(org ledger.ID) (list []*Job) {
	for _, j := range s.jobs {
		if j.Org == org {
			list = append(list, j)
		}
	}
	slices.SortFunc(list, later)
	return list
}

// later sorts the newest first.
func later(a, b *Job) int {
	return cmp.Or(cmp.Compare(b.Made, a.Made), slices.Compare(b.ID[:], a.ID[:]))
}

// Job is one of an organisation's jobs, or NotFound.
func (s *Store) Job(org, id ledger.ID) (Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(org, id)
	if err != nil {
		return Job{}, err
	}
	return *j, nil
}

func (s *Store) find(org, id ledger.ID) (*Job, error) {
	j, ok := s.jobs[id]
	if !ok || j.Org != org || s.now().After(j.Expires()) {
		return nil, ledger.Errorf(ledger.NotFound, "there is no such job")
	}
	return j, nil
}

// Wait is a job when it has ended, or as it stands when the context ends.
func (s *Store) Wait(ctx context.Context, org, id ledger.ID) (Job, error) {
	for {
		s.mu.Lock()
		j, err := s.find(org, id)
		var now Job
		if err == nil {
			now = *j
		}
		changed := s.changed
		s.mu.Unlock()
		if err != nil || now.Ended != 0 || ctx.Err() != nil {
			return now, err
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

// tell wakes those who wait for a job.
func (s *Store) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Result opens the file of a job; it is NotFound while there is none. The caller
// closes it.
func (s *Store) Result(org, id ledger.ID) (*os.File, Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(org, id)
	if err != nil {
		return nil, Job{}, err
	}
	if !j.Ready() {
		return nil, Job{}, ledger.Errorf(ledger.NotFound, "the job is not done")
	}
	f, err := os.Open(s.path(id, resultFile))
	if err != nil {
		return nil, Job{}, ledger.Wrap(err, ledger.Internal, "the job's file cannot be read")
	}
	return f, *j, nil
}

// Held is what a job would do that waits for Release; it is NotFound for any other.
func (s *Store) Held(org, id ledger.ID) ([]byte, Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(org, id)
	if err != nil {
		return nil, Job{}, err
	}
	if !j.Held {
		return nil, Job{}, ledger.Errorf(ledger.NotFound, "the job does not wait for anybody")
	}
	work, err := os.ReadFile(s.path(id, workFile))
	if err != nil {
		return nil, Job{}, ledger.Wrap(err, ledger.Internal, "the job cannot be read")
	}
	return work, *j, nil
}

// Release has a job done that was held, with what was decided meanwhile in its work.
// It returns when that is on disk; a job that is not held any more stays as it is.
func (s *Store) Release(org, id ledger.ID, work []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(org, id)
	if err != nil || !j.Held {
		return err
	}
	if err := room(s.of(org)); err != nil {
		return err
	}
	let := *j
	let.Held = false
	err = writeFile(s.path(id, workFile), work)
	if err == nil {
		err = s.save(&let)
	}
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the job cannot be written")
	}
	j.Held = false
	s.nudge()
	return nil
}

// Remove ends a job and removes what there is of it.
func (s *Store) Remove(org, id ledger.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(org, id); err != nil {
		return err
	}
	return s.remove(id)
}

func (s *Store) remove(id ledger.ID) error {
	delete(s.jobs, id)
	if cancel := s.working[id]; cancel != nil {
		cancel()
	}
	s.tell()
	if err := os.RemoveAll(s.path(id)); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the job cannot be removed")
	}
	return nil
}

// clean removes the jobs that are over their time.
func (s *Store) clean() error {
	for _, id := range slices.Collect(maps.Keys(s.jobs)) {
		if s.now().After(s.jobs[id].Expires()) {
			if err := s.remove(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Keep keeps something for an organisation's jobs to come, such as its logo, in
// place of what was kept; nil removes it.
func (s *Store) Keep(org ledger.ID, b []byte) error {
	path := filepath.Join(s.dir, keptFolder, org.String())
	var err error
	if b == nil {
		err = os.Remove(path)
	} else {
		err = writeFile(path, b)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return ledger.Wrap(err, ledger.Internal, "it cannot be kept")
	}
	return nil
}

// Kept is what an organisation keeps; nil when that is nothing.
func (s *Store) Kept(org ledger.ID) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, keptFolder, org.String()))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "what is kept cannot be read")
	}
	return b, nil
}
