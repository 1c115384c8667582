package network

import (
	"context"
	"fmt"
	"strconv"
	"strings"
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
	Height uint64
	Lag    uint64
	Leader bool // an orderer that leads
}

// Status asks every process.
func (n *Network) Status(ctx context.Context) ([]Status, error) {
	var all []Status
	for _, e := range n.orderers() {
		m := metrics(ctx, e)
		all = append(all, Status{Process: e.Name, Address: e.Address(), Height: m.height(), Leader: m.leads()})
	}
	for _, o := range n.organisations() {
		all = append(all, Status{Process: o.Peer.Name, Address: o.Peer.Address(), Height: metrics(ctx, o.Peer).height()})
		all = append(all, Status{Process: o.chaincodeName(), Address: o.Chaincode(n.state.Version)})
	}
	var highest uint64
	for _, s := range all {
		highest = max(highest, s.Height)
	}
	for i := range all {
		s := &all[i]
		var err error
		if s.Pid, err = n.pid(s.Process); err != nil {
			return nil, err
		}
		s.Answers = s.Pid != 0 && answers(s.Address)(ctx)
		if s.Height > 0 {
			s.Lag = highest - s.Height
		}
	}
	return all, nil
}

// readings are a process's metrics of our channel, by name.
type readings map[string]float64

// metrics reads a process's metrics; there are none when it does not answer.
func metrics(ctx context.Context, e endpoint) readings {
	raw, err := get(ctx, "http://"+e.Operations()+"/metrics")
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
