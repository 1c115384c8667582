package vault

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

const keyringFormat = "sogoc-vault/1"

// keyring is how the data keys are stored.
type keyring struct {
	Format string `json:"format"`
	KDF    kdf    `json:"kdf"`
	Sealed []byte `json:"sealed"` // nonce ‖ XChaCha20-Poly1305 of []dataKey
}

// dataKey is one epoch's key. Epochs are positive and grow.
type dataKey struct {
	Epoch uint32   `json:"epoch"`
	Key   [32]byte `json:"key"`

	aead   cipher.AEAD
	lookup []byte // keys the HMACs of names
}

// ring is the opened keyring: the data keys, newest first. It has more than one
// while everything is being put under the newest.
type ring struct {
	kdf  kdf
	lock cipher.AEAD // seals the keyring
	keys []dataKey
	past []dataKey // no longer stored; readers of an older state still need them
}

func newDataKey(epoch uint32) dataKey {
	k := dataKey{Epoch: epoch}
	rand.Read(k.Key[:])
	return k
}

// ready derives what the key is used by.
func (k *dataKey) ready() (err error) {
	seal, err := hkdf.Expand(sha256.New, k.Key[:], "sogoc-vault seal", chacha20poly1305.KeySize)
	if err != nil {
		return err
	}
	if k.lookup, err = hkdf.Expand(sha256.New, k.Key[:], "sogoc-vault names", 32); err != nil {
		return err
	}
	k.aead, err = chacha20poly1305.NewX(seal)
	return err
}

// newRing puts keys under a master with a new salt.
func newRing(master Master, keys ...dataKey) (*ring, error) {
	r := &ring{kdf: master.kdf(), keys: keys}
	return r, r.ready(master)
}

func (r *ring) ready(master Master) error {
	kek, err := master.derive(r.kdf)
	if err != nil {
		return err
	}
	if r.lock, err = chacha20poly1305.NewX(kek[:]); err != nil {
		return err
	}
	for i := range r.keys {
		if err := r.keys[i].ready(); err != nil {
			return err
		}
	}
	return nil
}

// only is the ring that keeps the newest key alone.
func (r *ring) only() *ring {
	return &ring{kdf: r.kdf, lock: r.lock, keys: r.keys[:1:1], past: r.keys[1:]}
}

// all are the keys that something may be under, newest first.
func (r *ring) all() []dataKey { return slices.Concat(r.keys, r.past) }

func (r *ring) current() *dataKey { return &r.keys[0] }

func (r *ring) key(epoch uint32) *dataKey {
	for _, keys := range [][]dataKey{r.keys, r.past} {
		for i := range keys {
			if keys[i].Epoch == epoch {
				return &keys[i]
			}
		}
	}
	return nil
}

// ErrMaster is beneath every error that says that a master does not open the vault.
// It is all that is said of a keyring that does not open: it may be another key's,
// or damaged.
var ErrMaster = errors.New("this master key does not open the accounts")

func (r *ring) encode(context []byte) ([]byte, error) {
	plain, err := json.Marshal(r.keys)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, r.lock.NonceSize(), r.lock.NonceSize()+len(plain)+r.lock.Overhead())
	rand.Read(nonce)
	return json.Marshal(keyring{Format: keyringFormat, KDF: r.kdf, Sealed: r.lock.Seal(nonce, nonce, plain, context)})
}

// openRing reads what encode wrote.
func openRing(b []byte, master Master, context []byte) (*ring, error) {
	var stored keyring
	if err := json.Unmarshal(b, &stored); err != nil || stored.Format != keyringFormat {
		return nil, fmt.Errorf("the accounts' keyring is not of the format %s", keyringFormat)
	}
	r := &ring{kdf: stored.KDF}
	if err := r.ready(master); err != nil {
		return nil, err
	}
	n := r.lock.NonceSize()
	if len(stored.Sealed) < n {
		return nil, ErrMaster
	}
	plain, err := r.lock.Open(nil, stored.Sealed[:n], stored.Sealed[n:], context)
	if err != nil {
		return nil, ErrMaster
	}
	if err := json.Unmarshal(plain, &r.keys); err != nil || len(r.keys) == 0 || len(r.keys) > 2 {
		return nil, errors.New("the accounts' keyring is damaged")
	}
	if !slices.IsSortedFunc(r.keys, func(a, b dataKey) int { return int(int64(b.Epoch) - int64(a.Epoch)) }) {
		return nil, errors.New("the accounts' keyring is out of order")
	}
	return r, r.ready(master)
}
