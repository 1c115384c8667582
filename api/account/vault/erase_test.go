package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// person writes an account of three records and a name, one of them twice.
func person(t testing.TB, v *Vault, key string, owner ledger.ID) {
	t.Helper()
	for range 2 {
		must(t, v.Update(func(tx *Tx) error {
			for _, kind := range []string{"/name", "/key", "/session"} {
				if err := tx.Put([]byte(key+kind), "x"); err != nil {
					return err
				}
			}
			return tx.Claim("phone", key, owner)
		}))
	}
}

func erase(v *Vault, key string) error {
	return v.Erase(func(tx *Tx) (Waste, error) {
		return Waste{Prefixes: [][]byte{[]byte(key)}, Names: []Name{{"phone", key}, {"email", "nobody's"}}}, tx.Put([]byte("tombstone/"+key), "gone")
	})
}

// TestErase: what is erased is not in the files any more, and the rest is.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, MasterKey{1})
	person(t, v, "account-1", owner(1))
	person(t, v, "account-2", owner(2))
	sealed, err := v.raw([]byte("daccount-1/name"))
	must(t, err)
	sealed = sealed[8:] // tables are compressed; what is random stays whole
	must(t, v.Close())
	if find(t, dir, string(sealed)) == 0 {
		t.Fatal("the search finds nothing at all")
	}
	v = open(t, dir, MasterKey{1})
	person(t, v, "account-1", owner(1)) // once on the disk in tables, once in the log
	hidden := v.ring.Load().current().name("phone", "account-1")
	must(t, erase(v, "account-1"))
	if got := read(t, v, "tombstone/account-1"); got != "gone" {
		t.Errorf("the tombstone reads %q", got)
	}
	must(t, v.Update(func(tx *Tx) error { return tx.Claim("phone", "account-1", owner(3)) }))
	must(t, v.Close())
	if n := find(t, dir, string(sealed)); n != 0 {
		t.Errorf("a value is still on the disk %d times", n)
	}
	if find(t, dir, string(hidden)) == 0 {
		t.Error("a name that was claimed again is not there")
	}
	v = open(t, dir, MasterKey{1})
	if read(t, v, "account-1/name") != "" || read(t, v, "account-2/name") != "x" {
		t.Error("the wrong account is gone")
	}
}

// TestEraseCutOff: an erasure that had only been decided is done by the next Open.
func TestEraseCutOff(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, MasterKey{1})
	person(t, v, "account-1", owner(1))
	must(t, v.Close())
	copied := t.TempDir()
	v = open(t, dir, MasterKey{1})
	at := []byte("yabcdefgh")
	must(t, v.Update(func(tx *Tx) error { return tx.put(at, [][]byte{[]byte("daccount-1")}, 0) }))
	copyDir(t, dir, copied) // as a killed process leaves it
	v = open(t, copied, MasterKey{1})
	if read(t, v, "account-1/name") != "" {
		t.Error("the account is still there")
	}
	if b, err := v.raw(at); b != nil || err != nil {
		t.Errorf("the note is still there: %v", err)
	}
}

func copyDir(t testing.TB, from, to string) {
	t.Helper()
	files, err := os.ReadDir(from)
	must(t, err)
	for _, f := range files {
		if f.Name() == "LOCK" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, f.Name()), b, 0o600))
	}
}

// TestEraseEverything: a prefix that would hold all there is is refused.
func TestEraseEverything(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	must(t, v.Update(put("a", "x")))
	if err := v.Erase(func(*Tx) (Waste, error) { return Waste{Prefixes: [][]byte{{}}}, nil }); ledger.CodeOf(err) != ledger.Internal {
		t.Error(err)
	}
	if read(t, v, "a") != "x" {
		t.Error("everything is gone")
	}
}

// TestEraseWhileUsed: changes wait and are not lost; readers go on.
func TestEraseWhileUsed(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	for i := range 20 {
		person(t, v, string(rune('A'+i))+"-account", owner(i))
	}
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			for i := range 100 {
				key := string(bytes.Repeat([]byte{'z'}, w+1)) + string(rune('a'+i%26))
				if err := v.Update(put(key, "kept")); err != nil {
					t.Error(err)
				}
				if err := v.View(func(tx *Tx) error { return tx.Each([]byte("z"), func(e Entry) error { return e.Read(new(string)) }) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		must(t, erase(v, string(rune('A'+i))+"-account"))
	}
	wg.Wait()
	n := 0
	must(t, v.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte("dz")})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			n++
		}
		return nil
	}))
	if n != 52 {
		t.Errorf("%d of 52 values are there", n)
	}
}
