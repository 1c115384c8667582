package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// commit gives the roots of a ciphertext that somebody made who does not keep to the
// format.
func commit(head []byte, frames [][]byte, s Sealed) Sealed {
	h := header(head)
	var leaves, cipherLeaves [][]byte
	for _, f := range frames {
		leaf := cipherLeaf(&h, f)
		leaves, cipherLeaves = append(leaves, f[:leafSize]), append(cipherLeaves, leaf[:])
	}
	s.Plain, s.Cipher = ledger.Hash(rootOf(leaves)), ledger.Hash(rootOf(cipherLeaves))
	return s
}

// resealed is frame i of another chunk, sealed as if it stood at index, under a leaf of
// the seller's choice.
func resealed(c *suite, index int64, last bool, chunk []byte, leaf *ledger.Hash) []byte {
	f := slices.Concat(make([]byte, leafSize), chunk, make([]byte, tagSize))
	c.seal(index, last, f)
	if leaf != nil {
		copy(f, leaf[:])
	}
	return f
}

// TestCheats: whatever a seller seals otherwise than the format says, the buyer who
// checked the ciphertext before can prove.
func TestCheats(t *testing.T) {
	const n = 4*Chunk + 99
	plain, key := text(n), NewKey()
	ciphertext, s := sealAll(t, plain, key)
	head, honest := split(ciphertext, s)
	h := header(head)
	c, stranger := newSuite(key, &h), newSuite(NewKey(), &h)
	chunk := func(i int64) []byte { return plain[i*Chunk : min((i+1)*Chunk, n)] }
	for what, cheat := range map[string]struct {
		bad    int64
		change func(frames [][]byte)
	}{
		"garbage":               {0, func(f [][]byte) { f[0] = text(frameSize) }},
		"one bit":               {4, func(f [][]byte) { f[4][len(f[4])-1] ^= 1 }},
		"another key":           {2, func(f [][]byte) { f[2] = resealed(stranger, 2, false, chunk(2), nil) }},
		"another leaf":          {3, func(f [][]byte) { f[3] = resealed(c, 3, false, chunk(2), new(c.plainLeaf(3, chunk(3)))) }},
		"the leaf of a place":   {1, func(f [][]byte) { f[1] = resealed(c, 1, false, chunk(1), new(c.plainLeaf(2, chunk(1)))) }},
		"the last is not":       {4, func(f [][]byte) { f[4] = resealed(c, 4, false, chunk(4), nil) }},
		"the end comes early":   {2, func(f [][]byte) { f[2] = resealed(c, 2, true, chunk(2), nil) }},
		"swapped":               {1, func(f [][]byte) { f[1], f[2] = f[2], f[1] }},
		"twice":                 {3, func(f [][]byte) { f[3] = f[0] }},
		"the first of two only": {1, func(f [][]byte) { f[1], f[3] = text(frameSize), text(frameSize) }},
	} {
		frames := make([][]byte, len(honest))
		for i, f := range honest {
			frames[i] = bytes.Clone(f)
		}
		cheat.change(frames)
		promised := commit(head, frames, s)
		promised.Plain = s.Plain // of the honest plaintext
		ciphertext, s := join(head, frames...), commit(head, frames, s)
		if err := Check(bytes.NewReader(ciphertext), s); err != nil {
			t.Errorf("%s: is seen without the key: %v", what, err)
		}
		wants(t, what, Decrypt(io.Discard, bytes.NewReader(ciphertext), key, s), ledger.Invalid)
		e, err := ProveBadChunk(bytes.NewReader(ciphertext), key, s)
		if err != nil || e.Index != cheat.bad {
			t.Errorf("%s: evidence %+v, %v, want of chunk %d", what, e, err, cheat.bad)
			continue
		}
		b, err := e.MarshalBinary()
		if err != nil || base64.StdEncoding.EncodedLen(len(b)) > 128<<10 || len(b) > MaxEvidence {
			t.Errorf("%s: evidence of %d bytes, %v", what, len(b), err)
		}
		read, err := ParseEvidence(b)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := read.Verify(s); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if e, err := ProveBadChunk(bytes.NewReader(ciphertext), key, promised); err != nil || e.Index != cheat.bad || e.Verify(promised) != nil {
			t.Errorf("%s: with the plaintext promised: evidence %+v, %v", what, e, err)
		}
		wants(t, what+": against the honest seal", e.Verify(commit(head, honest, s)), ledger.Invalid)
	}
}

