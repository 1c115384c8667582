package account

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Scope is a kind of action that a token may be limited to.
type Scope string

const (
	ScopeRead    Scope = "read"    // what the member may see
	ScopeRecord  Scope = "record"  // events, payloads, corrections
	ScopePublish Scope = "publish" // datasets and offers
	ScopeTrade   Scope = "trade"   // negotiations, agreements, deliveries
	ScopeManage  Scope = "manage"  // places, products, certificates, recalls
	ScopeAdmit   Scope = "admit"   // organisations that apply, for the operator
)

// Scopes lists every scope, in the order in which a page offers them.
var Scopes = []Scope{ScopeRead, ScopeRecord, ScopePublish, ScopeTrade, ScopeManage, ScopeAdmit}

// Token lets a program act as a member.
type Token struct {
	ID      string     `json:"id"` // names it; does not open it
	Name    string     `json:"name"`
	Member  ledger.ID  `json:"member"`
	Scopes  []Scope    `json:"scopes"`
	Made    time.Time  `json:"made"`
	Expires *time.Time `json:"expires,omitempty"`
	Used    *time.Time `json:"used,omitempty"` // to the hour
}

const (
	tokenPrefix = "sg_"
	maxTokens   = 50
	// MaxTokenLife is how long a token made on a page lasts at most.
	MaxTokenLife = 366 * 24 * time.Hour
)

// bearer is a token that was opened: its identity and until when it is good.
type bearer struct {
	id      *Identity
	hash    []byte
	expires *time.Time
	used    time.Time
}

