//go:build linux || darwin

package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lock keeps a database from being opened by others until it is released, or answers
// ErrInUse.
func lock(dir string) (release func() error, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil { // as Badger does to read
		return nil, errors.Join(ErrInUse, f.Close())
	}
	return f.Close, nil
}
