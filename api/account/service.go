package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Upstream is where this node finds a data service of a provider, and the header that
// lets it in.
type Upstream struct {
	Base   string `json:"base"`
	Header string `json:"header,omitempty"`
	Secret string `json:"secret,omitempty"`
}

// SetUpstream says where a data service of a provider is; an empty one is nowhere.
func (s *Store) SetUpstream(_ context.Context, org, dataset ledger.ID, u Upstream) error {
	at := orgKey(org, upstreamKind, dataset[:]...)
	return s.vault.Update(func(t *vault.Tx) error {
		if u == (Upstream{}) {
			return t.Delete(at)
		}
		return t.Put(at, u)
	})
}

// Upstream is where a data service of a provider is, or NotFound.
func (s *Store) Upstream(_ context.Context, org, dataset ledger.ID) (Upstream, error) {
	u, ok, err := read[Upstream](s, orgKey(org, upstreamKind, dataset[:]...))
	if err == nil && !ok {
		err = ledger.Errorf(ledger.NotFound, "nobody told this node where the service is")
	}
	return u, err
}

// OpenService makes the secret by which this node opens a data service for a transfer,
// once, and returns its SHA-256, which the transfer's start is to name.
func (s *Store) OpenService(_ context.Context, org, transfer ledger.ID) (ledger.Hash, error) {
	at := orgKey(org, openedKind, transfer[:]...)
	var key []byte
	err := s.vault.Update(func(t *vault.Tx) (err error) {
		var ok bool
		if key, ok, err = get[[]byte](t, at); ok || err != nil {
			return err
		}
		key = make([]byte, sha256.Size)
		rand.Read(key)
		return t.Put(at, key)
	})
	return sha256.Sum256(key), err
}

// Opened reports whether this node opened a data service for a transfer whose start
// names a hash.
func (s *Store) Opened(_ context.Context, org, transfer ledger.ID, hash ledger.Hash) (bool, error) {
	key, ok, err := read[[]byte](s, orgKey(org, openedKind, transfer[:]...))
	return ok && sha256.Sum256(key) == hash, err
}

// Pass lets programs of an agreement's consumer call the data service.
type Pass struct {
	ID        string     `json:"id"` // names it; does not open it
	Name      string     `json:"name"`
	Agreement ledger.ID  `json:"agreement"`
	Made      time.Time  `json:"made"`
	Used      *time.Time `json:"used,omitempty"` // to the hour
}

const (
	passPrefix = "sgd_"
	// MaxPasses is how many passes an agreement has at most.
	MaxPasses = 20
)

func passKey(org, agreement ledger.ID, hash ...byte) []byte {
	return orgKey(org, passKind, slices.Concat(agreement[:], hash)...)
}

// MakePass makes a pass of an agreement for its consumer. The secret is returned once
// and not kept.
func (s *Store) MakePass(_ context.Context, org, agreement ledger.ID, name string) (secret string, made Pass, err error) {
	if name, err = parseName(name); err != nil {
		return "", made, err
	}
	h := newHandle(agreement)
	made = Pass{ID: h.id(), Name: name, Agreement: agreement, Made: s.time()}
	err = s.vault.Update(func(t *vault.Tx) error {
		if err := room(t, passKey(org, agreement), MaxPasses, "passes"); err != nil {
			return err
		}
		return t.Put(passKey(org, agreement, h.hash()...), made)
	})
	if err != nil {
		return "", Pass{}, err
	}
	return passPrefix + h.String(), made, nil
}

// Passes lists the passes of an agreement, the newest first.
func (s *Store) Passes(_ context.Context, org, agreement ledger.ID) ([]Pass, error) {
	all, err := readAll[Pass](s, passKey(org, agreement))
	slices.SortFunc(all, func(a, b Pass) int { return b.Made.Compare(a.Made) })
	return all, err
}

// RevokePass ends a pass: it opens nothing from now on.
func (s *Store) RevokePass(_ context.Context, org, agreement ledger.ID, id string) error {
	return s.vault.Update(func(t *vault.Tx) error {
		_, err := remove[Pass](t, passKey(org, agreement, hashOf(id)...), "pass")
		return err
	})
}

var errPass = ledger.Errorf(ledger.Unauthenticated, "the token is not one of this agreement's")

// CheckPass refuses a token that is no pass of an agreement of a consumer, and makes
// the address wait from which many such come.
func (s *Store) CheckPass(_ context.Context, org, agreement ledger.ID, token string, address netip.Addr) error {
	text, ok := strings.CutPrefix(token, passPrefix)
	h, parsed := parseHandle(text)
	if ok && parsed && h.owner == agreement {
		at := passKey(org, agreement, h.hash()...)
		p, ok, err := read[Pass](s, at)
		switch {
		case err != nil:
			return err
		case ok && p.Used != nil && s.time().Sub(*p.Used) < coarse:
			return nil
		case ok:
			return s.usePass(at)
		}
	}
	if _, err := s.attempt(tokenLimit, "", From{Address: address}); err != nil {
		return err
	}
	return errPass
}

// usePass writes down that a pass is used, if it has not been revoked meanwhile.
func (s *Store) usePass(at []byte) error {
	return s.vault.Update(func(t *vault.Tx) error {
		p, ok, err := get[Pass](t, at)
		if err == nil && !ok {
			err = errPass
		}
		if err != nil {
			return err
		}
		now := s.time()
		p.Used = &now
		return t.Put(at, p)
	})
}
