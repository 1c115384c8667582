package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ClientAddress is who made a request: the address that it came from, or, where
// that is a proxy in one of the trusted ranges, whom the proxy says that it came
// from. Of X-Forwarded-For, to which each proxy adds at the end, the last address
// counts that is no trusted proxy itself: what stands before it may be made up. A
// header that cannot be read says nothing. The zero address is nobody known.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer := peerAddress(r)
	if !isTrusted(peer, trusted) {
		return peer
	}
	client := peer
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(client, trusted) {
			return client
		}
		if hop = strings.TrimSpace(hop); hop == "" && len(hops) == 1 {
			return client // the proxy itself asks
		}
		a, ok := parseHop(hop)
		if !ok {
			return peer
		}
		client = a
	}
	return client
}

// ClientScheme is how the client reached the node or the trusted proxy before it:
// http or https.
func ClientScheme(r *http.Request, trusted []netip.Prefix) string {
	if isTrusted(peerAddress(r), trusted) {
		if said := r.Header.Values("X-Forwarded-Proto"); len(said) > 0 {
			schemes := strings.Split(said[len(said)-1], ",") // the last is the nearest proxy's
			switch s := strings.ToLower(strings.TrimSpace(schemes[len(schemes)-1])); s {
			case "http", "https":
				return s
			}
		}
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// peerAddress is where the connection came from.
func peerAddress(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return plainAddress(a.Addr())
}

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	return a.IsValid() && slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// parseHop reads an address as proxies write it: some with a port.
func parseHop(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = withPort.Addr()
	}
	return plainAddress(a), true
}

// plainAddress is an address as ranges are written: an IPv4 one as such, and none
// with a zone.
func plainAddress(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
