package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"io"

	"github.com/sogoc/sogoc/ledger"
)

// Reader reads a backup from its beginning to its end. What it says is wrong is
// Invalid.
type Reader struct {
	Header  Header
	Trailer Trailer // once Next has answered io.EOF

	r      *bufio.Reader
	hash   hash.Hash
	stage  int
	at     int64 // bytes read
	counts Counts
	open   *stream
	ended  bool
}

// Payload is a payload of a backup. It reads its bytes, until Next is called again.
type Payload struct {
	CID  string
	Size int64
	Key  *[32]byte // of a sealed one
	stream
}

// Copy is a file of a copied folder, which reads its bytes until Next is called again; it
// has none where it is Kept.
type Copy struct {
	Copied
	stream
}

// stream is the bytes behind a frame.
type stream struct {
	from *Reader
	left int64
	rest []byte
}

// NewReader begins to read a backup.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{r: bufio.NewReaderSize(in, 256<<10), hash: sha256.New()}
	begin := make([]byte, len(magic))
	if err := r.fill(begin); err != nil || string(begin) != magic {
		return nil, ledger.Errorf(ledger.Invalid, "it is not a backup of the format %s", Format)
	}
	kind, body, err := r.frame()
	if err != nil {
		return nil, err
	}
	if kind != kindHeader || json.Unmarshal(body, &r.Header) != nil {
		return nil, broken("it does not begin with a header")
	}
	return r, nil
}

// Next returns the next record: a File, an Account, a Tombstone, a *Copy, a *Payload or
// a Block. At the end, when all hashes and counts are right, it answers io.EOF, and goes on answering it.
func (r *Reader) Next() (any, error) {
	if r.ended {
		return nil, io.EOF
	}
	if r.open != nil {
		if _, err := io.Copy(io.Discard, r.open); err != nil {
			return nil, err
		}
		r.open = nil
	}
	kind, frame, err := r.frame()
	if err != nil {
		return nil, err
	}
	switch kind {
	case kindFile:
		r.counts.Files++
		name, rest, ok := cut(frame, 2)
		if !ok {
			return nil, broken("a file has no name")
		}
		return File{Name: string(name), Bytes: rest}, nil
	case kindAccount:
		r.counts.Accounts++
		if len(frame) >= 8 {
			if key, value, ok := cut(frame[8:], 4); ok {
				return Account{Key: key, Value: value, Ends: binary.BigEndian.Uint64(frame)}, nil
			}
		}
		return nil, broken("a record of the accounts is cut short")
	case kindTombstone:
		r.counts.Tombstones++
		if len(frame) >= 8 {
			if cid, reason, ok := cut(frame[8:], 2); ok {
				return Tombstone{CID: string(cid), At: ledger.Time(binary.BigEndian.Uint64(frame)), Reason: string(reason)}, nil
			}
		}
		return nil, broken("a tombstone is cut short")
	case kindPayload:
		r.counts.Payloads++
		p, err := r.payload(frame)
		if err != nil {
			return nil, err
		}
		r.open = &p.stream
		return p, nil
	case kindCopy:
		r.counts.Copies++
		c, err := r.copied(frame)
		if err != nil {
			return nil, err
		}
		r.open = &c.stream
		return c, nil
	case kindBlock:
		r.counts.Blocks++
		return Block(frame), nil
	case kindTrailer:
		return nil, r.end(frame)
	}
	return nil, broken("a frame of kind %q does not belong at byte %d", kind, r.at)
}

func (r *Reader) payload(frame []byte) (*Payload, error) {
	if len(frame) < 9 || frame[8] > 1 || frame[8] == 1 && len(frame) < 9+32 {
		return nil, broken("a payload is cut short")
	}
	p := &Payload{Size: int64(binary.BigEndian.Uint64(frame))}
	if p.Size < 0 {
		return nil, broken("a payload has no such size")
	}
	p.stream = stream{from: r, left: p.Size}
	sealed, frame := frame[8] == 1, frame[9:]
	if sealed {
		key := [32]byte(frame)
		p.Key, frame = &key, frame[32:]
	}
	p.CID = string(frame)
	r.counts.Bytes += uint64(p.Size)
	return p, nil
}

