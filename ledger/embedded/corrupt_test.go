package embedded_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
)

// image is a ledger's folder, as files, and what was acknowledged of it.
type image struct {
	*folder
	files map[string][]byte // without the zeros at the end
	sizes map[string]int64
	size  uint64
	state ledger.Hash
}

// taken reads a folder into memory.
func taken(t *testing.T, f *folder, size uint64, state ledger.Hash) image {
	t.Helper()
	i := image{folder: f, files: map[string][]byte{}, sizes: map[string]int64{}, size: size, state: state}
	err := filepath.WalkDir(f.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "LOCK" {
			return err
		}
		name, err := filepath.Rel(f.Dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		b, err := io.ReadAll(io.LimitReader(in, 4<<20)) // all that there is in these small ledgers
		i.files[name], i.sizes[name] = bytes.TrimRight(b, "\x00"), info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// put writes the folder again, but for what is done to one of its files.
func (i image) put(t *testing.T, name string, harm func(b []byte, size int64) ([]byte, int64)) *folder {
	t.Helper()
	g := *i.folder
	g.Dir = t.TempDir()
	for file, b := range i.files {
		size := i.sizes[file]
		if file == name {
			if b, size = harm(bytes.Clone(b), size); size < 0 {
				continue
			}
		}
		path := filepath.Join(g.Dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b[:min(int64(len(b)), size)], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	return &g
}

// survives opens a folder that was harmed: it has exactly what was acknowledged, or says
// which file or block is at fault.
func (i image) survives(t *testing.T, g *folder, what string) (opened bool) {
	t.Helper()
	l, err := embedded.Open(g.Config)
	if err != nil {
		if said := err.Error(); !strings.Contains(said, g.Dir) && !strings.Contains(said, "block") {
			t.Errorf("%s: it does not say which file: %v", what, err)
		}
		return false
	}
	defer closed(t, l)
	if l.Size() != i.size || digest(t, l) != i.state {
		t.Errorf("%s: it opens with %d entries of %d, and its state is the same: %v", what, l.Size(), i.size, digest(t, l) == i.state)
		return true
	}
	n := uint64(0)
	for e, err := range l.Entries(ctx, 0) {
		if err != nil {
			t.Errorf("%s: entry %d: %v", what, n, err)
			return true
		}
		if _, signer, err := e.Tx.Check(l.Genesis().Register()); err != nil || signer != e.Signer || e.Index != n {
			t.Errorf("%s: entry %d is another: %v", what, n, err)
		}
		n++
	}
	return true
}

const damagedEntries = 12

// images are a ledger that was closed, and one whose process was killed.
func images(t *testing.T) map[string]image {
	t.Helper()
	f := newFolder(t)
	l := f.open(t)
	for n := range damagedEntries {
		f.must(t, l, "put", fmt.Sprintf("key%d=%d", n, n))
		if n == 5 {
			if _, err := l.Checkpoint(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	state := digest(t, l)
	killed := taken(t, f, damagedEntries, state)
	closed(t, l)
	return map[string]image{"closed": taken(t, f, damagedEntries, state), "killed": killed}
}

// TestEveryFileMissing: no file of a ledger can be missing without a word.
func TestEveryFileMissing(t *testing.T) {
	for how, i := range images(t) {
		survived := 0
		for name := range i.files {
			g := i.put(t, name, func([]byte, int64) ([]byte, int64) { return nil, -1 })
			if i.survives(t, g, how+", without "+name) {
				survived++
			}
		}
		if survived == 0 || survived == len(i.files) {
			t.Errorf("%s: %d of %d files may be missing", how, survived, len(i.files))
		}
	}
}

// eachFile runs a test for every file of which a ledger cannot be made anew, and every
// image.
func eachFile(t *testing.T, test func(t *testing.T, i image, name string, b []byte)) {
	for how, i := range images(t) {
		for name, b := range i.files {
			if strings.HasPrefix(name, "state") || len(b) == 0 {
				continue // TestStateIsMadeAgain
			}
			t.Run(how+"/"+filepath.Base(name), func(t *testing.T) {
				t.Parallel()
				test(t, i, name, b)
			})
		}
	}
}

// TestEveryByteChanged: wherever a bit of a file is another, the ledger is the same or
// refuses to open.
func TestEveryByteChanged(t *testing.T) {
	step := 37
	if testing.Short() {
		step = 211
	}
	eachFile(t, func(t *testing.T, i image, name string, b []byte) {
		for at := 0; at < len(b); at += step {
			g := i.put(t, name, func(b []byte, size int64) ([]byte, int64) { b[at] ^= 1 << (at % 8); return b, size })
			i.survives(t, g, fmt.Sprintf("byte %d of %d of %s changed", at, len(b), name))
		}
	})
}

// TestCutAnywhere: wherever the last write is cut off, the ledger is as it was
// acknowledged before it or refuses; it never opens with less than was acknowledged.
func TestCutAnywhere(t *testing.T) {
	const last = 350 // bytes; the last block has some 330
	step := 1
	if testing.Short() {
		step = 29
	}
	eachFile(t, func(t *testing.T, i image, name string, b []byte) {
		step := step
		if !strings.HasSuffix(name, ".vlog") { // of what lists the blocks, every few bytes
			step *= 7
		}
		for at := max(0, len(b)-last); at < len(b); at += step {
			if len(b)-at > 60 && at%5 != 0 && step == 1 {
				continue // amid the block it is the same everywhere
			}
			g := i.put(t, name, func(b []byte, _ int64) ([]byte, int64) { return b[:at], int64(at) })
			i.survives(t, g, fmt.Sprintf("%s cut at %d of %d", name, at, len(b)))
		}
	})
}

// TestDamageIsNotCutOff: what follows on a damaged block is still in the file after the
// ledger refused to open.
func TestDamageIsNotCutOff(t *testing.T) {
	i := images(t)["killed"]
	name := ""
	for file, b := range i.files {
		if strings.HasSuffix(file, ".vlog") && bytes.Contains(b, []byte("key3=3")) {
			name = file
		}
	}
	if name == "" {
		t.Fatal("no value log holds the blocks")
	}
	g := i.put(t, name, func(b []byte, size int64) ([]byte, int64) {
		b[bytes.Index(b, []byte("key3=3"))] ^= 1
		return b, size
	})
	refusesToOpen(t, g.Config, ledger.Internal, filepath.Base(name), "damaged at byte", "restore a backup")
	b, err := os.ReadFile(filepath.Join(g.Dir, name))
	if err != nil || !bytes.Contains(b, []byte("key11=11")) {
		t.Errorf("the blocks behind it are gone: %v", err)
	}
}
