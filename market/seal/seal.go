// Package seal enciphers a file of a release once and hands its key to each buyer,
// so that nobody can dispute a delivery: what the seller committed to on the ledger
// decides, and whoever was cheated can prove it with a few kilobytes. It holds no
// files and no clock; what verifies draws no randomness and is fit for a contract.
//
// # What is on the ledger
//
// [Sealed] commits to three things: the ciphertext, the plaintext and the key.
// Before a buyer pays it fetches the ciphertext, which is of no use to anybody else,
// and runs [Check], which needs no key. After it paid it unwraps the key. What Check
// cannot see is then provable: that the wrapped key is not the one committed to
// ([ProveBadKey]), or that a chunk does not open to what was committed to
// ([ProveBadChunk]).
//
// # The format sogoc-seal/1
//
// Numbers are big-endian, ‖ joins bytes, text in quotes is ASCII without an end mark.
// A ciphertext is a header and one frame a chunk:
//
//	header  48 bytes  "sogoc-seal/1" ‖ uint32 65536 ‖ salt, 32 random bytes
//	frame i           leaf i, 32 bytes ‖ AES-256-GCM of chunk i ‖ its tag, 16 bytes
//
// Chunk i is the plaintext's bytes from 65536·i on, 65536 of them; the last has what
// is left. There is at least one: that of an empty file is empty, and no other is.
// A file of whole chunks has no empty one at its end.
//
//	okm     HKDF-SHA-256(key, salt, info "sogoc-seal/1", 64 bytes)
//	cipher  AES-256-GCM under okm[0:32], without additional data
//	nonce i 3 zero bytes ‖ uint64 i ‖ 1 for the last chunk, else 0
//	salt i  HMAC-SHA-256(okm[32:64], uint64 i)
//	leaf i  SHA-256(0x00 ‖ salt i ‖ chunk i)
//
// The nonce is that of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): a chunk
// opens in its own place only, and the last only as the last. The header's salt lets
// one key seal several files. The leaves' salts come with the key: without it a leaf
// tells nothing of a chunk that can be guessed, nor that two chunks are alike.
//
// The commitments are
//
//	plain   RFC 6962 root over the leaves, leaf i as above
//	cipher  RFC 6962 root over SHA-256(0x00 ‖ header ‖ frame i)
//	key     SHA-256("sogoc-seal/1 key" ‖ key)
//	bytes   the plaintext's length
//	chunk   65536
//
// A leaf of the plaintext stands in the frame, so the cipher root commits to it as
// well. That is what makes a wrong chunk provable: its finder could not know from a
// root alone which leaf the seller meant. That the leaves in the frames give the
// plain root anybody sees who has the ciphertext, and Check does look.
//
// The formats of a wrapped key and of evidence are at [Wrap], [ProveBadKey] and
// [Evidence].
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of the format.
const (
	Chunk    = 64 << 10 // bytes of plaintext in a chunk
	MaxBytes = 1 << 40  // bytes of plaintext in a file
)

const (
	version    = "sogoc-seal/1"
	saltSize   = 32
	headerSize = len(version) + 4 + saltSize
	leafSize   = len(ledger.Hash{})
	tagSize    = 16
	overhead   = leafSize + tagSize
	frameSize  = Chunk + overhead
	maxPath    = 24 // hashes from a leaf to the root of MaxBytes/Chunk leaves
)

// Key opens what was sealed with it. It never prints itself.
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

// Commitment is what a Sealed says of its key.
func (k Key) Commitment() ledger.Hash {
	return sha256.Sum256(append([]byte(version+" key"), k[:]...))
}

// Sealed is what the ledger holds of a sealed file.
type Sealed struct {
	Plain  ledger.Hash `json:"plain"`
	Cipher ledger.Hash `json:"cipher"`
	Key    ledger.Hash `json:"key"`
	Bytes  int64       `json:"bytes"` // of the plaintext
	Chunk  int         `json:"chunk"` // Chunk, always
}

