package merkle

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sogoc/sogoc/ledger"
)

type tileKey struct {
	level uint
	index uint64
}

// memory is a Tiles in a map.
type memory map[tileKey][]byte

func (m memory) Tile(level uint, index uint64) ([]byte, error) {
	if b, ok := m[tileKey{level, index}]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("tile %d/%d was not stored", level, index)
}

func (m memory) store(t testing.TB, tiles []Tile) {
	t.Helper()
	for _, tile := range tiles {
		key := tileKey{tile.Level, tile.Index}
		if _, ok := m[key]; ok {
			t.Fatalf("tile %v was handed out twice", key)
		}
		m[key] = tile.Hashes
	}
}

func leaf(i uint64) []byte { return binary.BigEndian.AppendUint64(nil, i) }

func leafHash(i uint64) ledger.Hash { return ledger.Hash(rfc6962.DefaultHasher.HashLeaf(leaf(i))) }

func leafHashes(from, to uint64) []ledger.Hash {
	var hs []ledger.Hash
	for i := from; i < to; i++ {
		hs = append(hs, leafHash(i))
	}
	return hs
}

// grow appends in random portions up to size.
func grow(t testing.TB, size uint64) (*Tree, memory) {
	t.Helper()
	m := memory{}
	tree := New(m)
	for tree.Size() < size {
		n := min(size-tree.Size(), 1+rand.Uint64N(300))
		next, full := tree.Append(leafHashes(tree.Size(), tree.Size()+n)...)
		m.store(t, full)
		tree = next
	}
	return tree, m
}

// reference is x/mod's tree: the stored hashes in its own order.
type reference []tlog.Hash

func newReference(t testing.TB, size uint64) *reference {
	t.Helper()
	var r reference
	for i := range size {
		hs, err := tlog.StoredHashes(int64(i), leaf(i), &r)
		if err != nil {
			t.Fatal(err)
		}
		r = append(r, hs...)
	}
	return &r
}

func (r *reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = (*r)[x]
	}
	return out, nil
}

const most = 70_000 // enough for a full tile of level 1

func TestTreeAgainstReferences(t *testing.T) {
	tree, _ := grow(t, most)
	ref := newReference(t, most)
	sizes := []uint64{1, 2, 3, 255, 256, 257, 511, 512, 65535, 65536, 65537, most}
	for range 200 {
		sizes = append(sizes, 1+rand.Uint64N(most))
	}
	for _, size := range sizes {
		root, err := tree.Root(size)
		if err != nil {
			t.Fatal(err)
		}
		want, err := tlog.TreeHash(int64(size), ref)
		if err != nil {
			t.Fatal(err)
		}
		if root != ledger.Hash(want) {
			t.Fatalf("root at %d: %s, want %s", size, root, ledger.Hash(want))
		}
		index := rand.Uint64N(size)
		path, err := tree.Inclusion(index, size)
		if err != nil {
			t.Fatal(err)
		}
		record, err := tlog.ProveRecord(int64(size), int64(index), ref)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, path, record)
		if err := VerifyInclusion(index, size, leafHash(index), path, root); err != nil {
			t.Fatalf("leaf %d at %d: %v", index, size, err)
		}
		if err := VerifyInclusion(index, size, leafHash(index+1), path, root); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("another leaf at %d: %v", index, err)
		}

		old := 1 + rand.Uint64N(size)
		oldRoot, err := tree.Root(old)
		if err != nil {
			t.Fatal(err)
		}
		path, err = tree.Consistency(old, size)
		if err != nil {
			t.Fatal(err)
		}
		prefix, err := tlog.ProveTree(int64(size), int64(old), ref)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, path, prefix)
		if err := VerifyConsistency(old, size, path, oldRoot, root); err != nil {
			t.Fatalf("%d to %d: %v", old, size, err)
		}
		oldRoot[0]++
		if err := VerifyConsistency(old, size, path, oldRoot, root); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("%d to %d with another root: %v", old, size, err)
		}
	}
}

func equal(t *testing.T, got []ledger.Hash, want []tlog.Hash) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d hashes, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != ledger.Hash(want[i]) {
			t.Fatalf("hash %d is %s, want %s", i, got[i], ledger.Hash(want[i]))
		}
	}
}

