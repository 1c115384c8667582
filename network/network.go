// Package network runs a Hyperledger Fabric network on this machine: orderers, a
// peer and a chaincode process for each of two or three organisations, their
// certificates, one channel, and the chaincode on it. It needs no Docker and no
// root and listens on loopback only, unless Config.Namespaces asks for more.
//
// Everything is in one folder. What runs outlives the program that started it, so
// that `sogoc network` can look at it, stop it and start it again; Down removes it
// all. Fabric's own commands are built from the versions that the module in
// network/tools pins. OPERATING.md is for who runs one.
package network

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

const (
	genesisFile  = "genesis.json"
	operatorFile = "operator.key"
)

// DefaultPorts is the first port of a network.
const DefaultPorts = 7050

// startTime is how long processes may take to answer.
const startTime = time.Minute

// Config says what network to make. The zero value of a field that is not marked
// as needed stands for its default.
type Config struct {
	Dir           string   // needed: a folder that is not there, or empty
	Organisations int      // 2 or 3; 2
	Orderers      Ordering // Raft1
	Ports         int      // the first of 80 ports; DefaultPorts
	Chaincode     string   // the chaincode's program; built from cmd/sogoc-chaincode
	Tools         Tools    // Fabric's commands; built, or found built, by BuildTools
	Cache         string   // folder for BuildTools

	// Genesis founds the register that the channel keeps, and names one of the
	// organisations' MSP ids as the operator's host. Without it one is drawn by the
	// name of Name and with the first organisation as host; the key that founds it is
	// kept in the folder, and named by that organisation's profile.
	Genesis *ledger.Genesis
	Name    string // "Sổ Gốc"

	// An orderer cuts a block BatchTimeout after its first transaction, or when it
	// holds BatchSize of them: 50 ms and 100.
	BatchTimeout time.Duration
	BatchSize    int

	// ClockWindow is how far a proposal's timestamp may be from a peer's clock: 15
	// min. Contracts' hosts allow less, so only tests that set clocks need more.
	ClockWindow time.Duration

	// Namespaces gives every orderer, and every organisation's peer and chaincode
	// process, a machine of their own, which here is a network namespace with an
	// address and a wire. This program and its nodes reach all of them; nothing reaches
	// further than this machine. Addresses are of 198.18.0.0/15, which is set aside for
	// tests. It takes root on Linux, iproute2's command ip, and Attached: the
	// namespaces end with this program. Without it all share loopback.
	Namespaces bool

	// Attached has all processes end when this program does, however it ends. Only
	// Linux can; elsewhere it changes nothing.
	Attached bool
	Progress Progress
	Log      *slog.Logger // slog.Default
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("network: Dir is not set")
	}
	var err error
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return c, err
	}
	if c.Organisations == 0 {
		c.Organisations = 2
	}
	if c.Organisations != 2 && c.Organisations != 3 {
		return c, fmt.Errorf("network: Organisations is %d; it can be 2 or 3", c.Organisations)
	}
	if c.Orderers == "" {
		c.Orderers = Raft1
	}
	if !slices.Contains(Orderings, c.Orderers) {
		return c, fmt.Errorf("network: Orderers is %q; it can be one of %v", c.Orderers, Orderings)
	}
	if c.Ports == 0 {
		c.Ports = DefaultPorts
	}
	if c.Ports < 1024 || c.Ports+portSpan > 1<<16 {
		return c, fmt.Errorf("network: Ports is %d; it can be 1024 to %d", c.Ports, 1<<16-portSpan)
	}
	if c.Namespaces && !c.Attached {
		return c, errors.New("network: Namespaces is set and Attached is not; namespaces end with the program that made them")
	}
	if c.Name == "" {
		c.Name = "Sổ Gốc"
	}
	if c.BatchTimeout == 0 {
		c.BatchTimeout = 50 * time.Millisecond
	}
	if c.BatchSize == 0 {
		c.BatchSize = 100
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

// Network is a network in its folder, running or not. Its methods are for one
// goroutine at a time, but for Define, Peer, Invoke, Query, Leader and Status.
type Network struct {
	Dir string // absolute

	state    state
	attached bool
	wires    *wires // nil without namespaces
	log      *slog.Logger
}

// Up makes a network and starts it. When it fails, nothing is left of it.
func Up(ctx context.Context, c Config) (*Network, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if entries, err := os.ReadDir(c.Dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty; a network needs a folder of its own", c.Dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if c.Tools == (Tools{}) {
		if c.Tools, err = BuildTools(ctx, c.Cache, c.Progress); err != nil {
			return nil, err
		}
	}
	n := &Network{Dir: c.Dir, attached: c.Attached, log: c.Log, state: state{
		Format: format, Organisations: c.Organisations, Orderers: c.Orderers, Ports: c.Ports, Tools: c.Tools, Version: 1,
		ClockWindow: c.ClockWindow, Namespaces: c.Namespaces,
	}}
	if c.Namespaces {
		if err := CheckNamespaces(); err != nil {
			return nil, fmt.Errorf("network: Namespaces cannot be had here: %w", err)
		}
	}
	if err := n.checkFree(ctx); err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := n.build(ctx, c); err != nil {
		// Its own time: the caller's may be over, which may be why it failed.
		return nil, errors.Join(err, n.Down(context.WithoutCancel(ctx)))
	}
	n.log.Info("the Fabric network is up", "folder", n.Dir, "took", time.Since(begun))
	return n, nil
}

// build is Up in a folder that is free.
func (n *Network) build(ctx context.Context, c Config) error {
	steps := []struct {
		what string
		do   func(context.Context, Config) error
	}{
		{"folder", n.prepare},
		{"machines", n.lay},
		{"certificates", n.certify},
		{"channel", n.found},
		{"builder", n.configure},
		{"processes", func(ctx context.Context, _ Config) error { return n.spawnAll(ctx) }},
		{"orderers", n.joinOrderers},
		{"peers", n.joinPeers},
		{"chaincode", func(ctx context.Context, _ Config) error { return n.commit(ctx, n.state.Version, n.state.PackageID) }},
		{"profiles", func(context.Context, Config) error { return n.writeProfile(chaincode) }},
	}
	for i, s := range steps {
		c.Progress.step(s.what, i, len(steps))
		if err := s.do(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	c.Progress.step("network", len(steps), len(steps))
	n.state.Ready = true
	return n.save()
}

// prepare makes the folder with what does not depend on Fabric.
func (n *Network) prepare(ctx context.Context, c Config) error {
	for _, dir := range []string{"run", "logs", "config"} {
		if err := os.MkdirAll(n.path(dir), 0o755); err != nil {
			return err
		}
	}
	if err := n.save(); err != nil { // from here on Down knows the folder
		return err
	}
	if err := n.writeGenesis(c); err != nil {
		return err
	}
	return n.takeProgram(ctx, n.state.Version, c.Chaincode, c.Progress)
}

// takeProgram copies the program of a version of the chaincode into the folder, or
// builds it there when no file is named.
func (n *Network) takeProgram(ctx context.Context, version int, file string, progress Progress) error {
	if file == "" {
		return BuildChaincode(ctx, n.program(version), progress)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(n.program(version), program, 0o755)
}

func (n *Network) writeGenesis(c Config) error {
	g := c.Genesis
	if g == nil {
		operator, err := crypto.GenerateKey()
		if err != nil {
			return err
		}
		if err := crypto.SaveECDSA(n.path(operatorFile), operator); err != nil {
			return err
		}
		g = &ledger.Genesis{Format: ledger.GenesisFormat, Name: c.Name, Created: ledger.TimeOf(time.Now()), Operator: ledger.AddressOf(&operator.PublicKey), Host: n.organisations()[0].MSP}
		rand.Read(g.Nonce[:])
		g.Origin = domain + "/" + hex.EncodeToString(g.Nonce[:8])
	}
	return os.WriteFile(n.path(genesisFile), g.Encode(), 0o644)
}

// writeProfile writes every organisation's profile for a name of the chaincode.
func (n *Network) writeProfile(name string) error {
	for _, o := range n.organisations() {
		p := n.profile(o)
		p.Chaincode = name
		if err := p.Write(n.ProfileOf(o.Name, name)); err != nil {
			return err
		}
	}
	return nil
}

// Open finds a network that Up made in a folder.
func Open(dir string) (*Network, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	n := &Network{Dir: dir, log: slog.Default()}
	raw, err := os.ReadFile(n.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no network in %s", dir)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &n.state); err != nil {
		return nil, fmt.Errorf("%s: %w", n.path(stateFile), err)
	}
	if n.state.Format != format {
		return nil, fmt.Errorf("%s: format %q is not %s", n.path(stateFile), n.state.Format, format)
	}
	return n, nil
}

// Organisations are the names of the members, in order.
func (n *Network) Organisations() []string {
	var names []string
	for _, o := range n.organisations() {
		names = append(names, o.Name)
	}
	return names
}

// Processes are the names of all processes: "orderer1", "peer0.org1",
// "chaincode-org1".
func (n *Network) Processes() []string {
	var names []string
	for _, p := range n.processes() {
		names = append(names, p.name)
	}
	return names
}

// Profile is the file by which a node of an organisation connects, for
// fabric.ReadProfile.
func (n *Network) Profile(org string) string { return n.ProfileOf(org, chaincode) }

// ProfileOf is the same for a name that was given to Define.
func (n *Network) ProfileOf(org, name string) string {
	if name == chaincode {
		return n.path(org, "profile.json")
	}
	return n.path(org, "profile-"+name+".json")
}

// Genesis is the file that founds the register.
func (n *Network) Genesis() string { return n.path(genesisFile) }

// Log is the file that a process writes to.
func (n *Network) Log(process string) string { return n.logFile(process) }

// Pid is the number of a process, or 0 when it does not run.
func (n *Network) Pid(process string) (int, error) { return n.pid(process) }

// Start starts what does not run, or only what is named, and returns when that
// answers. When nothing is named, the orderers have a leader by then and everybody
// has the blocks that the highest had, so that the network can lose a part again.
func (n *Network) Start(ctx context.Context, processes ...string) error {
	if !n.state.Ready {
		return n.notReady()
	}
	if err := n.spawnAll(ctx, processes...); err != nil {
		return err
	}
	if len(processes) > 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := n.awaitLeader(ctx); err != nil {
		return err
	}
	return n.awaitHeight(ctx)
}

func (n *Network) notReady() error {
	return fmt.Errorf("the network in %s was not made to its end: take it down and up again", n.Dir)
}

// spawnAll starts processes, all by default, and waits until they answer.
func (n *Network) spawnAll(ctx context.Context, only ...string) error {
	all, err := n.choose(only)
	if err != nil {
		return err
	}
	return n.spawnThese(ctx, all)
}

func (n *Network) spawnThese(ctx context.Context, all []process) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for _, p := range all {
		if err := errors.Join(n.spawn(p), n.resume(p.name)); err != nil {
			return err
		}
	}
	for _, p := range all {
		if err := n.await(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// choose gives the named processes, and all when none is named.
func (n *Network) choose(names []string) ([]process, error) {
	all := n.processes()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []process
	for _, name := range names {
		i := slices.IndexFunc(all, func(p process) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no process %q; there are %v", name, n.Processes())
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// Stop ends all processes, or only those that are named, and keeps what they wrote.
func (n *Network) Stop(ctx context.Context, processes ...string) error {
	chosen, err := n.choose(processes)
	if err != nil {
		return err
	}
	var names []string
	for _, p := range chosen {
		names = append(names, p.name, p.name+"-next") // one that an upgrade left
	}
	return n.end(ctx, names)
}

// Down ends all processes and removes the folder, and what namespaces there are.
func (n *Network) Down(ctx context.Context) error {
	if err := n.Stop(ctx); err != nil {
		return err
	}
	err := n.wires.remove()
	n.wires = nil
	return errors.Join(err, os.RemoveAll(n.Dir))
}
