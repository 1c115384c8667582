package fabric_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/trace"
)

// newCoop makes a co-op with a product on the register of a node.
func newCoop(t *testing.T, l *fabric.Ledger) (w *contracttest.World, coop *contracttest.Org, product trace.ID) {
	t.Helper()
	w = contracttest.Over(t, l.Genesis(), contracttest.OperatorKey(), func(tx ledger.Tx) ([]byte, error) {
		e, err := l.Submit(t.Context(), tx)
		if err != nil {
			return nil, err
		}
		return e.Outcome, nil
	})
	coop = w.Admit("coop", ledger.KindCoop)
	return w, coop, w.Product(coop, 1)
}

// TestWritersOnManyBatches: 64 that record events of different batches of one
// organisation at once never invalidate each other's transactions.
func TestWritersOnManyBatches(t *testing.T) {
	n, name := newRegister(t)
	l := n.open(t, "org1", name, t.TempDir(), nil)
	w, coop, product := newCoop(t, l)
	const writers = 64
	facts := make([][]trace.Fact, writers)
	for i := range facts {
		lot := contracttest.Lot(product, fmt.Sprint("L", i))
		facts[i] = []trace.Fact{
			w.Commission(contracttest.Of(lot, "100 KGM")), w.Observe(trace.StepInspecting, contracttest.Of(lot, "100 KGM")),
			w.Pack(coop.SSCC(i+1), contracttest.Of(lot, "40 KGM")), w.Sell(contracttest.Of(lot, "10 KGM")),
		}
	}
	before := l.Invalidated()
	var writing errgroup.Group
	for _, own := range facts {
		writing.Go(func() error {
			for _, f := range own {
				if _, err := w.Capture(coop, f); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := writing.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := l.Invalidated() - before; got != 0 {
		t.Errorf("%d of %d transactions were invalidated", got, writers*4)
	}
}

// TestWritersOnOneBatch: of 24 that sell 5 kg each of 100 kg at once, as many succeed
// as there is for, and the others are told what is wrong.
func TestWritersOnOneBatch(t *testing.T) {
	n, name := newRegister(t)
	l := n.open(t, "org1", name, t.TempDir(), nil)
	w, coop, product := newCoop(t, l)
	lot := contracttest.Lot(product, "L1")
	w.Record(coop, w.Commission(contracttest.Of(lot, "100 KGM")))
	facts := make([]trace.Fact, 24)
	for i := range facts {
		facts[i] = w.Sell(contracttest.Of(lot, "5 KGM"))
	}
	answers := make(chan error, len(facts))
	before := l.Invalidated()
	for _, f := range facts {
		go func() { _, err := w.Capture(coop, f); answers <- err }()
	}
	sold := 0
	for range facts {
		if err := <-answers; err == nil {
			sold++
		} else {
			w.Refused(err, ledger.Conflict, "items[0].objects")
		}
	}
	if sold < 20 || sold > 22 { // the product may be over by a tenth
		t.Errorf("%d times 5 kg of 100 kg were sold", sold)
	}
	if got := l.Invalidated() - before; got != 0 {
		t.Errorf("%d transactions were invalidated", got)
	}
}

// TestWritersAtTwoNodes: those that change one thing at two nodes, which do not know
// of each other's, all succeed in the end, each once.
func TestWritersAtTwoNodes(t *testing.T) {
	n, name := newRegister(t)
	nodes := []*fabric.Ledger{n.open(t, "org1", name, t.TempDir(), nil), n.open(t, "org2", name, t.TempDir(), nil)}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	key, register := ledgertest.NewKey(t), nodes[0].Genesis().Register()
	const each = 8
	var writing errgroup.Group
	for _, l := range nodes {
		for range each {
			writing.Go(func() error {
				_, err := l.Submit(ctx, ledgertest.Sign(t, register, key, ledgertest.Name, "bump", "n"))
				return err
			})
		}
	}
	if err := writing.Wait(); err != nil {
		t.Fatal(err)
	}
	entries := sameTree(t, ctx, 2*each, nodes...)
	if last := entries[len(entries)-1]; string(last.Outcome) != fmt.Sprint(2*each) {
		t.Errorf("%s were counted, want %d", last.Outcome, 2*each)
	}
}
