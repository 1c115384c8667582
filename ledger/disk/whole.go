package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
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
	for _, missing := range []struct{ suffix, name string }{{manifestFile, manifestFile}, {".vlog", "its newest value log (….vlog)"}} {
		if len(entries) > 0 && !named(missing.suffix) && (named(".sst") || named(".vlog") || named(".mem") || named(manifestFile)) {
			return ledger.Errorf(ledger.Internal, "%s of the database %s is missing", missing.name, dir)
		}
	}
	if !named(manifestFile) {
		return nil // it is empty
	}
	tables, err := tablesOf(dir)
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, "the file "+filepath.Join(dir, manifestFile)+" is damaged")
	}
	for _, e := range entries {
		id, ok := table.ParseFileID(e.Name())
		if !ok {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if _, listed := tables[id]; !listed {
			if !named(".mem") { // where a process was killed that made tables, there is one
				return ledger.Errorf(ledger.Internal, "the file %s is damaged: it does not list the table %s", filepath.Join(dir, manifestFile), e.Name())
			}
			continue // Badger removes it
		}
		if err := wholeTable(path, id); err != nil {
			return ledger.Wrap(err, ledger.Internal, "the table "+path+" is damaged")
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

const manifestFile = badger.ManifestFilename

// tablesOf are the tables that a database consists of.
func tablesOf(dir string) (map[uint64]badger.TableManifest, error) {
	f, err := os.Open(filepath.Join(dir, manifestFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, _, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(dir))
	return m.Tables, err
}

// wholeTable checks every checksum of a table. Badger panics over some that are damaged,
// here in a goroutine that can tell of it.
func wholeTable(path string, id uint64) (err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	defer func() {
		if broken := recover(); broken != nil {
			err = errors.New("its index or its blocks fail their checksums")
		}
	}()
	t, err := table.OpenInMemoryTable(b, id, &table.Options{Compression: options.None, ChkMode: options.OnTableAndBlockRead})
	if err != nil {
		return err
	}
	return t.VerifyChecksum()
}
