package embedded_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

// grow makes a closed ledger of n entries, one a block, and returns its digest.
func (f *folder) grow(t *testing.T, n int) ledger.Hash {
	t.Helper()
	l := f.open(t)
	for i := range n {
		f.must(t, l, "put", fmt.Sprintf("key%d=%d", i%50, i))
	}
	d := digest(t, l)
	closed(t, l)
	return d
}

// isWhole opens the ledger and checks that it has n entries and the digest.
func (f *folder) isWhole(t *testing.T, n int, want ledger.Hash) {
	t.Helper()
	l := f.open(t)
	defer closed(t, l)
	if l.Size() != uint64(n) || digest(t, l) != want {
		t.Errorf("size %d, want %d; state the same: %v", l.Size(), n, digest(t, l) == want)
	}
	verify(t, f, l)
}

func TestStateIsMadeAgain(t *testing.T) {
	for name, harm := range map[string]func(dir string) error{
		"deleted": func(dir string) error { return os.RemoveAll(filepath.Join(dir, "state")) },
		"emptied": func(dir string) error {
			return os.Truncate(filepath.Join(dir, "state", "MANIFEST"), 0)
		},
		"cut short, and once opened in vain": func(dir string) error {
			files, err := filepath.Glob(filepath.Join(dir, "state", "*.sst"))
			if err != nil || len(files) == 0 {
				return fmt.Errorf("there are no tables: %v", err)
			}
			if err := os.Truncate(files[0], 10); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, embedded.OpenFile), []byte("opening"), 0o600)
		},
		"open in a power cut": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, embedded.OpenFile), []byte("another run of the machine"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			want := f.grow(t, 300)
			if err := harm(f.Dir); err != nil {
				t.Fatal(err)
			}
			f.isWhole(t, 300, want)
			f.SkipCheck = true
			f.isWhole(t, 300, want)
		})
	}
}

func TestStateBehindIsBroughtUp(t *testing.T) {
	f := newFolder(t)
	f.grow(t, 10)
	old := filepath.Join(t.TempDir(), "state")
	if err := os.CopyFS(old, os.DirFS(filepath.Join(f.Dir, "state"))); err != nil {
		t.Fatal(err)
	}
	want := f.grow(t, 290)
	put(t, f, old)
	f.isWhole(t, 300, want)
}

// put replaces the folder's state.
func put(t *testing.T, f *folder, from string) {
	t.Helper()
	state := filepath.Join(f.Dir, "state")
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(state, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestStateOfAnotherRegister(t *testing.T) {
	f, other := newFolder(t), newFolder(t)
	want := f.grow(t, 20)
	other.grow(t, 10)
	put(t, f, filepath.Join(other.Dir, "state"))
	f.isWhole(t, 20, want)
}

func TestLostBlocks(t *testing.T) {
	f := newFolder(t)
	f.grow(t, 5)
	old := filepath.Join(t.TempDir(), "blocks")
	if err := os.CopyFS(old, os.DirFS(filepath.Join(f.Dir, "blocks"))); err != nil {
		t.Fatal(err)
	}
	f.grow(t, 5)
	if err := os.RemoveAll(filepath.Join(f.Dir, "blocks")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(f.Dir, "blocks"), os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	refusesToOpen(t, f.Config, ledger.Internal, "10 blocks", "there are 5", "lost")
}

func TestBrokenBlock(t *testing.T) {
	f := newFolder(t)
	f.grow(t, 300) // so that entry 7 is in a full tile, and not needed to open
	l := f.open(t)
	_, stored, err := l.BlockOf(7)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []int{0, 5, 40, len(stored) / 2, len(stored) - 1} {
		b := bytes.Clone(stored)
		b[at] ^= 1
		if err := l.PutBlock(7, b); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Entry(ctx, 7); ledger.CodeOf(err) != ledger.Internal || err == nil {
			t.Errorf("reading it with byte %d changed: %v", at, err)
		}
		if i == 0 {
			last := error(nil)
			for _, err := range l.Entries(ctx, 0) {
				last = err
			}
			if last == nil {
				t.Error("the entries pass over it")
			}
		}
		closed(t, l)
		refusesToOpen(t, f.Config, ledger.Internal, "entry 7")
		c := f.Config
		c.SkipCheck = true
		l = open(t, c)
	}
	// One of another place, though whole, is refused as well.
	_, other, err := l.BlockOf(8)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.PutBlock(7, other); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	refusesToOpen(t, f.Config, ledger.Internal, "entry 7")
}

// A byte that changes in the file itself, not through the database.
func TestFlippedByteInTheFile(t *testing.T) {
	f := newFolder(t)
	f.grow(t, 20)
	files, err := filepath.Glob(filepath.Join(f.Dir, "blocks", "*.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := false
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.Index(b, []byte("key7=7")); i >= 0 {
			b[i] ^= 1
			flipped = true
			if err := os.WriteFile(name, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !flipped {
		t.Fatal("the block was not found in the files")
	}
	refusesToOpen(t, f.Config, ledger.Internal, ".vlog", "damaged at byte")
}

// changed is the suite's contract with other rules.
type changed struct {
	ledgertest.Contract
	refuse bool
}

func (c changed) Execute(s ledger.State, call ledger.Call) ([]byte, error) {
	if c.refuse && string(call.Items[0]) == "key3=3" {
		return nil, ledger.Errorf(ledger.Forbidden, "not any more")
	}
	out, err := c.Contract.Execute(s, call)
	if string(call.Items[0]) == "key3=3" {
		out = append(out, '!')
	}
	return out, err
}

func TestOtherRulesAreNoticed(t *testing.T) {
	f := newFolder(t)
	f.grow(t, 10)
	if err := os.RemoveAll(filepath.Join(f.Dir, "state")); err != nil {
		t.Fatal(err)
	}
	c := f.Config
	c.Contracts = []ledger.Contract{changed{}}
	refusesToOpen(t, c, ledger.Internal, "block 3", "entry 3", "outcome")
	c.Contracts = []ledger.Contract{changed{refuse: true}}
	refusesToOpen(t, c, ledger.Internal, "block 3", "entry 3", "not any more")
	closed(t, f.open(t))
}

// A checkpoint binds: a folder whose blocks are not those that it was signed for
// is refused.
func TestSignedCheckpointBinds(t *testing.T) {
	f := newFolder(t)
	f.grow(t, 5)
	fork := filepath.Join(t.TempDir(), "fork")
	if err := os.CopyFS(fork, os.DirFS(f.Dir)); err != nil {
		t.Fatal(err)
	}
	l := f.open(t)
	f.must(t, l, "put", "a=1")
	if _, err := l.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	_, here, err := l.BlockOf(5)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, l)

	g := *f
	g.Dir = fork
	l = g.open(t)
	f.must(t, l, "put", "a=2")
	_, there, err := l.BlockOf(5)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	if bytes.Equal(here, there) {
		t.Fatal("both have the same block")
	}

	l = f.open(t)
	if err := l.PutBlock(5, there); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	if err := os.RemoveAll(filepath.Join(f.Dir, "state")); err != nil {
		t.Fatal(err)
	}
	refusesToOpen(t, f.Config, ledger.Internal, "another root")
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerFolder); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, strings.TrimSpace(err.Error()))
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
