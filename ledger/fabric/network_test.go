package fabric_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/network"
)

// ports is the first of those that this package's networks use.
const ports = 17050

// suiteChaincode builds the chaincode of the suite's contract, once. It is a
// program of its own: the SDK and the chaincode shim cannot be in one process.
var suiteChaincode = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sogoc-suite-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "suite")
	build := exec.Command("go", "build", "-o", file, "../../contracts/chaincode/testdata/suite")
	build.Stderr = os.Stderr
	return file, build.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := suiteChaincode(); err == nil {
		os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// up starts a network of an empty register and opens a node of each organisation.
func up(t *testing.T, orderers network.Ordering) (*network.Network, ledger.Genesis) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a Fabric network")
	}
	chaincode, err := suiteChaincode()
	if err != nil {
		t.Fatal(err)
	}
	genesis, _ := ledgertest.NewGenesis(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	n, err := network.Up(ctx, network.Config{
		Dir: filepath.Join(t.TempDir(), "network"), Ports: ports, Orderers: orderers, Chaincode: chaincode, Genesis: &genesis, Attached: true, Log: ledgertest.Quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, p := range n.Processes() {
				if b, err := os.ReadFile(n.Log(p)); err == nil {
					t.Logf("%s ends with\n%s", p, b[max(0, len(b)-3000):])
				}
			}
		}
		if err := n.Down(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n, genesis
}

// node opens a node of an organisation in a folder.
func node(t *testing.T, n *network.Network, org, dir string, change func(*fabric.Config)) *fabric.Ledger {
	t.Helper()
	p, err := fabric.ReadProfile(n.Profile(org))
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := ledgertest.NewSigner(t, ledgertest.Origin)
	c := fabric.Config{Profile: p, Dir: dir, Signer: signer, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))}
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

// TestSuite is the suite that every ledger passes, on a network for each case.
func TestSuite(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T, _ ...ledger.Contract) ledgertest.Fixture {
		n, _ := up(t, network.Raft1)
		signer, verifier := ledgertest.NewSigner(t, ledgertest.Origin)
		dir := t.TempDir()
		sign := func(c *fabric.Config) { c.Signer = signer }
		l := node(t, n, "org1", dir, sign)
		return ledgertest.Fixture{
			Ledger: l, Verifier: verifier,
			Reopen: func() ledger.Ledger {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				l = node(t, n, "org1", dir, sign)
				return l
			},
		}
	})
}
