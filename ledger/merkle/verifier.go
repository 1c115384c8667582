package merkle

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

// Algorithm is the first byte of a verifier key's base64 part: C2SP signed-note and
// tlog-cosignature.
type Algorithm byte

const (
	Ed25519     Algorithm = 1 // signs the note's text
	Cosignature Algorithm = 4 // cosignature/v1: signs it with a time
)

// Verifier is a note.Verifier of one of the algorithms.
type Verifier struct {
	name   string
	hash   uint32
	alg    Algorithm
	public ed25519.PublicKey
}

var _ note.Verifier = (*Verifier)(nil)

// ParseVerifier reads a verifier key, name+hash+base64 (C2SP signed-note). Its errors
// are Invalid.
func ParseVerifier(vkey string) (*Verifier, error) {
	bad := func(message string) (*Verifier, error) {
		return nil, ledger.Errorf(ledger.Invalid, "%q is not a note verifier key of Ed25519: %s", vkey, message)
	}
	name, rest, _ := strings.Cut(vkey, "+")
	hash, key, ok := strings.Cut(rest, "+")
	if !ok {
		return bad("it does not have three parts")
	}
	if !validName(name) {
		return bad("the name is not one")
	}
	raw, err := strict64.DecodeString(key)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return bad("the key has another length")
	}
	alg := Algorithm(raw[0])
	if alg != Ed25519 && alg != Cosignature {
		return bad("the algorithm is another")
	}
	v := newVerifier(name, alg, raw[1:])
	if fmt.Sprintf("%08x", v.hash) != hash {
		return bad("the hash is another key's")
	}
	return v, nil
}

func newVerifier(name string, alg Algorithm, public ed25519.PublicKey) *Verifier {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%c%s", name, alg, public))
	return &Verifier{name: name, hash: binary.BigEndian.Uint32(sum[:]), alg: alg, public: bytes.Clone(public)}
}

// validName is the rule of signed-note for a key's name.
func validName(s string) bool {
	return s != "" && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsSpace) < 0 && !strings.Contains(s, "+")
}

func (v *Verifier) Name() string         { return v.name }
func (v *Verifier) KeyHash() uint32      { return v.hash }
func (v *Verifier) Algorithm() Algorithm { return v.alg }

// Public is the key itself; two names may have it.
func (v *Verifier) Public() string { return string(v.public) }

// String is what ParseVerifier reads.
func (v *Verifier) String() string {
	return fmt.Sprintf("%s+%08x+%s", v.name, v.hash, base64.StdEncoding.EncodeToString(append([]byte{byte(v.alg)}, v.public...)))
}

// Verify checks a signature of a note's text.
func (v *Verifier) Verify(text, sig []byte) bool {
	if v.alg == Ed25519 {
		return ed25519.Verify(v.public, text, sig)
	}
	if len(sig) != timeSize+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	return seconds <= maxSeconds && ed25519.Verify(v.public, cosigned(text, seconds), sig[timeSize:])
}

const (
	timeSize   = 8            // bytes before the signature in a cosignature
	maxSeconds = 253402300799 // the end of the year 9999; later times are no times
)

// cosigned is what cosignature/v1 signs.
func cosigned(text []byte, seconds uint64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", seconds, text)
}

// CosignatureTime is when a signature of the algorithm Cosignature was made; it must
// have been verified.
func CosignatureTime(s note.Signature) ledger.Time {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	const keyHash = 4
	if err != nil || len(raw) < keyHash+timeSize {
		return 0
	}
	return ledger.Time(binary.BigEndian.Uint64(raw[keyHash:])) * 1000
}

// Cosigner holds a key that cosigns checkpoints (C2SP tlog-cosignature, Ed25519).
// Its statement: of the trees of that origin that it has seen, this is the largest,
// and the others are beginnings of it. Whoever calls Cosign makes sure of that;
// package witness does.
type Cosigner struct {
	private  ed25519.PrivateKey
	verifier *Verifier
}

// NewCosigner makes the cosigner of a name, which should be a URL without its scheme,
// from a seed of 32 random bytes.
func NewCosigner(name string, seed []byte) (*Cosigner, error) {
	if !validName(name) || len(seed) != ed25519.SeedSize {
		return nil, ledger.Errorf(ledger.Invalid, "a cosigner %q cannot be made", name)
	}
	private := ed25519.NewKeyFromSeed(seed)
	return &Cosigner{private, newVerifier(name, Cosignature, private.Public().(ed25519.PublicKey))}, nil
}

const signerKeyPrefix = "PRIVATE+KEY+"

// ParseCosigner reads a signer key of the algorithm Cosignature,
// PRIVATE+KEY+name+hash+base64 (C2SP signed-note). An error does not repeat it.
func ParseCosigner(skey string) (*Cosigner, error) {
	rest, ok := strings.CutPrefix(skey, signerKeyPrefix)
	name, rest, _ := strings.Cut(rest, "+")
	hash, key, _ := strings.Cut(rest, "+")
	raw, err := strict64.DecodeString(key)
	if !ok || err != nil || len(raw) == 0 || Algorithm(raw[0]) != Cosignature {
		return nil, errNotCosigner
	}
	c, err := NewCosigner(name, raw[1:])
	if err != nil || fmt.Sprintf("%08x", c.verifier.hash) != hash {
		return nil, errNotCosigner
	}
	return c, nil
}

var errNotCosigner = errors.New("this is not the signer key of a cosigner")

// Secret is what ParseCosigner reads.
func (c *Cosigner) Secret() string {
	raw := append([]byte{byte(Cosignature)}, c.private.Seed()...)
	return fmt.Sprintf("%s%s+%08x+%s", signerKeyPrefix, c.verifier.name, c.verifier.hash, base64.StdEncoding.EncodeToString(raw))
}

// String is the verifier key's; it is no secret.
func (c *Cosigner) String() string { return c.verifier.String() }

// Verifier checks what Cosign signs.
func (c *Cosigner) Verifier() *Verifier { return c.verifier }

// Cosign makes a signature line for a checkpoint, with its newline. The time is cut
// to seconds.
func (c *Cosigner) Cosign(p Checkpoint, at ledger.Time) ([]byte, error) {
	seconds := at / 1000
	if !validOrigin(p.Origin) || seconds < 0 || seconds > maxSeconds {
		return nil, ledger.Errorf(ledger.Internal, "a checkpoint of %q at %s cannot be cosigned", p.Origin, at)
	}
	line := binary.BigEndian.AppendUint32(nil, c.verifier.hash)
	line = binary.BigEndian.AppendUint64(line, uint64(seconds))
	line = append(line, ed25519.Sign(c.private, cosigned([]byte(p.Text()), uint64(seconds)))...)
	return fmt.Appendf(nil, "— %s %s\n", c.verifier.name, base64.StdEncoding.EncodeToString(line)), nil
}
