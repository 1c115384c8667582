package account

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/ledger"
)

var items = []ledger.Item{ledger.NewItem([]byte("{}"))}

// keep puts a new member into custody.
func (s *site) keep(t testing.TB) (*Identity, string) {
	t.Helper()
	key, err := NewKey()
	must(t, err)
	id, err := s.Keep("Hợp tác xã", ledger.NewID(), ledger.NewID(), key)
	must(t, err)
	token, err := s.NewToken(id.Address)
	must(t, err)
	return id, token
}

// signs checks that an identity signs as its member.
func signs(t testing.TB, id *Identity) {
	t.Helper()
	tx, err := id.Sign("registry", "place", "words", items)
	must(t, err)
	if _, signer, err := tx.Check(register); err != nil || signer != id.Address {
		t.Errorf("signed by %s, %v; want %s", signer, err, id.Address)
	}
	if _, err := id.Accept(&tx); err != nil {
		t.Errorf("its own transaction is refused: %v", err)
	}
}

func TestKept(t *testing.T) {
	s := open(t)
	id, token := s.keep(t)
	_, other := s.keep(t)
	again, err := s.NewToken(id.Address)
	must(t, err)
	for range 2 { // from the store, from memory; then after a restart
		for _, tok := range []string{token, again, token} {
			got, err := s.Identify(t.Context(), tok)
			must(t, err)
			if got.Address != id.Address || got.Member != id.Member || got.Org != id.Org || got.Label != id.Label || !got.Allows(ScopeManage) {
				t.Errorf("%+v, want %+v", got, id)
			}
			signs(t, got)
		}
		if got, err := s.Identify(t.Context(), other); err != nil || got.Address == id.Address {
			t.Errorf("%v, %v", got, err)
		}
		s = s.restart(t)
	}
	for _, tok := range []string{"", "sg_", token[:len(token)-1], token + "A", strings.ToUpper(token), token[3:], "m", id.Address.String(), "sg_" + newHandle(id.Account).String()} {
		got, err := s.Identify(t.Context(), tok)
		if fails(t, err, ledger.Unauthenticated, tok); got != nil {
			t.Errorf("the token %q is %v", tok, got)
		}
	}
	_, err = s.NewToken(ledger.Address{1})
	fails(t, err, ledger.NotFound)
	_, err = s.Identity(ledger.Address{1})
	fails(t, err, ledger.NotFound)
}

// TestKeptAgain: a start that was cut off keeps the same key for another member.
func TestKeptAgain(t *testing.T) {
	s := open(t)
	key, err := NewKey()
	must(t, err)
	first, err := s.Keep("operator", ledger.NewID(), ledger.NewID(), key)
	must(t, err)
	second, err := s.Keep("operator", ledger.NewID(), ledger.NewID(), key)
	must(t, err)
	a, err := s.Account(t.Context(), first.Account)
	must(t, err)
	if second.Account != first.Account || len(a.Members) != 1 || a.Members[0].Member != second.Member {
		t.Errorf("%+v", a)
	}
	if got, err := s.Identity(first.Address); err != nil || got.Member != second.Member {
		t.Errorf("%+v, %v", got, err)
	}
	if some, err := s.Colleagues(t.Context(), first.Org); err != nil || len(some) != 0 {
		t.Errorf("%v, %v", some, err)
	}
	if some, err := s.Colleagues(t.Context(), second.Org); err != nil || len(some) != 1 || some[0].ID != a.ID {
		t.Errorf("%v, %v", some, err)
	}
}

// TestNothingInClear: nothing of an account is on the disk in clear.
func TestNothingInClear(t *testing.T) {
	s := open(t)
	a := s.account(t, hoa)
	g := s.signIn(t, hoa.Phone)
	key, err := NewKey()
	must(t, err)
	id, err := s.Keep("Bà Năm Vải Thiều", ledger.NewID(), ledger.NewID(), key)
	must(t, err)
	token, err := s.NewToken(id.Address)
	must(t, err)
	must(t, s.Close())
	secrets := map[string][]byte{
		"key": crypto.FromECDSA(key), "token": []byte(token[3:]), "session": []byte(g.Secret), "master": master[:],
		"name": []byte("Trần Thị Hoa"), "phone": []byte("912345678"), "email": []byte("hoa@htx.vn"), "label": []byte("Vải Thiều"), "member": []byte(id.Member.String()),
	}
	accounts := 0
	must(t, filepath.WalkDir(s.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		accounts += bytes.Count(b, a.ID[4:12])
		for what, secret := range secrets {
			if bytes.Contains(b, secret) {
				t.Errorf("the %s is in %s", what, filepath.Base(name))
			}
		}
		return err
	}))
	if accounts == 0 {
		t.Error("the search does not even find the account's identifier")
	}
}

