package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/dgraph-io/badger/v4"
	"github.com/ipfs/go-cid"
	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func open(t testing.TB, c Config) *Store {
	t.Helper()
	c.Log = quiet
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func bytesOf(seed, size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

func put(t testing.TB, s *Store, b []byte, o content.Options) content.Ref {
	t.Helper()
	ref, err := s.Put(t.Context(), bytes.NewReader(b), o)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func get(t testing.TB, s *Store, c cid.Cid) ([]byte, error) {
	t.Helper()
	r, size, err := s.Open(t.Context(), c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err == nil && int64(len(b)) != size {
		t.Errorf("%s has %d bytes where %d were announced", c, len(b), size)
	}
	return b, err
}

func want(t testing.TB, s *Store, c cid.Cid, b []byte) {
	t.Helper()
	if got, err := get(t, s, c); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%s reads as %d bytes, %v; want %d bytes", c, len(got), err, len(b))
	}
}

func wantCode(t testing.TB, err error, code ledger.Code, words string) {
	t.Helper()
	if err == nil || ledger.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, want %s: ...%s...", err, code, words)
	}
}

func TestPutAndOpen(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	const chunk = content.ChunkSize
	for _, sealed := range []bool{false, true} {
		for _, size := range []int{0, 1, 1500, 65536, chunk - 1, chunk, chunk + 1, 3*chunk + 5} {
			b := bytesOf(size, size)
			ref := put(t, s, b, content.Options{Sealed: sealed})
			if sum, _ := content.Sum(bytes.NewReader(b)); (ref.CID == sum) == sealed {
				t.Errorf("%d bytes, sealed %v: CID %s, the importer makes %s", size, sealed, ref.CID, sum)
			}
			if ref.Size != int64(size) || ref.Sealed != sealed || ref.Profile != content.Profile {
				t.Errorf("%d bytes: %+v", size, ref)
			}
			want(t, s, ref.CID, b)
			if info, err := s.Stat(t.Context(), ref.CID); err != nil || info != (content.Info{Size: int64(size), Sealed: sealed}) {
				t.Errorf("%d bytes: %+v, %v", size, info, err)
			}
			r, _, err := s.Open(t.Context(), ref.CID)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, b); err != nil {
				t.Errorf("%d bytes, sealed %v: %v", size, sealed, err)
			}
		}
	}
}

// A tree of two levels, streamed both ways.
func TestLargePayload(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	const size = content.MaxLinks*content.ChunkSize + 1
	source := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{7}), size) }
	ref, err := s.Put(t.Context(), source(), content.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if sum, _ := content.Sum(source()); sum != ref.CID {
		t.Errorf("CID %s, the importer makes %s", ref.CID, sum)
	}
	r, n, err := s.Open(t.Context(), ref.CID)
	if err != nil || n != size {
		t.Fatal(n, err)
	}
	if sum, err := content.Sum(r); sum != ref.CID {
		t.Errorf("reads back as %s, %v", sum, err)
	}
}

func TestRandomSizesAgainstTheImporter(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(0, 3).Draw(rt, "chunks")*content.ChunkSize + rapid.IntRange(0, 2000).Draw(rt, "more")
		b := bytes.Repeat([]byte{rapid.Byte().Draw(rt, "byte")}, size) // equal chunks
		ref := put(t, s, b, content.Options{})
		if sum, _ := content.Sum(bytes.NewReader(b)); sum != ref.CID {
			rt.Fatalf("%d bytes: %s, the importer makes %s", size, ref.CID, sum)
		}
		want(t, s, ref.CID, b)
	})
}

func TestPutAll(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir(), MaxSize: 1 << 20})
	var payloads [][]byte
	for i := range 2500 {
		payloads = append(payloads, bytesOf(i, 5000))
	}
	payloads = append(payloads, bytesOf(1, 700_000), nil, payloads[3])
	cids, err := s.PutAll(t.Context(), payloads)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cids {
		want(t, s, c, payloads[i])
	}
	_, err = s.PutAll(t.Context(), [][]byte{[]byte("new"), make([]byte, 1<<20+1)})
	wantCode(t, err, ledger.TooLarge, "1048576")
	if _, err := s.PutAll(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestLimit(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir(), MaxSize: 2 * content.ChunkSize})
	for _, sealed := range []bool{false, true} {
		put(t, s, bytesOf(1, 2*content.ChunkSize), content.Options{Sealed: sealed})
		_, err := s.Put(t.Context(), bytes.NewReader(bytesOf(2, 2*content.ChunkSize+1)), content.Options{Sealed: sealed})
		wantCode(t, err, ledger.TooLarge, "524288")
	}
}

