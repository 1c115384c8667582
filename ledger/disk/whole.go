package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"

	"github.com/sogoc/sogoc/ledger"
)

// Whole refuses a database that is damaged, before Badger opens it: it would cut a log off
// at the damage, make an empty database where the manifest is missing, or end the process
// over a table that cannot be read. It reads every table, so it is for small ones. Its
// errors are ErrInUse, a *Damage, and Internal, naming the file.
func Whole(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the database "+dir+" cannot be read")
	}
	release, err := lock(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	defer release()
	named := func(suffix string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), suffix) })
	}
	for _, missing := range []struct{ suffix, name string }{{"MANIFEST", "MANIFEST"}, {".vlog", "its newest value log (….vlog)"}} {
		if len(entries) > 0 && !named(missing.suffix) && (named(".sst") || named(".vlog") || named(".mem") || named("MANIFEST")) {
			return ledger.Errorf(ledger.Internal, "%s of the database %s is missing", missing.name, dir)
		}
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".sst" {
			continue
		}
		if err := wholeTable(filepath.Join(dir, e.Name())); err != nil {
			return ledger.Wrap(err, ledger.Internal, "the table "+filepath.Join(dir, e.Name())+" is damaged")
		}
	}
	damage, err := Damaged(dir)
	switch {
	case err != nil:
		return ledger.Wrap(err, ledger.Internal, "the database "+dir+" cannot be read")
	case damage != nil:
		return damage
	}
	return nil
}

// wholeTable checks every checksum of a table. Badger panics over some that are damaged,
// here in a goroutine that can tell of it.
func wholeTable(path string) (err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	defer func() {
		if broken := recover(); broken != nil {
			err = errors.New("its index or its blocks fail their checksums")
		}
	}()
	id, _ := table.ParseFileID(filepath.Base(path))
	t, err := table.OpenInMemoryTable(b, id, &table.Options{Compression: options.None, ChkMode: options.OnTableAndBlockRead})
	if err != nil {
		return err
	}
	return t.VerifyChecksum()
}
