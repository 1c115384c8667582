package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/sogoc/sogoc/ledger"
)

// handle is a secret that somebody holds, a cookie, a token or a link: whose record
// it opens and 256 random bits. The store keeps its SHA-256 as the record's key, so
// it can be looked up and not be told; and the time that takes says nothing of a
// secret that is close.
type handle struct {
	owner  ledger.ID
	secret [32]byte
}

func newHandle(owner ledger.ID) handle {
	h := handle{owner: owner}
	rand.Read(h.secret[:])
	return h
}

// String is 64 letters, digits, - and _.
func (h handle) String() string {
	return base64.RawURLEncoding.EncodeToString(append(h.owner[:len(h.owner):len(h.owner)], h.secret[:]...))
}

// parseHandle reads what String wrote, and nothing else.
func parseHandle(s string) (h handle, ok bool) {
	if len(s) != base64.RawURLEncoding.EncodedLen(len(h.owner)+len(h.secret)) {
		return h, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != len(h.owner)+len(h.secret) {
		return h, false
	}
	copy(h.owner[:], b)
	copy(h.secret[:], b[len(h.owner):])
	return h, true
}

func (h handle) hash() []byte {
	sum := sha256.Sum256(h.secret[:])
	return sum[:]
}

// id names the record to people and in addresses; it does not open it.
func (h handle) id() string { return hex.EncodeToString(h.hash()) }

// hashOf reads an id. What is not one names nothing.
func hashOf(id string) []byte {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != sha256.Size {
		return make([]byte, sha256.Size)
	}
	return b
}
