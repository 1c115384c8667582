package account

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Consent is what a person agreed to: one purpose, in the words of one version of a
// text. It stays when it is withdrawn, to show what was true when.
type Consent struct {
	Purpose   string     `json:"purpose"`
	Version   string     `json:"version"` // of the text that was shown
	Given     time.Time  `json:"given"`
	Withdrawn *time.Time `json:"withdrawn,omitempty"`
}

// maxConsents is how many an account keeps, withdrawn ones included.
const maxConsents = 500

var (
	purposeName = regexp.MustCompile(`^[a-z0-9_:]{1,100}$`)
	versionName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,40}$`)
)

// GiveConsent notes that a person agreed. Another version of the text takes the
// place of the one before; the same one again is nothing new.
func (s *Store) GiveConsent(_ context.Context, account ledger.ID, purpose, version string, from From) error {
	if !purposeName.MatchString(purpose) {
		return ledger.FieldErrorf(ledger.Invalid, "purpose", "is not a name")
	}
	if !versionName.MatchString(version) {
		return ledger.FieldErrorf(ledger.Invalid, "version", "is not one of a text")
	}
	return s.vault.Update(func(t *vault.Tx) error {
		if _, err := person(t, account); err != nil {
			return err
		}
		at, c, err := standing(t, account, purpose)
		if err != nil || (at != nil && c.Version == version) {
			return err
		}
		if err := room(t, accountKey(account, consentKind), maxConsents, "consents"); err != nil {
			return err
		}
		now := s.time()
		if at != nil {
			c.Withdrawn = &now
			if err := t.Put(at, c); err != nil {
				return err
			}
		}
		if err := s.note(t, account, Event{What: ConsentGiven, Detail: purpose}, from); err != nil {
			return err
		}
		return t.Put(accountKey(account, consentKind, inTime(now)...), Consent{Purpose: purpose, Version: version, Given: now})
	})
}

// WithdrawConsent notes that a person no longer agrees.
func (s *Store) WithdrawConsent(_ context.Context, account ledger.ID, purpose string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		at, c, err := standing(t, account, purpose)
		if err == nil && at == nil {
			err = ledger.Errorf(ledger.NotFound, "there is no such consent")
		}
		if err != nil {
			return err
		}
		now := s.time()
		c.Withdrawn = &now
		if err := s.note(t, account, Event{What: ConsentTaken, Detail: purpose}, from); err != nil {
			return err
		}
		return t.Put(at, c)
	})
}

// standing finds the consent to a purpose that was not withdrawn.
func standing(t *vault.Tx, account ledger.ID, purpose string) (at []byte, c Consent, err error) {
	err = t.Each(accountKey(account, consentKind), func(e vault.Entry) error {
		var one Consent
		if err := e.Read(&one); err != nil {
			return err
		}
		if one.Purpose == purpose && one.Withdrawn == nil {
			at, c = e.Key, one
		}
		return nil
	})
	return at, c, err
}

// Consents lists what a person agreed to, the newest first.
func (s *Store) Consents(_ context.Context, account ledger.ID) ([]Consent, error) {
	all, err := readAll[Consent](s, accountKey(account, consentKind))
	slices.Reverse(all)
	return all, err
}

// Agrees reports whether a person agrees to a purpose now, and to which version of
// the text.
func (s *Store) Agrees(_ context.Context, account ledger.ID, purpose string) (version string, ok bool, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		at, c, err := standing(t, account, purpose)
		version, ok = c.Version, at != nil
		return err
	})
	return version, ok, err
}
