package node_test

import (
	"net/http"
	"testing"

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
	s.plant(coop, profilesOf(many, "Thửa đồi số %d")...)
	s.stock(coop, profilesOf(many, "Vải sấy số %d")...)
	if err := s.Index.Wait(b.Context(), s.Ledger.Size()); err != nil {
		b.Fatal(err)
	}
	me := index.Viewer{Org: coop.org}
	b.Run("names", func(b *testing.B) {
		for b.Loop() {
			s.Index.Forget()
			if _, err := s.Index.FindPlaces(b.Context(), me, coop.org, index.Search{}, index.Page{}); err != nil {
				b.Fatal(err)
			}
		}
	})
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
			for b.Loop() {
				s.must(hoa.get(path), http.StatusOK)
			}
		})
	}
}
