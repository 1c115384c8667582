package network

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// namespaces reports whether they can be had here. Where they cannot, a network that
// asks for them is refused clearly, and nothing is left of it.
func namespaces(t *testing.T) bool {
	t.Helper()
	err := CheckNamespaces()
	if err == nil {
		return true
	}
	c := Config{Dir: filepath.Join(t.TempDir(), "network"), Ports: freePorts(t), Tools: Tools{Bin: "bin"}, Namespaces: true, Attached: true}
	if _, err := Up(t.Context(), c); err == nil || !strings.Contains(err.Error(), "Namespaces cannot be had here: ") {
		t.Errorf("without what they take (%v) the answer is %v", CheckNamespaces(), err)
	}
	assertNoTrace(t, c)
	t.Logf("only that was tested: %v", err)
	return false
}

// namespaceOf names the network namespace that a process is in.
func namespaceOf(t *testing.T, pid int) string {
	t.Helper()
	name, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestNamespaces: every organisation and orderer is on a machine of its own, whose wire can be
// cut: its processes go on, and packets vanish. All of it is gone in the end.
func TestNamespaces(t *testing.T) {
	if !namespaces(t) {
		return
	}
	n := up(t, Config{Namespaces: true})
	exchange(t, n, "k", "of two")
	machines := map[string]string{namespaceOf(t, os.Getpid()): "the test's"}
	for _, p := range n.processes() {
		pid, err := n.Pid(p.name)
		if err != nil {
			t.Fatal(err)
		}
		at := namespaceOf(t, pid)
		if machines[at] == "" {
			machines[at] = p.machine
		}
		if machines[at] != p.machine {
			t.Errorf("%s is on the machine of %q", p.name, machines[at])
		}
	}
	if len(machines) != 4 {
		t.Errorf("the machines are %v", machines)
	}

	if err := n.Isolate("org2"); err != nil {
		t.Fatal(err)
	}
	o := n.organisations()[1]
	for _, address := range []string{o.Peer.Address(), o.Chaincode(1)} {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			c.Close()
		}
		if err == nil || errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s answers over a wire that is cut: %v", address, err)
		}
	}
	err := n.on("org2", func() error { // its own machine reaches it
		c, err := net.DialTimeout("tcp", o.Peer.Address(), time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		t.Error(err)
	}
	if err := n.Rejoin("org2"); err != nil {
		t.Fatal(err)
	}
	exchange(t, n, "k", "joined again")

	if err := n.Kill(t.Context(), "peer0.org2"); err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	exchange(t, n, "k", "started again")
	if err := n.AddOrganisation(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	exchange(t, n, "k", "of three")

	stranger, err := Open(n.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Isolate("org2"); !errors.Is(err, errNoWires) {
		t.Errorf("another program cuts a wire: %v", err)
	}
	before := pids(t, n)
	if err := n.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	assertGone(t, before)
	assertNoLink(t, n)
}

// assertNoLink: this machine has neither the network's link nor an address in its
// subnet.
func assertNoLink(t *testing.T, n *Network) {
	t.Helper()
	if taken, err := n.subnetTaken(); taken != "" || err != nil {
		t.Errorf("%s is still there: %v", taken, err)
	}
	if _, err := net.InterfaceByName(n.link()); err == nil {
		t.Errorf("the link %s is still there", n.link())
	}
}

// wired is a network that has wires and nothing else.
func wired(t *testing.T, ports int) *Network {
	t.Helper()
	n := &Network{Dir: t.TempDir(), attached: true, state: state{Organisations: 2, Orderers: Raft1, Ports: ports, Namespaces: true}}
	if err := os.Mkdir(n.path("logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := n.checkFree(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.lay(t.Context(), Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Down(context.Background()); err != nil {
			t.Error(err)
		}
		assertNoLink(t, n)
	})
	return n
}

// sleeper is a process of an organisation.
func sleeper(t *testing.T, n *Network) process {
	t.Helper()
	command, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	return process{name: "sleeper", machine: "org1", command: command, args: []string{"600"}, dir: n.path("sleeper")}
}

// TestWiresOfTheKilled: of a program that is killed neither a link nor a process is
// left, and a network can be made with the same ports. Meanwhile they are taken, and
// another network's wires are beside them.
func TestWiresOfTheKilled(t *testing.T) {
	const portsOf, its = "SOGOC_TEST_WIRES", "its sleeper is "
	if ports, err := strconv.Atoi(os.Getenv(portsOf)); err == nil { // the program that is killed
		n := wired(t, ports)
		if err := n.spawn(sleeper(t, n)); err != nil {
			t.Fatal(err)
		}
		pid, err := n.pid("sleeper")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(its + strconv.Itoa(pid))
		io.Copy(io.Discard, os.Stdin)
		return
	}
	if !namespaces(t) {
		return
	}
	ports := freePorts(t)
	program := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	program.Env = append(os.Environ(), portsOf+"="+strconv.Itoa(ports), "TMPDIR="+t.TempDir())
	stdin, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for lines := bufio.NewScanner(stdout); pid == 0 && lines.Scan(); {
		if number, ok := strings.CutPrefix(lines.Text(), its); ok {
			pid, _ = strconv.Atoi(number)
		} else {
			t.Log(lines.Text())
		}
	}
	if pid == 0 {
		program.Wait()
		t.Fatal("the program does not come up")
	}
	same := &Network{state: state{Organisations: 2, Orderers: Raft1, Ports: ports, Namespaces: true}}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := same.checkFree(ctx); err == nil || !strings.Contains(err.Error(), strconv.Itoa(ports)) {
		t.Errorf("the ports are another's: %v", err)
	}
	beside := wired(t, freePorts(t))
	reaches(t, beside, "org1")
	reaches(t, beside, "org2")
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	program.Wait()
	again := wired(t, ports)
	assertGone(t, map[string]int{"the killed program's sleeper": pid})
	reaches(t, again, "org1")
	reaches(t, beside, "org2")
}

// reaches: this program reaches an organisation's machine, not while its wire is cut.
func reaches(t *testing.T, n *Network, organisation string) {
	t.Helper()
	var l net.Listener
	err := n.on(organisation, func() (err error) {
		l, err = net.Listen("tcp4", ":0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	place := organisationPlace
	if organisation == "org2" {
		place++
	}
	dial := func(within time.Duration) error {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(n.address(place).String(), port), within)
		if err != nil {
			return err
		}
		return c.Close()
	}
	if err := dial(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if err := n.wires.cut(organisation); err != nil {
		t.Fatal(err)
	}
	if err := dial(300 * time.Millisecond); err == nil {
		t.Errorf("%s is reached over a wire that is cut", organisation)
	}
	if err := n.wires.mend(organisation); err != nil {
		t.Fatal(err)
	}
	if err := dial(5 * time.Second); err != nil {
		t.Error(err)
	}
}
