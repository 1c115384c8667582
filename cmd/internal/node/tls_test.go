package node_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// authority issues certificates in a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

// issue returns the certificate of a key for a name, in PEM.
func (a *authority) issue(key any, name string, serial int64) ([]byte, error) {
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(12 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, key, a.key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), err
}

// write puts a certificate and its key in place of those before.
func (a *authority) write(t *testing.T, cert, key, name string, serial int64) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.issue(&k.PublicKey, name, serial)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string][]byte{cert: chain, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})} {
		if err := errors.Join(os.WriteFile(file+".next", b, 0o600), os.Rename(file+".next", file)); err != nil {
			t.Fatal(err)
		}
	}
}

// client trusts the authority, finds a site by the name of its certificate, and
// follows no redirect.
func (a *authority) client(name string) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}, ForceAttemptHTTP2: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	ca := newAuthority(t)
	ca.write(t, cert, key, "truyxuat.example", 10)
	s := startSite(t, node.Config{Data: t.TempDir(), TLS: node.TLS{Cert: cert, Key: key, Redirect: "127.0.0.1:0"}})
	if !strings.HasPrefix(s.URL, "https://") {
		t.Fatalf("it answers at %s", s.URL)
	}
	visit := func() *http.Response {
		t.Helper()
		r, err := ca.client("truyxuat.example").Get(s.URL + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		return r
	}
	serial := func() int64 { return visit().TLS.PeerCertificates[0].SerialNumber.Int64() }
	r := visit()
	if r.StatusCode != http.StatusOK || r.Proto != "HTTP/2.0" || r.TLS.Version != tls.VersionTLS13 || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s over %s, %x, %v", r.Status, r.Proto, r.TLS.Version, r.Header)
	}
	for version, good := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true} {
		c := ca.client("truyxuat.example")
		c.Transport.(*http.Transport).TLSClientConfig.MinVersion, c.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS10, version
		r, err := c.Get(s.URL + "/healthz")
		if (err == nil) != good {
			t.Errorf("TLS %x: %v", version, err)
		}
		if err == nil {
			r.Body.Close()
		}
	}

	ca.write(t, cert, key, "truyxuat.example", 11)
	if got := serial(); got != 11 {
		t.Errorf("after the files changed it shows certificate %d", got)
	}
	for what, spoil := range map[string]func() error{
		"half a pair":  func() error { return os.WriteFile(key, []byte("not a key"), 0o600) },
		"no longer is": func() error { return os.Remove(cert) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if got := serial(); got != 11 {
			t.Errorf("%s: it shows certificate %d", what, got)
		}
	}
	ca.write(t, cert, key, "truyxuat.example", 12)
	if got := serial(); got != 12 {
		t.Errorf("after they were put right it shows certificate %d", got)
	}

	plain := "http://" + s.PlainAddress()
	for _, test := range []struct {
		method, path, host string
		status             int
		to                 string
	}{
		{"GET", "/01/09521234000044/10/VC%2F1?linkType=all", "", http.StatusPermanentRedirect, publicURL + "/01/09521234000044/10/VC%2F1?linkType=all"},
		{"HEAD", "/", "evil.example", http.StatusPermanentRedirect, publicURL + "/"},
		{"GET", "//evil.example/x", "", http.StatusPermanentRedirect, publicURL + "//evil.example/x"},
		{"POST", "/signin", "", http.StatusBadRequest, ""},
	} {
		req, err := http.NewRequest(test.method, plain+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = test.host
		r, err := ca.client("").Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != test.status || r.Header.Get("Location") != test.to {
			t.Errorf("%s %s: %s to %q", test.method, test.path, r.Status, r.Header.Get("Location"))
		}
	}
	s.stop()
	if _, err := http.Get(plain); err == nil {
		t.Error("plain http is still answered")
	}
}

// TestStrictTransport: browsers are told to use https alone where people have it.
func TestStrictTransport(t *testing.T) {
	t.Parallel()
	for public, strict := range map[string]bool{"https://truyxuat.example": true, "http://truyxuat.example": false} {
		s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: public})
		for _, path := range []string{"/", "/nothing", "/api/v1/register"} {
			if h := s.get(path, "").Header.Get("Strict-Transport-Security"); (h != "") != strict {
				t.Errorf("%s%s says %q", public, path, h)
			}
		}
		s.stop()
	}
}

func TestTLSThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		c    node.Config
		flag string
	}{
		{node.Config{TLS: node.TLS{Cert: "c"}}, "--tls-key"},
		{node.Config{TLS: node.TLS{Key: "k"}}, "--tls-cert"},
		{node.Config{TLS: node.TLS{Cert: "c", Key: "k", Domains: []string{"a.example"}}}, "--acme"},
		{node.Config{TLS: node.TLS{Email: "a@b.example"}}, "--acme-email"},
		{node.Config{TLS: node.TLS{Directory: "https://ca.example"}}, "--acme-directory"},
		{node.Config{TLS: node.TLS{Redirect: ":80"}}, "--http-redirect"},
		{node.Config{TLS: node.TLS{Domains: []string{"a.example"}}, Demo: true}, "--acme"},
		{node.Config{TLS: node.TLS{Domains: []string{"localhost"}}}, "--acme"},
		{node.Config{TLS: node.TLS{Domains: []string{"https://a.example"}}}, "--acme"},
		{node.Config{TLS: node.TLS{Domains: []string{"*.a.example"}}}, "--acme"},
		{node.Config{TLS: node.TLS{Domains: []string{"192.0.2.1"}}}, "--acme"},
		{node.Config{TLS: node.TLS{Domains: []string{"a.example:443"}}}, "--acme"},
		{node.Config{TLS: node.TLS{Domains: []string{"a.example"}, Email: "Hoa <a@b.example>"}}, "--acme-email"},
		{node.Config{TLS: node.TLS{Domains: []string{"a.example"}, Directory: "http://ca.example"}}, "--acme-directory"},
		{node.Config{TLS: node.TLS{Domains: []string{"a.example"}, Redirect: "80"}}, "--http-redirect"},
		{node.Config{TLS: node.TLS{Cert: "c", Key: "k", Redirect: ":80"}}, "--public-url"},
		{node.Config{TLS: node.TLS{Cert: "c", Key: "k"}, PublicURL: "http://a.example"}, "--public-url"},
		{node.Config{TLS: node.TLS{Domains: []string{"a.example"}}, PublicURL: "https://b.example"}, "--public-url"},
	} {
		if err := test.c.Check(); err == nil || !strings.HasPrefix(err.Error(), test.flag+":") {
			t.Errorf("%+v %s: %v", test.c.TLS, test.c.PublicURL, err)
		}
	}
	for _, c := range []node.Config{
		{TLS: node.TLS{Domains: []string{"truyxuat.bacgiang.gov.vn", "www.truyxuat.vn"}, Email: "a@b.example"}, PublicURL: "https://www.truyxuat.vn"},
		{TLS: node.TLS{Domains: []string{"nôngsản.vn"}, Redirect: node.NoRedirect}, PublicURL: "https://nôngsản.vn"},
		{TLS: node.TLS{Cert: "c", Key: "k", Redirect: ":80"}, PublicURL: "https://a.example"},
	} {
		if err := c.Check(); err != nil {
			t.Errorf("%+v: %v", c.TLS, err)
		}
	}
	missing := node.TLS{Cert: filepath.Join(t.TempDir(), "none"), Key: "none"}
	if err := refusesToStart(t, node.Config{Data: t.TempDir(), TLS: missing}); !strings.Contains(err, "--tls-cert") {
		t.Error(err)
	}
}