// Validate checks what can be seen without the ciphertext. Its errors are Invalid.
func (s Sealed) Validate() error {
	switch {
	case s.Plain.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "plain", "is missing")
	case s.Cipher.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "cipher", "is missing")
	case s.Key.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "key", "is missing")
	case s.Bytes < 0 || s.Bytes > MaxBytes:
		return ledger.FieldErrorf(ledger.Invalid, "bytes", "is not from 0 to %d", int64(MaxBytes))
	case s.Chunk != Chunk:
		return ledger.FieldErrorf(ledger.Invalid, "chunk", "is not %d", Chunk)
	}
	return nil
}

// Chunks is the number of chunks.
func (s Sealed) Chunks() int64 { return max(1, (s.Bytes+Chunk-1)/Chunk) }

// CipherBytes is the length of the ciphertext.
func (s Sealed) CipherBytes() int64 {
	return int64(headerSize) + s.Bytes + s.Chunks()*int64(overhead)
}

// CheckKey checks that a key is the one committed to. Its errors are Invalid.
func (s Sealed) CheckKey(key Key) error {
	if key.Commitment() != s.Key {
		return ledger.FieldErrorf(ledger.Invalid, "key", "is another than the seller committed to")
	}
	return nil
}

// frameLen is the length of frame i.
func (s Sealed) frameLen(i int64) int {
	return int(min(Chunk, s.Bytes-i*Chunk)) + overhead
}

// header starts a ciphertext.
type header [headerSize]byte

func newHeader(salt [saltSize]byte) (h header) {
	b := append(h[:0], version...)
	b = binary.BigEndian.AppendUint32(b, Chunk)
	copy(h[len(b):], salt[:])
	return h
}

func (h *header) salt() []byte { return h[headerSize-saltSize:] }

func (h *header) valid() bool { return *h == newHeader([saltSize]byte(h.salt())) }

// suite is what a key gives for one header. It may be used concurrently.
type suite struct {
	aead  cipher.AEAD
	blind []byte
}

func newSuite(key Key, h *header) *suite {
	okm, err := hkdf.Key(sha256.New, key[:], h.salt(), version, 64)
	if err != nil {
		panic(err) // the lengths are constants
	}
	return &suite{newGCM(okm[:32]), okm[32:]}
}

func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func nonce(i int64, last bool) []byte {
	n := binary.BigEndian.AppendUint64(make([]byte, 3, 12), uint64(i))
	if last {
		return append(n, 1)
	}
	return append(n, 0)
}

// plainLeaf is leaf i of the plain root.
func (c *suite) plainLeaf(i int64, chunk []byte) ledger.Hash {
	salt := hmac.New(sha256.New, c.blind)
	salt.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return leafHash(salt.Sum(nil), chunk)
}

// cipherLeaf is leaf i of the cipher root.
func cipherLeaf(h *header, frame []byte) ledger.Hash { return leafHash(h[:], frame) }

// leafHash is RFC 6962's hash of a leaf that is head ‖ body.
func leafHash(head, body []byte) (sum ledger.Hash) {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(head)
	h.Write(body)
	h.Sum(sum[:0])
	return sum
}

// seal fills in a frame whose chunk stands in its place already.
func (c *suite) seal(i int64, last bool, frame []byte) (leaf ledger.Hash) {
	chunk := frame[leafSize : len(frame)-tagSize]
	leaf = c.plainLeaf(i, chunk)
	copy(frame, leaf[:])
	c.aead.Seal(chunk[:0], nonce(i, last), chunk, nil)
	return leaf
}

// open appends the chunk of a frame to dst, which may be the frame's own bytes from
// leafSize on, and reports whether it is what the frame says.
func (c *suite) open(dst []byte, i int64, last bool, frame []byte) ([]byte, bool) {
	chunk, err := c.aead.Open(dst, nonce(i, last), frame[leafSize:], nil)
	if err != nil {
		return nil, false
	}
	leaf := c.plainLeaf(i, chunk[len(dst):])
	return chunk, bytes.Equal(leaf[:], frame[:leafSize])
}
