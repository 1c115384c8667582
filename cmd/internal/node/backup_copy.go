package node

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
)

// copied are the folders of the data folder that are backed up file by file, while the
// node runs: a file in them grows at its end, or another takes its place by its name.
var copied = []string{uploadDir, jobDir}

// slack is how much a file system's clock may be behind ours. What changed so shortly
// before the base was made is in its increment again.
const slack = ledger.Time(time.Minute / time.Millisecond)

// copies writes the files of the copied folders; of those that have not changed since the
// base looked, that they are there still.
func (b backedUp) copies(ctx context.Context, w *backup.Writer, base ledger.Time) error {
	done := 0
	for _, dir := range copied {
		err := filepath.WalkDir(filepath.Join(b.dir, dir), func(path string, e fs.DirEntry, err error) error {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && e.Type().IsRegular() {
				done++
				b.progress("backing up files", done, -1)
				err = b.copyOne(w, path, base)
			}
			if errors.Is(err, fs.ErrNotExist) { // it has gone meanwhile
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b backedUp) copyOne(w *backup.Writer, path string, base ledger.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	name, err := filepath.Rel(b.dir, path)
	if err != nil {
		return err
	}
	c := backup.Copied{Name: filepath.ToSlash(name), Size: info.Size(), Changed: ledger.TimeOf(info.ModTime())}
	c.Kept = c.Changed < base-slack
	return w.Copied(c, f)
}

// looked notes a file of a backup, which has to be what an earlier one holds where its
// own bytes are not there. have is what was held before, of which the backup may say that
// it is kept.
func (r *restoring) looked(have map[string]backup.Copied, c *backup.Copy) error {
	dir, _, _ := strings.Cut(c.Name, "/")
	if !filepath.IsLocal(filepath.FromSlash(c.Name)) || !slices.Contains(copied, dir) {
		return ledger.Errorf(ledger.Invalid, "it holds a file named %q", c.Name)
	}
	now := c.Copied
	now.Kept = false
	if before, ok := have[c.Name]; c.Kept && (!ok || before != now) {
		return ledger.Errorf(ledger.Invalid, "no backup before it holds %s as it was then", c.Name)
	}
	r.copies[c.Name] = now
	return nil
}

// restoreCopy brings a file back that was there when the last backup was made, and is not
// in a later one.
func (r *restoring) restoreCopy(dir string, c *backup.Copy) error {
	if last, ok := r.copies[c.Name]; c.Kept || !ok || last != c.Copied {
		return nil
	}
	path := filepath.Join(dir, filepath.FromSlash(c.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, c)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	changed := c.Changed.Time()
	return os.Chtimes(path, changed, changed)
}
