package seal

import (
	"bufio"
	"crypto/rand"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// batch is how many frames are worked on between two reads; a stream holds so many
// in memory.
const batch = 16

// Encrypt writes the ciphertext of src to dst. Its errors are TooLarge and those of
// src and dst, after which what was written is worth nothing.
func Encrypt(dst io.Writer, src io.Reader, key Key) (Sealed, error) {
	var salt [saltSize]byte
	rand.Read(salt[:])
	return encrypt(dst, src, key, salt)
}

func encrypt(dst io.Writer, src io.Reader, key Key, salt [saltSize]byte) (Sealed, error) {
	h := newHeader(salt)
	c := newSuite(key, &h)
	if _, err := dst.Write(h[:]); err != nil {
		return Sealed{}, err
	}
	in := bufio.NewReader(src)
	roots := newRoots(noTiles{})
	s := Sealed{Key: key.Commitment(), Chunk: Chunk}
	var bufs [batch][]byte
	for done := false; !done; {
		var frames []frame
		for i := 0; i < batch && !done; i++ {
			if bufs[i] == nil { // a small file needs few
				bufs[i] = make([]byte, frameSize)
			}
			b := bufs[i]
			n, err := readFull(in, b[leafSize:leafSize+Chunk])
			if err == nil {
				_, err = in.Peek(1)
			}
			if done = err == io.EOF; err != nil && !done {
				return Sealed{}, err
			}
			if s.Bytes += int64(n); s.Bytes > MaxBytes {
				return Sealed{}, ledger.Errorf(ledger.TooLarge, "a file of more than %d bytes cannot be sealed", int64(MaxBytes))
			}
			frames = append(frames, frame{index: roots.size() + int64(i), last: done, bytes: b[:n+overhead]})
		}
		parallel(frames, func(f *frame) {
			f.plain = c.seal(f.index, f.last, f.bytes)
			f.cipher = cipherLeaf(&h, f.bytes)
		})
		roots.add(frames)
		for _, f := range frames {
			if _, err := dst.Write(f.bytes); err != nil {
				return Sealed{}, err
			}
		}
	}
	var err error
	s.Plain, s.Cipher, err = roots.roots()
	return s, err
}

// Decrypt writes to dst what was sealed into src. Every chunk is authenticated in its
// place and compared with the seller's leaf before a byte of its batch is written,
// and the last batch is kept back until both roots are seen to be those of s: what is
// complete is right. Whoever else has the key could have sealed the batches before,
// so Check first where that matters. Errors are Invalid and those of src and dst.
func Decrypt(dst io.Writer, src io.Reader, key Key, s Sealed) error {
	r, err := newFrameReader(src, s)
	if err != nil {
		return err
	}
	if err := s.CheckKey(key); err != nil {
		return err
	}
	c := newSuite(key, &r.header)
	roots := newRoots(noTiles{})
	for !r.done() {
		frames, err := r.next()
		if err != nil {
			return err
		}
		parallel(frames, func(f *frame) {
			f.cipher = cipherLeaf(&r.header, f.bytes)
			f.chunk, f.good = c.open(f.bytes[leafSize:leafSize], f.index, f.last, f.bytes)
		})
		for _, f := range frames {
			if !f.good {
				return badChunk(f.index)
			}
		}
		roots.add(frames)
		if r.done() {
			if err := roots.check(s); err != nil {
				return err
			}
		}
		for _, f := range frames {
			if _, err := dst.Write(f.chunk); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check reads a ciphertext and checks, without the key, that it is the one that s
// commits to, and that its frames commit to the plain root. Of a ciphertext that
// passes, everything that is wrong with it can be proved to others once the key is
// known. Errors are Invalid and those of src.
func Check(src io.Reader, s Sealed) error {
	r, err := newFrameReader(src, s)
	if err != nil {
		return err
	}
	roots := newRoots(noTiles{})
	for !r.done() {
		frames, err := r.next()
		if err != nil {
			return err
		}
		parallel(frames, func(f *frame) { f.cipher = cipherLeaf(&r.header, f.bytes) })
		roots.add(frames)
	}
	return roots.check(s)
}

// Open reads the plaintext anywhere. Every chunk is authenticated in its place and
// compared with the seller's leaf before a byte of it is read; that the ciphertext is
// the one that s commits to is for Check to say. The reader's ReadAt may be called
// concurrently where the ciphertext's may. Errors are Invalid and those of ciphertext.
func Open(ciphertext io.ReaderAt, key Key, s Sealed) (*io.SectionReader, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if err := s.CheckKey(key); err != nil {
		return nil, err
	}
	var h header
	if err := readAt(ciphertext, h[:], 0); err != nil {
		return nil, err
	}
	if !h.valid() {
		return nil, errHeader
	}
	o := &opened{ciphertext: ciphertext, suite: newSuite(key, &h), sealed: s}
	if s.Bytes == 0 { // nothing would be read, and so nothing authenticated
		if _, err := o.chunk(0); err != nil {
			return nil, err
		}
	}
	return io.NewSectionReader(o, 0, s.Bytes), nil
}

// opened is a plaintext that is read chunk by chunk.
type opened struct {
	*suite
	ciphertext io.ReaderAt
	sealed     Sealed
	recent     atomic.Pointer[openChunk]
}

type openChunk struct {
	index int64
	bytes []byte
}

func (o *opened) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		at := offset + int64(n)
		if at >= o.sealed.Bytes {
			return n, io.EOF
		}
		chunk, err := o.chunk(at / Chunk)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], chunk[at%Chunk:])
	}
	return n, nil
}

