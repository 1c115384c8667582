package ledgertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/sogoc/sogoc/ledger"
)

func asError(err error) *ledger.Error {
	var e *ledger.Error
	errors.As(err, &e)
	return e
}

func testOrder(t *testing.T, b *bench) {
	if b.Ledger.Size() != 0 {
		t.Fatal("the ledger is not empty")
	}
	var last *ledger.Entry
	for i := range uint64(20) {
		tx := b.sign(t, "put", fmt.Sprintf("k%d=v", i))
		e, err := b.send(tx)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Index != i:
			t.Errorf("index %d, want %d", e.Index, i)
		case b.Ledger.Size() != i+1:
			t.Errorf("size %d after entry %d", b.Ledger.Size(), i)
		case e.ID != tx.ID(b.register) || e.Signer != ledger.AddressOf(&b.key.PublicKey):
			t.Errorf("entry %d has another identifier or signer", i)
		case e.Tx.Header != tx.Header || e.Tx.Signature != tx.Signature:
			t.Errorf("entry %d has another header or signature", i)
		case e.Rules != 1 || string(e.Outcome) != "v":
			t.Errorf("entry %d: rules %d, outcome %q", i, e.Rules, e.Outcome)
		case last != nil && (e.Time < last.Time || e.Block < last.Block):
			t.Errorf("entry %d is before its predecessor", i)
		}
		last = e
	}
}

func testIdempotent(t *testing.T, b *bench) {
	tx := b.sign(t, "bump", "n")
	first, err := b.send(tx)
	if err != nil {
		t.Fatal(err)
	}
	b.must(t, "bump", "n")
	again, err := b.send(tx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, first)
	if v := b.value(t, "n"); v != "2" {
		t.Errorf("n is %s: it was executed twice", v)
	}
}

