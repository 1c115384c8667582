package vault

import (
	"errors"
	"fmt"
	"os"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
)

// Record is a value as it is stored: sealed, and of no use without the master key.
type Record struct {
	Key, Value []byte
	Ends       uint64 // seconds since 1970; 0 for never
}

// Records gives every record as of one moment, in the order of keys, the keyring among
// them. The moment is over when began is called; what is erased waits until the end.
// A record holds until f returns.
func (v *Vault) Records(began func(), f func(Record) error) error {
	v.gate.RLock()
	defer v.gate.RUnlock()
	return records(v.db, began, f)
}

// RecordsIn gives the records of a vault that nobody has open, and needs no master key.
func RecordsIn(dir string, f func(Record) error) error {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	db, err := openDatabase(options(dir))
	if err != nil {
		return err
	}
	return errors.Join(records(db, func() {}, f), db.Close())
}

// CheckFiles reads a vault that nobody has open to its end, and changes nothing: the
// checksums of its tables, and that every value is a sealed one. Whether they open only
// the master key tells. err means that it could not be read.
func CheckFiles(dir string) (wrong, err error) {
	db, err := disk.OpenToRead(options(dir))
	if err != nil {
		return nil, err
	}
	wrong = db.VerifyChecksum()
	err = records(db.DB, func() {}, func(r Record) error {
		if string(r.Key) != ringKey && (len(r.Value) < headSize || r.Value[0] != sealVersion) {
			wrong = errors.Join(wrong, fmt.Errorf("the value under %x is not a sealed one", r.Key))
		}
		return nil
	})
	return wrong, errors.Join(err, db.Close())
}

func records(db *badger.DB, began func(), f func(Record) error) error {
	err := db.View(func(txn *badger.Txn) error {
		began()
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			item := it.Item()
			err := item.Value(func(b []byte) error {
				return f(Record{Key: item.Key(), Value: b, Ends: item.ExpiresAt()})
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return plain(err)
}

// Restore makes a vault of records in a folder that holds none. next returns false
// after the last.
func Restore(dir string, next func() (Record, bool, error)) (err error) {
	if _, err := os.Stat(dir); err == nil {
		return ledger.Errorf(ledger.Conflict, "%s holds accounts already", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	db, err := openDatabase(options(dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	batch := db.NewWriteBatch()
	defer batch.Cancel()
	for {
		r, ok, err := next()
		if err != nil {
			return err
		}
		if !ok {
			return errors.Join(batch.Flush(), db.Sync())
		}
		e := badger.NewEntry(r.Key, r.Value)
		e.ExpiresAt = r.Ends
		if err := batch.SetEntry(e); err != nil {
			return err
		}
	}
}

// Compact gives the room of what was deleted or replaced in a vault that nobody has open
// back to the system.
func Compact(dir string) error { return disk.Compact(options(dir), true) }
