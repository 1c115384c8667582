// Package watch is what a node knows of its own work: what runs in the background,
// what takes room on its disk, and what went wrong lately. It is for the operator,
// and lost when the node stops.
package watch

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
)

// Folder is a part of a node's data folder.
type Folder struct {
	Name string // what is in it, such as "ledger"
	Path string
}

// Watch is one node's. The zero value has no folders; its parts are for concurrent
// use.
type Watch struct {
	Recent Recent

	data    string
	folders []Folder
	started time.Time

	mu   sync.Mutex
	jobs []*job
}

// New begins to watch a node whose data folder has these parts.
func New(data string, folders ...Folder) *Watch {
	return &Watch{data: data, folders: folders, started: time.Now()}
}

// State says how a background job is.
type State string

const (
	Running State = "running"
	Ended   State = "ended"  // asked to, or nothing is left to do
	Failed  State = "failed" // by itself; Job.Problem says why
)

// Job is work in the background.
type Job struct {
	Name    string    `json:"name"`
	State   State     `json:"state"`
	Since   time.Time `json:"since"`
	Height  *uint64   `json:"height,omitempty"` // entries of the ledger that it has done; nil where it does not count
	Problem string    `json:"problem,omitempty"`
}

type job struct {
	Job
	height func() uint64
}

// Begin notes a job that begins, and returns what its end is told to. height tells
// how far it is, and is nil where the job does not follow the ledger.
func (w *Watch) Begin(name string, height func() uint64) (end func(error)) {
	j := &job{Job{Name: name, State: Running, Since: time.Now()}, height}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, j)
	return func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		j.State, j.Since = Ended, time.Now()
		if err != nil && !errors.Is(err, context.Canceled) {
			j.State, j.Problem = Failed, clean(err.Error())
		}
	}
}

// Jobs lists the background jobs in the order in which they began.
func (w *Watch) Jobs() []Job {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]Job, len(w.jobs))
	for i, j := range w.jobs {
		list[i] = j.Job
		if j.height != nil {
			n := j.height()
			list[i].Height = &n
		}
	}
	return list
}

// Store is what a part of the data folder takes.
type Store struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"` // on the disk; files with holes take less than their length
}

// Stores measures the parts of the data folder.
func (w *Watch) Stores() []Store {
	list := make([]Store, len(w.folders))
	for i, f := range w.folders {
		list[i] = Store{f.Name, size(f.Path)}
	}
	return list
}

// Disk is the disk that holds the data folder. Its zero value is one that does not
// say.
type Disk struct {
	Free  uint64 `json:"free"` // bytes
	Total uint64 `json:"total"`
}

// Disk asks the disk.
func (w *Watch) Disk() Disk { return diskOf(w.data) }

// Bounds of what is little room.
const (
	littleAtLeast = 1 << 30
	littleAtMost  = 20 << 30
)

// Low reports whether room is running out: less than a twentieth is free, but at
// least 1 GiB and at most 20 GiB are asked for. A ledger refuses to write long
// after that.
func (d Disk) Low() bool {
	return d.Total > 0 && d.Free < min(max(d.Total/20, littleAtLeast), littleAtMost)
}

// Memory is what the process takes of it.
type Memory struct {
	Heap       uint64 `json:"heap"`   // bytes of live and not yet collected values
	System     uint64 `json:"system"` // bytes asked of the system by Go; files that are mapped come on top
	Goroutines int    `json:"goroutines"`
}

// Memory asks the runtime.
func (w *Watch) Memory() Memory {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Memory{m.HeapAlloc, m.Sys, runtime.NumGoroutine()}
}

// Started is when the node began.
func (w *Watch) Started() time.Time { return w.started }
