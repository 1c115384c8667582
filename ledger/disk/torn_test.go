package disk

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// killed is a database as a process leaves it that was killed: its files, copied while it
// is open.
func killed(t *testing.T, n int) string {
	t.Helper()
	dir, copied := filepath.Join(t.TempDir(), "db"), filepath.Join(t.TempDir(), "copy")
	db, err := Open(Options(dir, slog.New(slog.DiscardHandler)).WithValueThreshold(64).WithMemTableSize(1 << 20).WithValueLogFileSize(1 << 20))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i := range n {
		if err := db.Put(fmt.Append(nil, "key", i), bytes.Repeat(fmt.Append(nil, i, "-"), 100)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestDamaged(t *testing.T) {
	whole := func(dir string) {
		t.Helper()
		if d, err := Damaged(dir); d != nil || err != nil {
			t.Errorf("%v, %v", d, err)
		}
		if err := Whole(dir); err != nil {
			t.Error(err)
		}
	}
	whole(filepath.Join(t.TempDir(), "nothing"))
	dir := killed(t, 20)
	whole(dir)
	log := filepath.Join(dir, "000001.vlog")
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int) {
		t.Helper()
		c := bytes.Clone(b)
		c[at] ^= 4
		if err := os.WriteFile(log, c, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(bytes.Index(b, []byte("19-19-19"))) // the last: as if it was being written
	whole(dir)
	change(bytes.Index(b, []byte("7-7-7-7")))
	d, err := Damaged(dir)
	if err != nil || d == nil || d.File != log || d.At <= logHeader || d.At >= int64(bytes.Index(b, []byte("7-7-7-7"))) {
		t.Fatalf("%+v, %v", d, err)
	}
	if err := Whole(dir); !errors.As(err, &d) {
		t.Error(err)
	}
	kept, err := d.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := os.ReadFile(kept); err != nil || !bytes.Contains(c, []byte("19-19-19")) || len(c) > 64<<10 {
		t.Errorf("the copy has %d bytes, %v", len(c), err)
	}
	if again, err := d.Keep(filepath.Dir(kept)); err != nil || again != kept {
		t.Errorf("%s, %v", again, err)
	}
	if err := os.WriteFile(log, b, 0o600); err != nil {
		t.Fatal(err)
	}
	memory := filepath.Join(dir, "00001.mem")
	m, err := os.ReadFile(memory)
	if err != nil {
		t.Fatal(err)
	}
	m[bytes.Index(m, []byte("key3"))] ^= 1
	if err := os.WriteFile(memory, m, 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := Damaged(dir); d == nil || d.File != memory || err != nil {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	o := Options(dir, slog.New(slog.DiscardHandler))
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Put([]byte("a"), []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := Whole(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("while it is open: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Whole(dir); err != nil {
		t.Error(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v, %v", tables, err)
	}
	b, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := range b {
		c := bytes.Clone(b)
		c[at] ^= 0x40
		if err := os.WriteFile(tables[0], c, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Whole(dir); err == nil || !strings.Contains(err.Error(), tables[0]) {
			t.Errorf("byte %d of %d: %v", at, len(b), err)
		}
	}
	if err := os.WriteFile(tables[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "MANIFEST")); err != nil {
		t.Fatal(err)
	}
	if err := Whole(dir); err == nil || !strings.Contains(err.Error(), "MANIFEST") {
		t.Error(err)
	}
}

func FuzzDamaged(f *testing.F) {
	f.Add([]byte("12345678901234567890\x00\x00\x01\x01\x00ab"))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "000001.vlog"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, err := Damaged(dir); err != nil || d != nil && (d.At < logHeader || d.At >= int64(len(b))) {
			t.Errorf("%+v, %v", d, err)
		}
	})
}
