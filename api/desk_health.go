package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/api/watch"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

func (s *server) healthRoutes() []route {
	return []route{
		get("/desk/health", operator, s.healthPage),
		get("/api/v1/health", operator, s.healthData),
	}
}

// Vitals are how a node is, for its operator. It is exported because the description
// of operations is made by reflection.
type Vitals struct {
	Well     bool           `json:"well" doc:"the ledger is followed, every read model has caught up and every job runs, and there is room on the disk"`
	Version  string         `json:"version"`
	Started  time.Time      `json:"started"`
	Uptime   int64          `json:"uptime" doc:"seconds"`
	Size     uint64         `json:"size" doc:"records on the ledger"`
	Alarm    string         `json:"alarm,omitempty" doc:"why the ledger is followed no further"`
	Waiting  *int           `json:"waiting,omitempty" doc:"transactions that were submitted and are not answered yet, where the ledger tells"`
	Models   []ReadModel    `json:"models"`
	Jobs     []watch.Job    `json:"jobs"`
	Stores   []watch.Store  `json:"stores"`
	Disk     watch.Disk     `json:"disk"`
	DiskLow  bool           `json:"diskLow"`
	Memory   watch.Memory   `json:"memory"`
	Peers    *peer.Status   `json:"peers,omitempty" doc:"left out on a node that works alone"`
	Problems []watch.Report `json:"problems" doc:"the last warnings and errors, the newest first"`
}

// ReadModel says how far a read model is.
type ReadModel struct {
	Name   string `json:"name"`
	Height uint64 `json:"height" doc:"records applied"`
	Lag    uint64 `json:"lag" doc:"records on the ledger that are not applied yet"`
}

// vitals looks at the node.
func (s *server) vitals() (*Vitals, error) {
	v := &Vitals{
		Version: s.Version, Started: s.Watch.Started(), Size: s.Ledger.Size(), Jobs: s.Watch.Jobs(), Stores: s.Watch.Stores(),
		Disk: s.Watch.Disk(), Memory: s.Watch.Memory(), Problems: s.Watch.Recent.Reports(),
	}
	v.Uptime, v.DiskLow = int64(time.Since(v.Started)/time.Second), v.Disk.Low()
	v.Models = []ReadModel{{Name: "index", Height: s.Index.Height()}, {Name: "catalogue", Height: s.Catalog.Height()}, {Name: "deals", Height: s.Deals.Height()}}
	v.Well = !v.DiskLow
	for i, m := range v.Models {
		v.Models[i].Lag = v.Size - min(v.Size, m.Height)
		v.Well = v.Well && v.Models[i].Lag == 0
	}
	for _, j := range v.Jobs {
		v.Well = v.Well && j.State == watch.Running
	}
	if l, ok := s.Ledger.(interface{ Waiting() int }); ok {
		n := l.Waiting()
		v.Waiting = &n
	}
	if err := s.Alarm(); err != nil {
		v.Well, v.Alarm = false, err.Error()
	}
	if s.Peers == nil {
		return v, nil
	}
	status, err := s.Peers.Status()
	v.Peers = &status
	return v, err
}

func (s *server) healthData(c echo.Context) error {
	v, err := s.vitals()
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, v)
}

// recently is how long an error counts as trouble.
const recently = 24 * time.Hour

// standing says what is not as it should be.
func (s *server) standing(h *Vitals) web.Standing {
	const page = "/desk/health"
	out := web.Standing{Size: h.Size}
	add := func(t web.Trouble) {
		t.Path = page
		out.Troubles = append(out.Troubles, t)
	}
	if h.Alarm != "" {
		add(web.Trouble{Kind: "alarm", Grave: true})
	}
	for _, j := range h.Jobs {
		if j.State != watch.Running {
			add(web.Trouble{Kind: "job", Grave: true, Name: j.Name})
		}
	}
	if h.DiskLow {
		add(web.Trouble{Kind: "disk", Grave: true})
	}
	for _, m := range h.Models {
		if m.Lag > 0 {
			add(web.Trouble{Kind: "lag", N: m.Lag, Name: m.Name})
		}
	}
	if h.Peers != nil {
		for _, p := range h.Peers.Others() {
			switch {
			case p.Fork:
				add(web.Trouble{Kind: "fork", Grave: true, Name: p.Name})
			case !p.Reachable:
				add(web.Trouble{Kind: "peer", Name: p.Name})
			}
		}
	}
	errors := uint64(0)
	for _, r := range h.Problems {
		if r.Level == "ERROR" && time.Since(r.At) < recently {
			errors++
		}
	}
	if errors > 0 {
		add(web.Trouble{Kind: "errors", N: errors})
	}
	return out
}

func (s *server) healthPage(c echo.Context) error {
	h, err := s.vitals()
	if err != nil {
		return err
	}
	v := &web.DeskHealth{
		Standing: s.standing(h), Alarm: h.Alarm, Waiting: -1, Version: h.Version, Started: ledger.TimeOf(h.Started),
		Uptime: time.Since(h.Started), Heap: int64(h.Memory.Heap), System: int64(h.Memory.System), Threads: h.Memory.Goroutines,
		Free: int64(h.Disk.Free), Total: int64(h.Disk.Total), Low: h.DiskLow,
	}
	for i := range v.Troubles {
		v.Troubles[i].Path = "" // it is this page
	}
	if h.Waiting != nil {
		v.Waiting = *h.Waiting
	}
	for _, m := range h.Models {
		v.Models = append(v.Models, web.DeskModel{Name: m.Name, Height: m.Height, Lag: m.Lag})
	}
	for _, j := range h.Jobs {
		one := web.DeskJob{Name: j.Name, State: string(j.State), Problem: j.Problem, Since: ledger.TimeOf(j.Since)}
		if j.Height != nil {
			one.Follows, one.Height = true, *j.Height
		}
		v.Jobs = append(v.Jobs, one)
	}
	all := int64(0)
	for _, x := range h.Stores {
		all += x.Bytes
	}
	for _, x := range h.Stores {
		if x.Bytes > 0 {
			v.Stores = append(v.Stores, web.DeskStore{Name: x.Name, Bytes: x.Bytes, Share: int(100 * x.Bytes / all)})
		}
	}
	if h.Peers != nil {
		v.Away = web.DeskAway{Waiting: h.Peers.Payloads.Waiting, Once: h.Peers.Payloads.HeldOnce, Alone: h.Peers.Payloads.Alone}
		for _, p := range h.Peers.Others() {
			one := web.DeskPeer{Name: p.Name, Problem: p.Problem, Reachable: p.Reachable, Fork: p.Fork, Size: p.CosignedSize}
			if p.CosignedAt != nil {
				one.At = *p.CosignedAt
			}
			v.Peers = append(v.Peers, one)
		}
	}
	for _, r := range h.Problems {
		one := web.DeskReport{At: ledger.TimeOf(r.At), Error: r.Level == "ERROR", Message: r.Message}
		for _, d := range r.Details {
			one.Details = append(one.Details, web.Fact{Label: d.Name, Value: d.Value})
		}
		v.Reports = append(v.Reports, one)
	}
	v.Reports = v.Reports[:min(len(v.Reports), pageReports)]
	return show(s, c, http.StatusOK, s.pages.DeskHealth, v)
}

// pageReports is how many reports the page shows; the data has all of them.
const pageReports = 40