func TestClosed(t *testing.T) {
	s := open(t)
	_, token := s.keep(t)
	must(t, s.Close())
	_, err := s.Identify(context.Background(), token)
	fails(t, err, ledger.Unavailable)
	_, err = s.SignIn(context.Background(), "0912345678", good, anybody)
	fails(t, err, ledger.Unavailable)
	if _, err := Open(s.dir, MasterKey{1}, register, password.LeastCost); err == nil {
		t.Error("opens under another master key")
	}
}

// TestKeyLife: made, active, followed by another, retired.
func TestKeyLife(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	org := ledger.NewID()
	first, err := s.NewMember(ctx, a.ID, org, anybody)
	must(t, err)
	signs(t, first)
	_, err = s.Acting(ctx, a.ID, first.Member)
	fails(t, err, ledger.Forbidden) // not on the register yet
	must(t, s.Activate(ctx, a.ID, first.Address, anybody))
	acting, err := s.Acting(ctx, a.ID, first.Member)
	if err != nil || acting.Address != first.Address {
		t.Fatalf("%+v, %v", acting, err)
	}
	token, made, err := s.MakeToken(ctx, a.ID, Token{Name: "kho", Member: first.Member, Scopes: []Scope{ScopeRecord}}, time.Hour, anybody)
	must(t, err)
	if _, err := s.Identify(ctx, token); err != nil {
		t.Error(err)
	}
	second, err := s.NextKey(ctx, a.ID, first.Member, anybody)
	must(t, err)
	if got, err := s.Acting(ctx, a.ID, first.Member); err != nil || got.Address != first.Address {
		t.Errorf("before it is active: %+v, %v", got, err)
	}
	must(t, s.Activate(ctx, a.ID, second.Address, anybody))
	must(t, s.Activate(ctx, a.ID, second.Address, anybody)) // again is nothing
	for _, get := range []func() (*Identity, error){
		func() (*Identity, error) { return s.Acting(ctx, a.ID, first.Member) },
		func() (*Identity, error) { return s.Identify(ctx, token) }, // not the one in memory
	} {
		if got, err := get(); err != nil || got.Address != second.Address {
			t.Errorf("%+v, %v", got, err)
		}
	}
	_, err = s.Identity(first.Address)
	fails(t, err, ledger.NotFound)
	fails(t, s.Activate(ctx, a.ID, first.Address, anybody), ledger.Conflict)
	r, err := read1[keyRecord](s, accountKey(a.ID, keyKind, first.Address[:]...))
	if err != nil || r.Private != nil || r.Retired == nil {
		t.Errorf("a retired key is still here: %+v, %v", r.Key, err)
	}
	keys, err := s.Keys(ctx, a.ID)
	if err != nil || len(keys) != 2 {
		t.Errorf("%v, %v", keys, err)
	}
	must(t, s.Retire(ctx, a.ID, second.Address, anybody))
	_, err = s.Identify(ctx, token)
	fails(t, err, ledger.Forbidden)
	must(t, s.Leave(ctx, a.ID, first.Member, anybody))
	_, err = s.Identify(ctx, token)
	fails(t, err, ledger.Unauthenticated)
	fails(t, s.RevokeToken(ctx, a.ID, made.ID, anybody), ledger.NotFound)
	if some, err := s.Colleagues(ctx, org); err != nil || len(some) != 0 {
		t.Errorf("%v, %v", some, err)
	}
	b := s.account(t, Person{Name: "B", Phone: "0987654321"})
	fails(t, s.Activate(ctx, b.ID, second.Address, anybody), ledger.NotFound)
	_, err = s.NextKey(ctx, b.ID, first.Member, anybody)
	fails(t, err, ledger.NotFound)
}

