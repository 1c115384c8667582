package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Cost is what one hash takes.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

// DefaultCost is OWASP's recommendation: 19 MiB, two passes, one lane.
var DefaultCost = Cost{Memory: 19 << 10, Passes: 2, Lanes: 1}

// LeastCost is that of guessing nothing: for tests, whose passwords protect nobody.
var LeastCost = Cost{Memory: 64, Passes: 1, Lanes: 1}

// What a stored hash may ask for. One that asks for more was not written here.
const (
	maxMemory = 1 << 20 // KiB
	maxPasses = 64
	saltSize  = 16
	hashSize  = 32
)

func (c Cost) valid() bool {
	return 8*uint32(c.Lanes) <= c.Memory && c.Memory <= maxMemory && 0 < c.Passes && c.Passes <= maxPasses && c.Lanes > 0
}

// Hash is a password's stored form.
type Hash string

var errHash = errors.New("the password's hash is damaged")

// hash makes the stored form with a new salt.
func hash(c Cost, password string) Hash {
	var salt [saltSize]byte
	rand.Read(salt[:])
	return encode(c, salt[:], derive(c, salt[:], password, hashSize))
}

func derive(c Cost, salt []byte, password string, size int) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, c.Passes, c.Memory, c.Lanes, uint32(size))
}

func encode(c Cost, salt, sum []byte) Hash {
	b64 := base64.RawStdEncoding
	return Hash(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Lanes,
		b64.EncodeToString(salt), b64.EncodeToString(sum)))
}

// decode reads what encode wrote, and nothing else.
func decode(h Hash) (c Cost, salt, sum []byte, err error) {
	parts := strings.Split(string(h), "$")
	if len(parts) != 6 {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Lanes); err != nil || !c.valid() {
		return c, nil, nil, errHash
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, err = b64.DecodeString(parts[4])
	if err == nil {
		sum, err = b64.DecodeString(parts[5])
	}
	if err != nil || len(salt) != saltSize || len(sum) != hashSize || encode(c, salt, sum) != h {
		return c, nil, nil, errHash
	}
	return c, salt, sum, nil
}

// matches reports whether a password is the hashed one, and whether the hash was
// made at another cost.
func (h Hash) matches(password string, now Cost) (ok, stale bool, err error) {
	c, salt, sum, err := decode(h)
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(sum, derive(c, salt, password, hashSize)) == 1, c != now, nil
}
