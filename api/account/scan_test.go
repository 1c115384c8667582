package account

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestScans(t *testing.T) {
	c := &clock{at: time.Date(2026, 6, 3, 16, 59, 0, 0, time.UTC)} // a minute before midnight in Vietnam
	s := reopen(t, t.TempDir(), c)
	ctx := t.Context()
	from := From{Address: netip.MustParseAddr("192.0.2.1")}
	lot := trace.MustID("https://id.gs1.org/01/09520001000119/10/L1")
	piece, other := trace.MustID(lot.String()+"/21/7"), trace.MustID(lot.String()+"/21/8")
	count := func(id trace.ID, n int) {
		t.Helper()
		p, err := s.CountScan(ctx, id, from)
		if err != nil || p.N != n {
			t.Errorf("%s was scanned %d times, %v; want %d", id, p.N, err, n)
		}
	}
	count(lot, 0)
	count(piece, 1)
	first := s.time()
	c.pass(2 * time.Minute)
	count(piece, 2)
	count(other, 1)
	must(t, s.CountNever(ctx, trace.MustID(lot.String()+"/21/9"), from))
	must(t, s.PlaceScan(ctx, piece, "21.3,106.6", from))
	p, err := s.ScansOf(ctx, piece)
	if err != nil || !p.First.Equal(first) || !p.Last.After(p.First) || p.N != 2 || p.Days["2026-06-03"] != 1 || p.Days["2026-06-04"] != 1 || p.Cells["21.3,106.6"] != 1 || p.Implausible() {
		t.Errorf("%+v, %v", p, err)
	}
	days, pieces, err := s.Scans(ctx, lot)
	if err != nil || len(days) != 2 || days[0].Day != "2026-06-04" || days[0].N != 2 || days[0].Never != 1 || days[1].N != 2 || days[0].Cells["21.3,106.6"] != 1 {
		t.Errorf("%+v, %v", days, err)
	}
	if len(pieces) != 2 || pieces[0].Serial != "7" {
		t.Errorf("%+v", pieces)
	}
	for i := range 2 * maxPieceDays {
		c.pass(24 * time.Hour)
		count(piece, 3+i)
		must(t, s.PlaceScan(ctx, piece, Cell(fmt.Sprintf("21.3,%d.0", i)), from))
	}
	if p, err := s.ScansOf(ctx, piece); err != nil || len(p.Days) != maxPieceDays || len(p.Cells) != maxPieceCells || !p.Implausible() || !p.First.Equal(first) {
		t.Errorf("what is kept has no bound: %d days, %d cells, first %v, %v", len(p.Days), len(p.Cells), p.First, err)
	}
}

// TestScanFlood: whoever counts very many from one address waits, and another does not.
func TestScanFlood(t *testing.T) {
	s := open(t)
	lot := trace.MustID("https://id.gs1.org/01/09520001000119/10/L1")
	from := func(a string) error {
		_, err := s.CountScan(t.Context(), lot, From{Address: netip.MustParseAddr(a)})
		return err
	}
	var err error
	for range 2 * addressFree {
		if err = from("192.0.2.1"); err != nil {
			break
		}
	}
	if _, ok := RetryAfter(err); !ok {
		t.Errorf("it may go on: %v", err)
	}
	must(t, from("192.0.2.2"))
}

func TestCells(t *testing.T) {
	for text, want := range map[string]Cell{
		"21.2735,106.1946": "21.3,106.2", "-0.01,0": "0.0,0.0", "21.3,106.2": "21.3,106.2", "-33.87,-151.21": "-33.9,-151.2",
		"": "", "21": "", "91,0": "", "0,181": "", "NaN,1": "", "x,y": "",
	} {
		got, err := ParseCell(text)
		if got != want || (want == "") != (ledger.CodeOf(err) == ledger.Invalid) {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
	if lat, lon := Cell("-33.9,151.2").Position(); lat != -33.9 || lon != 151.2 {
		t.Errorf("%v, %v", lat, lon)
	}
}
