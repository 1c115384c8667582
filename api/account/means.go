package account

import (
	"context"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Means is by what an account can show who it is.
type Means struct {
	Password time.Time // when it was set; zero where there is none
	Passkeys int
	External int
	Devices  int // known ones
	Codes    bool
	Recovery int // recovery codes that are left
	// Asked says that an organisation of theirs asks for a second factor.
	Asked bool
}

// Strong reports whether there is a second factor.
func (m Means) Strong() bool { return m.Codes || m.Passkeys > 0 }

// Means tells by what an account can show who it is.
func (s *Store) Means(_ context.Context, id ledger.ID) (m Means, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		m, err = means(t, id)
		return err
	})
	return m, err
}

func means(t *vault.Tx, id ledger.ID) (m Means, err error) {
	a, err := person(t, id)
	if err != nil {
		return m, err
	}
	pass, _, err := get[passwordRecord](t, accountKey(id, passwordKind))
	if err != nil {
		return m, err
	}
	m.Password = pass.Set
	totp, _, err := get[totpRecord](t, accountKey(id, totpKind))
	if err != nil {
		return m, err
	}
	m.Codes, m.Recovery = totp.On, len(totp.Recovery)
	for kind, n := range map[byte]*int{passkeyKind: &m.Passkeys, externalKind: &m.External, deviceKind: &m.Devices} {
		keys, err := t.Keys(accountKey(id, kind))
		if err != nil {
			return m, err
		}
		*n = len(keys)
	}
	m.Asked, err = asked(t, a)
	return m, err
}

// asked reports whether an organisation of a person's asks for a second factor.
func asked(t *vault.Tx, a Account) (bool, error) {
	for _, m := range a.Members {
		o, _, err := get[OrgSettings](t, orgKey(m.Org, orgSettingsKind))
		if err != nil || o.SecondFactor {
			return o.SecondFactor, err
		}
	}
	return false, nil
}

// keepsAWayIn refuses a change that leaves an account nothing to sign in by.
func keepsAWayIn(t *vault.Tx, id ledger.ID) error {
	m, err := means(t, id)
	if err == nil && m.Password.IsZero() && m.Passkeys == 0 && m.External == 0 {
		err = ledger.Errorf(ledger.Conflict, "you would have nothing left to sign in with; set a password first")
	}
	return err
}
