package vault

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/sogoc/sogoc/ledger"
)

const (
	sealVersion = 1
	headSize    = 1 + 4 + chacha20poly1305.NonceSizeX
	// MaxValue is how many bytes of JSON a value has at most.
	MaxValue = 64 << 10
)

var errSealed = ledger.Errorf(ledger.Internal, "a record of the account store is damaged")

// seal encrypts a value for its place.
func (r *ring) seal(context, place, plain []byte) []byte {
	key := r.current()
	b := make([]byte, headSize, headSize+len(plain)+key.aead.Overhead())
	b[0] = sealVersion
	binary.BigEndian.PutUint32(b[1:], key.Epoch)
	rand.Read(b[5:])
	return key.aead.Seal(b, b[5:headSize], plain, bind(context, place))
}

// open reads what seal wrote, under any epoch of the ring.
func (r *ring) open(context, place, b []byte) ([]byte, error) {
	if len(b) < headSize || b[0] != sealVersion {
		return nil, errSealed
	}
	key := r.key(epochOf(b))
	if key == nil {
		return nil, errSealed
	}
	plain, err := key.aead.Open(nil, b[5:headSize], b[headSize:], bind(context, place))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// epochOf reads a sealed value's epoch; 0, which no key has, when there is none.
func epochOf(b []byte) uint32 {
	if len(b) < headSize {
		return 0
	}
	return binary.BigEndian.Uint32(b[1:])
}

func bind(context, place []byte) []byte {
	return append(append(make([]byte, 0, len(context)+len(place)), context...), place...)
}

// name hides a name of a kind.
func (k *dataKey) name(kind, name string) []byte {
	h := hmac.New(sha256.New, k.lookup)
	h.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(kind))), kind...))
	h.Write([]byte(name))
	return h.Sum(nil)
}

// Hide gives a name that says nothing of the one it stands for, the same until the
// master key is rotated.
func (v *Vault) Hide(kind, name string) [32]byte {
	return [32]byte(v.ring.Load().current().name(kind, name))
}

// Seal makes text of a value that only this vault reads and nobody can change, for
// what a browser carries for a while. The same purpose opens it.
func (v *Vault) Seal(purpose string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", ledger.Wrap(err, ledger.Internal, "the state could not be sealed")
	}
	return base64.RawURLEncoding.EncodeToString(v.ring.Load().seal(v.context, []byte(cookiePrefix+purpose), plain)), nil
}

// Unseal reads what Seal made.
func (v *Vault) Unseal(purpose, text string, into any) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil {
		b, err = v.ring.Load().open(v.context, []byte(cookiePrefix+purpose), b)
	}
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return ledger.Errorf(ledger.Invalid, "the state is not one that was given here")
	}
	return nil
}