func read1[T any](s *site, key []byte) (T, error) {
	v, _, err := read[T](s.Store, key)
	return v, err
}

func TestTokens(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	m, err := s.NewMember(ctx, a.ID, ledger.NewID(), anybody)
	must(t, err)
	must(t, s.Activate(ctx, a.ID, m.Address, anybody))
	scopes := []Scope{ScopeRead, ScopeRecord}
	for _, bad := range []Token{
		{Member: m.Member, Scopes: scopes}, {Name: "x", Member: m.Member}, {Name: "x", Member: m.Member, Scopes: []Scope{"all"}},
	} {
		_, _, err := s.MakeToken(ctx, a.ID, bad, time.Hour, anybody)
		fails(t, err, ledger.Invalid)
	}
	for _, life := range []time.Duration{0, -1, MaxTokenLife + 1} {
		_, _, err := s.MakeToken(ctx, a.ID, Token{Name: "x", Member: m.Member, Scopes: scopes}, life, anybody)
		fails(t, err, ledger.Invalid)
	}
	_, _, err = s.MakeToken(ctx, a.ID, Token{Name: "x", Member: ledger.NewID(), Scopes: scopes}, time.Hour, anybody)
	fails(t, err, ledger.NotFound)

	secret, made, err := s.MakeToken(ctx, a.ID, Token{Name: "Máy in nhãn", Member: m.Member, Scopes: scopes}, 24*time.Hour, anybody)
	must(t, err)
	id, err := s.Identify(ctx, secret)
	must(t, err)
	if id.Member != m.Member || !id.Allows(ScopeRead) || !id.Allows(ScopeRecord) || id.Allows(ScopeManage) {
		t.Errorf("%+v", id)
	}
	used := func() time.Time {
		all, err := s.Tokens(ctx, a.ID)
		must(t, err)
		if len(all) != 1 || all[0].ID != made.ID || all[0].Used == nil {
			t.Fatalf("%+v", all)
		}
		return *all[0].Used
	}
	first := used()
	s.clock.pass(time.Minute)
	_, err = s.Identify(ctx, secret)
	must(t, err)
	if !used().Equal(first) {
		t.Error("every use is written down")
	}
	s.clock.pass(time.Hour)
	_, err = s.Identify(ctx, secret)
	must(t, err)
	if used().Sub(first) < time.Hour {
		t.Error("no use is written down any more")
	}
	s.clock.pass(23 * time.Hour)
	_, err = s.Identify(ctx, secret)
	fails(t, err, ledger.Unauthenticated) // expired, from memory
	s = s.restart(t)
	_, err = s.Identify(ctx, secret)
	fails(t, err, ledger.Unauthenticated)
	must(t, s.RevokeToken(ctx, a.ID, made.ID, anybody))

	secret, made, err = s.MakeToken(ctx, a.ID, Token{Name: "x", Member: m.Member, Scopes: scopes}, time.Hour, anybody)
	must(t, err)
	_, err = s.Identify(ctx, secret)
	must(t, err)
	fails(t, s.RevokeToken(ctx, ledger.NewID(), made.ID, anybody), ledger.NotFound)
	must(t, s.RevokeToken(ctx, a.ID, made.ID, anybody))
	_, err = s.Identify(ctx, secret)
	fails(t, err, ledger.Unauthenticated)
	if got := s.happened(t, a.ID); !slices.Contains(got, TokenMade) || !slices.Contains(got, TokenRevoked) {
		t.Errorf("%v", got)
	}
	for i := range maxTokens + 1 {
		_, _, err = s.MakeToken(ctx, a.ID, Token{Name: "x", Member: m.Member, Scopes: scopes}, time.Hour, anybody)
		if i < maxTokens {
			must(t, err)
		}
	}
	fails(t, err, ledger.TooLarge)
}

// TestWrongTokensWait: an address that tries tokens waits; a right one from memory
// does not.
func TestWrongTokensWait(t *testing.T) {
	s := open(t)
	_, token := s.keep(t)
	from := netip.MustParseAddr("203.0.113.7")
	_, err := s.IdentifyFrom(t.Context(), token, from)
	must(t, err)
	for range addressFree + 1 {
		_, err := s.IdentifyFrom(t.Context(), "sg_x", from)
		fails(t, err, ledger.Unauthenticated)
	}
	_, err = s.IdentifyFrom(t.Context(), "sg_x", from)
	fails(t, err, ledger.Unavailable)
	if _, err := s.IdentifyFrom(t.Context(), token, from); err != nil {
		t.Error(err)
	}
}

