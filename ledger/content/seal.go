package content

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"math"

	"github.com/sogoc/sogoc/ledger"
)

// Key opens one sealed payload. It never prints itself.
type Key [32]byte

// NewKey draws a key.
func NewKey() Key {
	var k Key
	rand.Read(k[:])
	return k
}

func (Key) String() string       { return "(key)" }
func (Key) GoString() string     { return "(key)" }
func (Key) LogValue() slog.Value { return slog.StringValue("(key)") }

const (
	sealMagic   = "sgsealed"
	sealVersion = 1
	sealInfo    = "sogoc-sealed/1"
	saltSize    = 32
	headerSize  = len(sealMagic) + 1 + saltSize
	prefixSize  = 7
	tagSize     = 16
	plainChunk  = 64 << 10
	sealedChunk = plainChunk + tagSize
)

// Seal encrypts what plaintext yields, under a new key. Neither side is held in
// memory.
func Seal(plaintext io.Reader) (ciphertext io.Reader, key Key) {
	key = NewKey()
	var salt [saltSize]byte
	rand.Read(salt[:])
	return newSealer(plaintext, key, salt), key
}

// UnsealedSize is the number of bytes that were sealed into size bytes.
func UnsealedSize(size int64) (int64, error) {
	body := size - int64(headerSize)
	if body >= tagSize {
		chunks := (body + sealedChunk - 1) / sealedChunk
		last := body - (chunks-1)*sealedChunk
		if (last > tagSize || chunks == 1 && last == tagSize) && chunks <= math.MaxUint32 {
			return body - chunks*tagSize, nil
		}
	}
	return 0, ledger.Errorf(ledger.Invalid, "no sealed payload has %d bytes", size)
}

// Unseal reads sealed bytes with their key and returns the payload and its size.
// Each chunk is authenticated in its place before a byte of it is read; that the
// payload has the length it was sealed with is known once its last chunk was read.
// ciphertext must not be used beside the payload. Errors are Invalid.
func Unseal(ciphertext io.ReadSeeker, key Key) (io.ReadSeeker, int64, error) {
	total, err := ciphertext.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	size, err := UnsealedSize(total)
	if err != nil {
		return nil, 0, err
	}
	var header [headerSize]byte
	if err := readAt(ciphertext, header[:], 0); err != nil {
		return nil, 0, err
	}
	rest, ok := bytes.CutPrefix(header[:], []byte(sealMagic))
	if !ok || rest[0] != sealVersion {
		return nil, 0, ledger.Errorf(ledger.Invalid, "this is not a sealed payload of version %d", sealVersion)
	}
	s := newSeal(key, [saltSize]byte(rest[1:]))
	last := max(0, (size-1)/plainChunk)
	open := func(i int64) ([]byte, error) {
		start := int64(headerSize) + i*sealedChunk
		b := make([]byte, min(sealedChunk, total-start))
		if err := readAt(ciphertext, b, start); err != nil {
			return nil, err
		}
		b, err := s.aead.Open(b[:0], s.nonce(uint32(i), i == last), b, nil)
		if err != nil {
			return nil, ledger.Errorf(ledger.Invalid, "the payload was not sealed with this key, or it was changed")
		}
		return b, nil
	}
	if size == 0 { // nothing would be read, and so nothing authenticated
		if _, err := open(0); err != nil {
			return nil, 0, err
		}
	}
	return newChunkReader(size, plainChunk, open), size, nil
}

func readAt(r io.ReadSeeker, b []byte, offset int64) error {
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	_, err := io.ReadFull(r, b)
	return err
}

// seal is a payload's cipher.
type seal struct {
	aead   cipher.AEAD
	prefix [prefixSize]byte
}

func newSeal(key Key, salt [saltSize]byte) seal {
	okm, err := hkdf.Key(sha256.New, key[:], salt[:], sealInfo, len(key)+prefixSize)
	if err != nil {
		panic(err) // the lengths are constants
	}
	block, err := aes.NewCipher(okm[:len(key)])
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return seal{aead: aead, prefix: [prefixSize]byte(okm[len(key):])}
}

func (s *seal) nonce(i uint32, last bool) []byte {
	n := make([]byte, 0, 12)
	n = append(n, s.prefix[:]...)
	n = binary.BigEndian.AppendUint32(n, i)
	if last {
		return append(n, 1)
	}
	return append(n, 0)
}

// sealer yields the sealed form of what it reads.
type sealer struct {
	seal
	in   *bufio.Reader
	next uint32
	out  []byte // not yet read by the caller
	buf  []byte
	err  error // after out
}

func newSealer(r io.Reader, key Key, salt [saltSize]byte) *sealer {
	s := &sealer{seal: newSeal(key, salt), in: bufio.NewReaderSize(wholeReader{r}, 4096), buf: make([]byte, plainChunk, sealedChunk)}
	s.out = append(append([]byte(sealMagic), sealVersion), salt[:]...)
	return s
}

func (s *sealer) Read(p []byte) (int, error) {
	if len(s.out) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		if s.err = s.fill(); s.err != nil && len(s.out) == 0 {
			return 0, s.err
		}
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// fill seals the next chunk. It returns io.EOF with the last.
func (s *sealer) fill() error {
	n, err := io.ReadFull(s.in, s.buf[:plainChunk])
	if err == nil {
		_, err = s.in.Peek(1)
	}
	last := err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !last {
		return err
	}
	if s.next == math.MaxUint32 {
		return ledger.Errorf(ledger.TooLarge, "the payload is too large to be sealed")
	}
	s.out = s.aead.Seal(s.buf[:0], s.nonce(s.next, last), s.buf[:n], nil)
	s.next++
	if last {
		return io.EOF
	}
	return nil
}
