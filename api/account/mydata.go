package account

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Export is everything that the store holds of an account, as its person may have
// it. What only opens or proves something is left out: hashes of passwords and
// PINs, secrets of second factors, private keys. Its JSON is what is handed out.
type Export struct {
	At           time.Time         `json:"at"`
	Account      Account           `json:"account"`
	Password     *ExportedPassword `json:"password,omitempty"`
	SecondFactor *ExportedTOTP     `json:"second_factor,omitempty"`
	Passkeys     []Passkey         `json:"passkeys,omitempty"`
	External     []External        `json:"external,omitempty"`
	Devices      []Device          `json:"devices,omitempty"`
	Sessions     []Session         `json:"sessions,omitempty"`
	Tokens       []Token           `json:"tokens,omitempty"`
	Keys         []Key             `json:"keys,omitempty"`
	Challenges   []Challenge       `json:"challenges,omitempty"`
	Links        []Link            `json:"links,omitempty"`
	Consents     []Consent         `json:"consents,omitempty"`
	Events       []Event           `json:"events,omitempty"`
	Failures     []Event           `json:"failures,omitempty"`
	Applications []Application     `json:"applications,omitempty"`
	Signed       []Signed          `json:"signed,omitempty"`
	Saved        []SavedSearch     `json:"saved_searches,omitempty"`
	Requests     []DataRequest     `json:"data_requests,omitempty"`
}

// ExportedPassword says that there is a password.
type ExportedPassword struct {
	Set time.Time `json:"set"`
}

// ExportedTOTP says that there is a second factor.
type ExportedTOTP struct {
	On       bool      `json:"on"`
	Made     time.Time `json:"made"`
	Recovery int       `json:"recovery_codes"`
}

// add reads one record into the export.
func add[T any](to *[]T, e vault.Entry) error {
	var v T
	if err := e.Read(&v); err != nil {
		return err
	}
	*to = append(*to, v)
	return nil
}

// put files a record by its kind. A kind that is not here fails the export, so that
// none is forgotten.
func (x *Export) put(kind byte, e vault.Entry) error {
	switch kind {
	case personKind:
		return e.Read(&x.Account)
	case passwordKind:
		x.Password = &ExportedPassword{}
		return e.Read(x.Password)
	case totpKind:
		var r totpRecord
		err := e.Read(&r)
		if x.SecondFactor == nil || r.On {
			x.SecondFactor = &ExportedTOTP{r.On, r.Made, len(r.Recovery)}
		}
		return err
	case passkeyKind:
		return add(&x.Passkeys, e)
	case externalKind:
		return add(&x.External, e)
	case deviceKind:
		return add(&x.Devices, e)
	case sessionKind:
		return add(&x.Sessions, e)
	case tokenKind:
		return add(&x.Tokens, e)
	case keyKind:
		return add(&x.Keys, e)
	case bindKind:
		return add(&x.Challenges, e)
	case linkKind:
		return add(&x.Links, e)
	case consentKind:
		return add(&x.Consents, e)
	case eventKind:
		return add(&x.Events, e)
	case failureKind:
		return add(&x.Failures, e)
	case applicationKind:
		return add(&x.Applications, e)
	case signedKind:
		return add(&x.Signed, e)
	case savedKind:
		return add(&x.Saved, e)
	case requestedKind:
		return add(&x.Requests, e)
	}
	return ledger.Errorf(ledger.Internal, "records of kind %q are not exported", kind)
}

// Export returns everything of an account, and notes that it was asked for.
func (s *Store) Export(_ context.Context, id ledger.ID, from From) (x Export, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		x = Export{At: s.time()}
		if _, err := person(t, id); err != nil {
			return err
		}
		if err := s.note(t, id, Event{What: DataExported}, from); err != nil {
			return err
		}
		prefix := record(ofAccount, id, 0)
		prefix = prefix[:len(prefix)-1]
		return t.Each(prefix, func(e vault.Entry) error { return x.put(e.Key[len(prefix)], e) })
	})
	return x, err
}

// Tombstone is all that stays of an account that was erased.
type Tombstone struct {
	Hash ledger.Hash `json:"hash"` // SHA-256 of the account's ID
	At   time.Time   `json:"at"`
}

