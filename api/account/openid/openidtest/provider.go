// Package openidtest is an OpenID Connect provider that signs in whoever a test
// says, and misbehaves when asked to.
package openidtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Client is the only client that the provider knows.
const (
	Client = "sogoc"
	Secret = "client secret"
)

// Provider is a running provider.
type Provider struct {
	*httptest.Server
	// Change alters the claims of an identity before it is signed.
	Change func(claims map[string]any)
	// Down makes it answer nothing but that it is not there.
	Down atomic.Bool
	// Key signs identities; another than the published one forges them.
	Key *rsa.PrivateKey

	published *rsa.PrivateKey
	mu        sync.Mutex
	codes     map[string]url.Values // what was asked for, by code
	subjects  map[string]string
}

// New starts a provider that the test stops.
func New(t testing.TB) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Change: func(map[string]any) {}, Key: key, published: key, codes: map[string]url.Values{}, subjects: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.configuration)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /authorize", p.ask)
	mux.HandleFunc("POST /authorize", p.signIn)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.Down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Server.Close)
	return p
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func (p *Provider) configuration(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	})
}

var b64 = base64.RawURLEncoding

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	e := big.NewInt(int64(p.published.E)).Bytes()
	reply(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": b64.EncodeToString(p.published.N.Bytes()), "e": b64.EncodeToString(e),
	}}})
}

// SignIn is what a person does at an authorisation address: they come back with a
// state and a code.
func (p *Provider) SignIn(t testing.TB, address, subject string) (state, code string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if !complete(q) {
		t.Fatalf("asked for %v", q)
	}
	return q.Get("state"), p.issue(q, subject)
}

// complete reports whether a client asks for what it should.
func complete(q url.Values) bool {
	return q.Get("client_id") == Client && q.Get("response_type") == "code" && q.Get("code_challenge_method") == "S256" && q.Get("nonce") != "" && q.Get("state") != ""
}

func (p *Provider) issue(asked url.Values, subject string) (code string) {
	code = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code], p.subjects[code] = asked, subject
	return code
}

// ask is the page on which a browser's person says who they are.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!DOCTYPE html><title>Provider</title><form method="post" action="/authorize?%s"><input name="subject"><button>Sign in</button></form>`, html.EscapeString(r.URL.RawQuery))
}

// signIn sends them back.
func (p *Provider) signIn(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !complete(q) {
		http.Error(w, "asked for too little", http.StatusBadRequest)
		return
	}
	back.RawQuery = url.Values{"state": {q.Get("state")}, "code": {p.issue(q, r.PostFormValue("subject"))}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := r.FormValue("code")
	asked, ok := p.codes[code]
	delete(p.codes, code) // good once
	id, secret, _ := r.BasicAuth()
	if id == "" {
		id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	if id, err := url.QueryUnescape(secret); err == nil {
		secret = id
	}
	verifier := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != Client || secret != Secret || b64.EncodeToString(verifier[:]) != asked.Get("code_challenge") || r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now().Unix()
	claims := map[string]any{
		"iss": p.URL, "aud": Client, "sub": p.subjects[code], "nonce": asked.Get("nonce"), "iat": now, "exp": now + 300,
		"name": "Trần Thị Hoa", "email": "hoa@example.vn", "email_verified": true,
	}
	p.Change(claims)
	header, _ := json.Marshal(map[string]string{"alg": "RS256", "kid": "1", "typ": "JWT"})
	body, _ := json.Marshal(claims)
	text := b64.EncodeToString(header) + "." + b64.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, p.Key, crypto.SHA256, sum[:])
	if err != nil {
		reply(w, http.StatusInternalServerError, nil)
		return
	}
	reply(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": text + "." + b64.EncodeToString(sig)})
}
