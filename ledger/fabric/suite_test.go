package fabric_test

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/network"
)

// TestSuite is the suite that every ledger passes, on one network.
func TestSuite(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T, _ ...ledger.Contract) ledgertest.Fixture {
		t.Parallel()
		n, name := newRegister(t)
		signer, verifier := ledgertest.NewSigner(t, ledgertest.Origin)
		dir := t.TempDir()
		const queue = 100
		var clock atomic.Pointer[time.Time]
		change := func(c *fabric.Config) {
			c.Signer, c.MaxQueue = signer, queue
			c.Clock = func() time.Time {
				if at := clock.Load(); at != nil {
					return *at
				}
				return time.Now()
			}
		}
		l := n.open(t, "org1", name, dir, change)
		return ledgertest.Fixture{
			Ledger: l, Verifier: verifier, Each: 4, QueueLimit: queue,
			SetClock: func(at time.Time) { clock.Store(&at) },
			OpenGate: func() {
				if err := os.WriteFile(n.Genesis()+".gate", nil, 0o600); err != nil {
					t.Error(err)
				}
			},
			Reopen: func() ledger.Ledger {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				l = n.open(t, "org1", name, dir, change)
				return l
			},
		}
	})
}

// TestTwoNodes: what is submitted at one organisation's node is at the other's, both
// build the same tree, and a node that starts from nothing builds it again.
func TestTwoNodes(t *testing.T) {
	t.Run("raft:1", func(t *testing.T) {
		n, name := newRegister(t)
		twoNodes(t, n, name)
	})
	t.Run("bft:4", func(t *testing.T) { twoNodes(t, up(t, network.Config{Orderers: network.BFT4}), "sogoc") })
}

func twoNodes(t *testing.T, n *net, name string) {
	key := ledgertest.NewKey(t)
	nodes := []*fabric.Ledger{n.open(t, "org1", name, t.TempDir(), nil), n.open(t, "org2", name, t.TempDir(), nil)}
	register := nodes[0].Genesis().Register()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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
	nodes = append(nodes, n.open(t, "org2", name, t.TempDir(), nil))
	sameTree(t, ctx, 2*each+1, nodes...)
}

// sameTree: nodes come to hold the same entries, of the number that is wanted, each
// once, under the same root. It returns them.
func sameTree(t *testing.T, ctx context.Context, size uint64, nodes ...*fabric.Ledger) []*ledger.Entry {
	t.Helper()
	var want []*ledger.Entry
	var root string
	for i, l := range nodes {
		if err := l.Wait(ctx, size); err != nil {
			t.Fatalf("node %d has %d of %d entries: %v", i, l.Size(), size, err)
		}
		var got []*ledger.Entry
		once := map[ledger.TxID]bool{}
		for e, err := range l.Entries(ctx, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if once[e.ID] {
				t.Errorf("node %d has %s twice", i, e.ID)
			}
			once[e.ID] = true
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
		if uint64(len(got)) != size || !reflect.DeepEqual(got, want) || c != root {
			t.Errorf("node %d has %d entries and the checkpoint %q, want %d and %q", i, len(got), c, size, root)
		}
	}
	return want
}

// TestStateDigest: the same transactions leave the same state here and on the
// embedded ledger.
func TestStateDigest(t *testing.T) {
	n, name := newRegister(t)
	l := n.open(t, "org2", name, t.TempDir(), nil)
	signer, _ := ledgertest.NewSigner(t, ledgertest.Origin)
	other, err := embedded.Open(embedded.Config{
		Dir: t.TempDir(), Genesis: l.Genesis(), Contracts: []ledger.Contract{ledgertest.Contract{}}, Signer: signer, Log: ledgertest.Quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	key := ledgertest.NewKey(t)
	var many []string
	for i := range 1010 { // more than one page
		many = append(many, fmt.Sprintf("k%d=%d", i, i))
	}
	for _, c := range []struct {
		action string
		items  []string
	}{{"put", many}, {"delete", []string{"k7", "absent"}}, {"bump", []string{"n", "n"}}, {"rules", []string{"2"}}, {"put", []string{"k8=Sầu riêng"}}} {
		tx := ledgertest.Sign(t, l.Genesis().Register(), key, ledgertest.Name, c.action, c.items...)
		a, err := l.Submit(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		b, err := other.Submit(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		if a.Rules != b.Rules || string(a.Outcome) != string(b.Outcome) {
			t.Errorf("%s: outcome %q under rules %d, embedded %q under %d", c.action, a.Outcome, a.Rules, b.Outcome, b.Rules)
		}
		have, err := l.StateDigest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want, err := other.StateDigest(t.Context()); have != want || err != nil {
			t.Errorf("after %s the state is %s, embedded %s: %v", c.action, have, want, err)
		}
	}
}
