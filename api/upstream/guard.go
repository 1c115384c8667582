package upstream

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// control judges a connection when it is made, by the address that is dialled.
type control func(ctx context.Context, network, address string, _ syscall.RawConn) error

// public refuses whatever is not on the public internet.
func public(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr().AsSlice()) {
		return errors.New("this is not an address of the public internet")
	}
	return nil
}

// special are networks that are global unicast by their form and yet nobody's on the
// public internet, or lead into another one (the IANA registries of special-purpose
// addresses).
var special = networks(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func networks(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// isPublic reports whether an address is on the public internet and not this machine's.
func isPublic(ip net.IP) bool {
	a, ok := netip.AddrFromSlice(ip)
	if !ok {
		return false
	}
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return false
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(own, func(of net.Addr) bool {
		n, ok := of.(*net.IPNet)
		return ok && n.IP.Equal(a.AsSlice())
	})
}
