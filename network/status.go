package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Status is how a process does.
type Status struct {
	Process string
	Address string // where it answers
	Pid     int    // 0 when it does not run
	Answers bool
	// Height is the number of blocks of the channel that an orderer or a peer
	// holds, 0 when it does not answer or has none; Lag is how many it is behind
	// the highest.
	Height  uint64
	Lag     uint64
	Leader  bool   // an orderer that leads
	Trouble string // what is wrong and what to do, "" when nothing is
}

// Status asks every process, all at once.
func (n *Network) Status(ctx context.Context) ([]Status, error) {
	processes := n.processes()
	all := make([]Status, len(processes))
	var asked sync.WaitGroup
	for i, p := range processes {
		pid, err := n.pid(p.name)
		if err != nil {
			return nil, err
		}
		all[i] = Status{Process: p.name, Address: p.address, Pid: pid}
		if pid == 0 {
			continue
		}
		asked.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, askTime)
			defer cancel()
			all[i].Answers = p.ready(ctx)
			if p.operations != "" {
				m := readMetrics(ctx, p.operations)
				all[i].Height, all[i].Leader = m.height(), m.leads()
			}
		})
	}
	asked.Wait()
	var highest uint64
	for _, s := range all {
		highest = max(highest, s.Height)
	}
	for i := range all {
		s := &all[i]
		if s.Height > 0 {
			s.Lag = highest - s.Height
		}
		switch {
		case s.Pid == 0:
			s.Trouble = "does not run; start it"
		case !s.Answers:
			s.Trouble = "runs and does not answer on " + s.Address + "; look at its log"
		}
	}
	return all, nil
}

// askTime is how long a process may take to say how it does.
const askTime = 2 * time.Second

// Committed is the version of the chaincode that the channel goes by, as the first
// peer that answers says. While Upgrade is on, it differs from Version for a moment.
func (n *Network) Committed(ctx context.Context) (string, error) {
	var failed []error
	for _, org := range n.Organisations() {
		out, err := n.Peer(ctx, org, "lifecycle", "chaincode", "querycommitted", "-C", channel, "-n", chaincode, "--output", "json")
		if err != nil {
			failed = append(failed, err)
			continue
		}
		var definition struct {
			Version string `json:"version"`
		}
		return definition.Version, json.Unmarshal(out, &definition)
	}
	return "", errors.Join(failed...)
}

// readings are a process's metrics of our channel, by name.
type readings map[string]float64

// metrics reads a process's metrics; there are none when it does not answer.
func metrics(ctx context.Context, e endpoint) readings { return readMetrics(ctx, e.Operations()) }

func readMetrics(ctx context.Context, operations string) readings {
	raw, err := get(ctx, "http://"+operations+"/metrics")
	if err != nil {
		return nil
	}
	return parseMetrics(string(raw))
}

// parseMetrics reads lines of Prometheus' text format that carry the channel's
// label alone: name{channel="sogoc"} value.
func parseMetrics(text string) readings {
	r := readings{}
	label := fmt.Sprintf("{channel=%q} ", channel)
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), label)
		if !ok {
			continue
		}
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			r[name] = v
		}
	}
	return r
}

func (r readings) leads() bool {
	return r["consensus_etcdraft_is_leader"] == 1 || r["consensus_BFT_is_leader"] == 1
}

// led reports whether an orderer has known a leader since its start.
func (r readings) led() bool {
	return r["consensus_etcdraft_leader_changes"] > 0 || r["consensus_BFT_leader_id"] > 0
}

func (r readings) height() uint64 {
	return uint64(max(r["ledger_blockchain_height"], 0))
}
