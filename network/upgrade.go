package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Upgrade replaces the chaincode by the program in a file, built from
// cmd/sogoc-chaincode when file is empty, while the network runs: the new version's
// processes are started beside the old ones', every organisation approves it, one
// commits it, and the old processes end. When it fails before the commit, the old
// version goes on, and Upgrade can be called again.
func (n *Network) Upgrade(ctx context.Context, file string, progress Progress) error {
	if !n.state.Ready {
		return n.notReady()
	}
	next := n.state.Version + 1
	if err := n.takeProgram(ctx, next, file, progress); err != nil {
		return err
	}
	id, err := n.pack(next)
	if err != nil {
		return err
	}
	var fresh []process
	var names []string
	for _, o := range n.organisations() {
		p := n.chaincodeVersion(o, next, id)
		p.name += "-next"
		fresh, names = append(fresh, p), append(names, p.name)
	}
	if err = n.spawnThese(ctx, fresh); err == nil {
		err = n.commit(ctx, next, id)
	}
	if err != nil {
		return errors.Join(err, n.end(context.WithoutCancel(ctx), names))
	}
	old := n.state.Version
	n.state.Version, n.state.PackageID = next, id
	if err := n.save(); err != nil {
		return err
	}
	for _, o := range n.organisations() {
		name := o.chaincodeName()
		if err := n.end(ctx, []string{name}); err != nil {
			return err
		}
		err := errors.Join(
			os.Rename(n.logFile(name), n.logFile(fmt.Sprintf("%s-v%d", name, old))),
			n.rename(name+"-next", name),
		)
		if err != nil {
			return err
		}
	}
	return os.Remove(n.program(old))
}

// Version is the chaincode's, counted from 1.
func (n *Network) Version() int { return n.state.Version }

// commit has every organisation install a version's package and defines the
// register's chaincode by it.
func (n *Network) commit(ctx context.Context, version int, packageID string) error {
	err := n.each(ctx, func(ctx context.Context, o organisation) error { return n.install(ctx, o, version) })
	if err != nil {
		return err
	}
	return n.define(ctx, chaincode, version, packageID)
}

// install has an organisation's peer know a version's package.
func (n *Network) install(ctx context.Context, o organisation, version int) error {
	_, err := n.Peer(ctx, o.Name, "lifecycle", "chaincode", "install", n.packageFile(version))
	if err != nil && !strings.Contains(err.Error(), "already successfully installed") {
		return err
	}
	return nil
}

// Define puts the installed chaincode on the channel under one more name, at its
// sequence 1: a register of its own with the same genesis, answered by the same
// processes. ProfileOf is how nodes reach it. An upgrade does not take it along.
func (n *Network) Define(ctx context.Context, name string) error {
	if err := n.define(ctx, name, 1, n.state.PackageID); err != nil {
		return err
	}
	return n.writeProfile(name)
}

// define takes a chaincode through the lifecycle: every organisation approves it,
// one commits it. It names no endorsement policy, so the channel's holds: a majority
// of the organisations.
func (n *Network) define(ctx context.Context, name string, sequence int, packageID string) error {
	err := n.each(ctx, func(ctx context.Context, o organisation) error { return n.approve(ctx, o, name, sequence, packageID) })
	if err != nil {
		return err
	}
	_, err = n.Peer(ctx, n.organisations()[0].Name, append(n.definition("commit", name, sequence), n.peerFlags()...)...)
	return err
}

// approve has an organisation approve a definition of a chaincode, and name the
// package that its peer runs for it.
func (n *Network) approve(ctx context.Context, o organisation, name string, sequence int, packageID string) error {
	_, err := n.Peer(ctx, o.Name, append(n.definition("approveformyorg", name, sequence), "--package-id", packageID)...)
	if err != nil && !strings.Contains(err.Error(), "with unchanged content") {
		return err
	}
	return nil
}

// definition is the peer command for a step of the lifecycle.
func (n *Network) definition(step, name string, sequence int) []string {
	to, number := n.runningOrderer(), strconv.Itoa(sequence)
	return []string{"lifecycle", "chaincode", step, "-o", to.Address(), "--tls", "--cafile", to.TLSCA(),
		"-C", channel, "-n", name, "-v", number, "--sequence", number}
}
