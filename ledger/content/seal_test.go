package content

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/sogoc/sogoc/ledger"
)

func sealAll(t testing.TB, plaintext []byte) ([]byte, Key) {
	t.Helper()
	r, key := Seal(bytes.NewReader(plaintext))
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b, key
}

func unsealAll(b []byte, key Key) ([]byte, error) {
	r, size, err := Unseal(bytes.NewReader(b), key)
	if err != nil {
		return nil, err
	}
	p, err := io.ReadAll(r)
	if err == nil && int64(len(p)) != size {
		err = fmt.Errorf("%d bytes where %d were announced", len(p), size)
	}
	return p, err
}

func TestSealAndUnseal(t *testing.T) {
	for _, size := range []int64{0, 1, 100, plainChunk - 1, plainChunk, plainChunk + 1, 3 * plainChunk, 5*plainChunk + 7} {
		plain := bytesOf(size)
		sealed, key := sealAll(t, plain)
		if n, err := UnsealedSize(int64(len(sealed))); err != nil || n != size {
			t.Errorf("%d bytes: size reads as %d, %v", size, n, err)
		}
		r, _, err := Unseal(bytes.NewReader(sealed), key)
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if err := iotest.TestReader(r, plain); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// The format is fixed: a second implementation reads the same.
func TestSealedForm(t *testing.T) {
	var key Key
	var salt [saltSize]byte
	for i := range key {
		key[i], salt[i] = byte(i), byte(0xff-i)
	}
	b, err := io.ReadAll(newSealer(bytes.NewReader(bytesOf(2*plainChunk+5)), key, salt))
	if err != nil {
		t.Fatal(err)
	}
	const want = "528e7a9c917f1e42"
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:8]) != want {
		t.Errorf("sealed to %x, want %s", sum[:8], want)
	}
}

func TestUnsealRefuses(t *testing.T) {
	plain := bytesOf(3*plainChunk + 9)
	sealed, key := sealAll(t, plain)
	chunk := func(i int) []byte {
		from := headerSize + i*sealedChunk
		return sealed[from:min(from+sealedChunk, len(sealed))]
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	header := sealed[:headerSize]
	changed := func(i int) []byte {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		return b
	}
	other, _ := sealAll(t, plain)
	for name, b := range map[string][]byte{
		"nothing":                  nil,
		"the header alone":         header,
		"half a tag":               sealed[:headerSize+8],
		"another magic":            changed(0),
		"another version":          changed(8),
		"another salt":             changed(9),
		"a changed byte":           changed(headerSize + plainChunk/2),
		"a changed tag":            changed(len(sealed) - 1),
		"chunks reordered":         join(header, chunk(1), chunk(0), chunk(2), chunk(3)),
		"a chunk twice":            join(header, chunk(0), chunk(0), chunk(1), chunk(2), chunk(3)),
		"a chunk left out":         join(header, chunk(0), chunk(2), chunk(3)),
		"cut after a chunk":        join(header, chunk(0), chunk(1), chunk(2)),
		"cut to one chunk":         join(header, chunk(0)),
		"cut within a chunk":       sealed[:len(sealed)-1],
		"extended":                 append(bytes.Clone(sealed), 0),
		"extended by its last":     join(sealed, chunk(3)),
		"extended by an empty one": join(sealed, make([]byte, tagSize)),
		"another payload's chunk":  join(header, chunk(0), other[headerSize+sealedChunk:]),
	} {
		if p, err := unsealAll(b, key); err == nil || ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: opens to %d bytes, %v", name, len(p), err)
		}
	}
	for _, size := range []int64{0, 10, plainChunk} {
		b, _ := sealAll(t, bytesOf(size))
		if _, err := unsealAll(b, NewKey()); err == nil {
			t.Errorf("%d bytes open with a wrong key", size)
		}
	}
}

func TestKeyDoesNotPrint(t *testing.T) {
	k := NewKey()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, k); s != "(key)" {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func FuzzUnseal(f *testing.F) {
	plain := []byte("a household's plots")
	sealed, key := sealAll(f, plain)
	f.Add(sealed)
	f.Add(sealed[:headerSize+tagSize])
	f.Add([]byte(sealMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := unsealAll(b, key)
		if (err == nil) != bytes.Equal(b, sealed) {
			t.Errorf("%x opens to %q, %v", b, p, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	plain := bytesOf(4 << 20)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		r, _ := Seal(bytes.NewReader(plain))
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnseal(b *testing.B) {
	sealed, key := sealAll(b, bytesOf(4<<20))
	b.SetBytes(4 << 20)
	for b.Loop() {
		if _, err := unsealAll(sealed, key); err != nil {
			b.Fatal(err)
		}
	}
}
