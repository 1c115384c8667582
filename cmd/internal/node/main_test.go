package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestMain gives the tests a configuration folder of their own, where nodes make
// their master keys, and leaves Go's settings where they are.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "sogoc-config-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if home, err := os.UserConfigDir(); err == nil && os.Getenv("GOENV") == "" {
			os.Setenv("GOENV", filepath.Join(home, "go", "env"))
		}
		os.Setenv("XDG_CONFIG_HOME", dir)
		return m.Run()
	}())
}
