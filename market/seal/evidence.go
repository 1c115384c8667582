package seal

import (
	"encoding/binary"
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// MaxEvidence is the most bytes that an Evidence is encoded in.
const MaxEvidence = len(evidenceMagic) + len(Key{}) + headerSize + 4 + 1 + maxPath*leafSize + 4 + frameSize

const evidenceMagic = "sogoc-bad-chunk/1"

// Evidence shows that a chunk of a ciphertext is not what its seller committed to.
// It holds the key, so whoever sees it and has the ciphertext reads the file.
type Evidence struct {
	Key    Key
	Header []byte        // of the ciphertext
	Index  int64         // of the chunk, from 0
	Path   []ledger.Hash // from the frame's leaf to the cipher root
	Frame  []byte
}

// ProveBadChunk reads a ciphertext up to its end and makes the evidence of its first
// bad chunk. It is NotFound that there is none. That the ciphertext, or the plaintext of
// chunks that are all good, is another than s commits to is Invalid, as are other errors but those of src: of that, nothing
// can be proved.
func ProveBadChunk(src io.Reader, key Key, s Sealed) (*Evidence, error) {
	r, err := newFrameReader(src, s)
	if err != nil {
		return nil, err
	}
	if err := s.CheckKey(key); err != nil {
		return nil, err
	}
	c := newSuite(key, &r.header)
	var e *Evidence
	path := pathTiles{}
	roots := newRoots(path)
	for !r.done() {
		frames, err := r.next()
		if err != nil {
			return nil, err
		}
		searching := e == nil
		parallel(frames, func(f *frame) {
			f.cipher = cipherLeaf(&r.header, f.bytes)
			if searching {
				_, f.good = c.open(nil, f.index, f.last, f.bytes)
			}
		})
		for _, f := range frames {
			if e == nil && !f.good {
				e = &Evidence{Key: key, Header: r.header[:], Index: f.index, Frame: append([]byte(nil), f.bytes...)}
			}
		}
		full := roots.add(frames)
		if e != nil {
			path.keep(full, e.Index)
		}
	}
	// A chunk that says another leaf than it opens to makes another plain root, too.
	if err := roots.check(s); err != nil && (err != errPlain || e == nil) {
		return nil, err
	}
	if e == nil {
		return nil, ledger.Errorf(ledger.NotFound, "every chunk opens to what was committed to")
	}
	e.Path, err = roots.cipher.Inclusion(uint64(e.Index), roots.cipher.Size())
	return e, err
}

// pathTiles keeps, a level, the tile that a leaf's path goes through.
type pathTiles map[uint]merkle.Tile

func (p pathTiles) keep(full []merkle.Tile, leaf int64) {
	for _, t := range full {
		if t.Index == uint64(leaf)>>(merkle.TileHeight*(t.Level+1)) {
			p[t.Level] = t
		}
	}
}

func (p pathTiles) Tile(level uint, index uint64) ([]byte, error) {
	if t, ok := p[level]; ok && t.Index == index {
		return t.Hashes, nil
	}
	return noTiles{}.Tile(level, index)
}

// Verify returns nil when the evidence shows that the seller of s committed to a bad
// chunk: a frame that stands below the cipher root at its index, but that has another
// length than the chunk's, or does not open under the key of the commitment, as the
// last where it is that, or opens to another chunk than its leaf says. Of a chunk that
// was sealed as the format says there is no such evidence. Errors are Invalid when
// the evidence shows nothing of s, and Conflict when the chunk is good.
func (e *Evidence) Verify(s Sealed) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := e.validate(); err != nil {
		return err
	}
	if err := s.CheckKey(e.Key); err != nil {
		return err
	}
	h := header(e.Header)
	if err := merkle.VerifyInclusion(uint64(e.Index), uint64(s.Chunks()), cipherLeaf(&h, e.Frame), e.Path, s.Cipher); err != nil {
		return err
	}
	if !h.valid() || len(e.Frame) != s.frameLen(e.Index) {
		return nil
	}
	if _, good := newSuite(e.Key, &h).open(nil, e.Index, e.Index == s.Chunks()-1, e.Frame); good {
		return ledger.Errorf(ledger.Conflict, "chunk %d is what was committed to", e.Index)
	}
	return nil
}

func (e *Evidence) validate() error {
	switch {
	case len(e.Header) != headerSize:
		return ledger.FieldErrorf(ledger.Invalid, "header", "has not %d bytes", headerSize)
	case e.Index < 0 || e.Index >= MaxBytes/Chunk:
		return ledger.FieldErrorf(ledger.Invalid, "index", "no file has such a chunk")
	case len(e.Path) > maxPath:
		return ledger.FieldErrorf(ledger.Invalid, "path", "has more than %d hashes", maxPath)
	case len(e.Frame) > frameSize:
		return ledger.FieldErrorf(ledger.Invalid, "frame", "has more than %d bytes", frameSize)
	}
	return nil
}

// MarshalBinary writes what ParseEvidence reads, which has one spelling:
//
//	"sogoc-bad-chunk/1" ‖ key ‖ header, 48 bytes ‖ uint32 index
//	‖ uint8 number of hashes ‖ hashes, from the leaf up ‖ uint32 length ‖ frame
func (e *Evidence) MarshalBinary() ([]byte, error) {
	if err := e.validate(); err != nil {
		return nil, err
	}
	b := append([]byte(evidenceMagic), e.Key[:]...)
	b = append(b, e.Header...)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Index))
	b = append(b, byte(len(e.Path)))
	for _, h := range e.Path {
		b = append(b, h[:]...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Frame)))
	return append(b, e.Frame...), nil
}

// ParseEvidence reads what MarshalBinary wrote. Its errors are Invalid.
func ParseEvidence(b []byte) (*Evidence, error) {
	in := input{b}
	magic, key, head, index, hashes := in.take(len(evidenceMagic)), in.take(len(Key{})), in.take(headerSize), in.take(4), in.take(1)
	if string(magic) != evidenceMagic || hashes == nil {
		return nil, ledger.Errorf(ledger.Invalid, "this is not evidence of the format %s", evidenceMagic)
	}
	e := &Evidence{Key: Key(key), Header: head, Index: int64(binary.BigEndian.Uint32(index))}
	for range hashes[0] {
		h := in.take(leafSize)
		if h == nil {
			return nil, errEvidenceLen
		}
		e.Path = append(e.Path, ledger.Hash(h))
	}
	length := in.take(4)
	if length == nil || uint64(len(in.rest)) != uint64(binary.BigEndian.Uint32(length)) {
		return nil, errEvidenceLen
	}
	e.Frame = in.rest
	if err := e.validate(); err != nil {
		return nil, err
	}
	return e, nil
}

var errEvidenceLen = ledger.Errorf(ledger.Invalid, "the evidence is not as long as it says")

// input is cut from the front.
type input struct{ rest []byte }

// take cuts n bytes off, or nothing when there are fewer.
func (in *input) take(n int) []byte {
	if len(in.rest) < n {
		in.rest = nil
		return nil
	}
	b := in.rest[:n:n]
	in.rest = in.rest[n:]
	return b
}
