package office

import (
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestHarvestRows: a row stands for enough organisations; those that are too few are put
// together, and left out where that is too few still.
func TestHarvestRows(t *testing.T) {
	kg := func(n int64) trace.Quantity { return trace.NewQuantity(n, 0, "KGM") }
	lychee, pomelo := trace.MustID("https://id.gs1.org/01/09520001000010"), trace.MustID("https://id.gs1.org/01/09520001000027")
	h := harvest{}
	for _, one := range []struct {
		commune string
		product trace.ID
		kg      int64
		grower  byte
	}{
		{"a", lychee, 10, 1}, {"a", lychee, 20, 2}, {"a", lychee, 30, 3}, {"a", lychee, 40, 3}, // three
		{"b", lychee, 1, 4}, {"b", lychee, 2, 5}, {"c", lychee, 3, 6}, // three together
		{"a", pomelo, 5, 1}, {"b", pomelo, 5, 1}, {"c", pomelo, 5, 2}, // two, however often
	} {
		if err := h.add(one.commune, "2026-06", one.product, kg(one.kg), 1, ledger.ID{one.grower}); err != nil {
			t.Fatal(err)
		}
	}
	rows, left, err := h.rows()
	if err != nil || left != 1 || len(rows) != 2 {
		t.Fatalf("%+v, %d left, %v", rows, left, err)
	}
	for i, want := range []HarvestRow{
		{Commune: "a", Month: "2026-06", Product: lychee, Quantity: kg(100), Lots: 4, Growers: 3},
		{Commune: otherCommunes, Month: "2026-06", Product: lychee, Quantity: kg(6), Lots: 3, Growers: 3},
	} {
		if rows[i] != want {
			t.Errorf("%+v, want %+v", rows[i], want)
		}
	}
}