// TestRevokeWhileUsed: once revoking returns, nobody gets in, whatever ran at the
// same time.
func TestRevokeWhileUsed(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	for range 20 {
		id, token := s.keep(t)
		all, err := s.Tokens(ctx, id.Account)
		must(t, err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { s.Identify(ctx, token) }) // either answer is right
		}
		must(t, s.RevokeToken(ctx, id.Account, all[0].ID, anybody))
		wg.Wait()
		_, err = s.Identify(ctx, token)
		fails(t, err, ledger.Unauthenticated)
	}
}

// TestRotation: everybody goes on under the new master key.
func TestRotation(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	a := s.account(t, hoa)
	id, token := s.keep(t)
	g := s.signIn(t, hoa.Phone)
	must(t, s.Rotate(ctx, MasterKey{2}, nil))
	check := func(s *site) {
		t.Helper()
		got, err := s.Identify(ctx, token)
		must(t, err)
		if signs(t, got); got.Address != id.Address {
			t.Errorf("%+v", got)
		}
		if x, err := s.Session(ctx, g.Secret); err != nil || x.Account != a.ID {
			t.Errorf("%+v, %v", x, err)
		}
		s.signIn(t, hoa.Email)
	}
	check(s)
	must(t, s.Close())
	if _, err := Open(s.dir, master, register, password.LeastCost); err == nil {
		t.Error("the old master key opens")
	}
	again, err := Open(s.dir, MasterKey{2}, register, password.LeastCost)
	must(t, err)
	defer again.Close()
	again.now = s.clock.now
	check(&site{again, s.clock, s.dir})
}

// TestPrepared: a transaction is signed elsewhere and accepted, or not.
func TestPrepared(t *testing.T) {
	own, err := NewKey()
	must(t, err)
	other, err := NewKey()
	must(t, err)
	id := &Identity{Address: ledger.AddressOf(&own.PublicKey), Custody: InWallet, register: register}
	_, err = id.Sign("registry", "place", "words", items)
	fails(t, err, ledger.Conflict)
	p, err := id.Prepare("registry", "place", "words", items)
	must(t, err)
	hash := p.ID()
	if got := walletHash(t, p.Typed()); got != hash {
		t.Errorf("a wallet would sign %s, not %s", got, hash)
	}
	sign := func(key []byte) (sig ledger.Signature) {
		k, err := crypto.ToECDSA(key)
		must(t, err)
		b, err := crypto.Sign(hash[:], k)
		must(t, err)
		copy(sig[:], b)
		sig[64] += 27
		return sig
	}
	tx, err := p.With(sign(crypto.FromECDSA(own)))
	must(t, err)
	if got, err := id.Accept(&tx); err != nil || got != hash {
		t.Errorf("%s, %v", got, err)
	}
	_, err = p.With(sign(crypto.FromECDSA(other)))
	fails(t, err, ledger.Forbidden)
	forged := tx
	forged.Signature = sign(crypto.FromECDSA(other))
	_, err = id.Accept(&forged)
	fails(t, err, ledger.Forbidden)
	swapped := tx
	swapped.Items = []ledger.Item{ledger.NewItem([]byte(`{"more":1}`))}
	_, err = id.Accept(&swapped)
	fails(t, err, ledger.Invalid)

	device := &Identity{Address: id.Address, Custody: InDevice, register: register, actions: []string{"registry/place"}}
	if _, err := device.Accept(&tx); err != nil {
		t.Error(err)
	}
	device.actions = []string{"traceability/capture"}
	_, err = device.Accept(&tx)
	fails(t, err, ledger.Forbidden)
	_, err = device.Prepare("registry", "place", "words", items)
	fails(t, err, ledger.Forbidden)
}

// walletHash is what a wallet signs for typed data.
func walletHash(t testing.TB, data TypedData) ledger.Hash {
	t.Helper()
	text, err := json.Marshal(data)
	must(t, err)
	return wallettest.Hash(t, text)
}
