package node_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/disk"
	"github.com/sogoc/sogoc/ledger/order"
	"github.com/sogoc/sogoc/trace"
)

// stranger checks a register with nothing of ours: golang.org/x/mod and
// transparency-dev/merkle, over HTTP.
type stranger struct {
	*site
	seen tlog.Tree // at the last checkpoint
}

func (s *stranger) Height() int { return 8 }

// path is where C2SP tlog-tiles has what the library calls a tile.
func path(t tlog.Tile) string {
	return "/" + strings.Replace(strings.Replace(t.Path(), "tile/8/", "tile/", 1), "/data/", "/entries/", 1)
}

func (s *stranger) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		all = append(all, s.fetch(path(t)))
	}
	return all, nil
}

func (s *stranger) SaveTiles([]tlog.Tile, [][]byte) {}

func (s *stranger) fetch(path string) []byte {
	s.Helper()
	a := s.must(s.get(path, ""), http.StatusOK)
	if a.Header.Get("Content-Type") != "application/octet-stream" || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		s.Errorf("%s: %v", path, a.Header)
	}
	return a.body
}

// checkpoint opens the latest checkpoint with the trust file's key.
func (s *stranger) checkpoint() tlog.Tree {
	s.Helper()
	var trust struct{ Keys []string }
	s.must(s.get("/api/v1/trust", ""), 200).into(s, &trust)
	v, err := note.NewVerifier(trust.Keys[0])
	if err != nil {
		s.Fatal(err)
	}
	a := s.must(s.get("/checkpoint", ""), http.StatusOK)
	if a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || a.Header.Get("Cache-Control") != "public, max-age=2" {
		s.Errorf("%v", a.Header)
	}
	n, err := note.Open(a.body, note.VerifierList(v))
	if err != nil {
		s.Fatal(err)
	}
	lines := strings.Split(n.Text, "\n")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.Join(lines[1:], "\n")))
	if err != nil {
		s.Fatal(err)
	}
	if lines[0] != v.Name() {
		s.Errorf("the origin is %q", lines[0])
	}
	return tree
}

// entries reads a bundle and checks that it has nothing else.
func (s *stranger) entries(t tlog.Tile) (all [][]byte) {
	s.Helper()
	t.L = -1
	b := s.fetch(path(t))
	for len(b) > 0 {
		n := int(binary.BigEndian.Uint16(b))
		all, b = append(all, b[2:2+n]), b[2+n:]
	}
	if len(all) != t.W {
		s.Fatalf("%s has %d entries", path(t), len(all))
	}
	return all
}

// check looks at a register whose size is known as a stranger would: the tree from its
// tiles, every entry, proofs, what there was before, and what there is not.
func (s *stranger) check(size int64) {
	s.Helper()
	tree := s.checkpoint()
	if tree.N != size {
		s.Fatalf("the register has %d entries, not %d", tree.N, size)
	}
	hashes := tlog.TileHashReader(tree, s)
	for _, t := range tlog.NewTiles(8, 0, tree.N) {
		data, err := tlog.ReadTileData(t, hashes)
		if err != nil || !bytes.Equal(data, s.fetch(path(t))) {
			s.Fatalf("%s: %v", path(t), err)
		}
		if t.L > 0 {
			continue
		}
		for i, e := range s.entries(t) {
			if h := tlog.RecordHash(e); !bytes.Equal(h[:], data[32*i:32*i+32]) {
				s.Fatalf("entry %d hashes to %s", t.N*256+int64(i), h)
			}
		}
	}
	for _, index := range []int64{0, 1, 254, 255, 256, 65_535, 65_536, size / 2, size - 1} {
		if index < size {
			s.inclusion(tree, hashes, index)
		}
	}
	if s.seen.N > 0 {
		s.consistency(s.seen, tree, hashes)
	}
	s.seen = tree
	for level, hashes := 0, size; hashes > 0; level, hashes = level+1, hashes>>8 {
		s.absent(level, hashes)
	}
}

