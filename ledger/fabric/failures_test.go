package fabric_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/network"
)

// TestFailures has parts of a network fail while writers submit at a node of each
// organisation. After each failure nothing that was acknowledged is missing anywhere,
// nothing is doubled, and everybody was answered clearly. How long nothing was
// acknowledged is reported.
func TestFailures(t *testing.T) {
	for _, orderers := range []network.Ordering{network.Raft3, network.BFT4} {
		t.Run(string(orderers), func(t *testing.T) {
			c := network.Config{Orderers: orderers, Namespaces: wires(t)}
			failures(t, up(t, c), c.Namespaces)
		})
	}
}

// wires reports whether organisations can have wires here that can be cut.
func wires(t *testing.T) bool {
	t.Helper()
	err := network.CheckNamespaces()
	if err != nil {
		t.Logf("no wire is cut: %v", err)
	}
	return err == nil
}

func failures(t *testing.T, n *net, wired bool) {
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	nodes := []*fabric.Ledger{n.open(t, "org1", "sogoc", t.TempDir(), nil), n.open(t, "org2", "sogoc", t.TempDir(), nil)}
	leader := func() string {
		name, err := n.Leader(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	follower := func() string {
		leads := leader()
		for _, name := range n.Processes() {
			if name != leads { // orderers come first
				return name
			}
		}
		return ""
	}
	org2 := []string{"peer0.org2", "chaincode-org2"}
	type failure struct {
		what string
		fail func() (heal func() error, err error)
		more time.Duration // that it lasts beyond 2 s
	}
	cut := func(name func() string) func() (func() error, error) {
		return func() (func() error, error) {
			name := name()
			return func() error { return n.Rejoin(name) }, n.Isolate(name)
		}
	}
	all := []failure{
		{what: "a peer is killed", fail: func() (func() error, error) { return n.kills(ctx, "peer0.org2") }},
		{what: "a chaincode process is killed", fail: func() (func() error, error) { return n.kills(ctx, "chaincode-org1") }},
		{what: "an orderer that follows is killed", fail: func() (func() error, error) { return n.kills(ctx, follower()) }},
		{what: "the orderer that leads is killed", fail: func() (func() error, error) { return n.kills(ctx, leader()) }},
		{what: "an organisation hangs", fail: func() (func() error, error) {
			return func() error { return n.Resume(org2...) }, n.Pause(org2...)
		}},
		{what: "a node is closed", fail: func() (func() error, error) {
			return func() error {
				nodes[1] = n.open(t, "org2", "sogoc", t.TempDir(), nil)
				return nil
			}, nodes[1].Close()
		}},
	}
	if wired {
		org := cut(func() string { return "org2" })
		all = append(all,
			failure{what: "an organisation's wire is cut", fail: org},
			failure{what: "an organisation's wire is cut for long", fail: org, more: 20 * time.Second},
			failure{what: "the wire of the orderer that leads is cut", fail: cut(leader)},
			failure{what: "the wire of the orderer that leads is cut for long", fail: cut(leader), more: 20 * time.Second})
	}
	for _, c := range all {
		t.Run(c.what, func(t *testing.T) {
			l := startLoad(t, ctx, nodes)
			l.await(t, 1)
			failed := time.Now()
			heal, err := c.fail()
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(2*time.Second + c.more)
			during := l.acknowledged()
			if err := heal(); err != nil {
				t.Fatal(err)
			}
			healed := time.Now()
			l.await(t, l.acknowledged()+8)
			again := time.Since(healed)
			n.awaitPeers(t, ctx)
			level := time.Since(healed)
			l.end()
			t.Logf("%d acknowledged before it was mended, 8 more %v after; nothing for %v at most; the peers were level %v after",
				during, again.Round(time.Millisecond), l.silence(failed).Round(time.Millisecond), level.Round(time.Millisecond))
			l.check(t, ctx, nodes)
		})
	}
}

// TestWithoutItsPeer: a node whose organisation is cut off answers that it cannot
// record anything, and which endpoint it does not reach; it reads on, and records
// again once that is mended.
func TestWithoutItsPeer(t *testing.T) {
	n := up(t, network.Config{Namespaces: wires(t)})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := n.open(t, "org2", "sogoc", t.TempDir(), func(c *fabric.Config) { c.GiveUp = 5 * time.Second })
	key, register := ledgertest.NewKey(t), node.Genesis().Register()
	bump := func(name string) ledger.Tx { return ledgertest.Sign(t, register, key, ledgertest.Name, "bump", name) }
	record := func(tx ledger.Tx) { // as often as it takes: peers have to find each other first
		t.Helper()
		for {
			_, err := node.Submit(ctx, tx)
			if err == nil {
				return
			}
			if ledger.CodeOf(err) != ledger.Unavailable || ctx.Err() != nil {
				t.Fatal(err)
			}
		}
	}
	record(bump("before"))
	if err := n.Isolate("org2"); err != nil {
		t.Fatal(err)
	}
	p, err := fabric.ReadProfile(n.Profile("org2"))
	if err != nil {
		t.Fatal(err)
	}
	peer := p.Own().Peers[0].Address
	unavailable := func(what string, err error) {
		t.Helper()
		if ledger.CodeOf(err) != ledger.Unavailable || !strings.Contains(err.Error(), peer) {
			t.Errorf("%s without %s: the answer is %v", what, peer, err)
		}
	}
	lost := bump("meanwhile")
	_, err = node.Submit(ctx, lost)
	unavailable("a transaction", err)
	_, err = node.Tip(ctx)
	unavailable("the tip", err)
	unavailable("a probe", p.Probe(ctx))
	if _, err := node.Entry(ctx, 0); err != nil {
		t.Errorf("what is recorded cannot be read: %v", err)
	}
	if err := n.Rejoin("org2"); err != nil {
		t.Fatal(err)
	}
	mended := time.Now()
	record(lost)
	t.Logf("recorded %v after it was mended", time.Since(mended).Round(time.Millisecond))
	if _, err := node.Tip(ctx); err != nil {
		t.Error(err)
	}
	sameTree(t, ctx, 2, node, n.open(t, "org1", "sogoc", t.TempDir(), nil))
}

// kills kills a process, and returns how it is started again.
func (n *net) kills(ctx context.Context, process string) (heal func() error, err error) {
	return func() error { return n.Start(ctx, process) }, n.Kill(ctx, process)
}

// awaitPeers returns when every peer has the blocks that the orderers have now.
func (n *net) awaitPeers(t *testing.T, ctx context.Context) {
	t.Helper()
	var highest uint64
	for {
		all, err := n.Status(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if highest == 0 {
			for _, s := range all {
				highest = max(highest, s.Height)
			}
		}
		behind := slices.IndexFunc(all, func(s network.Status) bool { return strings.HasPrefix(s.Process, "peer") && s.Height < highest })
		if behind < 0 {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("of %d blocks %s has %d", highest, all[behind].Process, all[behind].Height)
		}
	}
}

// load is writers at nodes, each one transaction after the other, until one is
// answered Unavailable.
type load struct {
	stop    chan struct{}
	writers sync.WaitGroup

	mu     sync.Mutex
	at     []time.Time   // of each acknowledgement
	done   []ledger.TxID // what was acknowledged
	unsure []ledger.Tx   // what was answered Unavailable
	wrong  []error       // other answers
}

func startLoad(t *testing.T, ctx context.Context, nodes []*fabric.Ledger) *load {
	l, nodes := &load{stop: make(chan struct{})}, slices.Clone(nodes)
	key, register := ledgertest.NewKey(t), nodes[0].Genesis().Register()
	name := t.Name()
	for w := range 8 * len(nodes) {
		l.writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-l.stop:
					return
				default:
				}
				tx := ledgertest.Sign(t, register, key, ledgertest.Name, "bump", fmt.Sprintf("%s %d %d", name, w, i))
				e, err := nodes[w%len(nodes)].Submit(ctx, tx)
				l.told(tx, e, err)
				if err != nil {
					return
				}
			}
		})
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) told(tx ledger.Tx, e *ledger.Entry, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.at, l.done = append(l.at, time.Now()), append(l.done, e.ID)
	case ledger.CodeOf(err) == ledger.Unavailable:
		l.unsure = append(l.unsure, tx)
	default:
		l.wrong = append(l.wrong, err)
	}
}