func (r *Reader) copied(frame []byte) (*Copy, error) {
	if len(frame) < 17 || frame[16] > 1 || int64(binary.BigEndian.Uint64(frame)) < 0 {
		return nil, broken("a file is cut short")
	}
	c := &Copy{Copied: Copied{
		Name: string(frame[17:]), Size: int64(binary.BigEndian.Uint64(frame)),
		Changed: ledger.Time(binary.BigEndian.Uint64(frame[8:])), Kept: frame[16] == 1,
	}}
	c.stream.from = r
	if !c.Kept {
		c.left = c.Size
	}
	return c, nil
}

// Read implements io.Reader.
func (p *stream) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.left == 0 {
			return 0, io.EOF
		}
		kind, body, err := p.from.frame()
		if err != nil {
			return 0, err
		}
		if kind != kindData || len(body) == 0 || int64(len(body)) > p.left {
			return 0, broken("what is at byte %d is not followed by its bytes", p.from.at)
		}
		p.rest = body
		p.left -= int64(len(body))
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// end checks that the backup is what its end says.
func (r *Reader) end(body []byte) error {
	sum := r.hash.Sum(nil)
	last := make([]byte, endSize)
	if err := r.fill(last); err != nil {
		return err
	}
	if !bytes.Equal(last[:len(sum)], sum) || binary.BigEndian.Uint32(last[len(sum):]) != uint32(headSize+len(body)) {
		return broken("its hash is not the one at its end")
	}
	if json.Unmarshal(body, &r.Trailer) != nil || r.Trailer.Counts != r.counts {
		return broken("it does not hold what its end says")
	}
	if _, err := r.r.ReadByte(); !errors.Is(err, io.EOF) {
		return broken("something follows on its end")
	}
	r.ended = true
	return io.EOF
}

// frame reads a frame.
func (r *Reader) frame() (kind byte, body []byte, err error) {
	var head [headSize]byte
	if err := r.fill(head[:]); err != nil {
		return 0, nil, err
	}
	kind = head[0]
	n := binary.BigEndian.Uint32(head[1:])
	if s := stage(kind); s == 0 || s < r.stage || n > maxFrame {
		return 0, nil, broken("there is no frame at byte %d", r.at-headSize)
	}
	r.stage = stage(kind)
	// Grown as it is read: what a damaged length says is not believed.
	var b bytes.Buffer
	if _, err := io.CopyN(&b, io.TeeReader(r.r, r.hash), int64(n)); err != nil {
		return 0, nil, r.short(err)
	}
	r.at += int64(n)
	return kind, b.Bytes(), nil
}

func (r *Reader) fill(b []byte) error {
	n, err := io.ReadFull(r.r, b)
	r.at += int64(n)
	r.hash.Write(b[:n])
	if err != nil {
		return r.short(err)
	}
	return nil
}

func (r *Reader) short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return broken("it is cut short after %d bytes", r.at)
	}
	return err
}

// ReadTrailer reads the end of a backup alone, and checks nothing of what is before.
func ReadTrailer(f io.ReadSeeker) (t Trailer, err error) {
	cutShort := broken("it has no end; it was cut short")
	if _, err := f.Seek(-4, io.SeekEnd); err != nil {
		return t, cutShort
	}
	var n [4]byte
	if _, err := io.ReadFull(f, n[:]); err != nil {
		return t, err
	}
	size := binary.BigEndian.Uint32(n[:])
	if size < headSize || size > maxFrame {
		return t, cutShort
	}
	if _, err := f.Seek(-int64(size)-endSize, io.SeekEnd); err != nil {
		return t, cutShort
	}
	frame := make([]byte, size)
	if _, err := io.ReadFull(f, frame); err != nil {
		return t, err
	}
	if frame[0] != kindTrailer || binary.BigEndian.Uint32(frame[1:]) != size-headSize || json.Unmarshal(frame[headSize:], &t) != nil {
		return t, cutShort
	}
	return t, nil
}

// cut takes a byte string behind its length, of so many bytes, off b.
func cut(b []byte, width int) (value, rest []byte, ok bool) {
	if len(b) < width {
		return nil, nil, false
	}
	n := 0
	for _, c := range b[:width] {
		n = n<<8 | int(c)
	}
	if b = b[width:]; n > len(b) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}
