package index

import (
	"encoding/base64"

	"github.com/sogoc/sogoc/ledger"
)

// Page asks for a part of a list. The zero Page is the first 30.
type Page struct {
	Token string // where the part before ended; empty for the first
	Limit int    // at most 1,000
}

const (
	defaultLimit = 30
	maxLimit     = 1000
)

// limit is how much to yield.
func (p Page) limit() int {
	if p.Limit <= 0 {
		return defaultLimit
	}
	return min(p.Limit, maxLimit)
}

// A token is the kind of list and the key at which the next part starts. It holds
// nothing that its bearer may not know, and grants nothing.
func makeToken(kind byte, next []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{kind}, next...))
}

// from is where the part starts, nil for the first; size is the length of every
// key of the kind of list, or -1.
func (p Page) from(kind byte, size int) ([]byte, error) {
	if p.Token == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Token)
	if err != nil || len(b) < 1 || b[0] != kind || len(b)-1 > 64 || (size >= 0 && len(b)-1 != size) {
		return nil, ledger.FieldErrorf(ledger.Invalid, "token", "is not one that this list gave out")
	}
	return b[1:], nil
}