// absent asks for what a level does not have yet.
func (s *stranger) absent(level int, hashes int64) {
	s.Helper()
	t := tlog.Tile{H: 8, L: level, N: hashes / 256, W: int(hashes%256) + 1}
	missing := []tlog.Tile{t, {H: 8, L: level, N: t.N + 1, W: 1}, {H: 8, L: level, N: t.N + 1, W: 256}}
	if level == 0 {
		for _, t := range missing[:3:3] {
			t.L = -1
			missing = append(missing, t)
		}
	}
	for _, t := range missing {
		if a := s.get(path(t), ""); a.StatusCode != http.StatusNotFound || a.Header.Get("Cache-Control") != "no-store" {
			s.Errorf("%s: %s, Cache-Control %q", path(t), a, a.Header.Get("Cache-Control"))
		}
	}
}

func (s *stranger) inclusion(tree tlog.Tree, hashes tlog.HashReader, index int64) {
	s.Helper()
	var got struct {
		Index, Size uint64
		Leaf, Root  string
		Path        []string
	}
	byIndex := s.must(s.get(fmt.Sprintf("/api/v1/proofs/inclusion?index=%d&size=%d", index, tree.N), ""), 200)
	byIndex.into(s, &got)
	list, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		s.Fatal(err)
	}
	leaf := list[0]
	if byLeaf := s.must(s.get(fmt.Sprintf("/api/v1/proofs/inclusion?leaf=%x&size=%d", leaf[:], tree.N), ""), 200); !bytes.Equal(byLeaf.body, byIndex.body) {
		s.Errorf("by its hash: %s, by its position: %s", byLeaf, byIndex)
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, got.Index, got.Size, leaf[:], raw(s, got.Path), tree.Hash[:]); err != nil {
		s.Errorf("inclusion of %d in %d: %v", index, tree.N, err)
	}
	if err := tlog.CheckRecord(hashed(s, got.Path), tree.N, tree.Hash, index, leaf); err != nil {
		s.Errorf("inclusion of %d in %d: %v", index, tree.N, err)
	}
	own, err := tlog.ProveRecord(tree.N, index, hashes)
	if err != nil || tlog.CheckRecord(own, tree.N, tree.Hash, index, leaf) != nil || fmt.Sprint(own) != fmt.Sprint(hashed(s, got.Path)) {
		s.Errorf("inclusion of %d in %d by tiles: %v, %v", index, tree.N, own, err)
	}
	if got.Leaf != hex.EncodeToString(leaf[:]) || got.Root != hex.EncodeToString(tree.Hash[:]) {
		s.Errorf("%+v", got)
	}
	if err := tlog.CheckRecord(own, tree.N, tree.Hash, index, tlog.Hash{1}); err == nil {
		s.Error("another leaf is included")
	}
}

func (s *stranger) consistency(old, tree tlog.Tree, hashes tlog.HashReader) {
	s.Helper()
	var got struct {
		From, To         uint64
		FromRoot, ToRoot string
		Path             []string
	}
	s.must(s.get(fmt.Sprintf("/api/v1/proofs/consistency?from=%d&to=%d", old.N, tree.N), ""), 200).into(s, &got)
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old.N), uint64(tree.N), raw(s, got.Path), old.Hash[:], tree.Hash[:]); err != nil {
		s.Errorf("from %d to %d: %v", old.N, tree.N, err)
	}
	if err := tlog.CheckTree(hashed(s, got.Path), tree.N, tree.Hash, old.N, old.Hash); err != nil {
		s.Errorf("from %d to %d: %v", old.N, tree.N, err)
	}
	own, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil || tlog.CheckTree(own, tree.N, tree.Hash, old.N, old.Hash) != nil {
		s.Errorf("from %d to %d by tiles: %v", old.N, tree.N, err)
	}
	if err := tlog.CheckTree(own, tree.N, tree.Hash, old.N, tlog.Hash{1}); err == nil {
		s.Error("another past is continued")
	}
	if got.FromRoot != hex.EncodeToString(old.Hash[:]) || got.ToRoot != hex.EncodeToString(tree.Hash[:]) || got.From != uint64(old.N) || got.To != uint64(tree.N) {
		s.Errorf("%+v", got)
	}
}

