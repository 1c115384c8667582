package node_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
)

// TestBackupDrafts: the files of drafts come back as they were when the last backup was
// made: what was there before it once, what is half still half, and nothing that was
// removed.
func TestBackupDrafts(t *testing.T) {
	t.Parallel()
	data, out := t.TempDir(), t.TempDir()
	s := openSite(t, data)
	org := s.admit("Hợp tác xã A", ledger.KindCoop).org
	sent := func(name, has string, size int) uploads.Upload {
		t.Helper()
		u, err := s.Uploads.Begin(org, name, int64(size))
		if err == nil {
			u, err = s.Uploads.Append(org, u.ID, 0, strings.NewReader(has))
		}
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	path := func(dir string, u uploads.Upload, end string) string {
		return filepath.Join(dir, "uploads", u.ID.String()+end)
	}
	large := strings.Repeat("một dòng\n", 300_000) // more than a frame
	kept, removed, half := sent("a.csv", large, len(large)), sent("b.csv", "b", 1), sent("c.csv", "c,d", 10)
	long := time.Now().Add(-time.Hour)
	for _, u := range []uploads.Upload{kept, removed} {
		for _, end := range []string{".json", ".bytes"} {
			if err := os.Chtimes(path(data, u, end), long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	full, next, last := filepath.Join(out, "full"), filepath.Join(out, "next"), filepath.Join(out, "last")
	base := s.backUp(full, nil)
	if err := s.Uploads.Remove(org, removed.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Uploads.Append(org, half.ID, 3, strings.NewReader("\n1,2")); err != nil {
		t.Fatal(err)
	}
	one := s.backUp(next, &base.To)
	late := sent("d.csv", "late", 4)
	two := s.backUp(last, &one.To)
	if base.Counts.Copies != 6 || one.Counts.Copies != 4 || two.Counts.Copies != 6 {
		t.Errorf("%d files, then %d, then %d", base.Counts.Copies, one.Counts.Copies, two.Counts.Copies)
	}
	if info, err := os.Stat(last); err != nil || info.Size() >= int64(len(large)) {
		t.Errorf("an increment of %d bytes, %v", info.Size(), err)
	}
	s.stop()

	dir := restoreInto(t, data, full, next, last)
	r, err := uploads.Open(uploads.Config{Dir: filepath.Join(dir, "uploads")})
	if err != nil {
		t.Fatal(err)
	}
	for u, want := range map[ledger.ID]string{kept.ID: large, half.ID: "c,d\n1,2", late.ID: "late"} {
		got, err := r.Get(org, u)
		if err != nil {
			t.Errorf("%s: %v", u, err)
			continue
		}
		b, err := os.ReadFile(path(dir, got, ".bytes"))
		if err != nil || string(b) != want || got.Offset != int64(len(want)) {
			t.Errorf("%s has %d bytes, %d on disk, %v", got.Name, got.Offset, len(b), err)
		}
	}
	if got, err := r.Get(org, kept.ID); err != nil || got.Last.Sub(long).Abs() > time.Second {
		t.Errorf("it was changed %v, %v", got.Last, err)
	}
	if list := r.List(org); len(list) != 3 {
		t.Errorf("%d uploads came back", len(list))
	}
	if _, err := os.Stat(path(dir, removed, ".bytes")); err == nil {
		t.Error("what was removed came back")
	}

	// Files that no backup holds, and such that lie elsewhere, are refused.
	for name, c := range map[string]backup.Copied{
		"no backup before it": {Name: "uploads/x", Size: 1, Changed: 5, Kept: true},
		"holds a file named":  {Name: "uploads/../../x", Changed: 5, Kept: true},
		"a file named \"keys": {Name: "keys/x", Changed: 5},
	} {
		var b bytes.Buffer
		forged(t, &b, full, c)
		file := filepath.Join(out, "forged")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := node.Restore(t.Context(), node.RestoreConfig{Data: filepath.Join(t.TempDir(), "data"), From: []string{file}, AcceptLoss: true, Log: quiet})
		if ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
}

// forged writes a backup of one file alone, under the header of another backup.
func forged(t *testing.T, w io.Writer, of string, c backup.Copied) {
	t.Helper()
	b, err := os.ReadFile(of)
	if err != nil {
		t.Fatal(err)
	}
	r, err := backup.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := backup.NewWriter(w, r.Header)
	if err == nil {
		err = out.Copied(c, strings.NewReader(""))
	}
	if err == nil {
		_, err = out.Close(backup.Position{}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}
