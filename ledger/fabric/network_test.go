package fabric_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/network"
)

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
	if testing.Short() || os.Getenv("SOGOC_FABRIC") == "" {
		t.Skip("starts a real Fabric network; SOGOC_FABRIC=1 go test runs it")
	}
	chaincode, err := suiteChaincode()
	if err != nil {
		t.Fatal(err)
	}
	ports, release, err := network.ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
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
	c := fabric.Config{Profile: p, Dir: dir, Signer: signer, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
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

// TestTwoNodes: what is submitted at one organisation's node is at the other's, both
// build the same tree, and a node that starts from nothing builds it again.
func TestTwoNodes(t *testing.T) {
	for _, orderers := range []network.Ordering{network.Raft1, network.BFT4} {
		t.Run(string(orderers), func(t *testing.T) { twoNodes(t, orderers) })
	}
}

func twoNodes(t *testing.T, orderers network.Ordering) {
	n, genesis := up(t, orderers)
	register, key := genesis.Register(), ledgertest.NewKey(t)
	nodes := []*fabric.Ledger{node(t, n, "org1", t.TempDir(), nil), node(t, n, "org2", t.TempDir(), nil)}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	const each = 100
	var sending errgroup.Group
	for i, l := range nodes {
		for k := range each {
			sending.Go(func() error {
				_, err := l.Submit(ctx, ledgertest.Sign(t, register, key, ledgertest.Name, "put", fmt.Sprintf("k%d-%d=v", i, k)))
				return err
			})
		}
	}
	// The same signed transaction at both nodes is one entry.
	both := ledgertest.Sign(t, register, key, ledgertest.Name, "bump", "n")
	same := make([]*ledger.Entry, len(nodes))
	for i, l := range nodes {
		sending.Go(func() (err error) { same[i], err = l.Submit(ctx, both); return err })
	}
	if err := sending.Wait(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(same[0], same[1]) {
		t.Errorf("one node has %+v\nthe other %+v", same[0], same[1])
	}
	const size = 2*each + 1
	nodes = append(nodes, node(t, n, "org2", t.TempDir(), nil))
	var want []*ledger.Entry
	var root string
	for i, l := range nodes {
		if err := l.Wait(ctx, size); err != nil {
			t.Fatal(err)
		}
		var got []*ledger.Entry
		for e, err := range l.Entries(ctx, 0) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		raw, err := l.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		c, _, _ := strings.Cut(string(raw), "\n\n") // what stands above the signature
		if i == 0 {
			want, root = got, c
		}
		if len(got) != size || !reflect.DeepEqual(got, want) || c != root {
			t.Errorf("node %d has %d entries and the checkpoint %q, want %d and %q", i, len(got), c, size, root)
		}
	}
}
