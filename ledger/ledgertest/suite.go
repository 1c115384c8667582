package ledgertest

import (
	"context"
	"crypto/ecdsa"
	"reflect"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/ledger"
)

// Fixture is a ledger under test. Optional fields are what not every ledger can
// do; the cases that need them say so and skip.
type Fixture struct {
	Ledger   ledger.Ledger
	Verifier note.Verifier // of the key that signs checkpoints

	// SetClock sets what the ledger's clock says from now on; optional.
	SetClock func(time.Time)
	// Reopen closes the ledger and opens it again; optional.
	Reopen func() ledger.Ledger
	// QueueLimit is after how many unanswered transactions further ones are answered
	// Unavailable; optional.
	QueueLimit int
	// OpenGate has the contract's "wait" end where that runs in another process;
	// optional.
	OpenGate func()
	// Each is how many transactions each of 64 writers makes that all change one
	// thing; 0 means 25. A ledger that takes a block for each has fewer.
	Each int
}

// Run runs the suite. open gives an empty ledger with the contracts; it cleans up
// by itself.
func Run(t *testing.T, open func(t *testing.T, contracts ...ledger.Contract) Fixture) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"Order", testOrder},
		{"Idempotent", testIdempotent},
		{"IdempotentTogether", testIdempotentTogether},
		{"IdempotentAfterExpiry", testIdempotentAfterExpiry},
		{"IdempotentAfterReopen", testIdempotentAfterReopen},
		{"RefusedLeavesNoTrace", testRefusedLeavesNoTrace},
		{"Altered", testAltered},
		{"Expiry", testExpiry},
		{"ReadOwnWrites", testReadOwnWrites},
		{"Errors", testErrors},
		{"RecordTime", testRecordTime},
		{"Rules", testRules},
		{"GenesisInState", testGenesisInState},
		{"Entries", testEntries},
		{"EntriesStop", testEntriesStop},
		{"Wait", testWait},
		{"Find", testFind},
		{"Proofs", testProofs},
		{"Checkpoint", testCheckpoint},
		{"ManyWriters", testManyWriters},
		{"Backpressure", testBackpressure},
		{"Context", testContext},
		{"Reopen", testReopen},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &bench{key: NewKey(t), gate: make(chan struct{})}
			b.Fixture = open(t, Contract{Gate: b.gate})
			b.register = b.Ledger.Genesis().Register()
			c.test(t, b)
		})
	}
}

// bench is what a case works on.
type bench struct {
	Fixture
	key      *ecdsa.PrivateKey
	register ledger.Hash
	gate     chan struct{}
}

func (b *bench) sign(t testing.TB, action string, items ...string) ledger.Tx {
	t.Helper()
	return Sign(t, b.register, b.key, Name, action, items...)
}

func (b *bench) send(tx ledger.Tx) (*ledger.Entry, error) {
	return b.Ledger.Submit(context.Background(), tx)
}

// must submits what has to be accepted.
func (b *bench) must(t testing.TB, action string, items ...string) *ledger.Entry {
	t.Helper()
	e, err := b.send(b.sign(t, action, items...))
	if err != nil {
		t.Fatalf("%s %q: %v", action, items, err)
	}
	return e
}

// refused submits what has to be refused, and checks that nothing was written.
func (b *bench) refused(t testing.TB, tx ledger.Tx, code ledger.Code, field string) {
	t.Helper()
	size := b.Ledger.Size()
	e, err := b.send(tx)
	if err == nil {
		t.Fatalf("entry %d was accepted", e.Index)
	}
	b.isError(t, err, code, field)
	if e != nil || b.Ledger.Size() != size {
		t.Errorf("a refused transaction left an entry")
	}
}

func (b *bench) isError(t testing.TB, err error, code ledger.Code, field string) {
	t.Helper()
	e := asError(err)
	if e == nil {
		t.Fatalf("%v is not an *Error", err)
	}
	if e.Code != code || e.Field != field {
		t.Errorf("%s at %q, want %s at %q: %v", e.Code, e.Field, code, field, err)
	}
}

// value reads a key by a transaction.
func (b *bench) value(t testing.TB, key string) string {
	t.Helper()
	return string(b.must(t, "get", key).Outcome)
}

// all reads every entry from an index on.
func (b *bench) all(t testing.TB, from uint64) []*ledger.Entry {
	t.Helper()
	var es []*ledger.Entry
	for e, err := range b.Ledger.Entries(context.Background(), from) {
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, e)
	}
	return es
}

// same checks that two entries are equal in everything.
func same(t testing.TB, got, want *ledger.Entry) {
	t.Helper()
	a, b := *got, *want
	if len(a.Outcome) == 0 && len(b.Outcome) == 0 {
		a.Outcome, b.Outcome = nil, nil
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("entry %+v\nwant  %+v", a, b)
	}
}
