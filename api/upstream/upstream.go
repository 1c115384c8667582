// Package upstream reads from data services at addresses that their providers chose.
// The node trusts such an address with nothing: it is https to a machine of the public
// internet, judged by the address that is dialled and not by the name, so that a name
// which changes its meaning reaches nothing else; a call stays below it; no redirect is
// followed; and of a caller's headers and of an answer's, those pass that are known.
// The operator may name hosts for which the rule of the public internet does not hold.
package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a call.
const (
	MaxBase   = 500       // bytes of an address
	MaxSecret = 4000      // bytes of the header that lets the node in
	MaxPath   = 2000      // bytes below the address
	MaxQuery  = 8000      // bytes
	MaxAnswer = 256 << 20 // bytes; an answer that is longer is cut off

	AnswerWithin = 30 * time.Second // until an answer begins
	WholeWithin  = 4 * time.Minute  // until it ends, or it is cut off
)

// Service is where a data service is, and the header by which it lets the node in.
type Service struct {
	Base   string `json:"base"`
	Header string `json:"header,omitempty"`
	Secret string `json:"secret,omitempty"`
}

// Call is what is asked of a service: Path is below its address and as it was escaped,
// and begins with a slash where there is one.
type Call struct {
	Method, Path, Query string
	Header              http.Header
}

// Answer is what a service answered, as far as its caller may see it.
type Answer struct {
	Status int
	Header http.Header
	Length int64         // of Body; -1 where it is not known
	Body   io.ReadCloser // ends with an error where it is longer than MaxAnswer
}

// Client calls services.
type Client struct {
	hosts  []string
	public *http.Transport
	named  *http.Transport // for hosts, wherever they are
}

// New makes a client that calls the named hosts wherever they are, also by plain http.
// A host is named as it stands in an address: "10.0.0.7:8080", "data.example.vn".
func New(hosts []string) (*Client, error) {
	for _, h := range hosts {
		if u, err := url.Parse("https://" + h); err != nil || u.Host != h || u.Hostname() == "" {
			return nil, ledger.Errorf(ledger.Invalid, "%q is not a host, or a host and its port", h)
		}
	}
	return &Client{hosts: hosts, public: transport(public), named: transport(nil)}, nil
}

// transport dials where control allows, and never by a proxy that the environment names.
func transport(control control) *http.Transport {
	d := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, ControlContext: control}
	return &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: AnswerWithin,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		MaxResponseHeaderBytes: 64 << 10, DisableCompression: true, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 8, MaxIdleConns: 64, IdleConnTimeout: time.Minute,
	}
}

// Close lets go of connections that nobody uses.
func (c *Client) Close() {
	c.public.CloseIdleConnections()
	c.named.CloseIdleConnections()
}

