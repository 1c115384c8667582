package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

var register = []byte("register")

func open(t testing.TB, dir string, m Master) *Vault {
	t.Helper()
	v, err := Open(dir, m, register)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(key, value string) func(*Tx) error {
	return func(t *Tx) error { return t.Put([]byte(key), value) }
}

// read returns a value, "" where there is none.
func read(t testing.TB, v *Vault, key string) (value string) {
	t.Helper()
	must(t, v.View(func(tx *Tx) error {
		_, err := tx.Get([]byte(key), &value)
		return err
	}))
	return value
}

func TestValues(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, MasterKey{1})
	must(t, v.Update(func(tx *Tx) error {
		for _, k := range []string{"a1", "a3", "a2", "b1"} {
			if err := tx.Put([]byte(k), "value of "+k); err != nil {
				return err
			}
		}
		return tx.Delete([]byte("nothing"))
	}))
	must(t, v.Update(func(tx *Tx) error { return tx.Delete([]byte("a3")) }))
	must(t, v.Close())
	v = open(t, dir, MasterKey{1})
	if got := read(t, v, "a2"); got != "value of a2" {
		t.Errorf("%q", got)
	}
	if got := read(t, v, "a3"); got != "" {
		t.Errorf("deleted, and yet %q", got)
	}
	must(t, v.View(func(tx *Tx) error {
		var got []string
		err := tx.Each([]byte("a"), func(e Entry) error {
			var s string
			got = append(got, string(e.Key))
			return e.Read(&s)
		})
		if fmt.Sprint(got) != "[a1 a2]" {
			t.Errorf("%v", got)
		}
		return err
	}))
}

// TestAllOrNothing: a change that fails has changed nothing.
func TestAllOrNothing(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	refusal := ledger.Errorf(ledger.Conflict, "no")
	err := v.Update(func(tx *Tx) error {
		if err := tx.Put([]byte("a"), "x"); err != nil {
			return err
		}
		return refusal
	})
	if err != error(refusal) || read(t, v, "a") != "" {
		t.Errorf("%v, %q", err, read(t, v, "a"))
	}
}

func TestTooLarge(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	if err := v.Update(put("a", strings.Repeat("x", MaxValue-2))); err != nil {
		t.Error(err)
	}
	if err := v.Update(put("a", strings.Repeat("x", MaxValue-1))); ledger.CodeOf(err) != ledger.TooLarge {
		t.Error(err)
	}
}

func TestUntil(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	must(t, v.Update(func(tx *Tx) error {
		return tx.PutUntil([]byte("past"), "x", time.Now().Add(-time.Second))
	}))
	must(t, v.Update(func(tx *Tx) error {
		return tx.PutUntil([]byte("future"), "x", time.Now().Add(time.Hour))
	}))
	if read(t, v, "past") != "" || read(t, v, "future") != "x" {
		t.Error("a value outlived its time, or died early")
	}
}

