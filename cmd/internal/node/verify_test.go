package node_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/trace"
)

// verified checks a folder and returns what is wrong.
func verified(t testing.TB, dir string, change ...func(*node.VerifyConfig)) (wrong, notes []string) {
	t.Helper()
	c := node.VerifyConfig{
		Config: node.Config{Data: dir, Log: quiet},
		Wrong:  func(where, what string) { wrong = append(wrong, where+": "+what) },
		Note:   func(what string) { notes = append(notes, what) },
	}
	for _, f := range change {
		f(&c)
	}
	v, err := node.Verify(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	if v.Wrong != len(wrong) {
		t.Errorf("%d are wrong, %d were told", v.Wrong, len(wrong))
	}
	return wrong, notes
}

// TestVerify damages what a stopped node keeps, in every part of it, and finds it named.
func TestVerify(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	s := openSite(t, whole)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	person := s.admit("Hộ ông Bình", ledger.KindHousehold)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều"})
	s.recordEvents(coop, ledger.Public, s.commission(s.lot(product, "L1"), 100))
	s.recordEvents(coop, ledger.Public, s.commission(s.lot(product, "L2"), 100), s.transform(s.lot(product, "L1"), 10, s.lot(product, "L3"), 9))
	var file []byte // no two blocks of which are alike: of those one is kept
	for i := range 50_000 {
		file = fmt.Appendf(file, "một tệp nằm dưới mã của nó %d ", i)
	}
	large := s.upload(coop.token, file, false)
	s.publish(coop)
	gone := payloadOf(t, s, person)
	s.direct(s.operator, trace.ActionErase, trace.Erasure{Payload: gone, Reason: "subject_request"})
	profile := payloadOf(t, s, coop)
	stored := string(ledger.Pack(s.must(s.get("/ipfs/"+profile, ""), http.StatusOK).body))
	kept := s.must(s.get("/api/v1/checkpoint", ""), http.StatusOK).body
	if _, err := node.Verify(t.Context(), node.VerifyConfig{Config: node.Config{Data: whole, Log: quiet}}); !node.InUse(err) {
		t.Errorf("while a node runs: %v", err)
	}
	origin, size := s.Trust.Origin, s.Ledger.Size()
	eventually(t, func() bool {
		info, err := s.Store.Stat(t.Context(), mustCID(t, gone))
		return err == nil && info.Erased != 0
	}, "the erasure")
	s.stop()
	if wrong, notes := verified(t, whole); len(wrong)+len(notes) != 0 {
		t.Fatalf("a folder that is whole: %q, %q", wrong, notes)
	}

	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		says   []string // each in one of those that are told
	}{
		{"a byte of a block", func(t *testing.T, dir string) {
			flip(t, filepath.Join(dir, "ledger", "blocks"), "Ghi sổ 1 sự kiện")
		}, []string{"block at entry", "fails its checksum"}},
		{"a byte of a small payload", func(t *testing.T, dir string) {
			flip(t, filepath.Join(dir, "payloads", "blocks"), stored)
		}, []string{"payload " + profile}},
		{"a byte of a large payload", func(t *testing.T, dir string) {
			flip(t, filepath.Join(dir, "payloads", "blocks"), "một tệp nằm dưới mã")
		}, []string{"payload " + large}},
		{"a payload that is gone", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "payloads", "blocks"), func(txn *badger.Txn) error {
				return txn.Delete(append([]byte("p"), mustCID(t, profile).Bytes()...))
			})
		}, []string{"payload " + profile + ": it is missing; it is named by ledger, block"}},
		{"a tombstone that is gone", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "payloads", "blocks"), func(txn *badger.Txn) error {
				return txn.Delete(append([]byte("t"), mustCID(t, gone).Bytes()...))
			})
		}, []string{"payload " + gone + ": it was erased by ledger, block"}},
		{"a key of a sealed payload", func(t *testing.T, dir string) {
			sealed := filepath.Join(dir, "payloads", "keys")
			b, err := os.ReadFile(sealed)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) <= 64 {
				t.Fatal("no payload is sealed")
			}
			b[0] ^= 1
			if err := os.WriteFile(sealed, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"is not a file of payload keys"}},
		{"a value of the state", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "ledger", "state"), func(txn *badger.Txn) error { return changeFirst(txn, "s") })
		}, []string{"ledger/state: key ", "has another value"}},
		{"a key of the state too many", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "ledger", "state"), func(txn *badger.Txn) error { return txn.Set([]byte("sforged"), []byte("1")) })
		}, []string{`ledger/state: key "forged" does not belong here`}},
		{"a deleted state", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "ledger", "state")) }, []string{"ledger/state: "}},
		{"a deleted index", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "index")) }, []string{"index: it is missing"}},
		{"a deleted catalogue", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "catalog")) }, []string{"catalog: it is missing"}},
		{"deleted deals", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "deals")) }, []string{"deals: it is missing"}},
		{"deleted accounts", func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "accounts")) }, []string{"accounts: it is missing"}},
		{"a posting of the index", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "index"), func(txn *badger.Txn) error { return deleteFirst(txn, "p") })
		}, []string{"index: key \"p", "is missing"}},
		{"a dataset of the catalogue", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "catalog"), func(txn *badger.Txn) error { return deleteFirst(txn, "r") })
		}, []string{"catalog: key \"r", "is missing"}},
		{"a block that is gone", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "ledger", "blocks"), func(txn *badger.Txn) error { return deleteFirst(txn, "b") })
		}, []string{"ledger, block 0: entries 0 to 0 are missing"}},
		{"the last block gone", func(t *testing.T, dir string) {
			change(t, filepath.Join(dir, "ledger", "blocks"), deleteLastBlock)
		}, []string{"ledger/state: it has", "blocks were lost"}},
		{"a ledger that does not open", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "ledger", "blocks", "MANIFEST"), []byte("nothing"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"ledger: the database "}},
		{"several at once", func(t *testing.T, dir string) {
			flip(t, filepath.Join(dir, "payloads", "blocks"), stored)
			change(t, filepath.Join(dir, "ledger", "state"), func(txn *badger.Txn) error { return txn.Set([]byte("sforged"), []byte("1")) })
			remove(t, filepath.Join(dir, "index"))
		}, []string{"payload " + profile, "forged", "index: it is missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copied(t, whole)
			c.damage(t, dir)
			wrong, _ := verified(t, dir)
			for _, want := range c.says {
				if !strings.Contains(strings.Join(wrong, "\n"), want) {
					t.Errorf("%q is not told; told is\n%s", want, strings.Join(wrong, "\n"))
				}
			}
		})
	}

	t.Run("checkpoint", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "checkpoint")
		with := func(b []byte) []string {
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			wrong, _ := verified(t, whole, func(c *node.VerifyConfig) { c.Checkpoint = file })
			return wrong
		}
		if wrong := with(kept); len(wrong) > 0 {
			t.Errorf("one that was kept: %q", wrong)
		}
		if wrong := with(bytes.Replace(kept, []byte("\n\n"), []byte("\nx\n\n"), 1)); len(wrong) == 0 {
			t.Error("one that nobody signed is taken")
		}
		key, err := os.ReadFile(filepath.Join(whole, "keys", "checkpoint.key"))
		if err != nil {
			t.Fatal(err)
		}
		signer, err := note.NewSigner(strings.TrimSpace(string(key)))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []merkle.Checkpoint{{Origin: origin, Size: size, Root: ledger.Hash{1}}, {Origin: origin, Size: size + 1}} {
			other, err := merkle.SignCheckpoint(c, signer)
			if err != nil {
				t.Fatal(err)
			}
			if wrong := with(other); len(wrong) != 1 || !strings.HasPrefix(wrong[0], file) {
				t.Errorf("one of another past: %q", wrong)
			}
		}
	})
	t.Run("rebuild", func(t *testing.T) {
		dir := copied(t, whole)
		remove(t, filepath.Join(dir, "index"))
		change(t, filepath.Join(dir, "catalog"), func(txn *badger.Txn) error { return deleteFirst(txn, "r") })
		if _, err := node.Rebuild(t.Context(), node.Config{Data: dir, Log: quiet}); err != nil {
			t.Fatal(err)
		}
		if wrong, _ := verified(t, dir); len(wrong) > 0 {
			t.Errorf("after rebuilding: %q", wrong)
		}
	})
}

