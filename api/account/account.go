// Package account keeps what belongs to people at this node and is not on the
// ledger: the keys that the node holds for its members, and the tokens by which
// they are used. The store is synced and backed up; it cannot be derived.
//
// A key is kept encrypted with AES-256-GCM under the node's master key, bound to
// its address. A token is shown once and kept as its SHA-256.
package account

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

// MasterKey encrypts the keys that the node holds.
type MasterKey [32]byte

// TxLifetime is how long a transaction that the node signs may wait to be ordered.
const TxLifetime = 10 * time.Minute

// Identity is a member of this node, ready to sign.
type Identity struct {
	Label   string // for the operator: whose it is
	Member  ledger.ID
	Org     ledger.ID
	Address ledger.Address

	register ledger.Hash
	key      *ecdsa.PrivateKey
}

// Sign makes a transaction in the member's name.
func (id *Identity) Sign(contract, action, summary string, items []ledger.Item) (ledger.Tx, error) {
	return ledger.Sign(id.register, id.key, contract, action, summary, items, uint64(time.Now().Add(TxLifetime).Unix()))
}

// Store is the account store of one register's node.
type Store struct {
	db       *badger.DB
	aead     cipher.AEAD
	register ledger.Hash

	mu    sync.RWMutex
	known map[[32]byte]*Identity // by token hash; decrypted once
}

// Open opens or creates the store in a folder.
func Open(dir string, master MasterKey, register ledger.Hash) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(master[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	opts := badger.DefaultOptions(dir).WithLogger(nil).WithSyncWrites(true).WithMemTableSize(8 << 20).WithBlockCacheSize(1 << 20).WithIndexCacheSize(1 << 20).WithValueLogFileSize(16 << 20)
	db, err := badger.Open(opts)
	if err != nil {
		return nil, fmt.Errorf("accounts in %s: %w", dir, err)
	}
	return &Store{db: db, aead: aead, register: register, known: map[[32]byte]*Identity{}}, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return s.db.Close() }

const (
	memberPrefix = "m" // + address: record
	tokenPrefix  = "t" // + SHA-256 of the token: address
)

type record struct {
	Label   string         `json:"label"`
	Member  ledger.ID      `json:"member"`
	Org     ledger.ID      `json:"org"`
	Address ledger.Address `json:"address"`
	Sealed  []byte         `json:"sealed"` // nonce ‖ ciphertext of the key
}

// NewKey draws a key for a member.
func NewKey() (*ecdsa.PrivateKey, error) { return crypto.GenerateKey() }

// Keep takes a member's key into custody.
func (s *Store) Keep(label string, member, org ledger.ID, key *ecdsa.PrivateKey) (*Identity, error) {
	address := ledger.AddressOf(&key.PublicKey)
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	r := record{Label: label, Member: member, Org: org, Address: address,
		Sealed: s.aead.Seal(nonce, nonce, crypto.FromECDSA(key), address[:])}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(txn *badger.Txn) error { return txn.Set(append([]byte(memberPrefix), address[:]...), b) })
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the key could not be kept")
	}
	return s.identity(r, key), nil
}

func (s *Store) identity(r record, key *ecdsa.PrivateKey) *Identity {
	return &Identity{Label: r.Label, Member: r.Member, Org: r.Org, Address: r.Address, register: s.register, key: key}
}

// NewToken makes a token for a key in custody. It is returned once and not kept.
func (s *Store) NewToken(address ledger.Address) (string, error) {
	if _, err := s.read(address); err != nil {
		return "", err
	}
	var raw [24]byte
	rand.Read(raw[:])
	token := "sg_" + base64.RawURLEncoding.EncodeToString(raw[:])
	hash := sha256.Sum256([]byte(token))
	err := s.db.Update(func(txn *badger.Txn) error { return txn.Set(append([]byte(tokenPrefix), hash[:]...), address[:]) })
	if err != nil {
		return "", ledger.Wrap(err, ledger.Unavailable, "the token could not be kept")
	}
	return token, nil
}

var errToken = ledger.Errorf(ledger.Unauthenticated, "the token is not known here")

// Identify returns whose token it is. Only its hash is compared, so the time taken
// says nothing of a token that is close.
func (s *Store) Identify(_ context.Context, token string) (*Identity, error) {
	hash := sha256.Sum256([]byte(token))
	s.mu.RLock()
	id := s.known[hash]
	s.mu.RUnlock()
	if id != nil {
		return id, nil
	}
	address, err := s.get(append([]byte(tokenPrefix), hash[:]...))
	if err != nil || address == nil {
		return nil, firstError(err, errToken)
	}
	if id, err = s.Identity(ledger.Address(address)); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.known[hash] = id
	s.mu.Unlock()
	return id, nil
}

func firstError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Identity opens a key in custody.
func (s *Store) Identity(address ledger.Address) (*Identity, error) {
	r, err := s.read(address)
	if err != nil {
		return nil, err
	}
	n := s.aead.NonceSize()
	if len(r.Sealed) < n {
		return nil, ledger.Errorf(ledger.Internal, "the key %s is damaged", address)
	}
	raw, err := s.aead.Open(nil, r.Sealed[:n], r.Sealed[n:], address[:])
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a key in custody does not open under this master key")
	}
	key, err := crypto.ToECDSA(raw)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a key in custody is damaged")
	}
	return s.identity(r, key), nil
}

func (s *Store) read(address ledger.Address) (record, error) {
	var r record
	b, err := s.get(append([]byte(memberPrefix), address[:]...))
	if err != nil {
		return r, err
	}
	if b == nil {
		return r, ledger.Errorf(ledger.NotFound, "the key %s is not in this node's custody", address)
	}
	return r, json.Unmarshal(b, &r)
}

func (s *Store) get(key []byte) (value []byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, err = item.ValueCopy(nil)
		}
		return err
	})
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the account store cannot be read")
	}
	return value, nil
}