func raw(t testing.TB, path []string) (list [][]byte) {
	t.Helper()
	for _, h := range path {
		b, err := hex.DecodeString(h)
		if err != nil || len(b) != sha256.Size {
			t.Fatalf("%q is no hash", h)
		}
		list = append(list, b)
	}
	return list
}

func hashed(t testing.TB, path []string) (list []tlog.Hash) {
	t.Helper()
	for _, b := range raw(t, path) {
		list = append(list, tlog.Hash(b))
	}
	return list
}

// TestStranger: libraries that others wrote follow a real register from its founding.
func TestStranger(t *testing.T) {
	t.Parallel()
	s := &stranger{site: newSite(t)}
	s.check(1)
	p := s.admit("Hợp tác xã", ledger.KindCoop)
	for _, size := range []int64{255, 256, 257} {
		s.fill(p, uint64(size))
		s.check(size)
	}
	if a := s.must(s.get("/api/v1/checkpoint", ""), 200); !bytes.Equal(a.body, s.get("/checkpoint", "").body) {
		t.Errorf("another checkpoint at /checkpoint: %s", a)
	}
}

// fill records until there are so many entries.
func (s *site) fill(p *party, size uint64) {
	s.Helper()
	var g errgroup.Group
	g.SetLimit(16)
	for n := s.Ledger.Size(); n < size; n++ {
		place := trace.Place{ID: keyID("414", fmt.Sprintf("%s%05d", p.prefix, n)), Kind: trace.PlaceShop, Commune: "07234"}
		tx, err := ledger.Sign(s.Trust.Register, p.key, trace.RegistryContract, trace.ActionPlace, trace.DirectorySummary(trace.ActionPlace, 1),
			[]ledger.Item{ledger.NewItem(trace.Encode(place))}, uint64(time.Now().Add(time.Hour).Unix()))
		if err != nil {
			s.Fatal(err)
		}
		g.Go(func() error {
			_, err := s.Ledger.Submit(s.Context(), tx)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		s.Fatal(err)
	}
}

// TestStrangerOfMany: the same where the tree has three levels of tiles. Below HTTP the
// entries are written as a ledger writes them, unsigned.
func TestStrangerOfMany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	many := newMany(t, s)
	c := api.Config{
		Ledger: many, Index: s.Index, Catalog: s.Catalog, Deals: s.Deals, Store: s.Store, Capture: s.Capture, Accounts: s.Accounts, Jobs: s.Jobs,
		Trust: s.Trust, PublicURL: s.Public, Version: "test", Log: slog.New(slog.DiscardHandler),
	}
	c.Trust.Keys = []string{many.verifier}
	h, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	elsewhere := *s
	elsewhere.URL = server.URL
	out := &stranger{site: &elsewhere}
	for _, size := range []int64{1, 2, 65_536, 70_000} {
		many.grow(size)
		out.check(size)
	}
	whole := out.must(out.get("/tile/entries/000", "", "Accept-Encoding", "gzip"), 200)
	if whole.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("a bundle is not packed: %v", whole.Header)
	}
}

