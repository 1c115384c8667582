package node

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"
)

// TLS says by which certificate a node answers https: one from files, or one that
// it has an authority issue by ACME (RFC 8555). The zero value answers plain http.
type TLS struct {
	// Cert and Key are PEM files: the certificate with its chain, and its key. They
	// are read again when they change.
	Cert, Key string

	// Domains are the names for which certificates are issued, and renewed before
	// they end, as they are first asked for. The authority must reach the node, as
	// port 443 of each name (tls-alpn-01), or Redirect as its port 80 (http-01).
	// Certificates, their keys and the account lie in the data folder. Whoever names
	// domains accepts the authority's terms.
	Domains []string
	// Email is where the authority writes to, and Directory is the authority; empty
	// means Let's Encrypt.
	Email, Directory string

	// Redirect is an address on which plain http is sent on to the public one. With
	// Domains it is :80 when nothing is said, and NoRedirect turns it off.
	Redirect string
}

// NoRedirect leaves plain http unanswered.
const NoRedirect = "none"

// acmeDir is in the data folder.
const acmeDir = "acme"

// on reports whether a node answers https.
func (t TLS) on() bool { return t.Cert != "" || len(t.Domains) > 0 }

// withDefaults completes what goes with TLS, and refuses what cannot work.
func (t TLS) withDefaults(c Config) (Config, error) {
	refuse := func(format string, args ...any) (Config, error) { return c, fmt.Errorf(format, args...) }
	switch {
	case t.Cert != "" && t.Key == "":
		return refuse("--tls-key: --tls-cert needs the file of its key")
	case t.Cert == "" && t.Key != "":
		return refuse("--tls-cert: --tls-key needs the file of its certificate")
	case t.Cert != "" && len(t.Domains) > 0:
		return refuse("--acme: a certificate is issued or comes from --tls-cert, not both")
	case len(t.Domains) == 0 && t.Email != "":
		return refuse("--acme-email: is for --acme only")
	case len(t.Domains) == 0 && t.Directory != "":
		return refuse("--acme-directory: is for --acme only")
	case !t.on() && t.Redirect != "":
		return refuse("--http-redirect: there is no https to send anybody to; it needs --acme or --tls-cert")
	case len(t.Domains) > 0 && c.Demo:
		return refuse("--acme: is for a node on the Internet, where a demo must not be")
	}
	t.Domains = slices.Clone(t.Domains)
	for i, d := range t.Domains {
		ascii, err := idna.Lookup.ToASCII(d)
		if _, notName := netip.ParseAddr(d); err != nil || notName == nil || !strings.Contains(ascii, ".") || strings.Contains(ascii, ":") {
			return refuse("--acme: %q is not a domain name like truyxuat.example.vn", d)
		}
		t.Domains[i] = ascii
	}
	if t.Email != "" {
		if a, err := mail.ParseAddress(t.Email); err != nil || a.Address != t.Email {
			return refuse("--acme-email: %q is not an e-mail address", t.Email)
		}
	}
	if t.Directory != "" {
		if u, err := url.Parse(t.Directory); err != nil || u.Host == "" || u.Scheme != "https" && !isLoopback(u.Hostname()) {
			return refuse("--acme-directory: %q is not an https address", t.Directory)
		}
	}
	if len(t.Domains) > 0 {
		if c.PublicURL == "" {
			c.PublicURL = "https://" + t.Domains[0]
		}
		if t.Redirect == "" {
			t.Redirect = ":80"
		}
	}
	if t.Redirect == NoRedirect {
		t.Redirect = ""
	}
	if t.Redirect != "" {
		if _, _, err := net.SplitHostPort(t.Redirect); err != nil {
			return refuse("--http-redirect: %q is not an address like :80", t.Redirect)
		}
		if c.PublicURL == "" {
			return refuse("--public-url: --http-redirect needs to know where to send people")
		}
	}
	if t.on() && c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "https" {
			return refuse("--public-url: %s is not https, and the node answers nothing else", c.PublicURL)
		}
		if name, err := idna.Lookup.ToASCII(u.Hostname()); len(t.Domains) > 0 && (err != nil || !slices.Contains(t.Domains, name)) {
			return refuse("--public-url: %s is not one of the names of --acme", u.Hostname())
		}
	}
	c.TLS = t
	return c, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// openTLS puts TLS over the listener, and opens the one for plain http.
