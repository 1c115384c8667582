package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger/content"
)

// BenchmarkPut stores distinct payloads of 1.5 KB, each durable when its Put
// returns.
func BenchmarkPut(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		for _, sealed := range []bool{false, true} {
			b.Run(fmt.Sprintf("writers=%d/sealed=%v", writers, sealed), func(b *testing.B) {
				s := open(b, Config{Dir: b.TempDir()})
				base := bytesOf(1, 1500)
				var n atomic.Uint64
				b.SetParallelism((writers + 1) / 2) // times GOMAXPROCS, which is 2 where this is measured
				b.SetBytes(int64(len(base)))
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					p := bytes.Clone(base)
					for pb.Next() {
						binary.BigEndian.PutUint64(p, n.Add(1))
						if _, err := s.Put(context.Background(), bytes.NewReader(p), content.Options{Sealed: sealed}); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
			})
		}
	}
}

// BenchmarkPutAll stores documents of 100 payloads of 1.5 KB.
func BenchmarkPutAll(b *testing.B) {
	s := open(b, Config{Dir: b.TempDir()})
	n := uint64(0)
	for b.Loop() {
		payloads := make([][]byte, 100)
		for i := range payloads {
			payloads[i] = bytesOf(1, 1500)
			n++
			binary.BigEndian.PutUint64(payloads[i], n)
		}
		if _, err := s.PutAll(b.Context(), payloads); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "payloads/s")
}

// BenchmarkPutLarge stores 16 MiB.
func BenchmarkPutLarge(b *testing.B) {
	s := open(b, Config{Dir: b.TempDir()})
	p := bytesOf(1, 16<<20)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		put(b, s, p, content.Options{})
	}
}

// BenchmarkOpen reads payloads of 1.5 KB among 20,000.
func BenchmarkOpen(b *testing.B) {
	s := open(b, Config{Dir: b.TempDir()})
	payloads := make([][]byte, 20_000)
	for i := range payloads {
		payloads[i] = bytesOf(i, 1500)
	}
	cids, err := s.PutAll(b.Context(), payloads)
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Uint64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var c cid.Cid = cids[n.Add(7919)%uint64(len(cids))]
			if _, _, err := s.Open(context.Background(), c); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
