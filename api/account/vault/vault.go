package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// Places in Badger.
const (
	ringKey      = "k" // the keyring
	dataPrefix   = "d" // + key: sealed value
	namePrefix   = "i" // + HMAC of a name: sealed claim
	dropPrefix   = "y" // + random: sealed list of what is being dropped
	cookiePrefix = "c" // + purpose: nothing is stored there
)

// ErrInUse says that another process, or this one, has the folder open.
var ErrInUse = errors.New("the folder is in use by another process")

// Vault is an open store. Its methods may be called at the same time.
type Vault struct {
	db      *badger.DB
	context []byte
	ring    atomic.Pointer[ring]

	gate     sync.RWMutex // shared by changes; alone for what changes keys or files
	turn     sync.Mutex   // held by changes that lost a conflict
	rotating sync.Mutex
}

// Open opens or makes the vault in a folder, and finishes what was cut off: an
// erasure, a rotation. The context is bound to every value.
func Open(dir string, master Master, context []byte) (_ *Vault, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	db, err := openDatabase(options(dir))
	if err != nil {
		return nil, err
	}
	v := &Vault{db: db, context: bytes.Clone(context)}
	if err := v.unlock(master); err != nil {
		return nil, errors.Join(fmt.Errorf("accounts in %s: %w", dir, err), db.Close())
	}
	return v, nil
}

func options(dir string) badger.Options {
	return badger.DefaultOptions(dir).WithLogger(nil).WithSyncWrites(true).WithMemTableSize(8 << 20).
		WithBlockCacheSize(1 << 20).WithIndexCacheSize(1 << 20).WithValueLogFileSize(16 << 20)
}

func openDatabase(o badger.Options) (*badger.DB, error) {
	db, err := badger.Open(o)
	if err != nil && strings.Contains(err.Error(), "Another process is using this Badger database") {
		return nil, fmt.Errorf("accounts in %s: %w", o.Dir, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("accounts in %s: %w", o.Dir, err)
	}
	return db, nil
}

func (v *Vault) unlock(master Master) error {
	stored, err := v.raw([]byte(ringKey))
	if err != nil {
		return err
	}
	if stored == nil {
		return v.found(master)
	}
	r, err := openRing(stored, master, v.context)
	if err != nil {
		return err
	}
	v.ring.Store(r)
	if err := v.finishErasures(); err != nil {
		return err
	}
	return v.finishRotation(context.Background(), nil)
}

// found makes the first keyring.
func (v *Vault) found(master Master) error {
	empty := true
	if err := v.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		it.Rewind()
		empty = !it.Valid()
		return nil
	}); err != nil {
		return err
	}
	if !empty {
		return errors.New("the folder has records but no keyring")
	}
	r, err := newRing(master, newDataKey(1))
	if err != nil {
		return err
	}
	return v.adopt(r)
}

// adopt stores a keyring and uses it from then on.
func (v *Vault) adopt(r *ring) error {
	b, err := r.encode(v.context)
	if err != nil {
		return err
	}
	if err := v.db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(ringKey), b) }); err != nil {
		return err
	}
	v.ring.Store(r)
	return nil
}

func (v *Vault) raw(key []byte) (value []byte, err error) {
	err = v.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, err = item.ValueCopy(nil)
		}
		return err
	})
	return value, err
}

// Close lets go of the folder.
func (v *Vault) Close() error { return v.db.Close() }

// View reads one consistent state.
func (v *Vault) View(fn func(*Tx) error) error {
	return plain(v.db.View(func(txn *badger.Txn) error { return fn(&Tx{v: v, txn: txn, ring: v.ring.Load()}) }))
}

// Update makes one change: all of it is on the disk when Update returns nil, and
// none of it otherwise. fn may run more than once and must not call the vault.
func (v *Vault) Update(fn func(*Tx) error) error {
	v.gate.RLock()
	defer v.gate.RUnlock()
	return v.change(fn)
}

// change commits. Changes that read what another one wrote meanwhile run again,
// one after the other, so that each gets through.
func (v *Vault) change(fn func(*Tx) error) error {
	try := func() error {
		return v.db.Update(func(txn *badger.Txn) error { return fn(&Tx{v: v, txn: txn, ring: v.ring.Load()}) })
	}
	err := try()
	if errors.Is(err, badger.ErrConflict) {
		v.turn.Lock()
		defer v.turn.Unlock()
		for errors.Is(err, badger.ErrConflict) {
			err = try()
		}
	}
	return plain(err)
}

// plain puts a code on what Badger says.
func plain(err error) error {
	var e *ledger.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return ledger.Wrap(err, ledger.Unavailable, "the account store cannot be used")
}
