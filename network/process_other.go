//go:build !unix

package network

import (
	"context"
	"errors"
)

var errUnix = errors.New("a Fabric network runs on Unix systems only")

func (n *Network) spawn(process) error { return errUnix }

func (n *Network) pid(string) (int, error) { return 0, errUnix }

func (n *Network) end(context.Context, []string) error { return errUnix }

func (n *Network) kill(context.Context, string) error { return errUnix }

func (n *Network) pause(string) error { return errUnix }

func (n *Network) resume(string) error { return errUnix }

func (n *Network) rename(_, _ string) error { return errUnix }

func lockFile(context.Context, string) (func(), error) { return nil, errUnix }
