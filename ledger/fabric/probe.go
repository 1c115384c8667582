package fabric

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// probeWait is how long an endpoint may take to answer a probe.
const probeWait = 2 * time.Second

// checkFiles says which of the files that a profile names is not what it is named
// as: a certificate that is none, has expired or has another key, an authority that
// is none. All errors are Invalid and name the file.
func (p *Profile) checkFiles(now time.Time) error {
	identities := []Identity{p.User}
	if p.Admin != nil {
		identities = append(identities, *p.Admin)
	}
	for _, id := range identities {
		pair, err := tls.LoadX509KeyPair(id.Cert, id.Key)
		if err != nil {
			return ledger.Wrap(err, ledger.Invalid, fmt.Sprintf("%s and %s are not a certificate and its key", id.Cert, id.Key))
		}
		if now.After(pair.Leaf.NotAfter) {
			return ledger.Errorf(ledger.Invalid, "the certificate in %s expired on %s", id.Cert, pair.Leaf.NotAfter.Format(time.DateOnly))
		}
	}
	for _, e := range p.endpoints() {
		if _, err := authorities(e); err != nil {
			return err
		}
		if _, _, err := net.SplitHostPort(e.Address); err != nil {
			return ledger.Errorf(ledger.Invalid, "%s has the address %q, which is not host:port", e.Name, e.Address)
		}
	}
	return nil
}

// endpoints are all peers and orderers of the profile.
func (p *Profile) endpoints() []Endpoint {
	var all []Endpoint
	for _, o := range p.Organisations {
		all = append(all, o.Peers...)
	}
	return append(all, p.Orderers...)
}

// authorities are those that an endpoint's TLS certificate may be of.
func authorities(e Endpoint) (*x509.CertPool, error) {
	raw, err := os.ReadFile(e.TLSCA)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the TLS authority of "+e.Name+" cannot be read")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(raw) {
		return nil, ledger.Errorf(ledger.Invalid, "%s holds no certificate; it must hold the TLS authority of %s", e.TLSCA, e.Name)
	}
	return pool, nil
}

// Probe reaches out to every endpoint of the profile and says what is wrong, an
// error each that names the endpoint, and the file where one is at fault; nil when
// all answer. It takes two seconds at most.
func (p *Profile) Probe(ctx context.Context) error {
	all := p.endpoints()
	failed := make([]error, len(all))
	var probes sync.WaitGroup
	for i, e := range all {
		probes.Go(func() { failed[i] = e.probe(ctx) })
	}
	probes.Wait()
	return errors.Join(failed...)
}

func (e Endpoint) probe(ctx context.Context) error {
	pool, err := authorities(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, NextProtos: []string{"h2"}}}
	c, err := dialer.DialContext(ctx, "tcp", e.Address)
	if err == nil {
		return c.Close()
	}
	what := "does not answer"
	var unknown x509.UnknownAuthorityError
	var named x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		what = "has a TLS certificate that is not of the authority in " + e.TLSCA
	case errors.As(err, &named):
		what = "has a TLS certificate that does not name the address's host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		what = "has a TLS certificate that is not valid at this time"
	}
	return ledger.Wrap(err, ledger.Unavailable, fmt.Sprintf("%s at %s %s", e.Name, e.Address, what))
}
