package network

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// reservePort of a network is never used by its processes: who holds it has
// reserved the others.
const reservePort = portSpan - 1

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// ReservePorts finds a first port for a network, all of whose ports are free, and
// gives it to nobody else on this machine who asks here until release is called.
// Tests use it, which run at the same time.
func ReservePorts() (base int, release func(), err error) {
	for base := 17000; base+portSpan <= 32000; base += portSpan { // below what systems give out by themselves
		l, err := net.Listen("tcp", loopback(base+reservePort))
		if err != nil {
			continue
		}
		largest := &Network{state: state{Organisations: 3, Orderers: BFT4, Ports: base}}
		if largest.checkPorts() == nil {
			return base, func() { l.Close() }, nil
		}
		l.Close()
	}
	return 0, nil, errors.New("no ports are free for a network")
}

// checkPorts says which port of the network is taken.
func (n *Network) checkPorts() error {
	for _, port := range n.ports() {
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			return fmt.Errorf("port %d is taken; choose another base than %d: %w", port, n.state.Ports, err)
		}
		l.Close()
	}
	return nil
}

func (n *Network) ports() []int {
	var all []int
	for _, e := range n.orderers() {
		all = append(all, e.Port, e.Port+operationsPort, e.Port+adminPort)
	}
	for _, o := range n.organisations() {
		all = append(all, o.Peer.Port, o.Peer.Port+operationsPort, o.Peer.Port+listenPort, o.Peer.Port+chaincodePort, o.Peer.Port+chaincodePort+1)
	}
	return all
}
