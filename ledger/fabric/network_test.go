package fabric_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/network"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Tests on one network mostly wait for its blocks.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	// No proxy that the machine may have knows the networks' addresses.
	if err := os.Setenv("NO_PROXY", cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy"))+",198.18.0.0/15"); err != nil {
		panic(err)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if scratch, err = os.MkdirTemp("", "sogoc-fabric-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(scratch)
	defer func() {
		if started.Load() {
			if s, err := shared(); err == nil {
				s.down()
			}
		}
	}()
	return m.Run()
}

// scratch is a folder for what tests share.
var scratch string

// program builds a program from its folder. Chaincode is a program of its own: the
// SDK and the chaincode shim cannot be in one process.
func program(name, dir string) (string, error) {
	file := filepath.Join(scratch, name)
	build := exec.Command("go", "build", "-o", file, ".")
	build.Dir, build.Stderr = dir, os.Stderr
	return file, build.Run()
}

// suiteChaincode is the chaincode of the tests' contracts.
var suiteChaincode = sync.OnceValues(func() (string, error) {
	return program("suite", "../../contracts/chaincode/testdata/suite")
})

// net is a running network and the genesis of its registers.
type net struct {
	*network.Network
	genesis ledger.Genesis
	release func() // its ports
}

func (n *net) down() error {
	defer n.release()
	return n.Down(context.Background())
}

// start starts a network with the tests' chaincode.
func start(c network.Config, genesis ledger.Genesis) (*net, error) {
	chaincode, err := suiteChaincode()
	if err != nil {
		return nil, err
	}
	c.Chaincode, c.Genesis = chaincode, &genesis
	c.ClockWindow = 1000 * time.Hour // some tests set the clocks of nodes
	return startWith(c)
}

// startWith starts a network that ends with this program.
func startWith(c network.Config) (*net, error) {
	ports, release, err := network.ReservePorts()
	if err != nil {
		return nil, err
	}
	c.Ports, c.Attached, c.Log = ports, true, ledgertest.Quiet()
	n, err := network.Up(context.Background(), c)
	if err != nil {
		release()
		return nil, err
	}
	return &net{n, *c.Genesis, release}, nil
}

// real leaves out a test that takes real networks.
func real(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes a real Fabric network")
	}
}

// up starts a network for a test.
func up(t *testing.T, c network.Config) *net {
	t.Helper()
	real(t)
	genesis, _ := ledgertest.NewGenesis(t)
	c.Dir = filepath.Join(t.TempDir(), "network")
	n, err := start(c, genesis)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.report(t)
		if err := n.down(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// report shows how the logs of processes end, after a failure.
func (n *net) report(t testing.TB) {
	if !t.Failed() {
		return
	}
	for _, p := range n.Processes() {
		if b, err := os.ReadFile(n.Log(p)); err == nil {
			t.Logf("%s ends with\n%s", p, b[max(0, len(b)-3000):])
		}
	}
}

// shared is a network of one orderer that all tests which break nothing have
// together, each with a register of its own.
var (
	shared = sync.OnceValues(func() (*net, error) {
		started.Store(true)
		return start(network.Config{Dir: filepath.Join(scratch, "network")}, contracttest.Genesis())
	})
	started   atomic.Bool
	registers atomic.Int64
)

// newRegister makes an empty register on the shared network: a name of its
// chaincode.
func newRegister(t *testing.T) (n *net, name string) {
	t.Helper()
	real(t)
	n, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name = fmt.Sprintf("register%d", registers.Add(1))
	if err := n.Define(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	return n, name
}

// open opens a node of an organisation at a register in a folder. The test closes
// it.
func (n *net) open(t testing.TB, org, name, dir string, change func(*fabric.Config)) *fabric.Ledger {
	t.Helper()
	p, err := fabric.ReadProfile(n.ProfileOf(org, name))
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := ledgertest.NewSigner(t, ledgertest.Origin)
	c := fabric.Config{Profile: p, Dir: dir, Signer: signer, GiveUp: 4 * time.Minute, Log: slog.New(slog.NewTextHandler(t.Output(), nil))} // also on a slow machine
	if change != nil {
		change(&c)
	}
	l, err := fabric.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
