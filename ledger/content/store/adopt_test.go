package store

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// copied is a payload as it leaves a store.
func copied(t *testing.T, s *Store, c cid.Cid) ([]byte, *content.Key) {
	t.Helper()
	r, size, key, err := s.Copy(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil || int64(len(b)) != size {
		t.Fatalf("%d bytes of %d, %v", len(b), size, err)
	}
	return b, key
}

func TestAdopt(t *testing.T) {
	from, to := open(t, Config{Dir: t.TempDir()}), open(t, Config{Dir: t.TempDir()})
	ctx := t.Context()
	for _, size := range []int{0, 100, content.ChunkSize, content.ChunkSize + 1, 3 << 20} {
		for _, sealed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%v", size, sealed), func(t *testing.T) {
				plain := bytesOf(size, size)
				c := put(t, from, plain, content.Options{Sealed: sealed}).CID
				b, key := copied(t, from, c)
				if (key != nil) != sealed {
					t.Fatalf("key %v", key)
				}
				if !sealed != bytes.Equal(b, plain) {
					t.Error("the copy is not what is stored")
				}
				wrong := bytes.Clone(b)
				if len(wrong) == 0 {
					wrong = []byte{1}
				} else {
					wrong[len(wrong)/2] ^= 1
				}
				wantCode(t, to.Adopt(ctx, c, bytes.NewReader(wrong), nil), ledger.Invalid, "not of")
				wantCode(t, to.Adopt(ctx, c, bytes.NewReader(append(bytes.Clone(b), 0)), nil), ledger.Invalid, "not of")
				other := content.NewKey()
				wantCode(t, to.Adopt(ctx, c, bytes.NewReader(b), &other), ledger.Invalid, "")
				if sealed {
					wantCode(t, to.Adopt(ctx, c, bytes.NewReader(wrong), key), ledger.Invalid, "not that of")
				}
				if _, err := to.Stat(ctx, c); ledger.CodeOf(err) != ledger.NotFound {
					t.Fatalf("something was stored: %v", err)
				}
				for range 2 { // also again
					if err := to.Adopt(ctx, c, bytes.NewReader(b), key); err != nil {
						t.Fatal(err)
					}
				}
				want(t, to, c, plain)
				info, err := to.Stat(ctx, c)
				if err != nil || info.Sealed != sealed || info.Size != int64(size) {
					t.Errorf("%+v, %v", info, err)
				}
				if err := to.Erase(ctx, c, "subject_request", 1780472000_000); err != nil {
					t.Fatal(err)
				}
				wantCode(t, to.Adopt(ctx, c, bytes.NewReader(b), key), ledger.NotFound, "erased")
			})
		}
	}
}

// An erased payload's key is in no slot, however often the payload was adopted.
func TestAdoptedKeyIsErased(t *testing.T) {
	dir := t.TempDir()
	from, to := open(t, Config{Dir: t.TempDir()}), open(t, Config{Dir: dir})
	c := put(t, from, []byte("a name"), content.Options{Sealed: true}).CID
	b, key := copied(t, from, c)
	for range 3 {
		if err := to.Adopt(t.Context(), c, bytes.NewReader(b), key); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Erase(t.Context(), c, "subject_request", 1780472000_000); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "keys"))
	if err != nil || bytes.Contains(file, key[:]) {
		t.Errorf("the key is still there, %v", err)
	}
}

func TestAdoptBounds(t *testing.T) {
	from, to := open(t, Config{Dir: t.TempDir()}), open(t, Config{Dir: t.TempDir(), MaxSize: 1000})
	for _, sealed := range []bool{false, true} {
		for size, code := range map[int]ledger.Code{1000: "", 5000: ledger.TooLarge} {
			c := put(t, from, bytesOf(1, size), content.Options{Sealed: sealed}).CID
			b, key := copied(t, from, c)
			if err := to.Adopt(t.Context(), c, bytes.NewReader(b), key); (err == nil) != (code == "") || err != nil && ledger.CodeOf(err) != code {
				t.Errorf("%d bytes, sealed %v: %v", size, sealed, err)
			}
		}
	}
}