// TestCheatsWithoutCiphertext: what cannot be laid out as a ciphertext of the length
// committed to nobody takes for it, but where a frame is known it is proved, too.
func TestCheatsWithoutCiphertext(t *testing.T) {
	plain, key := text(2*Chunk+10), NewKey()
	ciphertext, s := sealAll(t, plain, key)
	head, honest := split(ciphertext, s)
	h := header(head)
	c := newSuite(key, &h)
	evidence := func(what string, head []byte, frames [][]byte, i int) {
		t.Helper()
		h := header(head)
		var leaves [][]byte
		for _, f := range frames {
			leaf := cipherLeaf(&h, f)
			leaves = append(leaves, leaf[:])
		}
		s := commit(head, frames, s)
		wants(t, what, Check(bytes.NewReader(join(head, frames...)), s), ledger.Invalid)
		e := &Evidence{Key: key, Header: head, Index: int64(i), Path: pathOf(leaves, i), Frame: frames[i]}
		if err := e.Verify(s); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	short, long := slices.Clone(honest), slices.Clone(honest)
	short[2] = resealed(c, 2, true, plain[2*Chunk:2*Chunk+9], nil)
	long[2] = resealed(c, 2, true, text(11), nil)
	evidence("an end that is short", head, short, 2)
	evidence("an end that is long", head, long, 2)
	other := bytes.Clone(head)
	other[0] = 'S'
	evidence("another format", other, honest, 1)
	tiny := slices.Clone(honest)
	tiny[0] = make([]byte, leafSize)
	evidence("a frame of nothing", head, tiny, 0)
}

// pathOf is PATH of RFC 6962, section 2.1.1.
func pathOf(leaves [][]byte, i int) []ledger.Hash {
	if len(leaves) == 1 {
		return nil
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	if i < k {
		return append(pathOf(leaves[:k], i), ledger.Hash(rootOf(leaves[k:])))
	}
	return append(pathOf(leaves[k:], i-k), ledger.Hash(rootOf(leaves[:k])))
}

// TestGoodChunksCannotBeProvedBad: no change of what is true of an honest seal makes
// evidence against it.
func TestGoodChunksCannotBeProvedBad(t *testing.T) {
	const n = 2*Chunk + 40
	plain, key := text(n), NewKey()
	ciphertext, s := sealAll(t, plain, key)
	head, frames := split(ciphertext, s)
	second, _ := sealAll(t, plain, key)
	otherHead, otherFrames := split(second, s)
	h := header(head)
	var leaves [][]byte
	for _, f := range frames {
		leaf := cipherLeaf(&h, f)
		leaves = append(leaves, leaf[:])
	}
	honest := func(i int) *Evidence {
		return &Evidence{Key: key, Header: head, Index: int64(i), Path: pathOf(leaves, i), Frame: frames[i]}
	}
	for i := range frames {
		wants(t, fmt.Sprintf("chunk %d", i), honest(i).Verify(s), ledger.Conflict)
	}
	random := rand.New(rand.NewPCG(1, 2))
	flip := func(b []byte) []byte {
		if len(b) == 0 {
			return b
		}
		b = bytes.Clone(b)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		return b
	}
	changes := []func(e *Evidence){
		func(e *Evidence) { e.Key = NewKey() },
		func(e *Evidence) { e.Header = flip(e.Header) },
		func(e *Evidence) { e.Header = otherHead },
		func(e *Evidence) { e.Header = e.Header[:random.IntN(headerSize)] },
		func(e *Evidence) { e.Index = random.Int64N(5) - 1 },
		func(e *Evidence) { e.Index = random.Int64() },
		func(e *Evidence) { e.Frame = flip(e.Frame) },
		func(e *Evidence) { e.Frame = otherFrames[e.Index] },
		func(e *Evidence) { e.Frame = frames[random.IntN(len(frames))] },
		func(e *Evidence) { e.Frame = e.Frame[:random.IntN(len(e.Frame))] },
		func(e *Evidence) { e.Frame = append(bytes.Clone(e.Frame), byte(random.IntN(256))) },
		func(e *Evidence) { e.Frame = e.Frame[1:] },
		func(e *Evidence) { // an inner node as a leaf
			e.Frame = slices.Concat(leaves[0], leaves[1])
			e.Path = e.Path[1:]
		},
		func(e *Evidence) { e.Path = e.Path[:random.IntN(len(e.Path))] },
		func(e *Evidence) {
			e.Path = append(slices.Clone(e.Path), ledger.Hash(leaves[random.IntN(len(leaves))]))
		},
		func(e *Evidence) { e.Path = slices.Clone(e.Path); slices.Reverse(e.Path) },
		func(e *Evidence) {
			e.Path = slices.Clone(e.Path)
			i := random.IntN(len(e.Path))
			e.Path[i] = ledger.Hash(flip(e.Path[i][:]))
		},
		func(e *Evidence) { e.Path = honest(random.IntN(len(frames))).Path },
		func(e *Evidence) { *e = *honest(random.IntN(len(frames))) },
	}
	for range 4000 {
		e := honest(random.IntN(len(frames)))
		var done []int
		for range 1 + random.IntN(3) {
			i := random.IntN(len(changes))
			if done = append(done, i); e.Index < 0 || e.Index >= int64(len(frames)) || len(e.Path) == 0 || len(e.Frame) == 0 {
				break
			}
			changes[i](e)
		}
		err := e.Verify(s)
		if err == nil {
			t.Fatalf("an honest seal is proved bad by changes %v: %+v", done, e)
		}
		if code := ledger.CodeOf(err); code != ledger.Invalid && code != ledger.Conflict {
			t.Fatalf("changes %v: %v", done, err)
		}
	}
}

// TestPathsOfManyChunks: of more chunks than a tile has, too.
func TestPathsOfManyChunks(t *testing.T) {
	plain, key := text(600*Chunk-5), NewKey()
	ciphertext, s := sealAll(t, plain, key)
	head, frames := split(ciphertext, s)
	for _, bad := range []int{0, 1, 255, 256, 300, 511, 512, 599} {
		changed := slices.Clone(frames)
		changed[bad] = flipLast(frames[bad])
		s := commit(head, changed, s)
		e, err := ProveBadChunk(bytes.NewReader(join(head, changed...)), key, s)
		if err == nil {
			err = e.Verify(s)
		}
		if err != nil || e.Index != int64(bad) {
			t.Errorf("chunk %d: %v", bad, err)
		}
	}
}

func flipLast(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

// TestPathTiles: a path needs no more than a tile a level, however large the file.
func TestPathTiles(t *testing.T) {
	const size = 150_000
	leaf := func(i int64) (h ledger.Hash) {
		binary.BigEndian.PutUint64(h[:], uint64(i)+1)
		return h
	}
	for _, at := range []int64{0, 255, 256, 65_535, 65_536, 70_001, 131_072, size - 1} {
		path := pathTiles{}
		r := newRoots(path)
		for first := int64(0); first < size; first += batch {
			var frames []frame
			for i := first; i < min(first+batch, size); i++ {
				frames = append(frames, frame{cipher: leaf(i)})
			}
			full := r.add(frames)
			if first+batch > at {
				path.keep(full, at)
			}
		}
		hashes, err := r.cipher.Inclusion(uint64(at), size)
		if err != nil {
			t.Fatalf("leaf %d: %v", at, err)
		}
		root, err := r.cipher.Root(size)
		if err == nil {
			err = merkle.VerifyInclusion(uint64(at), size, leaf(at), hashes, root)
		}
		if err != nil || len(path) > 3 {
			t.Errorf("leaf %d: %v, %d tiles", at, err, len(path))
		}
	}
}

func TestEvidenceForm(t *testing.T) {
	e := &Evidence{Header: make([]byte, headerSize), Index: MaxBytes/Chunk - 1, Path: make([]ledger.Hash, maxPath), Frame: make([]byte, frameSize)}
	b, err := e.MarshalBinary()
	if err != nil || len(b) != MaxEvidence {
		t.Fatalf("the largest evidence has %d bytes, %v, not %d", len(b), err, MaxEvidence)
	}
	for n := range 400 {
		_, err := ParseEvidence(b[:n])
		wants(t, fmt.Sprintf("%d bytes", n), err, ledger.Invalid)
	}
	for name, change := range map[string]func(e *Evidence){
		"header":      func(e *Evidence) { e.Header = e.Header[1:] },
		"index":       func(e *Evidence) { e.Index++ },
		"a path":      func(e *Evidence) { e.Path = append(e.Path, ledger.Hash{}) },
		"a frame":     func(e *Evidence) { e.Frame = append(e.Frame, 0) },
		"minus index": func(e *Evidence) { e.Index = -1 },
	} {
		e := *e
		change(&e)
		_, err := e.MarshalBinary()
		wants(t, name, err, ledger.Invalid)
	}
	_, err = ParseEvidence(append(b, 0))
	wants(t, "a byte more", err, ledger.Invalid)
}

func FuzzParseEvidence(f *testing.F) {
	key := Key{3}
	ciphertext, s := sealAll(f, []byte("một tệp nhỏ"), key)
	good := &Evidence{Key: key, Header: ciphertext[:headerSize], Frame: ciphertext[headerSize:]}
	for _, e := range []*Evidence{good, {Header: make([]byte, headerSize), Path: make([]ledger.Hash, 3)}} {
		b, err := e.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(evidenceMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEvidence(b)
		if err != nil {
			if ledger.CodeOf(err) != ledger.Invalid {
				t.Errorf("%x: %v", b, err)
			}
			return
		}
		if again, err := e.MarshalBinary(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is written as %x, %v", b, again, err)
		}
		if err := e.Verify(s); err == nil {
			t.Errorf("%x proves an honest seal bad", b)
		}
	})
}

func BenchmarkVerifyBadChunk(b *testing.B) {
	plain, key := text(600*Chunk), NewKey()
	ciphertext, s := sealAll(b, plain, key)
	head, frames := split(ciphertext, s)
	frames[300] = flipLast(frames[300])
	s = commit(head, frames, s)
	e, err := ProveBadChunk(bytes.NewReader(join(head, frames...)), key, s)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Verify(s); err != nil {
			b.Fatal(err)
		}
	}
}
