package network

import (
	"context"
	"fmt"
	"slices"
)

// What follows is for tests of what a network does when parts of it fail.

// Kill ends processes as a crash would.
func (n *Network) Kill(ctx context.Context, processes ...string) error {
	return n.named(processes, func(name string) error { return n.kill(ctx, name) })
}

// Pause has processes do nothing any more, as a machine that hangs: their
// connections stay open and nobody answers on them. Resume and Start have them go
// on; Stop, Kill and Down end them.
func (n *Network) Pause(processes ...string) error { return n.named(processes, n.pause) }

// Resume has paused processes go on.
func (n *Network) Resume(processes ...string) error { return n.named(processes, n.resume) }

// named does something with the named processes, and nothing when none is named.
func (n *Network) named(names []string, do func(name string) error) error {
	if len(names) == 0 {
		return nil
	}
	chosen, err := n.choose(names)
	if err != nil {
		return err
	}
	for _, p := range chosen {
		if err := do(p.name); err != nil {
			return err
		}
	}
	return nil
}

// Isolate cuts an organisation off from the others: its peer and its chaincode are
// paused, until Rejoin. To the others that is what a cut cable is: no answer, and no
// word that a connection ended. All processes listen on one loopback address, which
// a network namespace of its own would take away from this program, too, and whose
// making needs root; pausing needs nothing. What it does not show is an organisation
// that goes on by itself meanwhile; a peer that reaches no orderer has no block to
// go on with. The organisation's nodes are the caller's: they still reach the
// orderers and the other peers.
func (n *Network) Isolate(org string) error {
	names, err := n.processesOf(org)
	if err != nil {
		return err
	}
	return n.Pause(names...)
}

// Rejoin ends Isolate.
func (n *Network) Rejoin(org string) error {
	names, err := n.processesOf(org)
	if err != nil {
		return err
	}
	return n.Resume(names...)
}

func (n *Network) processesOf(org string) ([]string, error) {
	all := n.organisations()
	i := slices.IndexFunc(all, func(o organisation) bool { return o.Name == org })
	if i < 0 {
		return nil, fmt.Errorf("there is no organisation %q; there are %v", org, n.Organisations())
	}
	return []string{all[i].Peer.Name, all[i].chaincodeName()}, nil
}
