package vault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
)

// owner is the number that a test's name belongs to.
func owner(n int) ledger.ID { return ledger.ID{byte(n >> 8), byte(n), 1} }

func phone(n int) string { return fmt.Sprintf("+849%08d", n) }

// fill writes n values and as many names.
func fill(t testing.TB, v *Vault, n int) {
	t.Helper()
	for i := 0; i < n; i += 100 {
		must(t, v.Update(func(tx *Tx) error {
			for j := i; j < min(i+100, n); j++ {
				if err := errors.Join(tx.Put(fmt.Appendf(nil, "a%05d", j), j), tx.Claim("phone", phone(j), owner(j))); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// whole checks that everything that fill wrote is there, all of it under the
// newest of keys, and that there is one key.
func whole(t testing.TB, v *Vault, n int, epoch uint32) {
	t.Helper()
	must(t, v.View(func(tx *Tx) error {
		for j := range n {
			got := -1
			_, err := tx.Get(fmt.Appendf(nil, "a%05d", j), &got)
			who, err2 := tx.Find("phone", phone(j))
			if got != j || who != owner(j) || err != nil || err2 != nil {
				t.Fatalf("%d is %d, its name %s's: %v, %v", j, got, who, err, err2)
			}
		}
		return nil
	}))
	records := 0
	must(t, v.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if string(it.Item().Key()) == ringKey {
				continue
			}
			records++
			must(t, it.Item().Value(func(b []byte) error {
				if epochOf(b) != epoch {
					t.Errorf("%q is of epoch %d, not %d", it.Item().Key(), epochOf(b), epoch)
				}
				return nil
			}))
		}
		return nil
	}))
	if records != 2*n || len(v.ring.Load().keys) != 1 {
		t.Errorf("%d records under %d keys, want %d under one", records, len(v.ring.Load().keys), 2*n)
	}
}

func TestRotate(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, MasterKey{1})
	fill(t, v, 1000)
	var last [2]int
	must(t, v.Rotate(t.Context(), MasterKey{2}, func(done, total int) { last = [2]int{done, total} }))
	if last != [2]int{2000, 2000} {
		t.Errorf("%v were said to be done", last)
	}
	whole(t, v, 1000, 2)
	must(t, v.Close())
	phrase, err := NewPassphrase("đường lên núi vải chín đỏ")
	must(t, err)
	for what, m := range map[string]Master{"old master key": MasterKey{1}, "passphrase": phrase} {
		if _, err := Open(dir, m, register); !errors.Is(err, ErrMaster) {
			t.Errorf("the %s: %v", what, err)
		}
	}
	v = open(t, dir, MasterKey{2})
	whole(t, v, 1000, 2)
	must(t, v.Rotate(t.Context(), MasterKey{2}, nil)) // the same master, new data key
	whole(t, v, 1000, 3)
}

// TestRotateCancelled: it goes on with the same key, and with no other.
func TestRotateCancelled(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	fill(t, v, 500)
	ctx, cancel := context.WithCancel(t.Context())
	if err := v.Rotate(ctx, MasterKey{2}, func(int, int) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := read2(t, v, "a00499"); got != 499 {
		t.Errorf("in the middle, a value reads %d", got)
	}
	if err := v.Update(func(tx *Tx) error { return tx.Claim("phone", phone(499), owner(1)) }); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("in the middle, a name is given away: %v", err)
	}
	if err := v.Rotate(t.Context(), MasterKey{3}, nil); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("another rotation begins: %v", err)
	}
	must(t, v.Rotate(t.Context(), MasterKey{2}, nil))
	whole(t, v, 500, 2)
}

func read2(t testing.TB, v *Vault, key string) (n int) {
	t.Helper()
	must(t, v.View(func(tx *Tx) error { _, err := tx.Get([]byte(key), &n); return err }))
	return n
}

// TestRotateWhileUsed: readers and writers notice nothing.
func TestRotateWhileUsed(t *testing.T) {
	v := open(t, t.TempDir(), MasterKey{1})
	fill(t, v, 300)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := w; ; n = (n + 1) % 300 {
				select {
				case <-stop:
					return
				default:
				}
				var got int
				var who ledger.ID
				err := v.View(func(tx *Tx) (err error) {
					if _, err = tx.Get(fmt.Appendf(nil, "a%05d", n), &got); err == nil {
						who, err = tx.Find("phone", phone(n))
					}
					return err
				})
				if err == nil && n%10 == 0 {
					err = v.Update(func(tx *Tx) error { return tx.Put(fmt.Appendf(nil, "a%05d", n), n) })
				}
				if err != nil || got != n || who != owner(n) {
					t.Errorf("%d is %d, %s's: %v", n, got, who, err)
					return
				}
			}
		})
	}
	for i := range 3 {
		must(t, v.Rotate(t.Context(), MasterKey{byte(i + 2)}, nil))
	}
	close(stop)
	wg.Wait()
	whole(t, v, 300, 4)
}

const killDir = "VAULT_TEST_KILL_DIR"

// TestRotateKilled kills a process in the middle of a rotation.
func TestRotateKilled(t *testing.T) {
	const n = 4000
	if dir := os.Getenv(killDir); dir != "" {
		v := open(t, dir, MasterKey{1})
		must(t, v.Rotate(t.Context(), MasterKey{2}, func(done, _ int) { fmt.Println("done", done) }))
		fmt.Println("finished")
		return
	}
	dir := t.TempDir()
	v := open(t, dir, MasterKey{1})
	fill(t, v, n)
	must(t, v.Close())
	cmd := exec.Command(os.Args[0], "-test.run=^TestRotateKilled$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for killed := false; lines.Scan(); {
		if strings.Contains(lines.Text(), "finished") {
			t.Fatal("it was done before it was killed")
		}
		if !killed {
			must(t, cmd.Process.Kill())
			killed = true
		}
	}
	if cmd.Wait() == nil {
		t.Fatal("the process ended by itself")
	}
	if _, err := Open(dir, MasterKey{1}, register); !errors.Is(err, ErrMaster) {
		t.Errorf("the old master key: %v", err)
	}
	whole(t, open(t, dir, MasterKey{2}), n, 2)
}
