package embedded_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/order"
)

// check checks a folder and returns what is wrong with it.
func (f *folder) check(t *testing.T, contracts ...ledger.Contract) (wrong []string, c *embedded.Checked) {
	t.Helper()
	if contracts == nil {
		contracts = f.Contracts
	}
	c, err := embedded.Check(t.Context(), embedded.CheckConfig{
		Dir: f.Dir, Temp: t.TempDir(), Genesis: f.Genesis, Contracts: contracts,
		Open: func(signed []byte) (merkle.Checkpoint, error) {
			c, _, err := merkle.OpenCheckpoint(signed, f.Genesis.Origin, f.verifier)
			return c, err
		},
		Report:   func(where, what string) { wrong = append(wrong, where+": "+what) },
		Note:     func(what string) { t.Log(what) },
		Progress: func(uint64, uint64) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return wrong, c
}

// told makes sure that exactly so many things are wrong, and that each word is in one.
func told(t *testing.T, wrong []string, n int, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(strings.Join(wrong, "\n"), w) {
			t.Errorf("%q is not told", w)
		}
	}
	if len(wrong) != n || t.Failed() {
		t.Errorf("told is\n%s", strings.Join(wrong, "\n"))
	}
}

// TestCheck: blocks that are whole and say something else are found, each where it is.
func TestCheck(t *testing.T) {
	f := newFolder(t)
	want := f.grow(t, 10)
	l := f.open(t)
	if _, err := l.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Check(t.Context(), embedded.CheckConfig{Dir: f.Dir, Temp: t.TempDir(), Genesis: f.Genesis, Contracts: f.Contracts, Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, embedded.ErrInUse) {
		t.Errorf("while it is open: %v", err)
	}
	closed(t, l)
	wrong, c := f.check(t)
	told(t, wrong, 0)
	if c.Digest != want || c.Size() != 10 || !c.Whole {
		t.Errorf("%d entries, state %s, want %s", c.Size(), c.Digest, want)
	}

	t.Run("other rules", func(t *testing.T) {
		wrong, c := f.check(t, changed{})
		told(t, wrong, 1, "ledger, block 3, entry 3: its outcome is another")
		if !c.Whole || c.Size() != 10 {
			t.Errorf("%d entries", c.Size())
		}
		wrong, _ = f.check(t, changed{refuse: true})
		told(t, wrong, 2, "block 3, entry 3: it is refused", `ledger/state: key "`)
	})
	for name, forge := range map[string]struct {
		change func(r *order.Record)
		n      int
		words  []string
	}{
		"another signer":  {func(r *order.Record) { r.Signer[0] ^= 1 }, 1, []string{"block 9, entry 9: it is signed by"}},
		"another outcome": {func(r *order.Record) { r.Outcome = append([]byte("x"), r.Outcome...) }, 1, []string{"block 9, entry 9: its outcome is another"}},
		"other rules":     {func(r *order.Record) { r.Rules++ }, 2, []string{"block 9, entry 9: it runs under rules 1, and is recorded under 2", "root of the first 10 entries"}},
		"other words":     {func(r *order.Record) { r.Tx[strings.Index(string(r.Tx), "key9=9")] ^= 1 }, 2, []string{"block 9, entry 9: it", "root of the first 10 entries"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := f.copied(t)
			l := g.open(t)
			_, stored, err := l.BlockOf(9)
			if err != nil {
				t.Fatal(err)
			}
			b, err := embedded.DecodeBlock(stored)
			if err != nil {
				t.Fatal(err)
			}
			forge.change(&b.Records[0])
			if err := l.PutBlock(9, embedded.Encode(b)); err != nil {
				t.Fatal(err)
			}
			closed(t, l)
			wrong, _ := g.check(t)
			told(t, ignoring(wrong, "ledger/state"), forge.n, forge.words...)
		})
	}
}

// ignoring leaves out what is of a part.
func ignoring(list []string, part string) (rest []string) {
	for _, s := range list {
		if !strings.HasPrefix(s, part) {
			rest = append(rest, s)
		}
	}
	return rest
}

// copied is the same ledger in another folder.
func (f *folder) copied(t *testing.T) *folder {
	t.Helper()
	g := *f
	g.Dir = filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(g.Dir, os.DirFS(f.Dir)); err != nil {
		t.Fatal(err)
	}
	return &g
}

// TestImport: what Stored gives makes the same ledger, and nothing else does.
func TestImport(t *testing.T) {
	f := newFolder(t)
	want := f.grow(t, 300) // more than a tile
	l := f.open(t)
	var stored []embedded.Stored
	for s, err := range l.Stored(ctx, order.Position{Hash: f.Genesis.Register()}, l.Size()) {
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, s)
	}
	checkpoint, err := l.CheckpointOf(ctx, 299)
	if err != nil {
		t.Fatal(err)
	}
	half := stored[len(stored)/2].Position()
	n := 0
	for s, err := range l.Stored(ctx, half, l.Size()) {
		if err != nil || s.Number != half.Blocks+uint64(n) {
			t.Fatalf("block %d: %v", s.Number, err)
		}
		n++
	}
	for _, at := range []order.Position{{}, {Blocks: half.Blocks, Size: half.Size}, {Blocks: 1, Size: 999, Hash: half.Hash}} {
		for _, err := range l.Stored(ctx, at, l.Size()) {
			if ledger.CodeOf(err) != ledger.Conflict {
				t.Errorf("from %+v: %v", at, err)
			}
		}
	}
	closed(t, l)

	g := *f
	g.Dir = filepath.Join(t.TempDir(), "restored")
	i, err := embedded.NewImport(g.Dir, f.Genesis, []uint64{299, 300, 301}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Add(stored[1].Bytes); err == nil {
		t.Error("it begins with the second block")
	}
	for _, s := range stored {
		if _, err := i.Add(s.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	root, ok := i.Root(300)
	if _, beyond := i.Root(301); !ok || beyond {
		t.Errorf("roots of 300 entries: %v, and of 301: %v", ok, beyond)
	}
	if err := i.Finish(order.Signed{Size: 300, Root: root, Note: checkpoint}); err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	g.isWhole(t, 300, want)
	if _, err := embedded.NewImport(g.Dir, f.Genesis, nil, slog.New(slog.DiscardHandler)); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("over a ledger: %v", err)
	}
	// A checkpoint of more than was brought back keeps the ledger from signing less.
	more := *f
	more.Dir = filepath.Join(t.TempDir(), "short")
	if i, err = embedded.NewImport(more.Dir, f.Genesis, nil, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for _, s := range stored[:10] {
		if _, err := i.Add(s.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(i.Finish(order.Signed{Size: 300, Root: root}), i.Close()); err != nil {
		t.Fatal(err)
	}
	refusesToOpen(t, more.Config, ledger.Internal, "blocks were lost")
}
