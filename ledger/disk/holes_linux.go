package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// parts are where a file of a size may hold other bytes than zeros: a log that is open is
// as long as it may become, and has no blocks on the disk behind what was written.
func parts(f *os.File, size int64) (list [][2]int64) {
	for at := int64(0); at < size; {
		from, err := unix.Seek(int(f.Fd()), at, unix.SEEK_DATA)
		if err == unix.ENXIO {
			return list
		}
		if err != nil {
			return append(list, [2]int64{at, size})
		}
		to, err := unix.Seek(int(f.Fd()), from, unix.SEEK_HOLE)
		if err != nil {
			return append(list, [2]int64{from, size})
		}
		list = append(list, [2]int64{from, to})
		at = to
	}
	return list
}
