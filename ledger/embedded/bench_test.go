package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
)

// busy reads and writes about as much as recording one event does: 8 reads, of
// which some find nothing, and 6 writes of some 100 bytes.
type busy struct{}

func (busy) Name() string { return "busy" }

func (busy) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	id := c.ID.String()
	value := make([]byte, 100)
	copy(value, c.Items[0])
	for _, key := range []string{"member/" + c.Signer.String(), "org/" + id[:2], "product/" + id[:3], "prefix/" + id[1:3],
		"batch/" + id, "origin/" + id, "recall/" + id, "balance/" + id[:5]} {
		if _, err := s.Get(key); err != nil {
			return nil, err
		}
	}
	for _, key := range []string{"batch/" + id, "origin/" + id, "balance/" + id[:5], "event/" + id, "last/" + id[:4], "org/" + id[:2]} {
		s.Put(key, value)
	}
	return value, nil
}

// BenchmarkSubmit submits transactions that were signed beforehand: each is
// checked, executed and on disk when it is answered.
func BenchmarkSubmit(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			f := newFolder(b)
			f.Contracts = []ledger.Contract{busy{}}
			l := f.open(b)
			defer l.Close()
			txs := make([]ledger.Tx, b.N)
			item := make([]byte, 400)
			var signing sync.WaitGroup
			for half := range 2 {
				signing.Go(func() {
					for i := half; i < len(txs); i += 2 {
						txs[i] = ledgertest.Sign(b, f.register, f.key, "busy", "record", string(item))
					}
				})
			}
			signing.Wait()
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for {
						i := int(next.Add(1)) - 1
						if i >= len(txs) {
							return
						}
						if _, err := l.Submit(ctx, txs[i]); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
		})
	}
}

// filled gives an open ledger of n entries.
func filled(b *testing.B, n int) (*folder, *embedded.Ledger) {
	f := newFolder(b)
	f.Contracts = []ledger.Contract{busy{}}
	l := f.open(b)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range n / 64 {
				tx := ledgertest.Sign(b, f.register, f.key, "busy", "record", "item")
				if _, err := l.Submit(ctx, tx); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return f, l
}

// BenchmarkEntries reads the whole log, as a read model does that is made again.
func BenchmarkEntries(b *testing.B) {
	_, l := filled(b, 6400)
	defer l.Close()
	n := 0
	for b.Loop() {
		for _, err := range l.Entries(ctx, 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkEntry reads single entries, as a receipt does.
func BenchmarkEntry(b *testing.B) {
	_, l := filled(b, 6400)
	defer l.Close()
	for b.Loop() {
		if _, err := l.Entry(ctx, rand.Uint64N(l.Size())); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens a folder, which checks every block.
func BenchmarkOpen(b *testing.B) {
	f, l := filled(b, 6400)
	for b.Loop() {
		closed(b, l)
		start := time.Now()
		l = f.open(b)
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms")
	}
	closed(b, l)
}
