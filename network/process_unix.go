//go:build unix && !linux

package network

import "syscall"

// endWithParent: only Linux can; elsewhere Down ends what was started.
func endWithParent(*syscall.SysProcAttr) {}
