//go:build !linux

package disk

import "os"

// parts are where a file of a size may hold other bytes than zeros.
func parts(_ *os.File, size int64) [][2]int64 { return [][2]int64{{0, size}} }