// copied is a folder with the same files.
func copied(t testing.TB, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit of a file of a folder, within some text.
func flip(t testing.TB, dir, text string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.Index(b, []byte(text)); i >= 0 {
			b[i+3] ^= 1
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("%q is in no file of %s", text, dir)
}

// change writes to a database behind its owner's back.
func change(t testing.TB, dir string, f func(*badger.Txn) error) {
	t.Helper()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(f); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// firstOf is the first key below a prefix.
func firstOf(txn *badger.Txn, prefix string) ([]byte, error) {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix)})
	defer it.Close()
	it.Rewind()
	if !it.Valid() {
		return nil, fmt.Errorf("there is no key below %q", prefix)
	}
	return it.Item().KeyCopy(nil), nil
}

func deleteFirst(txn *badger.Txn, prefix string) error {
	key, err := firstOf(txn, prefix)
	if err != nil {
		return err
	}
	return txn.Delete(key)
}

func changeFirst(txn *badger.Txn, prefix string) error {
	key, err := firstOf(txn, prefix)
	if err != nil {
		return err
	}
	return txn.Set(key, []byte("changed"))
}

func deleteLastBlock(txn *badger.Txn) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte("b")})
	var last []byte
	for it.Rewind(); it.Valid(); it.Next() {
		last = it.Item().KeyCopy(last)
	}
	it.Close()
	return txn.Delete(last)
}

// TestCompact gives the room of what was erased back.
func TestCompact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSite(t, dir)
	s.must(s.get("/api/v1/checkpoint", ""), http.StatusOK)
	for range 8 {
		large := make([]byte, 4<<20)
		rand.Read(large)
		id := mustCID(t, s.upload(s.operator, large, false))
		if err := s.Store.Erase(t.Context(), id, "requested", ledger.TimeOf(time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := node.Compact(t.Context(), node.Config{Data: dir, Log: quiet}); !node.InUse(err) {
		t.Errorf("while a node runs: %v", err)
	}
	s.stop()
	list, err := node.Compact(t.Context(), node.Config{Data: dir, Log: quiet})
	if err != nil || len(list) != 6 {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, c := range list {
		if c.Store == "payloads" && (c.Before < 32<<20 || c.After > 8<<20) {
			t.Errorf("32 MiB were erased: %+v", c)
		}
	}
	if wrong, notes := verified(t, dir); len(wrong)+len(notes) > 0 {
		t.Errorf("afterwards: %q, %q", wrong, notes)
	}
	s = openSite(t, dir)
	if got := s.get("/readyz", ""); got.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s", got)
	}
}
