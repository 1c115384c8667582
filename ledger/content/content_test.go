package content

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
)

// synthetic yields size bytes that differ from chunk to chunk.
func synthetic(size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{byte(size)}), size)
}

func bytesOf(size int64) []byte {
	b, err := io.ReadAll(synthetic(size))
	if err != nil {
		panic(err)
	}
	return b
}

func TestRawIsWhatTheImporterMakes(t *testing.T) {
	for _, size := range []int64{0, 1, 2, 1500, 65536, ChunkSize - 1, ChunkSize} {
		b := bytesOf(size)
		sum, err := Sum(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if raw := Raw(b); raw != sum {
			t.Errorf("%d bytes: %s, the importer makes %s", size, raw, sum)
		}
	}
	if sum, err := Sum(synthetic(ChunkSize + 1)); err != nil || sum.Type() != cid.DagProtobuf {
		t.Errorf("one byte more than a chunk: %s, %v", sum, err)
	}
}

// The identifiers are those that ipfs add --cid-version=1 --raw-leaves prints.
func TestKnownVectors(t *testing.T) {
	for data, want := range map[string]string{
		"":              "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
		"hello world\n": "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4",
		"hello world":   "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
	} {
		if got := Raw([]byte(data)).String(); got != want {
			t.Errorf("%q: %s, want %s", data, got, want)
		}
	}
}

// The tree is rebuilt here from the published formats alone: dag-pb puts the
// links before the data, UnixFS says type 2, the file's size and each child's.
func TestTreeByHand(t *testing.T) {
	type node struct {
		cid         cid.Cid
		size, total uint64 // of the payload, of all blocks
	}
	field := func(n int, b []byte) []byte {
		return append(uvarint(uvarint(nil, uint64(n<<3|2)), uint64(len(b))), b...)
	}
	number := func(n int, v uint64) []byte { return uvarint(uvarint(nil, uint64(n<<3)), v) }
	parent := func(children []node) node {
		var links, sizes []byte
		var size, total uint64
		for _, c := range children {
			link := append(field(1, c.cid.Bytes()), field(2, nil)...)
			links = append(links, field(2, append(link, number(3, c.total)...))...)
			sizes = append(sizes, number(4, c.size)...)
			size, total = size+c.size, total+c.total
		}
		data := append(append(number(1, 2), number(3, size)...), sizes...)
		block := append(links, field(1, data)...)
		return node{newCID(cid.DagProtobuf, sha256.Sum256(block)), size, total + uint64(len(block))}
	}
	for _, size := range []int64{ChunkSize + 1, 3 * ChunkSize, 174 * ChunkSize, 174*ChunkSize + 1, 400*ChunkSize + 17} {
		if size > 100*ChunkSize && testing.Short() {
			continue
		}
		var level []node
		r := synthetic(size)
		for {
			b, _ := io.ReadAll(io.LimitReader(r, ChunkSize))
			if len(b) == 0 {
				break
			}
			level = append(level, node{Raw(b), uint64(len(b)), uint64(len(b))})
		}
		for len(level) > 1 {
			var up []node
			for i := 0; i < len(level); i += MaxLinks {
				up = append(up, parent(level[i:min(i+MaxLinks, len(level))]))
			}
			level = up
		}
		sum, err := Sum(synthetic(size))
		if err != nil {
			t.Fatal(err)
		}
		if sum != level[0].cid {
			t.Errorf("%d bytes: the importer makes %s, by hand %s", size, sum, level[0].cid)
		}
	}
}

func uvarint(b []byte, v uint64) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

func TestReaderReadsBackWhatWasImported(t *testing.T) {
	for _, size := range []int64{0, 1, ChunkSize, ChunkSize + 1, 5*ChunkSize - 1, 176*ChunkSize + 5} {
		blocks := map[cid.Cid][]byte{}
		root, err := Import(synthetic(size), func(c cid.Cid, b []byte) error {
			if !Verify(c, b) {
				t.Errorf("block %s has another hash", c)
			}
			blocks[c] = b
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		get := func(c cid.Cid) ([]byte, error) {
			if b, ok := blocks[c]; ok {
				return b, nil
			}
			return nil, fmt.Errorf("no block %s", c)
		}
		if size > 10*ChunkSize { // the whole of it by hash only
			if again, err := Sum(NewReader(root, size, get)); err != nil || again != root {
				t.Errorf("%d bytes: read back as %s, %v", size, again, err)
			}
			continue
		}
		if err := iotest.TestReader(NewReader(root, size, get), bytesOf(size)); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestReaderRefusesAnotherTree(t *testing.T) {
	blocks := map[cid.Cid][]byte{}
	root, err := Import(synthetic(3*ChunkSize), func(c cid.Cid, b []byte) error { blocks[c] = b; return nil })
	if err != nil {
		t.Fatal(err)
	}
	get := func(c cid.Cid) ([]byte, error) { return blocks[c], nil }
	for _, size := range []int64{3*ChunkSize - 1, 3*ChunkSize + 1, 4 * ChunkSize} {
		if _, err := io.ReadAll(NewReader(root, size, get)); ledger.CodeOf(err) != ledger.Internal || err == nil {
			t.Errorf("size %d: %v", size, err)
		}
	}
}

func TestImportOfWhatBreaksOff(t *testing.T) {
	for _, broken := range []error{io.ErrUnexpectedEOF, fmt.Errorf("read: %w", io.EOF), errors.New("reset by peer")} {
		for _, size := range []int64{10, ChunkSize, 2*ChunkSize + 10} {
			r := io.MultiReader(synthetic(size), iotest.ErrReader(broken))
			if c, err := Sum(r); err == nil {
				t.Errorf("%v after %d bytes gives %s", broken, size, c)
			}
			sealed, _ := Seal(io.MultiReader(synthetic(size), iotest.ErrReader(broken)))
			if _, err := io.Copy(io.Discard, sealed); err == nil {
				t.Errorf("%v after %d bytes is sealed as if it were whole", broken, size)
			}
		}
	}
}

func TestParse(t *testing.T) {
	good := Raw([]byte("x"))
	if c, err := Parse(good.String()); err != nil || c != good {
		t.Errorf("%v, %v", c, err)
	}
	v0 := cid.NewCidV0(good.Hash())
	for name, s := range map[string]string{
		"empty": "", "words": "hello", "version 0": v0.String(),
		"upper case": strings.ToUpper(good.String()),
		"another base": func() string {
			s, _ := good.StringOfBase('z')
			return s
		}(),
		"another codec": cid.NewCidV1(cid.DagCBOR, good.Hash()).String(),
		"identity hash": cid.NewCidV1(cid.Raw, []byte{0, 1, 'x'}).String(),
	} {
		if c, err := Parse(s); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %q reads as %s, %v", name, s, c, err)
		}
	}
	if err := Check(cid.Undef); err == nil {
		t.Error("no CID passes for one")
	}
}

func TestVerify(t *testing.T) {
	c := Raw([]byte("x"))
	if !Verify(c, []byte("x")) || Verify(c, []byte("y")) || Verify(cid.Undef, nil) {
		t.Error("blocks are not told apart")
	}
}

func FuzzLinks(f *testing.F) {
	_, err := Import(synthetic(2*ChunkSize+1), func(c cid.Cid, b []byte) error {
		if c.Type() == cid.DagProtobuf {
			f.Add(b)
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		links, err := Links(newCID(cid.DagProtobuf, sha256.Sum256(b)), b)
		if err == nil && len(links) == 0 {
			t.Error("an inner node without links")
		}
		for _, l := range links {
			if Check(l.CID) != nil || l.Size <= 0 {
				t.Errorf("link %v", l)
			}
		}
	})
}

func BenchmarkRaw(b *testing.B) {
	data := bytesOf(1500)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Raw(data)
	}
}

func BenchmarkImport(b *testing.B) {
	data := bytesOf(16 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Sum(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
