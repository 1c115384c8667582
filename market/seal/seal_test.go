package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/sogoc/sogoc/ledger"
)

var update = flag.Bool("update", false, "write the vectors anew")

// text is n bytes in which no two chunks are alike.
func text(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func sealAll(t testing.TB, plain []byte, key Key) ([]byte, Sealed) {
	t.Helper()
	var out bytes.Buffer
	s, err := Encrypt(&out, bytes.NewReader(plain), key)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), s
}

// split cuts a ciphertext into its header and its frames.
func split(ciphertext []byte, s Sealed) (head []byte, frames [][]byte) {
	head, rest := ciphertext[:headerSize], ciphertext[headerSize:]
	for i := range s.Chunks() {
		n := s.frameLen(i)
		frames, rest = append(frames, rest[:n:n]), rest[n:]
	}
	return head, frames
}

func join(head []byte, frames ...[]byte) []byte {
	return append(bytes.Clone(head), bytes.Join(frames, nil)...)
}

func wants(t *testing.T, what string, err error, code ledger.Code) {
	t.Helper()
	if err == nil || ledger.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

var sizes = []int{0, 1, 100, Chunk - 1, Chunk, Chunk + 1, 3 * Chunk, 3*Chunk + 7, batch * Chunk, batch*Chunk + 1, (2*batch + 1) * Chunk}

func TestThereAndBack(t *testing.T) {
	for _, n := range sizes {
		plain, key := text(n), NewKey()
		ciphertext, s := sealAll(t, plain, key)
		if err := s.Validate(); err != nil || s.Bytes != int64(n) || s.CipherBytes() != int64(len(ciphertext)) {
			t.Fatalf("%d bytes: %+v in %d bytes, %v", n, s, len(ciphertext), err)
		}
		if err := Check(bytes.NewReader(ciphertext), s); err != nil {
			t.Errorf("%d bytes: check: %v", n, err)
		}
		var out bytes.Buffer
		if err := Decrypt(&out, bytes.NewReader(ciphertext), key, s); err != nil || !bytes.Equal(out.Bytes(), plain) {
			t.Errorf("%d bytes: decrypted to %d, %v", n, out.Len(), err)
		}
		r, err := Open(bytes.NewReader(ciphertext), key, s)
		if err != nil {
			t.Fatal(err)
		}
		if n <= 4*Chunk {
			if err := iotest.TestReader(r, plain); err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
		_, err = ProveBadChunk(bytes.NewReader(ciphertext), key, s)
		wants(t, fmt.Sprintf("%d good bytes", n), err, ledger.NotFound)
	}
}

// Sources give what they like at a time, and fail as they like.
func TestSources(t *testing.T) {
	plain, key := text(2*Chunk+5), NewKey()
	ciphertext, s := sealAll(t, plain, key)
	for name, slow := range map[string]func(io.Reader) io.Reader{
		"a byte at a time": iotest.OneByteReader, "half": iotest.HalfReader, "the end with the data": iotest.DataErrReader,
	} {
		var sealed, out bytes.Buffer
		again, err := encrypt(&sealed, slow(bytes.NewReader(plain)), key, [saltSize]byte(ciphertext[headerSize-saltSize:]))
		if err != nil || again != s || !bytes.Equal(sealed.Bytes(), ciphertext) {
			t.Errorf("%s: sealed otherwise, %v", name, err)
		}
		if err := Decrypt(&out, slow(bytes.NewReader(ciphertext)), key, s); err != nil || !bytes.Equal(out.Bytes(), plain) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, broken := range []error{errors.New("broken"), io.ErrUnexpectedEOF} {
		for _, n := range []int{0, 1, Chunk, Chunk + 1, 2 * Chunk} {
			src := io.MultiReader(bytes.NewReader(plain[:n]), iotest.ErrReader(broken))
			if _, err := Encrypt(io.Discard, src, key); !errors.Is(err, broken) {
				t.Errorf("a source that breaks after %d bytes with %q is sealed: %v", n, broken, err)
			}
			src = io.MultiReader(bytes.NewReader(ciphertext[:n]), iotest.ErrReader(broken))
			if err := Decrypt(io.Discard, src, key, s); !errors.Is(err, broken) {
				t.Errorf("a ciphertext that breaks after %d bytes with %q opens: %v", n, broken, err)
			}
		}
	}
}

func TestOneKeySealsSeveralFiles(t *testing.T) {
	key := NewKey()
	a, first := sealAll(t, text(Chunk+9), key)
	b, second := sealAll(t, text(Chunk+9), key)
	if first.Plain == second.Plain || first.Cipher == second.Cipher || first.Key != second.Key {
		t.Errorf("two files alike show it: %+v, %+v", first, second)
	}
	_, x := split(a, first)
	_, y := split(b, second)
	if bytes.Equal(x[0][leafSize:], y[0][leafSize:]) {
		t.Error("two files alike have the same ciphertext")
	}
}

// reference is the format as the package's comment tells it, for small files.
func reference(plain []byte, key, salt [32]byte) (ciphertext []byte, s Sealed) {
	u64 := func(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }
	head := append([]byte("sogoc-seal/1\x00\x01\x00\x00"), salt[:]...)
	okm, _ := hkdf.Key(sha256.New, key[:], salt[:], "sogoc-seal/1", 64)
	block, _ := aes.NewCipher(okm[:32])
	gcm, _ := cipher.NewGCM(block)
	chunks := slices.Collect(slices.Chunk(plain, 65536))
	if len(chunks) == 0 {
		chunks = [][]byte{{}}
	}
	ciphertext = bytes.Clone(head)
	var leaves, cipherLeaves [][]byte
	for i, chunk := range chunks {
		mac := hmac.New(sha256.New, okm[32:])
		mac.Write(u64(i))
		leaf := sha256.Sum256(slices.Concat([]byte{0}, mac.Sum(nil), chunk))
		end := byte(0)
		if i == len(chunks)-1 {
			end = 1
		}
		frame := append(leaf[:], gcm.Seal(nil, slices.Concat([]byte{0, 0, 0}, u64(i), []byte{end}), chunk, nil)...)
		over := sha256.Sum256(slices.Concat([]byte{0}, head, frame))
		ciphertext = append(ciphertext, frame...)
		leaves, cipherLeaves = append(leaves, leaf[:]), append(cipherLeaves, over[:])
	}
	commitment := sha256.Sum256(append([]byte("sogoc-seal/1 key"), key[:]...))
	return ciphertext, Sealed{ledger.Hash(rootOf(leaves)), ledger.Hash(rootOf(cipherLeaves)), commitment, int64(len(plain)), 65536}
}

// rootOf is MTH of RFC 6962, section 2.1.
func rootOf(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	sum := sha256.Sum256(slices.Concat([]byte{1}, rootOf(leaves[:k]), rootOf(leaves[k:])))
	return sum[:]
}

// vector is a file sealed under a known key and salt; its plaintext's byte i is
// i mod 251.
type vector struct {
	Key          ledger.Hash `json:"key"`
	Salt         ledger.Hash `json:"salt"`
	Sealed       Sealed      `json:"sealed"`
	CipherSHA256 ledger.Hash `json:"cipher_sha256"`
	Cipher       string      `json:"cipher,omitempty"` // of small files, in hexadecimal digits
}

// TestVectors holds the format to files that a second implementation can be held to.
func TestVectors(t *testing.T) {
	name := filepath.Join("testdata", "vectors.json")
	if *update {
		var all []vector
		for i, n := range []int{0, 1, 300, Chunk - 1, Chunk, Chunk + 1, 2 * Chunk, 5*Chunk + 1000} {
			v := vector{Key: sha256.Sum256([]byte{byte(i), 'k'}), Salt: sha256.Sum256([]byte{byte(i), 's'})}
			var ciphertext []byte
			ciphertext, v.Sealed = reference(counting(n), v.Key, v.Salt)
			v.CipherSHA256 = sha256.Sum256(ciphertext)
			if n <= 300 {
				v.Cipher = hex.EncodeToString(ciphertext)
			}
			all = append(all, v)
		}
		writeJSON(t, name, all)
	}
	var all []vector
	readJSON(t, name, &all)
	if len(all) < 8 {
		t.Fatalf("%d vectors", len(all))
	}
	for _, v := range all {
		plain := counting(int(v.Sealed.Bytes))
		var out bytes.Buffer
		s, err := encrypt(&out, bytes.NewReader(plain), Key(v.Key), v.Salt)
		if err != nil || s != v.Sealed || ledger.Hash(sha256.Sum256(out.Bytes())) != v.CipherSHA256 {
			t.Errorf("%d bytes seal to another ciphertext: %+v, %v", len(plain), s, err)
		}
		if v.Cipher != "" && hex.EncodeToString(out.Bytes()) != v.Cipher {
			t.Errorf("%d bytes seal to %x", len(plain), out.Bytes())
		}
		if ciphertext, s := reference(plain, v.Key, v.Salt); s != v.Sealed || !bytes.Equal(ciphertext, out.Bytes()) {
			t.Errorf("%d bytes: the package's comment tells another format", len(plain))
		}
	}
}

func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i % 251)
	}
	return b
}

func writeJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(b, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRefused: whatever is not the ciphertext is neither checked nor decrypted, and
// what was written of it is the beginning of the plaintext.
func TestRefused(t *testing.T) {
	for _, n := range []int{0, 30, 4*Chunk + 9, 4 * Chunk, (batch + 2) * Chunk} {
		plain, key := text(n), NewKey()
		ciphertext, s := sealAll(t, plain, key)
		other, _ := sealAll(t, text(n), key)
		head, frames := split(ciphertext, s)
		_, others := split(other, s)
		refused := func(what string, b []byte) {
			t.Helper()
			wants(t, fmt.Sprintf("%d bytes, %s: check", n, what), Check(bytes.NewReader(b), s), ledger.Invalid)
			var out bytes.Buffer
			wants(t, fmt.Sprintf("%d bytes, %s", n, what), Decrypt(&out, bytes.NewReader(b), key, s), ledger.Invalid)
			if !bytes.HasPrefix(plain, out.Bytes()) || out.Len() == n && n > 0 {
				t.Errorf("%d bytes, %s: %d bytes were written", n, what, out.Len())
			}
			if n <= batch*Chunk && out.Len() > 0 {
				t.Errorf("%d bytes, %s: %d bytes of a single batch were written", n, what, out.Len())
			}
			_, err := ProveBadChunk(bytes.NewReader(b), key, s)
			wants(t, fmt.Sprintf("%d bytes, %s: evidence", n, what), err, ledger.Invalid)
		}
		refused("nothing", nil)
		at := headerSize
		for i, f := range frames { // cut at, before and after each border
			for _, cut := range []int{at - 1, at, at + 1, at + leafSize, at + len(f) - tagSize} {
				refused(fmt.Sprintf("cut to %d of %d", cut, len(ciphertext)), ciphertext[:min(cut, len(ciphertext)-1)])
			}
			at += len(f)
			for j := range frames[:i] {
				if i > 4 {
					break
				}
				swapped := slices.Clone(frames)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				refused(fmt.Sprintf("chunks %d and %d swapped", j, i), join(head, swapped...))
			}
			if i > 4 {
				continue
			}
			refused(fmt.Sprintf("chunk %d left out", i), join(head, slices.Delete(slices.Clone(frames), i, i+1)...))
			refused(fmt.Sprintf("chunk %d twice", i), join(head, slices.Insert(slices.Clone(frames), i, f)...))
			mixed := slices.Clone(frames)
			mixed[i] = others[i]
			refused(fmt.Sprintf("chunk %d of another file", i), join(head, mixed...))
		}
		refused("a byte more", append(bytes.Clone(ciphertext), 0))
		refused("another salt", join(other[:headerSize], frames...))
		refused("another file", other)
	}
}

// TestFlippedBits: every bit of a small file, and bits of every part of larger ones.
func TestFlippedBits(t *testing.T) {
	for _, n := range []int{0, 40, 3*Chunk + 50} {
		plain, key := text(n), NewKey()
		ciphertext, s := sealAll(t, plain, key)
		var bits []int
		if n < Chunk {
			for i := range 8 * len(ciphertext) {
				bits = append(bits, i)
			}
		} else {
			for i := range s.Chunks() { // leaf, chunk and tag of each frame, and the header
				at := headerSize + int(i)*frameSize
				for range 8 {
					bits = append(bits, rand.IntN(8*headerSize), 8*at+rand.IntN(8*leafSize),
						8*(at+leafSize)+rand.IntN(8*(s.frameLen(i)-overhead)), 8*(at+s.frameLen(i))-1-rand.IntN(8*tagSize))
				}
			}
		}
		for _, bit := range bits {
			ciphertext[bit/8] ^= 1 << (bit % 8)
			what := fmt.Sprintf("%d bytes, bit %d", n, bit)
			wants(t, what+": check", Check(bytes.NewReader(ciphertext), s), ledger.Invalid)
			wants(t, what, Decrypt(io.Discard, bytes.NewReader(ciphertext), key, s), ledger.Invalid)
			r, err := Open(bytes.NewReader(ciphertext), key, s)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			wants(t, what+": open", err, ledger.Invalid)
			ciphertext[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func TestOtherCommitments(t *testing.T) {
	for _, n := range []int{0, 2*Chunk + 50} {
		plain, key := text(n), NewKey()
		ciphertext, s := sealAll(t, plain, key)
		for what, change := range map[string]func(*Sealed){
			"plain":          func(s *Sealed) { s.Plain[3] ^= 1 },
			"cipher":         func(s *Sealed) { s.Cipher[3] ^= 1 },
			"key":            func(s *Sealed) { s.Key[3] ^= 1 },
			"a byte more":    func(s *Sealed) { s.Bytes++ },
			"a chunk more":   func(s *Sealed) { s.Bytes += Chunk },
			"negative":       func(s *Sealed) { s.Bytes = -1 },
			"too many bytes": func(s *Sealed) { s.Bytes = MaxBytes + 1 },
			"another chunk":  func(s *Sealed) { s.Chunk = 1 },
			"no plain":       func(s *Sealed) { s.Plain = ledger.Hash{} },
			"no cipher":      func(s *Sealed) { s.Cipher = ledger.Hash{} },
			"no key":         func(s *Sealed) { s.Key = ledger.Hash{} },
		} {
			s := s
			change(&s)
			var out bytes.Buffer
			wants(t, what, Decrypt(&out, bytes.NewReader(ciphertext), key, s), ledger.Invalid)
			if out.Len() > 0 {
				t.Errorf("%s: %d bytes were written", what, out.Len())
			}
			if what != "key" { // of which only the key itself can tell
				wants(t, what+": check", Check(bytes.NewReader(ciphertext), s), ledger.Invalid)
			}
		}
		wrong := NewKey()
		wants(t, "a wrong key", Decrypt(io.Discard, bytes.NewReader(ciphertext), wrong, s), ledger.Invalid)
		_, err := Open(bytes.NewReader(ciphertext), wrong, s)
		wants(t, "a wrong key: open", err, ledger.Invalid)
		s.Key = wrong.Commitment()
		wants(t, "another key committed to", Decrypt(io.Discard, bytes.NewReader(ciphertext), wrong, s), ledger.Invalid)
	}
}

// TestOpenAnywhere: what is read anywhere, by several at once, is what is there.
func TestOpenAnywhere(t *testing.T) {
	plain, key := text(9*Chunk+777), NewKey()
	ciphertext, s := sealAll(t, plain, key)
	r, err := Open(bytes.NewReader(ciphertext), key, s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Size() != int64(len(plain)) {
		t.Fatalf("%d bytes", r.Size())
	}
	var wg sync.WaitGroup
	for seed := range uint64(4) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, 0))
			for range 200 {
				from := random.IntN(len(plain))
				b := make([]byte, random.IntN(3*Chunk))
				n, err := r.ReadAt(b, int64(from))
				want := plain[from:min(from+len(b), len(plain))]
				if !bytes.Equal(b[:n], want) || (err == io.EOF) != (n < len(b)) || err != nil && err != io.EOF {
					t.Errorf("%d bytes from %d: %d read, %v", len(b), from, n, err)
				}
			}
		})
	}
	wg.Wait()
	short, err := Open(bytes.NewReader(ciphertext[:len(ciphertext)-1]), key, s)
	if err != nil {
		t.Fatal(err)
	}
	n, err := short.ReadAt(make([]byte, len(plain)), 0)
	wants(t, "a ciphertext that is cut", err, ledger.Invalid)
	if n != 9*Chunk {
		t.Errorf("%d bytes are read before the cut", n)
	}
}

func TestKeyDoesNotPrint(t *testing.T) {
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, NewKey()); s != "(key)" {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	plain, key := []byte("Sổ gốc"), Key{7}
	ciphertext, s := sealAll(f, plain, key)
	f.Add(ciphertext, int64(len(plain)))
	f.Add(ciphertext[:headerSize], int64(0))
	f.Add(bytes.Repeat(ciphertext, 2), int64(Chunk+1))
	f.Fuzz(func(t *testing.T, b []byte, n int64) {
		s := s
		s.Bytes = n
		var out bytes.Buffer
		err := Decrypt(&out, bytes.NewReader(b), key, s)
		same := n == int64(len(plain)) && bytes.Equal(b, ciphertext)
		if (err == nil) != same || err != nil && out.Len() > 0 {
			t.Errorf("%x opens to %q, %v", b, out.Bytes(), err)
		}
	})
}

const benched = 64 << 20

func BenchmarkEncrypt(b *testing.B) {
	plain, key := text(benched), NewKey()
	b.SetBytes(benched)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encrypt(io.Discard, bytes.NewReader(plain), key); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmark(b *testing.B, read func(ciphertext []byte, key Key, s Sealed) error) {
	key := NewKey()
	ciphertext, s := sealAll(b, text(benched), key)
	b.SetBytes(benched)
	b.ReportAllocs()
	for b.Loop() {
		if err := read(ciphertext, key, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	benchmark(b, func(ciphertext []byte, key Key, s Sealed) error {
		return Decrypt(io.Discard, bytes.NewReader(ciphertext), key, s)
	})
}

func BenchmarkCheck(b *testing.B) {
	benchmark(b, func(ciphertext []byte, _ Key, s Sealed) error { return Check(bytes.NewReader(ciphertext), s) })
}

func BenchmarkOpen(b *testing.B) {
	benchmark(b, func(ciphertext []byte, key Key, s Sealed) error {
		r, err := Open(bytes.NewReader(ciphertext), key, s)
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, 32<<10))
		return err
	})
}
