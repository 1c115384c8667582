// Package bench measures what a node on a ledger of its own does on the machine at hand,
// each figure beside the raw floor that there is for it.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// Config says how much is measured. All sizes are at least 1.
type Config struct {
	Dir       string // folder that is made, and removed afterwards
	Events    int    // single events that are recorded
	Documents int    // documents of 100 events
	Scans     int    // codes that are looked up
	Edges     int    // of the lineages that are traced
	Leaves    int    // of the tree that inclusion is proved in
	Writers   int    // at once
	Profiles  string // folder in which the processor time of each part is profiled; none where it is empty
	Progress  func(what string, done, total int)
}

// Check refuses a size that nothing can be measured with, by its flag.
func (c Config) Check() error {
	for flag, n := range map[string]int{"events": c.Events, "documents": c.Documents, "scans": c.Scans, "edges": c.Edges, "leaves": c.Leaves, "writers": c.Writers} {
		if n < 1 {
			return fmt.Errorf("--%s: %d is not a number from 1", flag, n)
		}
	}
	return nil
}

// Row is a line of the table.
type Row struct {
	What   string
	Figure string
	Floor  string // the raw floor in the same run, or what else the figure is compared with
	Mark   string // what is to be reached
}

// Machine describes where it is measured.
func Machine() string {
	model := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	busy := ""
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ := strings.Cut(string(b), " ")
		busy = ", load " + load + " before the start"
	}
	return fmt.Sprintf("%d cores of %s, %s/%s, %s%s, %s", runtime.GOMAXPROCS(0), model, runtime.GOOS, runtime.GOARCH, runtime.Version(), busy,
		time.Now().UTC().Format("2006-01-02 15:04 MST"))
}

// Run measures everything, and reports each row when it is known.
func Run(ctx context.Context, c Config, report func(Row)) (err error) {
	if err := c.Check(); err != nil {
		return err
	}
	if c.Progress == nil {
		c.Progress = func(string, int, int) {}
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.Dir)) }()
	r, err := start(ctx, c)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name    string
		measure func(context.Context, func(Row)) error
	}{
		{"young", r.young}, {"single", r.single}, {"one", r.loaded}, {"room", r.room}, {"http", r.http}, {"hundred", r.hundred}, {"scanned", r.scanned}, {"traced", r.traced},
	} {
		if err := c.profiled(part.name, func() error { return part.measure(ctx, report) }); err != nil {
			return errors.Join(err, r.close())
		}
	}
	if err := errors.Join(r.keepAsKilled(), r.close()); err != nil {
		return err
	}
	if err := r.reopened(ctx, report); err != nil {
		return err
	}
	if err := proofs(ctx, c, report); err != nil {
		return err
	}
	return nil
}

// profiled does something, and writes a profile of the processor time that it takes.
func (c Config) profiled(name string, do func() error) error {
	if c.Profiles == "" {
		return do()
	}
	f, err := os.Create(filepath.Join(c.Profiles, name+".pprof"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return do()
}

// parallel does something n times, by so many at once, and says how often a second.
func parallel(ctx context.Context, c Config, what string, n, writers int, do func(i int) error) (perSecond float64, err error) {
	var next, done atomic.Int64
	var failed atomic.Pointer[error]
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	var working sync.WaitGroup
	for range writers {
		working.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					failed.CompareAndSwap(nil, &err)
					stop()
					return
				}
				if d := done.Add(1); d%256 == 0 {
					c.Progress(what, int(d), n)
				}
			}
		})
	}
	working.Wait()
	took := time.Since(began)
	if err := failed.Load(); err != nil {
		return 0, fmt.Errorf("%s: %w", what, *err)
	}
	return float64(n) / took.Seconds(), ctx.Err()
}

// checks is how many signatures of transactions all cores check a second.
func checks(ctx context.Context, c Config, register ledger.Hash, list []Write) (float64, error) {
	return parallel(ctx, c, "checking signatures", len(list), runtime.GOMAXPROCS(0), func(i int) error {
		_, _, err := list[i].Tx.Check(register)
		return err
	})
}

// median of durations, which it sorts.
func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// memory is the most that was resident of this process while it was watched; zeros
// where that is not known.
type memory struct {
	all int64
	own int64 // without mapped files, which the system takes back when it needs the room
}

// watchMemory looks at what is resident until it is stopped.
func watchMemory() (stop func() memory) {
	runtime.GC()
	var most memory
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		ticks := time.NewTicker(100 * time.Millisecond)
		defer ticks.Stop()
		for {
			now := resident()
			most.all, most.own = max(most.all, now.all), max(most.own, now.own)
			select {
			case <-ticks.C:
			case <-ended:
				return
			}
		}
	})
	return func() memory {
		close(ended)
		watching.Wait()
		return most
	}
}

func resident() (m memory) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(b)) {
		var kib int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			m.all = kib << 10
		}
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kib); err == nil {
			m.own = kib << 10
		}
	}
	return m
}
