package embedded_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

// telling says when it has executed a transaction.
type telling struct {
	ledgertest.Contract
	ran chan struct{}
}

func (c telling) Execute(s ledger.State, call ledger.Call) ([]byte, error) {
	defer func() { c.ran <- struct{}{} }()
	return c.Contract.Execute(s, call)
}

// TestExecutedWhileWriting submits a transaction while the block before it is being
// written: it sees what that one wrote, it is not answered before, and it is
// nothing when that block was not written.
func TestExecutedWhileWriting(t *testing.T) {
	for name, verdict := range map[string]error{"written": nil, "not written": errors.New("no space left on device")} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			c := telling{ran: make(chan struct{}, 10)}
			f.Contracts = []ledger.Contract{c}
			l := f.open(t)
			defer l.Close()
			writing, verdicts := make(chan struct{}, 10), make(chan error, 10)
			l.HoldWrites(func() error { writing <- struct{}{}; return <-verdicts })

			type result struct {
				*ledger.Entry
				err error
			}
			submit := func(tx ledger.Tx) chan result {
				r := make(chan result, 1)
				go func() {
					e, err := l.Submit(ctx, tx)
					r <- result{e, err}
				}()
				return r
			}
			one, two := f.sign(t, "bump", "n"), f.sign(t, "bump", "n")
			first := submit(one)
			<-c.ran
			<-writing
			second := submit(two)
			<-c.ran // over a block that is not on disk
			again := make(chan result, 1)
			if verdict == nil {
				again = submit(one)
			}
			select {
			case <-second:
				t.Fatal("answered before the block before it is on disk")
			case <-again:
				t.Fatal("the same again was answered before the first was on disk")
			default:
			}
			if l.Size() != 0 {
				t.Fatalf("size %d", l.Size())
			}
			verdicts <- verdict
			a := <-first
			if verdict == nil {
				verdicts <- nil
			} else {
				again <- a
			}
			b, same := <-second, <-again
			if verdict != nil {
				for _, r := range []result{a, b, same} {
					if ledger.CodeOf(r.err) != ledger.Unavailable {
						t.Errorf("answered %v", r.err)
					}
				}
				if l.Size() != 0 {
					t.Fatalf("size %d", l.Size())
				}
				verdicts <- nil
				verdicts <- nil
				a = <-submit(one)
				b = <-submit(two)
				same = <-submit(one)
			}
			if a.err != nil || b.err != nil || same.err != nil {
				t.Fatal(a.err, b.err, same.err)
			}
			if a.Index != 0 || b.Index != 1 || same.Index != 0 || string(a.Outcome) != "1" || string(b.Outcome) != "2" {
				t.Errorf("entries %d, %d, %d, outcomes %s, %s", a.Index, b.Index, same.Index, a.Outcome, b.Outcome)
			}
			verify(t, f, l)
		})
	}
}

// TestFailuresInFlight lets blocks fail while others are executed over them: what
// failed is sent again, and in the end everything is there once.
func TestFailuresInFlight(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	defer l.Close()
	var blocks atomic.Int64
	l.HoldWrites(func() error {
		if blocks.Add(1)%3 == 0 {
			return errors.New("no space left on device")
		}
		return nil
	})
	const writers, each = 16, 20
	var failed atomic.Int64
	var writing sync.WaitGroup
	for w := range writers {
		txs := make([]ledger.Tx, each)
		for i := range txs {
			txs[i] = f.sign(t, "bump", fmt.Sprint("n", w))
		}
		writing.Go(func() {
			for i, tx := range txs {
				e, err := l.Submit(ctx, tx)
				for ; ledger.CodeOf(err) == ledger.Unavailable; e, err = l.Submit(ctx, tx) {
					failed.Add(1)
				}
				if err != nil || string(e.Outcome) != fmt.Sprint(i+1) {
					t.Errorf("writer %d, transaction %d: %v, %v", w, i, e, err)
					return
				}
			}
		})
	}
	writing.Wait()
	if l.Size() != writers*each || failed.Load() == 0 {
		t.Errorf("%d entries, %d failures", l.Size(), failed.Load())
	}
	verify(t, f, l)
}
