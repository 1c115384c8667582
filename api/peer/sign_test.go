package peer

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// rfcKey is test-key-ed25519 of RFC 9421, appendix B.1.4.
func rfcKey(t testing.TB) ed25519.PrivateKey {
	seed, err := hex.DecodeString("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5")
	if err != nil {
		t.Fatal(err)
	}
	return ed25519.NewKeyFromSeed(seed)
}

// TestRFC9421 is the example of appendix B.2.6.
func TestRFC9421(t *testing.T) {
	const params = `("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	base := signatureBase([]component{
		{"date", "Tue, 20 Apr 2021 02:07:55 GMT"}, {"@method", "POST"}, {"@path", "/foo"}, {"@authority", "example.com"},
		{"content-type", "application/json"}, {"content-length", "18"},
	}, params)
	const want = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
	if got := base64.StdEncoding.EncodeToString(ed25519.Sign(rfcKey(t), base)); got != want {
		t.Errorf("%s\n%s, want %s", base, got, want)
	}
	if got := digestOf([]byte(`{"hello": "world"}`)); got != "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:" {
		t.Errorf("digest %s", got)
	}
}

var signedAt = time.Unix(1780472000, 0)

func signedRequest(t testing.TB, method, address, authority string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sign(r, body, authority, rfcKey(t), signedAt)
	return r
}

func TestSignerOf(t *testing.T) {
	key := rfcKey(t).Public().(ed25519.PublicKey)
	known := func(k ed25519.PublicKey) bool { return key.Equal(k) }
	const authority = "agency.example"
	const address = "https://agency.example/api/v1/peers/held"
	body := []byte(`{"cids":[]}`)
	good := func() *http.Request { return signedRequest(t, "POST", address, authority, body) }
	if k, err := signerOf(good(), body, authority, known, signedAt.Add(59*time.Second)); err != nil || !key.Equal(k) {
		t.Fatalf("%x, %v", k, err)
	}
	// As this profile writes it, from an earlier run.
	if got := good().Header.Get(fieldInput); got != `sogoc=("@method" "@authority" "@path" "content-digest");created=1780472000;keyid="JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";alg="ed25519";tag="sogoc-peer"` {
		t.Error(got)
	}
	edit := func(field, old, new string) func(*http.Request) {
		return func(r *http.Request) {
			before := r.Header.Get(field)
			if r.Header.Set(field, strings.Replace(before, old, new, 1)); r.Header.Get(field) == before {
				t.Fatalf("%s: nothing is changed", field)
			}
		}
	}
	for name, change := range map[string]func(*http.Request){
		"method":         func(r *http.Request) { r.Method = "PUT" },
		"path":           func(r *http.Request) { r.URL.Path += "x" },
		"query":          func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"empty query":    func(r *http.Request) { r.URL.ForceQuery = true },
		"digest":         edit(fieldDigest, ":", ":A"),
		"no digest":      func(r *http.Request) { r.Header.Del(fieldDigest) },
		"another digest": func(r *http.Request) { r.Header.Set(fieldDigest, digestOf(nil)) },
		"created":        edit(fieldInput, "1780472000", "1780472001"),
		"key":            edit(fieldInput, "JrQLj5P", "JrQLj5Q"),
		"components":     edit(fieldInput, ` "content-digest"`, ""),
		"label":          edit(fieldInput, "sogoc=", "sig1="),
		"tag":            edit(fieldInput, "sogoc-peer", "sogoc-pear"),
		"algorithm":      edit(fieldInput, "ed25519", "hmac-sha256"),
		"no input":       func(r *http.Request) { r.Header.Del(fieldInput) },
		"two inputs":     func(r *http.Request) { r.Header.Add(fieldInput, r.Header.Get(fieldInput)) },
		"two labels":     func(r *http.Request) { r.Header.Set(fieldInput, r.Header.Get(fieldInput)+", x=()") },
		"no signature":   func(r *http.Request) { r.Header.Del(fieldSignature) },
		"signature":      edit(fieldSignature, ":", ":A"),
	} {
		r := good()
		change(r)
		if k, err := signerOf(r, body, authority, known, signedAt); ledger.CodeOf(err) != ledger.Unauthenticated || k != nil {
			t.Errorf("%s: %x, %v", name, k, err)
		}
	}
	for name, got := range map[string]error{
		"another body":      second(signerOf(good(), []byte("{}"), authority, known, signedAt)),
		"another authority": second(signerOf(good(), body, "coop.example", known, signedAt)),
		"unknown":           second(signerOf(good(), body, authority, func(ed25519.PublicKey) bool { return false }, signedAt)),
		"late":              second(signerOf(good(), body, authority, known, signedAt.Add(61*time.Second))),
		"early":             second(signerOf(good(), body, authority, known, signedAt.Add(-61*time.Second))),
	} {
		if ledger.CodeOf(got) != ledger.Unauthenticated || got == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func FuzzSignerOf(f *testing.F) {
	r := signedRequest(f, "GET", "https://agency.example/x", "agency.example", nil)
	f.Add(r.Header.Get(fieldInput), r.Header.Get(fieldSignature), r.Header.Get(fieldDigest))
	f.Add("sogoc=()", "sogoc=::", "")
	f.Fuzz(func(t *testing.T, input, signature, digest string) {
		got := &http.Request{Method: "GET", URL: r.URL, Header: http.Header{fieldInput: {input}, fieldSignature: {signature}, fieldDigest: {digest}}}
		key, err := signerOf(got, nil, "agency.example", func(ed25519.PublicKey) bool { return true }, signedAt)
		if err == nil && len(key) != ed25519.PublicKeySize {
			t.Errorf("%q %q %q: %x", input, signature, digest, key)
		}
	})
}
