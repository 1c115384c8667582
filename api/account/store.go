package account

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// MasterKey opens the store; so does a vault.Passphrase.
type MasterKey = vault.MasterKey

// Store is the account store of one register's node. Its methods may be called at
// the same time.
type Store struct {
	vault    *vault.Vault
	register ledger.Hash
	hasher   *password.Hasher
	now      func() time.Time

	addresses *counters // failures by network address
	spent     *spent    // sealed states that were used

	issues atomic.Uint64 // changes of which serials are issued
	meters meters        // of calls of data services
	asked  askedFor      // requests for data, by their words

	mu    sync.RWMutex
	known map[[32]byte]*bearer // by token hash; decrypted once
	turns uint64               // of known: grows when something is taken out
}

// Open opens or makes the store in a folder. It finishes an erasure or a rotation
// that was cut off. Passwords are hashed at a cost; the zero one is password.DefaultCost.
func Open(dir string, master vault.Master, register ledger.Hash, passwords password.Cost) (*Store, error) {
	if passwords == (password.Cost{}) {
		passwords = password.DefaultCost
	}
	v, err := vault.Open(dir, master, register[:])
	if err != nil {
		return nil, err
	}
	return &Store{
		vault: v, register: register, hasher: password.NewHasher(passwords), now: time.Now,
		addresses: newCounters(maxAddresses), spent: &spent{until: map[[32]byte]time.Time{}}, known: map[[32]byte]*bearer{},
	}, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return errors.Join(s.settleCalls(), s.vault.Close()) }

// Rotate changes the master key; see vault.Vault.Rotate.
func (s *Store) Rotate(ctx context.Context, next vault.Master, progress func(done, total int)) error {
	return s.vault.Rotate(ctx, next, progress)
}

// Records gives every record of the store as it is stored, for a backup; see
// vault.Vault.Records.
func (s *Store) Records(began func(), f func(vault.Record) error) error {
	return s.vault.Records(began, f)
}

// time is now as it is stored: UTC, whole milliseconds.
func (s *Store) time() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// Records are kept below whom they belong to, so that what belongs to an account
// is found, exported and erased by its prefix alone.
const (
	ofAccount = 'a' // + account ID + kind + rest
	ofOrg     = 'o' // + organisation ID + kind + rest
	ofNode    = 'n' // + kind + rest
)

// Kinds of an account's records; see records for what each holds.
const (
	personKind   = 'p' // Account
	keyKind      = 'k' // + address: keyRecord
	passwordKind = 'w' // passwordRecord
	totpKind     = 'o' // totpRecord
	passkeyKind  = 'y' // + SHA-256 of its ID: passkeyRecord
	externalKind = 'x' // + SHA-256 of issuer and subject: External
	sessionKind  = 's' // + hash: Session
	deviceKind   = 'd' // + hash: deviceRecord
	tokenKind    = 't' // + hash: Token
	linkKind     = 'r' // + hash: Link
	bindKind     = 'b' // + nonce: Challenge
	consentKind  = 'c' // + time, random: Consent
	eventKind    = 'e' // + time, random: Event
	failureKind  = 'f' // + time, random: Event

	applicationKind = 'g' // + organisation ID: Application
	signedKind      = 'q' // + SHA-256 of the member and the action: Signed
	savedKind       = 'v' // + ID: SavedSearch
	requestedKind   = 'j' // + ID: DataRequest; of an organisation and of the node: account ID
)

// Kinds of an organisation's records.
const (
	orgMemberKind   = 'm' // + member ID: account ID
	orgSettingsKind = 's' // OrgSettings
	invitationKind  = 'i' // + hash: Link
	addressedKind   = 'p' // + reference: Complaint
	drillKind       = 'd' // + ID: Drill
	listingKind     = 'r' // + dataset: Listing
	readyKind       = 'a' // + offer: Ready
	fileKeyKind     = 'k' // + CID: the key of a file that is given under agreements
	deliveryKind    = 'y' // + transfer: the key to which those of its files are wrapped
	takenKind       = 'n' // + agreement, CID: how often a file was taken
	upstreamKind    = 'f' // + dataset: Upstream
	openedKind      = 'h' // + transfer: the secret whose hash its start names
	workKind        = 'w' // + transfer: names of files by CID
	evidenceKind    = 'v' // + agreement, CID: its EvidenceFiles
	passKind        = 't' // + agreement, hash: Pass
	callDayKind     = 'b' // + agreement, day: CallDay
	readKind        = 'e' // + transfer, CID: whether a file was as it was committed to
)

