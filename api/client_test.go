package api

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// proxies are ranges that tests trust: a machine's own, one network, one IPv6 one.
var proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8:1::/48")}

func forwarded(peer string, header http.Header) *http.Request {
	return &http.Request{RemoteAddr: peer, Header: header}
}

func TestClientAddress(t *testing.T) {
	for _, test := range []struct {
		peer string
		xff  []string
		want string
	}{
		{"203.0.113.7:4000", nil, "203.0.113.7"},
		{"203.0.113.7:4000", []string{"198.51.100.1"}, "203.0.113.7"},                                // anybody can say anything
		{"127.0.0.1:4000", nil, "127.0.0.1"},                                                         // the proxy itself
		{"127.0.0.1:4000", []string{""}, "127.0.0.1"},                                                //
		{"127.0.0.1:4000", []string{"203.0.113.7"}, "203.0.113.7"},                                   //
		{"127.0.0.1:4000", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},                     // the first is made up
		{"127.0.0.1:4000", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},                   // in a header of its own
		{"127.0.0.1:4000", []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"},           // two proxies
		{"127.0.0.1:4000", []string{"198.51.100.1, 10.1.9.9, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"}, //
		{"127.0.0.1:4000", []string{"127.0.0.1, 10.1.2.3"}, "127.0.0.1"},                             // within the house
		{"127.0.0.1:4000", []string{"nonsense, 203.0.113.7"}, "203.0.113.7"},                         // before it nobody looks
		{"127.0.0.1:4000", []string{"203.0.113.7, nonsense"}, "127.0.0.1"},                           //
		{"127.0.0.1:4000", []string{"203.0.113.7, unknown, 10.1.2.3"}, "127.0.0.1"},                  //
		{"127.0.0.1:4000", []string{"203.0.113.7,"}, "127.0.0.1"},                                    //
		{"127.0.0.1:4000", []string{"203.0.113.7:5566"}, "203.0.113.7"},                              // Azure writes ports
		{"127.0.0.1:4000", []string{"[2001:db8:9::5]:5566"}, "2001:db8:9::5"},                        //
		{"127.0.0.1:4000", []string{"2001:db8:9::5%eth0"}, "2001:db8:9::5"},                          //
		{"[::ffff:127.0.0.1]:4000", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},                   // IPv4 on an IPv6 socket
		{"[2001:db8:1::2]:4000", []string{"203.0.113.7"}, "203.0.113.7"},
		{"[2001:db8:2::2]:4000", []string{"203.0.113.7"}, "2001:db8:2::2"},
		{"10.2.0.1:4000", []string{"203.0.113.7"}, "10.2.0.1"},
		{"@", []string{"203.0.113.7"}, "invalid IP"}, // no network at all
	} {
		got := ClientAddress(forwarded(test.peer, http.Header{"X-Forwarded-For": test.xff}), proxies)
		if got.String() != test.want {
			t.Errorf("from %s by way of %q: %s, want %s", test.peer, test.xff, got, test.want)
		}
	}
	if got := ClientAddress(forwarded("127.0.0.1:1", http.Header{"X-Forwarded-For": {"203.0.113.7"}}), nil); got.String() != "127.0.0.1" {
		t.Errorf("where nobody is trusted it is %s", got)
	}
}

func TestClientScheme(t *testing.T) {
	for _, test := range []struct {
		peer  string
		proto []string
		tls   bool
		want  string
	}{
		{"203.0.113.7:1", nil, false, "http"},
		{"203.0.113.7:1", nil, true, "https"},
		{"203.0.113.7:1", []string{"https"}, false, "http"},
		{"203.0.113.7:1", []string{"http"}, true, "https"},
		{"127.0.0.1:1", []string{"https"}, false, "https"},
		{"127.0.0.1:1", []string{"HTTPS"}, false, "https"},
		{"127.0.0.1:1", []string{"http"}, true, "http"},
		{"127.0.0.1:1", []string{"https, http"}, false, "http"},
		{"127.0.0.1:1", []string{"http", "https"}, false, "https"},
		{"127.0.0.1:1", []string{"gopher"}, true, "https"},
		{"127.0.0.1:1", []string{""}, false, "http"},
	} {
		r := forwarded(test.peer, http.Header{"X-Forwarded-Proto": test.proto})
		if test.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if got := ClientScheme(r, proxies); got != test.want {
			t.Errorf("from %s, %q, TLS %v: %s, want %s", test.peer, test.proto, test.tls, got, test.want)
		}
	}
}

// FuzzClientAddress: whatever a header says, the client is the peer or somebody whom
// the trusted proxies named last.
func FuzzClientAddress(f *testing.F) {
	f.Add("127.0.0.1:4000", "198.51.100.1, 203.0.113.7, 10.1.2.3")
	f.Add("203.0.113.7:4000", "198.51.100.1")
	f.Add("[::1%lo]:1", ",,[::ffff:10.1.0.1]:7,")
	f.Fuzz(func(t *testing.T, peer, header string) {
		r := forwarded(peer, http.Header{"X-Forwarded-For": {header}})
		at, got := peerAddress(r), ClientAddress(r, proxies)
		if got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%q is not plain", got)
		}
		if got == at {
			return
		}
		if !isTrusted(at, proxies) {
			t.Fatalf("%s is not trusted, and is taken for %s", at, got)
		}
		parts := strings.Split(header, ",")
		for i := len(parts) - 1; i >= 0; i-- {
			a, ok := parseHop(strings.TrimSpace(parts[i]))
			if !ok {
				t.Fatalf("%q has what is no address before %s", header, got)
			}
			if !isTrusted(a, proxies) {
				if a != got {
					t.Fatalf("of %q it takes %s, want %s", header, got, a)
				}
				return
			}
		}
		if first, _ := parseHop(strings.TrimSpace(parts[0])); got != first {
			t.Fatalf("all of %q are trusted, and it takes %s", header, got)
		}
	})
}
