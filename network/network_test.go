package network

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
)

// freePorts are the test's until it ends.
func freePorts(t *testing.T) int {
	t.Helper()
	base, release, err := ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return base
}

// echo builds the chaincode that keeps what it is given.
func echo(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "echo")
	if err := goBuild(t.Context(), "tools", func(string) {}, "-o", file, "./testdata/echo"); err != nil {
		t.Fatal(err)
	}
	return file
}

// up starts a network that ends with the test.
func up(t *testing.T, c Config) *Network {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real Fabric network")
	}
	tools, err := BuildTools(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Dir, c.Tools, c.Ports, c.Attached = filepath.Join(t.TempDir(), "network"), tools, freePorts(t), true
	if c.Chaincode == "" {
		c.Chaincode = echo(t)
	}
	begun := time.Now()
	n, err := Up(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s, %d organisations: up after %v", n.state.Orderers, n.state.Organisations, time.Since(begun).Round(time.Millisecond))
	t.Cleanup(func() {
		if t.Failed() {
			for _, p := range n.Processes() {
				t.Logf("%s:\n%s", p, n.tail(p))
			}
		}
		if err := n.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n
}

func pids(t *testing.T, n *Network) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, name := range n.Processes() {
		pid, err := n.Pid(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = pid
	}
	return all
}

// exchange writes at one organisation and reads at every one.
func exchange(t *testing.T, n *Network, key, value string) {
	t.Helper()
	orgs := n.Organisations()
	if err := n.Invoke(t.Context(), orgs[0], "put", key, value); err != nil {
		t.Fatal(err)
	}
	for _, org := range orgs {
		awaitValue(t, n, org, key, value)
	}
}

// awaitValue: a peer may be a block behind the one whose commit was waited for.
func awaitValue(t *testing.T, n *Network, org, key, value string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		got, err := n.Query(t.Context(), org, "get", key)
		if err == nil && got == value {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s answers %q, %v; want %q", org, got, err, value)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestLife: a network is made, used, looked at, stopped, started, used and taken
// down, and leaves neither a process nor a file.
func TestLife(t *testing.T) {
	n := up(t, Config{})
	exchange(t, n, "lô", "vải thiều")

	all, err := n.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leaders := 0
	for _, s := range all {
		if s.Pid == 0 || !s.Answers {
			t.Errorf("%s does not run: %+v", s.Process, s)
		}
		if strings.HasPrefix(s.Process, "peer") && s.Height < 3 {
			t.Errorf("%s has %d blocks", s.Process, s.Height)
		}
		if s.Leader {
			leaders++
		}
		if s.Trouble != "" {
			t.Errorf("%s: %s", s.Process, s.Trouble)
		}
	}
	if leaders != 1 || len(all) != 5 {
		t.Errorf("%d processes with %d leaders", len(all), leaders)
	}

	// A program that starts later finds it by its folder.
	n, err = Open(n.Dir)
	if err != nil {
		t.Fatal(err)
	}
	n.attached = true
	before := pids(t, n)
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	assertGone(t, before)
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitValue(t, n, "org2", "lô", "vải thiều")
	exchange(t, n, "lô", "đã thu hồi")

	before = pids(t, n)
	if err := n.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	assertGone(t, before)
	if _, err := os.Stat(n.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := n.checkPorts(); err != nil {
		t.Error(err)
	}
}

// assertGone: no process of the network is left, nor any child of one.
func assertGone(t *testing.T, pids map[string]int) {
	t.Helper()
	for name, pid := range pids {
		if pid == 0 {
			t.Errorf("%s did not run", name)
			continue
		}
		deadline := time.Now().Add(5 * time.Second) // until it is reaped
		for syscall.Kill(-pid, 0) == nil && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
		if err := syscall.Kill(-pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s (process group %d) is still there: %v", name, pid, err)
		}
	}
}

// TestNoOrganisationAlone: what one organisation alone endorses is not committed.
func TestNoOrganisationAlone(t *testing.T) {
	n := up(t, Config{})
	exchange(t, n, "k", "both")
	o, p := n.orderers()[0], n.organisations()[0].Peer
	_, err := n.Peer(t.Context(), "org1", "chaincode", "invoke", "-o", o.Address(), "--tls", "--cafile", o.TLSCA(),
		"-C", channel, "-n", chaincode, "--waitForEvent", "-c", call([]string{"put", "k", "alone"}),
		"--peerAddresses", p.Address(), "--tlsRootCertFiles", p.TLSCA())
	if err == nil || !strings.Contains(err.Error(), "ENDORSEMENT_POLICY_FAILURE") {
		t.Errorf("one endorsement alone: %v", err)
	}
	awaitValue(t, n, "org2", "k", "both")
}

// TestDefine: one more name on the channel has a state of its own.
func TestDefine(t *testing.T) {
	n := up(t, Config{Organisations: 3})
	exchange(t, n, "k", "the register's")
	if err := n.Define(t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	for _, org := range n.Organisations() {
		p, err := fabric.ReadProfile(n.ProfileOf(org, "second"))
		if err != nil || p.Chaincode != "second" || p.Organisation != org {
			t.Errorf("%s: %+v, %v", org, p, err)
		}
		out, err := n.Peer(t.Context(), org, "chaincode", "query", "-C", channel, "-n", "second", "-c", call([]string{"get", "k"}))
		if got := strings.TrimSpace(string(out)); err != nil || got != "" {
			t.Errorf("%s: the new register answers %q, %v", org, got, err)
		}
	}
	if err := n.Define(t.Context(), "second"); err == nil {
		t.Error("a name was defined twice")
	}
}

// TestIsolate: of three organisations two go on while the third is cut off, and it
// has what they wrote once it is back.
func TestIsolate(t *testing.T) {
	n := up(t, Config{Organisations: 3})
	exchange(t, n, "k", "before")
	if err := n.Isolate("org3"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := n.Query(ctx, "org3", "get", "k"); err == nil {
		t.Error("a peer that is cut off answers")
	}
	all, err := n.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if cut := s.Process == "peer0.org3"; s.Process != "chaincode-org3" && cut != strings.Contains(s.Trouble, "does not answer on "+s.Address) {
			t.Errorf("%s: %q", s.Process, s.Trouble)
		}
	}
	o := n.orderers()[0]
	invoke := []string{"chaincode", "invoke", "-o", o.Address(), "--tls", "--cafile", o.TLSCA(), "-C", channel, "-n", chaincode,
		"--waitForEvent", "-c", call([]string{"put", "k", "meanwhile"})}
	for _, two := range n.organisations()[:2] {
		invoke = append(invoke, "--peerAddresses", two.Peer.Address(), "--tlsRootCertFiles", two.Peer.TLSCA())
	}
	if _, err := n.Peer(t.Context(), "org1", invoke...); err != nil {
		t.Fatal(err)
	}
	if err := n.Rejoin("org3"); err != nil {
		t.Fatal(err)
	}
	awaitValue(t, n, "org3", "k", "meanwhile")
	exchange(t, n, "k", "after")

	// Start wakes what was paused.
	if err := n.Pause("orderer1"); err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	exchange(t, n, "k", "awake")
	if err := n.Isolate("org9"); err == nil {
		t.Error("an organisation that is not there was cut off")
	}
}

// TestMembers: a third organisation joins two that have something recorded, all
// certificates are renewed, and a peer that lost its disk is made anew, while the
// network runs.
func TestMembers(t *testing.T) {
	n := up(t, Config{Orderers: Raft3})
	exchange(t, n, "k", "of two")
	if err := n.AddOrganisation(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for _, org := range []string{"org1", "org2", "org3"} {
		p, err := fabric.ReadProfile(n.Profile(org))
		if err != nil || len(p.Organisations) != 3 || p.Own().Name != org {
			t.Errorf("%s: %+v, %v", org, p, err)
		}
	}
	awaitValue(t, n, "org3", "k", "of two")
	exchange(t, n, "k", "of three")
	if err := n.AddOrganisation(t.Context(), nil); err == nil {
		t.Error("a fourth organisation was added")
	}

	cert := n.organisations()[2].identity("User1").Cert
	before, err := readCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Renew(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	after, err := readCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	if before.SerialNumber.Cmp(after.SerialNumber) == 0 || before.Subject.String() != after.Subject.String() || !reflect.DeepEqual(before.PublicKey, after.PublicKey) {
		t.Errorf("of %v became %v", before.Subject, after.Subject)
	}
	exchange(t, n, "k", "renewed")

	if err := n.Rebuild(t.Context(), "org2", nil); err != nil {
		t.Fatal(err)
	}
	awaitValue(t, n, "org2", "k", "renewed")
	exchange(t, n, "k", "rebuilt")
}

// TestProfiles are readable, and every organisation has its own identity.
func TestProfiles(t *testing.T) {
	n := up(t, Config{})
	for _, org := range n.Organisations() {
		p, err := fabric.ReadProfile(n.Profile(org))
		if err != nil {
			t.Fatal(err)
		}
		if own := p.Own(); own.Name != org || p.User.MSP != own.MSP || len(p.Organisations) != 2 || len(p.Orderers) != 1 {
			t.Errorf("%s: %+v", org, p)
		}
		raw, err := os.ReadFile(p.Genesis)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.ParseGenesis(raw); err != nil {
			t.Error(err)
		}
	}
}

// TestFailedUpLeavesNothing, also when its time is over.
func TestFailedUpLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real Fabric network")
	}
	tools, err := BuildTools(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho no register here\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := Config{Dir: filepath.Join(t.TempDir(), "network"), Tools: tools, Ports: freePorts(t), Chaincode: broken, Attached: true}
	_, err = Up(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "chaincode-org1") || !strings.Contains(err.Error(), "no register here") {
		t.Errorf("a chaincode that ends at once: %v", err)
	}
	assertNoTrace(t, c)

	c.Chaincode = echo(t)
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if _, err := Up(ctx, c); !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		t.Errorf("a start that was cut off: %v", err)
	}
	assertNoTrace(t, c)
}

// assertNoTrace: no folder, and no process that was started with it.
func assertNoTrace(t *testing.T, c Config) {
	t.Helper()
	if _, err := os.Stat(c.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	n := &Network{state: state{Organisations: 3, Orderers: BFT4, Ports: c.Ports}}
	if err := n.checkPorts(); err != nil {
		t.Error(err)
	}
}

// TestConfig: what cannot work is refused before anything is made.
func TestConfig(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	free := filepath.Join(t.TempDir(), "network")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tools := Tools{Bin: "bin"}
	for want, c := range map[string]Config{
		"Dir":           {},
		"Organisations": {Dir: free, Organisations: 4},
		"Orderers":      {Dir: free, Orderers: "raft:2"},
		"Ports":         {Dir: free, Ports: 80},
		"Attached":      {Dir: free, Namespaces: true},
		"is not empty":  {Dir: full, Tools: tools},
		"is taken":      {Dir: free, Tools: tools, Ports: taken.Addr().(*net.TCPAddr).Port},
	} {
		if _, err := Up(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: the answer is %v; it must name %q", c, err, want)
		}
	}
	if _, err := os.Stat(free); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a refused network left a folder")
	}
	if _, err := Open(free); err == nil || !strings.Contains(err.Error(), free) {
		t.Errorf("no network: %v", err)
	}
}

// TestPidFileOutlivesNobody: a pid file whose process ended names nobody, even when
// its number is somebody else's by now.
func TestPidFileOutlivesNobody(t *testing.T) {
	n := &Network{Dir: t.TempDir()}
	if err := os.Mkdir(n.path("logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	sleeping, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	p := process{name: "sleeper", command: sleeping, args: []string{"600"}, dir: n.path("sleeper")}
	t.Cleanup(func() { n.end(context.Background(), []string{p.name}) })
	if err := n.spawn(p); err != nil {
		t.Fatal(err)
	}
	first, err := n.pid(p.name)
	if err != nil || first == 0 {
		t.Fatalf("pid %d, %v", first, err)
	}
	if err := n.spawn(p); err != nil {
		t.Fatal(err)
	}
	if again, _ := n.pid(p.name); again != first {
		t.Errorf("started twice: %d and %d", first, again)
	}
	if err := n.end(t.Context(), []string{p.name}); err != nil {
		t.Fatal(err)
	}
	assertGone(t, map[string]int{p.name: first})
	if err := os.WriteFile(n.pidFile(p.name), []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if pid, err := n.pid(p.name); pid != 0 || err != nil {
		t.Errorf("a number that was left over: %d, %v", pid, err)
	}
	// A process that is stopped ends all the same.
	if err := n.spawn(p); err != nil {
		t.Fatal(err)
	}
	pid, err := n.pid(p.name)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := n.end(t.Context(), []string{p.name}); err != nil {
		t.Fatal(err)
	}
}

func TestParseMetrics(t *testing.T) {
	r := parseMetrics(strings.Join([]string{
		`# HELP ledger_blockchain_height Height of the chain in blocks.`,
		`ledger_blockchain_height{channel="sogoc"} 12`,
		`ledger_blockchain_height{channel="other"} 99`,
		`consensus_etcdraft_is_leader{channel="sogoc"} 1`,
		`broken{channel="sogoc"} x`,
	}, "\n"))
	if len(r) != 2 || r.height() != 12 || !r.leads() {
		t.Errorf("%v", r)
	}
	if r := parseMetrics(`consensus_BFT_is_leader{channel="sogoc"} 0`); r.leads() || r.height() != 0 {
		t.Errorf("%v", r)
	}
}

// TestReservedPorts are given once.
func TestReservedPorts(t *testing.T) {
	a, b := freePorts(t), freePorts(t)
	if a == b || a%portSpan != b%portSpan {
		t.Errorf("%d and %d", a, b)
	}
}

// TestPortsAreApart, in the largest network.
func TestPortsAreApart(t *testing.T) {
	n := &Network{state: state{Organisations: 3, Orderers: BFT4, Ports: 20000}}
	all := n.ports()
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != len(all) || all[0] < 20000 || all[len(all)-1] >= 20000+reservePort {
		t.Errorf("%v", all)
	}
}

// TestSubnetsAreApart, as ports are, and of those that are set aside for tests.
func TestSubnetsAreApart(t *testing.T) {
	tests := netip.MustParsePrefix("198.18.0.0/15")
	var before netip.Prefix
	for base := 1024; base+portSpan <= 1<<16; base += portSpan {
		n := &Network{state: state{Organisations: 3, Orderers: BFT4, Ports: base, Namespaces: true}}
		subnet := n.prefix(0)
		if subnet != subnet.Masked() || !tests.Contains(subnet.Addr()) || before.IsValid() && before.Overlaps(subnet) {
			t.Fatalf("from port %d on it is %s, before it is %s", base, subnet, before)
		}
		before = subnet
		used := map[netip.Addr]bool{n.address(programPlace): true}
		for _, e := range n.orderers() {
			used[e.IP] = true
		}
		for _, o := range n.organisations() {
			used[o.Peer.IP] = true
		}
		for at := range used {
			if !subnet.Contains(at) {
				t.Errorf("%s is not in %s", at, subnet)
			}
		}
		if len(used) != 8 {
			t.Errorf("the addresses are %v", used)
		}
	}
}

// TestUpgrade: a new version of the chaincode takes over while the network runs,
// twice, as versions take turns; one that does not start changes nothing.
func TestUpgrade(t *testing.T) {
	n := up(t, Config{})
	exchange(t, n, "k", "1")
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := n.Upgrade(t.Context(), broken, nil); err == nil {
		t.Error("a chaincode that does not start was taken")
	}
	exchange(t, n, "k", "2")
	program := echo(t)
	for want := 2; want <= 3; want++ {
		before := pids(t, n)
		if err := n.Upgrade(t.Context(), program, nil); err != nil {
			t.Fatal(err)
		}
		after := pids(t, n)
		for name, pid := range before {
			if replaced := after[name] != pid; replaced != strings.HasPrefix(name, "chaincode") {
				t.Errorf("%s: number %d became %d", name, pid, after[name])
			}
		}
		out, err := n.Peer(t.Context(), "org2", "lifecycle", "chaincode", "querycommitted", "-C", channel, "-n", chaincode)
		if err != nil || n.Version() != want || !strings.Contains(string(out), fmt.Sprintf("Version: %d, Sequence: %d", want, want)) {
			t.Errorf("version %d: %s, %v", n.Version(), out, err)
		}
		awaitValue(t, n, "org1", "k", strconv.Itoa(want))
		exchange(t, n, "k", strconv.Itoa(want+1))
	}
}

// TestOrderings: where there are several orderers, transactions go on when one
// that follows is killed, and when the leader is.
func TestOrderings(t *testing.T) {
	for _, c := range []Config{{Orderers: Raft3, Organisations: 3}, {Orderers: BFT4}} {
		t.Run(string(c.Orderers), func(t *testing.T) {
			n := up(t, c)
			exchange(t, n, "k", "first")
			for _, leads := range []bool{false, true} {
				victim := orderer(t, n, leads)
				if err := n.Kill(t.Context(), victim); err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				insist(t, n, "put", "k", victim)
				t.Logf("a transaction is committed %v after %s was killed (leader: %v)", time.Since(begun).Round(time.Millisecond), victim, leads)
				if err := n.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				insist(t, n, "put", "k", "after "+victim)
				for _, org := range n.Organisations() {
					awaitValue(t, n, org, "k", "after "+victim)
				}
			}
		})
	}
}

// insist submits until it is committed: the peer command gives up where a node's
// client would go on with another orderer.
func insist(t *testing.T, n *Network, args ...string) {
	t.Helper()
	begun := time.Now()
	for {
		err := n.Invoke(t.Context(), "org1", args...)
		if err == nil {
			return
		}
		if time.Since(begun) > 2*time.Minute {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// orderer names one that leads, or one that does not.
func orderer(t *testing.T, n *Network, leads bool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	leader, err := n.Leader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if leads {
		return leader
	}
	all := n.orderers()
	return all[slices.IndexFunc(all, func(e endpoint) bool { return e.Name != leader })].Name
}
