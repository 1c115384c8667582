package node_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/cmd/internal/bench"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/capture"
)

// bookkeeper is a co-op at a node that records as fast as it can.
type bookkeeper struct{ *bench.Coop }

func startBench(b *testing.B) *bookkeeper {
	b.Helper()
	return startBenchOn(b, node.Config{Data: b.TempDir()})
}

func startBenchOn(b *testing.B, c node.Config) *bookkeeper {
	b.Helper()
	c.Listen, c.PublicURL, c.Log = "localhost:0", "https://sogoc.example", slog.New(slog.NewTextHandler(io.Discard, nil))
	n, err := node.Start(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := n.Close(); err != nil {
			b.Error(err)
		}
	})
	coop, err := bench.Admit(b.Context(), n)
	if err != nil {
		b.Fatal(err)
	}
	return &bookkeeper{coop}
}

// prepare makes and signs n events, of 1.5 KB each.
func (f *bookkeeper) prepare(b *testing.B, n int) []bench.Write {
	b.Helper()
	const signers = 2
	list := make([]bench.Write, n)
	var wg sync.WaitGroup
	for first := range signers {
		wg.Go(func() {
			for i := first; i < n; i += signers {
				var err error
				if list[i], err = f.Prepare(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return list
}

// recordAll records writes from as many goroutines, and waits for the index.
func (f *bookkeeper) recordAll(b *testing.B, list []bench.Write, writers int) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if err := f.Record(b.Context(), list[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := f.Index.Wait(b.Context(), f.Ledger.Size()); err != nil {
		b.Fatal(err)
	}
}

// checks is how many transactions all cores check a second, when they do nothing
// else: what no ledger of signed events can be faster than, and the measure of the
// machine by which figures of two machines compare.
func (f *bookkeeper) checks(b *testing.B, list []bench.Write) float64 {
	b.Helper()
	const most = 10_000
	list = list[:min(most, len(list))]
	cores := runtime.GOMAXPROCS(0)
	began := time.Now()
	var wg sync.WaitGroup
	for first := range cores {
		wg.Go(func() {
			for i := first; i < len(list); i += cores {
				if _, _, err := list[i].Tx.Check(f.Trust.Register); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(len(list)) / time.Since(began).Seconds()
}

// BenchmarkEvents records single events that were signed beforehand: each payload
// is on disk before its transaction is submitted, each transaction when it is
// answered, and all are indexed at the end. It tells also which part that is of the
// signatures that the machine can check.
func BenchmarkEvents(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			f := startBench(b)
			list := f.prepare(b, b.N)
			b.ReportAllocs()
			b.ResetTimer()
			f.recordAll(b, list, writers)
			b.StopTimer()
			rate, checks := float64(b.N)/b.Elapsed().Seconds(), f.checks(b, list)
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(checks, "checks/s")
			b.ReportMetric(rate/checks, "of-checks")
		})
	}
}

// BenchmarkDocument100 captures EPCIS documents of 100 events each, four at a
// time: they are decoded, checked, stored, signed, recorded and indexed.
func BenchmarkDocument100(b *testing.B) { startBench(b).documents(b) }

func (f *bookkeeper) documents(b *testing.B) {
	const size = 100
	documents := make([][]byte, b.N)
	for i := range documents {
		events := make([]any, size)
		for k := range events {
			event, _, err := f.Event(0)
			if err != nil {
				b.Fatal(err)
			}
			events[k] = event
		}
		var err error
		if documents[i], err = bench.Document(events...); err != nil {
			b.Fatal(err)
		}
	}
	var next atomic.Int64
	b.SetBytes(int64(len(documents[0])))
	b.SetParallelism(2) // times GOMAXPROCS, which is 2 where this is measured
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := f.Capture.Document(b.Context(), f.Sign, documents[next.Add(1)-1], false, capture.Terms{Audience: ledger.Public})
			if err != nil || len(r.Events) != size {
				b.Error(len(r.Events), err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(size*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// scanned is how many codes are looked at in turn.
const scanned = 500

// BenchmarkPassportPage and BenchmarkPassportJSON open what a scanned code leads
// to, as the handler answers it and through a connection of this machine. Every
// page was rendered before.
func BenchmarkPassportPage(b *testing.B) { passports(b, "") }

func BenchmarkPassportJSON(b *testing.B) { passports(b, "?format=json") }

func passports(b *testing.B, query string) { startBench(b).passports(b, query) }

func (f *bookkeeper) passports(b *testing.B, query string) {
	list := f.prepare(b, scanned)
	f.recordAll(b, list, 64)
	paths := make([]string, len(list))
	for i, w := range list {
		paths[i] = w.Lot.Path() + query
		f.answer(b, paths[i])
	}
	b.Run("handler", func(b *testing.B) {
		var next atomic.Int64
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				f.answer(b, paths[int(next.Add(1))%len(paths)])
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	})
	b.Run("http", func(b *testing.B) {
		ctx, stop := context.WithCancel(b.Context())
		served := make(chan error, 1)
		srv := &http.Server{Handler: f.Handler()}
		l := listen(b)
		go func() { served <- srv.Serve(l) }()
		defer func() {
			stop()
			srv.Close()
			<-served
		}()
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
		base := "http://" + l.Addr().String()
		var next atomic.Int64
		b.SetParallelism(8)
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := fetch(ctx, client, base+paths[int(next.Add(1))%len(paths)]); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	})
}

// answer calls the handler.
func (f *bookkeeper) answer(b *testing.B, path string) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	if err != nil {
		b.Error(err)
		return
	}
	w := discard{header: http.Header{}}
	f.Handler().ServeHTTP(&w, r)
	if w.status != http.StatusOK || w.size < 200 {
		b.Errorf("%s: status %d, %d bytes", path, w.status, w.size)
	}
}
