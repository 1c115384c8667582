//go:build linux || darwin

package watch

import (
	"io/fs"
	"path/filepath"
	"syscall"
)

// blockSize is the unit of a file's blocks, whatever the disk's is (stat(2)).
const blockSize = 512

// size is what a folder takes on the disk. Badger's value logs have holes, so their
// blocks are counted and not their length. What vanishes meanwhile takes nothing.
func size(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				n += st.Blocks * blockSize
			}
		}
		return nil
	})
	return n
}

func diskOf(dir string) Disk {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return Disk{}
	}
	return Disk{Free: st.Bavail * uint64(st.Bsize), Total: st.Blocks * uint64(st.Bsize)}
}
