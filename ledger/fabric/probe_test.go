package fabric

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// certify writes a certificate that signs itself, and its key.
func certify(t *testing.T, certFile, keyFile string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-24 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, certFile, "CERTIFICATE", cert)
	writePEM(t, keyFile, "PRIVATE KEY", raw)
}

func writePEM(t *testing.T, file, kind string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// certified is a profile with certificates in its files.
func certified(t *testing.T) *Profile {
	t.Helper()
	p, _ := sampleProfile(t)
	until := time.Now().Add(time.Hour)
	certify(t, p.User.Cert, p.User.Key, until)
	certify(t, p.Admin.Cert, p.Admin.Key, until)
	for _, e := range p.endpoints() {
		certify(t, e.TLSCA, e.TLSCA+".key", until)
	}
	return p
}

// TestWrongFileIsNamed where it cannot be used.
func TestWrongFileIsNamed(t *testing.T) {
	garbage := func(t *testing.T, file string) {
		if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, p *Profile)
		want  string
	}{
		"all is well":            {func(*testing.T, *Profile) {}, ""},
		"no certificate":         {func(t *testing.T, p *Profile) { garbage(t, p.User.Cert) }, "user.pem"},
		"somebody else's key":    {func(t *testing.T, p *Profile) { p.User.Key = p.Admin.Key }, "admin.key are not a certificate and its key"},
		"an expired certificate": {func(t *testing.T, p *Profile) { certify(t, p.Admin.Cert, p.Admin.Key, time.Now().Add(-time.Minute)) }, "admin.pem expired on"},
		"no authority":           {func(t *testing.T, p *Profile) { garbage(t, p.Orderers[0].TLSCA) }, "orderer.pem holds no certificate; it must hold the TLS authority of orderer1"},
		"no port":                {func(t *testing.T, p *Profile) { p.Orderers[0].Address = "orderer1" }, "orderer1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := certified(t)
			c.spoil(t, p)
			_, err := connect(p, t.TempDir())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the answer is %v; it must be invalid and say %q", err, c.want)
			}
		})
	}
}

// TestProbe says of each endpoint what is wrong with it.
func TestProbe(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	address := server.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for want, c := range map[string]struct {
		address string
		trusted bool
	}{
		"":                                 {address, true},
		"does not answer":                  {closed.Addr().String(), true},
		"is not of the authority in ":      {address, false},
		"does not name the address's host": {"localhost:" + port, true},
	} {
		t.Run(want, func(t *testing.T) {
			p := certified(t)
			p.Organisations = nil
			o := &p.Orderers[0]
			o.Address = c.address
			if c.trusted {
				writePEM(t, o.TLSCA, "CERTIFICATE", server.Certificate().Raw)
			}
			err := p.Probe(t.Context())
			if want == "" && err != nil {
				t.Error(err)
			}
			if want != "" && (err == nil || !strings.Contains(err.Error(), "orderer1 at "+c.address+" ") || !strings.Contains(err.Error(), want)) {
				t.Errorf("the answer is %v; it must name the endpoint and say %q", err, want)
			}
		})
	}
}
