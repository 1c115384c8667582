package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Device is a browser that was remembered at a sign-in. Its cookie alone opens
// nothing; with its PIN it does.
type Device struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Added  time.Time `json:"added"`
	Used   time.Time `json:"used"`   // last sign-in by PIN
	Strong bool      `json:"strong"` // remembered by a session of two factors: counts as one of them
	HasPIN bool      `json:"has_pin"`
}

// deviceRecord holds the PIN as an HMAC under the device's own secret, which is not
// here: without the cookie not even who has the master key can try all PINs.
type deviceRecord struct {
	Device
	PIN   []byte `json:"pin,omitempty"`
	Wrong int    `json:"wrong,omitempty"` // in a row
}

const (
	maxDevices = 20
	// DeviceLife is how long a device is remembered after its last sign-in.
	DeviceLife = 365 * 24 * time.Hour
	pinDigits  = 6
	// pinTries is after how many wrong PINs in a row the PIN is gone.
	pinTries = 5
)

var (
	errPIN = ledger.FieldErrorf(ledger.Unauthenticated, "pin", "is not the one of this device")
	// ErrPINGone says that a device has no PIN any more, or never had one.
	ErrPINGone = ledger.FieldErrorf(ledger.Unauthenticated, "pin", "does not work on this device any more; sign in with your password")
)

func (s *Store) device(t *vault.Tx, secret string) (h handle, d deviceRecord, err error) {
	h, ok := parseHandle(secret)
	if ok {
		d, ok, err = get[deviceRecord](t, accountKey(h.owner, deviceKind, h.hash()...))
	}
	if err == nil && (!ok || s.now().Sub(d.Used) > DeviceLife) {
		err = ErrPINGone
	}
	return h, d, err
}

// knows reports whether a device cookie is one of an account's.
func (s *Store) knows(t *vault.Tx, id ledger.ID, secret string) (bool, error) {
	h, ok := parseHandle(secret)
	if !ok || h.owner != id {
		return false, nil
	}
	_, ok, err := get[deviceRecord](t, accountKey(id, deviceKind, h.hash()...))
	return ok, err
}

func putDevice(t *vault.Tx, h handle, d deviceRecord) error {
	return t.PutUntil(accountKey(h.owner, deviceKind, h.hash()...), d, d.Used.Add(DeviceLife))
}

// RememberDevice makes the browser of a session a known device and returns the
// secret for its cookie. One that is known already stays what it is, and where
// there are too many, the one that was not used for longest is forgotten.
func (s *Store) RememberDevice(_ context.Context, session, name string, from From) (secret string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		x, err := s.complete(t, session)
		if err != nil {
			return err
		}
		h, d, err := s.rememberDevice(t, x, name, from)
		secret = h.String()
		if err != nil {
			return err
		}
		return putDevice(t, h, d)
	})
	return secret, err
}

func (s *Store) rememberDevice(t *vault.Tx, x Session, name string, from From) (handle, deviceRecord, error) {
	h, known, err := s.device(t, from.Device)
	if err == nil && h.owner == x.Account && (known.Strong || !x.strong()) {
		known.Used = s.time()
		return h, known, nil
	}
	if err != nil && err != ErrPINGone {
		return h, known, err
	}
	if err := dropLeastUsed(t, x.Account); err != nil {
		return h, known, err
	}
	h = newHandle(x.Account)
	d := deviceRecord{Device: Device{ID: h.id(), Name: clip(name, maxName), Added: s.time(), Used: s.time(), Strong: x.strong()}}
	return h, d, s.note(t, x.Account, Event{What: DeviceKnown, Detail: d.Name}, from)
}

// dropLeastUsed makes room for one more device of an account.
func dropLeastUsed(t *vault.Tx, account ledger.ID) error {
	all, err := list[deviceRecord](t, accountKey(account, deviceKind))
	slices.SortFunc(all, func(a, b deviceRecord) int { return a.Used.Compare(b.Used) })
	for i := 0; err == nil && i <= len(all)-maxDevices; i++ {
		err = t.Delete(accountKey(account, deviceKind, hashOf(all[i].ID)...))
	}
	return err
}

