package receipt

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
)

// The first byte of a verifier key's base64 part: C2SP signed-note and
// tlog-cosignature.
const (
	algEd25519     = "\x01"
	algCosignature = "\x04"
)

// key is a verifier with the public key that it verifies by.
type key struct {
	note.Verifier
	public string
}

// parseKey reads a note verifier key, name+hash+base64, of one of the kinds.
func parseKey(s, kinds string) (key, error) {
	parts := strings.SplitN(s, "+", 3)
	if len(parts) != 3 {
		return key{}, errors.New("it does not have three parts")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return key{}, err
	}
	if len(raw) != 1+ed25519.PublicKeySize || !strings.Contains(kinds, string(raw[:1])) {
		return key{}, errors.New("the algorithm is another")
	}
	var v note.Verifier
	if string(raw[:1]) == algEd25519 {
		v, err = note.NewVerifier(s)
	} else {
		v, err = newCosigner(parts[0], parts[1], raw)
	}
	return key{Verifier: v, public: string(raw[1:])}, err
}

// cosigner verifies cosignature/v1 of C2SP tlog-cosignature: eight bytes of the
// time in seconds since 1970, and an Ed25519 signature over it and the checkpoint.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func newCosigner(name, hash string, raw []byte) (note.Verifier, error) {
	if name == "" || !utf8.ValidString(name) || strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		return nil, errors.New("the name is not one")
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	v := cosigner{name: name, hash: binary.BigEndian.Uint32(sum[:]), public: bytes.Clone(raw[1:])}
	if fmt.Sprintf("%08x", v.hash) != hash {
		return nil, errors.New("the hash is another key's")
	}
	return v, nil
}

func (v cosigner) Name() string    { return v.name }
func (v cosigner) KeyHash() uint32 { return v.hash }

func (v cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text)
	return ed25519.Verify(v.public, signed, sig[8:])
}
