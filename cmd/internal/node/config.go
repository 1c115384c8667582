// Package node wires a node: the ledger, the stores, the read models, the
// services and the interface. The program and the tests start the same one.
package node

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/ledger"
)

// Config says how a node runs. The zero value works.
type Config struct {
	// Data is the folder that holds everything; made when it does not exist.
	Data string
	// Listen is the address to answer on. A port of 0 takes any free one.
	Listen string
	// PublicURL is where people reach the node; QR codes carry it. Empty means this
	// machine's own network address, which serves phones on the same network.
	PublicURL string
	// Name is the register's, shown to people. It is fixed when the register is
	// founded, and on Fabric it stands in the profile's genesis.
	Name string

	// Ledger is what the register is on: Embedded, which is the default, or Fabric.
	Ledger string
	// Profile is the file that says how to reach the Fabric channel (see
	// fabric.Profile). It is needed on Fabric, and only there.
	Profile string
	// Peers is the file that names the nodes of the register (see package api/peer):
	// they cosign each other's checkpoints and replicate payloads. Empty means that
	// the node does neither. It is for Fabric only.
	Peers string
	// OrgName and OrgKind are what the organisation of this node applies for
	// admission as, at the node's first start on Fabric. Empty means the name in the
	// profile, and an agency. They say nothing at the operator's node.
	OrgName string
	OrgKind ledger.Kind

	// Mail takes letters to send; nil means that the node sends none (see api.Config).
	Mail func(api.Letter)
	// OpenID are the providers at which people may sign in.
	OpenID []openid.Config

	// Demo fills a new register with the sample province, once.
	Demo bool
	// Version is the program's.
	Version string
	// Progress is told how far long work is; nil means nobody is.
	Progress func(what string, done, total int)
	// Log is where the node reports; nil means slog.Default.
	Log *slog.Logger
}

// Defaults of a node.
const (
	DefaultData   = "./data"
	DefaultListen = "localhost:8080"
)

// What a register can be on.
const (
	Embedded = "embedded" // this node alone
	Fabric   = "fabric"   // a channel of several organisations
)

// Check says which flag of the program sets a value that cannot work.
func (c Config) Check() error {
	_, err := c.withDefaults()
	return err
}

func (c Config) withDefaults() (Config, error) {
	if c.Data == "" {
		c.Data = DefaultData
	}
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Name == "" {
		c.Name = "Sổ Gốc"
	}
	if c.Ledger == "" {
		c.Ledger = Embedded
	}
	if c.OrgKind == "" {
		c.OrgKind = ledger.KindAgency
	}
	if c.Progress == nil {
		c.Progress = func(string, int, int) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	switch {
	case c.Ledger != Embedded && c.Ledger != Fabric:
		return c, fmt.Errorf("--ledger: %q is neither %s nor %s", c.Ledger, Embedded, Fabric)
	case c.Ledger == Fabric && c.Profile == "":
		return c, fmt.Errorf("--profile: --ledger %s needs the file that says how to reach the channel", Fabric)
	case c.Ledger != Fabric && c.Profile != "":
		return c, fmt.Errorf("--profile: is for --ledger %s only", Fabric)
	case c.Ledger != Fabric && c.Peers != "":
		return c, fmt.Errorf("--peers: is for --ledger %s only", Fabric)
	case !c.OrgKind.Valid() || c.OrgKind == ledger.KindOperator || c.OrgKind.Natural():
		return c, fmt.Errorf("--org-kind: %q is not a kind of organisation that runs a node", c.OrgKind)
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return c, fmt.Errorf("--listen: %q is not an address like localhost:8080", c.Listen)
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return c, fmt.Errorf("--public-url: %q is not an address like https://truyxuat.example.vn", c.PublicURL)
		}
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	}
	return c, nil
}

// publicURL is the address that phones on the same network can open: the public
// one where it is configured, or else this machine's own.
func (c Config) publicURL(l net.Listener) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + c.Listen
	}
	return "http://" + net.JoinHostPort(ownAddress(), port)
}

// ownAddress is an address of this machine that others on its network can open, a
// private one first, or localhost where it has none.
func ownAddress() string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return "localhost"
	}
	own := "localhost"
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.To4() == nil || !n.IP.IsGlobalUnicast() {
			continue
		}
		if n.IP.IsPrivate() {
			return n.IP.String()
		}
		own = n.IP.String()
	}
	return own
}
