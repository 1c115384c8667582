package vault

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// TestRecords: a vault made of another's records opens with its master key alone.
func TestRecords(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "from")
	v := open(t, dir, MasterKey{1})
	must(t, v.Update(put("a1", "một")))
	must(t, v.Update(func(tx *Tx) error {
		return errors.Join(tx.Claim("phone", "0912", ledger.ID{7}), tx.PutUntil([]byte("ends"), "soon", time.Now().Add(time.Hour)))
	}))
	var list []Record
	keep := func(r Record) error {
		list = append(list, Record{bytes.Clone(r.Key), bytes.Clone(r.Value), r.Ends})
		return nil
	}
	must(t, v.Records(func() { must(t, v.Update(put("a2", "hai"))) }, keep)) // after the moment
	if len(list) != 4 {
		t.Errorf("%d records", len(list))
	}
	must(t, v.Close())
	n := len(list)
	must(t, RecordsIn(dir, keep))
	if len(list) != 2*n+1 {
		t.Errorf("%d records of the vault that nobody has open, want %d", len(list)-n, n+1)
	}
	to := filepath.Join(t.TempDir(), "to")
	rest := list[:n]
	next := func() (Record, bool, error) {
		if len(rest) == 0 {
			return Record{}, false, nil
		}
		r := rest[0]
		rest = rest[1:]
		return r, true, nil
	}
	must(t, Restore(to, next))
	if err := Restore(to, next); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("over a vault: %v", err)
	}
	if wrong, err := CheckFiles(to); wrong != nil || err != nil {
		t.Errorf("%v, %v", wrong, err)
	}
	must(t, Compact(to))
	if _, err := Open(to, MasterKey{2}, register); !errors.Is(err, ErrMaster) {
		t.Errorf("by another key: %v", err)
	}
	w := open(t, to, MasterKey{1})
	if read(t, w, "a1") != "một" || read(t, w, "a2") != "" || read(t, w, "ends") != "soon" {
		t.Error("it has other values")
	}
	must(t, w.View(func(tx *Tx) error {
		owner, err := tx.Find("phone", "0912")
		if owner != (ledger.ID{7}) {
			t.Errorf("the name is %s's", owner)
		}
		return err
	}))
	must(t, w.Close())

	db, err := badger.Open(options(to))
	must(t, err)
	must(t, db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("dx"), []byte("in clear")) }))
	must(t, db.Close())
	if wrong, err := CheckFiles(to); wrong == nil || err != nil {
		t.Errorf("with a value that is not sealed: %v, %v", wrong, err)
	}
}