func (l *load) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.done)
}

// await returns when a number of transactions were acknowledged.
func (l *load) await(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); l.acknowledged() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d were acknowledged, the last answers were %v", l.acknowledged(), n, l.wrong)
		}
	}
}

// end returns when every writer has its answer.
func (l *load) end() {
	l.mu.Lock()
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.mu.Unlock()
	l.writers.Wait()
}

// silence is the longest time without an acknowledgement, from a time on.
func (l *load) silence(from time.Time) (longest time.Duration) {
	for _, at := range l.at {
		if at.After(from) {
			longest, from = max(longest, at.Sub(from)), at
		}
	}
	return longest
}

// check has what was answered Unavailable submitted again, and compares the nodes:
// each holds what was acknowledged, and nothing twice.
func (l *load) check(t *testing.T, ctx context.Context, nodes []*fabric.Ledger) {
	t.Helper()
	for _, err := range l.wrong {
		t.Errorf("somebody was answered %v", err)
	}
	for _, tx := range l.unsure {
		e, err := nodes[0].Submit(ctx, tx)
		if err != nil {
			t.Fatalf("sent again: %v", err)
		}
		l.done = append(l.done, e.ID)
	}
	size := nodes[0].Size()
	for _, n := range nodes {
		size = max(size, n.Size())
	}
	have := map[ledger.TxID]bool{}
	for _, e := range sameTree(t, ctx, size, nodes...) {
		have[e.ID] = true
	}
	for _, id := range l.done {
		if !have[id] {
			t.Errorf("%s was acknowledged and is missing", id)
		}
	}
	t.Logf("%d acknowledged, %d of them after they were sent again", len(l.done), len(l.unsure))
}
