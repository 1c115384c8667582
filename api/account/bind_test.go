package account

import (
	"crypto/ecdsa"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

// wallet signs a message as it is given one.
func wallet(t testing.TB, key *ecdsa.PrivateKey, data TypedData) ledger.Signature {
	t.Helper()
	hash := walletHash(t, data)
	b, err := crypto.Sign(hash[:], key)
	must(t, err)
	sig, err := ParseSignature("0x" + hex.EncodeToString(b))
	must(t, err)
	return sig
}

func TestWallet(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	m, err := s.NewMember(ctx, a.ID, ledger.NewID(), anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, m.Address, anybody))
	key, err := NewKey()
	must(t, err)
	c, err := s.BeginWallet(ctx, a.ID, m.Member)
	must(t, err)
	if !strings.Contains(c.Statement, hoa.Name) || !strings.Contains(c.Statement, a.ID.String()) {
		t.Errorf("%s", c.Statement)
	}
	sig := wallet(t, key, s.Typed(c))
	_, err = s.Bind(ctx, ledger.NewID(), c.Nonce, sig, anybody)
	fails(t, err, ledger.NotFound) // somebody else's challenge
	_, err = s.Bind(ctx, a.ID, c.Nonce, ledger.Signature{}, anybody)
	fails(t, err, ledger.Unauthenticated)
	k, err := s.Bind(ctx, a.ID, c.Nonce, sig, anybody)
	must(t, err)
	if k.Address != ledger.AddressOf(&key.PublicKey) || k.Custody != InWallet || k.Active {
		t.Errorf("%+v", k)
	}
	_, err = s.Bind(ctx, a.ID, c.Nonce, sig, anybody)
	fails(t, err, ledger.NotFound) // once
	must(t, s.Activate(ctx, a.ID, k.Address, anybody))
	id, err := s.Acting(ctx, a.ID, m.Member)
	must(t, err)
	_, err = id.Sign("registry", "place", "words", items)
	fails(t, err, ledger.Conflict) // this node cannot sign for the member any more
	p, err := id.Prepare("registry", "place", "words", items)
	must(t, err)
	tx, err := p.With(wallet(t, key, p.Typed()))
	must(t, err)
	if _, err := id.Accept(&tx); err != nil {
		t.Error(err)
	}
	_, err = s.Identity(m.Address)
	fails(t, err, ledger.NotFound)

	again, err := s.BeginWallet(ctx, a.ID, m.Member)
	must(t, err)
	_, err = s.Bind(ctx, a.ID, again.Nonce, wallet(t, key, s.Typed(again)), anybody)
	fails(t, err, ledger.Conflict)
	elsewhere := s.Typed(again)
	elsewhere.Domain.Salt = hex32(ledger.Hash{1}) // signed for another register: another address comes out
	other, err := NewKey()
	must(t, err)
	if k, err := s.Bind(ctx, a.ID, again.Nonce, wallet(t, other, elsewhere), anybody); err == nil && k.Address == ledger.AddressOf(&other.PublicKey) {
		t.Error("a signature for another register binds")
	}
	late, err := s.BeginWallet(ctx, a.ID, m.Member)
	must(t, err)
	s.clock.pass(challengeLife + time.Second)
	_, err = s.Bind(ctx, a.ID, late.Nonce, wallet(t, other, s.Typed(late)), anybody)
	fails(t, err, ledger.NotFound)
	for range maxChallenges + 2 {
		_, err := s.BeginWallet(ctx, a.ID, m.Member)
		must(t, err)
	}
	if all, err := readAll[Challenge](s.Store, accountKey(a.ID, bindKind)); err != nil || len(all) > maxChallenges {
		t.Errorf("%d challenges are open, %v", len(all), err)
	}
	_, err = s.BeginWallet(ctx, a.ID, ledger.NewID())
	fails(t, err, ledger.NotFound)
}

func TestDeviceKey(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	m, err := s.NewMember(ctx, a.ID, ledger.NewID(), anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, m.Address, anybody))
	for _, bad := range [][]string{nil, {"all"}, {"registry/Place"}, make([]string, maxActions+1)} {
		_, err := s.BeginDevice(ctx, a.ID, m.Member, bad, 0)
		fails(t, err, ledger.Invalid)
	}
	key, err := NewKey()
	must(t, err)
	c, err := s.BeginDevice(ctx, a.ID, m.Member, []string{"traceability/capture"}, time.Hour)
	must(t, err)
	k, err := s.Bind(ctx, a.ID, c.Nonce, wallet(t, key, s.Typed(c)), anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, k.Address, anybody))
	if id, err := s.Acting(ctx, a.ID, m.Member); err != nil || id.Address != m.Address {
		t.Errorf("a device took the member's place: %+v, %v", id, err)
	}
	id, err := s.Identity(k.Address)
	must(t, err)
	for action, want := range map[string]bool{"traceability/capture": true, "registry/place": false} {
		contract, name, _ := strings.Cut(action, "/")
		tx, err := ledger.Sign(register, key, contract, name, "words", items, uint64(time.Now().Add(time.Hour).Unix()))
		must(t, err)
		if _, err := id.Accept(&tx); (err == nil) != want {
			t.Errorf("%s: %v", action, err)
		}
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("0x" + strings.Repeat("ab", 65))
	f.Add("0x" + strings.Repeat("00", 65))
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		sig, err := ParseSignature(text)
		if err == nil && !strings.EqualFold(hex.EncodeToString(sig[:64]), text[2:130]) {
			t.Errorf("%q is %x", text, sig)
		}
	})
}
