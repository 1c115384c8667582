package node_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/acme"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// acmeServer issues certificates as RFC 8555 has it, one order at a time, after it
// saw the challenge met. It believes who signs.
type acmeServer struct {
	*httptest.Server
	ca        *authority
	challenge string                                 // the kind that it offers
	met       func(domain, token, want string) error // looks for a challenge

	mu      sync.Mutex
	contact []string
	thumb   string
	token   string
	domain  string
	state   string // of the authorisation
	failure error
	cert    []byte
	issued  int
}

func newACME(t *testing.T, challenge string) *acmeServer {
	a := &acmeServer{ca: newAuthority(t), challenge: challenge}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

var b64 = base64.RawURLEncoding

// ServeHTTP takes one message after the other, each a flattened JWS.
func (a *acmeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Replay-Nonce", rand.Text())
	reply := func(status int, location string, v any) {
		w.Header().Set("Content-Type", "application/json")
		if location != "" {
			w.Header().Set("Location", a.URL+location)
		}
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(v)
	}
	var message struct{ Protected, Payload string }
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	protected, _ := b64.DecodeString(message.Protected)
	payload, _ := b64.DecodeString(message.Payload)
	a.mu.Lock()
	defer a.mu.Unlock()
	order := map[string]any{"status": "pending", "authorizations": []string{a.URL + "/authorisation"}, "finalize": a.URL + "/finalize"}
	switch {
	case a.cert != nil:
		order["status"], order["certificate"] = "valid", a.URL+"/certificate"
	case a.state == "valid":
		order["status"] = "ready"
	}
	challenge := map[string]any{"type": a.challenge, "url": a.URL + "/challenge", "token": a.token, "status": a.state}
	switch r.URL.Path {
	case "/directory":
		reply(http.StatusOK, "", map[string]string{"newNonce": a.URL + "/nonce", "newAccount": a.URL + "/account", "newOrder": a.URL + "/order"})
	case "/nonce":
	case "/account":
		var head struct{ JWK struct{ X, Y string } }
		var body struct {
			Contact []string
			Terms   bool `json:"termsOfServiceAgreed"`
		}
		json.Unmarshal(protected, &head)
		json.Unmarshal(payload, &body)
		x, _ := b64.DecodeString(head.JWK.X)
		y, _ := b64.DecodeString(head.JWK.Y)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.thumb, _ = acme.JWKThumbprint(key)
		a.contact = body.Contact
		reply(http.StatusCreated, "/account/1", map[string]string{"status": "valid"})
	case "/order":
		var body struct{ Identifiers []struct{ Value string } }
		json.Unmarshal(payload, &body)
		a.domain, a.token, a.state, a.cert = body.Identifiers[0].Value, rand.Text(), "pending", nil
		order["status"] = "pending"
		delete(order, "certificate")
		reply(http.StatusCreated, "/order/1", order)
	case "/order/1":
		reply(http.StatusOK, "/order/1", order)
	case "/authorisation":
		reply(http.StatusOK, "", map[string]any{"status": a.state, "identifier": map[string]string{"type": "dns", "value": a.domain}, "challenges": []any{challenge}})
	case "/challenge":
		a.state = "valid"
		if a.failure = a.met(a.domain, a.token, a.token+"."+a.thumb); a.failure != nil {
			a.state = "invalid"
		}
		challenge["status"] = a.state
		reply(http.StatusOK, "", challenge)
	case "/finalize":
		var body struct{ CSR string }
		json.Unmarshal(payload, &body)
		raw, _ := b64.DecodeString(body.CSR)
		csr, err := x509.ParseCertificateRequest(raw)
		if err == nil {
			a.issued++
			a.cert, err = a.ca.issue(csr.PublicKey, a.domain, int64(100+a.issued))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		order["status"], order["certificate"] = "valid", a.URL+"/certificate"
		reply(http.StatusOK, "/order/1", order)
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Write(a.cert)
	default:
		http.NotFound(w, r)
	}
}

// overTLS looks for a tls-alpn-01 challenge (RFC 8737).
func overTLS(address string) func(domain, token, want string) error {
	return func(domain, _, want string) error {
		c, err := tls.Dial("tcp", address, &tls.Config{ServerName: domain, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true})
		if err != nil {
			return err
		}
		defer c.Close()
		sum := sha256.Sum256([]byte(want))
		value, err := asn1.Marshal(sum[:])
		if err != nil {
			return err
		}
		for _, e := range c.ConnectionState().PeerCertificates[0].Extensions {
			if e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) && bytes.Equal(e.Value, value) {
				return nil
			}
		}
		return fmt.Errorf("the certificate of %s does not meet the challenge", domain)
	}
}

// overHTTP looks for an http-01 challenge.
func overHTTP(address string) func(domain, token, want string) error {
	return func(domain, token, want string) error {
		r, err := http.NewRequest(http.MethodGet, "http://"+address+"/.well-known/acme-challenge/"+token, nil)
		if err != nil {
			return err
		}
		r.Host = domain
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err != nil || string(b) != want {
			return fmt.Errorf("%s: %s, %v", resp.Status, b, err)
		}
		return nil
	}
}

// TestACME: a node has its certificate issued, by either challenge, keeps it over a
// restart, and has none for names that are not its own.
func TestACME(t *testing.T) {
	t.Parallel()
	for _, challenge := range []string{"tls-alpn-01", "http-01"} {
		ca := newACME(t, challenge)
		c := node.Config{
			Data: t.TempDir(), PublicURL: "https://truyxuat.example",
			TLS: node.TLS{Domains: []string{"truyxuat.example"}, Email: "so@bacgiang.example", Directory: ca.URL + "/directory", Redirect: "127.0.0.1:0"},
		}
		visit := func(s *site, name string) (*http.Response, error) {
			r, err := ca.ca.client(name).Get(s.URL + "/healthz")
			if err == nil {
				r.Body.Close()
			}
			return r, err
		}
		for start := range 2 {
			s := startSite(t, c)
			ca.met = overTLS(strings.TrimPrefix(s.URL, "https://"))
			if challenge == "http-01" {
				ca.met = overHTTP(s.PlainAddress())
			}
			r, err := visit(s, "truyxuat.example")
			if err != nil {
				t.Fatalf("%s, start %d: %v; the authority: %v", challenge, start, err, ca.failure)
			}
			if r.Proto != "HTTP/2.0" || r.TLS.PeerCertificates[0].SerialNumber.Int64() != 101 {
				t.Errorf("%s, start %d: %s, certificate %v", challenge, start, r.Proto, r.TLS.PeerCertificates[0].SerialNumber)
			}
			if _, err := visit(s, "other.example"); err == nil {
				t.Error("it shows a certificate for another name")
			}
			plain, err := ca.ca.client("").Get("http://" + s.PlainAddress() + "/x")
			if err != nil {
				t.Fatal(err)
			}
			plain.Body.Close()
			if to := plain.Header.Get("Location"); to != "https://truyxuat.example/x" {
				t.Errorf("plain http is sent to %q", to)
			}
			s.stop()
		}
		if ca.issued != 1 || len(ca.contact) != 1 || ca.contact[0] != "mailto:so@bacgiang.example" {
			t.Errorf("%d issued, contact %v", ca.issued, ca.contact)
		}
		err := filepath.WalkDir(filepath.Join(c.Data, "acme"), func(path string, d fs.DirEntry, err error) error {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("others may read %s: %v", path, err)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