// TestTileNames: an address that is no tile's is refused, whatever it is like.
func TestTileNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, wrong := range []string{
		"/tile/", "/tile/0", "/tile/0/0", "/tile/0/x000/000", "/tile/00/000", "/tile/64/000", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/000/",
		"/tile/0/%30%30%30", "/tile/0/000%2Ep/1", "/tile/0%2F000.p/1", "/tile/data/000.p/1", "/tile/entries/000.p/01", "/tile/8/0/000.p/1",
	} {
		if a := s.get(wrong, ""); a.StatusCode != http.StatusBadRequest || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", wrong, a)
		}
	}
	for _, far := range []string{"/tile/63/000", "/tile/8/000.p/1", "/tile/0/x072/x057/x594/x037/x927/935", "/tile/entries/x072/x057/x594/x037/x927/935"} {
		if a := s.get(far, ""); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", far, a)
		}
	}
	for _, wrong := range []string{
		"inclusion", "inclusion?index=-2", "inclusion?index=0&transaction=" + strings.Repeat("0", 64), "inclusion?index=x", "inclusion?leaf=00", "inclusion?index=0&leaf=" + strings.Repeat("0", 64), "inclusion?transaction=00",
		"inclusion?index=1&size=1", "inclusion?index=900", "consistency", "consistency?from=-1", "consistency?from=1&to=0", "consistency?from=900",
	} {
		if a := s.get("/api/v1/proofs/"+wrong, ""); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", wrong, a)
		}
	}
	for _, far := range []string{"inclusion?index=0&size=900", "inclusion?transaction=" + strings.Repeat("0", 64), "inclusion?leaf=" + strings.Repeat("0", 64), "inclusion?size=900&leaf=" + strings.Repeat("0", 64), "consistency?from=1&to=900"} {
		if a := s.get("/api/v1/proofs/"+far, ""); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", far, a)
		}
	}
	e, err := s.Ledger.Entry(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	byID, byIndex := s.must(s.get("/api/v1/proofs/inclusion?transaction="+e.ID.String(), ""), 200), s.must(s.get("/api/v1/proofs/inclusion?index=0", ""), 200)
	if !bytes.Equal(byID.body, byIndex.body) {
		t.Errorf("%s\n%s", byID, byIndex)
	}
}

// many is a copy of an order that grows without a contract's work.
type many struct {
	*order.Reader
	ledger.Submitter // nobody submits
	t                testing.TB
	writer           *order.Writer
	db               *disk.DB
	verifier         string
}

func newMany(t testing.TB, s *site) *many {
	t.Helper()
	db, err := disk.Open(disk.Options(t.TempDir(), slog.New(slog.DiscardHandler)).WithMemTableSize(16 << 20))
	if err != nil {
		t.Fatal(err)
	}
	genesis := s.Ledger.Genesis()
	skey, vkey, err := note.GenerateKey(rand.Reader, genesis.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	m := &many{t: t, db: db, verifier: vkey}
	m.Reader, m.writer, err = order.Open(order.Config{
		Genesis: genesis, Index: db, Signer: signer, Until: context.Background(),
		Blocks: order.Blocks{DB: db, Decode: func(first uint64, b []byte) (*order.Block, error) {
			block := &order.Block{Number: first, First: first}
			for len(b) > 0 {
				r, rest, err := order.CutRecord(b, ledger.Time(first))
				if err != nil {
					return nil, err
				}
				block.Records, b = append(block.Records, r), rest
			}
			return block, nil
		}},
	}, order.Position{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.writer.Close(db.Close) })
	return m
}

// grow writes blocks of up to 1,000 entries.
func (m *many) grow(size int64) {
	m.t.Helper()
	for at := m.writer.Position(); at.Size < uint64(size); at = m.writer.Position() {
		first := at.Size
		var stored []byte
		var entries []*ledger.Entry
		for ; at.Size < uint64(size) && len(entries) < 1000; at.Size++ {
			item := ledger.Item{Data: []byte{byte(at.Size), byte(at.Size >> 8), byte(at.Size >> 16)}}
			tx := ledger.Tx{Header: ledger.Header{Contract: "test", Action: "put", Summary: "put"}, Items: []ledger.Item{item}}
			tx.Header.Commit(tx.Items)
			e := &ledger.Entry{Index: at.Size, Block: first, ID: tx.ID(m.Genesis().Register()), Tx: tx, Time: ledger.Time(first), Rules: 1}
			r := order.Record{Rules: e.Rules, Tx: tx.Encode()}
			stored, entries = r.Append(stored), append(entries, e)
		}
		at.Blocks, at.Time = first+1, ledger.Time(first)
		step := m.writer.Advance(entries, len(stored), at)
		err := m.db.Commit(func(txn *badger.Txn) error {
			if err := txn.Set(order.BlockKey(first), stored); err != nil {
				return err
			}
			return step.Set(txn.Set)
		})
		if err != nil {
			m.t.Fatal(err)
		}
		m.writer.Publish(step)
	}
}
