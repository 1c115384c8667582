package receipt

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// Formats of trust files. The second has Former, the first has not.
const (
	TrustFormat       = "sogoc-trust/1"
	TrustFormatFormer = "sogoc-trust/2"
)

// Trust is all that a verifier pins: a JSON file of these fields and no others.
// Keys are C2SP note verifier keys (name+hash+base64) of Ed25519. Where several
// organisations run a register, each of their nodes has a checkpoint key and is a
// witness, also of itself, so that the same file serves the receipts of all of them.
type Trust struct {
	Format    string      `json:"format"`
	Register  ledger.Hash `json:"register"`  // the register id
	Origin    string      `json:"origin"`    // the checkpoints' first line
	Keys      []string    `json:"keys"`      // checkpoint keys in force; one of them, or of the former, must have signed
	Witnesses []string    `json:"witnesses"` // cosigners (plain or cosignature/v1); may be empty
	Quorum    int         `json:"quorum"`    // how many of them must have signed too
	Former    []Former    `json:"former,omitempty"`
}

// Former is a checkpoint key that was replaced (ledger.KeyChange). What it signed of no
// more entries than Until keeps proving what it proved, unless the key was compromised.
type Former struct {
	Key    string `json:"key"`
	Until  uint64 `json:"until"`            // index of the entry that replaced it: the most entries that it signed for
	Next   string `json:"next"`             // the key that took its place
	Origin string `json:"origin,omitempty"` // of its checkpoints, where that is no longer the register's
	// Good is the last tree that it is believed to have signed rightly, of a key that is
	// retired as compromised. What it signed proves something with a witness's
	// cosignature, or a proof that its tree is the beginning of this one; else nothing.
	Good *Good `json:"good,omitempty"`
}

// Good is a tree by its size and root.
type Good struct {
	Size uint64      `json:"size"`
	Root ledger.Hash `json:"root"`
}

// ParseTrust reads a trust file. Its layout is free; its fields are not.
func ParseTrust(b []byte) (Trust, error) {
	var t Trust
	if err := DecodeFile(b, &t); err != nil {
		return t, ledger.Wrap(err, ledger.Invalid, "the trust file is not a JSON object of the expected fields")
	}
	_, err := t.verifiers()
	return t, err
}

// Encode writes the file, indented by two spaces.
func (t Trust) Encode() []byte {
	t.Keys, t.Witnesses = notNil(t.Keys), notNil(t.Witnesses)
	return EncodeFile(t)
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
	named   map[keyID]*merkle.Verifier
	witness map[keyID]bool
	former  map[keyID]*Former
}

// verifiers checks the fields and reads the keys.
func (t Trust) verifiers() (verifiers, error) {
	v := verifiers{named: map[keyID]*merkle.Verifier{}, witness: map[keyID]bool{}, former: map[keyID]*Former{}}
	switch {
	case t.Format != TrustFormat && t.Format != TrustFormatFormer:
		return v, ledger.FieldErrorf(ledger.Invalid, "format", "%q is neither %s nor %s", t.Format, TrustFormat, TrustFormatFormer)
	case (t.Format == TrustFormatFormer) != (len(t.Former) > 0):
		return v, ledger.FieldErrorf(ledger.Invalid, "former", "a file of the format %s has %d", t.Format, len(t.Former))
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
	add := func(field, s string, kinds ...merkle.Algorithm) (keyID, error) {
		k, err := merkle.ParseVerifier(s)
		if err != nil || !slices.Contains(kinds, k.Algorithm()) {
			return keyID{}, ledger.FieldErrorf(ledger.Invalid, field, "%q is not a note verifier key of Ed25519", s)
		}
		if seen[k.Public()] {
			return keyID{}, ledger.FieldErrorf(ledger.Invalid, field, "the key of %q is named twice", k.Name())
		}
		seen[k.Public()] = true
		v.all = append(v.all, k)
		id := keyID{k.Name(), k.KeyHash()}
		v.named[id] = k
		return id, nil
	}
	for i, s := range t.Keys {
		if _, err := add(fmt.Sprintf("keys[%d]", i), s, merkle.Ed25519); err != nil {
			return v, err
		}
	}
	for i := range t.Former {
		id, err := add(fmt.Sprintf("former[%d]", i), t.Former[i].Key, merkle.Ed25519)
		if err != nil {
			return v, err
		}
		v.former[id] = &t.Former[i]
	}
	for i, s := range t.Witnesses {
		id, err := add(fmt.Sprintf("witnesses[%d]", i), s, merkle.Ed25519, merkle.Cosignature)
		if err != nil {
			return v, err
		}
		v.witness[id] = true
	}
	return v, nil
}
