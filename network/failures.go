package network

import (
	"context"
	"fmt"
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

// Isolate cuts an organisation, or an orderer, off from the others, until Rejoin. With
// namespaces its wire is cut: packets vanish, and its processes go on by themselves.
// Without, they are paused. Either way nobody is told that a connection ended. An
// organisation's nodes are the caller's: they lose their peer, and still reach the
// orderers and the other peers.
func (n *Network) Isolate(name string) error { return n.isolate(name, (*wires).cut, n.pause) }

// Rejoin ends Isolate.
func (n *Network) Rejoin(name string) error { return n.isolate(name, (*wires).mend, n.resume) }

func (n *Network) isolate(name string, wire func(w *wires, machine string) error, process func(name string) error) error {
	names, err := n.processesOf(name)
	if err != nil {
		return err
	}
	if !n.state.Namespaces {
		return n.named(names, process)
	}
	if n.wires == nil {
		return errNoWires
	}
	return wire(n.wires, name)
}

// processesOf are those of an organisation or an orderer.
func (n *Network) processesOf(name string) ([]string, error) {
	var names []string
	for _, p := range n.processes() {
		if p.machine == name {
			names = append(names, p.name)
		}
	}
	if names == nil {
		return nil, fmt.Errorf("there is no organisation or orderer %q; there are %v and %v", name, n.Organisations(), n.Processes())
	}
	return names, nil
}