// TestContended: changes of one value at the same time all count.
func TestContended(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				if err := v.Update(func(tx *Tx) error {
					n := 0
					if _, err := tx.Get([]byte("n"), &n); err != nil {
						return err
					}
					return tx.Put([]byte("n"), n+1)
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	must(t, v.View(func(tx *Tx) error {
		n := 0
		_, err := tx.Get([]byte("n"), &n)
		if n != 200 {
			t.Errorf("%d of 200 counted", n)
		}
		return err
	}))
}

func TestNames(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	a, b := ledger.ID{1}, ledger.ID{2}
	claim := func(name string, owner ledger.ID) error {
		return v.Update(func(tx *Tx) error { return tx.Claim("phone", name, owner) })
	}
	must(t, claim("+84912345678", a))
	must(t, claim("+84912345678", a))
	if err := claim("+84912345678", b); ledger.CodeOf(err) != ledger.Conflict {
		t.Error(err)
	}
	must(t, v.Update(func(tx *Tx) error { return tx.Release("phone", "+84912345678", b) })) // not b's
	must(t, v.View(func(tx *Tx) error {
		for name, want := range map[string]ledger.ID{"+84912345678": a, "+84912345679": {}} {
			if got, err := tx.Find("phone", name); got != want || err != nil {
				t.Errorf("%s is %s's, %v", name, got, err)
			}
		}
		if got, err := tx.Find("email", "+84912345678"); !got.IsZero() || err != nil {
			t.Errorf("a telephone number is an e-mail address of %s, %v", got, err)
		}
		return nil
	}))
	must(t, v.Update(func(tx *Tx) error { return tx.Release("phone", "+84912345678", a) }))
	must(t, claim("+84912345678", b))
	if v.Hide("ab", "c") == v.Hide("a", "bc") {
		t.Error("kind and name run into each other")
	}
}

// TestNothingInClear: neither a value, nor a name, nor a key's words are on the disk.
func TestNothingInClear(t *testing.T) {
	dir := t.TempDir()
	master := NewMasterKey()
	v := open(t, dir, master)
	must(t, v.Update(func(tx *Tx) error {
		if err := tx.Claim("phone", "+84912345678", ledger.ID{1}); err != nil {
			return err
		}
		return tx.Put([]byte("visible-key"), "Trần Thị Hoa")
	}))
	data := v.ring.Load().current().Key
	must(t, v.Close())
	if n := find(t, dir, "visible-key"); n == 0 {
		t.Error("the search finds nothing at all")
	}
	for _, secret := range []string{"Trần Thị Hoa", "84912345678", string(master[:]), string(data[:])} {
		if n := find(t, dir, secret); n != 0 {
			t.Errorf("a secret is on the disk %d times", n)
		}
	}
}

// find counts how often text is in the files of a folder.
func find(t testing.TB, dir, text string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		n += bytes.Count(b, []byte(text))
		return err
	}))
	return n
}

// TestMoved: a sealed value opens in its own place and register only.
func TestMoved(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, MasterKey{1})
	must(t, v.Update(put("a", "x")))
	b, err := v.raw([]byte("da"))
	must(t, err)
	must(t, v.db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("db"), b) }))
	if err := v.View(func(tx *Tx) error { _, err := tx.Get([]byte("b"), new(string)); return err }); ledger.CodeOf(err) != ledger.Internal {
		t.Errorf("opens elsewhere: %v", err)
	}
	must(t, v.Close())
	if _, err := Open(dir, MasterKey{1}, []byte("another register")); err == nil {
		t.Error("opens in another register")
	}
}

func TestMasters(t *testing.T) {
	defer func(cost kdf) { passphraseCost = cost }(passphraseCost)
	passphraseCost.Memory, passphraseCost.Passes = 64, 1
	pass := func(s string) Master {
		p, err := NewPassphrase(s)
		must(t, err)
		return p
	}
	masters := []Master{MasterKey{1}, MasterKey{2}, pass("bưởi da xanh Bến Tre"), pass("bưởi da xanh bến tre")}
	for i, locked := range masters {
		dir := t.TempDir()
		v := open(t, dir, locked)
		must(t, v.Update(put("a", "x")))
		must(t, v.Close())
		for j, tried := range masters {
			v, err := Open(dir, tried, register)
			if (err == nil) != (i == j) {
				t.Errorf("locked by %d, tried %d: %v", i, j, err)
			}
			if err == nil {
				if read(t, v, "a") != "x" {
					t.Error("the value is gone")
				}
				must(t, v.Close())
			} else if strings.Contains(err.Error(), "bưởi") {
				t.Errorf("the error holds the passphrase: %v", err)
			}
		}
	}
	if s := fmt.Sprintf("%v %+v %#v %s", masters[2], masters[2], masters[2], masters[0]); strings.Contains(s, "bưởi") || strings.Contains(s, "0x1") {
		t.Errorf("printing shows a secret: %s", s)
	}
	decomposed, err := NewPassphrase("bưởi da xanh Bến Tre") // typed with combining marks
	if err != nil || decomposed != masters[2] {
		t.Errorf("a passphrase depends on the keyboard: %v", err)
	}
	if _, err := NewPassphrase("mười lăm ký tự!"); err == nil {
		t.Error("a short passphrase is taken")
	}
}

