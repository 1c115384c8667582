package store

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// TestSnapshot: another store that adopts what came since each moment has the same.
func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	put := func(b []byte, sealed bool) cid.Cid { return stored(t, s, b, sealed) }
	to := open(t, Config{Dir: t.TempDir()})
	moment, name := uint64(0), [16]byte{}
	// adopt takes what came since the last time, and says how many.
	adopt := func() (payloads, tombstones int) {
		t.Helper()
		n, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		put([]byte("stored after the snapshot, "+string(rune('a'+moment%26))), false)
		err = n.Since(t.Context(), moment, func(k Kept) error {
			if k.Bytes == nil {
				tombstones++
				return to.Erase(t.Context(), k.CID, k.Reason, k.Erased)
			}
			payloads++
			return to.Adopt(t.Context(), k.CID, k.Bytes, k.Key)
		})
		if err != nil {
			t.Fatal(err)
		}
		moment, name = n.At(), n.Name()
		return payloads, tombstones
	}
	small, tree, sealed := put([]byte("small"), false), put(bytesOf(1, 3*content.ChunkSize), false), put(bytesOf(2, 2*content.ChunkSize), true)
	if p, e := adopt(); p != 3 || e != 0 {
		t.Errorf("%d payloads and %d tombstones, want 3 and 0", p, e)
	}
	again := put([]byte("small"), false) // stored again
	if err := s.Erase(t.Context(), sealed, "requested", 5); err != nil || again != small {
		t.Fatal(err)
	}
	if p, e := adopt(); p != 2 || e != 1 { // and the one behind the first snapshot
		t.Errorf("%d payloads and %d tombstones, want 2 and 1", p, e)
	}
	for c, want := range map[cid.Cid][]byte{small: []byte("small"), tree: bytesOf(1, 3*content.ChunkSize)} {
		r, _, err := to.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", c, len(got), err)
		}
	}
	_, _, err := to.Open(t.Context(), sealed)
	wantCode(t, err, ledger.NotFound, "")
	if to.name == s.name || name != s.name {
		t.Error("two stores have one name")
	}

}

// TestCheckKeys finds the payload whose key is another, and changes nothing.
func TestCheckKeys(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	stored(t, s, bytesOf(1, 100), true)
	gone, last := stored(t, s, []byte("gone"), false), stored(t, s, bytesOf(2, 100), true)
	if err := errors.Join(s.Erase(t.Context(), gone, "requested", 5), s.Close()); err != nil {
		t.Fatal(err)
	}
	check := func(damaged bool) {
		t.Helper()
		s, err := OpenToRead(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		found, erased := 0, 0
		database, err := s.Check(t.Context(), func(f Found) {
			if found++; f.Erased {
				erased++
			}
			if broken := f.Wrong != nil; broken != (damaged && f.CID == last) {
				t.Errorf("damaged %v: %s: %v", damaged, f.CID, f.Wrong)
			}
		}, func(int, int) {})
		if database != nil || err != nil || found != 3 || erased != 1 {
			t.Errorf("%v, %v, %d found, %d erased", database, err, found, erased)
		}
		wantCode(t, s.Erase(t.Context(), last, "requested", 5), ledger.Unavailable, "read only")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	check(false)
	keys := filepath.Join(dir, keysFile)
	b, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-slotSize] ^= 1
	if err := os.WriteFile(keys, b, 0o600); err != nil {
		t.Fatal(err)
	}
	check(true)
}

// stored stores a payload.
func stored(t *testing.T, s *Store, b []byte, sealed bool) cid.Cid {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(b), content.Options{Sealed: sealed})
	if err != nil {
		t.Fatal(err)
	}
	return ref.CID
}
