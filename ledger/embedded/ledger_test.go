package embedded_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

var ctx = context.Background()

func TestSuite(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T, contracts ...ledger.Contract) ledgertest.Fixture {
		genesis, _ := ledgertest.NewGenesis(t)
		signer, verifier := ledgertest.NewSigner(t, genesis.Origin)
		var clock atomic.Pointer[time.Time]
		c := embedded.Config{
			Dir: t.TempDir(), Genesis: genesis, Contracts: contracts, Signer: signer,
			MaxQueue: 100, Log: ledgertest.Quiet(),
			Clock: func() time.Time {
				if at := clock.Load(); at != nil {
					return *at
				}
				return time.Now()
			},
		}
		l := open(t, c)
		t.Cleanup(func() { l.Close() })
		return ledgertest.Fixture{
			Ledger: l, Verifier: verifier, QueueLimit: c.MaxQueue,
			SetClock: func(at time.Time) { clock.Store(&at) },
			Reopen: func() ledger.Ledger {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				l = open(t, c)
				return l
			},
		}
	})
}

func open(t testing.TB, c embedded.Config) *embedded.Ledger {
	t.Helper()
	l, err := embedded.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// folder is a ledger's folder and what it takes to open it.
type folder struct {
	embedded.Config
	verifier note.Verifier
	key      *ecdsa.PrivateKey
	register ledger.Hash
}

func newFolder(t testing.TB) *folder {
	t.Helper()
	genesis, _ := ledgertest.NewGenesis(t)
	signer, verifier := ledgertest.NewSigner(t, genesis.Origin)
	return &folder{
		Config: embedded.Config{
			Dir: t.TempDir(), Genesis: genesis, Signer: signer,
			Contracts: []ledger.Contract{ledgertest.Contract{}}, Log: ledgertest.Quiet(),
		},
		verifier: verifier, key: ledgertest.NewKey(t), register: genesis.Register(),
	}
}

func (f *folder) open(t testing.TB) *embedded.Ledger { return open(t, f.Config) }

func (f *folder) sign(t testing.TB, action string, items ...string) ledger.Tx {
	return ledgertest.Sign(t, f.register, f.key, ledgertest.Name, action, items...)
}

func (f *folder) must(t testing.TB, l *embedded.Ledger, action string, items ...string) *ledger.Entry {
	t.Helper()
	e, err := l.Submit(ctx, f.sign(t, action, items...))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func closed(t testing.TB, l *embedded.Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// refusesToOpen checks that Open fails with a code and says all of words.
func refusesToOpen(t *testing.T, c embedded.Config, code ledger.Code, words ...string) {
	t.Helper()
	l, err := embedded.Open(c)
	if err == nil {
		l.Close()
		t.Fatal("it opened")
	}
	if ledger.CodeOf(err) != code {
		t.Errorf("%s, want %s: %v", ledger.CodeOf(err), code, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func digest(t testing.TB, l *embedded.Ledger) ledger.Hash {
	t.Helper()
	d, err := l.StateDigest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConfig(t *testing.T) {
	f := newFolder(t)
	for field, change := range map[string]func(*embedded.Config){
		"Dir":       func(c *embedded.Config) { c.Dir = "" },
		"Signer":    func(c *embedded.Config) { c.Signer = nil },
		"Genesis":   func(c *embedded.Config) { c.Genesis = ledger.Genesis{} },
		"format":    func(c *embedded.Config) { c.Genesis.Format = "x" },
		"none":      func(c *embedded.Config) { c.Contracts = nil },
		"two of":    func(c *embedded.Config) { c.Contracts = append(c.Contracts, c.Contracts...) },
		"limit":     func(c *embedded.Config) { c.MaxQueue = -1 },
		"cannot be": func(c *embedded.Config) { c.Dir = "/dev/null/x" },
	} {
		c := f.Config
		change(&c)
		refusesToOpen(t, c, ledger.Invalid, field)
	}
}

func TestGenesisIsKept(t *testing.T) {
	f := newFolder(t)
	closed(t, f.open(t))
	other := f.Config
	other.Genesis, _ = ledgertest.NewGenesis(t)
	refusesToOpen(t, other, ledger.Conflict, "Genesis", f.register.String())
	same := f.Config
	same.Genesis = ledger.Genesis{}
	l := open(t, same)
	defer l.Close()
	if l.Genesis() != f.Genesis {
		t.Error("the stored genesis is another")
	}
}

func TestInUse(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	_, err := embedded.Open(f.Config)
	if !errors.Is(err, embedded.ErrInUse) || ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("a second open: %v", err)
	}
	f.must(t, l, "put", "k=v") // the first one goes on
	closed(t, l)
	closed(t, f.open(t))
}

func TestClosed(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	f.must(t, l, "put", "k=v")
	tx := f.sign(t, "put", "k=w")
	waited := make(chan error)
	go func() { waited <- l.Wait(ctx, 100) }()
	closed(t, l)
	closed(t, l)
	_, submit := l.Submit(ctx, tx)
	_, find := l.Find(ctx, ledger.TxID{})
	_, checkpoint := l.Checkpoint(ctx)
	_, inclusion := l.Inclusion(ctx, 0, 1)
	_, consistency := l.Consistency(ctx, 0, 1)
	_, state := l.StateDigest(ctx)
	_, tile := l.Tile(ctx, 0, 0)
	var entries error
	for _, err := range l.Entries(ctx, 0) {
		entries = err
	}
	for name, err := range map[string]error{
		"Submit": submit, "Find": find, "Checkpoint": checkpoint, "Inclusion": inclusion, "Consistency": consistency,
		"StateDigest": state, "Tile": tile, "Entries": entries, "Wait": <-waited,
	} {
		if err == nil || ledger.CodeOf(err) != ledger.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloseDrains(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	const n = 300
	answers := make(chan error, n)
	for range n {
		tx := f.sign(t, "bump", "n")
		go func() { _, err := l.Submit(ctx, tx); answers <- err }()
	}
	closed(t, l)
	accepted := 0
	for range n {
		switch err := <-answers; {
		case err == nil:
			accepted++
		case ledger.CodeOf(err) != ledger.Unavailable:
			t.Error(err)
		}
	}
	l = f.open(t)
	defer l.Close()
	if int(l.Size()) != accepted {
		t.Errorf("%d entries, %d were acknowledged", l.Size(), accepted)
	}
}

func TestFailedWrite(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	f.must(t, l, "bump", "n")
	before := digest(t, l)
	tx := f.sign(t, "bump", "n")
	for _, c := range []struct {
		name string
		fail func(error)
	}{{"write", l.FailWrites}, {"disk full", l.FailRoom}} {
		c.fail(errors.New("no space left on device"))
		for range 2 {
			if _, err := l.Submit(ctx, tx); ledger.CodeOf(err) != ledger.Unavailable {
				t.Errorf("%s: %v", c.name, err)
			}
			if l.Size() != 1 || digest(t, l) != before {
				t.Fatalf("%s: something was written", c.name)
			}
		}
		c.fail(nil)
	}
	e, err := l.Submit(ctx, tx)
	if err != nil || e.Index != 1 || string(e.Outcome) != "2" {
		t.Fatalf("the next attempt: %+v, %v", e, err)
	}
	closed(t, l)
	l = f.open(t)
	defer l.Close()
	if l.Size() != 2 {
		t.Errorf("size %d", l.Size())
	}
}

func TestNoRoom(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	closed(t, l)
	f.MinFree = 1 << 62
	l = f.open(t)
	defer l.Close()
	if _, err := l.Submit(ctx, f.sign(t, "put", "k=v")); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("with a full disk: %v", err)
	}
}

func TestQueueBytes(t *testing.T) {
	f := newFolder(t)
	gate := make(chan struct{})
	f.Contracts = []ledger.Contract{ledgertest.Contract{Gate: gate}}
	f.MaxQueueBytes = 1000
	l := f.open(t)
	defer l.Close()
	// Alone it may exceed the bound. It waits at the gate twice, once for each item.
	big := f.sign(t, "wait", strings.Repeat("x", 2000), "y")
	done := make(chan error, 1)
	go func() { _, err := l.Submit(ctx, big); done <- err }()
	gate <- struct{}{}
	small := f.sign(t, "put", "k=v")
	if _, err := l.Submit(ctx, small); err == nil || ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("beyond the bound: %v", err)
	}
	close(gate)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := l.Submit(ctx, small); err != nil {
		t.Error(err)
	}
}

func TestWritesAreBounded(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	defer l.Close()
	var many []string
	for range 5 {
		many = append(many, "k"+strings.Repeat("x", len(many))+"="+strings.Repeat("v", 1<<20-100))
	}
	if _, err := l.Submit(ctx, f.sign(t, "put", many...)); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("5 MiB of writes: %v", err)
	}
	if _, err := l.Submit(ctx, f.sign(t, "put", strings.Repeat("k", 2000)+"=v")); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("a long key: %v", err)
	}
	// What is within the bounds fits, also when much of it gathers.
	answers := make(chan error)
	for range 6 {
		tx := f.sign(t, "put", many[:3]...)
		go func() { _, err := l.Submit(ctx, tx); answers <- err }()
	}
	for range 6 {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}
