package account

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// From says where a request came from, and who made it when that is not the person
// whose account it is about.
type From struct {
	Address netip.Addr // the client's, behind trusted proxies
	Agent   string     // the browser's name for itself
	Device  string     // the known-device cookie, or empty
	By      ledger.ID  // another account, such as an administrator's; zero for the person
}

// Event is one line of what happened to an account.
type Event struct {
	At      time.Time `json:"at"`
	What    What      `json:"what"`
	Detail  string    `json:"detail,omitempty"` // a name, a method; never a secret
	Address string    `json:"address,omitempty"`
	Agent   string    `json:"agent,omitempty"`
	By      ledger.ID `json:"by,omitzero"`
}

// What happened.
type What string

const (
	AccountMade     What = "account_made"
	PersonChanged   What = "person_changed"
	AddressProved   What = "address_proved"
	SignedIn        What = "signed_in"
	SignInFailed    What = "sign_in_failed"
	Proved          What = "proved_again"
	SignedOut       What = "signed_out"
	SignedOutAll    What = "signed_out_everywhere"
	PasswordSet     What = "password_set"
	DeviceKnown     What = "device_remembered"
	DeviceForgotten What = "device_forgotten"
	PINSet          What = "pin_set"
	PINBlocked      What = "pin_blocked"
	CodesOn         What = "codes_on"
	CodesOff        What = "codes_off"
	RecoveryUsed    What = "recovery_code_used"
	RecoveryMade    What = "recovery_codes_made"
	PasskeyAdded    What = "passkey_added"
	PasskeyRemoved  What = "passkey_removed"
	ExternalLinked  What = "external_linked"
	ExternalRemoved What = "external_removed"
	LinkMade        What = "link_made"
	LinkUsed        What = "link_used"
	Joined          What = "joined"
	MembershipEnded What = "membership_ended"
	TokenMade       What = "token_made"
	TokenRevoked    What = "token_revoked"
	KeyMade         What = "key_made"
	KeyBound        What = "key_bound"
	KeyActive       What = "key_active"
	KeyRetired      What = "key_retired"
	ConsentGiven    What = "consent_given"
	ConsentTaken    What = "consent_withdrawn"
	DataExported    What = "data_exported"

	ApplicationSent    What = "application_sent"
	ApplicationDecided What = "application_decided"
)

// How many lines an account keeps. Failures are counted apart, so that nobody can
// push a sign-in out of sight by failing often.
const (
	maxEvents   = 500
	maxFailures = 100
	maxAgent    = 200 // bytes of a browser's name
)

// note adds a line to an account's history, as part of the change that it tells of.
func (s *Store) note(t *vault.Tx, id ledger.ID, e Event, from From) error {
	e.At, e.By = s.time(), from.By
	e.Agent = clip(from.Agent, maxAgent)
	if from.Address.IsValid() {
		e.Address = from.Address.String()
	}
	kind, most := byte(eventKind), maxEvents
	if e.What == SignInFailed {
		kind, most = failureKind, maxFailures
	}
	if err := prune(t, accountKey(id, kind), most); err != nil {
		return err
	}
	return t.Put(accountKey(id, kind, inTime(e.At)...), e)
}

// clip shortens text to whole characters that can be printed.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	for len(s) > most {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// History returns what happened to an account, the newest first.
func (s *Store) History(_ context.Context, id ledger.ID) (all []Event, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		for _, kind := range []byte{eventKind, failureKind} {
			some, err := list[Event](t, accountKey(id, kind))
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Event) int { return b.At.Compare(a.At) })
	return all, err
}
