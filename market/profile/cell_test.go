package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
)

func TestOneCell(t *testing.T) {
	for _, c := range []struct {
		cell  string
		kind  kind
		value float64
	}{
		{"", blank, 0}, {"-", blank, 0}, {"N/A", blank, 0}, {"Không có", blank, 0}, {"null", blank, 0},
		{"0", whole, 0}, {"12", whole, 12}, {"-3", whole, -3}, {"123456789012345678", whole, 123456789012345678},
		{"007", code, 0}, {"00123", code, 0}, {"12345678901234567890", code, 0},
		{"1.5", dotted, 1.5}, {"-0.25", dotted, -0.25}, {"0.650", dotted, 0.65}, {"1e3", dotted, 1000}, {"12.3456", dotted, 12.3456},
		{"1,5", comma, 1.5}, {"-12,50", comma, -12.5}, {"0,650", comma, 0.65},
		{"1.234", dotOrThousand, 1.234}, {"98,500", commaOrThousand, 98.5},
		{"1.234.567", dotThousands, 1234567}, {"1,234,567", commaThousands, 1234567},
		{"1.234,5", dotThousandsComma, 1234.5}, {"12,345,678.90", commaThousandsDot, 12345678.9},
		{"1.23.456", text, 0}, {"1..2", text, 0}, {"1,2,3", text, 0}, {"12.", text, 0}, {".5", text, 0}, {"1234.567.890", text, 0},
		{"true", yes, 0}, {"KHÔNG", yes, 0}, {"có", yes, 0}, {"trúe", text, 0},
		{"2025-01-02", isoDate, 1735776000}, {"1970-01-01", isoDate, 0}, {"2024-02-29", isoDate, 1709164800}, {"2025-02-29", text, 0}, {"2025-13-01", text, 0},
		{"2/1/2025", slashDate, 1735776000}, {"02-01-2025", dashDate, 1735776000}, {"2.1.2025", dotDate, 1735776000}, {"2025/1/2", bigSlashDate, 1735776000},
		{"1/23/2025", usDate, 1737590400}, {"31/12/1969", slashDate, -86400}, {"31/13/2025", text, 0}, {"0/1/2025", text, 0}, {"1/1/25", text, 0},
		{"2025-01-02T03:04:05", isoMoment, 1735787045}, {"2025-01-02 03:04", isoMoment, 1735787040}, {"2025-01-02T03:04:05.123Z", isoMoment, 1735787045},
		{"2025-01-02T03:04:05+07:00", isoMoment, 1735787045}, {"2/1/2025 3:04", slashMoment, 1735787040}, {"2025-01-02T25:00", text, 0}, {"2025-01-02x", text, 0},
		{"3:04", clock, 11040}, {"23:59:59", clock, 86399}, {"24:00", text, 0}, {"3:4", text, 0}, {"12", whole, 12},
		{"106.03,10.33", point, 0}, {"106.0325, 10.3381", point, 0}, {"206.0325, 10.3381", text, 0},
		{"12kg", text, 0}, {"+84912345678", text, 0}, {"1 234", text, 0}, {strings.Repeat("1", 41), text, 0},
	} {
		if k, v := classify([]byte(c.cell)); k != c.kind || v != c.value {
			t.Errorf("%q is of kind %d and worth %v, want %d and %v", c.cell, k, v, c.kind, c.value)
		}
	}
}

// TestWhatAColumnIs reads whole columns: what one cell leaves open, the others decide.
func TestWhatAColumnIs(t *testing.T) {
	for _, c := range []struct {
		name, head, cells string
		want              Field
	}{
		{"whole numbers", "so_luong", "3 1 2", Field{Type: Integer, Min: "1", Max: "3"}},
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
