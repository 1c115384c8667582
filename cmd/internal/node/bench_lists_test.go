package node_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// BenchmarkLists opens the lists of a co-op that has recorded 100,000 lots, and
// searches them for the first one, which comes last, and for one that there is not.
func BenchmarkLists(b *testing.B) {
	const lots, size = 100_000, 1_000
	s := newSite(b)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, hoa := s.member("hoa", coop, ledger.Roles...)
	product := s.product(coop, 1, trace.Text{VI: "Vải thiều", EN: "Lychee"})
	for n := 0; n < lots; n += size {
		events := make([]event, size)
		for i := range events {
			events[i] = s.commission(s.lot(product, fmt.Sprintf("L%06d", n+i)), 10)
		}
		s.recordEvents(coop, ledger.Parties, events...)
	}
	if err := s.Index.Wait(b.Context(), s.Ledger.Size()); err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{
		"batches": "/batches", "batches-first": "/batches?q=vai+L000000", "batches-none": "/batches?q=khong+co",
		"records": "/record/mine", "labels": "/labels", "passport": product.Path(),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.must(hoa.get(path), http.StatusOK)
			}
		})
	}
}