func (n *Node) openTLS() (err error) {
	t := n.Config.TLS
	if !t.on() {
		return nil
	}
	config := &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
	var plain http.Handler = http.HandlerFunc(n.toHTTPS)
	if t.Cert != "" {
		p := &pair{cert: t.Cert, key: t.Key, log: n.Config.Log}
		if err := p.load(); err != nil {
			return err
		}
		config.GetCertificate = p.certificate
	} else {
		m := &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(n.path(acmeDir)), HostPolicy: autocert.HostWhitelist(t.Domains...),
			Email: t.Email, Client: &acme.Client{DirectoryURL: t.Directory, UserAgent: "sogoc/" + n.Config.Version},
		}
		if t.Directory == "" {
			m.Client.DirectoryURL = autocert.DefaultACMEDirectory
		}
		if t.Redirect != "" {
			plain = m.HTTPHandler(plain)
		}
		config = m.TLSConfig()
		config.GetCertificate = (&issued{m: m, domains: t.Domains, log: n.Config.Log}).certificate
	}
	config.MinVersion = tls.VersionTLS12
	n.listener = tls.NewListener(n.listener, config)
	if t.Redirect == "" {
		return nil
	}
	if n.plain, err = net.Listen("tcp", t.Redirect); err != nil {
		return fmt.Errorf("--http-redirect: %w", err)
	}
	n.plainHandler = plain
	return nil
}

// Address is where whoever started the node opens it: on this machine, or by the
// public name where only that has a certificate.
func (n *Node) Address() string {
	if n.Config.TLS.on() && n.Config.PublicURL != "" {
		return n.Config.PublicURL
	}
	return n.URL
}

// PlainAddress is where plain http is sent on from; empty where it is not.
func (n *Node) PlainAddress() string {
	if n.plain == nil {
		return ""
	}
	return n.plain.Addr().String()
}

// toHTTPS sends people on to the public address, whatever host they asked for.
func (n *Node) toHTTPS(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "use "+n.Public, http.StatusBadRequest) // what it sent was readable on its way
		return
	}
	to := r.URL.RequestURI()
	if !strings.HasPrefix(to, "/") {
		to = "/"
	}
	http.Redirect(w, r, n.Public+to, http.StatusPermanentRedirect)
}

// pair is a certificate from files, which is read again when they change. While
// what they hold cannot be used, the one before stays.
type pair struct {
	cert, key string
	log       *slog.Logger

	mu    sync.Mutex
	files [2]fs.FileInfo // as last looked at
	used  *tls.Certificate
}

func (p *pair) load() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, file := range []string{p.cert, p.key} {
		info, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("--tls-%s: %w", []string{"cert", "key"}[i], err)
		}
		p.files[i] = info
	}
	c, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("--tls-cert: %w", err)
	}
	p.used = &c
	return nil
}

// changed reports whether the files are others than when they were last looked at.
func (p *pair) changed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, file := range []string{p.cert, p.key} {
		now, err := os.Stat(file)
		was := p.files[i]
		if err == nil && (!os.SameFile(was, now) || was.Size() != now.Size() || !was.ModTime().Equal(now.ModTime())) {
			return true
		}
	}
	return false
}

func (p *pair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if p.changed() {
		if err := p.load(); err != nil {
			p.log.Warn("the new certificate cannot be used; the one before stays", "err", err)
		} else {
			p.log.Info("the certificate was read again", "file", p.cert)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used, nil
}

// issued are certificates that an authority issues. It says why there is none: whoever
// asks is told nothing but that there is no connection.
type issued struct {
	m       *autocert.Manager
	domains []string
	log     *slog.Logger

	mu   sync.Mutex
	said map[string]time.Time
}

// sayEvery is as often as the manager tries again.
const sayEvery = time.Minute

func (i *issued) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c, err := i.m.GetCertificate(hello)
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if err == nil || errors.Is(err, autocert.ErrCacheMiss) || !slices.Contains(i.domains, name) {
		return c, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if time.Since(i.said[name]) > sayEvery {
		if i.said == nil {
			i.said = map[string]time.Time{}
		}
		i.said[name] = time.Now()
		i.log.Warn("no certificate was issued", "domain", name, "err", err)
	}
	return nil, err
}
