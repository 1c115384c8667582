package vault

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// A Master opens the keyring: a MasterKey or a Passphrase.
type Master interface {
	// derive gives the key that seals the keyring.
	derive(kdf) ([32]byte, error)
	// kdf draws a new salt.
	kdf() kdf
}

// MasterKey is 32 random bytes.
type MasterKey [32]byte

// NewMasterKey draws one.
func NewMasterKey() MasterKey {
	var k MasterKey
	rand.Read(k[:])
	return k
}

// Text is the form that ParseMasterKey reads: base64 with padding.
func (k MasterKey) Text() string { return base64.StdEncoding.EncodeToString(k[:]) }

// String keeps the key out of logs.
func (k MasterKey) String() string { return "a master key" }

// GoString keeps the key out of logs.
func (k MasterKey) GoString() string { return k.String() }

// ParseMasterKey reads what Text wrote.
func ParseMasterKey(s string) (MasterKey, error) {
	var k MasterKey
	b, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(s))
	if err != nil || len(b) != len(k) {
		return k, fmt.Errorf("is not a master key: 32 bytes in base64")
	}
	return MasterKey(b), nil
}

// MasterFile reads a master key from a file that only its owner may read.
func MasterFile(name string) (MasterKey, error) {
	info, err := os.Stat(name)
	if err != nil {
		return MasterKey{}, err
	}
	if info.Mode()&(fs.ModeType|0o077) != 0 && runtime.GOOS != "windows" {
		return MasterKey{}, fmt.Errorf("%s: others than its owner may use it; chmod 600 it", name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return MasterKey{}, err
	}
	k, err := ParseMasterKey(string(b))
	if err != nil {
		return k, fmt.Errorf("%s %w", name, err)
	}
	return k, nil
}

// MasterEnv reads a master key from an environment variable and removes the
// variable, so that no child process inherits it.
func MasterEnv(name string) (MasterKey, error) {
	s, ok := os.LookupEnv(name)
	if !ok {
		return MasterKey{}, fmt.Errorf("$%s is not set", name)
	}
	k, err := ParseMasterKey(s)
	if err != nil {
		return k, fmt.Errorf("$%s %w", name, err)
	}
	return k, os.Unsetenv(name)
}

// MinPassphrase is how many characters a passphrase has at least.
const MinPassphrase = 16

// Passphrase is a master that a person remembers. It is stretched by argon2id and
// compared in Unicode's form NFKC, because keyboards differ in how they write
// Vietnamese letters.
type Passphrase struct{ text string }

// NewPassphrase refuses one that is too short.
func NewPassphrase(s string) (Passphrase, error) {
	s = norm.NFKC.String(strings.TrimSpace(s))
	if utf8.RuneCountInString(s) < MinPassphrase {
		return Passphrase{}, fmt.Errorf("the passphrase has fewer than %d characters", MinPassphrase)
	}
	return Passphrase{s}, nil
}

// String keeps the passphrase out of logs.
func (p Passphrase) String() string { return "a passphrase" }

// GoString keeps the passphrase out of logs.
func (p Passphrase) GoString() string { return p.String() }

// kdf says how the keyring's key comes from the master.
type kdf struct {
	Name   string `json:"name"`
	Salt   []byte `json:"salt"`
	Memory uint32 `json:"memory,omitempty"` // KiB
	Passes uint32 `json:"passes,omitempty"`
	Lanes  uint8  `json:"lanes,omitempty"`
}

const (
	kdfKey        = "hkdf-sha256"
	kdfPassphrase = "argon2id"
	saltSize      = 16
	maxMemory     = 1 << 20 // KiB; a keyring that asks for more was tampered with
	maxPasses     = 64
)

// passphraseCost is RFC 9106, section 4, the second recommended option: 64 MiB.
var passphraseCost = kdf{Name: kdfPassphrase, Memory: 64 << 10, Passes: 3, Lanes: 4}

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return salt
}

func (k MasterKey) kdf() kdf { return kdf{Name: kdfKey, Salt: newSalt()} }

func (k MasterKey) derive(by kdf) ([32]byte, error) {
	if by.Name != kdfKey {
		return [32]byte{}, fmt.Errorf("%w: they are locked by a passphrase", ErrMaster)
	}
	b, err := hkdf.Key(sha256.New, k[:], by.Salt, "sogoc-vault keyring", 32)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(b), nil
}

func (p Passphrase) kdf() kdf {
	by := passphraseCost
	by.Salt = newSalt()
	return by
}

func (p Passphrase) derive(by kdf) ([32]byte, error) {
	if by.Name != kdfPassphrase {
		return [32]byte{}, fmt.Errorf("%w: they are locked by a master key, not by a passphrase", ErrMaster)
	}
	if by.Memory == 0 || by.Memory > maxMemory || by.Passes == 0 || by.Passes > maxPasses || by.Lanes == 0 || len(by.Salt) < saltSize {
		return [32]byte{}, fmt.Errorf("the keyring's parameters are damaged")
	}
	return [32]byte(argon2.IDKey([]byte(p.text), by.Salt, by.Passes, by.Memory, by.Lanes, 32)), nil
}
