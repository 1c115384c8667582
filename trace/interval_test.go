package trace

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sogoc/sogoc/ledger"
)

func TestSafeFrom(t *testing.T) {
	for _, c := range []struct {
		treated, zone string
		days          int
		want          string // empty where the zone cannot be read
	}{
		{"2026-06-12T10:20:00.000Z", "+07:00", 14, "2026-06-26T17:00:00.000Z"}, // 12 June, 17:20: from 27 June
		{"2026-06-11T17:00:00.000Z", "+07:00", 14, "2026-06-26T17:00:00.000Z"}, // its first minute
		{"2026-06-12T16:59:59.999Z", "+07:00", 14, "2026-06-26T17:00:00.000Z"}, // its last
		{"2026-06-12T17:00:00.000Z", "+07:00", 14, "2026-06-27T17:00:00.000Z"}, // the next day there
		{"2026-06-12T10:20:00.000Z", "+00:00", 1, "2026-06-14T00:00:00.000Z"},
		{"2026-12-31T20:00:00.000Z", "-05:30", 365, "2028-01-01T05:30:00.000Z"},
		{"2028-02-27T12:00:00.000Z", "+07:00", 2, "2028-02-29T17:00:00.000Z"}, // a leap day is one of the two
		{"2026-06-12T10:20:00.000Z", "Asia/Bangkok", 1, ""},
	} {
		at, err := time.Parse(time.RFC3339, c.treated)
		if err != nil {
			t.Fatal(err)
		}
		got, err := SafeFrom(ledger.TimeOf(at), c.zone, c.days)
		if c.want == "" {
			if ledger.CodeOf(err) != ledger.Invalid {
				t.Errorf("zone %s gives %v", c.zone, err)
			}
		} else if err != nil || got.String() != c.want {
			t.Errorf("%s %s and %d days: %s, %v, want %s", c.treated, c.zone, c.days, got, err, c.want)
		}
	}
}

// TestDoubt compares with the definition: something early remains in doubt along a
// way on which nothing was tested after the harvest.
func TestDoubt(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		things := map[string]Behind{}
		for i, name := range names {
			var one Behind
			for _, from := range names[i+1:] {
				if rapid.IntRange(0, 2).Draw(rt, "from") == 0 {
					one.From = append(one.From, from)
				}
			}
			if rapid.IntRange(0, 2).Draw(rt, "early") == 0 {
				at := ledger.Time(rapid.IntRange(-3, 3).Draw(rt, "harvested"))
				one.Early = &Early{Harvested: at, Safe: at + ledger.Time(rapid.IntRange(1, 9).Draw(rt, "days"))}
			}
			one.Tested = ledger.Time(rapid.IntRange(-1, 4).Draw(rt, "tested"))
			things[name] = one
		}
		var ways func(name string, tested []ledger.Time) (latest *ledger.Time)
		ways = func(name string, tested []ledger.Time) (latest *ledger.Time) {
			at := things[name]
			tested = append(tested[:len(tested):len(tested)], at.Tested)
			see := func(h *ledger.Time) {
				if h != nil && (latest == nil || *latest < *h) {
					latest = h
				}
			}
			if at.Early != nil {
				clear := false
				for _, day := range tested {
					clear = clear || day != 0 && day > at.Early.Harvested
				}
				if !clear {
					see(&at.Early.Harvested)
				}
			}
			for _, from := range at.From {
				see(ways(from, tested))
			}
			return latest
		}
		want, got := ways("a", nil), Doubt("a", things)
		if (want == nil) != (got == nil) || got != nil && (*want != got.Harvested || got.Safe <= got.Harvested) {
			rt.Fatalf("%+v, want %v of %+v", got, want, things)
		}
	})
}
