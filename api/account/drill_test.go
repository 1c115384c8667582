package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

// TestDrills: an organisation's simulated recalls are its own, the newest first, and
// the oldest make room.
func TestDrills(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	mine, other := ledger.NewID(), ledger.NewID()
	at := time.Date(2026, 6, 3, 7, 30, 0, 0, time.UTC)
	var first, last Drill
	for i := range maxDrills + 2 {
		d := Drill{ID: ledger.NewID(), Org: mine, At: at.Add(time.Duration(i) * time.Minute), Report: fmt.Sprint("report ", i), Took: time.Second}
		gone, err := s.KeepDrill(ctx, d)
		must(t, err)
		if want := max(0, i+1-maxDrills); want > 0 && (len(gone) != 1 || gone[0] != fmt.Sprint("report ", i-maxDrills)) || want == 0 && len(gone) > 0 {
			t.Fatalf("%d: %v went", i, gone)
		}
		if i == 0 {
			first = d
		}
		last = d
	}
	all, err := s.Drills(ctx, mine)
	if err != nil || len(all) != maxDrills || all[0] != last {
		t.Errorf("%d are left, %v", len(all), err)
	}
	if d, err := s.Drill(ctx, mine, last.ID); err != nil || d != last {
		t.Errorf("%+v, %v", d, err)
	}
	for _, x := range []struct{ org, id ledger.ID }{{mine, first.ID}, {other, last.ID}} {
		if _, err := s.Drill(ctx, x.org, x.id); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("%v: %v", x, err)
		}
	}
	if all, err := s.Drills(ctx, other); err != nil || len(all) != 0 {
		t.Errorf("another organisation has %v, %v", all, err)
	}
}