// complete returns a session that lacks nothing.
func (s *Store) complete(t *vault.Tx, secret string) (Session, error) {
	x, err := s.session(t, secret)
	if err == nil && x.Needs != NeedsNothing {
		err = ledger.Errorf(ledger.Unauthenticated, "the sign-in needs a second step")
	}
	return x, err
}

// fresh returns a session that lacks nothing and was proved a moment ago.
func (s *Store) fresh(t *vault.Tx, secret string) (Session, error) {
	x, err := s.complete(t, secret)
	if err == nil && !x.Fresh(s.now()) {
		err = errStepUp
	}
	return x, err
}

// strong reports whether two factors were shown.
func (x Session) strong() bool {
	return slices.Contains(x.Methods, ByPasskey) || slices.Contains(x.Methods, ByCode)
}

// Devices lists an account's known devices, the last used first.
func (s *Store) Devices(_ context.Context, id ledger.ID) (all []Device, err error) {
	records, err := readAll[deviceRecord](s, accountKey(id, deviceKind))
	for _, d := range records {
		all = append(all, d.Device)
	}
	slices.SortFunc(all, func(a, b Device) int { return b.Used.Compare(a.Used) })
	return all, err
}

// ForgetDevice makes a device unknown.
func (s *Store) ForgetDevice(_ context.Context, account ledger.ID, id string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		d, err := remove[deviceRecord](t, accountKey(account, deviceKind, hashOf(id)...), "device")
		if err != nil {
			return err
		}
		return s.note(t, account, Event{What: DeviceForgotten, Detail: d.Name}, from)
	})
}

// SetUpPIN gives the browser of a fresh session a PIN of six digits, and makes it a
// known device where it is none. It returns the secret for its cookie.
func (s *Store) SetUpPIN(_ context.Context, session, name, pin string, from From) (secret string, err error) {
	err = s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		h, d, err := s.rememberDevice(t, x, name, from)
		if err != nil {
			return err
		}
		secret = h.String()
		return s.setPIN(t, h, d, pin, from)
	})
	return secret, err
}

// SetPIN gives a known device a PIN of six digits. It takes a fresh session of the
// same account.
func (s *Store) SetPIN(_ context.Context, session, device, pin string, from From) error {
	return s.vault.Update(func(t *vault.Tx) error {
		x, err := s.fresh(t, session)
		if err != nil {
			return err
		}
		h, d, err := s.device(t, device)
		if err == nil && h.owner != x.Account {
			err = ErrPINGone
		}
		if err != nil {
			return err
		}
		return s.setPIN(t, h, d, pin, from)
	})
}

func (s *Store) setPIN(t *vault.Tx, h handle, d deviceRecord, pin string, from From) error {
	a, err := person(t, h.owner)
	if err != nil {
		return err
	}
	if err := checkPIN(pin, a.Phone); err != nil {
		return err
	}
	d.PIN, d.HasPIN, d.Wrong = pinSum(h, pin), true, 0
	if err := s.note(t, h.owner, Event{What: PINSet, Detail: d.Name}, from); err != nil {
		return err
	}
	return putDevice(t, h, d)
}

// errStepUp asks for another proof.
var errStepUp = ledger.Errorf(ledger.Unauthenticated, "show again who you are, please")

func pinSum(h handle, pin string) []byte {
	mac := hmac.New(sha256.New, h.secret[:])
	mac.Write([]byte("pin " + pin))
	return mac.Sum(nil)
}

