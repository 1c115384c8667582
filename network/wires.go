package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// With Config.Namespaces a network has a subnet of its own, of 198.18.0.0/15, which
// is set aside for tests (RFC 2544). The places in it:
const (
	ordererPlace      = 1 // the first orderer's; the others follow
	organisationPlace = 5 // the first organisation's; the others follow
	programPlace      = 8 // who made the network: this program and its nodes

	subnetBits = 28
)

// address is the IP address of a place in the network's subnet, or loopback's for
// all where there are no namespaces. Networks whose ports are apart get subnets that
// are apart.
func (n *Network) address(place int) netip.Addr {
	if !n.state.Namespaces {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	at := n.state.Ports/portSpan<<(32-subnetBits) + place
	return netip.AddrFrom4([4]byte{198, 18, byte(at >> 8), byte(at)})
}

// prefix is a place's address as it is given to a link.
func (n *Network) prefix(place int) netip.Prefix {
	return netip.PrefixFrom(n.address(place), subnetBits)
}

// errNoWires is a network's whose program ended, and everything that it had started.
var errNoWires = errors.New("the network's namespaces ended with the program that made them; take it down and up again")

// checkFree says what keeps the network's addresses from being used.
func (n *Network) checkFree(ctx context.Context) error {
	if !n.state.Namespaces {
		return n.checkPorts()
	}
	// What a program that was killed had laid is taken away by the kernel within
	// milliseconds.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		taken, err := n.subnetTaken()
		if taken == "" || err != nil {
			return err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("%s is in the network's subnet %s; choose another base of ports than %d: %w", taken, n.prefix(0), n.state.Ports, err)
		}
	}
}

// subnetTaken names an address of this machine that is in the network's subnet, ""
// when none is.
func (n *Network) subnetTaken() (string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Overlaps(n.prefix(0)) {
			return a.String(), nil
		}
	}
	return "", nil
}

// on does something on the machine of an organisation or an orderer: what is started
// there has the machine's network.
func (n *Network) on(machine string, do func() error) error {
	if !n.state.Namespaces {
		return do()
	}
	if n.wires == nil {
		return errNoWires
	}
	return n.wires.on(machine, do)
}
