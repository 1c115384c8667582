//go:build !linux && !darwin

package embedded

// room does not know how to ask.
func room(string, uint64) func() error { return func() error { return nil } }
