package office

import (
	"math/big"
	"slices"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestPriceRows: a row stands for enough sellers of whom none sold most of it; what is too
// few goes to the other communes, and is left out where that is too few still.
func TestPriceRows(t *testing.T) {
	p := prices{}
	sell := func(week, commune, name string, unit trace.Unit, seller byte, price, amount int64) {
		t.Helper()
		one := sale{ledger.ID{seller}, big.NewRat(price, 1), big.NewRat(amount, 1)}
		if err := p.add(priceOf{week: week, commune: commune, unit: unit}, name, one); err != nil {
			t.Fatal(err)
		}
	}
	// Three in one commune; one of them counts in tonnes, and one in other letters.
	sell("2026-W23", "07234", "Vải thiều", "KGM", 1, 24_500, 50)
	sell("2026-W23", "07234", "vai thieu", "KGM", 2, 26_000, 100)
	sell("2026-W23", "07234", "Vải thiều", "TNE", 3, 31_200_000, 0)
	p[priceOf{"2026-W23", "07234", "vai thieu", "KGM"}].sales[2].amount.SetInt64(150)
	// The same by the piece is another row, of one seller alone.
	sell("2026-W23", "07234", "Vải thiều", "", 1, 150_000, 3)
	// Two here and one there make three together, but most of it is one's.
	sell("2026-W24", "07234", "Vải thiều", "KGM", 1, 24_000, 10)
	sell("2026-W24", "07234", "Vải thiều", "KGM", 2, 25_000, 10)
	sell("2026-W24", "07240", "Vải thiều", "KGM", 3, 40_000, 90)
	// Many sales of two sellers are of two sellers.
	for range 9 {
		sell("2026-W25", "07234", "Vải thiều", "KGM", 1, 24_000, 10)
		sell("2026-W25", "07234", "Vải thiều", "KGM", 2, 25_000, 10)
	}
	// Two here, one there and one where nobody said.
	sell("2026-W26", "07234", "Vải thiều", "KGM", 1, 9_940, 10)
	sell("2026-W26", "07234", "Vải thiều", "KGM", 2, 9_960, 10)
	sell("2026-W26", "07240", "Vải thiều", "KGM", 3, 99, 10)
	sell("2026-W26", otherCommunes, "Vải thiều", "KGM", 4, 10_040, 10)

	rows, left := p.rows()
	want := []PriceRow{
		{"2026-W23", "07234", "Vải thiều", "KGM", 3, 3, 25_000, 26_000, 31_000, 28_000},
		{"2026-W26", otherCommunes, "Vải thiều", "KGM", 4, 4, 99, 10_000, 10_000, 7_500},
	}
	if !slices.Equal(rows, want) || left != 3 {
		t.Errorf("%+v, %d left, want %+v", rows, left, want)
	}
}
