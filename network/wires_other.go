//go:build !linux

package network

import (
	"context"
	"errors"
)

var errLinux = errors.New("network namespaces are there on Linux only")

type wires struct{}

// CheckNamespaces says why Config.Namespaces cannot be had here.
func CheckNamespaces() error { return errLinux }

func (n *Network) lay(context.Context, Config) error {
	if n.state.Namespaces {
		return errLinux
	}
	return nil
}

func (w *wires) on(string, func() error) error { return errLinux }

func (w *wires) cut(string) error { return errLinux }

func (w *wires) mend(string) error { return errLinux }

func (w *wires) remove() error { return nil }
