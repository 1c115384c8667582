package network

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// wires are the machines of a network and what joins them: a bridge, on a machine of
// its own, with a link from every other, and one from this program. So no firewall of
// this machine is in the way, which would ask who dials it or what passes through it,
// and one link is all that can be seen of it from here. None of it has a name on disk,
// and nothing forwards packets.
type wires struct {
	link     string // this program's end of its link, "" until it is laid
	bridge   *machine
	machines map[string]*machine // by the organisation's or the orderer's name
}

// CheckNamespaces says why Config.Namespaces cannot be had here, nil when it can.
func CheckNamespaces() error {
	m, err := newMachine()
	if err != nil {
		return err
	}
	defer m.end()
	return m.ip("link set lo up", "link add bridge type bridge", "link add one type veth peer name other")
}

// lay makes the network's machines and joins them: those of organisations that may
// be added, too.
func (n *Network) lay(context.Context, Config) error {
	if !n.state.Namespaces {
		return nil
	}
	w := &wires{machines: map[string]*machine{}}
	n.wires = w // from here on Down takes away what there is
	var err error
	if w.bridge, err = newMachine(); err != nil {
		return err
	}
	if err := w.bridge.ip("link add bridge type bridge", "link set bridge up"); err != nil {
		return err
	}
	places := map[string]int{}
	for i, e := range n.orderers() {
		places[e.Name] = ordererPlace + i
	}
	for i := range maxOrganisations {
		places[organisationName(i)] = organisationPlace + i
	}
	for name, place := range places {
		m, err := newMachine()
		if err != nil {
			return err
		}
		w.machines[name] = m
		if err := m.ip("link set lo up"); err != nil {
			return err
		}
		if err := w.join(m, "wire", name, n.prefix(place).String()); err != nil {
			return err
		}
	}
	if err := w.join(nil, n.link(), "program", n.prefix(programPlace).String()); err != nil {
		return err
	}
	w.link = n.link()
	return nil
}

// link is the name of this program's end of its link.
func (n *Network) link() string { return fmt.Sprintf("sogoc%d", n.state.Ports) }

// join lays a link from a machine, this program's for nil, to the bridge.
func (w *wires) join(from *machine, near, far, prefix string) error {
	err := from.ip(
		fmt.Sprintf("link add %s type veth peer name %s netns %d", near, far, w.bridge.thread),
		"addr add "+prefix+" dev "+near,
		"link set "+near+" up")
	if err != nil {
		return err
	}
	return w.bridge.ip("link set " + far + " master bridge up")
}

func (w *wires) on(machine string, do func() error) error { return w.machines[machine].do(do) }

// cut takes a machine's link down, at the end that is the bridge's: on neither side a
// connection is told anything.
func (w *wires) cut(machine string) error { return w.bridge.ip("link set " + machine + " down") }

func (w *wires) mend(machine string) error { return w.bridge.ip("link set " + machine + " up") }

// remove takes everything away. The processes have ended.
func (w *wires) remove() error {
	if w == nil {
		return nil
	}
	var err error
	if w.link != "" {
		err = (*machine)(nil).ip("link del " + w.link) // the kernel would, but later
	}
	if w.bridge != nil {
		w.bridge.end()
	}
	for _, m := range w.machines {
		m.end()
	}
	return err
}

// machine is a thread of this program in a network namespace of its own. A namespace
// is there for as long as a thread or a process is in it: however this program ends,
// the kernel takes it away, with its links, once what was started there has ended.
type machine struct {
	thread int
	work   chan func()
	ended  chan struct{}
}

func newMachine() (*machine, error) {
	m := &machine{work: make(chan func()), ended: make(chan struct{})}
	made := make(chan error)
	go m.run(made)
	if err := <-made; err != nil {
		return nil, fmt.Errorf("a network namespace cannot be made, which takes root: %w", err)
	}
	return m, nil
}

// run is the machine's thread, which ends with it, as it is never unlocked.
func (m *machine) run(made chan<- error) {
	runtime.LockOSThread()
	if m.thread = syscall.Gettid(); m.thread == syscall.Getpid() {
		// The main thread would outlive the machine. While it is held here, another
		// one runs what is started.
		another := make(chan error)
		go m.run(another)
		err := <-another
		runtime.UnlockOSThread()
		made <- err
		return
	}
	defer close(m.ended)
	err := syscall.Unshare(syscall.CLONE_NEWNET)
	made <- err
	if err != nil {
		return
	}
	for do := range m.work {
		do()
	}
}

// do has the machine's thread do something, and so whatever process that starts.
func (m *machine) do(do func() error) error {
	done := make(chan error)
	m.work <- func() { done <- do() }
	return <-done
}

// ip runs commands of ip on a machine, on this program's for nil.
func (m *machine) ip(commands ...string) error {
	run := func() error {
		cmd := exec.Command("ip", "-batch", "-")
		cmd.Stdin = strings.NewReader(strings.Join(commands, "\n"))
		_, err := output(cmd)
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("network namespaces need the command ip of iproute2: %w", err)
		}
		if err != nil {
			return fmt.Errorf("the links of network namespaces: %w", err)
		}
		return nil
	}
	if m == nil {
		return run()
	}
	return m.do(run)
}

// end has the thread end and returns when it does nothing more.
func (m *machine) end() {
	close(m.work)
	<-m.ended
}