// A failed upload leaves nothing behind.
func TestBrokenUploads(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	for _, size := range []int{10, 10 * content.ChunkSize} {
		for _, broken := range []error{io.ErrUnexpectedEOF, errors.New("reset")} {
			_, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(bytesOf(1, size)), iotest.ErrReader(broken)), content.Options{})
			if err == nil {
				t.Errorf("%v after %d bytes is stored", broken, size)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := io.MultiReader(bytes.NewReader(bytesOf(2, 9*content.ChunkSize)), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF }))
	_, err := s.Put(ctx, r, content.Options{})
	wantCode(t, err, ledger.Unavailable, "")
	s.sweeps.Wait()
	if n := count(t, s, ""); n != 1 { // the name of the store
		t.Errorf("%d keys are left", n)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func count(t testing.TB, s *Store, prefix string) (n int) {
	t.Helper()
	err := s.db.View(func(txn *badger.Txn) error {
		for range items(txn, prefix, false) {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStoredAgainReplacesAndMends(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	b := bytesOf(1, 4*content.ChunkSize)
	ref := put(t, s, b, content.Options{})
	r, _, err := s.Open(t.Context(), ref.CID) // across what follows
	if err != nil {
		t.Fatal(err)
	}
	corrupt(t, s, blockPrefix)
	if _, err := get(t, s, ref.CID); err == nil {
		t.Fatal("a rotten payload reads")
	}
	if again := put(t, s, b, content.Options{}); again != ref {
		t.Errorf("%+v, and again %+v", ref, again)
	}
	s.sweeps.Wait()
	want(t, s, ref.CID, b)
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, b) {
		t.Errorf("the reader opened before: %v", err)
	}
	if n := count(t, s, blockPrefix); n != 5 {
		t.Errorf("%d blocks are kept, want 5", n)
	}
}

// corrupt changes a byte of every value behind the letter, as a bad disk would.
func corrupt(t testing.TB, s *Store, prefix string) {
	t.Helper()
	err := s.db.Update(func(txn *badger.Txn) error {
		changed := map[string][]byte{}
		for item := range items(txn, prefix, true) {
			v, err := item.ValueCopy(nil)
			if err != nil {
				return err
			}
			v[len(v)-1] ^= 1
			changed[string(item.KeyCopy(nil))] = v
		}
		for k, v := range changed {
			if err := txn.Set([]byte(k), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCorruptBytesAreNeverServed(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	small := put(t, s, bytesOf(1, 2000), content.Options{})
	sealed := put(t, s, bytesOf(1, 2000), content.Options{Sealed: true})
	large := put(t, s, bytesOf(2, 2*content.ChunkSize), content.Options{})
	corrupt(t, s, blockPrefix)
	for _, c := range []cid.Cid{small.CID, sealed.CID} {
		// Not the last byte of a tree's record, which is its size.
		err := s.db.Update(func(txn *badger.Txn) error {
			return txn.Set(payloadKey(c), (&record{data: bytesOf(9, 2000)}).encode())
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, ref := range []content.Ref{small, sealed, large} {
		log.Reset()
		b, err := get(t, s, ref.CID)
		wantCode(t, err, ledger.Internal, ref.CID.String())
		if len(b) > 0 || !strings.Contains(log.String(), ref.CID.String()) {
			t.Errorf("%d bytes were served; log: %s", len(b), &log)
		}
		_, err = s.Block(t.Context(), ref.CID, ref.CID)
		wantCode(t, err, ledger.Internal, "")
		wantCode(t, content.WriteCAR(t.Context(), s, ref.CID, io.Discard), ledger.Internal, "")
	}
}

func TestBlocksBelowTheirRootOnly(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	chunk := bytesOf(1, content.ChunkSize)
	a := put(t, s, append(bytes.Clone(chunk), 'a'), content.Options{})
	b := put(t, s, append(bytes.Clone(chunk), 'b'), content.Options{})
	leaf, onlyB := content.Raw(chunk), content.Raw([]byte("b"))
	for _, root := range []cid.Cid{a.CID, b.CID} {
		if got, err := s.Block(t.Context(), root, leaf); err != nil || !bytes.Equal(got, chunk) {
			t.Errorf("the common chunk: %v", err)
		}
	}
	for _, c := range [][2]cid.Cid{{a.CID, onlyB}, {a.CID, b.CID}, {leaf, leaf}, {onlyB, onlyB}} {
		_, err := s.Block(t.Context(), c[0], c[1])
		wantCode(t, err, ledger.NotFound, "")
	}
	_, err := s.Block(t.Context(), cid.Undef, leaf)
	wantCode(t, err, ledger.Invalid, "")
}

func TestSealedStaysSealedWhenItsCiphertextIsPutInClear(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	for _, size := range []int{100, 2 * content.ChunkSize} {
		b := bytesOf(3, size)
		ref := put(t, s, b, content.Options{Sealed: true})
		ciphertext, err := io.ReadAll(content.NewReader(ref.CID, int64(size+41+(size+65535)/65536*16), func(c cid.Cid) ([]byte, error) {
			return s.Block(t.Context(), ref.CID, c)
		}))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(ciphertext, b[:20]) {
			t.Error("the payload is stored in clear")
		}
		if again := put(t, s, ciphertext, content.Options{}); again.CID != ref.CID {
			t.Fatalf("the ciphertext is %s, not %s", again.CID, ref.CID)
		}
		want(t, s, ref.CID, b)
	}
}

func TestErase(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	at := ledger.Time(1780471800000)
	ctx := t.Context()
	common := bytesOf(1, 2*content.ChunkSize)
	kept := put(t, s, append(bytes.Clone(common), 1), content.Options{})
	small := bytesOf(2, 300)
	var refs []content.Ref
	for _, b := range [][]byte{small, append(bytes.Clone(common), 2)} {
		refs = append(refs, put(t, s, b, content.Options{}), put(t, s, b, content.Options{Sealed: true}))
	}
	reader, _, err := s.Open(ctx, refs[2].CID)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range refs {
		if err := s.Erase(ctx, ref.CID, "subject_request", at); err != nil {
			t.Fatal(err)
		}
		if err := s.Erase(ctx, ref.CID, "again", at+5); err != nil {
			t.Errorf("erasing again: %v", err)
		}
	}
	never := content.Raw([]byte("never here"))
	if err := s.Erase(ctx, never, "replica", at); err != nil {
		t.Errorf("erasing what is not here: %v", err)
	}
	if _, err := io.ReadAll(reader); err == nil {
		t.Error("a reader outlives the payload")
	}
	check := func(s *Store) {
		t.Helper()
		for _, ref := range refs {
			_, _, err := s.Open(ctx, ref.CID)
			wantCode(t, err, ledger.NotFound, "erased on 2026-06-03T07:30:00.000Z")
			_, err = s.Block(ctx, ref.CID, ref.CID)
			wantCode(t, err, ledger.NotFound, "erased on")
			if info, err := s.Stat(ctx, ref.CID); err != nil || info != (content.Info{Erased: at, Reason: "subject_request"}) {
				t.Errorf("%+v, %v", info, err)
			}
		}
		_, err := s.Put(ctx, bytes.NewReader(small), content.Options{})
		wantCode(t, err, ledger.NotFound, "erased on 2026-06-03T07:30:00.000Z")
		_, err = s.PutAll(ctx, [][]byte{[]byte("beside"), small})
		wantCode(t, err, ledger.NotFound, "erased on")
		_, err = s.Put(ctx, bytes.NewReader(append(bytes.Clone(common), 2)), content.Options{})
		wantCode(t, err, ledger.NotFound, "erased on")
		_, err = s.Put(ctx, strings.NewReader("never here"), content.Options{})
		wantCode(t, err, ledger.NotFound, "erased on")
		want(t, s, kept.CID, append(bytes.Clone(common), 1))
		s.sweeps.Wait()
		if n := count(t, s, blockPrefix); n != 4 {
			t.Errorf("%d blocks are left, want those of the payload that was kept", n)
		}
		if n := count(t, s, keyPrefix); n != 0 {
			t.Errorf("%d key slots are left", n)
		}
	}
	check(s)
	if err := s.Compact(ctx); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile(filepath.Join(dir, "keys"))
	if err != nil || len(keys) != 3*slotSize || !bytes.Equal(keys[slotSize:], make([]byte, 2*slotSize)) {
		t.Errorf("the keys are not destroyed: %x, %v", keys, err)
	}
	check(open(t, Config{Dir: dir}))
}

func TestEraseRefuses(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	c := content.Raw([]byte("x"))
	wantCode(t, s.Erase(t.Context(), c, "Some words", 1), ledger.Invalid, "reason")
	wantCode(t, s.Erase(t.Context(), c, "reason", 0), ledger.Invalid, "time")
	wantCode(t, s.Erase(t.Context(), cid.Undef, "reason", 1), ledger.Invalid, "")
	_, err := s.Stat(t.Context(), c)
	wantCode(t, err, ledger.NotFound, c.String())
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	if _, err := Open(Config{Dir: dir}); err == nil {
		t.Error("a second process opens the store")
	}
	payloads := [][]byte{bytesOf(1, 10), bytesOf(2, 3*content.ChunkSize)}
	var refs []content.Ref
	for _, b := range payloads {
		refs = append(refs, put(t, s, b, content.Options{}), put(t, s, b, content.Options{Sealed: true}))
	}
	// As after a crash in the middle of an upload.
	p := putting{store: s, ctx: t.Context(), upload: uploadID{1}}
	p.batch = []block{{unusedKey(p.upload), []byte{1}}}
	for i := range 5 {
		b := bytesOf(i, content.ChunkSize)
		if err := p.add(content.Raw(b), b); err != nil {
			t.Fatal(err)
		}
	}
	before := count(t, s, blockPrefix)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Put(t.Context(), strings.NewReader("late"), content.Options{})
	wantCode(t, err, ledger.Unavailable, "closed")
	_, _, err = s.Open(t.Context(), refs[0].CID)
	wantCode(t, err, ledger.Unavailable, "closed")

	s = open(t, Config{Dir: dir})
	s.sweeps.Wait()
	if after := count(t, s, blockPrefix); before-after != 4 || count(t, s, unusedPrefix) != 0 {
		t.Errorf("%d blocks before, %d after, %d marks", before, after, count(t, s, unusedPrefix))
	}
	for i, ref := range refs {
		want(t, s, ref.CID, payloads[i/2])
	}
	put(t, s, []byte("another key"), content.Options{Sealed: true})
	for i, ref := range refs {
		want(t, s, ref.CID, payloads[i/2])
	}
}

func TestConcurrently(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	common := bytesOf(0, 3*content.ChunkSize)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := range 20 {
				b := bytesOf(100*w+i, 1500)
				want(t, s, put(t, s, b, content.Options{Sealed: i%4 == 0}).CID, b)
				if i%10 == 0 {
					want(t, s, put(t, s, common, content.Options{}).CID, common)
				}
				if i%5 == 0 {
					c := content.Raw(b)
					if err := s.Erase(t.Context(), c, "test", 1); err != nil {
						t.Error(err)
					}
					_, err := s.Put(t.Context(), bytes.NewReader(b), content.Options{})
					wantCode(t, err, ledger.NotFound, "erased")
				}
			}
		})
	}
	wg.Wait()
	s.sweeps.Wait()
	if n := count(t, s, blockPrefix); n != 4 {
		t.Errorf("%d blocks are kept, want 4", n)
	}
}

func TestWriteCAR(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	b := bytes.Repeat([]byte{5}, 3*content.ChunkSize+1)
	ref := put(t, s, b, content.Options{})
	var car bytes.Buffer
	if err := content.WriteCAR(t.Context(), s, ref.CID, &car); err != nil {
		t.Fatal(err)
	}
	section := func() []byte {
		n, err := binary.ReadUvarint(&car)
		if err != nil {
			t.Fatal(err)
		}
		return car.Next(int(n))
	}
	header := "\xa2\x65roots\x81\xd8\x2a\x58\x25\x00" + string(ref.CID.Bytes()) + "\x67version\x01"
	if h := section(); string(h) != header {
		t.Errorf("header %x", h)
	}
	var order []cid.Cid
	for car.Len() > 0 {
		part := section()
		n, c, err := cid.CidFromBytes(part)
		if err != nil || !content.Verify(c, part[n:]) {
			t.Fatalf("section of %s: %v", c, err)
		}
		order = append(order, c)
	}
	if len(order) != 3 || order[0] != ref.CID || order[1] != content.Raw(b[:content.ChunkSize]) || order[2] != content.Raw([]byte{5}) {
		t.Errorf("blocks %s", order)
	}
}

func TestConfig(t *testing.T) {
	_, err := Open(Config{})
	wantCode(t, err, ledger.Invalid, "dir")
	_, err = Open(Config{Dir: t.TempDir(), MaxSize: -1})
	wantCode(t, err, ledger.Invalid, "max-size")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "keys"), bytes.Repeat([]byte("x"), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "not a file of payload keys") {
		t.Errorf("another file for the keys: %v", err)
	}
}