// Kinds of the node's records.
const (
	tombstoneKind   = 'x' // + SHA-256 of the account ID: Tombstone
	limitKind       = 'l' // + bucket: failures
	incidentKind    = 'i' // + ID: Incident
	listedKind      = 'g' // + state, time, organisation ID: account ID
	contestedKind   = 'c' // + dataset: organisation ID, of a Listing that waits for the operator
	issueKind       = 'u' // + SHA-256 of the lot, ID: Issue
	complaintKind   = 'p' // + reference: organisation ID
	handedKind      = 'q' // + reference: organisation ID, of one that an agency sees
	photoKind       = 'z' // + reference, part: bytes
	contactKind     = 'y' // + reference: text
	scanDayKind     = 'v' // + SHA-256 of the thing, day: ScanDay
	scanPieceKind   = 'w' // + SHA-256 of the lot, SHA-256 of the serial: PieceScans
	downloadKind    = 'D' // + dataset: downloads
	downloadDayKind = 'E' // + dataset, day: DownloadDay
)

func record(of byte, id ledger.ID, kind byte, rest ...byte) []byte {
	return slices.Concat([]byte{of}, id[:], []byte{kind}, rest)
}

func accountKey(id ledger.ID, kind byte, rest ...byte) []byte {
	return record(ofAccount, id, kind, rest...)
}
func orgKey(id ledger.ID, kind byte, rest ...byte) []byte { return record(ofOrg, id, kind, rest...) }
func nodeKey(kind byte, rest ...byte) []byte              { return append([]byte{ofNode, kind}, rest...) }

// inTime begins a key that sorts by time, and ends it so that it is unique.
func inTime(at time.Time) []byte {
	id := ledger.NewID()
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli())), id[:4]...)
}

// read fetches one record; ok is false where there is none.
func read[T any](s *Store, key []byte) (v T, ok bool, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		v, ok, err = get[T](t, key)
		return err
	})
	return v, ok, err
}

func get[T any](t *vault.Tx, key []byte) (v T, ok bool, err error) {
	ok, err = t.Get(key, &v)
	return v, ok, err
}

// list reads all records below a prefix, in the order of their keys.
func list[T any](t *vault.Tx, prefix []byte) (all []T, err error) {
	err = t.Each(prefix, func(e vault.Entry) error {
		var v T
		if err := e.Read(&v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

func readAll[T any](s *Store, prefix []byte) (all []T, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		all, err = list[T](t, prefix)
		return err
	})
	return all, err
}

// room refuses one more record below a prefix than there may be.
func room(t *vault.Tx, prefix []byte, most int, what string) error {
	keys, err := t.Keys(prefix)
	if err == nil && len(keys) >= most {
		err = ledger.Errorf(ledger.TooLarge, "there are %d %s already; remove one first", most, what)
	}
	return err
}

// prune keeps the last records below a prefix, to make room for one more.
func prune(t *vault.Tx, prefix []byte, most int) error {
	keys, err := t.Keys(prefix)
	for i := 0; err == nil && i <= len(keys)-most; i++ {
		err = t.Delete(keys[i])
	}
	return err
}

// remove deletes a record that must be there.
func remove[T any](t *vault.Tx, key []byte, what string) (v T, err error) {
	v, ok, err := get[T](t, key)
	if err != nil {
		return v, err
	}
	if !ok {
		return v, ledger.Errorf(ledger.NotFound, "there is no such %s", what)
	}
	return v, t.Delete(key)
}

func sum(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:]
}