func TestLoadGoesOn(t *testing.T) {
	for _, size := range []uint64{0, 1, 255, 256, 257, 700, 65536, 65536 + 513} {
		tree, m := grow(t, size)
		loaded, err := Load(m, size, leafHashes(size-size%TileWidth, size))
		if err != nil {
			t.Fatal(err)
		}
		a, full := loaded.Append(leafHashes(size, size+600)...)
		m.store(t, full)
		b, _ := tree.Append(leafHashes(size, size+600)...)
		x, err := a.Root(size + 600)
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Root(size + 600)
		if err != nil {
			t.Fatal(err)
		}
		if x != y {
			t.Fatalf("from %d the loaded tree goes on differently", size)
		}
		if was, _ := tree.Root(size); size > 0 {
			if now, _ := a.Root(size); was != now {
				t.Fatalf("the root at %d changed", size)
			}
		}
	}
	if _, err := Load(memory{}, 5, nil); err == nil {
		t.Fatal("a tail that is too short was taken")
	}
	if _, err := Load(memory{}, 256, nil); err == nil {
		t.Fatal("a missing tile was not missed")
	}
}

// What was appended and not used, as after a write that failed, leaves nothing behind.
func TestAppendAgain(t *testing.T) {
	for _, size := range []uint64{0, 1, 100, 255, 256, 65535, 65536 - 300} {
		tree, m := grow(t, size)
		tree.Append(leafHashes(1_000_000, 1_000_900)...)
		again, full := tree.Append(leafHashes(size, size+900)...)
		m.store(t, full)
		straight, _ := grow(t, size+900)
		for at := range size + 901 {
			if at < size && at%97 != 0 {
				continue
			}
			got, err := again.Root(at)
			if err != nil {
				t.Fatal(err)
			}
			if want, _ := straight.Root(at); got != want {
				t.Fatalf("appended again from %d, the root at %d is another", size, at)
			}
		}
	}
}

func TestTileShapes(t *testing.T) {
	const size = 66_000
	tree, _ := grow(t, size)
	ref := newReference(t, size)
	for _, c := range []struct {
		level uint
		index uint64
		width int
	}{{0, 0, 256}, {0, 200, 256}, {0, 257, 66_000 % 256}, {1, 0, 256}, {1, 1, 1}, {2, 0, 1}} {
		got, err := tree.Tile(c.level, c.index)
		if err != nil {
			t.Fatal(err)
		}
		want, err := tlog.ReadTileData(tlog.Tile{H: TileHeight, L: int(c.level), N: int64(c.index), W: c.width}, ref)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("tile %d/%d differs from x/mod's", c.level, c.index)
		}
	}
	for _, c := range []tileKey{{0, 258}, {1, 2}, {2, 1}, {3, 0}, {9, 0}} {
		if _, err := tree.Tile(c.level, c.index); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("tile %v: %v", c, err)
		}
	}
}

func TestOutOfRange(t *testing.T) {
	tree, _ := grow(t, 10)
	if _, err := tree.Root(11); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
	if _, err := tree.Inclusion(0, 11); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
	if _, err := tree.Inclusion(5, 5); ledger.CodeOf(err) != ledger.Invalid {
		t.Error(err)
	}
	if _, err := tree.Consistency(3, 11); ledger.CodeOf(err) != ledger.NotFound {
		t.Error(err)
	}
	if _, err := tree.Consistency(4, 3); ledger.CodeOf(err) != ledger.Invalid {
		t.Error(err)
	}
	if err := VerifyConsistency(0, 3, nil, ledger.Hash{1}, ledger.Hash{2}); ledger.CodeOf(err) != ledger.Invalid {
		t.Error("any root passed as the root of the empty tree")
	}
	if root, err := New(memory{}).Root(0); err != nil || root != EmptyRoot {
		t.Error(root, err)
	}
}

func TestItemPath(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 100, 129} {
		var items []ledger.Item
		for i := range n {
			items = append(items, ledger.NewItem(leaf(uint64(i))))
		}
		body := ledger.BodyRoot(items)
		for i := range items {
			path := ItemPath(items, i)
			if err := VerifyInclusion(uint64(i), uint64(n), items[i].LeafHash(), path, body); err != nil {
				t.Fatalf("item %d of %d: %v", i, n, err)
			}
			other := items[i]
			other.Salt[0]++
			if VerifyInclusion(uint64(i), uint64(n), other.LeafHash(), path, body) == nil {
				t.Fatalf("item %d of %d passes under another salt", i, n)
			}
		}
	}
}

func BenchmarkInclusion(b *testing.B) {
	const size = 1_000_000
	tree, _ := grow(b, size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tree.Inclusion(rand.Uint64N(size), size); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	hashes := leafHashes(0, 256)
	tree := New(memory{})
	b.ReportAllocs()
	for b.Loop() {
		tree, _ = tree.Append(hashes...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/leaf")
}