// NewToken makes a token that never expires and is for everything, for a key in
// custody: the node's own, and the sample's. It is returned once and not kept.
func (s *Store) NewToken(address ledger.Address) (string, error) {
	var token string
	err := s.vault.Update(func(t *vault.Tx) error {
		id, err := s.identityOf(t, address)
		if err != nil {
			return err
		}
		token, _, err = s.newToken(t, id.Account, Token{Name: "API", Member: id.Member, Scopes: Scopes}, From{})
		return err
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// MakeToken makes a token for a member of an account. The secret is returned once
// and not kept.
func (s *Store) MakeToken(_ context.Context, account ledger.ID, k Token, life time.Duration, from From) (secret string, made Token, err error) {
	if k.Name, err = parseName(k.Name); err != nil {
		return "", k, err
	}
	if life <= 0 || life > MaxTokenLife {
		return "", k, ledger.FieldErrorf(ledger.Invalid, "expires", "is not within a year")
	}
	if len(k.Scopes) == 0 || slices.ContainsFunc(k.Scopes, func(x Scope) bool { return !slices.Contains(Scopes, x) }) {
		return "", k, ledger.FieldErrorf(ledger.Invalid, "scopes", "are not some of %v", Scopes)
	}
	expires := s.time().Add(life)
	k.Expires = &expires
	err = s.vault.Update(func(t *vault.Tx) error {
		if _, _, err := membership(t, account, k.Member); err != nil {
			return err
		}
		secret, made, err = s.newToken(t, account, k, from)
		return err
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, made, nil
}

func (s *Store) newToken(t *vault.Tx, account ledger.ID, k Token, from From) (string, Token, error) {
	if err := room(t, accountKey(account, tokenKind), maxTokens, "tokens"); err != nil {
		return "", k, err
	}
	h := newHandle(account)
	k.ID, k.Made, k.Used = h.id(), s.time(), nil
	if err := s.note(t, account, Event{What: TokenMade, Detail: k.Name}, from); err != nil {
		return "", k, err
	}
	return tokenPrefix + h.String(), k, t.Put(accountKey(account, tokenKind, h.hash()...), k)
}

var errToken = ledger.Errorf(ledger.Unauthenticated, "the token is not known here")

// Identify returns as whom a token acts.
func (s *Store) Identify(ctx context.Context, token string) (*Identity, error) {
	return s.identify(ctx, token)
}

// IdentifyFrom is Identify where the caller's address is known: wrong tokens make
// those that come from there wait.
func (s *Store) IdentifyFrom(ctx context.Context, token string, address netip.Addr) (*Identity, error) {
	if b := s.remembered(token); b != nil {
		return s.use(b)
	}
	try, err := s.attempt(tokenLimit, "", From{Address: address})
	if err != nil {
		return nil, err
	}
	id, err := s.identify(ctx, token)
	if err == nil {
		try.succeeded()
	}
	return id, err
}

// remembered returns a token that was opened before.
func (s *Store) remembered(token string) *bearer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known[sha256.Sum256([]byte(token))]
}

func (s *Store) identify(_ context.Context, token string) (*Identity, error) {
	if b := s.remembered(token); b != nil {
		return s.use(b)
	}
	s.mu.RLock()
	turn := s.turns
	s.mu.RUnlock()
	text, ok := strings.CutPrefix(token, tokenPrefix)
	h, ok2 := parseHandle(text)
	if !ok || !ok2 {
		return nil, errToken
	}
	b := &bearer{hash: h.hash()}
	err := s.vault.View(func(t *vault.Tx) error {
		k, ok, err := get[Token](t, accountKey(h.owner, tokenKind, b.hash...))
		if err == nil && !ok {
			err = errToken
		}
		if err != nil {
			return err
		}
		_, m, err := membership(t, h.owner, k.Member)
		if err == nil && m.Key.IsZero() {
			err = ledger.Errorf(ledger.Forbidden, "the membership has no active key yet")
		}
		if err != nil {
			return err
		}
		if b.expires = k.Expires; k.Used != nil {
			b.used = *k.Used
		}
		if b.id, err = s.identityOf(t, m.Key); err != nil {
			return err
		}
		b.id.scopes = slices.Clip(k.Scopes)
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.turns == turn { // nothing was revoked meanwhile
		s.known[sha256.Sum256([]byte(token))] = b
	}
	s.mu.Unlock()
	return s.use(b)
}

// use refuses a token that has expired, and writes down now and then that it is
// used.
func (s *Store) use(b *bearer) (*Identity, error) {
	now := s.time()
	if b.expires != nil && !now.Before(*b.expires) {
		return nil, errToken
	}
	s.mu.RLock()
	due := now.Sub(b.used) >= coarse
	s.mu.RUnlock()
	if due {
		if err := s.noteUse(b, now); err != nil {
			return nil, err
		}
	}
	return b.id, nil
}

// noteUse writes down that a token is used, unless another request just did.
func (s *Store) noteUse(b *bearer, now time.Time) error {
	s.mu.Lock()
	due := now.Sub(b.used) >= coarse
	if due {
		b.used = now
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.vault.Update(func(t *vault.Tx) error {
		key := accountKey(b.id.Account, tokenKind, b.hash...)
		k, ok, err := get[Token](t, key)
		if err == nil && !ok {
			err = errToken
		}
		if err != nil {
			return err
		}
		k.Used = &now
		return t.Put(key, k)
	})
}

// forget empties the memory of opened tokens: one was revoked, or a key changed.
func (s *Store) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns++
	clear(s.known)
}

// Tokens lists an account's tokens, the newest first.
func (s *Store) Tokens(_ context.Context, account ledger.ID) ([]Token, error) {
	all, err := readAll[Token](s, accountKey(account, tokenKind))
	slices.SortFunc(all, func(a, b Token) int { return b.Made.Compare(a.Made) })
	return all, err
}

// RevokeToken ends a token.
func (s *Store) RevokeToken(_ context.Context, account ledger.ID, id string, from From) error {
	err := s.vault.Update(func(t *vault.Tx) error {
		k, err := remove[Token](t, accountKey(account, tokenKind, hashOf(id)...), "token")
		if err != nil {
			return err
		}
		return s.note(t, account, Event{What: TokenRevoked, Detail: k.Name}, from)
	})
	s.forget()
	return err
}

// dropTokens ends the tokens that match, as part of a change; forget follows it.
func dropTokens(t *vault.Tx, account ledger.ID, match func(Token) bool) error {
	all, err := list[Token](t, accountKey(account, tokenKind))
	for _, k := range all {
		if err == nil && match(k) {
			err = t.Delete(accountKey(account, tokenKind, hashOf(k.ID)...))
		}
	}
	return err
}
