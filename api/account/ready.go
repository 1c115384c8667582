package account

import (
	"context"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Ready is an offer that its provider has the node sign for: whoever asks under it is
// agreed with at once, in the name of the member who said so.
type Ready struct {
	Offer ledger.ID      `json:"offer"`
	Key   ledger.Address `json:"key"` // of that member, which is at this node
	Made  time.Time      `json:"made"`
}

// SetReady has the node sign for an offer of an organisation with a member's key, or
// sign no more where the key is zero.
func (s *Store) SetReady(_ context.Context, org, offer ledger.ID, key ledger.Address) error {
	at := orgKey(org, readyKind, offer[:]...)
	return s.vault.Update(func(t *vault.Tx) error {
		if key.IsZero() {
			return t.Delete(at)
		}
		return t.Put(at, Ready{Offer: offer, Key: key, Made: s.time()})
	})
}

// Ready is how the node signs for an offer of an organisation, or NotFound where it
// does not.
func (s *Store) Ready(_ context.Context, org, offer ledger.ID) (Ready, error) {
	r, ok, err := read[Ready](s, orgKey(org, readyKind, offer[:]...))
	if err == nil && !ok {
		err = ledger.Errorf(ledger.NotFound, "nobody has this node sign for the offer")
	}
	return r, err
}