func testIdempotentTogether(t *testing.T, b *bench) {
	for round := range 20 {
		key := fmt.Sprintf("n%d", round)
		tx := b.sign(t, "bump", key)
		entries := make([]*ledger.Entry, 16)
		var wg sync.WaitGroup
		for i := range entries {
			wg.Go(func() {
				var err error
				if entries[i], err = b.send(tx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		for _, e := range entries {
			same(t, e, entries[0])
		}
		if v := b.value(t, key); v != "1" {
			t.Errorf("%s is %s", key, v)
		}
	}
}

func testIdempotentAfterExpiry(t *testing.T, b *bench) {
	if b.SetClock == nil {
		t.Skip("the ledger's clock cannot be set")
	}
	tx := b.sign(t, "bump", "n")
	first, err := b.send(tx)
	if err != nil {
		t.Fatal(err)
	}
	b.SetClock(time.Now().Add(48 * time.Hour))
	again, err := b.send(tx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, first)
	b.refused(t, b.sign(t, "bump", "n"), ledger.Invalid, "expiry")
}

func testIdempotentAfterReopen(t *testing.T, b *bench) {
	if b.Reopen == nil {
		t.Skip("the ledger cannot be opened again")
	}
	tx := b.sign(t, "bump", "n")
	first, err := b.send(tx)
	if err != nil {
		t.Fatal(err)
	}
	b.Ledger = b.Reopen()
	again, err := b.send(tx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, first)
	if v := b.value(t, "n"); v != "1" {
		t.Errorf("n is %s", v)
	}
}

func testRefusedLeavesNoTrace(t *testing.T, b *bench) {
	b.must(t, "put", "before=1")
	tx := b.sign(t, "fail", "conflict key no")
	b.refused(t, tx, ledger.Conflict, "key")
	b.refused(t, b.sign(t, "break", "x"), ledger.Internal, "")
	b.refused(t, b.sign(t, "panic", "x"), ledger.Internal, "")
	b.refused(t, b.sign(t, "move", "- a 5", "b c 1"), ledger.Conflict, "b")
	for _, key := range []string{"left-behind", "a"} {
		if v := b.value(t, key); v != "" {
			t.Errorf("%s is %q", key, v)
		}
	}
	if _, err := b.Ledger.Find(context.Background(), tx.ID(b.register)); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a refused transaction is found: %v", err)
	}
	// What was refused may be sent again, and accepted when the reason is gone.
	tx = b.sign(t, "move", "a z 5")
	b.refused(t, tx, ledger.Conflict, "a")
	b.must(t, "move", "- a 5")
	if _, err := b.send(tx); err != nil {
		t.Errorf("after the reason was gone: %v", err)
	}
	if v := b.value(t, "z"); v != "5" {
		t.Errorf("z is %q", v)
	}
}

func testAltered(t *testing.T, b *bench) {
	good := func() ledger.Tx { return b.sign(t, "put", "stolen=1", "other=2") }
	for _, c := range []struct {
		name  string
		alter func(*ledger.Tx)
		code  ledger.Code
		field string
	}{
		{"item changed", func(tx *ledger.Tx) { tx.Items[0].Data = []byte("stolen=9") }, ledger.Invalid, "body"},
		{"salt changed", func(tx *ledger.Tx) { tx.Items[0].Salt[3]++ }, ledger.Invalid, "body"},
		{"item left out", func(tx *ledger.Tx) { tx.Items = tx.Items[:1] }, ledger.Invalid, "body"},
		{"items swapped", func(tx *ledger.Tx) { tx.Items[0], tx.Items[1] = tx.Items[1], tx.Items[0] }, ledger.Invalid, "body"},
		{"no items", func(tx *ledger.Tx) { tx.Items = nil }, ledger.Invalid, "items"},
		{"no summary", func(tx *ledger.Tx) { tx.Header.Summary = "" }, ledger.Invalid, "summary"},
		{"long summary", func(tx *ledger.Tx) { tx.Header.Summary = strings.Repeat("x", ledger.MaxSummary+1) }, ledger.TooLarge, "summary"},
		{"bad contract name", func(tx *ledger.Tx) { tx.Header.Contract = "A" }, ledger.Invalid, "contract"},
		{"bad action name", func(tx *ledger.Tx) { tx.Header.Action = "" }, ledger.Invalid, "action"},
		{"unsigned", func(tx *ledger.Tx) { tx.Signature = ledger.Signature{} }, ledger.Unauthenticated, "signature"},
		{"high s", func(tx *ledger.Tx) { tx.Signature = highS(tx.Signature) }, ledger.Unauthenticated, "signature"},
		{"v without 27", func(tx *ledger.Tx) { tx.Signature[64] -= 27 }, ledger.Unauthenticated, "signature"},
	} {
		tx := good()
		c.alter(&tx)
		t.Run(c.name, func(t *testing.T) { b.refused(t, tx, c.code, c.field) })
	}
	b.refused(t, Sign(t, b.register, b.key, "nothing", "put", "stolen=1"), ledger.Invalid, "contract")

	// A changed header, or a signature for another register, is somebody else's
	// signature: it recovers to another address or to none, never to the signer's.
	signer := ledger.AddressOf(&b.key.PublicKey)
	for name, alter := range map[string]func(*ledger.Tx){
		"action":   func(tx *ledger.Tx) { tx.Header.Action = "delete" },
		"summary":  func(tx *ledger.Tx) { tx.Header.Summary = "another" },
		"nonce":    func(tx *ledger.Tx) { tx.Header.Nonce[0]++ },
		"expiry":   func(tx *ledger.Tx) { tx.Header.Expiry++ },
		"register": func(tx *ledger.Tx) { *tx = Sign(t, ledger.Hash{1}, b.key, Name, "put", "stolen=1") },
	} {
		tx := good()
		alter(&tx)
		if e, err := b.send(tx); err == nil && e.Signer == signer {
			t.Errorf("%s: passes as the signer's", name)
		}
	}
}

// highS is the same signature with s in the upper half.
func highS(sig ledger.Signature) ledger.Signature {
	s := new(big.Int).SetBytes(sig[32:64])
	s.Sub(crypto.S256().Params().N, s).FillBytes(sig[32:64])
	sig[64] ^= 27 ^ 28
	return sig
}

func testExpiry(t *testing.T, b *bench) {
	if b.SetClock == nil {
		t.Skip("the ledger's clock cannot be set")
	}
	now := time.Now().Add(time.Minute).Truncate(time.Second)
	b.SetClock(now)
	until := func(at time.Time) ledger.Tx {
		return SignUntil(t, b.register, b.key, at, Name, "put", "k=v")
	}
	b.refused(t, until(now.Add(-time.Second)), ledger.Invalid, "expiry")
	b.refused(t, until(now.Add(ledger.MaxExpiry+time.Second)), ledger.Invalid, "expiry")
	never := b.sign(t, "put", "k=v")
	never.Header.Expiry = 1<<64 - 1
	b.refused(t, never, ledger.Invalid, "expiry")
	never.Header.Expiry = 0
	b.refused(t, never, ledger.Invalid, "expiry")
	for _, at := range []time.Time{now, now.Add(ledger.MaxExpiry)} {
		if _, err := b.send(until(at)); err != nil {
			t.Errorf("expiry %v at %v: %v", at, now, err)
		}
	}
	b.SetClock(now.Add(time.Millisecond))
	b.refused(t, until(now), ledger.Invalid, "expiry")
}

func testReadOwnWrites(t *testing.T, b *bench) {
	if e := b.must(t, "bump", "n", "n", "n"); string(e.Outcome) != "3" {
		t.Errorf("three times 1 is %s", e.Outcome)
	}
	if e := b.must(t, "bump", "n"); string(e.Outcome) != "4" {
		t.Errorf("and once more is %s", e.Outcome)
	}
	b.must(t, "put", "a=1")
	b.must(t, "delete", "a")
	if v := b.value(t, "a"); v != "" {
		t.Errorf("a deleted key reads %q", v)
	}
	b.must(t, "move", "- x 10", "x y 4", "y z 4")
	for key, want := range map[string]string{"x": "6", "y": "0", "z": "4"} {
		if v := b.value(t, key); v != want {
			t.Errorf("%s is %s, want %s", key, v, want)
		}
	}
}

func testErrors(t *testing.T, b *bench) {
	for _, code := range []ledger.Code{
		ledger.Invalid, ledger.Unauthenticated, ledger.Forbidden, ledger.NotFound, ledger.Conflict, ledger.TooLarge,
	} {
		_, err := b.send(b.sign(t, "fail", string(code)+" item[3].field a sentence: with, signs"))
		e := asError(err)
		if e == nil || e.Code != code || e.Field != "item[3].field" || e.Message != "a sentence: with, signs" {
			t.Errorf("%s came back as %#v", code, err)
		}
	}
	for _, action := range []string{"break", "panic"} {
		_, err := b.send(b.sign(t, action, "a secret cause"))
		e := asError(err)
		if e == nil || e.Code != ledger.Internal || strings.Contains(e.Message, "secret") {
			t.Errorf("%s came back as %#v", action, err)
		}
	}
	b.must(t, "put", "still=alive")
}

func testRecordTime(t *testing.T, b *bench) {
	if b.SetClock == nil {
		t.Skip("the ledger's clock cannot be set")
	}
	now := time.Now().Truncate(time.Millisecond)
	var last ledger.Time
	for _, jump := range []time.Duration{0, time.Second, -time.Minute, -time.Hour, 2 * time.Second, 0} {
		b.SetClock(now.Add(jump))
		e := b.must(t, "put", "k=v")
		if want := max(last, ledger.TimeOf(now.Add(jump))); e.Time != want {
			t.Errorf("record time %v, want %v", e.Time, want)
		}
		last = e.Time
	}
	if b.Reopen == nil {
		return
	}
	b.Ledger = b.Reopen()
	b.SetClock(now.Add(-time.Hour))
	if e := b.must(t, "put", "k=v"); e.Time != last {
		t.Errorf("after opening again the record time is %v, before it was %v", e.Time, last)
	}
}

func testRules(t *testing.T, b *bench) {
	for i, want := range []uint32{1, 1, 2, 2, 12} {
		action, item := "put", "k=v"
		switch i {
		case 1:
			action, item = "rules", "2"
		case 3:
			action, item = "rules", "12"
		}
		if e := b.must(t, action, item); e.Rules != want {
			t.Errorf("transaction %d ran under rules %d, want %d", i, e.Rules, want)
		}
	}
	if e := b.must(t, "emit", "x"); !strings.Contains(string(e.Outcome), " 12 emit ") {
		t.Errorf("the contract was told %s", e.Outcome)
	}
}

func testGenesisInState(t *testing.T, b *bench) {
	if v := b.value(t, ledger.GenesisKey); v != string(b.Ledger.Genesis().Encode()) {
		t.Errorf("a contract reads the genesis as %q", v)
	}
}

func testManyWriters(t *testing.T, b *bench) {
	const writers = 64
	each := cmp.Or(b.Each, 25)
	b.must(t, "move", fmt.Sprintf("- pot %d", writers*each))
	txs := make([][]ledger.Tx, writers)
	for w := range txs {
		for range each {
			txs[w] = append(txs[w], b.sign(t, "move", fmt.Sprintf("pot own%d 1", w)))
		}
	}
	var mu sync.Mutex
	seen := map[uint64]*ledger.Entry{}
	var wg sync.WaitGroup
	for w := range txs {
		wg.Go(func() {
			last := uint64(0)
			for _, tx := range txs[w] {
				e, err := b.send(tx)
				if err != nil {
					t.Error(err)
					return
				}
				if e.Index <= last {
					t.Errorf("entry %d after entry %d", e.Index, last)
				}
				last = e.Index
				mu.Lock()
				seen[e.Index] = e
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	es := b.all(t, 1)
	if len(seen) != writers*each || len(es) != writers*each {
		t.Fatalf("%d answers and %d entries for %d transactions", len(seen), len(es), writers*each)
	}
	for _, e := range es {
		same(t, e, seen[e.Index])
	}
	if v := b.value(t, "pot"); v != "0" {
		t.Errorf("the pot has %s", v)
	}
	if v := b.value(t, "own63"); v != fmt.Sprint(each) {
		t.Errorf("writer 63 has %s", v)
	}
}

func testBackpressure(t *testing.T, b *bench) {
	if b.QueueLimit == 0 {
		t.Skip("the ledger's queue has no limit that is known")
	}
	b.must(t, "put", "first=1") // those that found a register may have to wait for each other
	var txs []ledger.Tx
	for range 2 * b.QueueLimit {
		txs = append(txs, b.sign(t, "wait", "x"))
	}
	answers := make(chan error, len(txs))
	for _, tx := range txs {
		go func() { _, err := b.send(tx); answers <- err }()
	}
	// As many as there are places wait at the gate; the others are told so at once.
	for i := range b.QueueLimit {
		select {
		case err := <-answers:
			b.isError(t, err, ledger.Unavailable, "")
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d that are too many were told so", i, b.QueueLimit)
		}
	}
	over := b.sign(t, "put", "over=1")
	b.refused(t, over, ledger.Unavailable, "")
	close(b.gate)
	if b.OpenGate != nil {
		b.OpenGate()
	}
	for range b.QueueLimit {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if _, err := b.send(over); err != nil {
		t.Errorf("after the queue was empty: %v", err)
	}
}

func testContext(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tx := b.sign(t, "bump", "n")
	if _, err := b.Ledger.Submit(ctx, tx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	// Whether it was ordered or not, sending again is safe.
	if _, err := b.send(tx); err != nil {
		t.Fatal(err)
	}
	if v := b.value(t, "n"); v != "1" {
		t.Errorf("n is %s", v)
	}
}