// Check refuses a service that cannot be called, and tidies up how it is written.
func (c *Client) Check(s Service) (Service, error) {
	s.Base, s.Header = strings.TrimSpace(s.Base), strings.TrimSpace(s.Header)
	u, err := url.Parse(s.Base)
	switch {
	case len(s.Base) > MaxBase:
		return s, ledger.FieldErrorf(ledger.TooLarge, "base", "has more than %d bytes", MaxBase)
	case err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(s.Base, "?#\\"):
		return s, ledger.FieldErrorf(ledger.Invalid, "base", "is not an address like https://data.example.vn/v1")
	case u.Scheme != "https" && (u.Scheme != "http" || !c.isNamed(u)):
		return s, ledger.FieldErrorf(ledger.Invalid, "base", "does not begin with https://")
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && !c.isNamed(u) && !isPublic(ip) {
		return s, ledger.FieldErrorf(ledger.Forbidden, "base", "is not an address of the public internet")
	}
	s.Base = strings.TrimSuffix(u.String(), "/")
	if _, err := below(u, "/x"); err != nil {
		return s, ledger.FieldErrorf(ledger.Invalid, "base", "its path cannot be told from another")
	}
	switch {
	case (s.Header == "") != (s.Secret == ""):
		return s, ledger.FieldErrorf(ledger.Invalid, "header", "a header has a name and a value, or there is none")
	case s.Header == "":
	case !httpguts.ValidHeaderFieldName(s.Header) || len(s.Header) > 100 || slices.Contains(reserved, http.CanonicalHeaderKey(s.Header)):
		return s, ledger.FieldErrorf(ledger.Invalid, "header", "%q cannot be sent", s.Header)
	case len(s.Secret) > MaxSecret || !httpguts.ValidHeaderFieldValue(s.Secret) || strings.TrimSpace(s.Secret) != s.Secret:
		return s, ledger.FieldErrorf(ledger.Invalid, "header_value", "cannot be sent in a header")
	}
	return s, nil
}

func (c *Client) isNamed(u *url.URL) bool { return slices.Contains(c.hosts, u.Host) }

// reserved are headers that say how a message is sent, which are no secrets.
var reserved = []string{"Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Te", "Trailer", "Keep-Alive", "Proxy-Connection", "Accept-Encoding"}

// What a caller may say to a service, and a service to a caller. Whatever is not named
// here stops at the node: cookies, who the caller is, hop-by-hop headers, where else to
// look.
var (
	asked    = []string{"Accept", "Accept-Encoding", "Accept-Language", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"}
	answered = []string{"Accept-Ranges", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Range", "Content-Type", "Etag", "Last-Modified", "Retry-After"}
)

// errAway is beneath an Unavailable of a service to which there was no way.
var errAway = errors.New("no connection was made")

// Reached reports whether a call that ended with an error may have reached the service.
func Reached(err error) bool {
	return ledger.CodeOf(err) == ledger.Unavailable && !errors.Is(err, errAway)
}

// Do calls a service; the caller closes the answer's Body. An answer that leads
// elsewhere, or does not let the node in, is Unavailable.
func (c *Client) Do(ctx context.Context, s Service, call Call) (*Answer, error) {
	base, err := url.Parse(s.Base)
	if err != nil {
		return nil, ledger.Errorf(ledger.Internal, "the address of a service cannot be read")
	}
	target, err := below(base, call.Path)
	if err != nil {
		return nil, err
	}
	if len(call.Query) > MaxQuery {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "query", "has more than %d bytes", MaxQuery)
	}
	target.RawQuery = call.Query
	r := &http.Request{Method: call.Method, URL: target, Host: target.Host, Header: http.Header{"User-Agent": {"sogoc"}}}
	for _, name := range asked {
		if v := call.Header.Values(name); len(v) > 0 {
			r.Header[name] = v
		}
	}
	if s.Header != "" {
		r.Header[http.CanonicalHeaderKey(s.Header)] = []string{s.Secret}
	}
	through := c.public
	if c.isNamed(target) {
		through = c.named
	}
	a, err := through.RoundTrip(r.WithContext(ctx))
	if err != nil {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return nil, ledger.Wrap(errAway, ledger.Unavailable, "the service cannot be reached")
		}
		return nil, ledger.Errorf(ledger.Unavailable, "the service did not answer")
	}
	if err := refused(a); err != nil {
		a.Body.Close()
		return nil, err
	}
	passed := http.Header{}
	for _, name := range answered {
		for _, v := range a.Header.Values(name) {
			if s.Secret == "" || !strings.Contains(v, s.Secret) {
				passed.Add(name, v)
			}
		}
	}
	return &Answer{a.StatusCode, passed, a.ContentLength, &bounded{a.Body, MaxAnswer}}, nil
}

// refused says why an answer is not passed on.
func refused(a *http.Response) error {
	switch {
	case a.StatusCode >= 300 && a.StatusCode < 400 && a.StatusCode != http.StatusNotModified, a.StatusCode < 200:
		return ledger.Errorf(ledger.Unavailable, "the service leads elsewhere, which is not followed")
	case a.StatusCode == http.StatusUnauthorized, a.StatusCode == http.StatusProxyAuthRequired:
		return ledger.Errorf(ledger.Unavailable, "the service does not let this node in")
	case a.ContentLength > MaxAnswer:
		return ledger.Errorf(ledger.Unavailable, "the answer has more than %d bytes", int64(MaxAnswer))
	}
	return nil
}

// bounded ends with an error where more follows than there may be.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, ledger.Errorf(ledger.TooLarge, "the answer has more than %d bytes", int64(MaxAnswer))
	}
	return n, err
}
