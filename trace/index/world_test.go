package index

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"sync"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// book is a ledger whose entries the tests write.
type book struct {
	mu      sync.Mutex
	genesis ledger.Genesis
	entries []*ledger.Entry
	grown   chan struct{}
}

func newBook(name string) *book {
	return &book{genesis: ledger.Genesis{Format: ledger.GenesisFormat, Name: name}, grown: make(chan struct{})}
}

func (b *book) Genesis() ledger.Genesis { return b.genesis }

func (b *book) Size() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return uint64(len(b.entries))
}

func (b *book) Wait(ctx context.Context, size uint64) error {
	for {
		b.mu.Lock()
		n, ch := uint64(len(b.entries)), b.grown
		b.mu.Unlock()
		if n >= size {
			return nil
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *book) Entries(_ context.Context, index uint64) iter.Seq2[*ledger.Entry, error] {
	b.mu.Lock()
	list := b.entries
	b.mu.Unlock()
	return func(yield func(*ledger.Entry, error) bool) {
		for _, e := range list[min(index, uint64(len(list))):] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (b *book) Find(context.Context, ledger.TxID) (uint64, error) {
	return 0, ledger.Errorf(ledger.NotFound, "not here")
}

// write appends an entry, one second of record time after the last.
func (b *book) write(contract, action string, outcome any, items ...any) uint64 {
	out, err := json.Marshal(outcome)
	if err != nil {
		panic(err)
	}
	e := &ledger.Entry{Outcome: out, Signer: ledger.Address{1}}
	e.Tx.Header = ledger.Header{Contract: contract, Action: action, Summary: "test"}
	for _, it := range items {
		e.Tx.Items = append(e.Tx.Items, ledger.Item{Data: trace.Encode(it)})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e.Index = uint64(len(b.entries))
	e.Time = recordTime(e.Index)
	b.entries = append(b.entries, e)
	close(b.grown)
	b.grown = make(chan struct{})
	return e.Index
}

func recordTime(entry uint64) ledger.Time { return ledger.Time(1_780_000_000_000 + int64(entry)*1000) }

// directory and capture write what the contracts would have answered.
func (b *book) directory(org ledger.ID, action string, items ...any) uint64 {
	return b.write(trace.RegistryContract, action, trace.RegistryOutcome{Org: org, Member: member(org)}, items...)
}

func (b *book) capture(org ledger.ID, f trace.Fact, out trace.EventOutcome) uint64 {
	out.Managed = true
	if len(out.Parties) == 0 {
		out.Parties = []ledger.ID{org}
	}
	return b.write(trace.Contract, trace.ActionCapture,
		trace.Outcome{Member: member(org), Org: org, Events: []trace.EventOutcome{out}}, f)
}

// onBehalf is what one organisation records for a member of another.
func (b *book) onBehalf(org, principal ledger.ID, f trace.Fact) uint64 {
	return b.write(trace.Contract, trace.ActionCapture, trace.Outcome{
		Member: member(org), Org: org, OnBehalf: &trace.Principal{Member: member(principal), Org: principal},
		Events: []trace.EventOutcome{{Managed: true, Parties: []ledger.ID{principal}}},
	}, f)
}

func (b *book) recall(org ledger.ID, r trace.Recall) uint64 {
	return b.write(trace.Contract, trace.ActionRecall, trace.Outcome{Org: org}, r)
}

func (b *book) certify(org ledger.ID, c trace.Certificate) uint64 {
	return b.write(trace.Contract, trace.ActionCertify, trace.Outcome{Org: org}, c)
}

func member(org ledger.ID) ledger.ID { org[15] ^= 0xff; return org }

func orgN(n byte) ledger.ID { return ledger.ID{0xaa, n, 1, 2, 3, 4, 5, n} }

var (
	coop    = orgN(1)
	packer  = orgN(2)
	shop    = orgN(3)
	agency  = orgN(4)
	hidden  = orgN(5)
	gtin    = trace.MustID("https://id.gs1.org/01/09521234543213")
	place   = trace.MustID("https://id.gs1.org/414/9521234543206")
	anybody = Viewer{}
)

func lot(n int) trace.ID {
	id, err := gtin.WithLot(fmt.Sprintf("L%d", n))
	if err != nil {
		panic(err)
	}
	return id
}

func kg(n int64) *trace.Quantity {
	q := trace.NewQuantity(n, 0, "KGM")
	return &q
}

// fact is an event of a step at the place; n makes it and its payload unique.
func fact(n int, a ledger.Audience, step string) trace.Fact {
	return trace.Fact{
		Event: fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n), Hash: fmt.Sprintf("ni:///sha-256;%064d?ver=CBV2.0", n),
		Payload: fmt.Sprintf("payload-%d", n), Audience: a, Type: trace.ObjectEvent, Action: trace.Observe, Step: step,
		Time: ledger.Time(1_770_000_000_000 + int64(n)*60_000), Zone: "+07:00", ReadPoint: &place,
	}
}

// commission is an event that makes a lot.
func commission(n int, a ledger.Audience, id trace.ID, q *trace.Quantity) trace.Fact {
	f := fact(n, a, trace.StepCommissioning)
	f.Action, f.Objects = trace.Add, []trace.Stock{{ID: id, Quantity: q}}
	return f
}

// transform is an event that makes one lot of others.
func transform(n int, a ledger.Audience, to trace.ID, from ...trace.ID) (trace.Fact, trace.EventOutcome) {
	f := fact(n, a, "creating_class_instance")
	f.Type, f.Action, f.Outputs = trace.TransformationEvent, "", []trace.Stock{{ID: to, Quantity: kg(5)}}
	var out trace.EventOutcome
	for _, id := range from {
		f.Inputs = append(f.Inputs, trace.Stock{ID: id, Quantity: kg(7)})
		out.Edges = append(out.Edges, trace.Edge{Kind: trace.MadeInto, From: id, To: to, Quantity: kg(7), Made: kg(5)})
	}
	return f, out
}

// payloads is a store of profiles.
type payloads map[string]any

func (p payloads) get(_ context.Context, cid string) ([]byte, error) {
	v, ok := p[cid]
	if !ok {
		return nil, ledger.Errorf(ledger.NotFound, "not here")
	}
	return json.Marshal(v)
}

func openAt(t testing.TB, dir string, change ...func(*Config)) *Index {
	t.Helper()
	cfg := Config{Dir: dir, Payload: payloads{}.get, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Memory: 8 << 20}
	for _, f := range change {
		f(&cfg)
	}
	x, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// follow runs the index over the book until it has everything, and stops it.
func follow(t testing.TB, x *Index, b *book) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx, b) }()
	waited := make(chan error, 1)
	go func() { waited <- x.Wait(ctx, b.Size()) }()
	select {
	case err := <-done:
		t.Fatalf("Run ended: %v", err)
	case err := <-waited:
		if err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Fatalf("Run returned %v", err)
	}
}

// indexed is an index of the book that is closed with the test.
func indexed(t testing.TB, b *book, change ...func(*Config)) *Index {
	t.Helper()
	x := openAt(t, t.TempDir(), change...)
	t.Cleanup(func() { x.Close() })
	follow(t, x, b)
	return x
}

// must is for calls that fail only when the test itself is wrong about them.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func wantCode(t testing.TB, err error, code ledger.Code) {
	t.Helper()
	if err == nil || ledger.CodeOf(err) != code {
		t.Fatalf("error is %v, want %s", err, code)
	}
}
