package account

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Challenge asks the holder of a key to sign that it is theirs. It is signed as
// EIP-712 typed data in the register's domain (see package ledger), of the type
//
//	KeyBinding(string statement,bytes32 nonce,uint64 expiry)
//
// so that it can never be taken for a transaction. It is good once.
type Challenge struct {
	Account   ledger.ID   `json:"account"`
	Member    ledger.ID   `json:"member"`
	Custody   Custody     `json:"custody"` // InWallet or InDevice
	Actions   []string    `json:"actions,omitempty"`
	Until     *time.Time  `json:"until,omitempty"` // when a device's key ends; nil for never
	Statement string      `json:"statement"`
	Nonce     ledger.Hash `json:"nonce"`
	Expiry    uint64      `json:"expiry"` // seconds since 1970
}

const (
	challengeLife = 15 * time.Minute
	maxChallenges = 5 // of an account
	maxActions    = 32
	// MaxDeviceKeyLife is how long a device's key is good at most, where it ends at all.
	MaxDeviceKeyLife = 5 * 366 * 24 * time.Hour
)

var (
	bindType   = crypto.Keccak256([]byte("KeyBinding(string statement,bytes32 nonce,uint64 expiry)"))
	actionName = regexp.MustCompile(`^[a-z_]{1,64}/[a-z_]{1,64}$`)
)

// hash is what is signed.
func (c Challenge) hash(register ledger.Hash) ledger.Hash {
	b := append(make([]byte, 0, 128), bindType...)
	b = append(b, crypto.Keccak256([]byte(c.Statement))...)
	b = append(b, c.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(append(b, make([]byte, 24)...), c.Expiry)
	return ledger.TypedHash(register, ledger.Hash(crypto.Keccak256(b)))
}

// Typed is the challenge as a wallet takes it (eth_signTypedData_v4).
func (s *Store) Typed(c Challenge) TypedData {
	return typed(s.register, "KeyBinding", []TypedField{{"statement", "string"}, {"nonce", "bytes32"}, {"expiry", "uint64"}},
		map[string]any{"statement": c.Statement, "nonce": hex32(c.Nonce), "expiry": c.Expiry})
}

// BeginWallet asks for the signature of a wallet that a member will sign with.
func (s *Store) BeginWallet(_ context.Context, account, member ledger.ID) (Challenge, error) {
	return s.challenge(Challenge{Account: account, Member: member, Custody: InWallet})
}

// BeginDevice asks for the signature of a device's key, which will be good for some
// actions (contract/action) of the member and no others, for a while or, where life is
// 0, until it is revoked.
func (s *Store) BeginDevice(_ context.Context, account, member ledger.ID, actions []string, life time.Duration) (Challenge, error) {
	if len(actions) == 0 || len(actions) > maxActions {
		return Challenge{}, ledger.FieldErrorf(ledger.Invalid, "actions", "are not 1 to %d", maxActions)
	}
	for _, a := range actions {
		if !actionName.MatchString(a) {
			return Challenge{}, ledger.FieldErrorf(ledger.Invalid, "actions", "%q is not contract/action", a)
		}
	}
	c := Challenge{Account: account, Member: member, Custody: InDevice, Actions: actions}
	switch {
	case life < 0 || life > MaxDeviceKeyLife:
		return Challenge{}, ledger.FieldErrorf(ledger.Invalid, "life", "is not within five years")
	case life > 0:
		until := s.time().Add(life)
		c.Until = &until
	}
	return s.challenge(c)
}

func (s *Store) challenge(c Challenge) (Challenge, error) {
	c.Nonce = ledger.Hash(newHandle(c.Account).secret)
	until := s.time().Add(challengeLife)
	c.Expiry = uint64(until.Unix())
	err := s.vault.Update(func(t *vault.Tx) error {
		a, m, err := membership(t, c.Account, c.Member)
		if err != nil {
			return err
		}
		c.Statement = fmt.Sprintf("Khóa này là của tôi, %s (tài khoản %s, thành viên %s), và ký thay cho tôi trong sổ. "+
			"This key is mine and signs for me in the register.", a.Name, a.ID, m.Member)
		if c.Custody == InDevice {
			c.Statement = fmt.Sprintf("Khóa của thiết bị này ghi thay cho %s (tài khoản %s, thành viên %s): %v. "+
				"This device's key records for this member, these actions only.", a.Name, a.ID, m.Member, c.Actions)
		}
		if err := prune(t, accountKey(c.Account, bindKind), maxChallenges); err != nil {
			return err
		}
		return t.PutUntil(accountKey(c.Account, bindKind, c.Nonce[:]...), c, until)
	})
	return c, err
}

// Bind binds the key that signed a challenge to its member. The key is put on the
// register by a transaction, and then Activate is called.
func (s *Store) Bind(_ context.Context, account ledger.ID, nonce ledger.Hash, sig ledger.Signature, from From) (k Key, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		c, err := s.open(t, account, nonce)
		if err != nil {
			return err
		}
		address, err := sig.Recover(c.hash(s.register))
		if err != nil {
			return err
		}
		_, m, err := membership(t, account, c.Member)
		if err != nil {
			return err
		}
		if owner, err := t.Find(keyName, address.String()); err != nil || !owner.IsZero() {
			if err == nil {
				err = ledger.FieldErrorf(ledger.Conflict, "key", "is bound already")
			}
			return err
		}
		k = Key{Address: address, Member: m.Member, Org: m.Org, Custody: c.Custody, Actions: c.Actions, Until: c.Until, Made: s.time()}
		if err := s.putKey(t, account, keyRecord{Key: k}, from); err != nil {
			return err
		}
		return t.Delete(accountKey(account, bindKind, nonce[:]...))
	})
	return k, err
}

// ParseSignature reads 130 hexadecimal digits, with or without 0x before them, as
// wallets give a signature; a last byte of 0 or 1, as some write it, is taken for 27
// or 28.
func ParseSignature(text string) (sig ledger.Signature, err error) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "0x")
	if len(text) == 2*len(sig) {
		_, err = hex.Decode(sig[:], []byte(text))
	}
	if err != nil || len(text) != 2*len(sig) {
		return ledger.Signature{}, ledger.FieldErrorf(ledger.Invalid, "signature", "is not 130 hexadecimal digits")
	}
	if sig[64] < 2 {
		sig[64] += 27
	}
	return sig, nil
}

// Challenge returns one that is still open.
func (s *Store) Challenge(_ context.Context, account ledger.ID, nonce ledger.Hash) (c Challenge, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		c, err = s.open(t, account, nonce)
		return err
	})
	return c, err
}

func (s *Store) open(t *vault.Tx, account ledger.ID, nonce ledger.Hash) (Challenge, error) {
	c, ok, err := get[Challenge](t, accountKey(account, bindKind, nonce[:]...))
	if err == nil && (!ok || s.now().Unix() > int64(c.Expiry)) {
		err = ledger.FieldErrorf(ledger.NotFound, "challenge", "was used or has expired; begin again")
	}
	return c, err
}
