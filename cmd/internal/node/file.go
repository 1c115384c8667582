package node

import "os"

// WriteFile writes a file whole or not at all, and has it on disk when it returns.
func WriteFile(path string, b []byte, mode os.FileMode) error { return writeFile(path, b, mode) }
