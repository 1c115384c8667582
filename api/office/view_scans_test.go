package office

import (
	"slices"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestScanRows: a row stands for enough makers; those that are too few are put together,
// by places first and by products then, and left out where that is too few still.
func TestScanRows(t *testing.T) {
	const lychee, pomelo, coconut = "lychee", "pomelo", "coconut"
	code := trace.MustID("https://id.gs1.org/01/09520001000010/10/L1")
	s := scans{}
	for _, one := range []struct {
		month, product string
		maker          byte
		n              int
		cells          map[account.Cell]int
	}{
		{"2026-06", lychee, 1, 10, map[account.Cell]int{"21.3,106.6": 4}},
		{"2026-06", lychee, 2, 5, map[account.Cell]int{"21.3,106.6": 1, "10.3,106.0": 1}},
		{"2026-06", lychee, 3, 2, map[account.Cell]int{"21.3,106.6": 2}},                  // three there, and one elsewhere
		{"2026-06", lychee, 3, 1, map[account.Cell]int{"21.3,106.6": 1, "21.4,106.6": 9}}, // nine were not counted
		{"2026-06", pomelo, 4, 7, nil},
		{"2026-06", pomelo, 5, 7, nil},
		{"2026-06", coconut, 6, 1, nil}, // with those two, and who scanned lychee where nobody said
		{"2026-07", coconut, 6, 30, nil},
	} {
		s.day(one.month, one.product, code, ledger.ID{one.maker}, account.ScanDay{N: one.n, Cells: one.cells})
	}
	rows, left := s.rows()
	want := []ScanRow{
		{"2026-06", "21.3,106.6", lychee, 8, 1, 3},
		{"2026-06", other, other, 25, 1, 5},
	}
	if !slices.Equal(rows, want) || left != 1 {
		t.Errorf("%+v, %d left, want %+v", rows, left, want)
	}
}
