package node_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace/index"
)

// BenchmarkDirectory opens the lists of a co-op that described 100,000 plots and as many
// products, and searches them for the first ones, which come last, by name and by code of
// before, and for one that there is not. Names are what it takes to read all names once,
// as a node does after it started.
func BenchmarkDirectory(b *testing.B) {
	const many = 100_000
	s := newSite(b)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.Roles...)
	var group errgroup.Group
	group.SetLimit(16) // what waits for the disk waits together
	plots, products := profilesOf(many, "Thửa đồi số %d"), profilesOf(many, "Vải sấy số %d")
	for n := 0; n < many; n += 500 {
		group.Go(func() error { s.plant(coop, plots[n:n+500]...); return nil })
		group.Go(func() error { s.stock(coop, products[n:n+500]...); return nil })
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	if err := s.Index.Wait(b.Context(), s.Ledger.Size()); err != nil {
		b.Fatal(err)
	}
	me := index.Viewer{Org: coop.org}
	b.Run("names", func(b *testing.B) {
		before := processorTime(b)
		for b.Loop() {
			s.Index.Forget()
			if _, err := s.Index.FindPlaces(b.Context(), me, coop.org, index.Search{}, index.Page{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric((processorTime(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	})
	if _, err := s.Index.FindProducts(b.Context(), me, coop.org, index.Search{}, index.Page{}); err != nil {
		b.Fatal(err)
	}
	middle, err := s.Index.FindPlaces(b.Context(), me, coop.org, index.Search{}, index.Page{Limit: 1000})
	if err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{
		"plots": "/plots", "plots-next": "/plots?token=" + middle.Next, "plots-name": "/plots?q=thua+doi+so+77777", "plots-many": "/plots?q=%C4%91%E1%BB%93i",
		"plots-old": "/plots?q=HTX%2F0001", "plots-none": "/plots?q=khong+co", "crop-form": "/crops/new", "plot-form": "/plots/new",
		"products": "/products", "products-name": "/products?q=v%E1%BA%A3i+77777", "products-old": "/products?q=HTX%2F0001", "products-none": "/products?q=khong+co",
		"harvest-form": "/batches/new", "labels": "/labels",
	} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				s.must(hoa.get(path), http.StatusOK)
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// processorTime is what the process has used, which other work on the machine does not
// change as it changes how long things take.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
