package peer

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// window is how far a request's creation may be from now, either way.
const window = time.Minute

// Header fields of RFC 9421 and RFC 9530.
const (
	fieldInput     = "Signature-Input"
	fieldSignature = "Signature"
	fieldDigest    = "Content-Digest"
)

var (
	inputForm     = regexp.MustCompile(`^sogoc=\("@method" "@authority" "@path" "content-digest"\);created=(0|[1-9][0-9]{0,11});keyid="([A-Za-z0-9+/]{43}=)";alg="ed25519";tag="sogoc-peer"$`)
	signatureForm = regexp.MustCompile(`^sogoc=:([A-Za-z0-9+/]{86}==):$`)
)

// component is a line of a signature base.
type component struct{ name, value string }

// signatureBase is what is signed (RFC 9421, section 2.5).
func signatureBase(list []component, params string) []byte {
	var b bytes.Buffer
	for _, c := range list {
		fmt.Fprintf(&b, "%q: %s\n", c.name, c.value)
	}
	fmt.Fprintf(&b, "%q: %s", "@signature-params", params)
	return b.Bytes()
}

func requestBase(r *http.Request, authority, digest string, created int64, keyID string) (base []byte, params string) {
	params = fmt.Sprintf(`("@method" "@authority" "@path" "content-digest");created=%d;keyid="%s";alg="ed25519";tag="sogoc-peer"`, created, keyID)
	return signatureBase([]component{
		{"@method", r.Method}, {"@authority", authority}, {"@path", r.URL.EscapedPath()}, {"content-digest", digest},
	}, params), params
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// keyIDOf names a node's key.
func keyIDOf(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// sign signs a request to the node of an authority.
func sign(r *http.Request, body []byte, authority string, key ed25519.PrivateKey, now time.Time) {
	digest := digestOf(body)
	base, params := requestBase(r, authority, digest, now.Unix(), keyIDOf(key.Public().(ed25519.PublicKey)))
	r.Header.Set(fieldDigest, digest)
	r.Header.Set(fieldInput, "sogoc="+params)
	r.Header.Set(fieldSignature, "sogoc=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(key, base))+":")
}

// signerOf returns the key that signed a request to the node of an authority, which
// is one that known accepts. Errors are Unauthenticated.
func signerOf(r *http.Request, body []byte, authority string, known func(ed25519.PublicKey) bool, now time.Time) (ed25519.PublicKey, error) {
	refuse := func(why string) (ed25519.PublicKey, error) {
		return nil, ledger.Errorf(ledger.Unauthenticated, "the request is not signed by a node of this register: %s", why)
	}
	one := func(field string) string {
		if v := r.Header.Values(field); len(v) == 1 {
			return v[0]
		}
		return ""
	}
	input, signature := inputForm.FindStringSubmatch(one(fieldInput)), signatureForm.FindStringSubmatch(one(fieldSignature))
	if input == nil || signature == nil {
		return refuse("there is no signature of the expected form")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(input[2])
	if err != nil || !known(key) {
		return refuse("the key is unknown")
	}
	created, err := strconv.ParseInt(input[1], 10, 64)
	if age := now.Sub(time.Unix(created, 0)); err != nil || age > window || age < -window {
		return refuse("it was not signed within the last minute; compare the clocks")
	}
	if digest := digestOf(body); one(fieldDigest) != digest {
		return refuse("the body is another")
	}
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return refuse("there is a query")
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(signature[1])
	if err != nil {
		return refuse("there is no signature of the expected form")
	}
	base, _ := requestBase(r, authority, digestOf(body), created, input[2])
	if !ed25519.Verify(key, base, sig) {
		return refuse("the signature does not hold")
	}
	return key, nil
}