func TestMasterSources(t *testing.T) {
	k := NewMasterKey()
	file := filepath.Join(t.TempDir(), "master.key")
	must(t, os.WriteFile(file, []byte(k.Text()+"\n"), 0o600))
	if got, err := MasterFile(file); got != k || err != nil {
		t.Error(err)
	}
	must(t, os.Chmod(file, 0o640))
	if _, err := MasterFile(file); err == nil {
		t.Error("a key that a group may read is taken")
	}
	t.Setenv("SOGOC_TEST_MASTER", k.Text())
	if got, err := MasterEnv("SOGOC_TEST_MASTER"); got != k || err != nil {
		t.Error(err)
	}
	if _, still := os.LookupEnv("SOGOC_TEST_MASTER"); still {
		t.Error("the variable is inherited by child processes")
	}
	if _, err := MasterEnv("SOGOC_TEST_MASTER"); err == nil {
		t.Error("a variable that is not set gives a key")
	}
	for _, s := range []string{"", "AAAA", k.Text()[:43], k.Text() + "AAAA", strings.Repeat("!", 44)} {
		if _, err := ParseMasterKey(s); err == nil {
			t.Errorf("%q is a key", s)
		} else if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("the error repeats what may be half a key: %v", err)
		}
	}
}

// TestForeignFolder: a folder with records but without a keyring is not taken over.
func TestForeignFolder(t *testing.T) {
	dir := t.TempDir()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil))
	must(t, err)
	must(t, db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("m1"), []byte("x")) }))
	must(t, db.Close())
	if _, err := Open(dir, MasterKey{1}, register); err == nil || !strings.Contains(err.Error(), "keyring") {
		t.Error(err)
	}
}

func TestSealedText(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	text, err := v.Seal("oidc", map[string]int{"n": 7})
	must(t, err)
	var got map[string]int
	if err := v.Unseal("oidc", text, &got); err != nil || got["n"] != 7 {
		t.Errorf("%v, %v", got, err)
	}
	other := open(t, t.TempDir(), MasterKey{1})
	for what, err := range map[string]error{
		"purpose": v.Unseal("passkey", text, &got), "vault": other.Unseal("oidc", text, &got), "empty": v.Unseal("oidc", "", &got),
		"flipped": v.Unseal("oidc", text[:len(text)-8]+"AAAAAAAA", &got), "longer": v.Unseal("oidc", text+"AAAA", &got),
	} {
		if ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("another %s: %v", what, err)
		}
	}
}

func FuzzUnseal(f *testing.F) {
	v := open(f, f.TempDir(), MasterKey{1})
	good, err := v.Seal("p", "x")
	must(f, err)
	f.Add(good)
	f.Add("")
	f.Add("AQAAAAE")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := v.Unseal("p", s, &got); err == nil && s != good {
			t.Errorf("%q opens as %q", s, got)
		}
	})
}

func FuzzKeyring(f *testing.F) {
	r, err := newRing(MasterKey{1}, newDataKey(1))
	must(f, err)
	good, err := r.encode(register)
	must(f, err)
	f.Add(good)
	f.Add([]byte(`{"format":"sogoc-vault/1","kdf":{"name":"argon2id","memory":4294967295}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []Master{MasterKey{1}, Passphrase{"x"}} {
			if _, ok := m.(Passphrase); ok && costly(b) {
				continue
			}
			if r, err := openRing(b, m, register); err == nil && r.current().Epoch != 1 {
				t.Errorf("%q opens", b)
			}
		}
	})
}

// costly spares the fuzzer parameters that are allowed and take seconds.
func costly(b []byte) bool {
	var k keyring
	return json.Unmarshal(b, &k) == nil && k.KDF.Memory > 1024 && k.KDF.Memory <= maxMemory
}
