package peer

import (
	"github.com/sogoc/sogoc/ledger"
)

// Status is what everybody may know of a node and its peers. Its fields have wire
// tags because the description of operations is made by reflection.
type Status struct {
	Self      *Peer         `json:"self,omitempty" doc:"this node as the peers file names it; left out on a node that works alone"`
	Quorum    int           `json:"quorum" doc:"how many nodes and witnesses have to cosign"`
	Size      uint64        `json:"size" doc:"records that this node has"`
	Cosigned  uint64        `json:"cosigned" doc:"records under the latest checkpoint that enough nodes cosigned"`
	Peers     []PeerInfo    `json:"peers"`
	Witnesses []WitnessInfo `json:"witnesses,omitempty" doc:"who cosigns and is no node of this register"`
	Payloads  Payloads      `json:"payloads"`
}

// PeerInfo is what is known of another node.
type PeerInfo struct {
	Peer
	Standing
}

// WitnessInfo is what is known of a witness that is no node.
type WitnessInfo struct {
	Witness
	Standing
}

// Standing is how another cosigner does.
type Standing struct {
	Reachable    bool         `json:"reachable" doc:"whether its last answer came"`
	Problem      string       `json:"problem,omitempty" doc:"why it does not cosign"`
	Fork         bool         `json:"fork,omitempty" doc:"it and this node know different histories: an alarm"`
	CosignedSize uint64       `json:"cosignedSize" doc:"records under the latest checkpoint of this node that it cosigned, since this node started"`
	CosignedAt   *ledger.Time `json:"cosignedAt,omitempty" doc:"when"`
}

// Payloads counts what is here and what is not.
type Payloads struct {
	Waiting  int `json:"waiting" doc:"that this node may have and does not have yet"`
	HeldOnce int `json:"heldOnce" doc:"that another node may have, and are not known to be anywhere but here"`
	Alone    int `json:"alone" doc:"that no other node may have"`
}

// Status looks at the node and its peers.
func (n *Node) Status() (Status, error) {
	s := Status{Self: n.self, Quorum: n.File.Quorum, Size: n.Ledger.Size(), Cosigned: n.cosigned.Load().enough.size, Peers: []PeerInfo{}}
	for _, p := range n.peers {
		s.Peers = append(s.Peers, PeerInfo{*p.Peer, p.standing()})
	}
	for i, w := range n.outside {
		s.Witnesses = append(s.Witnesses, WitnessInfo{n.File.Witnesses[i], w.standing()})
	}
	for prefix, into := range map[string]*int{missingPrefix: &s.Payloads.Waiting, oncePrefix: &s.Payloads.HeldOnce, alonePrefix: &s.Payloads.Alone} {
		var err error
		if *into, err = n.memory.count(prefix); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (r *remote) standing() Standing {
	now := r.look()
	s := Standing{Reachable: now.up, Problem: now.problem, Fork: now.fork, CosignedSize: now.size}
	if now.at != 0 {
		s.CosignedAt = &now.at
	}
	return s
}

// Other is a cosigner by its name.
type Other struct {
	Name string
	Standing
}

// Others are all cosigners but this node: nodes and witnesses.
func (s Status) Others() []Other {
	var list []Other
	for _, p := range s.Peers {
		list = append(list, Other{p.Name, p.Standing})
	}
	for _, w := range s.Witnesses {
		list = append(list, Other{w.Name, w.Standing})
	}
	return list
}