func (o *opened) chunk(i int64) ([]byte, error) {
	if c := o.recent.Load(); c != nil && c.index == i {
		return c.bytes, nil
	}
	frame := make([]byte, o.sealed.frameLen(i))
	if err := readAt(o.ciphertext, frame, int64(headerSize)+i*int64(frameSize)); err != nil {
		return nil, err
	}
	chunk, ok := o.open(frame[leafSize:leafSize], i, i == o.sealed.Chunks()-1, frame)
	if !ok {
		return nil, badChunk(i)
	}
	o.recent.Store(&openChunk{i, chunk})
	return chunk, nil
}

var (
	errHeader = ledger.Errorf(ledger.Invalid, "this is not a ciphertext of the format %s", version)
	errShort  = ledger.Errorf(ledger.Invalid, "the ciphertext is shorter than was committed to")
	errLong   = ledger.Errorf(ledger.Invalid, "the ciphertext is longer than was committed to")
	errCipher = ledger.FieldErrorf(ledger.Invalid, "cipher", "the ciphertext is another than was committed to")
	errPlain  = ledger.FieldErrorf(ledger.Invalid, "plain", "the leaves in the ciphertext are others than were committed to")
)

func badChunk(i int64) error {
	return ledger.Errorf(ledger.Invalid, "chunk %d does not open to what was committed to", i)
}

// frame is one of a batch, with what was found of it.
type frame struct {
	index         int64
	last          bool
	bytes         []byte
	plain, cipher ledger.Hash // leaves
	chunk         []byte
	good          bool // the chunk is what the frame says
}

// frameReader cuts a ciphertext into its frames.
type frameReader struct {
	src    io.Reader
	sealed Sealed
	header header
	read   int64 // frames
	buf    []byte
}

func newFrameReader(src io.Reader, s Sealed) (*frameReader, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	r := &frameReader{src: src, sealed: s, buf: make([]byte, min(batch*int64(frameSize), s.CipherBytes()))}
	if err := r.fill(r.header[:]); err != nil {
		return nil, err
	}
	if !r.header.valid() {
		return nil, errHeader
	}
	return r, nil
}

func (r *frameReader) done() bool { return r.read == r.sealed.Chunks() }

// next reads up to a batch of frames; their bytes hold until it is called again. With
// the last of them it makes sure that nothing follows.
func (r *frameReader) next() ([]frame, error) {
	var frames []frame
	for buf := r.buf; len(frames) < batch && !r.done(); r.read++ {
		n := r.sealed.frameLen(r.read)
		f := frame{index: r.read, last: r.read == r.sealed.Chunks()-1, bytes: buf[:n:n]}
		if err := r.fill(f.bytes); err != nil {
			return nil, err
		}
		f.plain = ledger.Hash(f.bytes[:leafSize])
		frames, buf = append(frames, f), buf[n:]
	}
	if r.done() {
		switch n, err := readFull(r.src, make([]byte, 1)); {
		case n > 0:
			return nil, errLong
		case err != io.EOF:
			return nil, err
		}
	}
	return frames, nil
}

func (r *frameReader) fill(b []byte) error {
	_, err := readFull(r.src, b)
	if err == io.EOF {
		return errShort
	}
	return err
}

// readFull fills b, or says io.EOF when the source ended before. io.ReadFull would
// not tell that end from a source that itself failed with io.ErrUnexpectedEOF.
func readFull(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	if n == len(b) {
		return n, nil
	}
	return n, err
}

func readAt(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return errShort
	}
	return err
}

// parallel works on all frames, on all processors, and returns when it is done.
func parallel(frames []frame, work func(*frame)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(frames), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(frames)); i = next.Add(1) - 1 {
				work(&frames[i])
			}
		})
	}
	wg.Wait()
}

// roots grows both trees.
type roots struct{ plain, cipher *merkle.Tree }

// noTiles keeps nothing: a tree's right edge is enough for its root.
type noTiles struct{}

func (noTiles) Tile(level uint, index uint64) ([]byte, error) {
	return nil, ledger.Errorf(ledger.Internal, "tile %d of level %d was not kept", index, level)
}

func newRoots(t merkle.Tiles) *roots { return &roots{merkle.New(noTiles{}), merkle.New(t)} }

func (r *roots) size() int64 { return int64(r.cipher.Size()) }

// add appends the leaves of frames, and returns the tiles of the cipher's tree that
// became full.
func (r *roots) add(frames []frame) (full []merkle.Tile) {
	plain, cipher := make([]ledger.Hash, len(frames)), make([]ledger.Hash, len(frames))
	for i, f := range frames {
		plain[i], cipher[i] = f.plain, f.cipher
	}
	r.plain, _ = r.plain.Append(plain...)
	r.cipher, full = r.cipher.Append(cipher...)
	return full
}

func (r *roots) roots() (plain, cipher ledger.Hash, err error) {
	if plain, err = r.plain.Root(r.plain.Size()); err == nil {
		cipher, err = r.cipher.Root(r.cipher.Size())
	}
	return plain, cipher, err
}

func (r *roots) check(s Sealed) error {
	plain, cipher, err := r.roots()
	switch {
	case err != nil:
		return err
	case cipher != s.Cipher:
		return errCipher
	case plain != s.Plain:
		return errPlain
	}
	return nil
}
