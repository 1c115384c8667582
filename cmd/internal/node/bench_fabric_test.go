package node_test

import (
	"fmt"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// caughtUp is how many transactions a channel has at least that a new node catches
// up with.
const caughtUp = 2000

// BenchmarkFabric measures a node of one organisation on a channel of two, with one
// orderer, both peers and both chaincode processes on this machine:
//
//   - single events, signed beforehand, from so many clients at a time: each payload
//     is on disk before its transaction is submitted, each transaction in a block
//     that this node has when it is answered;
//   - documents of 100 events, a transaction each, captured four at a time;
//   - the pages that scanned codes lead to;
//   - a new node of the other organisation, from nothing to where the channel is.
func BenchmarkFabric(b *testing.B) {
	n, _ := newNetwork(b)
	f := startBenchOn(b, node.Config{Ledger: node.Fabric, Profile: n.Profile("org1"), Data: b.TempDir()})
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			list := f.prepare(b, b.N)
			b.ResetTimer()
			f.recordAll(b, list, clients)
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
	b.Run("documents", f.documents)
	b.Run("pages", func(b *testing.B) { f.passports(b, "") })
	b.Run("catch-up", func(b *testing.B) {
		if missing := caughtUp - int(f.Ledger.Size()); missing > 0 {
			f.recordAll(b, f.prepare(b, missing), 256)
		}
		size := f.Ledger.Size()
		b.ResetTimer()
		for range b.N {
			late, err := node.Start(b.Context(), node.Config{
				Ledger: node.Fabric, Profile: n.Profile("org2"), Data: b.TempDir(), Listen: "localhost:0", Log: f.Config.Log,
			})
			if err != nil {
				b.Fatal(err)
			}
			if err := late.Index.Wait(b.Context(), size); err != nil { // its peer may be behind
				b.Fatal(err)
			}
			b.StopTimer()
			if err := late.Close(); err != nil {
				b.Error(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(b.N)*float64(size)/b.Elapsed().Seconds(), "transactions/s")
	})
}
