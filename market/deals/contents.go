package deals

import "github.com/sogoc/sogoc/ledger/disk"

// OpenContents reads a read model that nobody has open, and changes nothing. Its errors are
// those of disk.OpenToRead.
func OpenContents(dir string) (*disk.Contents, error) {
	return disk.OpenContents(options(dir), heightKey)
}

// Compact gives the room of what was replaced in a read model that nobody has open back to
// the system.
func Compact(dir string) error { return disk.Compact(options(dir), true) }
