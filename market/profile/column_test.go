package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// TestWhatAColumnIs reads whole columns: what one cell leaves open, the others decide.
func TestWhatAColumnIs(t *testing.T) {
	for _, c := range []struct {
		name, head, cells string
		want              Field
	}{
		{"whole numbers", "so_luong", "3 1 2", Field{Type: Integer, Min: "1", Max: "3"}},
		{"changes", "thay_doi", "-500 +200 0", Field{Type: Integer, Min: "-500", Max: "200"}},
		{"years by their heading", "Năm", "2023 2024 2025", Field{Type: Year, Min: "2023", Max: "2025"}},
		{"no years without it", "so_luong", "2023 2024 2025", Field{Type: Integer, Min: "2023", Max: "2025"}},
		{"codes keep their zeros", "ma_xa", "00123 31234 28765", Field{Type: String}},
		{"decimal point", "kg", "1.5 1.234 2", Field{Type: Number, Min: "1.234", Max: "2"}},
		{"decimal comma", "kg", "1,5 1.234 2", Field{Type: Number, Decimal: ",", Group: ".", Min: "1.5", Max: "1234"}},
		{"dots between thousands", "gia", "98.500 97.000 101.500 900", Field{Type: Integer, Group: ".", Min: "900", Max: "101500"}},
		{"three decimals", "kg", "12.345 1.231 7.117", Field{Type: Number, Min: "1.231", Max: "12.345"}},
		{"commas between thousands", "price", "98,500 1,234,000", Field{Type: Integer, Group: ",", Min: "98500", Max: "1234000"}},
		{"English numbers", "price", "1,234.50 98,500 12.5", Field{Type: Number, Group: ",", Min: "12.5", Max: "98500"}},
		{"one in another way", "kg", "1,5 2,5 3,5 4.55 5,5 6,5", Field{Type: Number, Decimal: ",", Min: "1.5", Max: "6.5", Mixed: 1}},
		{"one that is no number", "kg", "1 2 3 4 5 6 7 8 9 x", Field{Type: Integer, Invalid: 1, Min: "1", Max: "9"}},
		{"too many that are none", "kg", "1 2 3 4 x y", Field{Type: String}},
		{"days before months", "ngay", "3/1/2025 13/1/2025", Field{Type: Date, Format: "%d/%m/%Y", Min: "2025-01-03", Max: "2025-01-13"}},
		{"months before days", "date", "3/1/2025 1/13/2025 2/2/2025", Field{Type: Date, Format: "%m/%d/%Y", Min: "2025-01-13", Max: "2025-03-01"}},
		{"ISO dates", "date", "2025-03-01 2024-12-31", Field{Type: Date, Min: "2024-12-31", Max: "2025-03-01"}},
		{"two ways of dates", "date", "2025-03-01 2024-12-31 1/1/2020", Field{Type: Date, Mixed: 1, Min: "2020-01-01", Max: "2025-03-01"}},
		{"moments", "luc", "2025-03-01T10:00:00Z 2024-12-31T23:00", Field{Type: DateTime, Min: "2024-12-31T23:00:00", Max: "2025-03-01T10:00:00"}},
		{"times", "gio", "9:00 10:30", Field{Type: Time, Min: "9:00", Max: "10:30"}},
		{"yes and no", "dat", "có không Có", Field{Type: Boolean}},
		{"nothing", "x", "- N/A", Field{Type: Any, Missing: 2}},
		{"points", "toa_do", "106.03,10.33 106.1,10.5", Field{Type: GeoPoint}},
	} {
		col := newColumn(c.head, 1)
		for _, cell := range strings.Fields(c.cells) {
			col.add([]byte(cell))
		}
		f := col.field()
		got := Field{Type: f.Type, Format: f.Format, Decimal: f.Decimal, Group: f.Group, Invalid: f.Invalid, Mixed: f.Mixed, Missing: f.Missing, Min: f.Min, Max: f.Max}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestTally compares with counting everything: exactly while there is room, within the
// error of sampling beyond.
func TestTally(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ room, different, values int }{
		{100, 100, 1000}, {1000, 7, 50_000}, {1000, 20_000, 50_000}, {100, 100_000, 50_000}, {4096, 100_000, 100_000},
	} {
		tally, all := newTally(c.room), map[int]int{}
		for range c.values {
			v := random.IntN(c.different)
			all[v]++
			fresh := tally.add(xxhash.Sum64String(fmt.Sprint(v)))
			if tally.level == 0 && fresh != (all[v] == 1) {
				t.Fatalf("%+v: %d is new: %t", c, v, fresh)
			}
		}
		distinct, repeats := tally.distinct(), tally.repeats()
		want, again := float64(len(all)), float64(c.values-len(all))
		if about := len(all) > c.room; about != distinct.About || about != repeats.About {
			t.Errorf("%+v: an estimate: %t", c, distinct.About)
		}
		if tally.used > c.room {
			t.Errorf("%+v: keeps %d", c, tally.used)
		}
		near := 0.0
		if distinct.About {
			near = 5 * 1.2 / math.Sqrt(float64(c.room))
		}
		if d := float64(distinct.N); d < want*(1-near) || d > want*(1+near) {
			t.Errorf("%+v: %v different, want %v", c, d, want)
		}
		if d := float64(repeats.N); d < again*(1-near) || d > again*(1+near) {
			t.Errorf("%+v: %v repeats, want %v", c, d, again)
		}
	}
}
