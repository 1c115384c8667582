package receipt

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

// TrustFormat is the only trust file format there is.
const TrustFormat = "sogoc-trust/1"

// Trust is all that a verifier pins: a JSON file of these fields and no others.
// Keys are C2SP note verifier keys (name+hash+base64) of Ed25519.
type Trust struct {
	Format    string      `json:"format"`
	Register  ledger.Hash `json:"register"`  // the register id
	Origin    string      `json:"origin"`    // the checkpoints' first line
	Keys      []string    `json:"keys"`      // checkpoint keys; one must have signed
	Witnesses []string    `json:"witnesses"` // cosigners (plain or cosignature/v1); may be empty
	Quorum    int         `json:"quorum"`    // how many of them must have signed too
}

// ParseTrust reads a trust file. Its layout is free; its fields are not.
func ParseTrust(b []byte) (Trust, error) {
	var t Trust
	if err := decode(b, &t); err != nil {
		return t, ledger.Wrap(err, ledger.Invalid, "the trust file is not a JSON object of the expected fields")
	}
	_, err := t.verifiers()
	return t, err
}

// Encode writes the file, indented by two spaces.
func (t Trust) Encode() []byte {
	t.Keys, t.Witnesses = notNil(t.Keys), notNil(t.Witnesses)
	return encode(t)
}

func (t Trust) String() string { return string(t.Encode()) }

// keyID is how a signature line names its key.
type keyID struct {
	name string
	hash uint32
}

// verifiers are the keys of a trust file, in its order.
type verifiers struct {
	all     []note.Verifier
	witness map[keyID]bool
}

// verifiers checks the fields and reads the keys.
func (t Trust) verifiers() (verifiers, error) {
	v := verifiers{witness: map[keyID]bool{}}
	switch {
	case t.Format != TrustFormat:
		return v, ledger.FieldErrorf(ledger.Invalid, "format", "%q is not %s", t.Format, TrustFormat)
	case t.Register.IsZero():
		return v, ledger.FieldErrorf(ledger.Invalid, "register", "is missing")
	case t.Origin == "":
		return v, ledger.FieldErrorf(ledger.Invalid, "origin", "is missing")
	case len(t.Keys) == 0:
		return v, ledger.FieldErrorf(ledger.Invalid, "keys", "there are none")
	case t.Quorum < 0 || t.Quorum > len(t.Witnesses):
		return v, ledger.FieldErrorf(ledger.Invalid, "quorum", "%d of %d witnesses is not possible", t.Quorum, len(t.Witnesses))
	}
	seen := map[string]bool{} // by the key itself, so that nobody counts twice
	add := func(field, s string, kinds string) (keyID, error) {
		k, err := parseKey(s, kinds)
		if err != nil {
			return keyID{}, ledger.FieldErrorf(ledger.Invalid, field, "%q is not a note verifier key of Ed25519", s)
		}
		if seen[k.public] {
			return keyID{}, ledger.FieldErrorf(ledger.Invalid, field, "the key of %q is named twice", k.Name())
		}
		seen[k.public] = true
		v.all = append(v.all, k.Verifier)
		return keyID{k.Name(), k.KeyHash()}, nil
	}
	for i, s := range t.Keys {
		if _, err := add(fmt.Sprintf("keys[%d]", i), s, algEd25519); err != nil {
			return v, err
		}
	}
	for i, s := range t.Witnesses {
		id, err := add(fmt.Sprintf("witnesses[%d]", i), s, algEd25519+algCosignature)
		if err != nil {
			return v, err
		}
		v.witness[id] = true
	}
	return v, nil
}
