package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// BenchmarkApply indexes entries of one event each: a lot that is made, in a place,
// with a balance.
func BenchmarkApply(b *testing.B) {
	bk := newBook("bench")
	for i := range b.N {
		f := commission(i, ledger.Public, lot(i), kg(100))
		f.Location, f.Disposition = &place, "active"
		bk.capture(coop, f, trace.EventOutcome{Balances: []trace.Balance{{ID: lot(i), Holder: coop.String(), Quantity: *kg(100)}}})
	}
	x := openAt(b, b.TempDir(), func(c *Config) { c.Memory = 0 })
	defer x.Close()
	b.ReportAllocs()
	b.ResetTimer()
	follow(b, x, bk)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkApplyTransformations indexes entries of one event each that makes a lot
// of one other.
func BenchmarkApplyTransformations(b *testing.B) {
	bk := newBook("bench")
	for i := range b.N {
		f, out := transform(i, ledger.Public, lot(i+1), lot(i/2))
		bk.capture(coop, f, out)
	}
	x := openAt(b, b.TempDir(), func(c *Config) { c.Memory = 0 })
	defer x.Close()
	b.ReportAllocs()
	b.ResetTimer()
	follow(b, x, bk)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// forest is a ledger of trees with 1,000 edges each: a root made of 10 lots, each of
// these of 99.
func forest(trees int) *book {
	bk := newBook("forest")
	n := 0
	for tree := range trees {
		base := tree * 10_000
		var mids []trace.ID
		for m := range 10 {
			var from []trace.ID
			for leaf := range 99 {
				from = append(from, lot(base+100+m*100+leaf))
			}
			mid := lot(base + 1 + m)
			mids = append(mids, mid)
			f, out := transform(n, ledger.Public, mid, from...)
			bk.capture(coop, f, out)
			n++
		}
		f, out := transform(n, ledger.Public, lot(base), mids...)
		bk.capture(coop, f, out)
		n++
	}
	return bk
}

// BenchmarkTrace follows 1,001 nodes upward among 1,000,000 and among 10,000,000 edges
// that were all followed before.
func BenchmarkTrace(b *testing.B) {
	if testing.Short() {
		b.Skip("makes millions of edges")
	}
	for _, trees := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("edges=%d", trees*1000), func(b *testing.B) {
			x := openAt(b, b.TempDir(), func(c *Config) { c.Memory = 0 })
			defer x.Close()
			follow(b, x, forest(trees))
			trace := func(b *testing.B, tree int, details bool) {
				g, err := x.Trace(context.Background(), anybody, lot(tree*10_000), Up, Limits{Details: details})
				if err != nil || len(g.Nodes) != 1001 || len(g.Edges) != 1000 {
					b.Fatal(len(g.Nodes), len(g.Edges), err)
				}
			}
			for tree := range trees {
				trace(b, tree, false)
			}
			for _, details := range []bool{false, true} { // details read several keys a node
				b.Run(fmt.Sprintf("details=%v", details), func(b *testing.B) {
					for b.Loop() {
						trace(b, rand.IntN(trees), details)
					}
				})
			}
		})
	}
}

// BenchmarkReads looks up events and passports among 100,000.
func BenchmarkReads(b *testing.B) {
	const n = 100_000
	bk, p := province()
	for i := range n / 4 {
		bk.capture(coop, commission(1000+4*i, ledger.Public, lot(1000+2*i), kg(100)), trace.EventOutcome{})
		f, out := transform(1001+4*i, ledger.Public, lot(1001+2*i), lot(1000+2*i))
		bk.capture(packer, f, out)
		for k, step := range []string{trace.StepShipping, trace.StepReceiving} {
			f := fact(1002+4*i+k, ledger.Public, step)
			f.Objects = []trace.Stock{{ID: lot(1001 + 2*i), Quantity: kg(5)}}
			bk.capture(packer, f, trace.EventOutcome{})
		}
	}
	x := openAt(b, b.TempDir(), withPayloads(p), func(c *Config) { c.Memory = 0 })
	defer x.Close()
	follow(b, x, bk)
	ctx := context.Background()
	b.Run("Event", func(b *testing.B) {
		for b.Loop() {
			must(x.Event(ctx, anybody, fact(1000+rand.IntN(n), "", "").Event))
		}
	})
	b.Run("Known", func(b *testing.B) {
		for b.Loop() {
			x.Known(ctx, fact(2_000_000+rand.IntN(n), "", "").Event)
		}
	})
	b.Run("Passport", func(b *testing.B) {
		for b.Loop() {
			if page := must(x.Passport(ctx, anybody, lot(1001+2*rand.IntN(n/4)))); len(page.Journey) != 4 {
				b.Fatal(len(page.Journey))
			}
		}
	})
	b.Run("Changed", func(b *testing.B) {
		page := must(x.Passport(ctx, anybody, lot(1001)))
		for b.Loop() {
			if x.Changed(page.DependsOn, page.Height) {
				b.Fatal("changed")
			}
		}
	})
}

// BenchmarkHoldings pages and searches a list of 100,000 lots.
func BenchmarkHoldings(b *testing.B) {
	const n = 100_000
	bk := newBook("bench")
	for i := range n {
		bk.capture(coop, commission(i, ledger.Parties, lot(i), kg(100)), trace.EventOutcome{Balances: []trace.Balance{{ID: lot(i), Holder: coop.String(), Quantity: *kg(100)}}})
	}
	x := openAt(b, b.TempDir(), func(c *Config) { c.Memory = 0 })
	defer x.Close()
	follow(b, x, bk)
	read := func(b *testing.B, match func(trace.ID) bool, want int) {
		for b.Loop() {
			list, _, err := x.Holdings(context.Background(), of(coop), coop, Held, match, Page{Limit: 30})
			if err != nil || len(list) != want {
				b.Fatal(len(list), err)
			}
		}
	}
	b.Run("first", func(b *testing.B) { read(b, nil, 30) })
	b.Run("search", func(b *testing.B) { read(b, func(id trace.ID) bool { return id == lot(17) }, 1) })
}
