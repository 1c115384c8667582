// Package node wires a node: the ledger, the stores, the read models, the
// services and the interface. The program and the tests start the same one.
package node

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/mail"
	"github.com/sogoc/sogoc/api/upstream"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Config says how a node runs. The zero value works.
type Config struct {
	// Data is the folder that holds everything; made when it does not exist.
	Data string
	// Listen is the address to answer on. A port of 0 takes any free one. Empty means
	// DefaultListen, or :443 where certificates are issued.
	Listen string
	// MetricsListen is the address, of this machine alone, on which Prometheus reads
	// /metrics. Empty means that nobody does.
	MetricsListen string
	// PublicURL is where people reach the node; QR codes carry it. Empty means this
	// machine's own network address, which serves phones on the same network.
	PublicURL string
	// TLS says how the node answers https.
	TLS TLS
	// TrustedProxies are the networks of proxies before the node, whose word it takes
	// on where a request came from (X-Forwarded-For, X-Forwarded-Proto). Empty means
	// nobody's.
	TrustedProxies []netip.Prefix
	// Mail is the server that sends the node's mail. Empty means that it sends none.
	Mail mail.Config
	// OpenID are the providers that people may sign in at, by their accounts there. A
	// name that is missing is the issuer's host, and the redirect address is the node's
	// own. A provider that is down stops nobody but who signs in there.
	OpenID []openid.Config
	// ServiceHosts are hosts, as they stand in addresses ("10.0.0.7:8080"), at which data
	// services may be although they are not on the public internet, also by plain http.
	// Empty means that every service is on the public internet and answers https.
	ServiceHosts []string
	// Name is the register's, shown to people. It is fixed when the register is
	// founded, and on Fabric it stands in the profile's genesis.
	Name string
	// Recovery is the verifier key of what retires a compromised checkpoint key
	// (NewRecoveryKey). It is fixed when the register is founded. Empty means that nobody
	// can say which of what such a key signed is good.
	Recovery string

	// MasterKey says where the key to the accounts comes from.
	MasterKey MasterKey
	// Passwords is what hashing one costs. Zero means password.DefaultCost, and no flag
	// sets another.
	Passwords password.Cost

	// Ledger is what the register is on: Embedded, which is the default, or Fabric.
	Ledger string
	// Profile is the file that says how to reach the Fabric channel (see
	// fabric.Profile). It is needed on Fabric, and only there.
	Profile string
	// Peers is the file that names the nodes of the register and its witnesses (see
	// package api/peer): they cosign the checkpoints, and nodes replicate payloads. Empty
	// means that the node works alone.
	Peers string
	// OrgName and OrgKind are what the organisation of this node applies for
	// admission as, at the node's first start on Fabric. Empty means the name in the
	// profile, and an agency. They say nothing at the operator's node.
	OrgName string
	OrgKind ledger.Kind

	// Demo fills a new register with the sample province, once.
	Demo bool
	// Now is the clock by which agreements run out. Nil means the system's.
	Now func() time.Time
	// Patience is how long an answer waits for work in the background, before it says that
	// this goes on. 0 means 2 seconds.
	Patience time.Duration
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
		if len(c.TLS.Domains) > 0 {
			c.Listen = ":443"
		}
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
	case !c.OrgKind.Valid() || c.OrgKind == ledger.KindOperator || c.OrgKind.Natural():
		return c, fmt.Errorf("--org-kind: %q is not a kind of organisation that runs a node", c.OrgKind)
	}
	if c.Recovery != "" {
		if v, err := merkle.ParseVerifier(c.Recovery); err != nil || v.Algorithm() != merkle.Ed25519 {
			return c, fmt.Errorf("--recovery-key: %q is not a verifier key, as sogoc keys recovery prints it", c.Recovery)
		}
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return c, fmt.Errorf("--listen: %q is not an address like localhost:8080", c.Listen)
	}
	if c.MetricsListen != "" && !loopback(c.MetricsListen) {
		return c, fmt.Errorf("--metrics-listen: %q is not an address of this machine alone, like localhost:9100; what is told there is for nobody else", c.MetricsListen)
	}
	if err := c.MasterKey.check(c.Data, c.Demo, "master-key"); err != nil {
		return c, err
	}
	if _, err := upstream.New(c.ServiceHosts); err != nil {
		return c, fmt.Errorf("--service-hosts: %w", err)
	}
	if c.Peers != "" {
		if _, err := c.peers(); err != nil {
			return c, err
		}
	}
	for _, p := range c.TrustedProxies {
		if !p.IsValid() || p != p.Masked() || p.Addr().Is4In6() {
			return c, fmt.Errorf("--trusted-proxies: %s is not a network like 10.1.0.0/16", p)
		}
		if p.Bits() == 0 {
			return c, fmt.Errorf("--trusted-proxies: %s is everybody", p)
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return c, fmt.Errorf("--public-url: %q is not an address like https://truyxuat.example.vn", c.PublicURL)
		}
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	}
	if _, err := c.mail(); err != nil {
		return c, err
	}
	c, err := c.TLS.withDefaults(c)
	if err != nil {
		return c, err
	}
	_, err = c.providers()
	return c, err
}

// mailFlags are what sets the fields of a mail.Config.
var mailFlags = map[string]string{"URL": "--smtp-url", "Password": "$SOGOC_SMTP_PASSWORD", "From": "--mail-from"}

// mail is what sends the node's mail; nil where it sends none.
func (c Config) mail() (*mail.Outbox, error) {
	if c.Mail == (mail.Config{}) {
		return nil, nil
	}
	s, err := mail.New(c.Mail)
	if err != nil {
		var e *ledger.Error
		if errors.As(err, &e) && mailFlags[e.Field] != "" {
			err = fmt.Errorf("%s: %s", mailFlags[e.Field], e.Message)
		}
		return nil, err
	}
	return mail.NewOutbox(s, c.Log), nil
}

// secure reports whether people reach the node by https, here or at a proxy before
// it.
func (c Config) secure() bool { return c.TLS.on() || strings.HasPrefix(c.PublicURL, "https://") }

// scheme is what the node itself answers.
func (c Config) scheme() string {
	if c.TLS.on() {
		return "https://"
	}
	return "http://"
}

// publicURL is the address that phones on the same network can open: the public
// one where it is configured, or else this machine's own.
func (c Config) publicURL(l net.Listener) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return c.scheme() + c.Listen
	}
	return c.scheme() + net.JoinHostPort(ownAddress(), port)
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