// Erase removes everything of an account, from the files too, and leaves a
// tombstone. Its keys are revoked on the register, and its personal payloads erased,
// before: they are not here. What its person signed stays valid.
func (s *Store) Erase(_ context.Context, id ledger.ID) (Tombstone, error) {
	return s.erase(id, s.time())
}

func (s *Store) erase(id ledger.ID, at time.Time) (Tombstone, error) {
	stone := Tombstone{Hash: sha256.Sum256(id[:]), At: at}
	err := s.vault.Erase(func(t *vault.Tx) (w vault.Waste, err error) {
		a, err := person(t, id)
		if err != nil {
			return w, err
		}
		keys, err := list[Key](t, accountKey(id, keyKind))
		if err != nil {
			return w, err
		}
		outside, err := list[External](t, accountKey(id, externalKind))
		if err != nil {
			return w, err
		}
		prefix := record(ofAccount, id, 0)
		w.Prefixes = append(w.Prefixes, prefix[:len(prefix)-1])
		for _, m := range a.Members {
			w.Prefixes = append(w.Prefixes, orgKey(m.Org, orgMemberKind, m.Member[:]...))
		}
		w.Names = append(w.Names, vault.Name{Kind: phoneName, Name: a.Phone}, vault.Name{Kind: emailName, Name: a.Email})
		for _, k := range keys {
			w.Names = append(w.Names, vault.Name{Kind: keyName, Name: k.Address.String()})
		}
		for _, e := range outside {
			w.Names = append(w.Names, vault.Name{Kind: externalName, Name: e.name()})
		}
		applied, err := list[Application](t, accountKey(id, applicationKind))
		if err != nil {
			return w, err
		}
		for _, p := range applied {
			w.Names = append(w.Names, vault.Name{Kind: applicationName, Name: p.Org.String()})
			w.Prefixes = append(w.Prefixes, listedKey(p))
		}
		asked, err := list[DataRequest](t, accountKey(id, requestedKind))
		if err != nil {
			return w, err
		}
		for _, q := range asked {
			w.Prefixes = append(w.Prefixes, requestLists(q)...)
		}
		invited, err := invitationsOf(t, a.Phone)
		w.Prefixes = append(w.Prefixes, invited...)
		if err == nil {
			err = t.Put(nodeKey(tombstoneKind, stone.Hash[:]...), stone)
		}
		return w, err
	})
	s.forget()
	return stone, err
}

// invitationsOf finds the open invitations of whom a telephone number belongs to.
func invitationsOf(t *vault.Tx, phone string) (keys [][]byte, err error) {
	if phone == "" {
		return nil, nil
	}
	orgKind := len(orgKey(ledger.ID{}, 0)) - 1 // where a key says its kind
	err = t.Each([]byte{ofOrg}, func(e vault.Entry) error {
		if e.Key[orgKind] != invitationKind {
			return nil
		}
		var l Link
		err := e.Read(&l)
		if l.Phone == phone {
			keys = append(keys, e.Key)
		}
		return err
	})
	return keys, err
}

// Tombstones lists what was erased here. Keep them beside a backup: after a restore,
// Bury erases again.
func (s *Store) Tombstones(_ context.Context) ([]Tombstone, error) {
	all, err := readAll[Tombstone](s, nodeKey(tombstoneKind))
	slices.SortFunc(all, func(a, b Tombstone) int { return a.At.Compare(b.At) })
	return all, err
}

// Bury erases the accounts that tombstones name and that a restored backup brought
// back, and returns how many there were.
func (s *Store) Bury(_ context.Context, stones []Tombstone) (buried int, err error) {
	erased := map[ledger.Hash]time.Time{}
	for _, x := range stones {
		erased[x.Hash] = x.At
	}
	var back []ledger.ID
	if err := s.vault.View(func(t *vault.Tx) error {
		keys, err := t.Keys([]byte{ofAccount})
		for _, k := range keys {
			if id := ledger.ID(k[1:17]); k[17] == personKind {
				if _, ok := erased[sha256.Sum256(id[:])]; ok {
					back = append(back, id)
				}
			}
		}
		return err
	}); err != nil {
		return 0, err
	}
	for _, id := range back {
		if _, err := s.erase(id, erased[sha256.Sum256(id[:])]); err != nil {
			return buried, err
		}
		buried++
	}
	return buried, nil
}
