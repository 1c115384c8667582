package account

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// KeepDeliveryKey keeps the key of an organisation to which the keys of a transfer's
// files are to be wrapped, before anybody learns of it.
func (s *Store) KeepDeliveryKey(_ context.Context, org, transfer ledger.ID, key []byte) error {
	return s.vault.Update(func(t *vault.Tx) error { return t.Put(orgKey(org, deliveryKind, transfer[:]...), key) })
}

// DeliveryKey is the key of a transfer, or NotFound.
func (s *Store) DeliveryKey(_ context.Context, org, transfer ledger.ID) ([]byte, error) {
	key, ok, err := read[[]byte](s, orgKey(org, deliveryKind, transfer[:]...))
	if err == nil && !ok {
		err = ledger.Errorf(ledger.NotFound, "the key of this delivery is not at this node")
	}
	return key, err
}

// NameWork keeps how the files are called that were handed in for a transfer.
func (s *Store) NameWork(_ context.Context, org, transfer ledger.ID, names map[string]string) error {
	return s.vault.Update(func(t *vault.Tx) error { return t.Put(orgKey(org, workKind, transfer[:]...), names) })
}

// WorkNames are the names of files that were handed in for a transfer, by CID.
func (s *Store) WorkNames(_ context.Context, org, transfer ledger.ID) (map[string]string, error) {
	names, _, err := read[map[string]string](s, orgKey(org, workKind, transfer[:]...))
	return names, err
}

// Take counts that a file is taken under an agreement, or refuses it once it was taken
// as often as the agreement lets it.
func (s *Store) Take(_ context.Context, org, agreement ledger.ID, cid string, limit int) error {
	at := orgKey(org, takenKind, slices.Concat(agreement[:], []byte(cid))...)
	return s.vault.Update(func(t *vault.Tx) error {
		n, _, err := get[int](t, at)
		if err != nil {
			return err
		}
		if n >= limit {
			return ledger.Errorf(ledger.Forbidden, "it was downloaded %d times, as often as was agreed", n)
		}
		return t.Put(at, n+1)
	})
}

// Taken is how often a file was taken under an agreement that counts it.
func (s *Store) Taken(_ context.Context, org, agreement ledger.ID, cid string) (int, error) {
	n, _, err := read[int](s, orgKey(org, takenKind, slices.Concat(agreement[:], []byte(cid))...))
	return n, err
}

// KeepSound keeps whether a file that was delivered to an organisation is what its
// provider committed to. Neither can change any more.
func (s *Store) KeepSound(_ context.Context, org, transfer ledger.ID, cid string, sound bool) error {
	return s.vault.Update(func(t *vault.Tx) error {
		return t.Put(orgKey(org, readKind, slices.Concat(transfer[:], []byte(cid))...), sound)
	})
}

// Sound is whether a file is what its provider committed to, as far as that is known.
func (s *Store) Sound(_ context.Context, org, transfer ledger.ID, cid string) (sound, known bool, err error) {
	return read[bool](s, orgKey(org, readKind, slices.Concat(transfer[:], []byte(cid))...))
}