// checkPIN refuses what is tried first.
func checkPIN(pin, phone string) error {
	if len(pin) != pinDigits || strings.Trim(pin, "0123456789") != "" {
		return ledger.FieldErrorf(ledger.Invalid, "pin", "is not %d digits", pinDigits)
	}
	different := map[rune]bool{}
	for _, c := range pin {
		different[c] = true
	}
	runs := "01234567890123456789 98765432109876543210"
	if len(different) < 3 || strings.Contains(runs, pin) || pin[:3] == pin[3:] || strings.HasSuffix(phone, pin) {
		return ledger.FieldErrorf(ledger.Invalid, "pin", "is easy to guess")
	}
	return nil
}

// SignInPIN begins a session on a known device. After five wrong PINs in a row the
// PIN is gone, and the password is needed.
func (s *Store) SignInPIN(_ context.Context, device, pin string, from From) (Grant, error) {
	return s.byPIN(device, pin, from, func(t *vault.Tx, d deviceRecord, owner ledger.ID) (Grant, error) {
		return s.begin(t, owner, ByPIN, d.Strong, from)
	})
}

// ProvePIN shows again who a session is, on a device of the same account.
func (s *Store) ProvePIN(ctx context.Context, session, device, pin string, from From) (Session, error) {
	x, err := s.Session(ctx, session)
	if err != nil {
		return Session{}, err
	}
	if h, ok := parseHandle(device); !ok || h.owner != x.Account {
		return Session{}, ErrPINGone
	}
	g, err := s.byPIN(device, pin, from, func(t *vault.Tx, _ deviceRecord, _ ledger.ID) (Grant, error) {
		x, err := s.raise(t, session, ByPIN, from)
		return Grant{Session: x}, err
	})
	return g.Session, err
}

// byPIN checks a device's PIN and, when it is right, makes the change that it earns.
func (s *Store) byPIN(device, pin string, from From, earned func(*vault.Tx, deviceRecord, ledger.ID) (Grant, error)) (g Grant, err error) {
	try, err := s.attempt(pinLimit, "", from)
	if err != nil {
		return Grant{}, err
	}
	var refused error // noted: so the change is made all the same
	err = s.vault.Update(func(t *vault.Tx) error {
		g, refused = Grant{}, nil
		h, d, err := s.device(t, device)
		if err != nil {
			return err
		}
		if !d.HasPIN {
			return ErrPINGone
		}
		if hmac.Equal(d.PIN, pinSum(h, pin)) {
			d.Wrong, d.Used = 0, s.time()
			if err := putDevice(t, h, d); err != nil {
				return err
			}
			g, err = earned(t, d, h.owner)
			return err
		}
		refused = errPIN
		if d.Wrong++; d.Wrong >= pinTries {
			refused = ErrPINGone
			d.PIN, d.HasPIN, d.Wrong = nil, false, 0
			if err := s.note(t, h.owner, Event{What: PINBlocked, Detail: d.Name}, from); err != nil {
				return err
			}
		}
		if err := putDevice(t, h, d); err != nil {
			return err
		}
		return s.note(t, h.owner, Event{What: SignInFailed, Detail: string(ByPIN)}, from)
	})
	if err == nil {
		err = refused
	}
	if err == nil {
		try.succeeded()
	}
	return g, err
}

// DeviceHasPIN reports whether a device cookie is of a known device with a PIN.
func (s *Store) DeviceHasPIN(_ context.Context, secret string) (has bool, err error) {
	d, _, err := s.cookieOf(secret)
	return d.HasPIN, err
}

// ThisDevice is the known device of an account that a cookie is of; ok is false
// where it is none.
func (s *Store) ThisDevice(_ context.Context, account ledger.ID, secret string) (d Device, ok bool, err error) {
	d, owner, err := s.cookieOf(secret)
	if err != nil || owner.IsZero() || owner != account {
		return Device{}, false, err
	}
	return d, true, nil
}

// cookieOf is the device that a cookie is of, and whose; nobody's where it is none.
func (s *Store) cookieOf(secret string) (d Device, owner ledger.ID, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		h, r, err := s.device(t, secret)
		if err == ErrPINGone {
			return nil
		}
		d, owner = r.Device, h.owner
		return err
	})
	return d, owner, err
}
