//go:build linux || darwin

package embedded

import (
	"syscall"

	"github.com/sogoc/sogoc/ledger"
)

// room returns a function that fails when the disk that holds dir is nearly full.
// Badger writes through memory maps, and a process that touches a page for which
// the disk has no room is killed; so it is asked beforehand.
func room(dir string, least uint64) func() error {
	return func() error {
		var st syscall.Statfs_t
		if err := syscall.Statfs(dir, &st); err != nil {
			return ledger.Wrap(err, ledger.Unavailable, "the disk does not say how much room it has")
		}
		if free := st.Bavail * uint64(st.Bsize); free < least {
			return ledger.Errorf(ledger.Unavailable, "the disk is nearly full: %d MiB are left", free>>20)
		}
		return nil
	}
}
